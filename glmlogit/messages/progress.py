"""A progress bar for long work: on standard error, only where that is a terminal, and not in the first seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

_PATIENCE, _EVERY, _WIDTH = 2.0, 0.2, 30


def shown(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """Pass items on, drawing how many of ``total`` are done."""
    start = last = time.monotonic()
    drawn = False
    try:
        for done, item in enumerate(items):
            now = time.monotonic()
            if now - start > _PATIENCE and now - last > _EVERY and sys.stderr is not None and sys.stderr.isatty():
                last, drawn = now, True
                print(f"\r{_bar(what, done, total, now - start)}", end="", file=sys.stderr, flush=True)
            yield item
    finally:
        if drawn:
            print(f"\r{' ' * 79}\r", end="", file=sys.stderr, flush=True)


def _bar(what: str, done: int, total: int, seconds: float) -> str:
    full = _WIDTH * done // total
    left = seconds / max(done, 1) * (total - done)
    return f"{what} {'█' * full}{'·' * (_WIDTH - full)} {done}/{total}, {left:.0f} s left"
