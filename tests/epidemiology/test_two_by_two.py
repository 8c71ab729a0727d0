"""2×2 tables: against R, against exact rational arithmetic, against the logit fit they are a case of."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction

import mpmath
import numpy as np
import pandas as pd
import pytest
from references import REFERENCE

import glmlogit as gl
from glmlogit.epidemiology.two_by_two import two_by_two
from glmlogit.epidemiology.two_by_two_result import TwoByTwo
from glmlogit.errors import DataError

BIRTH = gl.datasets.load("birthwt")
R = json.loads((REFERENCE / "two_by_two.json").read_text("utf-8"))["cases"]
STRATIFIED = [name for name, found in R.items() if "adjusted" in found]
Z = 1.959963984540054
LIMITS = ["estimate", "conf_low", "conf_high"]

# R wrote 15 digits and adds up in another order: closed forms agree to 1e-13 (1e-12 where a tail or a sum over strata
# magnifies that), limits that either side finds as roots to 1e-11.
# uniroot() in fisher.test, mantelhaen.test and epitools stops at 1.2e-4 on the scale of min(OR, 1/OR).
UNIROOT = 1.3e-4
# R's dhyper() and the root found from sums of it; at a million its log probabilities have 11 digits left.
SOLVED = {"millions": 1e-10}


def analysed(name: str) -> TwoByTwo:
    table = np.array(R[name]["table"], dtype=float)
    return two_by_two(table[0] if len(table) == 1 else table)


def numbers(values) -> np.ndarray:
    return np.array(values, dtype=float)


# --- against R --------------------------------------------------------------------------------------
CRUDE = {
    "odds_ratio": "odds_ratio",
    "risk_ratio": "risk_ratio",
    "risk_difference": "risk_difference",
    "newcombe": "risk_difference_newcombe",
    "attributable_exposed": "attributable_fraction_exposed",
    "attributable_population": "attributable_fraction_population",
    "attributable_exposed_or": "attributable_fraction_exposed_or",
    "attributable_population_or": "attributable_fraction_population_or",
}


@pytest.mark.parametrize("name", R)
def test_crude_measures_are_those_of_r(name):
    ours, theirs = analysed(name), R[name]["crude"]
    for key, measure in CRUDE.items():
        expected = numbers(theirs[key])
        if (
            "population" in measure and np.array(R[name]["table"])[..., 0, 0].sum() == 0
        ):  # R's limits take the zero for certain: parity.md
            assert ours.measures.loc[measure, LIMITS].isna().tolist() == [False, True, True]
            continue
        if np.isfinite(expected).all():  # epiR leaves out ratios of tables with a zero; those are tested below
            # A difference of numbers near one another (1 − a ratio) keeps its absolute accuracy.
            np.testing.assert_allclose(ours.measures.loc[measure, LIMITS], expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", R)
def test_cornfield_limits_are_those_of_r(name):
    found = analysed(name).measures.loc["odds_ratio_cornfield", ["conf_low", "conf_high"]]
    # uniroot() to 1e-14 of a count; the limit moves by up to a hundred times that.
    np.testing.assert_allclose(numbers(found), numbers(R[name]["crude"]["cornfield"]), rtol=1e-11)


@pytest.mark.parametrize("name", R)
def test_chi_squared_is_that_of_r(name):
    tests = analysed(name).tests
    for test in ("pearson", "yates"):
        np.testing.assert_allclose(tests.loc[test, ["statistic", "p_value"]], R[name]["crude"][test], rtol=1e-12)


def check_solved(measures, tests, stem, names, expected, rtol):
    for kind in ("exact", "midp"):
        row = measures.loc[f"{stem}_{kind}"]
        np.testing.assert_allclose(row["estimate"], expected["estimate"], rtol=rtol)
        np.testing.assert_allclose(numbers(row[["conf_low", "conf_high"]]), numbers(expected[kind]), rtol=rtol)
    assert measures.loc[f"{stem}_exact", "p_value"] == pytest.approx(expected["central_p"], rel=rtol)
    assert measures.loc[f"{stem}_midp", "p_value"] == pytest.approx(expected["mid_p"], rel=rtol)
    assert tests.loc[names[0], "p_value"] == pytest.approx(expected["probability_p"], rel=rtol)
    assert tests.loc[names[1], "p_value"] == pytest.approx(expected["mid_p"], rel=rtol)


@pytest.mark.parametrize("name", R)
def test_exact_results_are_those_solved_in_r(name):
    ours, rtol = analysed(name), SOLVED.get(name, 1e-11)
    check_solved(
        ours.measures, ours.tests, "odds_ratio", ("fisher_exact", "fisher_mid_p"), R[name]["crude"]["solved"], rtol
    )
    if name in STRATIFIED:
        expected = R[name]["adjusted"]["solved"]
        check_solved(ours.measures, ours.tests, "common_odds_ratio", ("common_exact", "common_mid_p"), expected, rtol)


def close_to_uniroot(ours, theirs):
    """Equal to 1.2e-4 on whichever of OR and 1/OR lies below 1."""
    for x, y in zip(numbers(ours), numbers(theirs), strict=True):
        assert min(x, 1 / max(x, 1e-9)) == pytest.approx(min(y, 1 / max(y, 1e-9)), abs=UNIROOT)


@pytest.mark.parametrize("name", R)
def test_exact_results_are_near_what_fisher_test_and_epitools_print(name):
    ours, theirs = analysed(name), R[name]["crude"]
    close_to_uniroot(ours.measures.loc["odds_ratio_exact", LIMITS], theirs["fisher"][:3])
    assert ours.tests.loc["fisher_exact", "p_value"] == pytest.approx(theirs["fisher"][3], rel=1e-10)
    if theirs["epitools_midp"][0] is not None:
        close_to_uniroot(ours.measures.loc["odds_ratio_midp", ["conf_low", "conf_high"]], theirs["epitools_midp"])
    # epitools subtracts from 1, which leaves absolute accuracy only.
    assert ours.tests.loc["fisher_mid_p", "p_value"] == pytest.approx(theirs["epitools_midp_p"], abs=1e-11)


@pytest.mark.parametrize("name", STRATIFIED)
def test_adjusted_measures_are_those_of_r(name):
    ours, theirs = analysed(name), R[name]["adjusted"]
    for key in ("odds_ratio", "risk_ratio", "risk_difference"):
        np.testing.assert_allclose(ours.measures.loc[f"mh_{key}", LIMITS], theirs[key], rtol=1e-12)
    close_to_uniroot(ours.measures.loc["common_odds_ratio_exact", LIMITS], theirs["exact"][:3])
    assert ours.tests.loc["common_exact", "p_value"] == pytest.approx(theirs["exact"][3], rel=1e-10)


@pytest.mark.parametrize("name", STRATIFIED)
def test_adjusted_tests_are_those_of_r(name):
    tests, theirs = analysed(name).tests, R[name]["adjusted"]
    for test, key in (("mantel_haenszel", "chi2"), ("mantel_haenszel_corrected", "corrected")):
        np.testing.assert_allclose(tests.loc[test, ["statistic", "p_value"]], theirs[key], rtol=1e-12)
    homogeneity = theirs["homogeneity"]
    assert tests.loc["breslow_day", "df"] == homogeneity["df"] == theirs["informative"] - 1
    # The script's fitted tables are roots found to 1e-14.
    assert tests.loc["breslow_day", "statistic"] == pytest.approx(homogeneity["breslow_day"], rel=1e-11)
    assert tests.loc["breslow_day", "statistic"] == pytest.approx(theirs["epi_breslow_day"], rel=1e-6)
    assert tests.loc["breslow_day_tarone", "statistic"] == pytest.approx(homogeneity["tarone"], rel=1e-11)
    if theirs["woolf"][0] is not None:
        np.testing.assert_allclose(tests.loc["woolf", ["statistic", "p_value"]], theirs["woolf"], rtol=1e-12)
    else:
        assert "cell of zero" in tests.loc["woolf", "reason"]
        assert math.isnan(tests.loc["woolf", "statistic"])


def test_stratified_table_of_statsmodels_agrees():
    from statsmodels.stats.contingency_tables import StratifiedTable

    table = numbers(R["ucb"]["table"])
    theirs, ours = StratifiedTable(list(table)), two_by_two(table)
    equal, null = theirs.test_equal_odds(adjust=True), theirs.test_null_odds(correction=True)
    assert ours.tests.loc["breslow_day_tarone", "statistic"] == pytest.approx(equal.statistic, rel=1e-10)
    assert ours.tests.loc["breslow_day_tarone", "p_value"] == pytest.approx(equal.pvalue, rel=1e-9)
    assert ours.tests.loc["mantel_haenszel_corrected", "statistic"] == pytest.approx(null.statistic, rel=1e-12)
    assert ours.measures.loc["mh_odds_ratio", "std_error_log"] == pytest.approx(theirs.logodds_pooled_se, rel=1e-12)
    assert ours.measures.loc["mh_risk_ratio", "estimate"] == pytest.approx(theirs.riskratio_pooled, rel=1e-12)


# --- closed forms -----------------------------------------------------------------------------------
def conditional_counts(table) -> tuple[list[int], int]:
    """Numbers of ways to each total of a given all margins, from its least value on; where the observed one stands."""
    ways, low = [1], 0
    for (a, b), (c, d) in np.array(table, dtype=int).tolist():
        n1, n0, m1 = a + b, c + d, a + c
        if 0 in (n1, n0, m1, b + d):
            low += a
            continue
        start = max(0, m1 - n0)
        more = [math.comb(n1, k) * math.comb(n0, m1 - k) for k in range(start, min(n1, m1) + 1)]
        product = [0] * (len(ways) + len(more) - 1)
        for i, x in enumerate(ways):
            for j, y in enumerate(more):
                product[i + j] += x * y
        ways, low = product, low + start
    return ways, int(np.sum(np.array(table)[:, 0, 0])) - low


def tails(ways, at, odds_ratio) -> tuple[float, float, float]:
    """Exact probabilities of less than, exactly and more than the observed total, for a float odds ratio."""
    numerator, denominator = Fraction(odds_ratio).as_integer_ratio()
    weights = [w * numerator**k * denominator ** (len(ways) - 1 - k) for k, w in enumerate(ways)]
    total = sum(weights)
    return tuple(float(Fraction(sum(part), total)) for part in (weights[:at], [weights[at]], weights[at + 1 :]))


EXACT = {
    **{name: R[name]["table"] for name in ("zero_cell", "other_zero_cell", "tiny", "uneven", "sparse_strata", "pairs")},
    "birthwt": R["birthwt"]["table"],
    "large": [[[400, 100], [130, 300]]],
    "protective": [[[1, 60], [40, 2]], [[0, 25], [9, 3]]],
}


@pytest.mark.parametrize("level", [0.5, 0.95, 0.9999])
@pytest.mark.parametrize("name", EXACT)
def test_tails_at_the_exact_limits_are_what_they_claim(name, level):
    """In rational arithmetic, hence without rounding: each limit leaves (1 − level)/2 in its tail."""
    ways, at = conditional_counts(EXACT[name])
    measures = two_by_two(EXACT[name], level=level).measures
    for kind, half in (("exact", 1.0), ("midp", 0.5)):
        row = measures.loc[f"common_odds_ratio_{kind}"]
        if at > 0:
            _, point, above = tails(ways, at, row["conf_low"])
            assert above + half * point == pytest.approx((1 - level) / 2, rel=1e-11)
        else:
            assert row["conf_low"] == row["estimate"] == 0
        if at < len(ways) - 1:
            below, point, _ = tails(ways, at, row["conf_high"])
            assert below + half * point == pytest.approx((1 - level) / 2, rel=1e-11)
        else:
            assert row["conf_high"] == row["estimate"] == math.inf


@pytest.mark.parametrize("name", EXACT)
def test_exact_p_values_in_rational_arithmetic(name):
    ways, at = conditional_counts(EXACT[name])
    found = two_by_two(EXACT[name])
    below, point, above = tails(ways, at, 1.0)
    measures, tests = found.measures, found.tests
    central = min(1.0, 2 * (min(below, above) + point))
    assert measures.loc["common_odds_ratio_exact", "p_value"] == pytest.approx(central, rel=1e-12)
    assert tests.loc["common_mid_p", "p_value"] == pytest.approx(2 * min(below, above) + point, rel=1e-12)
    extreme = Fraction(sum(w for w in ways if w <= ways[at]), sum(ways))
    assert tests.loc["common_exact", "p_value"] == pytest.approx(float(extreme), rel=1e-12)


def test_tiny_p_values_keep_their_digits():
    table = [[900, 100], [150, 850]]
    ways, at = conditional_counts([table])
    exact = Fraction(sum(w for w in ways if w <= ways[at]), sum(ways))
    assert exact < Fraction(1, 10**250)
    assert two_by_two(table).tests.loc["fisher_exact", "p_value"] == pytest.approx(float(exact), rel=1e-11)
    halves = [[[450, 50], [75, 425]]] * 2
    ways, at = conditional_counts(halves)
    exact = Fraction(sum(w for w in ways if w <= ways[at]), sum(ways))
    assert two_by_two(halves).tests.loc["common_exact", "p_value"] == pytest.approx(float(exact), rel=1e-11)


def test_millions_against_forty_digits():
    """The tail at the upper limit, by the recurrence of the weights in 40 digits; 25 000 terms hold all but 1e-100."""
    (a, b), (c, d) = R["millions"]["table"][0]
    found = analysed("millions").measures.loc["odds_ratio_exact"]
    with mpmath.workdps(40):
        for limit, upper in ((found["conf_low"], True), (found["conf_high"], False)):
            psi, up, down = mpmath.mpf(limit), [mpmath.mpf(1)], [mpmath.mpf(1)]
            for k in range(25_000):
                up.append(up[-1] * psi * (b - k) * (c - k) / ((a + k + 1) * (d + k + 1)))
                down.append(down[-1] * (a - k) * (d - k) / (psi * (b + k + 1) * (c + k + 1)))
            above, below = mpmath.fsum(up), mpmath.fsum(down)
            tail = (above if upper else below) / (above + below - 1)
            assert float(tail) == pytest.approx(0.025, rel=1e-10)


@pytest.mark.parametrize("cells", [(30, 44, 29, 86), (1, 1, 1, 1), (123456, 654321, 99999, 88888), (3, 9, 1, 40)])
def test_a_logit_fit_of_the_table_is_woolf(cells):
    a, b, c, d = cells
    found = two_by_two([[a, b], [c, d]]).measures.drop(columns=["method", "reason"]).loc["odds_ratio"]
    frame = pd.DataFrame({"y": [1, 0, 1, 0], "x": [1, 1, 0, 0], "n": [a, b, c, d]})
    row = gl.logit("y ~ x", frame, weights="n").odds_ratios().loc["x"]
    np.testing.assert_allclose(found[LIMITS], row[["odds_ratio", "conf_low", "conf_high"]], rtol=1e-12)
    assert found["p_value"] == pytest.approx(row["p_value"], rel=1e-10)
    error = math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    assert found["std_error_log"] == pytest.approx(error, rel=1e-15)
    assert found["std_error"] == pytest.approx(found["estimate"] * error, rel=1e-15)
    assert found["conf_low"] == pytest.approx(a * d / (b * c) * math.exp(-Z * error), rel=1e-14)


def test_woolf_homogeneity_is_the_wald_test_of_the_interaction():
    fit = gl.logit("low ~ smoke * C(race)", BIRTH)
    terms = [term for term in fit.params.index if ":" in term]
    wald = fit.test(", ".join(f"{term} = 0" for term in terms))
    ours = two_by_two(BIRTH, "low", "smoke", strata="race").tests.loc["woolf"]
    assert ours["statistic"] == pytest.approx(wald.statistic, rel=1e-10)
    assert ours["df"] == wald.df == 2


def test_pearson_is_the_score_test_of_a_logit_fit():
    score = gl.logit("low ~ smoke", BIRTH).test("smoke = 0", "score")
    ours = two_by_two(BIRTH, "low", "smoke").tests.loc["pearson"]
    assert ours["statistic"] == pytest.approx(score.statistic, rel=1e-12)


def test_matched_pairs_in_closed_form():
    """One case and one control in each stratum: ratios of discordant pairs (Breslow & Day 1980, ch. 5)."""
    exposed_case, exposed_control = [[1, 0], [0, 1]], [[0, 1], [1, 0]]
    found = two_by_two([exposed_case] * 17 + [exposed_control] * 5)
    assert found.measures.loc["mh_odds_ratio", "estimate"] == pytest.approx(17 / 5, rel=1e-15)
    assert found.measures.loc["mh_odds_ratio", "std_error_log"] == pytest.approx(math.sqrt(1 / 17 + 1 / 5), rel=1e-14)
    assert found.measures.loc["common_odds_ratio_exact", "estimate"] == pytest.approx(17 / 5, rel=1e-13)
    assert found.tests.loc["mantel_haenszel", "statistic"] == pytest.approx(12**2 / 22, rel=1e-14)  # McNemar
    binomial = sum(math.comb(22, k) for k in range(6)) / 2**21
    assert found.tests.loc["common_exact", "p_value"] == pytest.approx(binomial, rel=1e-13)


def test_cornfield_limits_are_where_the_score_test_turns():
    table = [[30, 44], [29, 86]]
    found = two_by_two(table).measures.loc["odds_ratio_cornfield"]
    for limit in found[["conf_low", "conf_high"]]:
        n1, n0, m1 = 74, 115, 59
        # A(n0 − m1 + A) = ψ(n1 − A)(m1 − A), as a polynomial in A
        fitted = next(x for x in np.roots([1 - limit, n0 - m1 + limit * (n1 + m1), -limit * n1 * m1]) if 0 < x < 59)
        variance = 1 / fitted + 1 / (n1 - fitted) + 1 / (m1 - fitted) + 1 / (n0 - m1 + fitted)
        assert (30 - fitted) ** 2 * variance == pytest.approx(Z**2, rel=1e-10)  # np.roots has 12 digits


MEASURES_WITH_P = {
    "odds_ratio": 1,
    "odds_ratio_cornfield": 1,
    "odds_ratio_exact": 1,
    "odds_ratio_midp": 1,
    "risk_ratio": 1,
    "risk_difference": 0,
    "attributable_fraction_exposed": 0,
    "attributable_fraction_population": 0,
    "attributable_fraction_exposed_or": 0,
    "attributable_fraction_population_or": 0,
    "mh_odds_ratio": 1,
    "common_odds_ratio_exact": 1,
    "common_odds_ratio_midp": 1,
    "mh_risk_ratio": 1,
    "mh_risk_difference": 0,
}


@pytest.mark.parametrize("cells", [[[0, 999], [3, 9997]], [[0, 999999], [1, 9999999]], [[0, 10], [5, 5]]])
@pytest.mark.parametrize("kind", ["", "_or"])
def test_without_an_exposed_event_a_population_fraction_has_no_limits(cells, kind):
    (a, b), (c, d) = cells
    row = gl.two_by_two(cells).measures.loc[f"attributable_fraction_population{kind}"]
    kept = (c / (c + d)) / ((a + c) / (a + b + c + d)) if not kind else (c / (a + c)) / (d / (b + d))
    assert row["estimate"] == pytest.approx(1 - kept, rel=1e-12)
    assert row[["std_error", "conf_low", "conf_high", "p_value"]].isna().all()
    assert "no exposed subject has the event" in row["reason"]


@pytest.mark.parametrize("measure", MEASURES_WITH_P)
def test_tests_and_limits_agree(measure):
    """At level 1 − p the limit nearest to no effect lies on no effect."""
    p = analysed("birthwt").measures.loc[measure, "p_value"]
    limits = two_by_two(R["birthwt"]["table"], level=1 - p).measures.loc[measure, ["conf_low", "conf_high"]]
    assert min(abs(limits - MEASURES_WITH_P[measure])) < 1e-9


# --- invariants -------------------------------------------------------------------------------------
INVERTED = ["odds_ratio", "odds_ratio_cornfield", "odds_ratio_exact", "odds_ratio_midp", "risk_ratio"]


def test_exchanging_the_groups_inverts_the_ratios():
    table = numbers(R["ucb"]["table"])
    ours, turned = two_by_two(table).measures, two_by_two(table[:, ::-1]).measures
    for measure in [*INVERTED, "mh_odds_ratio", "mh_risk_ratio", "common_odds_ratio_exact", "common_odds_ratio_midp"]:
        np.testing.assert_allclose(
            turned.loc[measure, LIMITS], 1 / numbers(ours.loc[measure, LIMITS])[[0, 2, 1]], rtol=1e-11
        )
        assert turned.loc[measure, "p_value"] == pytest.approx(ours.loc[measure, "p_value"], rel=1e-10)


def test_order_of_strata_does_not_matter():
    table = numbers(R["ucb"]["table"])
    ours, turned = two_by_two(table), two_by_two(table[::-1])
    np.testing.assert_allclose(ours.measures[LIMITS].to_numpy(), turned.measures[LIMITS].to_numpy(), rtol=1e-11)
    np.testing.assert_allclose(ours.tests["p_value"], turned.tests["p_value"], rtol=1e-11)


def test_one_stratum_says_what_the_crude_table_says():
    found = two_by_two([[[30, 44], [29, 86]]])
    m = found.measures
    np.testing.assert_allclose(m.loc["mh_odds_ratio", LIMITS], m.loc["odds_ratio", LIMITS], rtol=1e-13)
    np.testing.assert_allclose(m.loc["common_odds_ratio_exact", LIMITS], m.loc["odds_ratio_exact", LIMITS], rtol=1e-13)
    assert "two strata" in found.tests.loc["breslow_day", "reason"]


# --- zeros, empty margins, fractions, size ----------------------------------------------------------
def test_a_cell_of_zero_has_an_infinite_estimate_and_a_one_sided_limit():
    found = two_by_two([[8, 0], [5, 9]])
    wald, exact = found.measures.loc["odds_ratio"], found.measures.loc["odds_ratio_exact"]
    assert wald["estimate"] == exact["estimate"] == exact["conf_high"] == math.inf
    assert wald[["std_error", "conf_low", "conf_high", "p_value"]].isna().all()
    assert "zero" in wald["reason"]
    assert 1 < exact["conf_low"] < math.inf
    assert two_by_two([[0, 8], [9, 5]]).measures.loc["odds_ratio", "estimate"] == 0
    assert "Inf" in str(found)


def test_a_margin_of_zero_leaves_nothing_to_compare():
    found = two_by_two([[0, 8], [0, 5]])
    ratios = ["odds_ratio", "odds_ratio_exact", "odds_ratio_midp", "odds_ratio_cornfield", "risk_ratio"]
    assert found.measures.loc[ratios, LIMITS].isna().all(axis=None)
    assert (found.measures.loc[ratios, "reason"].str.contains("margin")).all()
    assert found.tests["p_value"].isna().all()
    assert found.measures.loc["risk_difference", "estimate"] == 0
    assert math.isnan(found.measures.loc["risk_difference", "std_error"])
    assert found.measures.loc["risk_difference_newcombe", "conf_high"] > 0
    assert two_by_two([[0, 0], [3, 5]]).measures["conf_low"].isna().all()


@pytest.mark.parametrize("table", [[[5, 0], [7, 0]], [[5, 0], [0, 7]], [[0, 0], [2, 2]], [[0, 4], [0, 0]]])
def test_whatever_is_missing_has_a_reason(table):
    found = two_by_two(table)
    missing = found.measures[["estimate", "conf_low", "conf_high"]].isna().any(axis=1)
    assert (found.measures.loc[missing, "reason"] != "").all()
    assert (found.tests.loc[found.tests["p_value"].isna(), "reason"] != "").all()
    assert str(found)


def test_strata_without_information_are_counted_and_change_nothing():
    table = R["birthwt"]["table"]
    silent = [[[4, 0], [6, 0]], [[0, 0], [3, 5]], [[0, 0], [0, 0]], [[1, 0], [0, 0]]]
    ours, plain = two_by_two([*table, *silent]), two_by_two(table)
    assert [note.code for note in ours.notes] == ["strata"]
    assert "4 of 7 strata" in ours.notes[0].text
    for measure in ("mh_odds_ratio", "common_odds_ratio_exact", "common_odds_ratio_midp"):
        np.testing.assert_allclose(ours.measures.loc[measure, LIMITS], plain.measures.loc[measure, LIMITS], rtol=1e-14)
    shared = ["mantel_haenszel", "common_exact", "breslow_day", "breslow_day_tarone", "woolf"]
    np.testing.assert_allclose(ours.tests.loc[shared, "p_value"], plain.tests.loc[shared, "p_value"], rtol=1e-14)
    assert len(ours.strata) == 7


def test_only_silent_strata():
    found = two_by_two([[[4, 0], [6, 0]], [[0, 3], [0, 5]]])
    assert math.isnan(found.measures.loc["mh_odds_ratio", "estimate"])
    assert found.tests.loc["mantel_haenszel", "reason"] == "every stratum has a margin of zero"


def test_strata_with_a_zero_have_exact_limits():
    found = two_by_two(R["sparse_strata"]["table"]).strata
    assert found["method"].tolist() == ["exact", "Woolf", "exact", "Woolf", "Woolf"]
    assert found["odds_ratio"].tolist()[0] == found["conf_high"].tolist()[0] == math.inf
    assert found["odds_ratio"].isna().tolist() == [False, True, False, False, True]
    single = two_by_two([[2, 0], [1, 3]]).measures.loc["odds_ratio_exact", "conf_low"]
    assert found["conf_low"].iloc[0] == pytest.approx(single, rel=1e-13)


def test_fractional_counts_have_asymptotic_results_only():
    found = two_by_two([[2.5, 7], [4, 9.25]])
    assert found.measures.loc[["odds_ratio_exact", "odds_ratio_midp"], LIMITS].isna().all(axis=None)
    assert "whole" in found.measures.loc["odds_ratio_exact", "reason"]
    assert found.measures.loc["odds_ratio", "estimate"] == pytest.approx(2.5 * 9.25 / 28, rel=1e-15)
    assert [note.code for note in found.notes] == ["fractional"]
    assert found.counts.iloc[0, 0] == 2.5


def test_tiny_fractions_have_cornfield_limits():
    found = two_by_two([[1e-20, 7], [4, 9.25]]).measures.loc["odds_ratio_cornfield"]
    assert 0 < found["conf_low"] < found["estimate"] < found["conf_high"] < math.inf


def test_counts_too_large_to_enumerate_are_refused_with_a_reason():
    found = two_by_two([[10**13, 10**13], [10**13, 10**13 + 10**7]])
    assert "too large" in found.measures.loc["odds_ratio_exact", "reason"]
    assert np.isfinite(found.measures.loc["odds_ratio_cornfield", LIMITS].astype(float)).all()
    rare = two_by_two([[3, 10**9], [12, 10**9]]).measures.loc["odds_ratio_exact"]
    # So rare that the margins make it binomial: the limit of 3 among 15 (Clopper & Pearson), as odds.
    p = rare["conf_high"] / (1 + rare["conf_high"])
    below = sum(math.comb(15, k) * p**k * (1 - p) ** (15 - k) for k in range(4))
    assert below == pytest.approx(0.025, rel=1e-6)  # the binomial errs by 15/1e9


# --- from rows --------------------------------------------------------------------------------------
def test_rows_are_counted():
    found = two_by_two(BIRTH, outcome="low", exposure="smoke", strata="race")
    cells = BIRTH.groupby(["smoke", "low"]).size()
    assert found.counts.to_numpy().tolist() == [[cells[1, 1], cells[1, 0]], [cells[0, 1], cells[0, 0]]]
    assert found.counts.index.tolist() == found.counts.columns.tolist() == [1, 0]
    assert (found.counts.index.name, found.counts.columns.name) == ("smoke", "low")
    assert sorted(found.strata.index) == sorted(BIRTH["race"].unique())
    assert found.strata[["a", "b", "c", "d"]].to_numpy().sum() == len(BIRTH)
    by_table = two_by_two(R["birthwt"]["table"])
    order = ["white", "black", "other"]
    assert (
        found.strata.loc[order, list("abcd")].to_numpy().tolist() == by_table.strata[list("abcd")].to_numpy().tolist()
    )


def test_strata_of_several_columns_and_missing_rows():
    data = BIRTH.astype({"smoke": float, "ht": float})
    data.loc[[3, 8], "smoke"] = np.nan
    data.loc[[8, 9], "ht"] = np.nan
    found = two_by_two(data, "low", "smoke", strata=["race", "ht"])
    kept = data.dropna(subset=["smoke", "ht"])
    assert found.counts.to_numpy().sum() == len(kept) == len(BIRTH) - 3
    assert found.strata.index.names == ["race", "ht"]
    assert "3 rows of 189 dropped" in str(found)
    assert two_by_two(kept, "low", "smoke", strata=["race", "ht"]).measures.equals(found.measures)


def test_weights_are_counts():
    ucb = pd.read_csv(REFERENCE.parent / "data" / "ucb.csv")
    options = {"event": "Admitted", "exposed": "Male", "strata": "Dept"}
    found = two_by_two(ucb, "Admit", "Gender", weights="Freq", **options)
    assert found.measures.equals(analysed("ucb").measures)
    by_array = two_by_two(ucb, "Admit", "Gender", weights=ucb["Freq"].to_numpy(), **options)
    assert by_array.measures.equals(found.measures)
    assert "Admit = 'Admitted'" in str(found)


def test_which_value_is_the_event():
    text = BIRTH.assign(low=np.where(BIRTH["low"] == 1, "yes", "no"), smoke=BIRTH["smoke"] == 1)
    plain = two_by_two(BIRTH, "low", "smoke")
    assert two_by_two(text, "low", "smoke").measures.equals(plain.measures)
    turned = two_by_two(text, "low", "smoke", event="no", exposed=False)
    assert turned.counts.to_numpy().tolist() == plain.counts.to_numpy()[::-1, ::-1].tolist()
    coded = BIRTH.assign(low=BIRTH["low"] + 1)
    assert two_by_two(coded, "low", "smoke", event=2).measures.equals(plain.measures)
    ordered = text.assign(low=pd.Categorical(text["low"], ["yes", "no"]))
    assert two_by_two(ordered, "low", "smoke").counts.columns.tolist() == ["no", "yes"]


def test_any_table_will_do():
    columns = {name: BIRTH[name].to_numpy() for name in ("low", "smoke")}
    assert two_by_two(columns, "low", "smoke").measures.equals(two_by_two(BIRTH, "low", "smoke").measures)


def test_labelled_tables():
    table = pd.DataFrame([[30, 44], [29, 86]], index=["smoker", "other"], columns=["low", "normal"])
    found = two_by_two(table)
    assert found.counts.equals(table)
    assert "smoker" in str(found)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((pd.crosstab(BIRTH["smoke"], BIRTH["low"]),), {}, "labelled 0"),
        ((pd.crosstab(BIRTH["smoke"], BIRTH["low"])[::-1],), {}, "iloc"),
        (([[1, 2, 3], [4, 5, 6]],), {}, r"shape \(2, 3\)"),
        ((np.ones((2, 2, 5)),), {}, "moveaxis"),
        (([[1, 2], [3]],), {}, "shape"),
        (([[1, -2], [3, 4]],), {}, "-2"),
        (([[1, math.nan], [3, 4]],), {}, "nan"),
        (([[0, 0], [0, 0]],), {}, "0 only"),
        (([["1", "2"], ["3", "4"]],), {}, "text"),
        (([[1, 2], [3, 4]],), {"strata": "race"}, "strata="),
        (([[1, 2], [3, 4]],), {"level": 95}, "0.95"),
        ((BIRTH,), {}, "outcome="),
        ((BIRTH, "low"), {}, "names of columns"),
        ((BIRTH, "low", "low"), {}, "twice"),
        ((BIRTH, "low", "smok"), {}, "smoke"),
        ((BIRTH, "low", "race"), {}, r"3 values .*data\.assign\(exposed=data\['race'\] == "),
        ((BIRTH, "age", "smoke"), {}, "values"),
        ((BIRTH.assign(low=1), "low", "smoke"), {}, "1 value"),
        ((BIRTH.assign(low=BIRTH["low"] + 1), "low", "smoke"), {}, "Type event=2 or event=1"),
        ((BIRTH, "low", "smoke"), {"exposed": "yes"}, "exposed='yes' is neither"),
        ((BIRTH.assign(n=-1), "low", "smoke"), {"weights": "n"}, "negative"),
        ((BIRTH.assign(n=1e150), "low", "smoke"), {"weights": "n"}, r"sums of weights .*2\*\*53"),
    ],
)
def test_what_cannot_be_counted_is_said(arguments, options, words):
    with pytest.raises(DataError, match=words):
        two_by_two(*arguments, **options)


# --- the page ---------------------------------------------------------------------------------------
def test_the_page_says_what_was_compared():
    found = two_by_two(BIRTH, "low", "smoke", strata="race", level=0.9)
    text = str(found)
    for words in ("low by smoke", "low = 1", "smoke = 1", "189 in 3 strata", "[90% CI]", "Adjusted for race", "white"):
        assert words in text
    assert max(map(len, text.splitlines())) <= 100
    assert found._repr_html_() == found.summary().to_html()
    assert "mh_odds_ratio" in found._repr_html_()
    assert found.summary().to_markdown().startswith("## 2×2 table: low by smoke")
    assert "\\begin{table}" in found.summary().to_latex()


def test_results_are_frozen_frames_with_the_columns_of_the_glossary():
    found = two_by_two([[30, 44], [29, 86]])
    numbers = ["estimate", "std_error", "std_error_log", "conf_low", "conf_high", "p_value"]
    assert list(found.measures) == [*numbers, "method", "reason"]
    assert list(found.tests) == ["statistic", "df", "p_value", "method", "reason"]
    assert list(found.strata) == ["a", "b", "c", "d", "odds_ratio", "conf_low", "conf_high", "method"]
    assert len(found.strata) == 0
    assert found.measures.index.is_unique
    with pytest.raises(AttributeError):
        found.level = 0.5


def test_rows_of_one_measure_have_the_same_decimals():
    printed = str(gl.two_by_two([[1, 999], [3, 9997]]))
    for kind in ("risk_difference", "odds_ratio"):
        shown = re.findall(rf"^{kind}\w* +(-?[\d.]+) ", printed, re.MULTILINE)
        assert len(shown) >= 2
        assert len({len(text.partition(".")[2]) for text in shown}) == 1
    risks = re.findall(r"^(?:exposed|unexposed|Total) .* ([\d.]+)$", printed, re.MULTILINE)
    assert risks == ["0.00100", "0.00030", "0.00036"]
