"""Wings import downwards, without circles; files are short; a verb lives in the file of its name."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import house
import pytest

import glmlogit as gl

EDGES = house.graph()
FILES = house.files()
# Public functions that are short and of one kind share a file.
ELSEWHERE = {"show_config": "numerics/config"}


def test_every_folder_is_a_wing():
    folders = {p.name for p in house.PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert folders == set(house.WINGS)
    at_the_root = {name for name in FILES if "/" not in name}
    assert at_the_root == set(house.AT_THE_ROOT)
    assert all(house.question(wing).endswith((".", "?")) for wing in house.WINGS)


def test_imports_point_down():
    assert house.upward(EDGES) == []


# Files of the likelihood that are of one model.
OF_ONE_MODEL = """
binary cumulative cumulative_response cumulative_sums cut_points logit_sums many_levels multinomial
multinomial_response multinomial_sums of_levels symmetric
"""
MODELS = {f"likelihood/{name}" for name in OF_ONE_MODEL.split()}


def classes_in(name):
    return {node.name for node in ast.walk(ast.parse(FILES[name].read_text())) if isinstance(node, ast.ClassDef)}


@pytest.mark.parametrize("wing", ["inference", "effects", "reports", "plots"])
def test_analyses_do_not_ask_which_model_they_have(wing):
    classes = {"Logit"}.union(*map(classes_in, MODELS))
    for name, path in FILES.items():
        if name.startswith(f"{wing}/"):
            assert not EDGES[name] & MODELS, name
            read = {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(ast.parse(path.read_text()))}
            assert not read & classes, name


def test_no_circles():
    assert house.circles(EDGES) == []


def test_every_import_is_of_a_file_that_is_there():
    known = {*FILES, *house.WINGS}
    assert {other for found in EDGES.values() for other in found} <= known


@pytest.mark.parametrize(
    ("edges", "up", "round"),
    [
        ({"errors": {"numerics/tails"}, "numerics/tails": set()}, 1, 0),
        ({"numerics/tails": {"numerics/linalg"}, "numerics/linalg": {"numerics/tails"}}, 0, 1),
        ({"cli/main": {"errors"}, "errors": set()}, 0, 0),
    ],
)
def test_the_check_can_fail(edges, up, round):
    assert (len(house.upward(edges)), len(house.circles(edges))) == (up, round)


def test_imports_of_every_kind_are_seen(tmp_path):
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from glmlogit.cli.main import main\n"
    text += "def f():\n    from glmlogit.drawing import axes\n"
    (tmp_path / "m.py").write_text(text)
    assert set(house.imports(tmp_path / "m.py", FILES)) == {"cli/main", "drawing/axes"}


@pytest.mark.parametrize("name", FILES)
def test_files_are_short(name):
    assert house.lines(FILES[name]) <= house.MOST_LINES


@pytest.mark.parametrize("wing", house.WINGS)
def test_wings_are_not_too_large(wing):
    assert sum(house.lines(path) for name, path in FILES.items() if house.wing_of(name) == wing) <= (
        house.MOST_LINES_OF_A_WING
    )


def test_names_inside_a_wing_carry_no_underscore():
    assert [name for name in FILES if Path(name).name.startswith("_") and name != "__main__"] == []


@pytest.mark.parametrize("name", [n for n in gl.__all__ if inspect.isfunction(getattr(gl, n))])
def test_a_verb_lives_in_the_file_of_its_name(name):
    home = gl._HOME[name].replace(".", "/")
    assert home == ELSEWHERE.get(name, f"{home.partition('/')[0]}/{name}")
    assert home in FILES


def test_no_wing_is_called_like_a_public_function():
    """A folder of the name of a function would hide it as soon as it is imported."""
    assert set(house.WINGS) & set(gl._HOME) == set()
    assert set(house.AT_THE_ROOT) & set(gl._HOME) == set()


def test_the_docs_show_the_house():
    guide = Path(__file__).parents[2] / "docs" / "contributing.md"
    assert house.table() in guide.read_text("utf-8"), "put the output of python tests/contract/house.py there"
