"""The line of numbers below a regression table: each is that of the verb that computes it."""

from __future__ import annotations

import json

import pytest

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError

BIRTHS = gl.datasets.birthwt()
ESOPH = gl.datasets.esoph()
FORMULA = "low ~ age + lwt + smoke"
LIKELIHOODS = ["aic", "bic", "llf", "mcfadden", "nagelkerke"]


def test_numbers_are_those_of_the_verbs():
    numbers = gl.table(FORMULA, BIRTHS, metrics=[*LIKELIHOODS, "tjur", "auc", "hosmer_lemeshow", "n"]).metrics.iloc[0]
    fit = gl.logit(FORMULA, BIRTHS)
    curve, test = gl.roc(fit), gl.goodness_of_fit(fit, "hosmer_lemeshow")
    assert numbers[[*LIKELIHOODS, "tjur"]].tolist() == fit.glance().iloc[0][[*LIKELIHOODS, "tjur"]].tolist()
    assert numbers[["auc", "auc_conf_low", "auc_conf_high"]].tolist() == [curve.auc, curve.conf_low, curve.conf_high]
    assert numbers.filter(like="hosmer").tolist() == [test.statistic, test.df, test.p_value]
    assert numbers["n"] == len(BIRTHS)


def test_counts_and_trials_have_the_numbers_of_rows():
    rows = ESOPH.loc[ESOPH.index.repeat(ESOPH["ncases"] + ESOPH["ncontrols"])]
    rows = rows.assign(
        case=[k < c for c, n in zip(ESOPH["ncases"], ESOPH["ncontrols"], strict=True) for k in range(c + n)]
    )
    counts = rows.groupby(["agegp", "case"], observed=True).size().rename("n").reset_index()
    tables = [
        gl.table("case ~ agegp", rows, metrics=True),
        gl.table("case ~ agegp", counts, weights="n", metrics=True),
    ]
    first, second = (table.metrics.iloc[0] for table in tables)
    assert second.to_dict() == pytest.approx(first.to_dict(), rel=1e-10)
    trials = gl.table("cbind(ncases, ncontrols) ~ agegp", ESOPH, metrics=True).metrics.iloc[0]
    same = [name for name in first.index if name not in ("aic", "bic", "llf")]  # these have binomial coefficients
    assert trials[same].to_dict() == pytest.approx(first[same].to_dict(), rel=1e-10)


def test_the_line_is_in_every_file_and_in_the_language(tmp_path):
    table = gl.table("low ~ age + smoke", BIRTHS, metrics=["llf", "auc"], level=0.9)
    llf, curve = table.adjusted.llf, gl.roc(table.adjusted, level=0.9)
    area = f"{curve.auc:.3f} [{curve.conf_low:.3f}, {curve.conf_high:.3f}]"
    line = f"Log-likelihood = {llf:.2f}; C statistic [90% CI] = {area}"
    assert line in " ".join(str(table).split())
    assert line.replace("[", r"\[").replace("]", r"\]") in table.to_markdown()
    for page in (table.to_html(), table.to_latex()):
        assert f"{curve.auc:.3f} [" in page
    german = " ".join(str(table.styled(language="de")).split())
    assert f"C-Statistik [90-%-KI] = {curve.auc:.3f}".replace(".", ",") in german
    table.write(tmp_path / "t.json")
    assert json.loads((tmp_path / "t.json").read_text("utf-8"))["models"][0]["fit"]["auc"] == curve.auc
    table.write(tmp_path / "t.docx")
    docx = pytest.importorskip("docx")
    texts = [paragraph.text for paragraph in docx.Document(str(tmp_path / "t.docx")).paragraphs]
    assert any(f"= \u2212{-llf:.2f}; C statistic" in text for text in texts)


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({"weights": "lwt", "weight_type": "sampling"}, ["aic", "bic", "mcfadden", "nagelkerke", "hosmer_lemeshow"]),
        ({"weights": "lwt", "weight_type": "precision"}, ["auc", "hosmer_lemeshow"]),
        ({"class_weight": "balanced"}, ["aic", "bic", "mcfadden", "nagelkerke", "hosmer_lemeshow"]),
        ({"estimator": gl.firth}, ["hosmer_lemeshow"]),
    ],
)
def test_what_a_fit_cannot_have_is_told(options, missing):
    table = gl.table("low ~ age + smoke", BIRTHS, metrics=True, **options)
    told = " ".join(note.text for note in table.notes if note.code == "no_metric")
    absent = table.metrics.columns[table.metrics.isna().iloc[0]]
    assert {name for name in missing if name in told} == set(missing)
    assert {name.partition("_conf_")[0] for name in absent if not name.startswith("hosmer")} == {*missing} - {
        "hosmer_lemeshow"
    } | ({"auc"} if "sampling" in options.values() else set())
    for name in missing:
        with pytest.raises(UnsupportedError, match=f"metrics='{name}': "):
            gl.table("low ~ age + smoke", BIRTHS, metrics=name, **options)


def test_several_levels_have_no_events_and_no_area():
    table = gl.table("race ~ age", BIRTHS, estimator=gl.multinomial, metrics=True)
    assert "metrics has no events: the outcome has several levels" in str(table)
    assert table.metrics.iloc[0]["n"] == len(BIRTHS)
    assert table.metrics.iloc[0]["aic"] == table.adjusted.aic


def test_a_metric_that_does_not_exist_is_refused():
    with pytest.raises(DataError, match="metrics names 'c_index', which is not known; give some of n, events, aic"):
        gl.table("low ~ age", BIRTHS, metrics=["aic", "c_index"])
    assert gl.table("low ~ age", BIRTHS).metrics is None
