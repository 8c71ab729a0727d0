"""Terms of another program under the names that they have here."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from glmlogit.errors import DataError

_CONSTANTS = {"(intercept)", "intercept", "_cons", "const", "constant", "cons", "b0"}
_FACTOR = re.compile(r"^(?:as\.factor|factor|c|i)\s*\(\s*([^,()]+?)\s*(?:,[^\[]*)?\)(.*)$")
_TREATED = re.compile(r"\[[ts]\.(.*)\]$")
_OF_STATA = re.compile(r"^(\d+)b?n?\.(\w+)$")


class Matching(NamedTuple):
    """Terms of theirs and the terms here that are the same, and those of either side that are alone."""

    pairs: dict[Any, Any]
    theirs: list[Any]
    ours: list[Any]


def plain(name: Any) -> str:
    """A term in letters and numbers: ``C(race)[T.black]``, ``raceblack``, ``race=black``, ``race_black`` are one."""
    if isinstance(name, tuple):
        return " ".join([str(part) for part in name[:-1]] + [plain(name[-1])])
    text = str(name).replace("`", "").replace("**", "^").replace("np.", "").casefold()
    parts = re.split(r"\s*(?::(?!\s*$)|#+|×|(?<=\w)\*(?=\w))\s*", text)
    return ":".join(sorted(_plain_part(part.strip()) for part in parts if part.strip()))


def _plain_part(part: str) -> str:
    if part in _CONSTANTS:
        return "intercept"
    coded = _OF_STATA.match(part)
    if coded:
        part = coded[2] + coded[1]
    part = re.sub(r"^c\.(?=\w)", "", part)
    factor = _FACTOR.match(part)
    if factor:
        part = factor[1] + factor[2]
    part = _TREATED.sub(r"\1", part)
    return re.sub(r"[^\w^.+\-/<>≥≤]|_", "", part)


def matched(ours: Sequence[Any], theirs: Sequence[Any], names: Mapping[str, str] | None) -> Matching:
    """Pair terms by the names given, as they are, and in plain letters; 0/1 factors (``smoke1``) with their numbers."""
    pairs: dict[Any, Any] = {}
    for there, here in (names or {}).items():
        if there not in theirs or here not in ours:
            who, what = ("the other program", there) if there not in theirs else ("the fit", here)
            raise DataError(f"names={{{there!r}: {here!r}}}: {who} has no term {what!r}")
        pairs[there] = here
    for key in (str, plain, _without_level):
        _pair(pairs, ours, theirs, key)
    return Matching(
        pairs, [name for name in theirs if name not in pairs], [name for name in ours if name not in pairs.values()]
    )


def _pair(pairs: dict[Any, Any], ours: Iterable[Any], theirs: Iterable[Any], key: Any) -> None:
    """Add pairs of terms whose keys are equal and are no other term's."""
    here = _by_key([name for name in ours if name not in pairs.values()], key if key is not _without_level else plain)
    there = _by_key([name for name in theirs if name not in pairs], key)
    pairs |= {names[0]: here[k][0] for k, names in there.items() if len(names) == 1 and len(here.get(k, ())) == 1}


def _by_key(names: Iterable[Hashable], key: Any) -> dict[str, list[Any]]:
    by: dict[str, list[Any]] = {}
    for name in names:
        by.setdefault(key(name), []).append(name)
    return by


def _without_level(name: Any) -> str:
    """The variable of a level that says yes."""
    return re.sub(r"(?:1|true|yes)$", "", plain(name))
