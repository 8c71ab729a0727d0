"""``glmlogit check``: fit a model to a file and print one page of verdicts on it."""

from __future__ import annotations

import argparse

from glmlogit.cli.command import Command
from glmlogit.cli.console import OK, deliver
from glmlogit.cli.options import firth_option, fitted, model_options, page_options, require_one_output


def _options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``glmlogit check`` to its parser."""
    model_options(command)
    firth_option(command)
    page_options(command)


def _run(args: argparse.Namespace) -> int:
    """Fit, and print or write the page of verdicts; the exit code."""
    from glmlogit.documents.paged import page_of
    from glmlogit.reports.check import check

    require_one_output(args)
    deliver([page_of(check(fitted(args)))], args.out, args.format or "text")
    return OK


COMMAND = Command(
    "fit a model and print one page of verdicts: separation, influence, linearity, fit and more",
    _options,
    _run,
    examples=('glmlogit check "low ~ age + smoke" births.csv',),
)
