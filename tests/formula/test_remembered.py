"""What is remembered of formulas and levels changes nothing: designs made one after the other, and made anew."""

from __future__ import annotations

import pickle
import threading

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.data import texts
from glmlogit.data.taken import Taken
from glmlogit.errors import GlmlogitError
from glmlogit.formula import coding, interpret, parse, spec

REMEMBERED = (
    parse._remembered,
    spec._remembered,
    coding._indicators,
    coding._scopes,
    interpret._written,
    interpret._bound,
    texts._alike_texts,
    texts._read_remembered,
)
FORMULAS = [
    "y ~ x + g",
    "y ~ x * C(g)",
    "y ~ C(g, Sum) + x",
    "y ~ C(g, Treatment(reference=2)) + x:C(g)",
    "y ~ relevel(g, 2) + scale(x)",
    "y ~ 0 + C(g) + I(x^2)",
]
LEVELS = [[1, 2, 3], [1.0, 2.0, 3.5], [True, 2, 5], ["1", "2", "3"], [2, 7]]


def table(levels: list, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = [levels[i] for i in rng.integers(0, len(levels), 60)]
    frame = pd.DataFrame({"y": rng.integers(0, 2, 60), "x": rng.normal(size=60), "g": values})
    return frame.assign(g=frame["g"].astype(object)) if isinstance(levels[0], bool) else frame


def described(formula: str, levels: list) -> tuple:
    """Names, terms, factors, columns and notes; or the error."""
    try:
        rows = gl.design(formula, table(levels, len(levels)))
    except GlmlogitError as error:
        return (str(error),)
    written = [
        (f.expression, tuple(map(repr, f.levels)), repr(f.reference), dict(f.columns)) for f in rows.columns.factors
    ]
    return rows.names, rows.terms, written, rows.X.tolist(), [note.text for note in rows.notes]


@pytest.mark.parametrize("formula", FORMULAS)
def test_what_is_remembered_is_what_is_made_anew(formula):
    after = [described(formula, levels) for levels in LEVELS * 2]
    for levels, expected in zip(LEVELS * 2, after, strict=True):
        for remembered in REMEMBERED:
            remembered.cache_clear()
        assert described(formula, levels) == expected


def test_a_formula_is_laid_out_once_for_the_same_levels():
    """Counted, not timed: parsed, coded and laid out once in ten fits."""
    for remembered in REMEMBERED:
        remembered.cache_clear()
    for seed in range(10):
        gl.design("y ~ x + C(g)", table([1, 2, 3], seed))
    for remembered in (parse._remembered, spec._remembered, coding._indicators):
        assert remembered.cache_info().misses == 1


def test_functions_of_the_user_are_not_kept():
    spec._remembered.cache_clear()
    gl.design("y ~ f(x)", table([1, 2], 0), functions={"f": lambda x: x + 1})
    assert spec._remembered.cache_info().currsize == 0


def test_threads_share_what_is_remembered():
    expected, wrong = [described(FORMULAS[1], levels) for levels in LEVELS], []

    def work() -> None:
        for _ in range(5):
            for levels, answer in zip(LEVELS, expected, strict=True):
                if described(FORMULAS[1], levels) != answer:
                    wrong.append(levels)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_columns_are_taken_once_and_are_a_frame_where_one_is_asked_for():
    frame = table([1, 2, 3], 1)
    frame.index = frame.index + 5
    rows = gl.design("y ~ x + C(g)", frame)
    assert "frame" not in rows.table.__dict__
    pd.testing.assert_frame_equal(rows.frame, frame[["y", "x", "g"]])
    again = pickle.loads(pickle.dumps(rows))
    pd.testing.assert_frame_equal(again.frame, rows.frame)
    assert list(again.table) == ["y", "x", "g"]
    part = Taken.of(frame)[np.arange(60) % 2 == 0]
    assert (len(part), "x" in part, "z" in part) == (30, True, False)
    pd.testing.assert_frame_equal(part.frame, frame[::2])
    pd.testing.assert_frame_equal(part[["g"]].frame, frame[["g"]][::2])
