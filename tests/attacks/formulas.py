"""Formulas made from a grammar and then damaged: every one is read, or refused by an error of ours, and none runs code.

``python tests/attacks/formulas.py [SEED [COUNT]]`` prints each kind of finding, and how many were read and refused.
"""

from __future__ import annotations

import builtins
import collections
import os
import random
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from bounds import TooLong, bounded

from glmlogit.errors import GlmlogitError, GlmlogitWarning
from glmlogit.formula.parse import outcome_columns, parse
from glmlogit.formula.spec import build

LONGEST = 10.0  # seconds of processor time for one formula: a bound for hangs

FRAME = pd.DataFrame(
    {
        **{"y": [0, 1] * 12, "x1": np.linspace(0.5, 3, 24), "x2": np.cos(np.arange(24.0)), "g": list("abc") * 8},
        **{"a b": np.sin(np.arange(24.0)), "log": np.arange(24.0) + 1, "n": [5] * 24, "x.1": np.arange(24) % 5},
    }
)
OWN = {"own": lambda v: v * 2.0}
# Imports are code too: everything that is imported when first used is used once before the tripwires.
for warm in (
    "y ~ C(g, Sum)*x1 + poly(x1, 2) + cr(x2, df=4) + cc(x2, df=4)",
    "cbind(y, n) ~ relevel(g, 'b') + bs(x1):g",
):
    build(parse(warm, available=list(FRAME)), FRAME).spec.matrix(FRAME)

NUMBERS = ("x1", "x2", "`a b`", "`log`", "`x.1`", "x.1", "n", "Q('a b')", "y", "log")
FACTORS = ("g", "C(g)", "C(n)", "C(g, Sum)", "C(g, Treatment('b'))", "relevel(g, 'b')", "C(g, levels=['a','b','c'])")
FUNCTIONS = ("log", "log2", "log10", "exp", "sqrt", "abs", "center", "scale", "I", "own", "standardize", "C", "offset")
BASES = ("poly", "bs", "ns", "rcs", "cr", "cc", "hinge")
STRAY = (
    *("`", "'", '"', "(", ")", "[", "]", ",", "=", "==", "~", "+", "-", "*", "/", "^", "**", ":"),
    *("%in%", "%", "&", "|", "!", "<", ".", "..", "0", "1", "-1", "1e9", "1e", "0x1", "1_0"),
    *("1j", "9" * 41, " ", "\n", "\t", "\x00", "\x1b", "{", "}", "@", "$", "#", "\\", ";"),
    *("lambda", "None", "True", "NULL", "not", "and", "or", "if", "for", "in", "is", "__class__"),
    *("__import__('os')", "eval(", "exec(", "open('x')", "x1.values", "np.log", "f'{x1}'"),
    *("b'x'", ":=", "\u2212", "\u200b", "\u202e", "\ud800", "\ufeff", "\u0301"),
    *("\uff45\uff56\uff41\uff4c", "\u0663", "\xe9", "\u6570", "\U0001f4a5", "C(", "I(", "Q("),
    *("df=", "`x1`", "(x1)", "(log)", "`log`", "`C`", "Sum", "Treatment", "contr.sum", "levels="),
    *("knots=[1, 2]", "df=3", "own"),
)


def number(rng: random.Random, depth: int) -> str:
    """Something that is a number in each row."""
    if depth <= 0 or rng.random() < 0.4:
        return rng.choice(NUMBERS)
    inner = number(rng, depth - 1)
    kind = rng.randrange(6)
    if kind == 0:
        return f"{rng.choice(FUNCTIONS)}({inner})"
    if kind == 1:
        return f"{rng.choice(BASES)}({inner}, {rng.choice(('df=4', '3', 'knots=[1, 2]', '2', 'degree=2'))})"
    if kind == 2:
        return f"I({inner} {rng.choice('+-*/^')} {number(rng, depth - 1)})"
    if kind == 3:
        return f"I({inner} {rng.choice(('>', '<=', '==', '!='))} {rng.choice(('1', '0.5', inner))})"
    if kind == 4:
        return f"({inner})"
    return f"own({inner})"


def term(rng: random.Random, depth: int) -> str:
    """A term, or several."""
    if depth <= 0 or rng.random() < 0.5:
        return rng.choice(FACTORS) if rng.random() < 0.3 else number(rng, depth)
    left, right = term(rng, depth - 1), term(rng, depth - 1)
    return rng.choice((f"{left}*{right}", f"{left}:{right}", f"({left} + {right})^2", f"{left}/{right}", f"({left})"))


def well_formed(rng: random.Random) -> str:
    """A formula that the grammar allows, whether or not it can be computed."""
    outcome = rng.choice(("y", "y", "y", "cbind(y, n)", "I(x2 > 0)", "C(y)", "`y`"))
    terms = [term(rng, 3) for _ in range(rng.randint(1, 4))]
    text = f"{outcome} ~ " + rng.choice((" + ", " - ", " + ")).join(terms)
    return text + rng.choice(("", "", " - 1", " + 0", " + 1", " + ."))


def damaged(rng: random.Random, text: str) -> str:
    """A formula with a piece taken out, put in, doubled, moved, quoted or replaced."""
    for _ in range(rng.randint(1, 3)):
        i, j = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        j = min(j, i + rng.choice((1, 2, 5, 20)))
        piece = text[i:j]
        put = (
            "",
            rng.choice(STRAY),
            piece * rng.choice((2, 2, 3, 60)),
            f"`{piece}`",
            f"({piece})",
            f"({piece})(x1)",
            f"`{piece}`(x1)",
            f"'{piece}'",
            f"[{piece}]",
            piece[::-1],
        )
        text = text[:i] + rng.choice(put) + text[j:]
    return text[:5_000]


@contextmanager
def tripwires() -> Iterator[None]:
    """Every way out of a formula raises while the block runs."""

    def fired(*_: Any, **__: Any) -> None:
        raise SystemError("a formula ran code")

    places = [(builtins, name) for name in ("eval", "exec", "open", "input", "breakpoint")]
    places += [(os, name) for name in ("system", "popen", "remove", "execv", "fork")] + [(subprocess, "Popen")]
    before = [getattr(owner, name) for owner, name in places]
    for owner, name in places:
        setattr(owner, name, fired)
    try:
        yield
    finally:
        for (owner, name), value in zip(places, before, strict=True):
            setattr(owner, name, value)


def outcome_of(text: str) -> str:
    """``read``, ``refused``, or what came out besides."""
    try:
        with tripwires(), bounded(LONGEST), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", GlmlogitWarning)
            parsed = parse(text, OWN, available=list(FRAME))
            outcome_columns(parsed, FRAME)
            made = build(parsed, FRAME)
            again = made.spec.matrix(FRAME)[0]
    except GlmlogitError as error:
        return _told(str(error))
    except TooLong:
        return f"more than {LONGEST:g} s"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:80]}"
    return "read" if np.array_equal(again, made.X) and np.isfinite(made.X).all() else "other columns when made again"


def _told(message: str) -> str:
    if "\n" in message or len(message) > 900 or not message.isprintable():
        return f"a message that is no line: {message[:80]!r}"
    return "refused"


def cases(seed: int, count: int) -> Iterator[str]:
    """Formulas, one of eight undamaged."""
    rng = random.Random(seed)
    for k in range(count):
        text = well_formed(rng)
        yield text if k % 8 == 0 else damaged(rng, text)


def findings(seed: int, count: int) -> tuple[dict[str, str], collections.Counter[str], float]:
    """An example of each kind of finding, the number of each kind, and the longest time."""
    examples: dict[str, str] = {}
    numbers: collections.Counter[str] = collections.Counter()
    longest = 0.0
    for text in cases(seed, count):
        start = time.process_time()
        kind = outcome_of(text)
        longest = max(longest, time.process_time() - start)
        numbers[kind] += 1
        if kind not in ("read", "refused"):
            examples.setdefault(kind, text)
    return examples, numbers, longest


def main(argv: list[str]) -> int:
    """Print what was found."""
    seed, count = int(argv[0]) if argv else 0, int(argv[1]) if len(argv) > 1 else 50_000
    examples, numbers, longest = findings(seed, count)
    for kind, text in examples.items():
        print(f"{numbers[kind]:6d}  {kind}\n        {text!a}")
    print(f"read {numbers['read']}, refused {numbers['refused']}, longest {longest:.2f} s")
    return 1 if examples else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
