"""How many values, hostile inputs and invariants the tests meet: ``python tests/against/evaluation_counts.py``.

Runs the tests that compare with ``tests/reference/evaluation``, and counts what they compared: by file how many values
there are, how many were compared, how many differ by no more than they may, and the largest relative difference of
those that two computations give to ten digits; of the others, which rest on a peer's early stop, the largest share of
what they may differ by. It fails where a value was not compared, an answer is missing, or a test failed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))
from evaluation_models import ANSWERED, COMPARED, entries  # noqa: E402

REFERENCE = TESTS / "reference" / "evaluation"
INVARIANT = re.compile(r"test_([dgcrtkivb]\d\d)_")
# The invariants of definitions: diagnostics, fit, collinearity, ranks, thresholds, calibration, imbalance, validation,
# building.
NUMBERS = {"D": 10, "G": 8, "C": 5, "R": 9, "T": 7, "K": 8, "I": 6, "V": 5, "B": 5}


class Outcomes:
    """Which tests passed, of all that ran."""

    def __init__(self) -> None:
        self.passed: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.failed:
            self.passed[report.nodeid] = report.passed and self.passed.get(report.nodeid, True)


def of_file(name: str) -> tuple[str, bool]:
    """A line of the table, and whether all is as it should be."""
    known = entries(name)
    met = {key: COMPARED[name, key] for key in known if (name, key) in COMPARED}
    peers = [key for key in known if known[key]["digits"] is None]
    right = sum(share <= 1 for _, share in met.values())
    exact = [relative for key, (relative, _) in met.items() if (known[key]["digits"] or 0) >= 10]
    loose = [share for key, (_, share) in met.items() if key not in peers and known[key]["digits"] < 10]
    worst, most = max(exact, default=0.0), max(loose, default=0.0)
    line = f"{name:20s} {len(known):6d} {len(met):8d} {right:7d} {worst:12.1e} {len(loose):10d} {most:12.1e}"
    missing = sorted(set(known) - set(met))
    return "\n".join([line, *(f"    not compared: {key}" for key in missing)]), not missing and right == len(known)


def main() -> int:
    outcomes = Outcomes()
    files = sorted({str(path) for path in TESTS.rglob("test_*.py") if "evaluation_models" in path.read_text("utf-8")})
    files += sorted(map(str, (TESTS / "laws").glob("test_evaluation_laws*.py")))
    options = ["-n", "0", "-q", "--no-header", "--no-summary", "-p", "no:cacheprovider", "--rootdir", str(TESTS.parent)]
    failed = pytest.main([*options, *files], plugins=[outcomes]) != 0
    lines = [of_file(path.stem) for path in sorted(REFERENCE.glob("[1-9]_*.json"))]
    print(f"\n{'file':20s} values compared  within    largest  of < 10 digits   largest share\n")
    print("\n".join(line for line, _ in lines))
    print("\nHostile inputs\n")
    hostile = json.loads((REFERENCE / "adversarial.json").read_text("utf-8"))
    answers = {e["id"]: sorted(t for t in ANSWERED.get(e["id"], ()) if outcomes.passed.get(t)) for e in hostile}
    for key, tests in answers.items():
        print(f"{key}  {', '.join(tests) or 'not answered'}")
    print(f"{sum(map(bool, answers.values()))} of {len(answers)} answered\n\nInvariants\n")
    laws = {f"{letter}{k:02d}": [] for letter, count in NUMBERS.items() for k in range(1, count + 1)}
    for test, passed in outcomes.passed.items():
        if passed and (number := INVARIANT.search(test)):
            laws[number[1].upper()].append(test)
    for key, tests in laws.items():
        print(f"{key}  {', '.join(tests) or 'not tested'}")
    print(f"{sum(map(bool, laws.values()))} of {len(laws)} tested")
    complete = all(right for _, right in lines) and all(answers.values()) and all(laws.values())
    return int(failed or not complete)


if __name__ == "__main__":
    sys.exit(main())
