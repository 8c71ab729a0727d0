"""The distribution to which Wald statistics are referred: closed forms, limits, and what clustered fits take."""

import math

import mpmath
import numpy as np
import pytest
from scipy import stats

import glmlogit as gl
from glmlogit.numerics.reference import NORMAL, Reference


def t_tail(t: float, df: float) -> float:
    """Two-sided tail of Student's t by mpmath's incomplete beta function."""
    with mpmath.workdps(40):
        return float(mpmath.betainc(mpmath.mpf(df) / 2, 0.5, 0, df / (df + mpmath.mpf(t) ** 2), regularized=True))


@pytest.mark.parametrize("df", [1, 2, 5, 14, 39, 1000])
def test_two_sided_tails_of_t_keep_their_digits(df):
    for t in (0.0, 1e-3, 0.7, 2.1, 9.0, 55.0, 1e4):
        assert float(Reference(df).pvalue(t)) == pytest.approx(t_tail(t, df), rel=1e-12)
    assert float(Reference(1).pvalue(2.5)) == pytest.approx(2 * math.atan2(1, 2.5) / math.pi, rel=1e-14)  # Cauchy
    assert np.isnan(Reference(df).pvalue(np.nan))
    assert float(Reference(df).pvalue(np.inf)) == 0.0


@pytest.mark.parametrize("df", [1, 5, 14, 1000, math.inf])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_quantile_and_pvalue_are_inverse(df, level):
    reference = Reference(df)
    assert float(reference.pvalue(reference.quantile(level))) == pytest.approx(1 - level, rel=1e-10)


def test_one_hypothesis_has_the_p_of_t_and_many_clusters_that_of_chi_squared():
    for t in (0.3, 1.9, 6.0):
        assert Reference(9).joint(t * t, 1)[2] == pytest.approx(float(Reference(9).pvalue(t)), rel=1e-12)
    statistic, df, p = Reference(1e9).joint(7.2, 3)
    assert (3 * statistic, p) == pytest.approx((NORMAL.joint(7.2, 3)[0], NORMAL.joint(7.2, 3)[2]), rel=1e-6)
    assert df == 1e9 - 2


def test_joint_is_hotellings():
    statistic, df, p = Reference(11).joint(14.0, 3)  # T-squared of 3 means of 12 observations
    assert (statistic, df) == (pytest.approx(14.0 * 9 / 33), 9.0)
    assert p == pytest.approx(stats.f.sf(14.0 * 9 / 33, 3, 9), rel=1e-12)


def test_clustered_fits_have_t_and_f_and_the_normal_by_name():
    births = gl.datasets.cbpp()
    fit = gl.logit("incidence ~ period", births, trials="size", cluster="herd")
    normal, groups = fit.with_cov(reference="normal"), births["herd"].nunique()
    assert fit.reference == Reference(groups - 1)
    assert normal.reference == NORMAL == fit.with_cov("HC0").reference == fit.with_cov("cluster:statsmodels").reference
    z = fit.zvalues.to_numpy()
    np.testing.assert_allclose(fit.pvalues, 2 * stats.t.sf(abs(z), groups - 1), rtol=1e-12)
    np.testing.assert_allclose(normal.pvalues, 2 * stats.norm.sf(abs(z)), rtol=1e-12)
    width = (fit.confint()["conf_high"] - fit.params) / fit.bse
    np.testing.assert_allclose(width, stats.t.ppf(0.975, groups - 1), rtol=1e-12)
    result, plain = fit.test(np.eye(4)[1:]), normal.test(np.eye(4)[1:])
    assert (result.df, result.df_denom, plain.df_denom) == (3, groups - 3, math.inf)
    assert result.statistic == pytest.approx(plain.statistic * (groups - 3) / (3 * (groups - 1)), rel=1e-12)
    assert f"F(3, {groups - 3}) = " in str(result)
    with pytest.raises(gl.errors.UnsupportedError, match="leave out"):
        fit.with_cov("HC0", reference="t")
    with pytest.raises(gl.errors.DataError, match="'normal'"):
        fit.with_cov(reference="z")


def test_more_hypotheses_than_clusters_are_not_tested():
    data = gl.datasets.birthwt()
    data["herd"] = np.arange(len(data)) % 3
    result = gl.logit("low ~ age + lwt + smoke + ht", data, cluster="herd").test(np.eye(5)[1:])
    assert math.isnan(result.p_value)
    assert "cluster" in result.reason
