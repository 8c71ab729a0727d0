"""``glmlogit effects``: marginal effects or standardised risks of a model fitted to a file."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any

from glmlogit.cli.command import Command
from glmlogit.cli.console import OK, deliver
from glmlogit.cli.options import firth_option, fitted, is_meant, model_options, page_options, require_one_output
from glmlogit.errors import GlmlogitError

if TYPE_CHECKING:
    from glmlogit.estimators.fit import Fit


def _options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``glmlogit effects`` to its parser."""
    model_options(command)
    firth_option(command)
    add = command.add_argument
    add("--variables", metavar="VAR[,VAR]", help="variables whose effects are wanted (default all)")
    add("--at", metavar="VAR=VALUE[,VALUE]", action="append", help="average with a variable set to values; repeatable")
    add("--by", metavar="VAR", help="average in the subgroups of a variable of the model")
    add("--kind", choices=["dydx", "eyex", "eydx", "dyex"], default="dydx", help="derivative (default) or elasticity")
    add("--derivatives", action="store_true", help="derivatives also of 0/1 variables, in place of changes from 0 to 1")
    add("--compare", metavar="VAR", help="standardised risks of an exposure: difference, ratio, odds ratio, NNT")
    add("--contrast", metavar="EXPOSED,REFERENCE", help="with --compare: the two values, or a step such as 10")
    add(
        "--population",
        choices=["all", "exposed", "unexposed"],
        default="all",
        help="with --compare: whose covariates are averaged over (default all)",
    )
    add("--words", action="store_true", help="say every result in a sentence as well")
    page_options(command)


def _run(args: argparse.Namespace) -> int:
    """Fit, and print or write effects: probabilities, comparisons, margins; the exit code."""
    from glmlogit.effects.estimands import MEASURES
    from glmlogit.reports import effects_page

    require_one_output(args)
    if args.contrast and not args.compare:
        raise GlmlogitError("--contrast belongs to --compare VAR, the exposure. Add it")
    fit = fitted(args)
    if args.compare:
        estimands = [name for name, measure in MEASURES.items() if measure.everyday]
        options = {"contrast": _contrast(fit, args), "population": args.population, "by": args.by}
        pages = [effects_page.comparisons_page(fit, args.compare, estimands, **options)]
    else:
        pages = [effects_page.margins_page(fit, **_margin_options(fit, args))]
    if args.words:
        pages.append(effects_page.words_page(fit))
    deliver(pages, args.out, args.format or "text")
    return OK


def _margin_options(fit: Fit, args: argparse.Namespace) -> dict[str, Any]:
    return {
        "variables": args.variables.split(",") if args.variables else None,
        "at": dict(map(partial(_setting, fit), args.at)) if args.at else "overall",
        "kind": args.kind,
        "discrete": None if args.derivatives else "binary",
        "by": args.by,
    }


def _setting(fit: Fit, text: str) -> tuple[str, list[Any]]:
    """``"age=20,30"`` as a variable and its values."""
    name, sign, values = text.partition("=")
    if not (name and sign and values):
        raise GlmlogitError(f"--at {text} is not a variable with its values, such as --at age=20,30")
    return name, [_value_of(fit, name, value) for value in values.split(",")]


def _contrast(fit: Fit, args: argparse.Namespace) -> Any:
    if args.contrast is None:
        return None
    values = [_value_of(fit, args.compare, value) for value in args.contrast.split(",")]
    return values[0] if len(values) == 1 else tuple(values)


def _value_of(fit: Fit, name: str, text: str) -> Any:
    """A level of a variable as the data spell it, else a number."""
    from glmlogit.prediction import population

    variable = population.variables(fit).get(name)
    levels = () if variable is None else variable.levels
    matching = next((level for level in levels if is_meant(text, level)), None)
    if matching is not None:
        return matching
    try:
        return float(text)
    except ValueError:
        return text


COMMAND = Command(
    "effects on the probability: marginal effects, or standardised risks",
    _options,
    _run,
    examples=(
        'glmlogit effects "low ~ age + C(race)*smoke" births.csv --at age=20,30',
        'glmlogit effects "low ~ age + smoke" births.csv --compare smoke --words',
    ),
)
