"""Options that commands share, and how they become data, a design and a fit."""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glmlogit.errors import GlmlogitError, GlmlogitWarning

if TYPE_CHECKING:
    import pandas as pd

    from glmlogit.documents.pages import Format
    from glmlogit.estimators.fit import Fit
    from glmlogit.files.csv_columns import Layout
    from glmlogit.files.formats import Loaded


_EMBEDDED = "dataset:"

# Options that hold names or values of the data.
COLUMNS = ("formula", "weights", "trials", "event", "offset", "cluster", "text", "number", "na", "sep", "sheet")


def model_options(command: argparse.ArgumentParser, *, needs_formula: bool = True) -> None:
    """Add formula, data and the options of the model and of reading the file to a command's parser."""
    add = command.add_argument
    model = 'the model, such as "low ~ age + C(race)"'
    add("formula", metavar="FORMULA", nargs=None if needs_formula else "?", help=model)
    data_argument(command)
    add("--weights", metavar="COL", help="column of weights")
    add(
        "--weight-type",
        choices=["frequency", "sampling", "precision"],
        default="frequency",
        help="what the weights are: counts of rows (default), inverse probabilities, or precisions",
    )
    add("--trials", metavar="COL", help="column of trials, where the outcome counts events")
    add("--event", metavar="V", help="the value of the outcome to model, where it is not 0/1")
    add("--offset", metavar="COL", help="column added to the log-odds")
    add("--cluster", metavar="COL[,COL]", help="columns of clusters, for cluster-robust standard errors")
    add(
        "--class-weight",
        metavar="RULE",
        help="balanced, prevalence=0.05, or a weight for each value of the outcome: 1=5,0=1 (no remedy for few events)",
    )
    add("--cov", metavar="KIND", help="standard errors: model, HC0, HC0:stata, HC1, HC2, HC3 or cluster")
    add("--level", type=float, default=0.95, help="confidence level (default 0.95)")
    file_options(command)
    add("--missing", choices=["drop", "raise"], default="drop", help="rows with missing values: leave out, or stop")


def data_argument(command: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Add the file of the data to a command's parser."""
    formats = "CSV, .xlsx, .parquet, .feather, .dta, .sav or .sas7bdat"
    text = f"a file ({formats}), - for a CSV on standard input, dataset:NAME"
    command.add_argument("data", metavar="DATA", nargs="?" if optional else None, help=text)


def file_options(command: argparse.ArgumentParser) -> None:
    """Add what the user states about a file, in place of what it tells by itself."""
    add = command.add_argument
    add(
        "--sep",
        metavar="CHAR",
        help="what separates the values of a CSV: ',' ';' '|' or tab (default: told by the file)",
    )
    add("--decimal", choices=[".", ","], help="decimal mark (default: told by the file)")
    add("--encoding", metavar="NAME", help="encoding of a CSV, such as cp1252 or utf-16 (default: told by the file)")
    add("--skip", metavar="N", type=int, default=0, help="lines above the line of names; a title is seen by itself")
    add("--text", metavar="COL[,COL]", help="columns that are text although they look like numbers: codes")
    add("--number", metavar="COL[,COL]", help="columns that are numbers although they look like codes")
    add("--na", metavar="TEXT[,TEXT]", help="further words that mean a missing value, such as n.d.")
    add(
        "--dates",
        metavar="ORDER",
        help="of dates: dmy, mdy, ymd, a format such as %%d.%%m.%%Y, or text to leave them so",
    )
    add("--sheet", metavar="NAME", help="sheet of a workbook (default: the first)")


def out_option(command: argparse.ArgumentParser) -> None:
    """Add ``--out`` to a command's parser."""
    from glmlogit.documents.pages import FORMATS

    *most, last = (form.suffix for form in FORMATS.values())
    text = f"write to a file, its name ending in {' '.join(most)} or {last}"
    command.add_argument("--out", metavar="FILE", help=text)


def units_option(command: argparse.ArgumentParser) -> None:
    """Add ``--units``."""
    command.add_argument(
        "--units",
        metavar="VAR=UNIT[,…]",
        help="differences that odds ratios are for: age=5,lwt=sd (a number, sd, 2sd or iqr), or sd for every number",
    )


def units_of(text: str | None) -> dict[str, float | str] | str | None:
    """``"age=5,lwt=sd"`` as units by term, ``"sd"`` as it is."""
    from glmlogit.messages.units import SPREADS

    if text is None or text in SPREADS:
        return text
    pairs = [part.rpartition("=")[::2] for part in text.split(",")]
    if not all(name and unit for name, unit in pairs):
        raise GlmlogitError(f"--units {text} names no units: type --units age=5,lwt=sd")
    return {name.strip(): _unit(unit.strip()) for name, unit in pairs}


def _unit(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def firth_option(command: argparse.ArgumentParser) -> None:
    """Add ``--firth`` to a command's parser."""
    command.add_argument("--firth", action="store_true", help="Firth's bias-reduced fit, finite also under separation")


def page_options(command: argparse.ArgumentParser) -> None:
    """Add ``--out`` and ``--format`` to a command's parser."""
    from glmlogit.documents.pages import FORMATS

    out_option(command)
    printed = sorted((form.printed, name) for name, form in FORMATS.items() if form.printed)
    names = [name for _, name in printed]
    command.add_argument("--format", choices=names, help="what to print (default text)")
    style_options(command)


def style_options(command: argparse.ArgumentParser) -> None:
    """Add ``--style``, ``--language``, ``--labels`` and ``--digits`` to a command's parser."""
    from glmlogit.documents.style import STYLES
    from glmlogit.documents.vocabulary import LANGUAGES

    command.add_argument("--style", choices=list(STYLES), help="numbers as a journal prints them (default plain)")
    command.add_argument("--language", choices=LANGUAGES, help="of fixed words and decimal marks (default en)")
    labels_option(command)
    command.add_argument("--digits", type=int, metavar="N", help="decimals of odds ratios (default 3; of journals 2)")


def labels_option(command: argparse.ArgumentParser) -> None:
    """Add ``--labels`` to a command's parser."""
    text = "names to print: a CSV of columns variable, level and label, or JSON"
    command.add_argument("--labels", metavar="FILE", help=text)


def require_one_output(args: argparse.Namespace) -> None:
    """Refuse ``--format`` beside ``--out``, a file that cannot be written, and the data file itself."""
    if args.out and args.format:
        raise GlmlogitError("--format is for printing; with --out the end of the file's name decides. Leave one out")
    check_out(args.out)
    spare_data(args, "out", "--out")


def spare_data(args: argparse.Namespace, key: str, option: str) -> None:
    """Refuse to write the file that an option names over the file of the data."""
    written = getattr(args, key)
    both_exist = written and args.data and Path(written).exists() and Path(args.data).exists()
    if both_exist and Path(written).samefile(args.data):
        raise GlmlogitError(f"{option} {written} is the file of the data, which would be lost. Give another name")


def fitted(args: argparse.Namespace) -> Fit:
    """The fit that the arguments describe: data read, model fitted, covariance chosen."""
    from glmlogit.estimators.firth import firth
    from glmlogit.estimators.logit import logit

    data, options = rows_of(args)
    estimator = firth if getattr(args, "firth", False) else logit
    fit = estimator(args.formula, data, level=args.level, **options)
    return fit.with_cov(args.cov) if args.cov else fit


def rows_of(args: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """The table that the arguments name, and what they say of its rows, as estimators take it."""
    loaded = load(args, args.data, partial(used, args))
    return loaded.data, _design_options(args, loaded)


def load(args: argparse.Namespace, source: str, wanted: Callable[[Sequence[str]], list[str]]) -> Loaded:
    """The table of a file or of the package, its wanted columns at least; warns of how these were read."""
    from glmlogit import datasets
    from glmlogit.data import frames
    from glmlogit.files import formats, read
    from glmlogit.messages.labels import Labels, in_force, push

    if source.startswith(_EMBEDDED):
        return formats.Loaded(datasets.load(source.removeprefix(_EMBEDDED)))
    loaded = formats.load(source, wanted, layout_of(args))
    names = dict.fromkeys(wanted(list(map(str, frames.column_names(loaded.data)))))
    for line in read.remarks_on(loaded, names):
        warnings.warn(line, GlmlogitWarning, stacklevel=2)
    columns = {name: loaded.labels[name] for name in names if name in loaded.labels}
    levels = {name: loaded.value_labels[name] for name in names if name in loaded.value_labels}
    push(in_force().over(Labels(columns, levels)))  # behind those of the command, until it ends
    return loaded


def layout_of(args: argparse.Namespace) -> Layout:
    """What the options state about the file."""
    from glmlogit.files import read

    separator = {"tab": "\t", "\\t": "\t"}.get(args.sep, args.sep)
    if separator is not None and len(separator) != 1:
        raise GlmlogitError(f"--sep {args.sep} is no single character; type tab for a tab")
    if args.skip < 0:
        raise GlmlogitError(f"--skip {args.skip} is no number of lines")
    stated = (_listed(args.text), _listed(args.number), _listed(args.na), args.dates, args.sheet or 0)
    return read.layout_of(separator, args.decimal, args.encoding, args.skip, *stated)


def _listed(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(part.strip() for part in text.split(","))


def used(args: argparse.Namespace, names: Sequence[str]) -> list[str]:
    """The columns that the formula and the options read."""
    from glmlogit.formula import parse

    beside = [args.weights, args.trials, args.offset, *(_cluster(args.cluster, names) or ())]
    aside = [name for name in beside if name is not None]
    return [*parse.parse(args.formula, None, names, not_in_dot=aside).variables, *aside]


def _design_options(args: argparse.Namespace, loaded: Loaded) -> dict[str, Any]:
    from glmlogit.data import frames
    from glmlogit.formula import parse

    names = [str(name) for name in frames.column_names(loaded.data)]
    parsed = parse.parse(args.formula, None, names)
    return {
        "weights": args.weights,
        "weight_type": args.weight_type,
        "trials": args.trials,
        "event": None if args.event is None else _event(args.event, parsed, loaded.data),
        "offset": args.offset,
        "cluster": _cluster(args.cluster, names),
        "class_weight": _class_weight(args.class_weight, parsed, loaded.data),
        "missing": args.missing,
    }


def _cluster(text: str | None, names: Sequence[str]) -> list[str] | None:
    if text is None:
        return None
    return [text] if text in names else [name.strip() for name in text.split(",")]


def _class_weight(text: str | None, parsed: Any, data: Any) -> Any:
    """The rule of class weights that a text means: a word, or numbers by value of the outcome."""
    if text is None or "=" not in text:
        return text
    pairs = [part.rpartition("=")[::2] for part in text.split(",")]
    try:
        weights = {value.strip(): float(weight) for value, weight in pairs}
    except ValueError:
        raise GlmlogitError(f"--class-weight {text}: a weight is no number; type 1=5,0=1") from None
    return {value if value == "prevalence" else _event(value, parsed, data): w for value, w in weights.items()}


def _event(text: str, parsed: Any, data: Any) -> Any:
    """The value of the outcome that a text means: itself, a number equal to it, true or false."""
    from glmlogit.data import frames
    from glmlogit.formula import parse

    needed = list(dict.fromkeys(name for part in parsed.response for name in part.variables))
    outcomes = parse.outcome_columns(parsed, frames.take(data, needed).dropna())
    return value_meant(text, outcomes[0])


def value_meant(text: str, column: pd.Series[Any]) -> Any:
    """The value of a column that a text typed for ``--event`` means; the text itself where none does."""
    return next((value for value in column.unique() if is_meant(text, value)), text)


def is_meant(text: str, value: Any) -> bool:
    """Whether the text typed for ``--event`` is a value of the outcome."""
    if isinstance(value, str):
        return text == value
    if text.casefold() in ("true", "false"):
        return text.casefold() == str(value).casefold()
    try:
        return bool(float(text) == value)
    except ValueError:
        return text == str(value)


def check_out(out: str | None) -> Format | None:
    """The format of the file to write, so that a wrong one is told before the work; None without a file."""
    if out is None:
        return None
    from glmlogit.documents.pages import check_path

    return check_path(Path(out))
