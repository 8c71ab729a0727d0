"""Draw the pictures of the documentation: python docs/figures.py writes docs/_static/figures/*.svg."""

from __future__ import annotations

import warnings
from pathlib import Path

import matplotlib
import pandas as pd

import glmlogit as gl
from glmlogit.plots import effect_plot, forest_plot, interaction_plot, risk_plot

matplotlib.use("Agg")
from matplotlib import pyplot  # after the choice of backend

FIGURES = Path(__file__).parent / "_static" / "figures"
TERMS = ["age", "lwt", "C(race)", "C(smoke)", "ptl", "C(ht)", "C(ui)", "ftv"]
LABELS = {
    "age": "Age, years",
    "lwt": "Weight, lb",
    "race": "Race",
    "smoke": "Smoking",
    "C(smoke)[0]": "no",
    "C(smoke)[T.1]": "yes",
    "ptl": "Previous premature labours",
    "ht": "Hypertension",
    "C(ht)[0]": "no",
    "C(ht)[T.1]": "yes",
    "ui": "Uterine irritability",
    "C(ui)[0]": "no",
    "C(ui)[T.1]": "yes",
    "ftv": "Physician visits",
}


def forest() -> matplotlib.figure.Figure:
    """Crude and adjusted odds ratios of low birth weight."""
    data = gl.datasets.load("birthwt")
    units = {"age": 5, "lwt": 10}
    crude = pd.concat(
        gl.logit(f"low ~ {term}", data).odds_ratios(
            units={term: units[term]} if term in units else None, reference_rows=True
        )
        for term in TERMS
    )
    adjusted = gl.logit(f"low ~ {' + '.join(TERMS)}", data).odds_ratios(units=units, reference_rows=True)
    labels = LABELS | {"age": "Age (per 5 years)", "lwt": "Weight (per 10 lb)"}
    return forest_plot.forest_plot({"crude": crude, "adjusted": adjusted}, labels=labels, p_values=True).figure


def infinite() -> matplotlib.figure.Figure:
    """An infinite odds ratio beside Firth's estimate of it."""
    data = gl.datasets.load("endometrial")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.errors.SeparationWarning)
        plain = gl.logit("HG ~ NV + PI + EH", data)
    fits = {"maximum likelihood": plain, "Firth": gl.firth("HG ~ NV + PI + EH", data)}
    return forest_plot.forest_plot(fits, method="profile").figure


def effect() -> matplotlib.figure.Figure:
    """A spline on the scale of probabilities."""
    fit = gl.logit("low ~ ns(age, 3) + lwt + C(race) + C(smoke) + ht", gl.datasets.load("birthwt"))
    return effect_plot.effect_plot(fit, "age", by="smoke", at={"ht": 0}).figure


def interaction() -> matplotlib.figure.Figure:
    """Race by smoking, as probabilities and as log-odds."""
    fit = gl.logit("low ~ C(race) * C(smoke) + lwt", gl.datasets.load("birthwt"))
    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for panel, kind in zip(panels, ("response", "link"), strict=True):
        interaction_plot.interaction_plot(fit, "race", "smoke", kind=kind, ax=panel)
    panels[0].get_legend().remove()
    return figure


def risk() -> matplotlib.figure.Figure:
    """What an odds ratio of 2.5 does to a risk."""
    return risk_plot.risk_plot(2.5, conf=(1.15, 5.52)).figure


def main() -> None:
    """Write every picture; the same bytes each time."""
    FIGURES.mkdir(parents=True, exist_ok=True)
    for draw in (forest, infinite, effect, interaction, risk):
        with matplotlib.rc_context({"svg.hashsalt": "glmlogit"}):
            figure = draw()
            figure.savefig(FIGURES / f"{draw.__name__}.svg", metadata={"Date": None})
            pyplot.close(figure)


if __name__ == "__main__":
    main()
