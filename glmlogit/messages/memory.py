"""What is said where memory runs out: how much was asked for, and what takes less."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from glmlogit.errors import OutOfMemoryError

_REMEDY = (
    "Use fewer rows or columns; keep factors as categories, which are read by code; give X as float32; or count equal "
    "rows once, with weights="
)


def out_of_memory(function: str, error: MemoryError, arguments: Iterable[Any]) -> OutOfMemoryError:
    """The MemoryError of a public function as one of ours, which says the sizes of what was given."""
    cause = str(error).rstrip(".") or "the system gave no more"
    cause = cause[0].lower() + cause[1:]
    return OutOfMemoryError(f"{function}() ran out of memory ({cause}){_sizes(arguments)}. {_REMEDY}")


def _sizes(arguments: Iterable[Any]) -> str:
    """What the largest of the arguments takes as numbers of eight bytes."""
    shapes = [shape for shape in map(_shape, arguments) if shape is not None]
    if not shapes:
        return ""
    n, p = max(shapes, key=lambda shape: shape[0] * shape[1])
    return f": {n:,} rows of {p:,} columns need about {_bytes(8 * n * p)}, and as much again while they are read"


def _shape(argument: Any) -> tuple[int, int] | None:
    """Rows and columns of a design, a frame, an array or the design of a fit."""
    argument = getattr(argument, "design", argument)
    n, p = getattr(argument, "n_rows", None), getattr(argument, "n_columns", None)
    if isinstance(n, int) and isinstance(p, int):
        return n, p
    shape = getattr(argument, "shape", None)
    if not (isinstance(shape, tuple) and 1 <= len(shape) <= 2 and all(isinstance(size, int) for size in shape)):
        return None
    return shape[0], shape[1] if len(shape) == 2 else 1


def _bytes(size: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
