"""What is public is listed, documented and light to import."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import glmlogit as gl

PACKAGE = Path(gl.__file__).parent
HEAVY = ("statsmodels", "scipy.stats", "scipy.optimize", "sklearn", "matplotlib", "formulaic", "jinja2", "docx")


def test_all_is_sorted_complete_and_resolves():
    assert list(gl.__all__) == sorted(gl.__all__)
    for name in gl.__all__:
        assert getattr(gl, name) is not None
    assert set(gl.__all__) == set(gl._HOME) | set(gl._MODULES)
    with pytest.raises(AttributeError, match="nothing"):
        gl.nothing
    assert set(gl.__all__) <= set(dir(gl))


def test_no_module_hides_a_public_name():
    for info in pkgutil.walk_packages([str(PACKAGE)], "glmlogit."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)
    for name in gl._HOME:
        assert not inspect.ismodule(getattr(gl, name)), name


VERBS = [
    "summary",
    "confint",
    "odds_ratios",
    "predict",
    "margins",
    "comparisons",
    "tidy",
    "glance",
    "augment",
    "cov_params",
    "test",
    "interpret",
    "plot",
    "report",
    "validate",
    "save",
    "to_excel_formula",
    "to_latex_equation",
    "to_sql",
    "with_base",
    "with_cov",
]


@pytest.mark.parametrize("verb", VERBS)
def test_methods_are_the_functions_of_the_modules(verb):
    assert getattr(gl.Fit, verb) is getattr(gl, verb)


def test_fit_has_no_other_verbs():
    public = {n for n, v in inspect.getmembers(gl.Fit, inspect.isfunction) if not n.startswith("_")}
    assert public - set(VERBS) == {"resolved"}


@pytest.mark.parametrize("name", [n for n in gl.__all__ if inspect.isfunction(getattr(gl, n))])
def test_public_functions_are_documented(name):
    function = getattr(gl, name)
    text = inspect.getdoc(function) or ""
    for section in ("Parameters\n", "Returns\n"):
        assert section in text, section
    for parameter in inspect.signature(function).parameters:
        assert parameter in text, parameter


@pytest.mark.parametrize("statement", ["import glmlogit", "import glmlogit; glmlogit.errors, glmlogit.__all__"])
def test_import_is_light(statement):
    code = f"{statement}; import sys; print([m for m in {(*HEAVY, 'pandas', 'numpy')!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_fit_from_arrays_imports_no_peer():
    code = (
        "import glmlogit as gl, numpy as np, sys; x = np.arange(8.0); y = np.array([0,0,1,0,1,0,1,1]);"
        "f = gl.logit(gl.design_arrays(y, x[:, None], intercept=True)); f.params, f.bse, f.pvalues, f.odds_ratios();"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_typed():
    assert (PACKAGE / "py.typed").exists()
