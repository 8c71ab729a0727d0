"""``glmlogit read``: say how a file is read, and what looks odd in it."""

from __future__ import annotations

import argparse

from glmlogit.cli.command import Command
from glmlogit.cli.console import OK, as_typed, print_page
from glmlogit.cli.options import data_argument, file_options, layout_of


def _options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``glmlogit read`` to its parser."""
    data_argument(command)
    command.add_argument("--columns", metavar="COL[,COL]", help="columns to look at (default: all)")
    file_options(command)


def _run(args: argparse.Namespace) -> int:
    """Read, and print the report and a line for each column."""
    from glmlogit.errors import GlmlogitError
    from glmlogit.files import read

    if args.data.startswith("dataset:"):
        raise GlmlogitError(f"{args.data} is no file; its data are described in the documentation")
    columns = None if args.columns is None else [name.strip() for name in args.columns.split(",")]
    data = read.loaded_of(args.data, columns, layout_of(args)).data
    print_page(f"{as_typed(str(data.attrs['read']))}\n\n{read.columns_of(data)}")
    return OK


COMMAND = Command(
    "say how a file is read: what was done to it, what looks odd, what each column is",
    _options,
    _run,
    examples=("glmlogit read export.csv",),
    columns=("columns",),
    keywords=("columns",),
)
