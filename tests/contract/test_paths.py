"""Analyses read an estimate through its narrow interface: ``python tests/contract/paths.py`` lists what they read."""

from __future__ import annotations

import re
from pathlib import Path

import house
import paths
import pytest

READ = paths.paths()
# Distinct paths and attributes today. They fall when something is simplified; who adds one says why no other will do.
MOST_PATHS, MOST_ATTRIBUTES = 112, 33


def test_paths_do_not_grow():
    attributes = {path.partition(".")[0] for path in READ}
    assert len(READ) <= MOST_PATHS, sorted(READ)
    assert len(attributes) <= MOST_ATTRIBUTES, sorted(attributes)


def test_nobody_above_reads_what_an_estimate_is_made_of():
    inside = {path: where for path, where in READ.items() if path.partition(".")[0] in paths.CLOSED}
    assert inside == {}
    assert list(paths.attributes({"maximum", "solved", "penalty", "objective", "resolved"})) == []


def test_the_design_of_a_fit_is_for_users():
    """Separation is a matter of the rows, whoever fits them, and takes a design."""
    assert [path for path in READ if path.startswith("design.")] == []
    assert {where.partition(":")[0] for where in READ["design"]} == {"inference/separation.py"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(fit: Estimate): return fit.coefs.states[0].finite", {"coefs.states"}),
        ("def f(model: Estimate | None): s = model.sample; return s.nobs, model.level", {"sample.nobs", "level"}),
        ("def f(fits: Sequence[Estimate]): return [fit.llf for fit in fits]", {"llf"}),
        ("class P:\n def f(self): return self.fit.maximum.beta[0]", {"maximum.beta"}),
        ("def f(x: Callable[[Estimate], int], y): return x.a, y.b", set()),
    ],
)
def test_paths_are_found(text, expected):
    visitor = paths.Paths()
    visitor.visit(paths.ast.parse(text))
    assert {paths.short(chain) for chain, _ in visitor.read} - {"sample"} == expected


def test_the_guide_has_the_groups_and_the_counts():
    guide = (Path(house.PACKAGE).parent / "docs" / "contributing.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `fit\.(\w+)` \|", guide, re.M) == [*paths.GROUPS]
    assert f"{len(READ)} paths" in guide
