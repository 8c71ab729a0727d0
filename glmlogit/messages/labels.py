"""What users call variables and their levels: given to a call, active in a block, or carried by data and fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from glmlogit.errors import DataError


@dataclass(frozen=True)
class Labels:
    """Names to print: of variables and terms, and of the levels of a variable by their values.

    ``outcome`` is the variable whose levels stand where tables name outcomes only.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    outcome: str = ""

    def __bool__(self) -> bool:
        return bool(self.names or self.levels)

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells labels apart, to remember what is made of them."""
        levels = tuple(
            (name, tuple((str(value), str(text)) for value, text in of.items())) for name, of in self.levels.items()
        )
        return tuple(self.names.items()), levels, self.outcome

    def name(self, *names: str, default: str) -> str:
        """The label of the first of some names that has one."""
        return next((self.names[name] for name in names if name in self.names), default)

    def level(self, variables: Sequence[str], term: str, level: Any) -> str:
        """The label of a level: by its term, or by its value among those of one of the variable's names."""
        if term in self.names and term not in variables:
            return self.names[term]
        for variable in variables:
            text = self.of_level(variable, level)
            if text is not None:
                return text
        return str(level)

    def of_level(self, variable: str, level: Any) -> str | None:
        """The label of a value of a variable, by the value or its text; None where it has none."""
        of = self.levels.get(variable) or self.levels.get(column_of(variable), {})
        for value in (level, str(level), *_as_whole(level)):
            if value in of:
                return str(of[value])
        return next((str(text) for value, text in of.items() if str(value) == str(level)), None)

    def over(self, below: Labels) -> Labels:
        """These labels, and those of ``below`` for what has none here; levels one by one."""
        if not below or not self:
            return self or below
        levels = {name: {**below.levels.get(name, {}), **of} for name, of in self.levels.items()}
        return Labels({**below.names, **self.names}, {**below.levels, **levels}, self.outcome or below.outcome)


def column_of(text: str) -> str:
    """The column of a factor: ``race`` of ``C(race, Treatment('white'))``."""
    factor = re.fullmatch(r"C\(\s*`?([^`,]+?)`?\s*(?:,.*)?\)", text, re.DOTALL)
    return factor[1] if factor else text.strip("`")


def _as_whole(level: Any) -> tuple[Any, ...]:
    """The whole number that a text or a number with decimals of 0 is: value labels of files have such."""
    try:
        value = float(level)
    except (TypeError, ValueError):
        return ()
    return (int(value), str(int(value))) if value.is_integer() else ()


NO_LABELS = Labels()


def labels_of(labels: Any, data: Any = None) -> Labels:
    """Labels of a call, before those of the data: ``{"race": "Race", "smoke": {0: "No", 1: "Yes"}}``.

    A label is a text, or of levels a mapping of values to texts; both are ``{"race": ("Race", {"black": "Black"})}``.
    Of a frame, ``attrs["labels"]`` has names of variables and ``attrs["value_labels"]`` mappings of levels.

    Raises
    ------
    DataError
        For what is no such mapping, and two levels of a variable with one label.
    """
    if isinstance(labels, Labels):
        return labels.over(carried(data))
    if labels is not None and not isinstance(labels, Mapping):
        raise DataError(f"labels={labels!r}: name the term and its label, such as {{'lwt': 'Weight of mother'}}")
    names: dict[str, str] = {}
    levels: dict[str, Mapping[Any, str]] = {}
    for key, label in (labels or {}).items():
        parts = label if isinstance(label, tuple) else (label,)
        for part in parts:
            if isinstance(part, Mapping):
                _check_apart(key, part)
                levels[key] = part
            elif isinstance(part, str):
                names[key] = part
            else:
                raise DataError(
                    f"the label of {key!r} is {label!r}; give a text, or of its levels a mapping of values to texts"
                )
    return Labels(names, levels).over(carried(data))


def _check_apart(name: str, of: Mapping[Any, str]) -> None:
    """Refuse levels whose rows could not be told apart."""
    first: dict[str, Any] = {}
    for value, text in of.items():
        if not isinstance(text, str):
            raise DataError(f"the label of level {value!r} of {name!r} is {text!r}; give a text")
        if text in first:
            raise DataError(
                f"labels call levels {first[text]!r} and {value!r} of {name!r} both {text!r}; their rows could not be "
                f"told apart. Give each its own label, or merge the levels in the data"
            )
        first[text] = value


def carried(value: Any) -> Labels:
    """Labels that a fit, a result or a frame carries; of a frame those of its ``attrs``."""
    if isinstance(value, Carrier):
        return value._labels
    attrs = getattr(value, "attrs", None) if hasattr(type(value), "attrs") else None
    if not isinstance(attrs, Mapping) or not attrs:
        return NO_LABELS
    names = {str(key): str(text) for key, text in _mapping(attrs.get("labels")).items() if text}
    levels = {str(key): _apart(of) for key, of in _mapping(attrs.get("value_labels")).items() if _mapping(of)}
    return Labels(names, levels) if names or levels else NO_LABELS


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _apart(of: Mapping[Any, Any]) -> Mapping[Any, str]:
    """Labels of levels as a file has them, those that are alike with the value behind."""
    texts = [str(text) for text in of.values()]
    return {
        value: text if texts.count(text) == 1 else f"{text} ({value})" for value, text in zip(of, texts, strict=True)
    }


def check_known(labels: Labels, names: Iterable[str], what: str) -> None:
    """Refuse labels of a call for what is no name of a model or a table."""
    listed = list(dict.fromkeys(names))
    for name in (*labels.names, *labels.levels):
        if name not in listed:
            raise DataError(
                f"labels name {name!r}, which is no {what}; there are {', '.join(listed)}. Labels that several models "
                f"share may name more: with gl.style(labels=...): ..."
            )


# --- labels in force ------------------------------------------------------------------------------
class Carrier:
    """What carries labels: they are in force while its methods and functions of it work, and where it prints."""

    __slots__ = ()
    _labels: Labels = NO_LABELS


_IN_FORCE: ContextVar[Labels] = ContextVar("glmlogit_labels", default=NO_LABELS)


def in_force() -> Labels:
    """The labels by which variables are called here and now."""
    return _IN_FORCE.get()


@contextmanager
def _during(labels: Labels) -> Iterator[None]:
    token = _IN_FORCE.set(labels)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


_NOTHING = nullcontext()


def labelled(labels: Labels) -> AbstractContextManager[None]:
    """Labels of a call, before those in force, until its end."""
    return _during(labels.over(in_force())) if labels else _NOTHING


def beneath(values: Iterable[Any]) -> AbstractContextManager[None]:
    """Labels that some arguments carry, behind those in force, until the end of a call."""
    labels = now = in_force()
    for value in values:
        if isinstance(value, Carrier) or hasattr(type(value), "attrs"):
            labels = labels.over(carried(value))
    return _NOTHING if labels is now else _during(labels)


def push(labels: Labels) -> Any:
    """Bring labels into force before those in force; what :func:`pop` takes back."""
    return _IN_FORCE.set(labels.over(in_force()))


def pop(token: Any) -> None:
    """Take back what :func:`push` brought into force."""
    _IN_FORCE.reset(token)
