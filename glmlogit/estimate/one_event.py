"""Analyses of one probability a row, and outcomes that have several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glmlogit.errors import UnsupportedError

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def require_one_event(fit: Estimate, what: str) -> None:
    """Refuse an analysis of one probability a row of an outcome that has several."""
    if fit.capabilities.why_no_residual:
        raise UnsupportedError(f"{what} one probability a row: {fit.capabilities.why_no_residual}")
