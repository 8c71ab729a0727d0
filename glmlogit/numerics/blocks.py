"""How many rows make a block."""

from __future__ import annotations

# Doubles in one row block: its copy, η and the weights stay in a core's second-level cache.
_BLOCK_DOUBLES = 1 << 17


def block_rows(n_columns: int) -> int:
    """Rows in one block: a power of two, so that block borders do not depend on small changes of p."""
    return 1 << max(6, min(13, (_BLOCK_DOUBLES // max(1, n_columns)).bit_length() - 1))
