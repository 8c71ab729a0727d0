"""The functions a formula may call.

A transform that learns something from the data (means, knots, levels) writes it into the dict `state` it
is given when that is empty, and reads it there afterwards, so that new rows go through the same numbers.
Means, knots and the like are those of the observations: `counts` says how many of them each row stands for,
None one each.
Their complaints have no subject: the interpreter puts the expression in front.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames, texts
from glmlogit.data.patterns import Codes, counts
from glmlogit.errors import DataError
from glmlogit.formula.splines import Counts, State, b_splines, cubic, natural, orthogonal, restricted
from glmlogit.messages.words import listed
from glmlogit.numerics.arrays import mean, total

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Levels:
    """A factor: the code of each row, its levels in order, and its contrasts (formulaic's)."""

    codes: Codes
    levels: tuple[Hashable, ...]
    contrasts: Any = None


@dataclass(frozen=True, eq=False)
class Function:
    """One function of the allow-list: how it is called and what it does."""

    call: Callable[..., Any]
    signature: inspect.Signature
    role: str
    """"plain" (arrays in and out), "stateful", "factor", "contrast" or "literal"."""
    data: int = 1

    @property
    def literal_arguments(self) -> bool:
        """Whether every argument after the data must be written out as a literal."""
        return self.role != "plain"


def _log(x: Array, base: float | None = None) -> Array:
    return np.asarray(np.log(x) if base is None else np.log(x) / np.log(base))


def _hinge(x: Array, k: float) -> Array:
    return np.asarray(np.maximum(x - k, 0.0))


def _identity(x: Any) -> Any:
    return x


def _center(x: Array, state: State, counts: Counts) -> Array:
    return _scale(x, state, counts, True, False)


def _scale(x: Array, state: State, counts: Counts, center: Any = True, scale: Any = True, ddof: int = 1) -> Array:
    """(x − mean)/sd with the divisor n − `ddof`, as R's ``scale``; both are those of the observations of the fit."""
    if not state:
        shift = (mean(x, counts) if center else 0.0) if isinstance(center, bool) else float(center)
        n = total(np.ones(len(x)), counts)
        spread = np.sqrt(total((x - shift) ** 2, counts) / max(n - ddof, 1.0)) if scale is True else scale
        state.update(shift=float(shift), spread=float(spread) if spread else 1.0)
        if scale is True and spread == 0:
            raise DataError("has the same value in every row, so it cannot be scaled to standard deviation 1")
    return np.asarray((x - state["shift"]) / state["spread"])


def _standardize(
    x: Array, state: State, counts: Counts, center: bool = True, rescale: bool = True, ddof: int = 0
) -> Array:
    return _scale(x, state, counts, center, rescale, ddof)


def _as_factor(x: Any, state: State, contrasts: Any = None, levels: Any = None) -> Levels:
    """``C(x, contrasts, levels=)``: a factor with chosen contrasts and order of levels."""
    if isinstance(x, Levels):
        return Levels(x.codes, x.levels, contrasts or x.contrasts)
    column = x if isinstance(x, pd.Series) else pd.Series(x)
    coded = code(column, state, levels)
    return Levels(coded.codes, coded.levels, contrasts)


def _relevel(x: Any, state: State, ref: Any) -> Levels:
    """The factor with level `ref` moved to the front, as R's ``relevel``."""
    coded = x if isinstance(x, Levels) else code(x if isinstance(x, pd.Series) else pd.Series(x), state)
    if ref not in coded.levels:
        raise DataError(f"has no level {ref!r}; its levels are {listed(coded.levels)}")
    position = coded.levels.index(ref)
    order = [position, *(i for i in range(len(coded.levels)) if i != position)]
    codes = np.argsort(order).astype(np.int32)[coded.codes]
    return Levels(codes, tuple(coded.levels[i] for i in order), coded.contrasts)


def code(column: pd.Series[Any], state: State, levels: Any = None) -> Levels:
    """Code a column by its levels; the first call learns them into `state`, later calls look them up.

    Levels of a categorical keep its order, others are sorted; unused ones are dropped (and noted in
    ``state["unused"]``).

    Raises
    ------
    DataError
        One level only, levels that print alike, or a level that was not seen before.
    """
    codes, values = _factorised(column)
    if len(codes) and codes.min() < 0:
        raise DataError(f"has missing values in {int((codes < 0).sum())} row(s); drop those rows first")
    used = values
    if isinstance(column.dtype, pd.CategoricalDtype):
        used = [values[i] for i in np.flatnonzero(counts(codes, len(values))).tolist()]
    if "levels" not in state:
        names = texts.alike(used)
        if names:
            state.update(alike=names, column=column.name)
            used = list(dict.fromkeys(names.get(v, v) for v in used))
        in_order = values if isinstance(column.dtype, pd.CategoricalDtype) else None
        _learn_levels(state, used, in_order, levels)
    code_of = _code_by_level(state, values)
    places = [code_of.get(v, -1) for v in values]
    if unseen := [v for v in used if v not in code_of]:
        _refuse_unseen(column, column.isin(unseen).to_numpy(dtype=bool), state["levels"])
    same = places == list(range(len(places)))
    return Levels(codes if same else np.array(places, dtype=np.int32)[codes], state["levels"])


def _code_by_level(state: State, values: Iterable[Any]) -> dict[Any, int]:
    """The place of each value among the levels; values that no reader tells from a level stand for it."""
    exact = {level: i for i, level in enumerate(state["levels"])}
    if all(map(exact.__contains__, values)):
        return exact
    shown = {texts.as_shown(level): i for level, i in exact.items()}
    return {value: shown[key] for value in values if (key := texts.as_shown(value)) in shown} | exact


def _factorised(column: pd.Series[Any]) -> tuple[Codes, list[Any]]:
    """Codes, -1 where missing, and what they stand for: the values that occur, or all categories of a categorical."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.array.codes), column.dtype.categories.tolist()
    own: Any = column if isinstance(column.dtype, np.dtype) else column.array  # a fourth of the time, of its own kind
    if isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow":  # and a fourth of that
        text = own.__arrow_array__()
        encoded = (text.chunk(0) if text.num_chunks == 1 else text.combine_chunks()).dictionary_encode()
        if not text.null_count:
            return encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
    codes, values = own.factorize()
    return codes, [v.item() if isinstance(v, np.generic) else v for v in values]


def _learn_levels(state: State, values: list[Any], in_order: list[Any] | None, chosen: Any) -> None:
    """Learn the levels among ``values``: as they were ``chosen``, as categories are ``in_order``, else sorted."""
    if chosen is not None:
        order = list(chosen) if isinstance(chosen, tuple) else [chosen]
    elif in_order is not None:
        names = state.get("alike", {})
        order = list(dict.fromkeys(names.get(v, v) for v in in_order))
    else:
        order = sorted(values)
    used = set(values)
    absent = used.difference(order)
    if absent:
        raise DataError(f"holds {listed(sorted(absent, key=str))}, not among levels={listed(order)}")
    state["unused"] = tuple(v for v in order if v not in used)
    state["levels"] = tuple(v for v in order if v in used)
    _check_levels(state["levels"])


def _check_levels(levels: tuple[Any, ...]) -> None:
    if len(levels) < 2:
        what = f"only one level, {levels[0]!r}" if levels else "no level at all"
        raise DataError(
            f"has {what} in the rows used, so nothing can be compared: remove it from the formula, "
            "or check which rows were dropped"
        )
    printed = [str(v) for v in levels]
    if len(set(printed)) < len(printed):
        alike = [v for v in levels if printed.count(str(v)) > 1]
        raise DataError(f"has levels that print alike: {listed(alike)}. Give them one type")


def _refuse_unseen(column: pd.Series[Any], unseen: npt.NDArray[np.bool_], levels: tuple[Any, ...]) -> None:
    new = list(dict.fromkeys(column[unseen].tolist()))
    raise DataError(
        f"has {len(new)} level(s) that the fit did not see: {listed(new)} ({int(unseen.sum())} "
        f"{'row' if unseen.sum() == 1 else 'rows'}: {frames.first_rows(column.index, unseen)}). "
        f"No coefficient exists for them; the known levels are {listed(levels)}"
    )


def _contrast(name: str) -> Callable[..., Any]:
    def make(*args: Any, **options: Any) -> Any:
        from formulaic.transforms import contrasts

        if "reference" in options:
            options["base"] = options.pop("reference")
        return getattr(contrasts, f"{name}Contrasts")(*args, **options)

    return make


def _function(call: Callable[..., Any], role: str) -> Function:
    parameters = list(inspect.signature(call).parameters.values())
    shown = [p.replace(annotation=inspect.Parameter.empty) for p in parameters if p.name not in ("state", "counts")]
    return Function(call, inspect.Signature(shown), role)


def _ufunc(ufunc: Callable[..., Any]) -> Function:
    return Function(ufunc, inspect.signature(lambda x: x), "plain")


def _contrast_function(name: str, **defaults: Any) -> Function:
    kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(k, kinds, default=v) for k, v in defaults.items()]
    return Function(_contrast(name), inspect.Signature(parameters), "contrast", data=0)


FUNCTIONS: Mapping[str, Function] = {
    "C": _function(_as_factor, "factor"),
    "I": _function(_identity, "plain"),
    "Q": _function(_identity, "plain"),
    "abs": _ufunc(np.abs),
    "bs": _function(b_splines, "stateful"),
    "c": Function(lambda *values: values, inspect.signature(lambda *values: values), "literal", data=0),
    "cbind": Function(_identity, inspect.signature(lambda events, nonevents, *levels: 0), "plain", data=2),
    "cc": _function(cubic(True), "stateful"),
    "center": _function(_center, "stateful"),
    "cr": _function(cubic(False), "stateful"),
    "exp": _ufunc(np.exp),
    "expm1": _ufunc(np.expm1),
    "hinge": _function(_hinge, "plain"),
    "log": _function(_log, "plain"),
    "log10": _ufunc(np.log10),
    "log1p": _ufunc(np.log1p),
    "log2": _ufunc(np.log2),
    "ns": _function(natural, "stateful"),
    "offset": _function(_identity, "plain"),
    "poly": _function(orthogonal, "stateful"),
    "rcs": _function(restricted, "stateful"),
    "relevel": _function(_relevel, "factor"),
    "scale": _function(_scale, "stateful"),
    "sqrt": _ufunc(np.sqrt),
    "standardize": _function(_standardize, "stateful"),
    "Treatment": _contrast_function("Treatment", reference=None),
    "contr.treatment": _contrast_function("Treatment", base=None),
    "SAS": _contrast_function("SAS", reference=None),
    "Sum": _contrast_function("Sum"),
    "Helmert": _contrast_function("Helmert", reverse=True, scale=False),
    "Poly": _contrast_function("Poly", scores=None),
    "Diff": _contrast_function("Diff", backward=True),
}
"""Every function that a formula may call without the caller passing it in ``functions``."""

CONTRASTS = frozenset(name for name, f in FUNCTIONS.items() if f.role == "contrast")

ALIASES: Mapping[str, str] = {
    **{f"contr.{name.lower()}": name for name in CONTRASTS if "." not in name and name != "Treatment"},
    **{name.lower(): name for name in CONTRASTS if "." not in name and name != "Poly"},
    "contr.SAS": "SAS",
}
"""Other spellings: R's ``contr.sum``, and lower case where no transform has that name."""
