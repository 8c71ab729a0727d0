"""Linear hypotheses as text: ``"age = 0, C(race)[T.black] = 2*smoke"`` to a matrix and right-hand sides.

Term names are replaced by placeholders first; what is left may hold only numbers and ``+ - * / = , ( )``
before formulaic's parser of linear constraints sees it, so nothing in the text can be evaluated as code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt

from glmlogit.errors import FormulaError

Array = npt.NDArray[np.float64]

MAX_LENGTH = 10_000
_NUMBER = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?(?![\w.])")
_ALLOWED = re.compile(r"(?:\bterm\d+\b|[\d.]+|[-+*/=,()\s])*")


def linear_constraints(text: str, names: Sequence[str]) -> tuple[Array, Array]:
    """Matrix (r, p) and right-hand sides (r,) of linear hypotheses about the named coefficients."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the hypothesis has {len(text):,} characters; the limit is {MAX_LENGTH:,}")
    plain = _NUMBER.sub(lambda found: format(Decimal(found.group()), "f"), _with_placeholders(text, names))
    if not _ALLOWED.fullmatch(plain) or "**" in plain:
        raise _unreadable(text, plain, names)
    from formulaic.utils.constraints import LinearConstraints

    plain = re.sub(r"=\s*([-+])", r"= 0 \1", plain)  # formulaic takes "= -" for an operator of its own
    placeholders = [f"term{j}" for j in range(len(names))]
    try:
        parsed = LinearConstraints.from_spec(plain, variable_names=placeholders)
        matrix = np.atleast_2d(np.asarray(parsed.constraint_matrix, dtype=float))
        values = np.atleast_1d(np.asarray(parsed.constraint_values, dtype=float))
    except Exception as error:  # formulaic raises whatever its arithmetic meets
        raise FormulaError(
            f"the hypothesis {text!r} cannot be read; write linear equations such as '{names[-1]} = 0'"
            + (", with one = sign" if "==" in text else "")
        ) from error
    if not (np.isfinite(matrix).all() and np.isfinite(values).all()) or not (matrix != 0).any(axis=1).all():
        raise FormulaError(f"the hypothesis {text!r} holds an equation without a coefficient, or a division by 0")
    return matrix, values


def _with_placeholders(text: str, names: Sequence[str]) -> str:
    """Replace term names (back-ticked or not, longest first) where they stand as whole words."""
    numbered = sorted(enumerate(names), key=lambda item: -len(item[1]))
    pattern = "|".join(f"`{re.escape(name)}`|{_whole(name)}" for _, name in numbered)
    position = {name: j for j, name in numbered}
    return re.sub(pattern, lambda found: f" term{position[found.group().strip('`')]} ", text)


def _whole(name: str) -> str:
    before = r"(?<![\w.])" if re.match(r"\w", name) else ""
    after = r"(?![\w.(\[:])" if re.search(r"\w$", name) else r"(?!:)"
    return before + re.escape(name) + after


def _unreadable(text: str, plain: str, names: Sequence[str]) -> FormulaError:
    rest = re.sub(r"\bterm\d+\b", " ", plain)
    words = re.findall(r"[^\s\d+\-*/=,().][^\s=,]*", rest) or ["**"]
    of_word = [name for name in names if re.search(rf"(?<![\w.]){re.escape(words[0])}(?![\w.]).*\[[^\]]*\]$", name)]
    if of_word and re.fullmatch(r"[\w.]+", words[0]):
        shown = [f"{name} = 0" for name in of_word if ":" not in name] or [f"{name} = 0" for name in of_word]
        return FormulaError(
            f"the hypothesis {text!r} names {words[0]!r}, which has a coefficient for each of its columns: type "
            f"'{', '.join(shown[:8])}{', …' if len(shown) > 8 else ''}'; gl.drop1(fit) tests every term as a whole"
        )
    near = get_close_matches(words[0], names, n=3, cutoff=0.4) or list(names[:6])
    return FormulaError(
        f"the hypothesis {text!r} has {words[0]!r}, which is no term of the model; did you mean {', '.join(near)}?"
    )
