"""The page of verdicts: on five data sets it sees what there is to see, and never says that a model is right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evaluation_models import fitted
from shell import run

import glmlogit as gl

pytestmark = pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
BIRTHS = gl.datasets.load("birthwt")


def orderly() -> gl.Fit:
    """A model that is right, with events enough."""
    rng = np.random.default_rng(5)
    x, z = rng.normal(50, 10, 600), rng.integers(0, 2, 600)
    y = rng.random(600) < 1 / (1 + np.exp(-(0.05 * (x - 50) + 0.7 * z - 0.4)))
    return gl.logit("y ~ x + z", pd.DataFrame({"y": y.astype(int), "x": x, "z": z}))


FITS = {
    "orderly": orderly,
    "separated": lambda: gl.logit("HG ~ NV + PI + EH", gl.datasets.load("endometrial")),
    "collinear": lambda: gl.logit("r ~ gravity + ph + osmo + cond + urea + calc", gl.datasets.load("urine")),
    "overdispersed": lambda: gl.logit("incidence ~ C(period)", gl.datasets.load("cbpp"), trials="size"),
    "influential": lambda: fitted("vaso"),
}
CHECKS = ["separation", "digits", "events", "collinearity", "influence", "linearity", "fit", "hauck_donner", "clusters"]
SEEN, LOOK, ACT, NOT, YOU = "nothing seen", "look", "act", "not checked", "you decide"
VERDICTS = {
    "orderly": [SEEN, SEEN, SEEN, SEEN, SEEN, SEEN, SEEN, SEEN, YOU],
    "separated": [ACT, SEEN, SEEN, SEEN, LOOK, SEEN, LOOK, ACT, YOU],
    "collinear": [SEEN, SEEN, LOOK, LOOK, LOOK, SEEN, SEEN, ACT, YOU],
    "overdispersed": [SEEN, SEEN, SEEN, NOT, LOOK, NOT, ACT, SEEN, YOU],
    "influential": [SEEN, SEEN, LOOK, SEEN, LOOK, SEEN, SEEN, ACT, YOU],
}
SENTENCES = {
    "orderly": ["No row is predicted perfectly", "281 of the rarer outcome for 2 coefficients", "600 rows are taken"],
    "separated": ["All 13 rows with NV = 1 had HG = 1", "Row 43 changes the estimates most, by Δβ = 2.61"],
    "collinear": ["5.5 each", "limits of osmo are 12", "likelihood ratio p 3.19e-06"],
    "overdispersed": ["Outcomes vary 2.19 times as much as binomial ones", "too small by a factor of 1.48"],
    "influential": ["Row 3 changes the estimates most, by Δβ = 1.29", "9.5 each", "log(volume) (Wald p 0.00548"],
}


@pytest.fixture(scope="module", params=FITS)
def checked(request):
    return request.param, gl.check(FITS[request.param]())


def test_verdicts(checked):
    name, result = checked
    assert result.table.index.tolist() == CHECKS
    assert dict(zip(CHECKS, result.table["verdict"], strict=True)) == dict(zip(CHECKS, VERDICTS[name], strict=True))


def test_sentences_have_their_numbers_and_say_what_to_do(checked):
    name, result = checked
    page = " ".join(result.table["sentence"] + " " + result.table["todo"])
    assert [s for s in SENTENCES[name] if s not in page] == []
    assert (result.table["sentence"].str.len() > 20).all()
    assert result.table["sentence"].str.endswith(".").all()
    acting = result.table[result.table["verdict"].isin([ACT, LOOK])]
    assert np.isfinite(acting["number"]).all()
    advice = (acting["sentence"] + acting["todo"]).str.lower()
    assert advice.str.contains("report|check|leave|look|see|compare").all()


def test_it_never_says_good(checked):
    _, result = checked
    for text in (str(result), result.to_markdown(), result.to_latex(), result._repr_html_()):
        assert "no check shows that a model is right" in text
        assert not {"good", "fine", "valid", "ok", "passed"} & set(text.lower().replace(".", " ").split())
    assert result.rows == "apparent (training rows)"


def test_what_cannot_be_checked_says_why():
    sampled = gl.logit("low ~ age", BIRTHS.assign(w=1.5), weights="w", weight_type="sampling")
    herds = gl.logit("low ~ age + smoke", BIRTHS, cluster="race")
    penalised = gl.firth("HG ~ NV + PI + EH", gl.datasets.load("endometrial"))
    for fit in (sampled, herds, penalised, gl.logit("low ~ 1", BIRTHS)):
        table = gl.check(fit).table
        assert (table["verdict"] == NOT).any()
        assert (table.loc[table["verdict"] == NOT, "sentence"].str.len() > 20).all()
    assert gl.check(herds).table.loc["clusters", ["verdict", "number"]].tolist() == [LOOK, 3]
    assert (
        "13 rows of 79 would be predicted perfectly without the penalty"
        in gl.check(penalised).table["sentence"].iloc[0]
    )


def test_columns_that_depend_on_each_other_and_fits_without_an_end():
    with pytest.warns(gl.errors.CollinearityWarning):
        fit = gl.logit("low ~ age + twice + smoke", BIRTHS.assign(twice=2 * BIRTHS.age))
    row = gl.check(fit).table.loc["collinearity"]
    assert (row["verdict"], row["sentence"]) == (ACT, "Columns of age, twice are combinations of others.")
    with pytest.warns(gl.errors.ConvergenceWarning):
        unfinished = gl.logit("low ~ age + smoke", BIRTHS, control=gl.Control(max_iter=2))
    assert gl.check(unfinished).table.loc["digits", "verdict"] == ACT
    assert (
        "nearly determine each other"
        in gl.check(gl.logit("low ~ year + smoke", BIRTHS.assign(year=2000 + BIRTHS.age % 7))).table.loc[
            "collinearity", "sentence"
        ]
    )


def test_a_bend_is_seen():
    rng = np.random.default_rng(1)
    x = rng.uniform(1, 10, 800)
    y = (rng.random(800) < 1 / (1 + np.exp(3 - (x - 5) ** 2 / 3))).astype(int)
    table = gl.check(gl.logit("y ~ x", pd.DataFrame({"x": x, "y": y}))).table
    assert table.loc["linearity", "verdict"] == LOOK
    assert "rcs(x, 4)" in table.loc["linearity", "todo"]


def test_the_command_prints_and_writes_the_page(capsys, tmp_path):
    code, out, _ = run(capsys, "check", "low ~ age + smoke", "dataset:birthwt")
    assert code == 0
    assert out.strip() == str(gl.check(gl.logit("low ~ age + smoke", gl.datasets.birthwt()))).strip()
    code, _, _ = run(capsys, "check", "low ~ age", "dataset:birthwt", "--out", str(tmp_path / "checks.csv"))
    assert code == 0
    written = pd.read_csv(tmp_path / "checks.csv")
    assert written["check"].tolist() == CHECKS


def test_where_no_coefficient_is_finite_no_sentence_speaks_of_one():
    table = gl.check(gl.logit("y ~ x", {"y": [0, 0, 0, 1, 1, 1], "x": [1.0, 2, 3, 4, 5, 6]})).table
    assert table["verdict"].tolist() == [ACT, NOT, LOOK, NOT, NOT, NOT, NOT, NOT, YOU]
    assert table.loc["digits", "sentence"] == "No coefficient is finite, so that none has digits."
    assert table.loc["fit", "sentence"] == "No test of fit: every row is predicted perfectly."
    assert table.loc["hauck_donner", "sentence"] == "No coefficient is finite, so that none has a Wald test."


def test_a_single_term_has_no_others():
    fit = gl.logit("low ~ lwt", BIRTHS)
    table = gl.check(fit).table
    assert table.loc["collinearity", "sentence"] == "There are no two terms that could depend on each other."
    p = gl.linearity(fit, "lwt").table["p_value"].min()
    assert table.loc["linearity", "sentence"].startswith("Smallest p of 2 tests of linearity")
    assert f"{p:.2g}" in table.loc["linearity", "sentence"]


def test_linearity_is_read_with_the_dispersion():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=60), "m": rng.integers(10, 30, 60)})
    frame["r"] = rng.binomial(frame["m"], rng.beta(2, 3, 60))
    table = gl.check(gl.logit("r ~ x", frame, trials="m")).table
    assert table.loc["fit", "verdict"] == ACT
    assert "which they do not (see Fit): p is too small" in table.loc["linearity", "sentence"]
    assert "below" not in table.loc["fit", "sentence"]
