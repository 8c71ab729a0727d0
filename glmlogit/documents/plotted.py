"""Pictures of results in the style, the language and with the labels that a call asks for."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from glmlogit.documents.style import Printing, using
from glmlogit.messages.labels import beneath

Plot = TypeVar("Plot", bound=Callable[..., Any])


def styled_plot(function: Plot) -> Plot:
    """A ``plot`` of a result that takes ``style=`` and the like, and has the style of the result without."""
    if hasattr(function, "__signature__"):
        return function
    signature = inspect.signature(function)
    printing = inspect.Parameter("printing", inspect.Parameter.VAR_KEYWORD, annotation="Unpack[Printing]")

    @functools.wraps(function)
    def plot(self: Any, *args: Any, **named: Any) -> Any:
        look: Any = {name: named.pop(name) for name in Printing.__annotations__ if name in named}
        with using(getattr(self, "_styled", None)), beneath((self,)), using(**look):
            return function(self, *args, **named)

    vars(plot)["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), printing])
    return plot  # type: ignore[return-value]
