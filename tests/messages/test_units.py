"""Units are read in one place: the same differences in odds ratios, tables and sentences."""

from __future__ import annotations

import pytest

import glmlogit as gl
from glmlogit.errors import DataError

BIRTHS = gl.datasets.birthwt()
FORMULA = "low ~ age + lwt + smoke"
FIT = gl.logit(FORMULA, BIRTHS)
BY = {
    "odds_ratios": lambda units: FIT.odds_ratios(units=units).loc["age", "odds_ratio"],
    "table": lambda units: gl.table(FORMULA, BIRTHS, units=units).frame.loc["age", "adjusted_odds_ratio"],
    "interpret": lambda units: str(gl.interpret(FIT, "age", units=units)),
}


@pytest.mark.parametrize("name", BY)
@pytest.mark.parametrize("kind", ["iqr", "sd"])
def test_a_spread_is_that_of_the_column(name, kind):
    age = BIRTHS["age"]
    size = age.std() if kind == "sd" else age.quantile(0.75) - age.quantile(0.25)
    expected = BY[name]({"age": size})
    assert BY[name]({"age": kind}) == (expected if name == "interpret" else pytest.approx(expected, rel=1e-12))


def test_a_spread_by_itself_is_that_of_every_number():
    same = FIT.interpret(units={"age": "sd", "lwt": "sd"})
    assert str(FIT.interpret(units="sd")) == str(same)
    with pytest.raises(DataError, match="units='sd' is of numbers, and there is none"):
        gl.logit("low ~ race + smoke", BIRTHS).interpret(units="sd")


@pytest.mark.parametrize("name", BY)
@pytest.mark.parametrize("unit", [0, "range", None, float("nan"), True * 0, [10]])
def test_what_is_no_difference_is_refused(name, unit):
    with pytest.raises(DataError, match="give the size of the difference"):
        BY[name]({"age": unit})


@pytest.mark.parametrize("name", BY)
def test_what_names_nothing_is_refused(name):
    with pytest.raises(DataError, match="the size of its difference"):
        BY[name](10)
