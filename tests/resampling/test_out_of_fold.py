"""Out of fold: values of references, people however written down, clusters whole, everything learned learned again."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from evaluation_models import FORMULAS, data, difference, fitted

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.resampling.observations import observations_of
from glmlogit.resampling.out_of_fold import out_of_fold

MODELS = ("birthwt", "icu", "vaso", "asah")


def losses(part) -> np.ndarray:
    """Brier score and log loss over the observations of folds."""
    n = part.events + part.nonevents
    p, q = 1 / (1 + np.exp(-part.eta)), 1 / (1 + np.exp(part.eta))
    brier = part.events @ q**2 + part.nonevents @ p**2
    loss = part.events @ np.logaddexp(0, -part.eta) + part.nonevents @ np.logaddexp(0, part.eta)
    return np.array([brier, loss]) / n.sum()


@pytest.mark.parametrize("model", MODELS)
def test_ten_folds_and_leave_one_out_are_those_of_the_references(model):
    fit, rows = fitted(model), np.arange(len(data(model)))
    tenfold = out_of_fold(fit, fold_ids=rows % 10).repeats[0]
    square = (tenfold.events - 1 / (1 + np.exp(-tenfold.eta))) ** 2
    of_folds = pd.Series(square).groupby(tenfold.fold).mean().mean()
    assert difference("8_validation", f"validation.{model}.cv10", [*losses(tenfold), of_folds]) <= 1
    single = out_of_fold(fit, fold_ids=rows).repeats[0]
    wrong = np.mean((single.eta >= 0) != (single.events > 0))
    events, others = single.eta[single.events > 0], single.eta[single.events == 0]
    above = np.mean(np.sign(events[:, None] - others) / 2 + 0.5)
    assert difference("8_validation", f"validation.{model}.loo_exact", [*losses(single), wrong, above]) <= 1


def test_as_many_folds_as_rows_leave_one_out():
    fit, n = fitted("vaso"), len(data("vaso"))
    dealt = out_of_fold(fit, n, 1).repeats[0]
    single = out_of_fold(fit, fold_ids=np.arange(n)).repeats[0]
    np.testing.assert_allclose(dealt.eta, single.eta, rtol=1e-9)


def test_labels_of_folds_do_not_matter():
    fit, rows = fitted("birthwt"), np.arange(189)
    relabelled = out_of_fold(fit, fold_ids=np.array([3, 1, 4, 0, 2])[rows % 5]).repeats[0]
    np.testing.assert_array_equal(relabelled.eta, out_of_fold(fit, fold_ids=rows % 5).repeats[0].eta)


def sample(seed: int, n: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, g = rng.normal(size=n).round(1), rng.integers(0, 4, n)
    y = (rng.random(n) < 1 / (1 + np.exp(0.5 - x))).astype(int)
    return pd.DataFrame({"x": x, "g": g, "y": y, "w": rng.integers(1, 4, n)})


@pytest.mark.parametrize("seed", range(4))
def test_rows_counts_and_trials_are_dealt_alike(seed):
    frame = sample(seed)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    counts = out_of_fold(gl.logit("y ~ x + C(g)", frame, weights="w"), 5, 2)
    trials = out_of_fold(gl.logit("s ~ x + C(g)", frame.assign(s=frame["y"] * frame["w"]), trials="w"), 5, 2)
    rows = out_of_fold(gl.logit("y ~ x + C(g)", repeated), 5, 2)
    origin = frame.index.repeat(frame["w"])
    for a, b, c in zip(rows.repeats, counts.repeats, trials.repeats, strict=True):
        for i in (b, c):
            np.testing.assert_allclose(losses(i), losses(a), rtol=1e-12)
            table = pd.DataFrame({"row": origin[a.row], "fold": a.fold, "n": 1.0}).groupby(["row", "fold"]).sum()
            np.testing.assert_array_equal(table["n"], i.events + i.nonevents)


@pytest.mark.parametrize("seed", range(4))
def test_folds_are_alike_in_size_and_in_events(seed):
    frame = sample(seed, 97)
    observations = observations_of(gl.logit("y ~ x", frame, weights="w"))
    folds = list(observations.dealt(7, np.random.default_rng(seed)))
    for sizes in ([f.events.sum() for f in folds], [f.events.sum() + f.nonevents.sum() for f in folds]):
        assert max(sizes) - min(sizes) <= 1
    np.testing.assert_array_equal(sum(f.events for f in folds), observations.events)


def test_the_same_seed_makes_the_same_folds_and_no_repeat_is_another():
    fit = fitted("icu")
    a, b = out_of_fold(fit, 5, 2, seed=3), out_of_fold(fit, 5, 2, seed=3)
    np.testing.assert_array_equal(a.repeats[1].eta, b.repeats[1].eta)
    assert (a.repeats[0].fold != a.repeats[1].fold).any()
    assert (out_of_fold(fit, 5, 1, seed=4).repeats[0].fold != a.repeats[0].fold).any()


@pytest.mark.parametrize("by", ["cluster", "groups"])
def test_clusters_stay_whole(by):
    frame = sample(1).assign(team=np.arange(80) % 13)
    fit = gl.logit("y ~ x", frame, cluster="team" if by == "cluster" else None)
    result = out_of_fold(fit, 5, 3, groups=None if by == "cluster" else frame["team"])
    for part in result.repeats:
        assert (pd.Series(part.fold).groupby(frame["team"].to_numpy()[part.row]).nunique() == 1).all()
    assert result.clusters == 13


@pytest.mark.parametrize("term", ["bs(x, df=5)", "rcs(x, 4)", "poly(x, 3)", "center(x) + I(center(x)**2)", "ns(x, 3)"])
def test_what_is_learned_from_rows_is_learned_in_each_fold(term):
    frame, ids = sample(2), np.arange(80) % 4
    frame["w"] = 1
    part = out_of_fold(gl.logit(f"y ~ {term} + C(g)", frame), fold_ids=ids).repeats[0]
    for k in range(4):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = gl.logit(f"y ~ {term} + C(g)", frame[ids != k]).predict(frame[ids == k], kind="link")
        np.testing.assert_allclose(part.eta[part.fold == k], expected, rtol=1e-7)


def test_covariate_patterns_and_rows_give_the_same():
    rng = np.random.default_rng(5)
    n = 20_000
    frame = pd.DataFrame({"a": rng.integers(0, 5, n), "b": rng.integers(0, 4, n)})
    frame["y"] = (rng.random(n) < 1 / (1 + np.exp(1 - 0.3 * frame["a"]))).astype(int)
    fit = gl.logit("y ~ C(a) + C(b)", frame)
    assert fit.design.patterns is not None
    ids = np.arange(n) % 3
    part = out_of_fold(fit, fold_ids=ids).repeats[0]
    expected = gl.logit("y ~ C(a) + C(b)", frame[ids != 1]).predict(frame[ids == 1], kind="link")
    np.testing.assert_allclose(part.eta[part.fold == 1], expected, rtol=1e-9)


def test_a_fold_that_has_a_level_to_itself_leaves_its_rows_open():
    frame = sample(3)
    frame.loc[[0, 1], "g"] = 9
    frame.loc[[0, 1], "y"] = [0, 1]
    result = out_of_fold(gl.logit("y ~ x + C(g)", frame), fold_ids=np.where(np.arange(80) < 2, 0, np.arange(80) % 4))
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(result.repeats[0].eta)), [0, 1])
    assert result.undetermined == 2
    assert any(note.code == "undetermined" for note in result.notes)


def test_folds_that_separate_are_those_of_the_limiting_model_and_counted():
    frame = sample(4).assign(z=0)
    frame.loc[[0, 5, 9], "z"] = 1
    frame.loc[[0, 5, 9], "y"] = [1, 1, 0]
    result = out_of_fold(gl.logit("y ~ x + z", frame), fold_ids=np.where(np.arange(80) == 9, 0, 1 + np.arange(80) % 2))
    assert result.separated == 1
    part = result.repeats[0]
    assert part.eta[part.row == 9] == np.inf
    assert any(note.code == "separated_folds" for note in result.notes)


def test_penalised_fits_are_penalised_again():
    frame, ids = sample(6), np.arange(80) % 4
    part = out_of_fold(gl.firth("y ~ x", frame), fold_ids=ids).repeats[0]
    expected = gl.firth("y ~ x", frame[ids != 2]).predict(frame[ids == 2], kind="link")
    np.testing.assert_allclose(part.eta[part.fold == 2], expected, rtol=1e-8)


def test_offsets_and_sampling_weights_go_along():
    frame, ids = sample(7).assign(z=lambda d: d["g"] / 5, v=lambda d: d["w"] / 3), np.arange(80) % 4
    options = {"offset": "z", "weights": "v", "weight_type": "sampling"}
    part = out_of_fold(gl.logit("y ~ x", frame, **options), fold_ids=ids).repeats[0]
    expected = gl.logit("y ~ x", frame[ids != 2], **options).predict(frame[ids == 2], kind="link")
    np.testing.assert_allclose(part.eta[part.fold == 2], expected, rtol=1e-9)
    np.testing.assert_array_equal(part.events + part.nonevents, 1)


def test_groups_of_the_data_are_those_of_the_rows_used():
    frame = sample(8).assign(team=np.arange(80) % 9)
    frame.loc[[3, 5], "x"] = np.nan
    fit = gl.logit("y ~ x", frame)
    a = out_of_fold(fit, 3, 1, groups=frame["team"])
    b = out_of_fold(fit, 3, 1, groups=frame["team"].drop([3, 5]))
    np.testing.assert_array_equal(a.repeats[0].eta, b.repeats[0].eta)


def test_what_cannot_be_dealt_is_refused():
    fit = fitted("vaso")
    for options in ({"folds": 1}, {"folds": 40}, {"repeats": 0}, {"seed": "a"}, {"groups": [1, 2]}, {"folds": 2.5}):
        with pytest.raises(DataError):
            out_of_fold(fit, **options)
    with pytest.raises(UnsupportedError, match="several steps"):
        out_of_fold(gl.flic(FORMULAS["vaso"], data("vaso")))
    with pytest.raises(UnsupportedError, match="whole numbers"):
        out_of_fold(gl.logit("y ~ x", sample(9).assign(w=1.5), weights="w"))
