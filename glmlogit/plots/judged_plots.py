"""Pictures of how good a model is, as plots of a fit: the verb that judges it, and the picture of its result."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from glmlogit.decisions.decision_curve import decision_curve
from glmlogit.decisions.gain import gain
from glmlogit.decisions.thresholds import thresholds
from glmlogit.evaluation.calibration import calibration
from glmlogit.evaluation.judged_rows import RowOptions
from glmlogit.evaluation.precision_recall import precision_recall
from glmlogit.evaluation.roc import roc

# Arguments of the verbs that stand in place of a fit.
_INSTEAD_OF_A_FIT = ("y", "p", "score")


def _picture_of(verb: Callable[..., Any]) -> Callable[..., Any]:
    """A plot of a fit that draws what a verb says of it; it takes ``ax``, ``width`` and the options of the verb."""

    def draw(fit: Any, *, ax: Any = None, width: Any = None, **options: Any) -> Any:
        return verb(fit, **options).plot(ax=ax, width=width)

    draw.__signature__ = _signature(verb)  # type: ignore[attr-defined]
    return draw


def _signature(verb: Callable[..., Any]) -> inspect.Signature:
    first, *rest = inspect.signature(verb).parameters.values()
    own = [part.name for part in rest if part.kind is not part.VAR_KEYWORD and part.name not in _INSTEAD_OF_A_FIT]
    keywords = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
        for name in ("ax", "width", *own, *RowOptions.__annotations__)
    ]
    fit = first.replace(name="fit", default=inspect.Parameter.empty, kind=first.POSITIONAL_OR_KEYWORD)
    return inspect.Signature([fit, *keywords])


_VERBS: dict[str, Callable[..., Any]] = {
    "roc": roc,
    "precision_recall": precision_recall,
    "calibration": calibration,
    "thresholds": thresholds,
    "decision": decision_curve,
    "gain": gain,
}
JUDGED = {kind: _picture_of(verb) for kind, verb in _VERBS.items()}
