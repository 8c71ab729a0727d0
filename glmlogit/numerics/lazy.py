"""Properties computed when first asked for, and then kept."""

from __future__ import annotations

import functools
from typing import Any, Self, TypeVar, overload

Value = TypeVar("Value")


class cached_property(functools.cached_property[Value]):
    """:class:`functools.cached_property` without its lock, which Python 3.12 dropped, and a third of its time.

    What is kept is a pure function of frozen fields: two threads that ask at once may compute it twice, and both
    find the same.
    """

    attrname: str  # known once the class is made

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Value: ...
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Self | Value:
        if instance is None:
            return self
        value = instance.__dict__[self.attrname] = self.func(instance)
        return value
