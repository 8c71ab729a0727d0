"""Summaries and tables: what the reader sees, in every format, from a stand-in for a fit."""

from __future__ import annotations

import csv
import io
import json
import math
import shutil
import subprocess
import sys
from enum import Enum
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.documents import formatting, from_frame, pages
from glmlogit.documents.formats import csv as csv_format
from glmlogit.errors import DataError, SeparationWarning, UnsupportedError
from glmlogit.estimate.capabilities import Capabilities
from glmlogit.estimate.kinds import KINDS
from glmlogit.inference.odds_ratios import odds_ratios
from glmlogit.messages import words
from glmlogit.reports import glance as glance_module
from glmlogit.reports import summary as summary_module
from glmlogit.separability.states import CoefficientState

NAN, INF = math.nan, math.inf
NASTY = (
    "<script>alert()</script>",
    "年齢(歳)",
    "e\u0301|`a_b`$ 5% #1 {x} ~^&\\",
    "x\ny",
    "=1+1",
    "-- [q]",
)


class Status(Enum):
    CONVERGED = "The iteration converged."
    LIMIT = "The iteration reached its limit of 25 steps; these numbers are not a maximum."


FIT = gl.logit("low ~ age + lwt", gl.datasets.birthwt())


class Like:
    """A fit, or a part of one, in which some attributes are others; a name that it does not have is an error."""

    def __init__(self, real, **changes):
        assert [name for name in changes if not hasattr(real, name)] == []
        vars(self).update(changes, real=real)

    def __getattr__(self, name):
        return getattr(self.real, name)


def sample(**changes):
    return Like(FIT.sample, **changes)


NUMBERS = {
    "llf": -100.7135,
    "llnull": -117.336,
    "deviance": 201.427,
    "null_deviance": 234.672,
    "df_resid": 186.0,
    "df_null": 188.0,
    "df_model": 2.0,
    "aic": 219.427,
    "bic": 248.603,
}


def stand_in(terms=("Intercept", "age", "lwt"), est=(0.5, -0.027, 0.0151), se=(1.2, 0.036, 0.0069), **changes):
    """A fit with other terms, estimates and errors, and other numbers of the likelihood; ``changes`` of any of them."""
    index = terms if isinstance(terms, pd.Index) else pd.Index(terms, name="term")
    est, se = np.asarray(est, float), np.asarray(se, float)
    with np.errstate(invalid="ignore", over="ignore"):
        z = est / se
    p = np.array([math.erfc(abs(v) / math.sqrt(2)) for v in z])
    names = index.get_level_values(-1).astype(str).tolist()
    rows = [
        SimpleNamespace(order=int(name != "Intercept"), columns=(j,), variables=("x",)) for j, name in enumerate(names)
    ]
    kind = changes.get("cov_kind", "model")
    numbers = NUMBERS | {name: changes.pop(name) for name in NUMBERS if name in changes}
    values = {
        "params": pd.Series(est, index),
        "bse": pd.Series(se, index),
        "zvalues": pd.Series(z, index),
        "pvalues": pd.Series(p, index),
        "terms": index,
        # Without likelihood-ratio tests to set beside Wald's.
        "capabilities": Capabilities(adjusted=True, robust="" if KINDS[kind].modelled else kind),
        "coefs": Like(
            FIT.coefs,
            states=(CoefficientState.FINITE,) * len(est),
            labels=index,
            size=len(est),
            column_of={j: j for j in range(len(est))},
        ),
        "columns": Like(FIT.columns, terms=rows),
        "likelihood": Like(FIT.likelihood, **numbers),
        "covariance": Like(FIT.covariance, text=changes.get("cov_text", FIT.cov_text)),
        "digits": 15.9,
        "n_iter": 4,
        "notes": (),
        "sample": sample(),
        **numbers,
    }
    return Like(FIT, **{**values, **changes})


def nasty_fit(**changes):
    terms = ("Intercept", *NASTY)
    return stand_in(terms, (0.5, INF, -INF, NAN, 0.02, 30.0, -3.0), (1.2, INF, INF, NAN, 0.01, 0.9, 0.4), **changes)


def table_lines(text):
    """The lines of the first table of a summary's text, header first."""
    lines = text.split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("Term"))
    return lines[start : lines.index("---", start)]


# --- text ---------------------------------------------------------------------------------------


def test_a_stand_in_prints_what_its_fit_does_but_for_what_is_changed():
    """With the fit's own numbers the pages are equal; without them each of these is another."""
    columns, others = ("params", "bse", "zvalues", "pvalues"), ("capabilities", "notes", "digits", "n_iter")
    own = {name: getattr(FIT, name) for name in (*columns, *others, *NUMBERS)}
    assert str(summary_module.summary(stand_in(**own))) == str(summary_module.summary(FIT))
    for name in ("params", "bse", "llf", "deviance", "aic"):
        some = {other: value for other, value in own.items() if other != name}
        assert str(summary_module.summary(stand_in(**some))) != str(summary_module.summary(FIT)), name


def test_a_stand_in_has_no_names_that_fits_lack():
    with pytest.raises(AssertionError):
        stand_in(nothing=1)


def test_text_reads_like_a_summary_of_r():
    text = str(summary_module.summary(stand_in()))
    assert text == repr(summary_module.summary(stand_in()))
    wanted = (
        "low ~ age + lwt",
        "low = 1 (not 0)",
        "Estimate Std. Error z value Pr(>|z|)",
        "Odds ratio",
        "[95% CI]",
        "Signif. codes",
        "Null deviance: 234.67 on 188 degrees of freedom",
        "Residual deviance: 201.43 on 186 degrees of freedom",
        "AIC: 219.43",
        "Newton iterations: 4",
    )
    assert [phrase for phrase in wanted if phrase not in text] == []
    assert "WARNING" not in text


@pytest.mark.parametrize("fit", [stand_in(), nasty_fit()], ids=["plain", "nasty"])
def test_text_columns_align(fit):
    header, *rows = table_lines(str(summary_module.summary(fit)))
    assert len(rows) == len(fit.params)

    def end_of(line, part):
        return formatting.display_width(line[: line.index(part) + len(part)])

    bar = end_of(header, " | ")
    assert {end_of(row.replace("|`", "!`") + " ", " | ") for row in rows} == {bar}
    assert max(map(formatting.display_width, [header, *rows])) <= 100


def test_one_table_where_it_fits_else_two():
    assert len(summary_module.summary(stand_in()).tables) == 1
    long = stand_in(("Intercept", "C(occupation, Treatment('never employed'))[T.manager]", "lwt"))
    coefficients, ratios = summary_module.summary(long).tables
    assert len(coefficients.rows) == 3
    assert [row[0] for row in ratios.rows] == ["C(occupation, Treatment('never employed'))[T.manager]", "lwt"]
    assert summary_module.summary(long, odds_ratios=False).tables == (coefficients,)


def test_options_are_respected():
    text = str(summary_module.summary(stand_in(), level=0.9, stars=False))
    assert "[90% CI]" in text
    assert "Signif" not in text
    assert "Odds ratio" not in str(summary_module.summary(stand_in(), odds_ratios=False))


def test_an_unconverged_fit_says_so_first():
    summary = summary_module.summary(stand_in(status=Status.LIMIT, converged=False))
    assert str(summary).startswith("WARNING: The iteration reached its limit")
    for text in (summary.to_markdown(), summary.to_latex(), summary.to_html()):
        assert text.index("reached its limit") < text.index("Estimate")


@pytest.mark.parametrize(
    ("kind", "header"),
    [("model", "Std. Error"), ("HC3", "Robust SE"), ("cluster", "Robust SE"), ("observed", "Std. Error")],
)
def test_the_kind_of_standard_error_is_named(kind, header):
    text = str(summary_module.summary(stand_in(cov_kind=kind, cov_text="what was done")))
    assert header in text
    assert "Standard errors: what was done" in text


def test_rows_dropped_stand_beside_the_observations_and_other_notes_below():
    notes = (
        SimpleNamespace(code="missing", text="2 observations deleted due to missingness: 1 in x1, 1 in z."),
        SimpleNamespace(code="event", text="The event modelled is low = 1 (not 0)."),
        SimpleNamespace(code="other", text="Something else."),
    )
    summary = summary_module.summary(stand_in(notes=notes))
    value = dict(summary.header)["Observations"]
    assert value == "189 (59 events; 2 observations deleted due to missingness: 1 in x1, 1 in z)"
    assert summary.notes == ("Something else.",)
    assert str(summary).endswith("Notes:\n- Something else.")


def test_with_sampling_weights_the_likelihood_is_a_pseudo_likelihood():
    whole = stand_in(aic=NAN, bic=NAN)
    whole.sample.pseudo = True
    text = str(summary_module.summary(whole))
    assert "Log pseudolikelihood: -100.71" in text
    assert "Residual pseudo-deviance: 201.43 on 186 degrees of freedom" in text
    assert "AIC" not in text
    assert "Log-likelihood" not in text


@pytest.fixture
def births():
    return gl.datasets.birthwt()


@pytest.fixture
def separated():
    with pytest.warns(SeparationWarning):
        return gl.logit("HG ~ NV + PI + EH", gl.datasets.endometrial())


def test_a_separated_fit_names_its_coefficients_first_and_explains_below(separated):
    summary = separated.summary()
    assert summary.alert == "Quasi-complete separation: NV has no finite estimate; see the notes."
    assert any("All 13 rows with NV = 1" in note for note in summary.notes)
    assert dict(summary.header)["Limits"] == "Wald; of infinite estimates profile likelihood"
    cells = {row[0]: row for row in summary.tables[0].rows}["NV"]
    assert (cells[1], cells[6]) == ("Inf", "Inf")
    assert cells[7].split() == ["[3.611,", "Inf]"]


def test_a_completely_separated_fit():
    x = np.arange(12.0)
    with pytest.warns(SeparationWarning):
        fit = gl.logit("y ~ x", {"x": x, "y": (x > 5) * 1})
    assert fit.summary().alert == "Complete separation: Intercept, x have no finite estimate; see the notes."
    names = "abcd"
    X = pd.DataFrame(np.eye(4)[np.arange(12) % 4], columns=list(names))
    with pytest.warns(SeparationWarning):
        fit = gl.logit(gl.design_arrays((np.arange(12) % 4 > 1) * 1, X, intercept=False))
    assert fit.summary().alert == "Complete separation: 4 of 4 coefficients have no finite estimate; see the notes."


@pytest.mark.parametrize(
    ("estimator", "limits"), [("logit", "profile likelihood"), ("firth", "penalised profile likelihood")]
)
def test_profile_limits_are_shown_and_labelled(tmp_path, births, estimator, limits):
    fit = getattr(gl, estimator)("low ~ age + smoke", births)
    summary = fit.summary(method="profile")
    assert dict(summary.header)["Limits"] == limits
    assert [c.header for c in summary.tables[0].columns][-1] == "[95% profile CI]"
    wanted = fit.odds_ratios(method="profile")
    shown = summary.coefficients.set_index("term")
    for bound in ("low", "high"):
        np.testing.assert_array_equal(shown[f"odds_ratio_{bound}"].dropna(), wanted[f"conf_{bound}"])
        np.testing.assert_array_equal(shown[f"conf_{bound}"], fit.confint(method="profile")[f"conf_{bound}"])
    assert fit.report(tmp_path / "r.json", level=0.9, method="profile").tables[0].columns[-1].header == (
        "[90% profile CI]"
    )
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["models"][0]["header"]["Limits"] == limits
    assert dict(summary.header)["Tests"] == limits.replace("profile likelihood", "likelihood ratio")
    assert "Limits" not in dict(fit.summary(method="wald").header)
    assert dict(fit.summary().header).get("Limits") == (limits if estimator == "firth" else None)
    # both profiles are worked out, from other starts: statistics agree to 1e-13
    assert summary.coefficients["p_value"].tolist() == pytest.approx(
        gl.profile(fit).tests["p_value"].tolist(), rel=1e-12
    )
    assert [c.header for c in summary.tables[0].columns][3:5] == ["LR chi2(1)", "Pr(>chi2)"]
    assert dict(fit.summary(method="score").header)["Limits"] == limits.replace("profile likelihood", "score test")


def test_limits_from_the_likelihood_are_refused_beside_robust_errors(births):
    fit = gl.logit("low ~ age", births).with_cov("HC3")
    with pytest.raises(UnsupportedError, match=r"robust \(sandwich, HC3\)\)\. Leave out method='profile'"):
        fit.summary(method="profile")
    for options in ({"cluster": "race"}, {"weights": "lwt", "weight_type": "sampling"}):
        with pytest.raises(UnsupportedError, match=r"likelihood|independent"):
            gl.logit("low ~ age", births, **options).summary(method="profile")
    with pytest.raises(DataError, match="'lr' is not known"):
        gl.logit("low ~ age", births).summary(method="lr")


@pytest.mark.parametrize("estimator", ["logit", "firth", "flic", "flac", "log_f", "median_bias_reduced"])
def test_the_estimator_is_named_with_a_capital(births, estimator):
    title = getattr(gl, estimator)("low ~ age", births).summary().title
    name = title.removeprefix("Logistic regression: ")
    assert name[0].isupper() or name == "log-F(1, 1) priors"


@pytest.mark.parametrize(
    ("certified", "cells", "found", "line"),
    [
        (7.9, 10**8, 7.9, "Digits: at least 7 correct in every coefficient"),
        (None, 189, 7.9, "Digits: at least 7 correct in every coefficient"),
        (0.0, 189, 0.0, "Digits: not certified in every coefficient"),
        (None, 10**6, 7.9, None),  # would take a pass over the rows
        (None, 189, 12.0, None),
        (None, 189, NAN, None),
    ],
)
def test_few_digits_are_told(certified, cells, found, line, monkeypatch):
    monkeypatch.setattr(glance_module, "tjur", lambda fit: 0.1)  # of rows that are not there
    design = sample(n_rows=cells)
    maximum = SimpleNamespace(certified=certified, exact_rows=False, states=(CoefficientState.FINITE,) * 3)
    text = str(summary_module.summary(stand_in(digits=found, solution=maximum, sample=design)))
    assert (line in text) if line else ("Digits" not in text)


def test_a_ratio_beyond_the_range_of_doubles_does_not_look_infinite():
    table = summary_module.summary(stand_in(est=(0.5, 1925.0, -1127.0), se=(1.2, 110.0, 1178.0))).tables[0]
    cells = {row[0]: row[-2:] for row in table.rows}
    assert cells["age"][0] == ">1e308"
    assert cells["age"][1].split() == ["[>1e308,", ">1e308]"]
    assert cells["lwt"][0] == "<1e-308"
    assert cells["lwt"][1].split() == ["[<1e-308,", ">1e308]"]


def test_infinite_and_undetermined_estimates():
    table = summary_module.summary(nasty_fit()).tables[0]
    assert table.title == "Coefficients (1 of 7 not estimable, shown as NA)"
    cells = {row[0]: row for row in table.rows}
    positive, negative, missing = (cells[name] for name in NASTY[:3])
    assert (positive[1], positive[6]) == ("Inf", "Inf")
    assert (negative[1], negative[6]) == ("-Inf", "0")
    assert set(missing[1:5]) == {"NA"}
    assert missing[6] == "NA"


def test_absent_facts_leave_no_line():
    labels = [label for label, _ in summary_module.summary(stand_in(formula=None, outcome_text=None)).header]
    assert labels == ["Observations"]


def test_terms_by_outcome_level():
    index = pd.MultiIndex.from_product([["b", "c"], ["Intercept", "x"]], names=["outcome", "term"])
    table = summary_module.summary(stand_in(index, (1, 2, 3, 4), (1, 1, 1, 1))).tables[0]
    assert [c.header for c in table.columns[:3]] == ["Outcome", "Term", "Estimate"]
    assert [row[:2] for row in table.rows] == [("b", "Intercept"), ("b", "x"), ("c", "Intercept"), ("c", "x")]
    assert [bool(row[-1]) for row in table.rows] == [False, True, False, True]


# --- Markdown, LaTeX, HTML ----------------------------------------------------------------------


def test_markdown_table_keeps_its_shape_and_escapes():
    table = summary_module.summary(nasty_fit()).tables[0]
    lines = [line for line in table.to_markdown().split("\n") if line.startswith("|")]
    assert len(lines) == 2 + len(table.rows)
    bars = [line.replace("\\\\", "").replace("\\|", "").count("|") for line in lines]
    assert set(bars) == {len(table.columns) + 1}
    assert "<script" not in table.to_markdown()
    assert "\\`a\\_b\\`" in table.to_markdown()


def test_latex_escapes_what_latex_would_read():
    text = summary_module.summary(nasty_fit()).to_latex()
    assert r"\textbar{}`a\_b`\$ 5\% \#1 \{x\} \textasciitilde{}\textasciicircum{}\&\textbackslash{}" in text
    assert r"-{}- [q]" in text
    assert r"$-$$\infty$ & \phantom{0}$\infty$ & \phantom{00}NA" in text
    assert r"\textless{}2e$-$16" in text
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == 1


def test_latex_row_does_not_start_with_an_argument_of_the_line_break():
    columns = (pages.Column("term", "Term", "left"),)
    assert "\n{}[a] \\\\" in pages.Table(None, columns, (("[a]",), ("*b",))).to_latex()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path):
    fit = nasty_fit()
    body = summary_module.summary(fit).to_latex().replace("年齢(歳)", "age").replace("\u0301", "")
    page = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{booktabs,textcomp,graphicx}\begin{document}"
    (tmp_path / "r.tex").write_text(f"{page}\n{body}\n\\end{{document}}\n", "utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "r.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-2000:]


class Balance(HTMLParser):
    """Collect the tags, and check that every one is closed in order."""

    VOID = frozenset({"meta"})

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def parsed(text):
    parser = Balance()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def test_html_fragment_is_balanced_and_escaped():
    summary = summary_module.summary(nasty_fit(formula="y ~ `<b>`"))
    page = parsed(summary._repr_html_())
    tags = [tag for tag, _ in page.seen]
    assert "script" not in tags
    assert "b" not in tags
    assert "html" not in tags
    assert NASTY[0] in page.text
    assert "−∞" in page.text
    scopes = [attrs.get("scope") for tag, attrs in page.seen if tag == "th"]
    assert scopes.count("row") == len(NASTY) + 1
    assert "caption" in tags


def test_html_page_is_a_complete_document():
    text = summary_module.summary(stand_in()).to_html(full_page=True)
    assert text.startswith("<!DOCTYPE html>")
    page = parsed(text)
    assert ("html", {"lang": "en"}) in page.seen
    assert ("meta", {"charset": "utf-8"}) in page.seen
    assert "Logistic regression: Maximum likelihood" in page.text


def test_importing_the_report_room_does_not_import_jinja2():
    code = "import sys, glmlogit.reports.summary; assert 'jinja2' not in sys.modules and 'docx' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# --- tables from frames -------------------------------------------------------------------------


def test_table_from_a_result_frame():
    table = from_frame.table_from_frame(odds_ratios(stand_in()), title="OR")
    assert [c.header for c in table.columns] == ["Term", "Odds ratio", "CI low", "CI high", "p-value"]
    assert [c.align for c in table.columns] == ["left", *["right"] * 4]
    assert table.rows[0][:2] == ("age", "0.973")
    assert str(table).startswith("OR:\nTerm ")


def test_an_estimate_shares_its_decimals_with_its_limits():
    frame = pd.DataFrame({"estimate": [1.0123, 2.5], "conf_low": [0.00123456, NAN], "conf_high": [INF, 3.0]})
    assert from_frame.table_from_frame(frame).rows == (
        ("1.0123", "0.0012", "Inf"),
        ("2.5000", "NA", "3.0000"),
    )


def test_formats_by_kind_and_function():
    frame = pd.DataFrame({"a": [0.00001], "b": [3.0], "c": ["x"]}, index=pd.Index([7], name="row"))
    table = from_frame.table_from_frame(frame, formats={"a": "p_value", "b": lambda v: [f"{x:.0f}!" for x in v]})
    assert table.rows == (("7", "1e-05", "3!", "x"),)


def test_cells_of_every_type():
    frame = pd.DataFrame(
        {
            "level": pd.array(["a", None], dtype="string"),
            "n": pd.array([3, None], dtype="Int64"),
            "ok": [True, False],
            "reference": [np.nan, "b"],
        }
    )
    assert from_frame.table_from_frame(frame).rows == (("a", "3", "True", ""), ("", "NA", "False", "b"))


def test_an_empty_frame_is_an_empty_table():
    table = from_frame.table_from_frame(pd.DataFrame({"estimate": pd.Series(dtype=float)}))
    assert table.rows == ()
    for text in (table.to_text(), table.to_markdown(), table.to_latex(), table.to_html()):
        assert "Estimate" in text


@pytest.mark.parametrize("formats", [{"nothing": "number"}, {"n": "roman"}])
def test_unknown_formats_are_named(formats):
    with pytest.raises(DataError, match=r"nothing|roman"):
        from_frame.table_from_frame(pd.DataFrame({"n": [1]}), formats=formats)


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".md", ".html", ".tex", ".txt", ".csv", ".json"])
@pytest.mark.parametrize("many", [False, True])
def test_every_suffix_writes_every_summary(tmp_path, suffix, many):
    summary = summary_module.summary(nasty_fit())
    path = tmp_path / f"report{suffix.upper()}"
    pages.write([summary, summary] if many else summary, path)
    assert path.read_text("utf-8").count("年齢") == (2 if many else 1)
    if not many:
        summary.write(other := tmp_path / f"own{suffix}")
        assert other.read_bytes() == path.read_bytes()


def test_csv_is_exact_and_safe_in_a_spreadsheet(tmp_path):
    fit = nasty_fit()
    pages.write(summary_module.summary(fit), tmp_path / "r.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text("utf-8"))))
    assert [row["term"] for row in rows][-2:] == ["'=1+1", "'-- [q]"]
    assert [float(row["estimate"].replace("NA", "nan")) for row in rows] == pytest.approx(
        fit.params.tolist(), rel=0, abs=0, nan_ok=True
    )
    assert [row["odds_ratio"] for row in rows][:4] == ["NA", "inf", "0.0", "NA"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("@a", "'@a"),
        ("+a", "'+a"),
        ("-5", "-5"),
        ("\tx", "'\tx"),
        ("＝1", "'＝1"),
        ("a=b", "a=b"),
        (-5.0, -5.0),
    ],
)
def test_formula_guard(cell, written):
    assert csv_format._guarded(cell) == written


def test_json_holds_what_json_can_hold(tmp_path):
    pages.write(summary_module.summary(nasty_fit(llnull=NAN)), tmp_path / "r.json")
    (model,) = json.loads((tmp_path / "r.json").read_text("utf-8"))["models"]
    estimates = [row["estimate"] for row in model["coefficients"]]
    assert estimates == [0.5, "Infinity", "-Infinity", None, 0.02, 30.0, -3.0]
    facts = {"nobs": 189.0, "df_model": 2.0, "df_resid": 186.0, "likelihood": "full", "llf": -100.7135, "llnull": None}
    facts |= {"deviance": 201.427, "null_deviance": 234.672, "df_null": 188.0, "aic": 219.427, "bic": 248.603}
    whole = {name: model["fit"].pop(name) for name in ("lr_statistic", "lr_df", "lr_p_value", "lr_reason", "tjur")}
    assert whole["lr_reason"].startswith("Maximum likelihood does not maximise")
    assert (whole["lr_statistic"], whole["lr_df"], whole["lr_p_value"]) == (None, 2, None)
    assert (model["fit"].pop("mcfadden"), model["fit"].pop("nagelkerke")) == (None, None)
    assert model["fit"] == facts | {"converged": True, "n_iter": 4, "cov_kind": "model", "digits": 15.9}
    assert model["coefficients"][5]["term"] == "=1+1"


def test_word_document(tmp_path):
    docx = pytest.importorskip("docx")
    pages.write(summary_module.summary(nasty_fit()), tmp_path / "r.docx")
    document = docx.Document(str(tmp_path / "r.docx"))
    (table,) = document.tables
    assert [row.cells[0].text for row in table.rows] == ["Term", "Intercept", *map(words.visible, NASTY)]


def test_word_without_its_package_says_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(ImportError, match=r"pip install python-docx"):
        pages.write(summary_module.summary(stand_in()), tmp_path / "r.docx")


def workbook(path):
    openpyxl = pytest.importorskip("openpyxl")
    return openpyxl.load_workbook(path)


def values(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_excel_has_a_sheet_each_for_coefficients_ratios_and_facts(tmp_path):
    fit = stand_in(notes=(SimpleNamespace(code="other", text="Something else."),), llnull=NAN)
    pages.write(summary_module.summary(fit), tmp_path / "r.xlsx")
    book = workbook(tmp_path / "r.xlsx")
    assert book.sheetnames == ["Coefficients", "Odds ratios", "Fit", "Table"]
    head, *rows = values(book["Coefficients"])
    assert head == ["term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]
    np.testing.assert_allclose([row[1] for row in rows], fit.params, rtol=1e-15)
    head, *rows = values(book["Odds ratios"])
    assert head == ["term", "odds_ratio", "conf_low", "conf_high", "p_value"]
    ratios = odds_ratios(fit)
    assert [row[0] for row in rows] == ["age", "lwt"]
    # openpyxl writes 16 digits.
    np.testing.assert_allclose([row[1:] for row in rows], ratios.to_numpy(), rtol=1e-15)
    facts = dict(values(book["Fit"])[1:])
    assert facts["Formula"] == "low ~ age + lwt"
    assert facts["nobs"] == 189
    assert facts["llnull"] == "NA"
    assert facts["Note"] == "Something else."
    assert "Warning" not in facts


def test_excel_runs_no_formula_and_keeps_what_is_no_number(tmp_path):
    pages.write(
        [summary_module.summary(nasty_fit()), summary_module.summary(nasty_fit(status=Status.LIMIT, converged=False))],
        tmp_path / "r.xlsx",
    )
    book = workbook(tmp_path / "r.xlsx")
    assert book.sheetnames[3:] == ["Table", "Coefficients 2", "Odds ratios 2", "Fit 2", "Table 2"]
    assert dict(values(book["Fit 2"]))["Warning"] == Status.LIMIT.value
    for sheet in book:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    sheet = book["Coefficients"]
    assert [cell.value for cell in sheet["A"]][2:] == [*map(words.visible, NASTY)]
    assert sheet["A7"].value == "=1+1"
    assert sheet["A7"].quotePrefix
    assert [cell.value for cell in sheet["B"]][2:5] == ["Inf", "-Inf", "NA"]
    assert [row[:2] for row in values(book["Odds ratios"])[1:4]] == [
        [NASTY[0], "Inf"],
        [NASTY[1], 0],
        [words.visible(NASTY[2]), "NA"],
    ]


def test_excel_holds_long_text(tmp_path):
    pages.write(summary_module.summary(stand_in(formula="y ~ " + "x + " * 20_000 + "x")), tmp_path / "r.xlsx")
    formula = dict(values(workbook(tmp_path / "r.xlsx")["Fit"]))["Formula"]
    assert len(formula) == 32_767
    assert formula.endswith("…")


def test_excel_without_its_package_says_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ImportError, match=r"pip install openpyxl"):
        pages.write(summary_module.summary(stand_in()), tmp_path / "r.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["r.pdf", "r"])
def test_an_unknown_suffix_lists_the_known(tmp_path, name):
    with pytest.raises(DataError, match=r"\.csv, \.docx, \.html, \.json, \.md, \.tex, \.txt, \.xlsx"):
        pages.write(summary_module.summary(stand_in()), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_sheets_of_results_that_have_no_coefficients_are_called_numbers(tmp_path, births):
    gl.roc(gl.logit("low ~ age", births)).write(tmp_path / "roc.xlsx")
    assert workbook(tmp_path / "roc.xlsx").sheetnames == ["Numbers", "About", "Table"]
