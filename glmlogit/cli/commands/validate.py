"""``glmlogit validate``: refit a model by another system and say whether the numbers agree."""

from __future__ import annotations

import argparse

from glmlogit.cli.command import Command
from glmlogit.cli.console import DIFFERS, OK, print_page
from glmlogit.cli.options import fitted, labels_option, model_options


def _options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``glmlogit validate`` to its parser."""
    from glmlogit.peers.peer import PEERS

    model_options(command)
    add = command.add_argument
    labels_option(command)
    add("--against", choices=list(PEERS), default="statsmodels", help="the other system")
    add("--rtol", type=float, default=1e-6, help="largest difference that passes (default 1e-6)")


def _run(args: argparse.Namespace) -> int:
    """Fit, and compare with another program; the exit code, 1 where a number differs."""
    from glmlogit.peers.validate import validate

    validation = validate(fitted(args), against=args.against, rtol=args.rtol)
    print_page(str(validation))
    return OK if validation.passed else DIFFERS


COMMAND = Command(
    "fit, refit with statsmodels or R, and compare every number",
    _options,
    _run,
    examples=('glmlogit validate "low ~ age + smoke" births.csv --against r',),
    keywords=("against", "rtol"),
)
