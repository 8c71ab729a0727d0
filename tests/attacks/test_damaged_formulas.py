"""Formulas from a grammar, damaged: read or refused by an error of ours in a line, no code run, soon."""

import formulas
import pytest


@pytest.mark.parametrize(
    ("seed", "count"), [(0, 400), pytest.param(1, 50_000, marks=pytest.mark.slow, id="fifty thousand")]
)
def test_damaged_formulas_are_read_or_refused(seed, count):
    examples, numbers, longest = formulas.findings(seed, count)
    assert examples == {}
    assert numbers["read"] > count / 50
    assert longest < formulas.LONGEST / 2


@pytest.mark.parametrize("text", ["y ~ I(`x1`(x2))", "y ~ I((x1)(x2))", "y ~ x1; x2", "y ~ {x1}"])
def test_what_is_refused(text):
    assert formulas.outcome_of(text) == "refused"


def test_the_tripwires_fire():
    with formulas.tripwires(), pytest.raises(SystemError, match="ran code"):
        eval("1")
    assert eval("1") == 1
