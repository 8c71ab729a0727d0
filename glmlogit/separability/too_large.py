"""What is too large for the linear program that tells near separation from separation."""

from __future__ import annotations

from glmlogit.data.rows import Rows
from glmlogit.data.storage import Dense
from glmlogit.errors import NotEstimableError

# Rows times columns of a linear program over all rows where they have to be written out for it: 4 GB.
MOST_DECIDED = 500_000_000


def refuse_too_large(rows: Rows) -> None:
    """Refuse rows that are not held as numbers and too many to be written out for the linear program."""
    n, p, memory = rows.n_rows, rows.n_columns, rows.memory
    if n * p <= MOST_DECIDED or (memory is not None and isinstance(memory.matrix, Dense)):
        return
    raise NotEstimableError(
        f"whether a finite estimate exists cannot be decided: {n:,} rows of {p:,} columns are too many for the linear "
        f"program that tells near separation from separation. Merge levels with few rows, or use gl.firth, whose "
        f"estimates are always finite"
    )
