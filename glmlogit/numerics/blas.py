"""One thread of the BLAS where matrices are small: a second one spins longer than it works.

OpenBLAS, which comes with NumPy and SciPy, wakes its threads for matrices of a few hundred columns, and they wait in a
loop: a fit of 2,000 rows and 200 columns took 58 times the processor time on a busy machine of two processors.
"""

from __future__ import annotations

import ctypes
import glob
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path

import numpy as np

# Columns up to which OpenBLAS wakes no thread anyway, and from which products are large enough to be shared.
SMALL, LARGE = 32, 1000
_NAMES = [f"{before}openblas_{{}}_num_threads{after}" for before in ("scipy_", "") for after in ("64_", "_64", "")]


@cache
def _libraries() -> tuple[tuple[Callable[[], int], Callable[[int], None]], ...]:
    """Functions that tell and set the number of threads, of each OpenBLAS that is loaded."""
    handles = []
    for path in sorted(_paths()):
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for name in _NAMES:
            tell, put = (getattr(library, name.format(verb), None) for verb in ("get", "set"))
            if tell is not None and put is not None:
                handles.append((tell, put))
                break
    return tuple(handles)


def _paths() -> set[str]:
    """Files of the OpenBLAS libraries in this process: those mapped if the system tells, else those of the wheels."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as lines:
            return {line.split(maxsplit=5)[-1].strip() for line in lines if "openblas" in line}
    except OSError:
        beside = Path(np.__file__).parent.parent
        return {path for package in ("numpy", "scipy") for path in glob.glob(f"{beside}/{package}*libs/*openblas*")}


_lock = threading.Lock()
_inside, _before = 0, list[int]()


def one_thread(columns: int) -> AbstractContextManager[None]:
    """One thread of each OpenBLAS for as long as some caller is inside, and as many as before afterwards."""
    return _one_thread() if SMALL <= columns < LARGE and _libraries() else _AS_IT_IS


_AS_IT_IS = nullcontext()


@contextmanager
def _one_thread() -> Iterator[None]:
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside
    with _lock:
        if not _inside:
            _before[:] = [tell() for tell, _ in _libraries()]
            _set([1] * len(_before))
        _inside += 1


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if not _inside:
            _set(_before)


def _set(counts: list[int]) -> None:
    for (tell, put), count in zip(_libraries(), counts, strict=True):
        if tell() != count:
            put(count)


def counts() -> list[int]:
    """Threads of each OpenBLAS that is loaded now."""
    return [tell() for tell, _ in _libraries()]


__all__ = ["LARGE", "SMALL", "counts", "one_thread"]
