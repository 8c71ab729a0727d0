"""``glmlogit show``: a saved fit, and the probabilities it gives to new rows."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from glmlogit.cli.command import Command
from glmlogit.cli.console import OK, deliver, deliver_text
from glmlogit.cli.options import check_out, file_options, load, page_options, require_one_output
from glmlogit.errors import GlmlogitError


def _options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``glmlogit show`` to its parser."""
    add = command.add_argument
    add("model", metavar="MODEL", help="a fit that glmlogit fit --save, or fit.save of Python, has saved (.json)")
    add("--predict", metavar="FILE", help="print the rows of a file with their probabilities, as CSV")
    add("--interval", action="store_true", help="with --predict: standard errors and limits too")
    add("--level", type=float, help="with --interval: confidence level (default that of the fit)")
    file_options(command)
    page_options(command)


def _run(args: argparse.Namespace) -> int:
    """Print or write the summary of a saved fit, or probabilities; the exit code."""
    from glmlogit.estimators.load import load as load_fit

    args.data = args.predict or args.model
    if not Path(args.model).exists():
        raise GlmlogitError(f"there is no file {args.model}; glmlogit fit FORMULA DATA --save {args.model} makes one")
    require_one_output(args)
    fit = load_fit(args.model)
    if args.predict is None:
        if args.interval or args.level is not None:
            raise GlmlogitError("--interval and --level belong to --predict FILE. Add it")
        deliver([fit.summary()], args.out, args.format or "text")
        return OK
    _predict(args, fit)
    return OK


def _predict(args: argparse.Namespace, fit: Any) -> None:
    """Print or write the rows of a file with a column of probabilities, or one for each level."""
    import pandas as pd

    from glmlogit.data import frames

    form = check_out(args.out)
    if args.format is not None or (form is not None and form.suffix != ".csv"):
        raise GlmlogitError("probabilities of rows are a CSV: leave --format out, and give --out a name in .csv")
    loaded = load(args, args.predict, list).data
    rows = frames.take(loaded, frames.column_names(loaded))
    interval = "confidence" if args.interval else None
    values = fit.predict(rows, interval=interval, level=args.level)
    if isinstance(values, pd.Series):
        values = values.to_frame("probability")
    elif "outcome" in values:
        raise GlmlogitError(
            "--interval is of an outcome with one event; leave it out for the probability of each level"
        )
    names = {name: _free(str(name), rows) for name in values.columns}
    deliver_text(rows.join(values.rename(columns=names)).to_csv(index=False), args.out)


def _free(name: str, rows: Any) -> str:
    """A name that no column of the rows has."""
    while name in rows:
        name += "_"
    return name


COMMAND = Command(
    "print a saved fit, or the probabilities it gives to the rows of a file",
    _options,
    _run,
    examples=(
        "glmlogit show births.json",
        "glmlogit show births.json --predict new.csv --out risks.csv",
    ),
    columns=("model", "predict"),
    keywords=("interval",),
)
