"""Docstrings of public functions: every parameter is described where it is taken, and an example is run."""

from __future__ import annotations

import doctest
import inspect
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import matplotlib.pyplot
import pytest

import glmlogit as gl
from glmlogit.data.rows import Rows

matplotlib.use("Agg")

FUNCTIONS = [name for name in gl.__all__ if inspect.isfunction(getattr(gl, name))]
ROOT = Path(__file__).parents[2]
RESULTS = [name for name in gl.__all__ if inspect.isclass(getattr(gl, name))]
# Methods that the pages of the interface leave out.
# What a likelihood asks of rows among them.
NOT_FOR_USERS = {"resolved", "block", "cluster_codes", "copy", "warning", "taking"} | {
    name for name, value in vars(Rows).items() if inspect.isfunction(value)
}
# Functions whose example warns, as the text says.
WARNS = {"approximate_risk_ratio"}
ELSEWHERE = re.compile(r"^as (in|for) :\w+:`[^`]*`\.?$", re.IGNORECASE)


def entries(text: str) -> Iterator[tuple[list[str], str]]:
    """Names and description of each entry of the section Parameters."""
    section = re.split(r"\n\w+\n-{3,}\n", text.partition("Parameters\n----------\n")[2])[0]
    for head, body in re.findall(r"^(\S.*)\n((?:(?:[ ]+.*)?(?:\n|$))*)", section + "\n", re.MULTILINE):
        names = head.partition(" : ")[0]
        yield [name.strip(" *") for name in names.split(",")], " ".join(body.split())


def described(text: str) -> set[str]:
    """The parameters that a docstring says something of itself."""
    return {name for names, body in entries(text) if len(body) > 10 and not ELSEWHERE.match(body) for name in names}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_parameter_is_described_where_it_is_taken(name):
    function = getattr(gl, name)
    assert set(inspect.signature(function).parameters) <= described(inspect.getdoc(function))


def test_the_check_can_fail():
    text = (
        "F.\n\nParameters\n----------\na : int\nb : int\n    As in :func:`g`.\nc, *d : int\n    How many there are.\n"
    )
    assert described(text) == {"c", "d"}
    assert described(text + "\nReturns\n-------\ne : int\n    How many there are.\n") == {"c", "d"}


def examples(name: str) -> doctest.DocTest:
    """The examples of a docstring; they see the package as ``gl``."""
    text = inspect.getdoc(getattr(gl, name)).partition("Examples\n--------\n")[2]
    return doctest.DocTestParser().get_doctest(text, {"gl": gl}, name, None, None)


def run(name: str) -> list[str]:
    """What differs where the examples of a docstring are run."""
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    with warnings.catch_warnings():
        if name in WARNS:
            warnings.simplefilter("ignore", gl.errors.GlmlogitWarning)
        runner.run(examples(name), out=report.append)
    matplotlib.pyplot.close("all")
    return report


@pytest.mark.parametrize("name", [*FUNCTIONS, *RESULTS])
def test_examples_print_what_they_say(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    assert run(name) == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_an_example(name):
    assert any(example.want for example in examples(name).examples)
    assert any(re.search(rf"\b{name}\(", example.source) for example in examples(name).examples)


def methods(kind: type) -> set[str]:
    """Public methods of a class that are no functions of the package."""
    bases = [vars(base) for base in kind.__mro__ if base.__module__.startswith("glmlogit")]
    own = {name for names in bases for name, value in names.items() if inspect.isfunction(value)}
    return {name for name in own if not name.startswith("_")} - set(FUNCTIONS) - NOT_FOR_USERS


def test_methods_of_results_are_in_an_example():
    cells = "".join(
        code
        for page in [*(ROOT / "docs").glob("*.md"), *(ROOT / "vignettes").glob("*.md")]
        for code in re.findall(r"^```\{code-cell\}.*?^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    )
    sources = cells + "".join(example.source for name in [*FUNCTIONS, *RESULTS] for example in examples(name).examples)
    shown = {name: methods(getattr(gl, name)) for name in RESULTS}
    assert sum(map(len, shown.values())) >= 6
    assert [(kind, m) for kind, names in shown.items() for m in names if f".{m}(" not in sources] == []
