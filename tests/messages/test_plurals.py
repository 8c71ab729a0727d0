"""Numbers and the nouns behind them."""

from __future__ import annotations

import pytest

import glmlogit as gl
from glmlogit.messages.words import noun, plural


@pytest.mark.parametrize(
    ("size", "word"),
    [
        ("1", "point"),
        ("1.0", "point"),
        ("1·00", "point"),
        ("1.1", "points"),
        ("11", "points"),
        ("0.98", "points"),
        ("0", "points"),
    ],
)
def test_one_is_one_however_many_decimals_it_has(size, word):
    assert noun(size, "point") == word


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 rows"), (0.6, "1 row"), (1, "1 row"), (1.4, "1 row"), (1.6, "2 rows")]
)
def test_a_count_has_the_noun_of_the_number_that_is_written(count, text):
    assert plural(count, "row") == text


def test_sentences_say_a_percentage_point():
    fit = gl.logit("low ~ age + lwt", gl.datasets.birthwt())
    per_year = 100 * abs(fit.comparisons("age", contrast=1)["estimate"].item())
    said = fit.interpret("age", units={"age": 1 / per_year})["age"]  # near enough to a straight line
    assert "1.0 percentage point lower" in said
    assert "percentage points lower" in fit.interpret("age", units={"age": 5 / per_year})["age"]
