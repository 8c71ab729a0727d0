"""What users call is checked before it is called: unknown options, and other things where a fit belongs.

`checked` wraps each public function once, and the methods of a fit are the same objects. Signatures stay what they are,
and a call that is right costs two set operations more.
"""

from __future__ import annotations

import functools
import inspect
import math
import re
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, ParamSpec, TypeVar

from glmlogit.errors import ArgumentError, GlmlogitError, GlmlogitWarning
from glmlogit.messages.labels import beneath
from glmlogit.messages.memory import out_of_memory
from glmlogit.messages.other_options import option_advice
from glmlogit.messages.words import plural

Given = ParamSpec("Given")
Result = TypeVar("Result")
Kind = TypeVar("Kind", bound=type)

_KINDS: dict[str, type] = {}
_CHECKED: dict[Any, Any] = {}


def warn(text: str, category: type[GlmlogitWarning]) -> None:
    """Warn about the line outside the package that led here."""
    level, frame = 1, sys._getframe()
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == "glmlogit":
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]
    warnings.warn(text, category, stacklevel=level)


def to_install(library: str, extra: str) -> str:
    """What to type where a library is missing: its own name, since an extra's is known to a registry only."""
    pip = "python -m pip install"  # of the Python that runs, where a bare pip may be another's
    return f'Install it with: {pip} {library}, or where glmlogit is in a registry: {pip} "glmlogit[{extra}]"'


def pyplot(missing: str) -> Any:
    """The module ``matplotlib.pyplot``, imported when a plot is drawn; ``missing`` says what needs it.

    Raises
    ------
    ImportError
        Without matplotlib: ``missing``, and what to type.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError(f"{missing} {to_install('matplotlib', 'plot')}") from error
    return pyplot


def checkable(kind: Kind) -> Kind:
    """Let parameters that are annotated with this class be checked."""
    _KINDS[kind.__name__] = kind
    return kind


class _Fits(NamedTuple):
    """A parameter that takes a fit, a design or controls: where it stands, and whether it takes all that follow."""

    position: int
    name: str
    kinds: tuple[str, ...]
    rest: bool

    def values(self, args: tuple[Any, ...], named: Mapping[str, Any]) -> Iterable[Any]:
        if self.name in named:
            return (named[self.name],)
        return args[self.position :] if self.rest else args[self.position : self.position + 1]

    def takes(self, value: Any) -> bool:
        """Whether a value is of one of the kinds; the loop is on the way of every call."""
        for kind in self.kinds:
            if value is None if kind == "None" else kind in _KINDS and isinstance(value, _KINDS[kind]):
                return True
        return False


def checked(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """The function with its options and fits checked before it is called; the same object each time."""
    if function in _CHECKED:
        return _CHECKED[function]  # type: ignore[no-any-return]
    parameters = inspect.signature(function).parameters
    options, fits = _options(function, parameters), tuple(_fits(parameters))
    single = _single(parameters)
    places = _places(parameters)
    needed = [p.name for p in parameters.values() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]

    @functools.wraps(function)
    def call(*args: Given.args, **named: Given.kwargs) -> Result:
        if named and options is not None and not options >= named.keys():
            _refuse_options(function.__name__, list(parameters), options, named)
        if len(args) > places:
            _refuse_positions(function.__name__, list(parameters), places, args)
        if len(args) < len(needed) and not named.keys() >= set(needed[len(args) :]):
            _refuse_missing(function.__name__, needed, args, named)
        for position, value in enumerate(args):
            if position in single and getattr(value, "ndim", None):
                _refuse_several(function.__name__, single[position], value)
        for name, value in named.items():
            if name in single and getattr(value, "ndim", None):
                _refuse_several(function.__name__, single[name], value)
        for fit in fits:
            for value in fit.values(args, named):
                if not fit.takes(value):
                    _refuse_value(function.__name__, fit, value, args)
        try:
            with beneath((*args, *named.values())):
                return function(*args, **named)
        except MemoryError as error:
            if isinstance(error, GlmlogitError):
                raise
            raise out_of_memory(function.__name__, error, [*args, *named.values()]) from error

    call.__module__ = "glmlogit"  # where pickle finds it by its name
    _CHECKED[function] = call
    return call


def checked_methods(kind: Kind) -> Kind:
    """A class whose public methods refuse unknown options by their own names; the class itself."""
    for name, function in [*vars(kind).items()]:
        if inspect.isfunction(function) and name[0] != "_" and function not in _METHODS:
            setattr(kind, name, _checked_method(function))
    return kind


_METHODS: set[Any] = set()


def _checked_method(function: Callable[Given, Result]) -> Callable[Given, Result]:
    parameters = [name for name in inspect.signature(function).parameters if name != "self"]
    options = _options(function, inspect.signature(function).parameters)

    @functools.wraps(function)
    def call(*args: Given.args, **named: Given.kwargs) -> Result:
        if named and options is not None and not options >= named.keys():
            _refuse_options(function.__name__, parameters, options - {"self"}, named)
        with beneath(args[:1]):
            return function(*args, **named)

    _METHODS.add(call)
    return call


def _options(function: Callable[..., Any], parameters: Mapping[str, inspect.Parameter]) -> frozenset[str] | None:
    """Names that may be given; None where a function takes any."""
    names = {p.name for p in parameters.values() if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
    for parameter in parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            kind = re.fullmatch(r"Unpack\[(\w+)\]", str(parameter.annotation))
            if kind is None:
                return None
            names |= set(function.__globals__[kind[1]].__annotations__)
    return frozenset(names)


def _places(parameters: Mapping[str, inspect.Parameter]) -> float:
    """How many arguments may be given by position."""
    kinds = [p.kind for p in parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return math.inf
    return sum(kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD) for kind in kinds)


def _fits(parameters: Mapping[str, inspect.Parameter]) -> Iterator[_Fits]:
    for position, parameter in enumerate(parameters.values()):
        names = (kind.strip() for kind in str(parameter.annotation).split("|"))
        kinds = tuple(_FITS.get(name, name) for name in names)
        if set(kinds) - {"None"} and set(kinds) <= {*_WANTED, "None"}:
            yield _Fits(position, parameter.name, kinds, parameter.kind is parameter.VAR_POSITIONAL)


def _single(parameters: Mapping[str, inspect.Parameter]) -> dict[int | str, str]:
    """Parameters that take one word or number, by position and by name; who gets no formula says more of it."""
    names = [(i, p.name) for i, p in enumerate(parameters.values()) if _is_single(str(p.annotation))]
    names = [(i, name) for i, name in names if name != "formula"]
    return {key: name for i, name in names for key in (i, name)}


_ONE_VALUE = {"str", "float", "int", "bool", "Literal", "TestKind", "Adjust", "Kind", "Method", "Measure"}


def _is_single(annotation: str) -> bool:
    kinds = {kind.strip() for kind in re.sub(r"Literal\[.*?\]", "Literal", annotation).strip("'\"").split("|")}
    return kinds - {"None"} <= _ONE_VALUE


def _refuse_several(function: str, name: str, value: Any) -> NoReturn:
    raise ArgumentError(f"{function}() takes one value as {name}, not {described(value)}; name a column by its text")


# --- options --------------------------------------------------------------------------------------
def _refuse_options(function: str, order: list[str], options: Collection[str], named: Mapping[str, Any]) -> NoReturn:
    name = next(name for name in named if name not in options)
    names = [option for option in order if option in options] + sorted(set(options) - set(order))
    advice = option_advice(name, names)
    shown = ", ".join(option for option in names if option not in ("fit", "formula", "formula_or_design", "data"))
    why = f": {advice}" if advice else ""
    raise ArgumentError(f"{function}() has no option {name}={why}. Its options are {shown or 'none'}")


_TAKEN_BY_NAME = ("options", "printing", "styling")


def _refuse_positions(function: str, order: list[str], places: float, args: tuple[Any, ...]) -> NoReturn:
    positional, named = order[: int(places)], order[int(places) :]
    start = f"{function}({', '.join(positional)}, …)" if named else f"{function}({', '.join(positional)})"
    others = [f"{name}=" for name in named if name not in _TAKEN_BY_NAME]
    rest = f" Name the others: {', '.join(others)}." if others else ""
    raise ArgumentError(
        f"{function}() takes {plural(places, 'argument')} by position, and {len(args)} were given: "
        f"it is called as {start}.{rest}"
    )


def _refuse_missing(function: str, needed: Sequence[str], args: tuple[Any, ...], named: Mapping[str, Any]) -> NoReturn:
    absent = [name for name in needed[len(args) :] if name not in named]
    a_fit = any(isinstance(value, _KINDS.get("Estimate", ())) for value in args) and needed[0] != "fit"
    instead = f", not as {function}(fit)" if a_fit else ""
    raise ArgumentError(
        f"{function}() needs {' and '.join(absent)}: it is called as {function}({', '.join(needed)}, …){instead}"
    )


# --- fits -----------------------------------------------------------------------------------------
def _refuse_value(function: str, fit: _Fits, value: Any, args: tuple[Any, ...]) -> NoReturn:
    wanted = " or ".join(_WANTED[kind] for kind in fit.kinds if kind in _WANTED)
    where = " as further arguments" if fit.rest else f" as {fit.name}" if fit.position else ""
    start = f"{function}() takes {wanted}{where}, not {described(value)}"
    raise ArgumentError(f"{start}. {_instead(function, value, fit, args)}")


# What functions say that take a fit.
_FITS = dict.fromkeys(("Fit", "AnyFit"), "Estimate")
_WANTED = {"Estimate": "a fit", "Design": "a design", "Control": "a Control"}


def described(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "None"
    if isinstance(value, str):
        return f"the text {value[:40] + ('…' if len(value) > 40 else '')!r}"
    if isinstance(value, (list, tuple, set, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    name = value.__name__ if isinstance(value, type) else type(value).__name__
    owner = _OWNERS.get(type(value).__module__.partition(".")[0], f"{'an' if name[:1] in 'aeiouAEIOU' else 'a'} ")
    return ("the class " if isinstance(value, type) else owner) + name


_OWNERS = {"statsmodels": "statsmodels' ", "sklearn": "scikit-learn's ", "pandas": "pandas' ", "numpy": "NumPy's "}


def _instead(function: str, value: Any, fit: _Fits, args: tuple[Any, ...]) -> str:
    root = type(value).__module__.partition(".")[0]
    own = _KINDS.get("Estimate", ())
    if "Control" in fit.kinds:
        return f"Type {fit.name}=gl.Control(max_iter=50, tol=1e-9)"
    if fit.position == 0 and any(isinstance(argument, own) for argument in args):
        return f"The fit comes first: gl.{function}(fit, …)"
    if root == "statsmodels":
        formula = getattr(getattr(value, "model", None), "formula", None)
        call = f"gl.logit({formula!r}, data)" if isinstance(formula, str) else _ARRAYS
        return f"Fit the model here too: {call}; its fit.validate('statsmodels') compares the two"
    if root == "sklearn":
        return f"Fit the model here too: {_ARRAYS}; scikit-learn penalises unless penalty=None"
    if isinstance(value, (list, tuple, set, dict)):
        return f"Give them one by one: gl.{function}(fit, *others)" if fit.rest else _each(function)
    if isinstance(of_levels := getattr(value, "fits", None), Mapping) and of_levels:
        return f"It has a fit for each level: gl.{function}(fits.fits[{next(iter(of_levels))!r}])"
    if type(value).__name__ == "Design":
        return "Fit it first: fit = gl.logit(design)"
    formula = value if isinstance(value, str) and "~" in value else None
    return f"Fit first: fit = gl.logit({'formula' if formula is None else repr(formula)}, data)"


def _each(function: str) -> str:
    return f"Call it for each: [gl.{function}(fit) for fit in fits]"


_ARRAYS = "gl.logit(gl.design_arrays(y, X, intercept=True))"
