"""Correct digits of every value of ``tests/reference/models``, and the gate each must pass.

``python tests/reference/models/compare.py [area …]`` fits all models anew and prints, for each problem, how many values
there are, how many pass, and which is the worst; then those that fail. It ends with 1 where one fails or is missing.

Gates: 10 digits; log-likelihoods within 1e-12 (1 + |llf|); what was worked out in double precision to its own 9 digits;
0, infinite and undefined values exactly.
"""

from __future__ import annotations

import importlib
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

from model_reference import EXACT, GATE, digits, problems

AREAS = ("multinomial", "ordinal", "penalised")
LOG_LIKELIHOODS = {"llf", "llf_sup", "llf_penalised", "llf_constrained", "llnull"}
# How the references were made, or what they are values of.
DESCRIPTIONS = {
    *("score_max", "llf_sup_minus_llf_along_direction", "closed_form", "columns", "precision", "information"),
    *("lambda", "alpha", "at", "x", "term", "R_digits", "smallest_kkt_slack", "separated_rows"),
}
DOUBLE_PRECISION = {"ridge_loo"}
DOUBLE_GATE = 9.0


class Value(NamedTuple):
    """One expected value: ``found`` is None where we have none."""

    area: str
    problem: str
    path: tuple[str, ...]
    expected: Any
    found: Any

    @property
    def digits(self) -> float:
        """Correct digits, 0 of a missing value."""
        return 0.0 if self.found is None else digits(self.expected, self.found)

    @property
    def passes(self) -> bool:
        """Whether it is within its gate."""
        if self.found is None:
            return False
        if self.path[-1] in LOG_LIKELIHOODS and self.digits < EXACT:
            value = float(self.expected)
            return abs(float(self.found) - value) <= 1e-12 * (1.0 + abs(value))
        return self.digits >= (DOUBLE_GATE if self.path[0] in DOUBLE_PRECISION else GATE)


def leaves(expected: Any, found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Every value of a nest of mappings and lists with its path, and ours at the same place."""
    if isinstance(expected, list):
        expected = dict(enumerate(expected))
        found = dict(enumerate(found)) if found is not None else {}
    if not isinstance(expected, dict):
        yield path, expected, found
        return
    for key, value in expected.items():
        if key not in DESCRIPTIONS:
            yield from leaves(value, (found or {}).get(key), (*path, str(key)))


def values(area: str) -> Iterator[Value]:
    """All values of an area."""
    answers = importlib.import_module(f"{area}_reference").answers
    for name, problem in problems(area).items():
        for path, expected, found in leaves(problem["values"], answers(name)):
            if expected is not None:
                yield Value(area, name, path, expected, found)


def main(areas: tuple[str, ...]) -> int:
    """Print the table; 1 where a value fails."""
    failing = []
    for area in areas:
        by_problem: dict[str, list[Value]] = defaultdict(list)
        for value in values(area):
            by_problem[value.problem].append(value)
        for name, of_problem in by_problem.items():
            failing += [value for value in of_problem if not value.passes]
            _line(f"{area} {name}", of_problem)
        _line(f"{area}: all", [value for of_problem in by_problem.values() for value in of_problem])
    for value in failing:
        said = "missing" if value.found is None else f"{value.found!r}, {value.digits:.1f} digits"
        sys.stdout.write(f"{value.area} {value.problem} {' '.join(value.path)}: {value.expected} {said}\n")
    return int(bool(failing))


def _line(name: str, of_problem: list[Value]) -> None:
    worst = min(of_problem, key=lambda value: value.digits)
    passing = sum(value.passes for value in of_problem)
    sys.stdout.write(
        f"{name:45s} {len(of_problem):5d} values {passing:5d} pass, {worst.digits:4.1f} {' '.join(worst.path)}\n"
    )


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:]) or AREAS))
