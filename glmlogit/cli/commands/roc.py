"""``glmlogit roc``: the area under the ROC curve of a model, or of probabilities in a file, with limits."""

from __future__ import annotations

import argparse

from glmlogit.cli.command import Command
from glmlogit.cli.console import OK
from glmlogit.cli.judging import check_outputs, hand_over, judge, judging_options


def _options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``glmlogit roc`` to its parser."""
    judging_options(command, ("p", "score"))
    command.add_argument(
        "--interval",
        choices=["delong", "logit", "newcombe", "hanley_mcneil", "bootstrap"],
        default="delong",
        help="limits of the area (default delong; out of fold delong or logit)",
    )


def _run(args: argparse.Namespace) -> int:
    """Judge, and print or write areas with their limits; the exit code."""
    from glmlogit.evaluation.roc import roc

    check_outputs(args)
    hand_over(args, judge(args, roc, {"interval": args.interval}), "ROC curve with its area", 3.9)
    return OK


COMMAND = Command(
    "how well a model, or probabilities in a file, tell events from others: ROC curve and area",
    _options,
    _run,
    examples=(
        'glmlogit roc "low ~ age + smoke" births.csv --plot roc.png',
        "glmlogit roc births.csv --y low --p risk",
    ),
    columns=("y", "p", "score"),
    keywords=("resampling", "interval", "folds", "repeats", "replicates", "seed"),
)
