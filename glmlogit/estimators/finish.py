"""From a maximum to a fit: covariance kind, capabilities, notes, and warnings of separation or collinearity."""

from __future__ import annotations

import math
import re

from glmlogit.designs.container import Design
from glmlogit.errors import CollinearityWarning, ConvergenceError, ConvergenceWarning, SeparationWarning
from glmlogit.estimate.capabilities import Undefined
from glmlogit.estimate.covariance import default_kind
from glmlogit.estimate.solved import Solved
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import only_outcome
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import Maximum
from glmlogit.inference.separation import report_of
from glmlogit.likelihood.objective import Penalty
from glmlogit.messages.calls import warn
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, joined, plural, sentence
from glmlogit.numerics.linalg import Information


def finish(
    rows: Design,
    maximum: Maximum,
    estimator: str,
    level: float,
    control: Control,
    *,
    penalty: Penalty | None = None,
    adjusted: str = "",
    no_aic: str = "",
    model_info: Information | None = None,
    notes: tuple[Note, ...] = (),
) -> Fit:
    """Turn a maximum into a fit; warn about what the reader must not miss.

    ``adjusted`` says why the estimate maximises no likelihood, for those that do not, ``no_aic`` why what the last of
    several steps maximises has no AIC; ``model_info`` is the information behind the model's standard errors where that
    is another than the likelihood's.
    """
    said = list(notes)
    if maximum.aliases:
        said.append(_alias_note(rows, maximum))
        warn(said[-1].text, CollinearityWarning)
    if maximum.status is Status.SEPARATED:
        said.append(Note("separation", _behind(_one_outcome(rows), report_of(rows, maximum).warning())))
        warn(said[-1].text, SeparationWarning)
    elif maximum.status is not Status.CONVERGED:
        text = sentence(
            "{status} ({iterations})", status=maximum.status.value, iterations=plural(len(maximum.trace), "iteration")
        )
        said.append(Note("not_converged", text))
        if control.strict:
            raise ConvergenceError(text)
        warn(text, ConvergenceWarning)
    elif only := _one_outcome(rows):
        why = sentence("The estimates come from what is added to the likelihood, not the data.")
        said.append(Note("one_outcome", _behind(only, why)))
    sampling = rows.sampled
    pseudo = "with sampling weights the likelihood is a pseudo-likelihood, not that of the sample" if sampling else ""
    if rows.class_weighted and not sampling:
        pseudo = "with class weights the likelihood is that of another population, not that of the sample"
    dependent = (
        "rows of a cluster depend on each other, which the likelihood ignores" if rows.cluster is not None else ""
    )
    if sampling:
        said.append(Note("sampling_weights", "Sampling weights: AIC, BIC and likelihood-ratio tests are not defined."))
    factor = maximum.at.info.factor
    if maximum.certified is not None and factor is not None and _cost_digits(maximum.certified, factor.condition):
        said.append(_digits_note(maximum.certified))
        warn(said[-1].text, CollinearityWarning)
    elif maximum.reached and factor is not None and factor.condition > NEARLY_ALIASED:
        said.append(Note("collinear", sentence(_COLLINEAR, condition=f"{factor.condition:.0e}")))
        warn(said[-1].text, CollinearityWarning)
    return Fit(
        Solved(rows, maximum, penalty, bool(adjusted or no_aic), model_info),
        estimator=estimator,
        cov_kind=default_kind(rows).name,
        level=level,
        control=control,
        undefined=Undefined(likelihood=pseudo or adjusted or dependent, aic=pseudo or adjusted or no_aic or dependent),
        extra_notes=tuple(said),
    )


# Condition of the scaled information root from which columns are all but linear combinations of each other.
NEARLY_ALIASED = 1e11

_COLLINEAR = (
    "Columns are linear combinations of each other but for about their last digits (condition {condition}): the "
    "estimate is computed to full precision, but it hangs on the last digits of the data. Leave one of the columns "
    "out, or centre and rescale them."
)

# Fewer certified digits than this are a warning.
FEW_DIGITS = 6.0


def _cost_digits(digits: float, condition: float) -> bool:
    """Whether few digits are certain, and more would be but for the condition, which costs its logarithm of them.

    Else they are few since a coefficient is 0 but for some 1e-16 of its standard error.
    """
    return digits < FEW_DIGITS <= digits + math.log10(condition)


def _digits_note(digits: float) -> Note:
    verb = "is" if int(digits) == 1 else "are"
    text = _NEARLY_COLLINEAR.format(verb=verb, digits="{digits}")
    return Note("digits", sentence(text, digits=plural(int(digits), "digit")))


_NEARLY_COLLINEAR = (
    "Columns are so nearly collinear that only {digits} of every coefficient {verb} certain. Centre or rescale "
    "covariates (year - 2000), use orthogonal polynomials (poly), or leave one out."
)


def _behind(before: str, text: str) -> str:
    return joined([before, text]) if before else text


def _one_outcome(rows: Design) -> str:
    events, nonevents = rows.event_totals
    if (events and nonevents) or rows.levels is not None:
        return ""
    return sentence(
        "Outcome {name} has {only} in {rows}: check its coding.",
        name=Name(rows.outcome.name),
        only=only_outcome(events),
        rows=plural(rows.n_rows, "row"),
    )


# A weight this near to 1 is 1 but for the rounding of a factorisation, and is not written.
_WEIGHT_ONE = 1e-9


def _alias_note(rows: Design, maximum: Maximum) -> Note:
    """Name each aliased column and what it is a combination of."""

    def called(j: int) -> str:
        return rows.names[j] if rows.formula else f"{rows.names[j]} (column {j})"

    def weighted(weight: float, name: str) -> str:
        return name if abs(weight - 1.0) < _WEIGHT_ONE else f"{weight:.6g}*{name}"

    parts = []
    aliases = [alias for alias in maximum.aliases if alias.column < rows.n_columns]  # the same for every level
    for alias in aliases:
        terms = [f"{'-' if w < 0 else '+'} {weighted(abs(w), called(k))}" for k, w in alias.combination[:4]]
        terms += ["+ …"] if len(alias.combination) > 4 else []
        shown = re.sub(r"^(\+ |(-) )", r"\2", " ".join(terms)) or "0 in every row"
        parts.append(f"{called(alias.column)} = {shown}")
    many = "" if rows.levels is None else " of every level"
    who = f"A coefficient{many} is" if len(parts) == 1 else f"{{n}} coefficients{many} are"
    text = f"{who} aliased and reported as NaN, because the column is a linear combination of earlier ones: {{parts}}."
    return Note("aliased", sentence(text, n=len(parts), parts=joined(parts, by="; ")))
