"""What tests replace in a module is looked up in that module: a replacement elsewhere would change nothing, unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import house
import pytest

TESTS = Path(__file__).parents[1]
FILES = house.files()
# Found by name at each call, through an import inside a function.
LATE = {("estimators/logit", "logit"), ("files/formats", "load")}


def modules(text: str) -> dict[str, str]:
    """Files of the package by the name that a test has for them."""
    found = dict(re.findall(r"^import glmlogit\.([\w.]+) as (\w+)", text, re.M))
    names = {name: module.replace(".", "/") for module, name in found.items()}
    for folder, imported in re.findall(r"^\s*from glmlogit\.?([\w.]*) import ([\w, ]+)$", text, re.M):
        for one in imported.split(", "):
            module, _, name = one.partition(" as ")
            names[name or module] = f"{folder.replace('.', '/')}/{module}".strip("/")
    return {name: file for name, file in names.items() if file in FILES}


def replaced() -> Iterator[tuple[str, str, str]]:
    """Test file, file of the package, name."""
    for path in sorted(TESTS.rglob("*.py")):
        text, label = path.read_text("utf-8"), str(path.relative_to(TESTS))
        known = modules(text)
        for module, name in re.findall(r"setattr\(\s*(\w+), \"(\w+)\"", text):
            if module in known:
                yield label, known[module], name
        for module, name in re.findall(r"setattr\(\s*\"glmlogit\.([\w.]+)\.(\w+)\"", text):
            yield label, module.replace(".", "/"), name


REPLACED = sorted(set(replaced()))


def test_replacements_are_found():
    assert len(REPLACED) > 40


@pytest.mark.parametrize(("test", "file", "name"), REPLACED)
def test_what_is_replaced_is_used_there(test, file, name):
    uses = re.findall(rf"\b{name}\b", FILES[file].read_text("utf-8"))
    assert len(uses) >= 2 or (file, name) in LATE
