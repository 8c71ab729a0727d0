"""``glmlogit fit``: fit a model to a file and print or write its summary."""

from __future__ import annotations

import argparse

from glmlogit.cli.command import Command
from glmlogit.cli.console import OK, deliver, say
from glmlogit.cli.options import (
    firth_option,
    fitted,
    model_options,
    page_options,
    require_one_output,
    spare_data,
    units_of,
    units_option,
)


def _options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``glmlogit fit`` to its parser."""
    model_options(command)
    firth_option(command)
    units_option(command)
    methods = command.add_mutually_exclusive_group()
    methods.add_argument(
        "--method",
        choices=["wald", "profile", "score"],
        help="limits and tests: of Wald (default), profile likelihood (default with --firth) or score",
    )
    methods.add_argument("--profile", dest="method", action="store_const", const="profile", help="--method profile")
    command.add_argument("--save", metavar="FILE", help="save the fit, without its rows, as JSON for glmlogit show")
    page_options(command)


def _run(args: argparse.Namespace) -> int:
    """Fit, and print or write the summary; the exit code."""
    require_one_output(args)
    spare_data(args, "save", "--save")
    fit = fitted(args)
    page = fit.summary(method=args.method, units=units_of(args.units))
    deliver([page], args.out, args.format or "text")
    if args.save is not None:
        say(f"saved {fit.save(args.save)}")
    return OK


COMMAND = Command(
    "fit a logistic regression and print or write its summary",
    _options,
    _run,
    examples=(
        'glmlogit fit "low ~ age + smoke" births.csv',
        'glmlogit fit "case ~ dose + C(site)" trial.parquet --event yes --cluster site --out table.docx',
        'glmlogit fit "deaths ~ dose" groups.csv --trials n --units dose=10',
        'glmlogit fit "low ~ age + smoke" births.csv --save births.json',
        'glmlogit fit "HG ~ NV + PI + EH" dataset:endometrial --firth --profile',
    ),
    columns=("units",),
    keywords=("units",),
)
