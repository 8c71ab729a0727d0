"""Labels given once are read in all that is printed, drawn and written: no name or code of the data is left there."""

from __future__ import annotations

import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")
from matplotlib.text import Text

import glmlogit as gl
from glmlogit.errors import DataError

LABELS = {
    "dead9": ("Death in hospital", {0: "Alive", 1: "Dead"}),
    "age9": "Age, years",
    "sbp9": "Blood pressure (mmHg), at age9",  # a label may hold a name
    "arm9": ("Study arm", {"k1": "Control", "k2": "Low dose", "k3": "High dose"}),
    "sex9": ("Sex", {0: "Women", 1: "Men"}),
    "stage9": ("Stage", {"s1": "I", "s2": "II", "s3": "III"}),
}
RAW = re.compile(r"\b[a-z]+9\b|\b[ks][123]\b")
FORMULA = "dead9 ~ age9 + sbp9 + C(arm9)*sex9"
OF_FIT = {name: label for name, label in LABELS.items() if name != "stage9"}


@pytest.fixture(autouse=True)
def wide_lines(monkeypatch):
    """Names are looked for whole, not at the ends of lines."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    n = 300
    frame = pd.DataFrame(
        {
            "age9": rng.normal(60, 10, n).round(),
            "sbp9": rng.normal(130, 20, n).round(),
            "arm9": rng.choice(["k1", "k2", "k3"], n),
            "sex9": rng.integers(0, 2, n),
            "stage9": rng.choice(["s1", "s2", "s3"], n),
        }
    )
    eta = -4 + 0.05 * frame["age9"] + 0.5 * frame["sex9"] - 0.4 * (frame["arm9"] == "k3")
    frame["dead9"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    frame.loc[:3, "sbp9"] = np.nan
    return frame


@pytest.fixture(scope="module")
def labelled_data(data):
    frame = data.copy()
    frame.attrs["labels"] = {name: of if isinstance(of, str) else of[0] for name, of in LABELS.items()}
    frame.attrs["value_labels"] = {name: of[1] for name, of in LABELS.items() if not isinstance(of, str)}
    return frame


@pytest.fixture(scope="module")
def fit(data):
    return gl.logit(FORMULA, data, labels=OF_FIT)


def assert_labelled(text, what):
    """No name and no code, but in formulas, which stay as they are typed, and in the label that holds one."""
    lines = [line for line in text.split("\n") if " ~ " not in line and "asciitilde" not in line]
    plain = re.sub(r"\s+", " ", " ".join(lines)).replace("at age9", "")
    left = RAW.findall(plain)
    assert not left, f"{what}: {left} in {plain[:2000]}"


def figure_texts(ax):
    return "\n".join(text.get_text() for text in ax.figure.findobj(Text))


PAGES = {
    "summary": lambda fit: fit.summary(),
    "report": lambda fit: fit.report(),
    "interpret": lambda fit: fit.interpret(),
    "margins": lambda fit: fit.margins(["age9", "sex9"]),
    "comparisons": lambda fit: fit.comparisons("arm9"),
    "predictions": lambda fit: gl.predictions(fit, at={"arm9": ["k1", "k2"], "sex9": [0, 1]}),
    "pairwise": lambda fit: gl.pairwise(fit, "arm9", within="sex9"),
    "strata": lambda fit: gl.stratum_odds_ratios(fit, "sex9", "arm9"),
    "second differences": lambda fit: gl.second_differences(fit, "arm9", "sex9"),
    "check": lambda fit: gl.check(fit),
    "vif": lambda fit: gl.vif(fit),
    "anova": lambda fit: gl.anova(fit),
    "drop1": lambda fit: gl.drop1(fit),
    "roc": lambda fit: gl.roc(fit),
    "calibration": lambda fit: gl.calibration(fit),
    "linearity": lambda fit: gl.linearity(fit),
    "influence": lambda fit: gl.influence(fit),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_a_fit_have_labels_only(fit, name):
    result = PAGES[name](fit)
    assert_labelled(str(result), name)
    if hasattr(result, "to_markdown"):
        for text in (result.to_markdown(), result.to_html(), result.to_latex()):
            assert_labelled(re.sub(r"<[^>]+>", "\n", text).replace("\\", ""), name)


FIGURES = {
    "forest": lambda fit: gl.forest_plot(fit, units={"age9": 10}),
    "effect": lambda fit: gl.effect_plot(fit, "age9", by="sex9"),
    "effect of levels": lambda fit: gl.effect_plot(fit, "arm9"),
    "interaction": lambda fit: gl.interaction_plot(fit, "arm9", "sex9", kind="link"),
    "effects": lambda fit: fit.comparisons("arm9").plot(),
    "partial": lambda fit: fit.plot("partial", "age9"),
    "binned": lambda fit: fit.plot("binned", "age9"),
    "roc": lambda fit: gl.roc(fit).plot(),
    "calibration": lambda fit: gl.calibration(fit).plot(),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_have_labels_only(fit, name):
    text = figure_texts(FIGURES[name](fit))
    mpl.pyplot.close("all")
    assert_labelled(text, name)


TABLES = {
    "table": lambda data: gl.table("dead9 ~ age9 + sbp9 + arm9 + sex9", data, units={"age9": 10}),
    "subgroups": lambda data: gl.subgroups("dead9 ~ sex9 + age9", data, "sex9", ["arm9", "stage9"]),
    "many": lambda data: gl.many("dead9", ["sex9", "C(arm9)"], "age9", data),
    "characteristics": lambda data: gl.characteristics(data, by="dead9"),
    "two_by_two": lambda data: gl.two_by_two(data, "dead9", "sex9", strata="arm9"),
    "two_by_k": lambda data: gl.two_by_k(data, "dead9", "arm9", scores=[1, 2, 3], strata="sex9"),
    "trend": lambda data: gl.trend(gl.logit("dead9 ~ C(stage9) + age9", data), "stage9"),
    "curve": lambda data: gl.odds_ratio_curve(gl.logit("dead9 ~ bs(age9, df=4) + sex9", data), "age9"),
    "multinomial": lambda data: gl.multinomial("arm9 ~ age9 + sex9", data).summary(),
    "multinomial forest": lambda data: figure_texts(gl.forest_plot(gl.multinomial("arm9 ~ age9 + sex9", data))),
    "multinomial effects": lambda data: gl.multinomial("arm9 ~ age9 + sex9", data).margins("age9"),
    "multinomial table": lambda data: gl.table("arm9 ~ age9 + sex9", data, estimator=gl.multinomial),
    "ordinal": lambda data: gl.ordinal("stage9 ~ age9 + sex9", data, order=["s1", "s2", "s3"]).interpret(),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_data_with_labels_have_labels_only(labelled_data, name):
    result = TABLES[name](labelled_data)
    assert_labelled(str(result), name)
    if hasattr(result, "plot"):
        assert_labelled(figure_texts(result.plot()), name)
        mpl.pyplot.close("all")


@pytest.mark.parametrize("name", ["table", "two_by_two", "subgroups", "many", "trend", "characteristics"])
def test_labels_of_a_block_do_the_same(data, labelled_data, name):
    with gl.style(labels=LABELS):
        assert str(TABLES[name](data)) == str(TABLES[name](labelled_data))


def test_the_same_labels_by_fit_by_call_by_block_by_data(data, labelled_data, fit):
    bare = gl.logit(FORMULA, data)
    page = str(fit.summary())
    assert str(bare.summary(labels=OF_FIT)) == page
    with gl.style(labels=LABELS):
        assert str(bare.summary()) == page
    assert str(gl.logit(FORMULA, labelled_data).summary()) == page
    assert "Study arm: Low dose" in page
    assert "Study arm: Low dose" not in str(bare.summary())


def test_word_paragraphs_have_labels_only(labelled_data, tmp_path):
    docx = pytest.importorskip("docx")
    gl.table("dead9 ~ age9 + sbp9 + arm9 + sex9", labelled_data).write(
        tmp_path / "t.docx", style="lancet", language="de"
    )
    document = docx.Document(tmp_path / "t.docx")
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    assert "Study arm" in text
    assert_labelled(text.replace("Blood pressure (mmHg), at age9", ""), "Word")


def test_frames_and_numbers_for_programs_keep_names(fit, tmp_path):
    assert "C(arm9)[T.k2]" in fit.odds_ratios().index
    assert "C(arm9)[T.k2]" in fit.tidy()["term"].tolist()
    fit.report(tmp_path / "fit.csv")
    assert "C(arm9)[T.k2]" in (tmp_path / "fit.csv").read_text()
    fit.report(tmp_path / "fit.md")
    assert "Study arm: Low dose" in (tmp_path / "fit.md").read_text()
    assert fit.comparisons("arm9")["variable"].tolist() == ["arm9", "arm9"]


def test_labels_are_saved_with_a_fit(fit, tmp_path):
    fit.save(tmp_path / "fit.json")
    again = gl.load(tmp_path / "fit.json")
    assert str(again.summary()) == str(gl.without_rows(fit).summary())
    assert "Study arm: Low dose" in str(again.summary())


def test_labels_that_are_names_change_no_page(data):
    plain = gl.logit("dead9 ~ age9 + sbp9 + sex9", data)
    same = gl.logit("dead9 ~ age9 + sbp9 + sex9", data, labels={name: name for name in ("age9", "sbp9", "sex9")})
    for page in (lambda f: f.summary(), lambda f: f.interpret(), lambda f: f.margins(), gl.check, gl.vif):
        assert str(page(plain)) == str(page(same))


def test_units_are_not_said_twice(data):
    labels = {"age9": "Age (per 10 years)"}
    table = gl.table("dead9 ~ age9 + sex9", data, units={"age9": 10}, labels=labels)
    assert "Age (per 10 years)" in str(table)
    assert "(per 10)" not in str(table)
    fit = gl.logit("dead9 ~ age9 + sex9", data)
    text = figure_texts(gl.forest_plot(fit, units={"age9": 10}, labels=labels))
    mpl.pyplot.close("all")
    assert "Age (per 10 years)" in text
    assert "(per 10)" not in text


@pytest.mark.parametrize(
    "call",
    [
        lambda data, labels: gl.logit(FORMULA, data, labels=labels),
        lambda data, labels: gl.logit(FORMULA, data).summary(labels=labels),
        lambda data, labels: gl.logit(FORMULA, data).interpret(labels=labels),
        lambda data, labels: gl.effect_plot(gl.logit(FORMULA, data), "age9", labels=labels),
        lambda data, labels: gl.forest_plot(gl.logit(FORMULA, data), labels=labels),
        lambda data, labels: gl.table(FORMULA, data, labels=labels),
        lambda data, labels: gl.two_by_two(data, "dead9", "sex9", labels=labels),
        lambda data, labels: gl.subgroups("dead9 ~ sex9", data, "sex9", "arm9", labels=labels),
        lambda data, labels: gl.characteristics(data, by="dead9", labels=labels),
    ],
)
def test_labels_of_what_is_not_there_are_refused_by_name(data, call):
    with pytest.raises(DataError, match="'typo9'"):
        call(data, {"typo9": "Typo"})


def test_what_is_printed_later_keeps_the_labels_it_was_made_with(labelled_data):
    result = TABLES["two_by_k"](labelled_data)
    assert "Study arm" in str(result.styled("bmj"))
    assert "Dose" in str(result.styled(labels={"arm9": "Dose"}))
    with gl.style(labels={"arm9": "Arm of the trial"}):
        assert "Arm of the trial" in str(result)
