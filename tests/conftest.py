"""Common to all tests: modules of ``support`` are importable, generated examples are the same in every run, untimed."""

import gc
import os
import sys
from pathlib import Path

from hypothesis import settings

# Two workers on two cores: threads of the BLAS, which it starts even for 2 by 2 matrices, only get in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Sentences that tests look for stand on one line; what is printed by default, and narrower, test_columns.py looks at.
os.environ["COLUMNS"] = "100"

sys.path.insert(0, str(Path(__file__).parent / "support"))

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


def pytest_collection_finish() -> None:
    """Leave what the collection made out of each later collection of garbage: it stays to the end."""
    gc.collect()
    gc.freeze()


def pytest_runtest_teardown() -> None:
    """Close the figures that a test left open: the next one counts its own."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
