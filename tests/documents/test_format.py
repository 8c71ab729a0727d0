"""How numbers become strings: against R's own output (tests/reference/format.R) and by construction."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmlogit.documents import formatting
from glmlogit.documents.style import style
from glmlogit.messages import lines as lines_module
from glmlogit.messages import words as words_module
from glmlogit.reports.interpret import _points

R = json.loads((Path(__file__).parents[1] / "reference" / "format.json").read_text("utf-8"))
# Up to 1e300: rounding the largest doubles to few digits would overflow when read back.
ANY_FLOAT = st.floats(-1e300, 1e300) | st.sampled_from([math.nan, math.inf, -math.inf])


@pytest.mark.parametrize("case", R["columns"], ids=lambda c: f"{c['digits']}:{','.join(c['input'])}")
def test_column_is_written_as_r_writes_it(case):
    expected = [text.replace("NaN", "NA") for text in case["output"]]
    assert formatting.column(map(float, case["input"]), case["digits"]) == expected


@pytest.mark.parametrize("case", R["pvalues"], ids=lambda c: ",".join(c["input"]))
def test_pvalues_are_written_as_r_writes_them(case):
    assert formatting.pvalues(map(float, case["input"])) == case["output"]


def test_coefficient_table_of_r_is_reproduced_cell_by_cell():
    reference = R["coefficients"]
    estimate, error, z, p = zip(*reference["values"], strict=True)
    linear = formatting.column([*estimate, *error])
    ours = [
        linear[: len(z)],
        linear[len(z) :],
        formatting.statistics(z),
        formatting.pvalues(p),
        map(formatting.stars, p),
    ]
    rows = [" ".join(row).strip() for row in zip(*ours, strict=True)]
    theirs = [" ".join(line.split()[1:]) for line in reference["printed"][1:]]
    assert rows == theirs


@given(st.lists(ANY_FLOAT, max_size=8), st.integers(1, 12))
def test_column_never_loses_significant_digits(values, digits):
    for x, text in zip(values, formatting.column(values, digits), strict=True):
        if math.isfinite(x):
            # Half a unit of the last significant digit kept; 1e-15 for the rounding of the parse.
            assert abs(float(text) - x) <= abs(x) * (0.5 * 10.0 ** (1 - digits) + 1e-15) + 5e-324
        else:
            assert text == ("NA" if math.isnan(x) else "Inf" if x > 0 else "-Inf")


@given(st.lists(ANY_FLOAT, min_size=1, max_size=8))
def test_column_shares_its_decimals(values):
    texts = [t for t, x in zip(formatting.column(values), values, strict=True) if math.isfinite(x)]
    assert len({(len(t.partition(".")[2].partition("e")[0]), "e" in t) for t in texts}) <= 1


def test_negative_zero_has_no_sign():
    assert formatting.number(-0.0) == "0"
    assert formatting.statistics([-0.0001, -1.5]) == ["0.0", "-1.5"]


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (189.0, "189"),
        (180.5, "180.5"),
        (1e9, "1,000,000,000"),
        (177 * (1 / 3) - 7e-15, "59"),
        (float("nan"), "NA"),
        (float("inf"), "Inf"),
    ],
)
def test_count(x, text):
    assert formatting.count(x) == text


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.9733, 0.9062, 1.0454], ["0.973", "0.906", "1.045"]),
        ([1.00034, 2.0], ["1.0003", "2.000"]),  # would read 1.000
        ([1.0, 2.0], ["1.000", "2.000"]),
        ([0.0, math.inf, math.nan], ["0", "Inf", "NA"]),
        ([0.00123, 123456.7, 2.0], ["0.0012", "123457", "2.000"]),
        ([1.0 + 1e-9, 1.0 + 4e-10], ["1.000000001", "1.000"]),  # nine decimals are the most
    ],
)
def test_ratios(values, texts):
    assert formatting.ratios(values) == texts


@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=6))
def test_a_positive_ratio_never_prints_as_zero(values):
    assert all(float(text) > 0 for text in formatting.ratios(values))


def test_intervals_align_flush_right():
    texts = formatting.intervals(["0.9", "10.1"], ["1.2", "30.4"])
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
    assert formatting.pvalue(p, "publication") == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.00099, "<0.001"), (0.001, "0.001"), (0.991, "0.991"), (0.9989, "0.999"), (0.999, "0.999"), (0.99901, ">0.999")],
)
def test_publication_style_names_a_bound_only_beyond_it(p, text):
    assert formatting.pvalue(p, "publication") == text


@pytest.mark.parametrize(("p", "text"), [(0.00334, "0.00334"), (0.0, "<2e-16"), (math.nan, "NA"), (1.0, "1")])
def test_pvalue_in_r_style(p, text):
    assert formatting.pvalue(p) == text


@pytest.mark.parametrize(
    ("p", "mark"),
    [(0.0, "***"), (0.001, "***"), (0.0011, "**"), (0.05, "*"), (0.1, "."), (0.11, ""), (math.nan, "")],
)
def test_stars(p, mark):
    assert formatting.stars(p) == mark


@pytest.mark.parametrize(
    ("text", "width"), [("age", 3), ("年齢", 4), ("e\u0301te", 3), ("ＡＢ", 4), ("a\u200db", 2), ("", 0)]
)
def test_display_width(text, width):
    assert formatting.display_width(text) == width
    assert formatting.display_width(lines_module.pad(text, 9, "right")) == 9


def test_control_characters_become_visible():
    assert words_module.visible("a\nb\x1b[31m\u202ec\ud800é年") == r"a\nb\x1b[31m\u202ec\ud800é年"


@given(st.lists(st.text("ab年", min_size=1, max_size=30), max_size=20), st.integers(5, 60))
def test_wrap_keeps_words_and_width(words, width):
    lines = formatting.wrap(" ".join(words), width).split("\n")
    assert " ".join(lines).split() == words
    assert all(formatting.display_width(line) <= width or " " not in line for line in lines)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ((0.1013, 0.0651, 0.1577), ["0.101", "0.065", "0.158"]),
        ((0.0549, 0.00835, 0.24), ["0.0549", "0.0083", "0.2400"]),
        ((43.65, 5.38, 354.0), ["43.65", "5.38", "354.00"]),
    ],
)
def test_a_cell_of_a_forest_plot_has_one_number_of_decimals(row, text):
    with style("plain", digits=2):
        assert formatting.ratio_in_picture(*row) == text


def test_words_never_round_onto_the_null():
    assert formatting.ratios([1.00009, 0.99995, 1.0]) == ["1.0001", "0.99995", "1.000"]
    risk = {"estimate": 0.151, "risk_exposed": 0.4, "risk_reference": 0.249, "conf_low": 0.0019, "conf_high": 0.3}
    assert "0.2 to 30.0" in _points(risk, "95 % CI")


def _triples(null):
    """An estimate between two limits: far off, near the null on one side, or beside it."""
    size = st.floats(-6, 6) if null else st.floats(-0.9, 0.9)
    near = st.sampled_from([-1, 1]).flatmap(lambda sign: st.floats(-7, -1).map(lambda e: sign * 10.0**e))
    return st.lists(size | near, min_size=3, max_size=3).map(
        lambda x: [math.exp(value) if null else value for value in sorted(x)]
    )


def _shared_decimals(texts):
    return {len(text.partition(".")[2]) for text in texts}


def _least(values, null, least):
    """The fewest decimals that keep every value from reading as the null, tried one by one."""
    d = least
    while d < 20 and any(float(f"{x:.{d}f}") == null for x in values if x != null):
        d += 1
    return d


def _far(x, null, by):
    return x == null or abs(x - null) > by


@given(_triples(1.0))
def test_a_ratio_and_its_limits_in_words_share_their_decimals(values):
    low, ratio, high = values
    texts = formatting.ratio_row([ratio, low, high])
    assert len(_shared_decimals(texts)) == 1
    pairs = list(zip(map(float, texts), (ratio, low, high), strict=True))
    assert all((told - 1) * (x - 1) > 0 for told, x in pairs if abs(x - 1) > 1e-9)
    if low >= 0.1 and all(_far(x, 1, 1e-8) for x in values):
        assert _shared_decimals(texts) == {_least(values, 1.0, 3)}
    digits = next(iter(_shared_decimals(texts)))
    assert all(abs(told - x) <= 0.5000001 * 10.0**-digits and told > 0 for told, x in pairs)


@given(_triples(0.0))
def test_percentage_points_share_their_decimals(values):
    low, estimate, high = values
    risk = {"estimate": estimate, "risk_exposed": 0.5 + estimate / 2, "risk_reference": 0.5 - estimate / 2}
    told = _points({**risk, "conf_low": low, "conf_high": high}, "95 % CI")
    said = told.split(" ")[0]
    limits = told.split("the difference ")[1].rstrip(")").split(" to ")
    assert (said == "the") == (estimate == 0)  # "the same"
    texts, numbers = ([said, *limits], [estimate, low, high]) if estimate else (limits, [low, high])
    assert len(_shared_decimals(texts)) == 1
    assert all(float(t) != 0 for t, x in zip(texts, numbers, strict=True) if abs(x) > 1e-10)


@given(_triples(1.0))
def test_a_row_of_ratios_has_one_number_of_decimals(values):
    texts = formatting.ratio_row(values)
    assert len(_shared_decimals(texts)) == 1
    assert all((float(t) - 1) * (x - 1) > 0 for t, x in zip(texts, values, strict=True) if abs(x - 1) > 1e-9)
    if min(values) >= 0.1 and all(_far(x, 1, 1e-8) for x in values):
        assert _shared_decimals(texts) == {_least(values, 1.0, 3)}


@given(_triples(0.0))
def test_a_row_of_differences_has_one_number_of_decimals(values):
    texts = formatting.difference_row(values)
    assert all(np.sign(float(t)) == np.sign(x) for t, x in zip(texts, values, strict=True))
    plain = [(t, x) for t, x in zip(texts, values, strict=True) if _far(x, 0, 5e-7)]
    if all(x == 0 or not 4e-7 < abs(x) < 6e-7 for x in values) and plain:
        assert _shared_decimals(t for t, _ in plain) == {_least([x for _, x in plain], 0.0, 3)}


def test_rows_of_a_table_keep_what_has_no_decimals():
    assert formatting.ratio_row([0.0, math.nan, 2.5]) == ["0", "NA", "2.500"]
    assert formatting.ratio_row([2e-6, 0.8, 3e7]) == ["2e-06", "0.800", "3e+07"]
    assert formatting.difference_row([-0.0, -0.00213, math.inf]) == ["0.000", "-0.002", "Inf"]
    assert formatting.difference_row([2e-9, -math.inf, -0.0004]) == ["2e-09", "-Inf", "-0.0004"]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ((2.5, 0.977, 6.5), ["2.50", "0.98", "6.50"]),
        ((1.18, 0.63, 2.2), ["1.18", "0.63", "2.20"]),
        ((0.67, 0.43, 1.028), ["0.67", "0.43", "1.03"]),
        ((0.74, 0.56, 0.968), ["0.74", "0.56", "0.97"]),
        ((0.98755, 0.97527, 0.99999), ["0.98755", "0.97527", "0.99999"]),
        ((2.5, 1.04, 6.01), ["2.50", "1.04", "6.01"]),
        ((1.0, 0.9, 1.1), ["1.00", "0.90", "1.10"]),
    ],
)
def test_words_of_a_ratio(row, text):
    with style(digits=2):
        assert formatting.ratio_row(row) == text


@pytest.mark.parametrize("decimals", range(7))
@pytest.mark.parametrize("ends", [(-3, 4), (-2, 3)])
def test_half_a_unit_of_the_last_decimal_is_rounded_alike(decimals, ends):
    rng = np.random.default_rng(decimals)
    for half in (rng.integers(1, 10**4, 200) + 0.5) / 10**decimals:
        near = [float(half) * (1 + k * 2.0**-52) for k in range(*ends)]
        assert len({formatting.fixed(x, decimals) for x in near}) == 1
    assert formatting.fixed(62.5, 0) == "62"
    assert formatting.fixed(2.0 / 3.0, decimals) == f"{2.0 / 3.0:.{decimals}f}"


def test_measures_have_four_decimals_and_small_ones_two_digits():
    texts = formatting.measures([0.19799, -0.0065268, 2.4e-17, 12.34567, 0.000987, math.nan, math.inf, -2.4e-17])
    assert texts == ["0.1980", "-0.0065", "0.0000", "12.3457", "0.00099", "NA", "Inf", "0.0000"]
