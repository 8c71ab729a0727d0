"""A bound of processor time, for calls that may hang."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class TooLong(BaseException):
    """A call took more processor time than any should."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raise TooLong where a call uses more processor time."""

    def stop(signum: int, at: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
