"""Which rows are no odds ratios: what the notes say of interactions, curves and levels without a constant."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl


def frame(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "y": rng.integers(0, 2, n),
            "g": rng.choice(list("abc"), n),
            "h": rng.choice(list("uv"), n),
            "k": rng.integers(1, 4, n),
            "x": rng.normal(size=n) + 3.0,
            "a": rng.normal(size=n),
            "b": rng.normal(size=n),
        }
    )


DATA = frame()


def texts(formula: str, code: str) -> list[str]:
    return [note.text for note in gl.logit(formula, DATA).notes if note.code == code]


@pytest.mark.parametrize(
    ("formula", "named", "what"),
    [
        ("y ~ g:h", "h takes part in g:h", "g:h are not overall: they are odds ratios within one level"),
        ("y ~ g:h + x", "h takes part in g:h", "odds ratios within one level"),
        ("y ~ h + g:h", "h takes part in g:h", "odds ratios within one level"),
        ("y ~ g + h %in% g", "g takes part in h:g", "odds ratios within one level"),
        ("y ~ g/x", "g takes part in g:x", "odds ratios within one level"),
        ("y ~ g*h", "g, h take part in g:h", "g:h are not overall: they are ratios of odds ratios"),
        ("y ~ x*g", "x, g take part in x:g", "ratios of odds ratios"),
        ("y ~ a:b:x", "", "a:b:x are not overall: they are ratios of odds ratios"),
        ("y ~ C(k):a", "", "C(k):a are not overall: they are odds ratios within one level"),
        ("y ~ a*b - a - b", "", "a:b are not overall: they are ratios of odds ratios"),
        ("y ~ x + x:a + a:b", "x takes part in x:a", "x:a, a:b are not overall: they are ratios"),
        ("y ~ g*h*x", "g, h, x, g:h, g:x, h:x take part in g:h:x", "ratios of odds ratios"),
    ],
)
def test_rows_of_an_interaction_are_named_however_it_is_typed(formula, named, what):
    (text,) = texts(formula, "interaction")
    assert named in text
    assert what in text
    assert "not overall" in text


@pytest.mark.parametrize(
    ("formula", "named"),
    [
        ("y ~ x + I(x^2)", "x, I(x^2): x changes"),
        ("y ~ a + bs(x, 4)", "bs(x, 4): x changes"),
        ("y ~ poly(x, 2)*g", "within=['g']"),
        ("y ~ rcs(x, 3) + g", "rcs(x, 3): x changes"),
        ("y ~ x + log(x)", "x, log(x): x changes"),
        ("y ~ C(I(x > 3)) + x", "C(I(x > 3)), x: x changes"),
        ("y ~ a + b + I(a*b)", "a, I(a * b): a changes"),
        ("y ~ x + offset(0.1*x)", "x, offset(0.1 * x): x changes"),
    ],
)
def test_numbers_that_enter_through_several_columns_are_named(formula, named):
    assert any(named in text for text in texts(formula, "curve"))


def test_levels_without_a_constant_have_odds():
    (text,) = texts("y ~ 0 + g + x", "odds")
    assert "odds in each level" in text
    fit = gl.logit("y ~ 0 + g", DATA)
    share = DATA.groupby("g")["y"].mean()
    np.testing.assert_allclose(fit.odds_ratios()["odds_ratio"], share / (1 - share), rtol=1e-12)
    assert not texts("y ~ g + x", "odds")


_PARTS = ("g", "h", "x", "a", "C(k)", "g:h", "g:x", "a:b", "h*a", "bs(b, 4)", "I(a^2)", "log(x)", "h/x")
_FORMULAS = [f"y ~ {' + '.join(parts)}" for n in (1, 2, 3) for parts in itertools.combinations(_PARTS, n)][::7]


@pytest.mark.parametrize("formula", _FORMULAS)
def test_a_row_that_no_note_names_is_the_odds_ratio_everywhere(formula):
    """The other way round: what is not noted agrees with gl.stratum_odds_ratios, whatever the other variables are."""
    fit = gl.logit(formula, DATA)
    noted = " ".join(note.text for note in fit.notes)
    for term in fit.design.terms:
        if term.order != 1 or term.name in noted or term.name.startswith(("log", "I(")):
            continue
        found = gl.stratum_odds_ratios(fit, term.variables[0])
        np.testing.assert_allclose(found["odds_ratio"], np.exp(fit.params.iloc[list(term.columns)]), rtol=1e-9)


def test_the_advice_of_a_note_works_when_followed():
    fit = gl.logit("y ~ poly(x, 2)*g", DATA)
    assert len(gl.stratum_odds_ratios(fit, "x", within=["g"], contrast=(4, 3))) == 3
    fit = gl.logit("y ~ 0 + g*h", DATA)
    (text,) = [note.text for note in fit.notes if note.code == "odds"]
    assert "gl.pairwise(fit, 'g', within=['h'])" in text
    assert len(gl.pairwise(fit, "g", within=["h"])) == 6
