"""How numbers become strings: against R's own output (tests/reference/format.R) and by construction."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmlogit import _format as fmt

R = json.loads((Path(__file__).parent / "reference" / "format.json").read_text("utf-8"))
# Up to 1e300: rounding the largest doubles to few digits would overflow when read back.
ANY_FLOAT = st.floats(-1e300, 1e300) | st.sampled_from([math.nan, math.inf, -math.inf])


@pytest.mark.parametrize("case", R["columns"], ids=lambda c: f"{c['digits']}:{','.join(c['input'])}")
def test_column_is_written_as_r_writes_it(case):
    expected = [text.replace("NaN", "NA") for text in case["output"]]
    assert fmt.column(map(float, case["input"]), case["digits"]) == expected


@pytest.mark.parametrize("case", R["pvalues"], ids=lambda c: ",".join(c["input"]))
def test_pvalues_are_written_as_r_writes_them(case):
    assert fmt.pvalues(map(float, case["input"])) == case["output"]


def test_coefficient_table_of_r_is_reproduced_cell_by_cell():
    reference = R["coefficients"]
    estimate, error, z, p = zip(*reference["values"], strict=True)
    linear = fmt.column([*estimate, *error])
    ours = [linear[: len(z)], linear[len(z) :], fmt.statistics(z), fmt.pvalues(p), map(fmt.stars, p)]
    rows = [" ".join(row).strip() for row in zip(*ours, strict=True)]
    theirs = [" ".join(line.split()[1:]) for line in reference["printed"][1:]]
    assert rows == theirs


@given(st.lists(ANY_FLOAT, max_size=8), st.integers(1, 12))
def test_column_never_loses_significant_digits(values, digits):
    for x, text in zip(values, fmt.column(values, digits), strict=True):
        if math.isfinite(x):
            # Half a unit of the last significant digit kept; 1e-15 for the rounding of the parse.
            assert abs(float(text) - x) <= abs(x) * (0.5 * 10.0 ** (1 - digits) + 1e-15) + 5e-324
        else:
            assert text == ("NA" if math.isnan(x) else "Inf" if x > 0 else "-Inf")


@given(st.lists(ANY_FLOAT, min_size=1, max_size=8))
def test_column_shares_its_decimals(values):
    texts = [t for t, x in zip(fmt.column(values), values, strict=True) if math.isfinite(x)]
    assert len({(len(t.partition(".")[2].partition("e")[0]), "e" in t) for t in texts}) <= 1


def test_negative_zero_has_no_sign():
    assert fmt.number(-0.0) == "0"
    assert fmt.statistics([-0.0001, -1.5]) == ["0.0", "-1.5"]


@pytest.mark.parametrize(
    ("x", "text"),
    [(189.0, "189"), (180.5, "180.5"), (1e9, "1000000000"), (float("nan"), "NA"), (float("inf"), "Inf")],
)
def test_count(x, text):
    assert fmt.count(x) == text


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.9733, 0.9062, 1.0454], ["0.973", "0.906", "1.045"]),
        ([1.00034, 2.0], ["1.0003", "2.0000"]),  # would read 1.000
        ([1.0, 2.0], ["1.000", "2.000"]),
        ([0.0, math.inf, math.nan], ["0", "Inf", "NA"]),
        ([0.00123, 123456.7, 2.0], ["0.00123", "123457", "2.000"]),
        ([1.0 + 1e-9], ["1.000000"]),  # six decimals are the most
    ],
)
def test_ratios(values, texts):
    assert fmt.ratios(values) == texts


@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=6))
def test_a_positive_ratio_never_prints_as_zero(values):
    assert all(float(text) > 0 for text in fmt.ratios(values))


def test_intervals_align_flush_right():
    texts = fmt.intervals(["0.9", "10.1"], ["1.2", "30.4"])
    assert texts == ["[0.9, \u20071.2]", "[10.1, 30.4]"]


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0004, "<0.001"),
        (0.9999, ">0.999"),
        (0.0123, "0.012"),
        (0.05, "0.050"),
        (0.0499, "0.0499"),
        (0.049999, "0.049999"),
        (float("nan"), "NA"),
    ],
)
def test_publication_style_never_carries_a_pvalue_across_five_percent(p, text):
    assert fmt.pvalue(p, "publication") == text


@pytest.mark.parametrize(("p", "text"), [(0.00334, "0.00334"), (0.0, "<2e-16"), (math.nan, "NA"), (1.0, "1")])
def test_pvalue_in_r_style(p, text):
    assert fmt.pvalue(p) == text


@pytest.mark.parametrize(
    ("p", "mark"),
    [(0.0, "***"), (0.001, "***"), (0.0011, "**"), (0.05, "*"), (0.1, "."), (0.11, ""), (math.nan, "")],
)
def test_stars(p, mark):
    assert fmt.stars(p) == mark


@pytest.mark.parametrize(
    ("text", "width"), [("age", 3), ("年齢", 4), ("e\u0301te", 3), ("ＡＢ", 4), ("a\u200db", 2), ("", 0)]
)
def test_display_width(text, width):
    assert fmt.display_width(text) == width
    assert fmt.display_width(fmt.pad(text, 9, "right")) == 9


def test_control_characters_become_visible():
    assert fmt.visible("a\nb\x1b[31m\u202ec\ud800é年") == r"a\nb\x1b[31m\u202ec\ud800é年"


@given(st.lists(st.text("ab年", min_size=1, max_size=30), max_size=20), st.integers(5, 60))
def test_wrap_keeps_words_and_width(words, width):
    lines = fmt.wrap(" ".join(words), width).split("\n")
    assert " ".join(lines).split() == words
    assert all(fmt.display_width(line) <= width or " " not in line for line in lines)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ((0.1013, 0.0651, 0.1577), ["0.101", "0.065", "0.158"]),
        ((0.0549, 0.00835, 0.24), ["0.0549", "0.0083", "0.2400"]),
        ((43.65, 5.38, 354.0), ["43.65", "5.38", "354.00"]),
    ],
)
def test_a_cell_of_a_forest_plot_has_one_number_of_decimals(row, text):
    from glmlogit._forest import _ratios

    assert _ratios(*row) == text


def test_words_never_round_onto_the_null():
    from glmlogit.wording import _number, _points

    assert [_number(x) for x in (1.00009, 0.99995, 1.0)] == ["1.0001", "0.99995", "1.000"]
    risk = {"estimate": 0.151, "risk_exposed": 0.4, "risk_reference": 0.249, "conf_low": 0.0019, "conf_high": 0.3}
    assert "0.2 to 30.0" in _points(risk, "95 % CI", "sample")
