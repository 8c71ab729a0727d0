"""Draw the pictures of the documentation: python docs/figures.py writes docs/_static/figures/*.svg.

``python docs/figures.py --gallery FOLDER`` writes what is to be looked at when drawing changes: pictures as wide as a
column and as a page, in colour and in grey, with long labels, infinite limits, forty rows and several outcomes.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd

import glmlogit as gl
from glmlogit.plots import effect_plot, forest_plot, interaction_plot, risk_plot

matplotlib.use("Agg")
from matplotlib import pyplot  # after the choice of backend

FIGURES = Path(__file__).parent / "_static" / "figures"


def forest() -> matplotlib.figure.Figure:
    """Crude and adjusted odds ratios of low birth weight: the table of the README."""
    births = gl.datasets.load("birthwt")
    table = gl.table("low ~ age + lwt + C(race) + smoke", births, units={"age": 5, "lwt": 20})
    return table.plot(width="page").figure


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


# --- what is to be looked at ----------------------------------------------------------------------
LONG = {
    "age": "Age at the last menstrual period, in completed years",
    "lwt": "Weight of the mother before this pregnancy, lb",
    "race": "Ethnic group as stated in the interview",
    "smoke": "Smoked during this pregnancy",
}


def forty_rows() -> pd.DataFrame:
    """Odds ratios of forty variables with long names."""
    rng = np.random.default_rng(5)
    ratio = np.exp(rng.normal(size=40))
    names = [f"covariate {i} with a name of several words" for i in range(40)]
    return pd.DataFrame({"odds_ratio": ratio, "conf_low": ratio / 3, "conf_high": ratio * 3}, index=names)


def studies() -> pd.DataFrame:
    """Published risk ratios with counts, in groups."""
    return pd.DataFrame(
        {
            "label": ["Study A", "Study B", "Study C", "All"],
            "group": ["Before 2000", "Before 2000", "Since", None],
            "risk_ratio": [1.8, 2.4, 1.5, 1.7],
            "conf_low": [1.1, 1.2, 0.9, 1.3],
            "conf_high": [2.9, 4.8, 2.5, 2.3],
            "events": [40, 22, 31, 93],
            "n": [400, 180, 350, 930],
        }
    )


def gallery() -> dict[str, Callable[[str], matplotlib.axes.Axes]]:
    """Pictures by name, each a function of a width."""
    births = gl.datasets.load("birthwt")
    endometrial = gl.datasets.load("endometrial")
    fit = gl.logit("low ~ age + lwt + C(race) + smoke", births)
    several = gl.multinomial("race ~ age + smoke", births)
    crossed = gl.logit("low ~ C(race) * C(smoke) + lwt", births)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.errors.SeparationWarning)
        plain = gl.logit("HG ~ NV + PI + EH", endometrial)
    firth = gl.firth("HG ~ NV + PI + EH", endometrial)
    table = gl.table("low ~ age + lwt + C(race) + smoke", births, labels=LONG)
    people = gl.characteristics(births[["age", "lwt", "race", "smoke", "ht", "low"]], by="low")
    curve = gl.odds_ratio_curve(gl.logit("low ~ rcs(lwt, 4) + age", births), "lwt")
    return {
        "long-labels": lambda width: gl.forest_plot(fit, labels=LONG, p_values=True, width=width),
        "infinite": lambda width: gl.forest_plot({"maximum likelihood": plain, "Firth": firth}, width=width),
        "forty-rows": lambda width: gl.forest_plot(forty_rows(), width=width),
        "outcomes": lambda width: gl.forest_plot(several, width=width),
        "table": lambda width: gl.forest_plot(table, labels=LONG, width=width),
        "studies": lambda width: gl.forest_plot(studies(), width=width),
        "effects": lambda width: gl.margins(fit).plot(width=width),
        "subgroups": lambda width: gl.subgroups("low ~ smoke", births, "smoke", ["race", "ht"]).plot(width=width),
        "love": lambda width: people.plot(width=width),
        "effect": lambda width: gl.effect_plot(fit, "age", by="race", width=width),
        "areas": lambda width: gl.effect_plot(several, "age", stacked=True, width=width),
        "roc": lambda width: gl.roc(fit).plot(width=width, label="Age, weight, race and smoking"),
        "calibration": lambda width: gl.calibration(fit, method="quantile", resampling="none").plot(width=width),
        "decision": lambda width: gl.decision_curve(fit, thresholds=(0.05, 0.6)).plot(width=width),
        "interaction": lambda width: gl.interaction_plot(crossed, "race", "smoke", width=width),
        "german": lambda width: gl.roc(fit).plot(width=width, style="lancet", language="de"),
        "boundary": lambda width: gl.decision_boundary(fit, "age", "lwt", threshold=0.3, width=width),
        "influence": lambda width: gl.influence(fit).plot(width=width),
        "risk": lambda width: gl.risk_plot([0.5, 2.5], [(0.3, 0.9), (1.15, 5.52)], width=width),
        "curve": lambda width: curve.plot(width=width),
    }


def write_gallery(folder: Path) -> None:
    """Write each picture of the gallery at both widths, in colour and in grey."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in gallery().items():
        for width in ("column", "page"):
            ax = draw(width)
            path = folder / f"{name}-{width}.png"
            gl.save_figure(ax, path, dpi=160)
            pyplot.close(ax.figure)
            grey = pyplot.imread(path)[..., :3] @ [0.299, 0.587, 0.114]
            pyplot.imsave(path.with_stem(f"{path.stem}-grey"), grey, cmap="gray", vmin=0, vmax=1)


def main() -> None:
    """Write every picture; the same bytes each time."""
    if "--gallery" in sys.argv:
        write_gallery(Path(sys.argv[-1]))
        return
    FIGURES.mkdir(parents=True, exist_ok=True)
    for draw in (forest, infinite, effect, interaction, risk):
        figure = draw()
        gl.save_figure(figure, FIGURES / f"{draw.__name__}.svg")
        pyplot.close(figure)


if __name__ == "__main__":
    main()
