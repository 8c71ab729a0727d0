"""Recorded calls give what they gave: numbers, pages, messages, warnings, files, pictures, signatures."""

from __future__ import annotations

import inspect
import json
import re

import pytest
from described import SHOWN, own_members
from record import PRINTERS, RECORDING, first_difference, made_with, ran
from recorded import CALLS

import glmlogit as gl
from glmlogit.data.rows import PassRows, Rows

RECORDED = json.loads(RECORDING.read_text(encoding="utf-8"))
# What a fit and its rows are made of, which only the package itself uses.
INSIDE = {
    "Fit": """capabilities coefs columns contributions control cov_text covariance covariance_matrix estimator
    extra_notes likelihood loglik maximum outcome_text penalty rank reference
    reference_name resolved response rows sample solution solved surface terms undefined weight_text
    weighting""",
    "Design": """block cluster_codes collapsed columns constants counted described dropped formula frame informative
    informative_nobs largest_offset largest_weight limit magnitude matrix n_patterns observations offset_name outcome
    patterns place pseudo row_counts sampled weight_name weighted
    class_weighted class_weights fixed_class_weights mean_class_weights multipliers n_scores of_weighed_trials
    population_counts totals_without_class_weights uncounted weighed_outcomes""",
    "Effects": "underlying",
    "Influence": "flags listed sentences",
}
# What a likelihood asks of rows among them.
INSIDE["Design"] += " taking " + " ".join(name for name in {**vars(PassRows), **vars(Rows)} if name[0] != "_")
PAGE = ("to_markdown", "to_latex", "to_html", "to_text", "_repr_html_", "write")


def minor(version: str) -> list[str]:
    return version.split(".")[:2]


@pytest.mark.parametrize("name", CALLS)
def test_a_call_gives_what_it_gave(name):
    printer = PRINTERS.get(name.partition("/")[0])
    if printer and minor(made_with()[printer]) != minor(RECORDED["made with"][printer]):
        pytest.skip(f"{printer} {made_with()[printer]} prints it, and it was recorded with another version")
    assert first_difference(RECORDED["calls"][name], ran(name, exact=False), exact=False) == ""


def test_every_call_is_recorded_and_raises_only_where_it_says_so():
    assert list(RECORDED["calls"]) == list(CALLS)
    assert len(CALLS) >= 220
    for name, lines in RECORDED["calls"].items():
        assert any(line.startswith("raises ") for line in lines) == name.startswith("error/"), name
        assert any(line.startswith("warns at line") for line in lines) or not name.startswith("warning/"), name
    assert sum(name.startswith(("error/", "warning/", "command/error", "help/")) for name in CALLS) >= 40
    assert not any("at another file" in line for lines in RECORDED["calls"].values() for line in lines)


CODES = "\n".join(CALLS.values())


@pytest.mark.parametrize("name", gl.__all__)
def test_every_public_name_is_called(name):
    assert re.search(rf"\bgl\.{name}\b", CODES)
    kind = getattr(gl, name)
    if inspect.isclass(kind):
        wanted = set(own_members(kind)) - set(INSIDE.get(name, "").split())
        missing = [member for member in sorted(wanted) if not mentioned(name, member)]
        assert missing == []


def mentioned(kind: str, member: str) -> bool:
    """Whether a call has the name, or the description of every result of that class shows it."""
    return member in SHOWN.get(kind, ()) or re.search(rf"\.{member}\b", CODES) is not None


@pytest.mark.parametrize("name", PAGE)
def test_every_form_of_a_page_is_recorded(name):
    assert re.search(rf"\.{name}\(", CODES)


def test_a_difference_is_told_with_both_lines():
    said = first_difference(["a", "x 0.1234567", "b"], ["a", "x 0.1234577", "b"], exact=False)
    assert said == "line 2\n  recorded: x 0.1234567\n  now:      x 0.1234577"
    assert first_difference(["x 0.1234567"], ["x 0.1234568"], exact=False) == ""
    assert first_difference(["x 0.1234567"], ["x 0.1234568"], exact=True) != ""
    assert first_difference(["a"], ["a", "b"], exact=False).endswith("recorded: (nothing)\n  now:      b")
