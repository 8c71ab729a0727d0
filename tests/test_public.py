"""What is public is listed, documented and light to import; the rooms import downwards only."""

from __future__ import annotations

import ast
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

LAYERS = (
    {
        "errors",
        "_lazy",
        "_arrays",
        "_progress",
        "_tails",
        "_reference",
        "_roots",
        "_calls",
        "_other_words",
        "_multiplicity",
        "_blas",
        "_scales",
        "_kernels",
        "_cells",
        "matrices",
        "patterns",
        "_leverages",
        "_linalg",
        "_texts",
        "_frames",
        "_files",
        "_sniff",
        "_csv_columns",
        "_saving",
        "_memory",
        "_format",
        "_doubledouble",
        "_rational",
        "_signs",
        "_faces",
        "_recession",
    },
    {
        "_algebra",
        "_coding",
        "_groups",
        "_gate",
        "_interpret",
        "_purity",
        "_derivatives",
        "variation",
        "_splines",
        "_tokens",
        "_transforms",
        "_constraints",
        "_spellings",
        "_two_way",
        "_hypergeometric",
        "formula",
        "outcome",
        "intake",
        "designs",
        "objective",
        "penalty",
        "solve",
        "_precision",
        "polish",
        "certificate",
        "approach",
        "aliasing",
        "maximum",
        "_one_outcome",
    },
    {
        "_support",
        "_spread",
        "covariance",
        "diagnostics",
        "hypothesis",
        "terms",
        "_readings",
        "likelihoods",
        "profiling",
        "restricted",
        "separability",
        "_maxima",
        "evidence",
        "_recombined",
        "_hauck_donner",
        "intervals",
        "prediction",
        "tables",
        "documents",
        "reporting",
        "_render",
        "_excel",
        "validation",
        "counterfactual",
        "environment",
        "averages",
        "_delta",
        "effects",
        "_kept",
        "points",
        "marginal",
        "standardised",
        "_estimands",
        "resampling",
        "risks",
        "combinations",
        "_strata",
        "doses",
        "_dose_curve",
        "casecontrol",
        "conversions",
        "additive",
        "joint",
        "stratified",
        "_stratified_page",
        "_association_variables",
        "_association_page",
        "wording",
        "plotting",
        "_forest",
        "_typical",
        "_incidental",
        "_axes",
    },
    {"fit", "estimators", "bias_reduction", "association"},
    {"__init__", "__main__", "_demo", "_effects_page", "datasets"},
)
LEVEL = {module: level for level, modules in enumerate(LAYERS) for module in modules}


def modules():
    return [*sorted(path.stem for path in PACKAGE.glob("*.py")), "datasets"]


def imported_at_run_time(path: Path) -> set[str]:
    """Modules of the package that a module imports, except for type checking only."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped or not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        if node.module == "glmlogit":
            found |= {alias.name for alias in node.names}
        elif node.module.startswith("glmlogit."):
            found.add(node.module.split(".")[1])
    return found


@pytest.mark.parametrize("module", modules())
def test_rooms_import_downwards(module):
    if module in ("__init__", "datasets"):
        return
    for other in imported_at_run_time(PACKAGE / f"{module}.py"):
        assert LEVEL[other] <= LEVEL[module], f"{module} imports {other} from a higher layer"


def test_every_room_has_a_layer():
    assert set(modules()) == set(LEVEL)


def test_all_is_sorted_complete_and_resolves():
    assert list(gl.__all__) == sorted(gl.__all__)
    for name in gl.__all__:
        assert getattr(gl, name) is not None
    assert set(gl.__all__) == set(gl._HOME) | set(gl._MODULES)
    with pytest.raises(AttributeError, match="nothing"):
        gl.nothing
    assert set(gl.__all__) <= set(dir(gl))


def test_no_module_hides_a_public_name():
    for info in pkgutil.iter_modules([str(PACKAGE)]):
        if info.name != "__main__":
            importlib.import_module(f"glmlogit.{info.name}")
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
