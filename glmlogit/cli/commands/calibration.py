"""``glmlogit calibration``: whether probabilities of a model, or those in a file, are those of the events."""

from __future__ import annotations

import argparse

from glmlogit.cli.command import Command
from glmlogit.cli.console import OK
from glmlogit.cli.judging import check_outputs, hand_over, judge, judging_options


def _options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``glmlogit calibration`` to its parser."""
    judging_options(command, ("p",))
    add = command.add_argument
    methods = ["isotonic", "quantile", "uniform", "loess", "lowess", "spline"]
    add("--method", choices=methods, default="isotonic", help="how the diagram is made (default isotonic)")
    add("--groups", metavar="N", type=int, default=10, help="groups of quantile and uniform (default 10)")


def _run(args: argparse.Namespace) -> int:
    """Judge, and print or write measures of calibration; the exit code."""
    from glmlogit.evaluation.calibration import calibration

    check_outputs(args)
    options = {"method": args.method, "groups": args.groups}
    hand_over(args, judge(args, calibration, options), "Reliability diagram", 4.2)
    return OK


COMMAND = Command(
    "whether probabilities can be trusted: calibration of a model, or of probabilities in a file",
    _options,
    _run,
    examples=(
        'glmlogit calibration "low ~ age + smoke" births.csv --plot calibration.png',
        "glmlogit calibration births.csv --y low --p risk",
    ),
    columns=("y", "p"),
    keywords=("method", "resampling", "groups", "folds", "repeats", "replicates", "seed"),
)
