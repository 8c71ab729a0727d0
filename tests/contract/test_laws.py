"""Laws, and the strategies behind them, go through the public interface only: what is inside may be rebuilt."""

from __future__ import annotations

import ast
import dataclasses
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.estimate.estimate import Estimate

TESTS = Path(__file__).parents[1]
FILES = sorted([*(TESTS / "laws").glob("*.py"), TESTS / "support" / "strategies.py"])


def leads_inside(annotation: str, module: str) -> bool:
    """Whether an annotation names a class of the package that is not public; notes are documented with fits."""
    named = (getattr(sys.modules[module], word, None) for word in re.findall(r"\w+", annotation))
    classes = [one for one in named if isinstance(one, type) and one.__module__.startswith("glmlogit.")]
    return any(one.__name__ not in {*gl.__all__, "Note"} for one in classes)


def inside(cls: type) -> set[str]:
    """Attributes of fits that lead into the package, by a name that tables and reports of separation do not have."""
    annotations = {field.name: (field.type, Estimate.__module__) for field in dataclasses.fields(cls)}
    for name in dir(cls):
        member = getattr(cls, name)
        function = getattr(member, "fget", None) or getattr(member, "func", None)
        if function is not None:
            annotations[name] = (function.__annotations__.get("return", ""), function.__module__)
    ambiguous = {name for other in (pd.DataFrame, gl.SeparationReport) for name in (*dir(other), *vars_of(other))}
    return {name for name, (text, module) in annotations.items() if leads_inside(text, module)} - ambiguous


def vars_of(cls: type) -> list[str]:
    """Names of the fields of a dataclass."""
    return [field.name for field in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else []


def outside_the_interface(text: str) -> Iterator[str]:
    """Imports of modules of the package other than its face and its errors, and attributes that lead inside."""
    forbidden = inside(gl.Fit)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("glmlogit.") and a.name != "glmlogit.errors")
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("glmlogit"):
            whole = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name for name in whole if not name.startswith("glmlogit.errors"))
        if isinstance(node, ast.Attribute):
            of = node.value.id if isinstance(node.value, ast.Name) else ""
            if (node.attr in forbidden and of != "np") or (
                re.match("_[a-z]", node.attr.lower()) and of in ("gl", "fit")
            ):
                yield f".{node.attr}"


def test_what_leads_inside_is_known():
    assert {"maximum", "solved", "covariance", "capabilities"} <= inside(gl.Fit)
    assert inside(gl.Fit).isdisjoint({"design", "params", "status", "control", "separation", "notes", "trace"})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("import glmlogit as gl\nfrom glmlogit.errors import DataError\ngl.logit(d).params", 0),
        ("from glmlogit.fitting.newton import newton\nimport glmlogit.data", 2),
        ("from glmlogit import effects", 1),
        ("fit.maximum.rows\nnp.maximum(1, 2)\nfit._separation\ngl._HOME", 3),
    ],
)
def test_the_check_can_fail(text, count):
    assert len(list(outside_the_interface(text))) == count


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_laws_use_the_public_interface_only(path):
    assert list(outside_the_interface(path.read_text("utf-8"))) == []
