"""Adjusted p-values and limits against R's p.adjust, the t distribution and the definition of simultaneous limits."""

from __future__ import annotations

import json

import numpy as np
import pytest
import references
from scipy import special

import glmlogit as gl
from glmlogit.inference.multiplicity import Family, adjusted
from glmlogit.numerics.reference import Reference
from glmlogit.numerics.tails import range_pvalue, range_quantile

R = json.loads((references.REFERENCE / "multiplicity.json").read_text())
BIRTH = gl.datasets.birthwt()
FIT = gl.logit("low ~ smoke*race + age + lwt", BIRTH)


@pytest.mark.parametrize("family", R["adjusted"], ids=lambda f: str(len(f["p"])))
@pytest.mark.parametrize("method", ["bonferroni", "holm", "hochberg", "hommel", "BH", "BY"])
def test_as_p_adjust(family, method):
    p = np.array(family["p"])
    np.testing.assert_allclose(adjusted(p, method, len(p)), family[method], rtol=1e-13)


@pytest.mark.parametrize(("one", "other"), [("fdr", "BH"), ("bh", "BH"), ("by", "BY")])
def test_names_of_one_method(one, other):
    a, b = (gl.pairwise(FIT, "race", "smoke", adjust=name) for name in (one, other))
    np.testing.assert_array_equal(a["p_value"], b["p_value"])
    assert any("limits are not adjusted" in str(note) for note in a.notes)
    plain = gl.pairwise(FIT, "race", "smoke", adjust="none")
    np.testing.assert_array_equal(a[["conf_low", "conf_high"]], plain[["conf_low", "conf_high"]])


@pytest.mark.parametrize("df", [1.0, 2.0, 5.0, 9.0, 30.0, 200.0])
def test_the_range_of_two_is_t(df):
    """|X − Y|/s of two normals is √2·|t|: R's ptukey is off by 6 % here at 2 df."""
    q = np.array([0.0, 1e-17, 0.1, 0.5, 2.0, 4.0, 8.0, 20.0, 60.0])
    np.testing.assert_allclose(range_pvalue(q, 2, df), special.betainc(df / 2, 0.5, df / (df + q * q / 2)), rtol=1e-12)
    assert range_quantile(0.95, 2, df) == pytest.approx(np.sqrt(2) * Reference(df).quantile(0.95), rel=1e-10)


def test_the_studentized_range_against_scipy():
    """scipy.stats.studentized_range: two integrals by quadrature, 1e-10 in the body."""
    from scipy.stats import studentized_range

    for k, df in ((3, 4.0), (4, 11.0), (6, 40.0)):
        q = np.array([1.0, 3.0, 5.0])
        np.testing.assert_allclose(range_pvalue(q, k, df), studentized_range.sf(q, k, df), rtol=1e-9)
    np.testing.assert_allclose(range_pvalue([3.0], 4, 1e5), range_pvalue([3.0], 4), rtol=1e-3)


@pytest.mark.parametrize("adjust", ["bonferroni", "sidak", "tukey", "scheffe"])
@pytest.mark.parametrize("reference", [Reference(), Reference(11.0)])
def test_a_statistic_at_the_limit_has_a_p_value_of_one_less_the_level(adjust, reference):
    family = Family(adjust, np.zeros(6, dtype=int), 4, 3, reference)
    for level in (0.8, 0.95, 0.999):
        reached = family.pvalue(np.full(6, family.quantile(level)))
        np.testing.assert_allclose(reached, 1 - level, rtol=1e-9)


def test_scheffe_is_the_joint_test_of_the_largest_contrast():
    """max over contrasts of t² = the Wald chi-squared; its Scheffé p-value is that of the joint test."""
    fit = gl.logit("low ~ race + lwt", BIRTH)
    names = ["race[T.black]", "race[T.other]"]
    V, b = fit.cov_params().loc[names, names].to_numpy(), fit.params[names].to_numpy()
    w = np.linalg.solve(V, b)
    text = f"{w[0]!r}*{names[0]} + {w[1]!r}*{names[1]}".replace("np.float64(", "").replace(")", "")
    found = gl.contrasts(fit, [text, names[0], names[1]], adjust="scheffe")
    assert found["p_value"][0] == pytest.approx(fit.test(f"{names[0]} = 0, {names[1]} = 0").p_value, rel=1e-9)


def test_one_contrast_in_several_strata_is_adjusted_over_all():
    plain = gl.stratum_odds_ratios(FIT, "smoke", "race")["p_value"]
    for adjust in ("bonferroni", "holm", "BH"):
        found = gl.stratum_odds_ratios(FIT, "smoke", "race", adjust=adjust)
        np.testing.assert_allclose(found["p_value"], adjusted(plain.to_numpy(), adjust, 3), rtol=1e-12)
        assert any("adjusted for 3 comparisons" in str(note) for note in found.notes)


def test_pairs_are_a_family_in_each_stratum_and_say_so():
    found, plain = (gl.pairwise(FIT, "race", "smoke", adjust=adjust) for adjust in ("holm", "none"))
    for value in (0, 1):
        members = (plain["smoke"] == value).to_numpy()
        expected = adjusted(plain["p_value"][members].to_numpy(), "holm", 3)
        np.testing.assert_allclose(found["p_value"][members], expected, rtol=1e-12)
    assert any("3 comparisons in each stratum" in str(note) for note in found.notes)
    together = gl.stratum_odds_ratios(FIT, "race", "smoke", contrast="pairwise", adjust="holm")
    np.testing.assert_allclose(together["p_value"], adjusted(plain["p_value"].to_numpy(), "holm", 6), rtol=1e-12)
    coded = gl.logit("low ~ C(smoke)*race", BIRTH)
    nothing = gl.pairwise(coded, "smoke", "race", adjust="bonferroni")
    assert any("One comparison in each stratum: nothing was adjusted" in str(note) for note in nothing.notes)


def test_pairs_of_risks_are_adjusted_or_say_that_they_are_not():
    plain = FIT.comparisons("race", contrast="pairwise")
    assert any("3 comparisons, not adjusted" in str(note) for note in plain.notes)
    assert not any("adjusted" in str(note) for note in FIT.comparisons("race").notes)
    tukey = FIT.comparisons("race", contrast="pairwise", adjust="tukey")
    np.testing.assert_allclose(tukey["p_value"], range_pvalue(np.sqrt(2) * plain["statistic"], 3), rtol=1e-12)
    half = range_quantile(0.95, 3) / np.sqrt(2) * plain["std_error"]
    np.testing.assert_allclose(tukey["conf_low"], plain["estimate"] - half, rtol=1e-9)
    number = FIT.comparisons("race", ["risk_difference", "nnt"], "pairwise", adjust="tukey")
    np.testing.assert_allclose(1 / number["conf_high"][3:], number["conf_low"][:3], rtol=1e-12)


def test_clusters_have_tukey_limits_of_the_studentized_range():
    fit = gl.logit("low ~ race + lwt", BIRTH.assign(c=np.arange(189) % 9), cluster="c")
    assert fit.reference.df == 8
    found, normal = gl.pairwise(fit, "race"), gl.pairwise(fit.with_cov("cluster", reference="normal"), "race")
    np.testing.assert_allclose(found["p_value"], range_pvalue(np.sqrt(2) * found["statistic"], 3, 8), rtol=1e-12)
    assert (found["p_value"] > normal["p_value"]).all()


def test_the_labels_of_differences_are_differences():
    assert gl.pairwise(FIT, "race", "smoke", exponentiate=False)["contrast"][0] == "black - white"
    assert gl.pairwise(FIT, "race", "smoke")["contrast"][0] == "black / white"
    assert gl.stratum_odds_ratios(FIT, "smoke", "race", exponentiate=False)["contrast"][0] == "1 - 0"
