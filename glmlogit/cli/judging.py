"""Options of commands that judge probabilities: of a model fitted to a file, or of a column of the file."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from glmlogit.cli.console import deliver, say
from glmlogit.cli.options import (
    firth_option,
    fitted,
    load,
    model_options,
    page_options,
    require_one_output,
    used,
    value_meant,
)
from glmlogit.errors import GlmlogitError
from glmlogit.messages.words import plural

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from glmlogit.documents.pages import Summary
    from glmlogit.messages.notes import Note

# Options that a model has, and probabilities in a column have not, with their defaults.
_OF_MODELS = {"new": None, "offset": None, "cov": None, "firth": False, "resampling": None}

# Width of a column of a journal, 85 mm, in inches; a page has room for a larger picture.
JOURNAL, DPI = 85 / 25.4, 300


Verb = Callable[..., Any]


def judging_options(command: argparse.ArgumentParser, numbers: Sequence[str]) -> None:
    """Add formula, data and options of the rows to a parser; ``numbers`` are options that name a column to judge."""
    model_options(command, needs_formula=False)
    firth_option(command)
    add = command.add_argument
    add("--y", metavar="COL", help="without FORMULA: the column of outcomes")
    for name in numbers:
        what = "probabilities of any program" if name == "p" else "numbers that rank the rows, high ones for events"
        add(f"--{name}", metavar="COL", help=f"with --y, the column of {what}")
    add("--new", metavar="FILE", help="judge the model in the rows of another file, which it was not fitted to")
    text = "judge a model by refits that did not see the rows (cv, default), by optimism, or not (none)"
    add("--resampling", choices=["cv", "bootstrap", "none"], help=text)
    add("--folds", metavar="N", type=int, default=10, help="with cv: folds (default 10)")
    add("--repeats", metavar="N", type=int, default=10, help="with cv: how often (default 10)")
    add("--replicates", metavar="N", type=int, help="bootstrap samples")
    add("--seed", metavar="N", type=int, default=0, help="of folds and samples (default 0)")
    add("--plot", metavar="FILE", help="write the picture too: .png .pdf or .svg, 85 mm wide")
    page_options(command)


def check_outputs(args: argparse.Namespace) -> None:
    """Refuse files that cannot be written, and one file for two things."""
    from glmlogit.drawing.picture import check_picture

    require_one_output(args)
    if args.plot is not None:
        check_picture(args.plot)


def judge(args: argparse.Namespace, verb: Verb, options: dict[str, Any]) -> Any:
    """What a verb says of the rows that the arguments describe; ``options`` are those of the verb by itself."""
    named = [name for name in ("p", "score") if getattr(args, name, None) is not None]
    settings = {"level": args.level, "seed": args.seed, **options}
    if args.replicates is not None:
        settings["replicates"] = args.replicates
    if args.formula is None:
        return _of_columns(args, verb, settings, named)
    if named or args.y is not None:
        wrong = "y" if args.y is not None else named[0]
        raise GlmlogitError(
            f"--{wrong} judges a column of the file, and a formula has a model of its own; leave one out"
        )
    if args.new is not None:
        return _of_new_rows(args, verb, settings)
    how = {"resampling": args.resampling or "cv", "folds": args.folds, "repeats": args.repeats}
    return verb(fitted(args), **how, **settings)


def _of_new_rows(args: argparse.Namespace, verb: Verb, settings: dict[str, Any]) -> Any:
    from glmlogit.data import frames

    if args.resampling is not None:
        raise GlmlogitError(
            "--resampling is for the rows of the model; those of --new were not seen by it. Leave it out"
        )
    fit = fitted(args)
    new = load(args, args.new, partial(used, args)).data
    present = set(map(str, frames.column_names(new)))
    sides = {name: getattr(args, name) for name in ("weights", "trials", "cluster")}
    beside = {name: column for name, column in sides.items() if column in present}
    return verb(fit, new, weight_type=args.weight_type, **beside, **settings)


def _of_columns(args: argparse.Namespace, verb: Verb, settings: dict[str, Any], named: Sequence[str]) -> Any:
    """Judge a column of the file beside one of outcomes; rows with missing values are left out, and counted."""
    from glmlogit.data import frames
    from glmlogit.evaluation.new_outcome import left_out

    _check_columns(args, named)
    roles = {"y": args.y, named[0]: getattr(args, named[0])}
    sides = {name: getattr(args, name) for name in ("weights", "trials", "cluster")}
    roles |= {name: column for name, column in sides.items() if column is not None}
    wanted = list(dict.fromkeys(roles.values()))
    loaded = load(args, args.data, lambda names: wanted if set(wanted) <= set(names) else list(names))
    table = frames.take(loaded.data, wanted)
    gone = table.isna().any(axis=1).to_numpy()
    if gone.any() and args.missing == "raise":
        raise GlmlogitError(f"missing values: {plural(int(gone.sum()), 'row')}; --missing drop leaves such rows out")
    notes, table = left_out(gone), table[~gone]
    columns: dict[str, Any] = {role: _numbers(table[name], role) for role, name in roles.items()}
    if args.event is not None:
        columns["event"] = value_meant(args.event, table[args.y])
    return _with_notes(verb(weight_type=args.weight_type, **columns, **settings), notes)


def _numbers(column: pd.Series[Any], role: str) -> Any:
    """Values of a column; refuses text where numbers are meant."""
    from pandas.api.types import is_numeric_dtype

    if role in ("p", "score", "weights", "trials") and not is_numeric_dtype(column):
        raise GlmlogitError(
            f"--{role} {column.name} is text, such as {str(column.iloc[0])!r}; give a column of numbers, or type "
            f"--decimal , for decimal commas, --na TEXT for words that mean missing"
        )
    return column


def _check_columns(args: argparse.Namespace, named: Sequence[str]) -> None:
    if args.y is None or len(named) != 1:
        raise GlmlogitError(
            "give a formula before the file, or columns of it to judge: --y OUTCOME with --p PROBABILITY"
        )
    for name, default in _OF_MODELS.items():
        if getattr(args, name) != default:
            raise GlmlogitError(f"--{name} is for a model, and --{named[0]} has numbers that are there; leave one out")


def _with_notes(result: Any, notes: tuple[Note, ...]) -> Any:
    return replace(result, notes=(*notes, *result.notes)) if notes else result


def hand_over(args: argparse.Namespace, result: Any, text: str, height: float) -> None:
    """Print or write the page of a result, in a file with its picture where that has pictures, and the picture."""
    from glmlogit.documents import saving
    from glmlogit.documents.paged import page_of
    from glmlogit.drawing.picture import check_picture, drawn, picture

    def draw(ax: Axes) -> object:
        return result.plot(ax=ax)

    page: Summary = page_of(result)
    if args.out is not None:
        page = replace(page, pictures=picture(draw, text, JOURNAL, height))
    deliver([page], args.out, args.format or "text")
    if args.plot is not None:
        content = drawn(draw, JOURNAL, height, check_picture(args.plot), DPI)
        saving.save(args.plot, lambda: content)
        say(f"wrote {args.plot}")
