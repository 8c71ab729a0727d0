"""Where Wald tests fail as estimates grow: a look at the maximum, and likelihood-ratio tests where it is suspicious.

The standard error of a large coefficient grows faster than the coefficient, and its Wald statistic falls while the
evidence rises (Hauck & Donner 1977). Yee (2022) reads that off the derivative of the Wald statistic, for which a look
at the third derivatives of the likelihood is enough; nothing is fitted again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.inference.evidence import LONG
from glmlogit.inference.profile import Profile
from glmlogit.inference.profile_path import profile_cost, why_no_profile
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, sentence

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]

# Slope of the Wald statistic, 1 for a quadratic log-likelihood, below which a likelihood-ratio test is worth its time.
# To third order the likelihood-ratio statistic is 1 + ⅔(1 − slope) times Wald's: a third above it here.
SUSPICIOUS = 0.5
# Wald statistics below this never were a tenth of the evidence of a likelihood-ratio test.
LEAST_WALD = 0.5
# Wald p-values that are printed as <2e-16 mislead nobody.
NIL = 2.220446049250313e-16


def slopes(fit: Estimate, columns: npt.NDArray[np.intp]) -> Array:
    """Half the elasticity of the Wald statistics of some finite coefficients, along the profile likelihood.

    With V = (I⁻¹)_jj and c = I⁻¹e_j, W = β²/V changes as ``d log W/d log β = 2 − (β/V)·dV/dβ``, where
    ``dV = −c'dI c`` and the other coefficients follow by ``c/V`` as in the profile: ``1 + β·c'g/(2V²)`` is returned, g
    the gradient of ``c'I c`` with c held fixed. Below 0 the Wald statistic falls as the coefficient grows.
    """
    coefs, root = fit.coefs, fit.surface.inverse_root
    slope = np.empty(len(columns))
    for k, j in enumerate(columns.tolist()):
        place = int(np.flatnonzero(coefs.estimated == j)[0])
        along = np.zeros(coefs.size)
        along[coefs.estimated] = root @ root[place]
        gradient = fit.surface.information_gradient(along)
        slope[k] = 1.0 + coefs.beta[j] * (gradient @ along) / (2.0 * along[j] ** 2)
    return slope


def _worth_a_look(fit: Estimate) -> npt.NDArray[np.intp]:
    """Columns whose Wald test could mislead: finite estimates other than the constant, neither nil nor certain."""
    z = fit.zvalues.to_numpy()
    wald, p = np.square(z), fit.reference.pvalue(z)
    worth = (wald >= LEAST_WALD) & (p >= NIL)  # not for NaN
    worth[list(fit.columns.constants)] = False
    return np.flatnonzero(worth)


def suspects(fit: Estimate) -> dict[str, float]:
    """Slopes of the Wald statistics of terms that a likelihood-ratio test may contradict."""
    columns = _worth_a_look(fit)
    return {fit.coefs.labels[j]: s for j, s in zip(columns, slopes(fit, columns), strict=True) if s < SUSPICIOUS}


def notes(fit: Estimate) -> tuple[Note, ...]:
    """What a page of Wald tests must say of them: terms for which likelihood-ratio tests disagree widely.

    For maximum likelihood with the model's covariance; the constant, whose test of even odds nobody asks for, is left
    to :func:`~glmlogit.profile`.
    """
    if not fit.capabilities.plain or why_no_profile(fit):
        return ()
    if fit.saved is not None:
        return fit.saved.wald_notes
    columns = suspects(fit)
    return tuple(_notes(fit, columns)) if columns else ()


def _notes(fit: Estimate, slope: dict[str, float]) -> Iterator[Note]:
    if len(slope) * profile_cost(fit) <= LONG:
        try:
            yield from Profile(fit, tuple(slope)).notes
            return
        except UnsupportedError:  # no likelihood-ratio test to compare with
            pass
    falling = [term for term, s in slope.items() if s < 0.0]
    if falling:
        yield Note(
            "hauck_donner",
            sentence(_FALLING, names=list(map(Name, falling)), call=f"gl.profile(fit, {falling!r}).tests"),
        )


_FALLING = (
    "Wald tests understate the evidence for {names}: estimates are so large that the Wald statistic falls as they grow "
    "(Hauck-Donner). Likelihood-ratio tests: {call}."
)
