"""The documentation: its code runs, its links lead somewhere, and it names everything that is public."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import references

import glmlogit as gl
from glmlogit.cli.main import main
from glmlogit.formula.transforms import FUNCTIONS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# docs/_build and docs/vignettes are made by Sphinx.
PAGES = [ROOT / "README.md", *sorted((ROOT / "vignettes").glob("*.md")), *sorted(DOCS.glob("*.md"))]
PAGES += [*sorted((DOCS / "api").glob("*.md")), *sorted((DOCS / "how-to").glob("*.md"))]
# test_exercises.py runs the exercises.
NOTEBOOKS = [page for page in PAGES if "{code-cell}" in page.read_text(encoding="utf-8") and page.stem != "exercises"]

FENCE = re.compile(r"^```(\S+)?[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")

# Functions that raise nothing of their own.
RAISE_NOTHING = {"augment", "check", "glance", "pseudo_r2", "show_config"}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def executed(code: str, namespace: dict[str, Any]) -> str:
    """What the code prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "<documentation>", "exec"), namespace)
    return printed.getvalue()


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


# --- code -----------------------------------------------------------------------------------------


def test_readme_code_prints_what_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    blocks = FENCE.findall(README)
    namespace: dict[str, Any] = {}
    compared = 0
    for (language, code), (following, expected) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "python":
            printed = executed(code, namespace)
            assert following == "text", "each example shows its output"
            assert lines(printed) == lines(expected)
            compared += 1
    assert compared >= 2


@pytest.mark.parametrize("page", NOTEBOOKS, ids=name)
def test_code_cells_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    cells = [code for language, code in FENCE.findall(page.read_text(encoding="utf-8")) if language == "{code-cell}"]
    namespace: dict[str, Any] = {}
    for cell in cells:
        executed("\n".join(line for line in cell.split("\n") if not line.startswith(":tags:")), namespace)
    assert cells


def test_first_table_of_the_readme_is_what_demo_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert main(["demo"]) == 0
    table = next(text for language, text in FENCE.findall(README) if language == "text")
    printed = "\n".join(lines(capsys.readouterr().out))
    assert "\n".join(lines(table)) in printed


def test_readme_has_one_line_each_to_run_and_to_test() -> None:
    commands = [text.strip() for language, text in FENCE.findall(README) if language == "sh"]
    run, test, *_ = commands
    assert run.startswith("python3 -m venv")
    assert run.endswith("glmlogit demo")
    assert test.startswith("python3 -m venv")
    assert test.endswith("pytest")
    assert "\n" not in run + test


def test_readme_names_real_extras() -> None:
    extras = set(PYPROJECT["project"]["optional-dependencies"])
    table = README.partition("| extra | for |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`([a-z]+)`", " ".join(row.split("|")[1] for row in table.strip().split("\n")[1:])))
    assert named
    assert named <= extras


# --- links ----------------------------------------------------------------------------------------


def slugs(page: Path) -> set[str]:
    """Anchors of the headings of a page, as GitHub and MyST spell them."""
    text = re.sub(FENCE, "", page.read_text(encoding="utf-8"))
    heads = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", head) for head in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def target(page: Path, link: str) -> Path:
    path = (page.parent / link).resolve() if link else page
    copied = DOCS / "vignettes"
    return ROOT / "vignettes" / path.name if path.parent == copied else path


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(re.sub(FENCE, "", page.read_text(encoding="utf-8"))):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        found = target(page, path)
        assert found.exists(), f"{name(page)} links to {link}"
        if anchor:
            assert anchor in slugs(found), f"{name(page)} links to {link}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_line_begins_with_a_percent_sign(page: Path) -> None:
    """MyST takes it for a comment."""
    assert not re.findall(r"^\s*%.*", re.sub(FENCE, "", page.read_text(encoding="utf-8")), re.MULTILINE)


def test_pictures_are_drawn_by_committed_code_and_shown() -> None:
    shown = set()
    for page in PAGES:
        for path in re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / path).exists(), f"{name(page)} shows {path}"
            shown.add(Path(path).stem)
    drawn = set(
        re.findall(r"^def (\w+)\(\) -> matplotlib", (DOCS / "figures.py").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert shown == drawn == {path.stem for path in (DOCS / "_static" / "figures").glob("*.svg")}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_included_outputs_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    pattern = r'```\{literalinclude\} (\S+)\n:language: text\n:start-after: "(.+)"\n:end-before: "(.+)"\n```'
    found = re.findall(pattern, text)
    assert len(found) == text.count("{literalinclude}")
    for path, start, end in found:
        output = (page.parent / path).read_text(encoding="utf-8").split("\n")
        assert start in output, f"{path} lacks {start!r}"
        assert any(line.startswith(end) for line in output[output.index(start) + 1 :])


# --- completeness ---------------------------------------------------------------------------------


def public() -> dict[str, Any]:
    """Everything public by its name within the package."""
    names = {n: getattr(gl, n) for n in gl.__all__ if not inspect.ismodule(getattr(gl, n))}
    for module in (gl.datasets, gl.errors, import_module("glmlogit.sklearn")):
        home = module.__name__.removeprefix("glmlogit.")
        names |= {f"{home}.{n}": getattr(module, n) for n in module.__all__}
    return names


def test_public_names_are_sorted() -> None:
    for module in (gl, gl.datasets, gl.errors):
        assert module.__all__ == sorted(module.__all__)
        assert len(set(module.__all__)) == len(module.__all__)


def test_public_names_are_documented_once_in_the_api_and_in_its_index() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.md"))
    documented = re.findall(r"^\.\. auto(?:function|class|exception):: glmlogit\.(\S+)$", text, re.MULTILINE)
    assert sorted(documented) == sorted(public())
    index = (DOCS / "api.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^   glmlogit\.(\S+)$", index, re.MULTILINE)) == sorted(public())


@pytest.mark.parametrize("name", sorted(public()))
def test_public_names_have_a_docstring(name: str) -> None:
    assert len(inspect.getdoc(public()[name]) or "") > 20


STATISTICS = sorted(n for n, value in public().items() if inspect.isfunction(value) and "." not in n)


@pytest.mark.parametrize("name", STATISTICS)
def test_docstrings_say_what_goes_in_comes_out_and_matches(name: str) -> None:
    text = inspect.getdoc(getattr(gl, name)) or ""
    sections = set(re.findall(r"^(\w+)\n-{3,}$", text, re.MULTILINE))
    assert {"Parameters", "Returns"} <= sections
    assert "Raises" in sections or name in RAISE_NOTHING
    assert "*Matches*" in text.partition("Notes\n")[2]
    parameters = text.partition("Parameters\n")[2].partition("Returns\n")[0]
    for parameter in inspect.signature(getattr(gl, name)).parameters:
        assert re.search(rf"(^|[ ,*]){parameter}\b", parameters, re.MULTILINE), f"{name}({parameter})"


def test_every_function_of_formulas_is_documented() -> None:
    text = (DOCS / "formulas.md").read_text(encoding="utf-8")
    table = text.partition("## Functions")[2].partition("\n## ")[0]
    code = " ".join(re.findall(r"`([^`]+)`", re.sub(FENCE, "", table)))
    missing = [f for f in FUNCTIONS if not re.search(rf"(?<![\w.]){re.escape(f)}(?![\w.])", code)]
    assert not missing


def test_glossary_explains_every_column() -> None:
    glossary = (DOCS / "glossary.md").read_text(encoding="utf-8")
    fit = gl.logit("low ~ age + C(race)", gl.datasets.birthwt())
    tables = [
        fit.tidy(),
        fit.glance(),
        fit.odds_ratios(reference_rows=True),
        fit.predict(interval="confidence"),
        fit.augment().drop(columns=["low", "age", "race"]),
        gl.drop1(fit),
        fit.margins(),
        fit.comparisons("race", ["nnt", "risk_ratio", "attributable_fraction"]),
        gl.effective_dose(fit, "age"),
        gl.anova(fit),
        fit.validate().table,
        gl.profile(fit, ["age"]).curves,
        gl.profile(fit, ["age"]).tests,
    ]
    for table in tables:
        assert isinstance(table, pd.DataFrame)
        for column in table.columns:
            assert f"`{column}`" in glossary, column


def test_glossary_explains_every_state_of_a_coefficient() -> None:
    states = (DOCS / "glossary.md").read_text(encoding="utf-8").partition("## States of coefficients")[2]
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("y ~ x", {"y": [0, 0, 1, 1], "x": [-2.0, -1.0, 1.0, 2.0]})
    for state in {"finite", "-inf", "aliased", *fit.separation.coefficients}:
        assert f"`{state}`" in states.partition("\n## ")[0], state


def test_every_vignette_is_in_the_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "vignettes").glob("*.md"):
        assert f"\nvignettes/{page.stem}\n" in index
        assert f"(vignettes/{page.name})" in index


def test_every_page_of_the_interface_is_in_the_contents() -> None:
    contents = (DOCS / "api.md").read_text(encoding="utf-8").partition("```{toctree}")[2].partition("```")[0]
    pages = {page.stem for page in (DOCS / "api").glob("*.md")}
    assert pages == set(re.findall(r"^api/(\S+)$", contents, re.MULTILINE))


def recorded(kind: str, section: str) -> str:
    text = (ROOT / "tests" / "reference" / f"parity_{kind}.txt").read_text(encoding="utf-8")
    return text.partition(f"## {section}\n")[2].partition("\n## ")[0]


def test_what_the_vignettes_say_of_other_programs_was_recorded() -> None:
    assert re.search(r"^NV +18\.18556", recorded("r", "r-separation"), re.MULTILINE)
    assert "converged: TRUE" in recorded("r", "r-separation")
    assert recorded("r", "r-separation-epsilon").count("converged: TRUE") == 3
    assert "statsmodels GLM: NV 22.1856, SE 12677.8, converged True" in recorded("py", "py-separation")
    assert "8.602e-31 6.873e+219" in recorded("r", "r-separation-confint")
    assert "6.5 digits" in recorded("r", "r-firth")
    ours = [line.rsplit(maxsplit=4)[1:] for line in recorded("py", "py-digits").split("\n")[1:]]
    assert len(ours) == 16
    assert all(float(params) >= 15.5 and float(errors) >= 15.5 for params, _, errors, _ in ours)
    assert all(15 <= float(digits) <= 16 for *_, digits in ours)


def test_recorded_numbers_of_this_package_are_still_these() -> None:
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("HG ~ NV + PI + EH", gl.datasets.endometrial())
    numbers = " ".join(f"{term} {value:.6g}" for term, value in fit.params.items())
    assert f"glmlogit: {numbers} llf {fit.llf:.9g}" in recorded("py", "py-separation")
    firth = gl.firth("HG ~ NV + PI + EH", gl.datasets.endometrial())
    assert " ".join(f"{value:.9g}" for value in firth.params) in recorded("py", "py-firth")
    cars = gl.logit("am ~ wt", pd.read_csv(ROOT / "tests" / "data" / "mtcars.csv"))
    limits = cars.confint(method="profile")
    for term in limits.index:
        assert " ".join(f"{value:.10g}" for value in limits.loc[term]) in recorded("py", "py-profile")


def test_recorded_effects_of_this_package_are_still_these() -> None:
    cars = pd.read_csv(ROOT / "tests" / "data" / "mtcars.csv")
    slopes = gl.logit("am ~ hp * wt", cars).margins()
    numbers = " ".join(f"{value:.6g}" for value in slopes["estimate"])
    text = recorded("py", "py-margeff")
    assert f"glmlogit: hp, wt                   {numbers}" in text
    assert "statsmodels: hp, wt, hp:wt         0.00773247" in text
    levels = gl.logit("am ~ hp + wt + C(cyl)", cars).margins("cyl")
    assert " ".join(f"{value:.6g}" for value in levels["estimate"]) in text.split("glmlogit: cyl")[1]
    table = gl.two_by_two([[3, 9], [1, 40]]).measures.loc["odds_ratio_exact"]
    assert f"exact: {table['conf_low']:.8g} {table['conf_high']:.8g}" in recorded("py", "py-exact-limits")
    admissions = gl.logit("Admit ~ Gender + Dept", references.frame("ucb"), weights="Freq", event="Admitted")
    p = gl.pairwise(admissions, "Dept").set_index("contrast").loc["F / A", "p_value"]
    assert f"{p:.10e}" in recorded("py", "py-range")
    assert "p of the range of six: 0" in recorded("r", "r-range")


def test_changelog_begins_with_this_version() -> None:
    changelog = (DOCS / "changelog.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    released = versions[versions[0] == "Unreleased" :]
    assert released[0] == gl.__version__ == PYPROJECT["project"]["version"]
