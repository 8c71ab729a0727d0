"""Pages in a notebook: JupyterLab's style sheet strikes none of theirs, and they are legible on dark grounds."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, SeparationWarning

BIRTHS = gl.datasets.birthwt()
FIT = gl.logit("low ~ age + C(race) + smoke", BIRTHS)

# What JupyterLab 4 (packages rendermime and outputarea, style/) sets of the elements that pages have, by selector.
JUPYTERLAB = {
    ".jp-RenderedHTMLCommon table": "border-collapse border color font-size table-layout margin",
    ".jp-RenderedHTMLCommon thead": "border-bottom vertical-align",
    ".jp-RenderedHTMLCommon td": "vertical-align padding line-height white-space max-width border",
    ".jp-RenderedHTMLCommon th": "vertical-align padding line-height white-space max-width border font-weight",
    ".jp-RenderedHTMLCommon tr": "border padding",
    ".jp-RenderedHTMLCommon:not(.jp-RenderedMarkdown) td": "text-align",
    ".jp-RenderedHTMLCommon:not(.jp-RenderedMarkdown) th": "text-align",
    ".jp-RenderedHTMLCommon:not(.jp-RenderedMarkdown) tr": "text-align",
    ".jp-RenderedHTMLCommon tbody tr:nth-child(odd)": "background",
    ".jp-RenderedHTMLCommon tbody tr:nth-child(even)": "background",
    ".jp-RenderedHTMLCommon tbody tr:hover": "background",
    ".jp-RenderedHTMLCommon p": "text-align margin",
    ".jp-RenderedHTMLCommon h2": "font-size font-weight line-height margin",
    ".jp-RenderedHTMLCommon ul": "padding-left margin",
    ".jp-RenderedHTMLCommon img": "max-width",
    ".jp-OutputArea-output dl": "display width overflow padding margin",
    ".jp-OutputArea-output dt": "float width padding margin font-weight",
    ".jp-OutputArea-output dd": "float width padding margin",
}


def specificity(selector: str) -> tuple[int, int, int]:
    """Of a selector of classes, pseudo-classes and elements (Selectors Level 4, §17); ``:not`` counts what it holds."""
    plain = re.sub(r":not\(([^)]*)\)", r"\1", selector)
    plain = re.sub(r"\([^)]*\)", "", plain)
    return 0, len(re.findall(r"[.:][\w-]+", plain)), len(re.findall(r"(?:^|[\s>+~])[a-z]\w*", plain))


def rules(html: str) -> list[tuple[str, set[str]]]:
    """Selectors of the page's own style sheet, each with what it sets."""
    text = html.partition("<style>")[2].partition("</style>")[0]
    found = []
    for selectors, block in re.findall(r"([^{}]+)\{([^}]*)\}", text):
        sets = {part.partition(":")[0].strip() for part in block.split(";") if part.strip()}
        found += [(selector.strip(), sets) for selector in selectors.split(",")]
    return found


def element(selector: str) -> str:
    return re.sub(r"[:(].*", "", selector.split()[-1])


def test_specificity_is_counted_as_the_specification_does():
    assert specificity(".a.b td") == (0, 2, 1)
    assert specificity(".a:not(.b) td") == (0, 2, 1)
    assert specificity(".a tbody tr:nth-child(odd)") == (0, 2, 2)
    assert specificity("ul li") == (0, 0, 2)


@pytest.mark.parametrize("selector", JUPYTERLAB)
def test_no_rule_of_jupyterlab_wins(selector):
    mine = rules(FIT.summary().to_html())
    for name in JUPYTERLAB[selector].split():
        same = [own for own, sets in mine if own.split()[-1].split(":")[0] == element(selector) and name in sets]
        assert any(specificity(own) > specificity(selector) for own in same), name


def test_alignment_of_cells_and_captions_stays_where_classes_say_it():
    strongest = max(specificity(selector) for selector in JUPYTERLAB)
    mine = dict(rules(FIT.summary().to_html()))
    for last in (".left", ".right", ".rule", ".note", ".alert", "caption"):
        assert max(specificity(own) for own in mine if own.endswith(f" {last}")) > strongest, last


def test_every_rule_is_of_pages_of_this_package_alone():
    assert all(selector.startswith(".glmlogit.glmlogit.glmlogit") for selector, _ in rules(FIT._repr_html_()))


def test_colours_are_those_of_the_notebook_light_or_dark():
    style = FIT.summary().to_html().partition("<style>")[2].partition("</style>")[0]
    assert "color: var(--jp-content-font-color1, var(--vscode-editor-foreground, inherit))" in style
    bare = re.sub(r"var\([^;]*\)", "", style)
    assert re.findall(r"#[0-9a-f]{3,6}", bare) == []
    assert re.findall(r"background: (?!none)(\w+)", bare) == ["white"]  # of pictures, which are drawn on white


class Words(HTMLParser):
    """The text of a page."""

    def __init__(self):
        super().__init__()
        self.words, self.inside = [], True

    def handle_starttag(self, tag, attrs):
        self.inside = tag != "style"

    def handle_data(self, data):
        if self.inside:
            self.words += data.split()


def separated():
    with pytest.warns(SeparationWarning):
        return gl.logit("HG ~ NV + PI + EH", gl.datasets.endometrial())


RESULTS = {
    "fit": lambda: FIT,
    "summary": lambda: FIT.summary(),
    "separated": separated,
    "separation": lambda: separated().separation,
    "profile": lambda: gl.profile(FIT, ["age", "smoke"]),
    "test": lambda: FIT.test("age = 0"),
    "test of fit": lambda: gl.goodness_of_fit(FIT, "hosmer_lemeshow"),
    "interpretation": lambda: FIT.interpret("smoke"),
    "validation": lambda: FIT.validate(),
    "prior correction": lambda: gl.prior_correction(FIT, 0.05),
    "margins": lambda: FIT.margins(),
    "table": lambda: gl.table("low ~ age + smoke", BIRTHS),
}


@pytest.mark.parametrize("name", RESULTS)
def test_html_says_what_text_says(name):
    result = RESULTS[name]()
    page = Words()
    page.feed(result._repr_html_())
    said = " ".join(page.words)
    assert 'class="glmlogit"' in result._repr_html_()
    words = set(re.findall(r"[A-Za-z]{4,}", str(result))) - {"WARNING", "Notes"}  # lists and boxes say that
    missing = [word for word in words if word not in said]
    assert missing == []
    numbers = re.findall(r"\d\.\d{2,}", str(result))
    assert [number for number in numbers if number not in said] == []


# --- what print(fit) shows ------------------------------------------------------------------------
ESTIMATORS = {
    "logit": lambda: FIT,
    "firth": lambda: gl.firth("low ~ age + C(race)", BIRTHS),
    "flic": lambda: gl.flic("low ~ age", BIRTHS),
    "flac": lambda: gl.flac("low ~ age", BIRTHS),
    "log_f": lambda: gl.log_f("low ~ age", BIRTHS),
    "median": lambda: gl.median_bias_reduced("low ~ age", BIRTHS),
    "ridge": lambda: gl.ridge("low ~ age + lwt", BIRTHS, penalty=0.1),
    "lasso": lambda: gl.elastic_net("low ~ age + lwt + C(race) + smoke + ftv", BIRTHS, penalty=0.02),
    "multinomial": lambda: gl.multinomial("race ~ age", BIRTHS),
    "ordinal": lambda: gl.ordinal("race ~ age", BIRTHS, order=["white", "black", "other"]),
    "grouped": lambda: gl.logit("incidence ~ C(period)", gl.datasets.cbpp(), trials="size"),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_printing_a_fit_shows_its_coefficients(name):
    fit = ESTIMATORS[name]()
    text = str(fit)
    for label, value in fit.params.items():
        term = label[1] if isinstance(label, tuple) else label
        line = re.search(rf"^{re.escape(str(term))} +(.*)$", text, re.MULTILINE)
        assert any(float(number) == pytest.approx(value, rel=2e-3, abs=1e-9) for number in line[1].split())
    assert fit.formula in text
    assert f"{fit.nobs:.0f}" in text
    assert "Log-likelihood: " in text
    assert repr(fit).startswith("<Fit ")
    assert "\n" not in repr(fit)


def test_printing_a_fit_says_what_its_coefficients_do_not():
    text = " ".join(str(separated()).split())
    assert text.startswith("WARNING: Quasi-complete separation: NV has no finite estimate")
    assert "All 13 rows with NV = 1 had HG = 1" in text
    with pytest.warns(CollinearityWarning):
        aliased = gl.logit("low ~ age + twice", BIRTHS.assign(twice=2 * BIRTHS["age"]))
    assert re.search(r"^twice +NA$", str(aliased), re.MULTILINE)
    assert "a linear combination of" in " ".join(str(aliased).split())


def test_of_many_coefficients_some_are_printed():
    rows = BIRTHS.assign(site=[str(i % 90) for i in range(len(BIRTHS))])
    fit = gl.ridge("low ~ C(site)", rows, penalty=1.0)
    text = str(fit)
    assert "30 of 90 terms are not shown; fit.params has all." in text
    assert text.count("C(site)[T.") == 60 - 1
