"""``glmlogit table``: counts with crude and adjusted odds ratios, the table of a paper."""

from __future__ import annotations

import argparse

from glmlogit.cli.command import Command
from glmlogit.cli.console import OK, deliver
from glmlogit.cli.options import (
    firth_option,
    model_options,
    page_options,
    require_one_output,
    rows_of,
    units_of,
    units_option,
)
from glmlogit.errors import GlmlogitError


def _options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``glmlogit table`` to its parser."""
    model_options(command)
    firth_option(command)
    units_option(command)
    add = command.add_argument
    add(
        "--continuous",
        choices=["mean", "median"],
        help="numbers as mean (SD) or median (quartiles) of events and of non-events",
    )
    add(
        "--metrics",
        metavar="NAME[,…]",
        help="a line of numbers of the adjusted model: all, or some of n, events, aic, bic, llf, mcfadden, nagelkerke, "
        "tjur, auc, hosmer_lemeshow",
    )
    add(
        "--method",
        choices=["wald", "profile", "score"],
        help="limits and tests (default: profile likelihood and likelihood ratio, where they do not take long)",
    )
    page_options(command)


def _run(args: argparse.Namespace) -> int:
    """Make the table, and print or write it; the exit code."""
    from glmlogit.documents.paged import page_of
    from glmlogit.estimators.firth import firth
    from glmlogit.publication.table import table

    require_one_output(args)
    if args.cov:
        raise GlmlogitError("--cov is of one fit; robust limits of a table are those of --cluster. Leave it out")
    data, options = rows_of(args)
    result = table(
        args.formula,
        data,
        estimator=firth if args.firth else None,
        level=args.level,
        method=args.method,
        units=units_of(args.units),
        continuous=args.continuous,
        metrics=_metrics(args.metrics),
        **options,
    )
    deliver([page_of(result)], args.out, args.format or "text")
    return OK


def _metrics(text: str | None) -> bool | list[str]:
    """``"aic,auc"`` as names; all of them without a name."""
    return text == "all" if text in (None, "all") else [name.strip() for name in text.split(",")]


COMMAND = Command(
    "the table of a paper: counts, crude and adjusted odds ratios",
    _options,
    _run,
    examples=(
        'glmlogit table "low ~ age + lwt + C(race) + smoke" births.csv --units age=5,lwt=20 --out table2.docx',
        'glmlogit table "low ~ age + smoke" births.csv --continuous mean --metrics all --style lancet --language de',
    ),
    columns=("units",),
    keywords=("units", "method", "continuous", "metrics"),
)
