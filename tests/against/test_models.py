"""Every value of ``tests/reference/models`` within its gate: what ``compare.py`` there prints."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parents[1] / "reference" / "models" / "compare.py"
spec = importlib.util.spec_from_file_location("compare", FILE)
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)
# Values that an area has.
COUNTS = {"multinomial": 1065, "ordinal": 264, "penalised": 801}


@pytest.mark.parametrize("area", compare.AREAS)
def test_all_values_of_an_area(area):
    values = list(compare.values(area))
    assert len(values) == COUNTS[area]
    assert [f"{value.problem} {' '.join(value.path)}: {value.found}" for value in values if not value.passes] == []


def test_what_is_wrong_fails():
    expected = compare.Value("ordinal", "made up", ("params", "x"), "0.5", 0.5000000001)
    assert not expected.passes
    assert expected._replace(found=0.5 + 1e-12).passes
    assert not expected._replace(expected="0", found=1e-300).passes
    assert not expected._replace(expected="inf", found=1e300).passes
    assert expected._replace(expected="-inf", found=float("-inf")).passes
    assert not expected._replace(found=None).passes
    assert expected._replace(path=("llf",), expected="-200", found=-200.0 - 1e-10).passes
    assert not expected._replace(path=("llf",), expected="-200", found=-200.0 - 3e-10).passes
