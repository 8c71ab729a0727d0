"""What the verbs of effects have in common: where averages are made, in which groups, with which errors and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from glmlogit.errors import DataError, NotEstimableError
from glmlogit.inference.with_cov import with_cov

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


class Request(NamedTuple):
    """Options of a call, as :func:`glmlogit.margins` describes them; frozen."""

    at: Any = "overall"
    by: Any = None
    level: float | None = None
    cov: str | None = None
    unconditional: bool = False

    def prepared(self, fit: Estimate, resampled: bool = False) -> Estimate:
        """The fit with the covariance wanted; ``resampled`` tells that the bootstrap makes the standard errors."""
        instead = "unconditional=True" if self.unconditional else "the bootstrap" if resampled else ""
        return with_covariance(fit, self.cov, instead)


def with_covariance(fit: Estimate, cov: str | None, instead: str = "") -> Estimate:
    """The fit with the covariance asked for; an error where it has no estimate to speak of.

    ``instead`` names an option that makes standard errors from the rows, beside which no covariance can be given.
    """
    unreached = fit.capabilities.unreached
    if unreached:
        raise NotEstimableError(f"the fit has no estimate to compute effects from: {unreached}")
    if instead and cov is not None:
        raise DataError(f"{instead} makes standard errors from the rows themselves; leave out cov={cov!r}")
    return fit if cov is None else with_cov(fit, cov)
