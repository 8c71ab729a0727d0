"""Options of the iteration, and how it ended in the sentence that users read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from glmlogit.errors import DataError
from glmlogit.messages.calls import checkable


class Status(Enum):
    """How an iteration ended; the value is the sentence the user reads."""

    CONVERGED = "Converged: the score is zero to rounding."
    SEPARATED = (
        "Converged in the limiting model: a combination of covariates predicts the outcome perfectly in some rows "
        "(separation), and the coefficients shown as infinite have no finite estimate."
    )
    DIVERGING = (
        "Not converged: the likelihood is still rising as estimates diverge, as it does when a "
        "combination of covariates predicts the outcome perfectly (separation)."
    )
    STALLED = "Not converged: no step in the Newton direction raises the likelihood any further."
    SINGULAR = "Not converged: the information matrix is numerically singular at the current estimate."
    MAX_ITER = "Not converged: stopped at the limit of iterations (Control.max_iter)."


@checkable
@dataclass(frozen=True)
class Control:
    """Options of the iteration, in one value.

    Parameters
    ----------
    tol : float
        Newton decrement at which to stop, in standard errors of the worst linear combination of
        coefficients. One more full Newton step is taken after it is reached.
    max_iter : int
        Limit of Newton steps.
    threads : int or None
        Limit of threads of a pass over the rows while fitting; None takes as many as there are processors.
        Small data take one. No result depends on it, to the last bit. OpenBLAS has one thread during a fit
        of 32 to 999 columns; otherwise ``OPENBLAS_NUM_THREADS`` is what says.
    strict : bool
        Raise :class:`~glmlogit.errors.ConvergenceError` instead of warning when not converged.

    Notes
    -----
    *Differs* from R's ``glm.control(epsilon)`` and statsmodels' ``tol``, which compare deviances or
    coefficients of successive iterations and so depend on the scale of weights and data.
    """

    tol: float = 1e-9
    max_iter: int = 100
    threads: int | None = None
    strict: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.tol < 1e-4:
            raise DataError(f"Control(tol={self.tol!r}): the tolerance must lie between 0 and 1e-4")
        if self.max_iter < 1:
            raise DataError(f"Control(max_iter={self.max_iter!r}): at least one iteration is needed")
        if self.threads is not None and self.threads < 1:
            raise DataError(f"Control(threads={self.threads!r}): give a positive number or None")
