"""``glmlogit two-by-two``: the odds ratio of an exposure without a model, crude and over strata."""

from __future__ import annotations

import argparse
from typing import Any

from glmlogit.cli.command import Command
from glmlogit.cli.console import OK, deliver
from glmlogit.cli.options import data_argument, file_options, load, page_options, require_one_output, value_meant
from glmlogit.errors import GlmlogitError


def _options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``glmlogit two-by-two`` to its parser."""
    add = command.add_argument
    data_argument(command, optional=True)
    add("--outcome", metavar="COL", help="column of the outcome, of two values")
    add("--exposure", metavar="COL", help="column of the exposure; of more than two levels each has an odds ratio")
    add("--strata", metavar="COL[,COL]", help="columns to adjust for by Mantel and Haenszel")
    add("--event", metavar="V", help="the value of the outcome that is the event, where it is not 0/1")
    add("--exposed", metavar="V", help="the value of the exposure that is exposed, where it is not 0/1")
    add("--reference", metavar="V", help="of an exposure of more than two levels: what others are compared with")
    add("--weights", metavar="COL", help="column of counts of the rows")
    add("--counts", metavar="A,B,C,D", help="without DATA: exposed with and without the event, then the unexposed")
    add("--level", type=float, default=0.95, help="confidence level (default 0.95)")
    file_options(command)
    page_options(command)


def _run(args: argparse.Namespace) -> int:
    """Print or write the measures of a table of counts; the exit code."""
    from glmlogit.documents.paged import page_of

    require_one_output(args)
    result = _of_file(args) if args.counts is None else _of_counts(args)
    deliver([page_of(result)], args.out, args.format or "text")
    return OK


def _of_counts(args: argparse.Namespace) -> Any:
    from glmlogit.epidemiology.two_by_two import two_by_two

    beside = [name for name in ("data", "outcome", "exposure", "strata", "weights") if getattr(args, name) is not None]
    if beside:
        raise GlmlogitError(
            f"--counts has the numbers, and {', '.join(beside)} of a file are not needed; leave one out"
        )
    try:
        a, b, c, d = (float(count) for count in args.counts.split(","))
    except ValueError:
        raise GlmlogitError(f"--counts {args.counts} is not four numbers: type --counts 30,44,29,86") from None
    return two_by_two([[a, b], [c, d]], level=args.level)


def _of_file(args: argparse.Namespace) -> Any:
    from glmlogit.data import frames
    from glmlogit.epidemiology.two_by_k import two_by_k
    from glmlogit.epidemiology.two_by_two import two_by_two

    if args.data is None or args.outcome is None or args.exposure is None:
        raise GlmlogitError("name a file and its columns: DATA --outcome COL --exposure COL, or type --counts A,B,C,D")
    strata = None if args.strata is None else [name.strip() for name in args.strata.split(",")]
    wanted = list(dict.fromkeys(n for n in (args.outcome, args.exposure, *(strata or ()), args.weights) if n))
    data = load(args, args.data, lambda names: wanted if set(wanted) <= set(names) else list(names)).data
    columns = frames.take(data, wanted)
    named = {name: _meant(getattr(args, name), columns[of]) for name, of in _sides(args)}
    options = {"strata": strata, "weights": args.weights, "level": args.level, **named}
    two = columns[args.exposure].dropna().nunique() <= 2
    wrong = "reference" if two else "exposed"
    if options.pop(wrong) is not None:
        levels = "two levels: --exposed" if two else "more than two levels: --reference"
        raise GlmlogitError(f"--{wrong} does not fit the exposure, which has {levels} names one of them")
    return (two_by_two if two else two_by_k)(columns, args.outcome, args.exposure, **options)


def _sides(args: argparse.Namespace) -> tuple[tuple[str, str], ...]:
    return ("event", args.outcome), ("exposed", args.exposure), ("reference", args.exposure)


def _meant(text: str | None, column: Any) -> Any:
    return None if text is None else value_meant(text, column.dropna())


COMMAND = Command(
    "odds ratio, risk ratio and difference of an exposure from counts, crude and over strata",
    _options,
    _run,
    examples=(
        "glmlogit two-by-two births.csv --outcome low --exposure smoke --strata race",
        "glmlogit two-by-two --counts 30,44,29,86",
    ),
    columns=("outcome", "exposure", "strata", "exposed", "reference", "counts"),
    keywords=("outcome", "exposure", "strata", "exposed", "reference"),
)
