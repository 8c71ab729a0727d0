"""Values of one kind, a file each: whoever adds the file has added the value."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import TypeVar

from glmlogit.numerics.lazy import cached_property

Value = TypeVar("Value")


class Registry(MutableMapping[str, Value]):
    """What the files of a folder of the package define under one name, by the names of the files.

    The folder is looked into when the registry is first used, and a file is imported when its value is asked for.
    ``first`` names those that lists begin with; the others follow by the alphabet.
    """

    def __init__(self, folder: str, attribute: str, first: tuple[str, ...] = ()) -> None:
        self._folder, self._attribute, self._first = folder, attribute, first
        self._values: dict[str, Value] = {}

    @cached_property
    def _names(self) -> dict[str, None]:
        import pkgutil

        files = [file.name for file in pkgutil.iter_modules(import_module(self._folder).__path__)]
        return dict.fromkeys([*(name for name in self._first if name in files), *sorted(files)])

    def __getitem__(self, name: str) -> Value:
        if name not in self._values and name in self._names:
            self._values[name] = getattr(import_module(f"{self._folder}.{name}"), self._attribute)
        return self._values[name]

    def __setitem__(self, name: str, value: Value) -> None:
        self._names[name] = None
        self._values[name] = value

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        self._values.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
