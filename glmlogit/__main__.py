"""The command line: ``glmlogit fit``, ``glmlogit effects``, ``glmlogit demo`` and ``glmlogit validate``.

A user's error is one line on standard error and exit code 2. Nothing heavy is imported before the arguments
have been understood, so that ``--help`` and ``--version`` answer at once.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shlex
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import glmlogit
from glmlogit.errors import GlmlogitError, GlmlogitWarning

if TYPE_CHECKING:
    from glmlogit._csv_columns import Layout
    from glmlogit._files import Loaded
    from glmlogit.documents import Summary
    from glmlogit.fit import Fit

OK, DIFFERS, USER_ERROR, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141

_EMBEDDED = "dataset:"
_FORMATS = {"text": ".txt", "markdown": ".md", "csv": ".csv", "json": ".json", "html": ".html"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the program's name; those of the process by default.

    Returns
    -------
    int
        0; 1 where ``validate`` finds a difference; 2 for a user's error; 130 when interrupted; 141 when
        the reader of the output went away.
    """
    _tolerate_any_encoding()
    with _told_of_interrupts() as interrupts:
        try:
            code = _dispatch(argv)
            if sys.stdout is not None:
                sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
            return PIPE_CLOSED
        except KeyboardInterrupt:
            return INTERRUPTED
        except Exception as error:
            return INTERRUPTED if interrupts else _complain(error)
        return code


@contextlib.contextmanager
def _told_of_interrupts() -> Iterator[list[int]]:
    """Signals to stop that came: a library may turn the exception of one into another, as a reader of files does."""
    came: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        came.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield came
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)


def _dispatch(argv: Sequence[str] | None) -> int:
    try:
        args = _parser().parse_args(argv)
    except SystemExit:  # --help and --version, which have printed
        return OK
    _decode(args)
    run: Callable[[argparse.Namespace], int] = args.run
    with _one_line_warnings():
        return run(args)


def _decode(args: argparse.Namespace) -> None:
    """Read names as UTF-8, as the files are, where the locale made escapes of their bytes."""
    for key in ("formula", "weights", "trials", "event", "offset", "cluster", "text", "number", "na", "sep"):
        text = getattr(args, key, None)
        if text and not text.isascii():
            with contextlib.suppress(UnicodeError):
                setattr(args, key, os.fsencode(text).decode("utf-8"))


# --- arguments ----------------------------------------------------------------------------------

_EXAMPLES = """\
examples:
  glmlogit demo
  glmlogit fit "low ~ age + smoke" births.csv
  glmlogit fit "case ~ dose + C(site)" trial.parquet --event yes --cluster site --out table.docx
  glmlogit fit "deaths ~ dose" groups.csv --trials n
  glmlogit fit "HG ~ NV + PI + EH" dataset:endometrial --firth --profile
  glmlogit effects "low ~ age + C(race)*smoke" births.csv --at age=20,30
  glmlogit effects "low ~ age + smoke" births.csv --compare smoke --words
  glmlogit validate "low ~ age + smoke" births.csv --against r

FORMULA names columns of DATA; put it in quotes. C(x) makes categories of a number, a*b adds an interaction.
DATA is a CSV file (.csv, .tsv, also .gz), a Parquet file, - for CSV on standard input, or dataset:birthwt and
the like for a data set of the package."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        quotes = "; put the formula in quotes" if message.startswith("unrecognized") else ""
        raise GlmlogitError(f"{message}{quotes}. See: {self.prog} --help")


def _parser() -> _Parser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = _Parser(
        prog="glmlogit",
        description="Logistic regression for people who must report it and be right.",
        epilog=_EXAMPLES,
        formatter_class=layout,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"glmlogit {glmlogit.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, run, options, text in _COMMANDS:
        command = commands.add_parser(
            name, help=text, description=_capital(text), epilog=_EXAMPLES, formatter_class=layout, allow_abbrev=False
        )
        options(command)
        command.set_defaults(run=run)
    return parser


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _model_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("formula", metavar="FORMULA", help='the model, such as "low ~ age + C(race)"')
    add("data", metavar="DATA", help="a CSV or Parquet file, - for CSV on standard input, or dataset:NAME")
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
    add("--cov", metavar="KIND", help="standard errors: model, HC0, HC0:stata, HC1, HC2, HC3 or cluster")
    add("--level", type=float, default=0.95, help="confidence level (default 0.95)")
    add(
        "--sep",
        metavar="CHAR",
        help="what separates the values of a CSV: ',' ';' '|' or tab (default: told by the file)",
    )
    add("--decimal", choices=[".", ","], help="decimal mark of a CSV (default: a comma where ';' separates)")
    add("--encoding", metavar="NAME", help="encoding of a CSV, such as cp1252 or utf-16 (default UTF-8)")
    add("--skip", metavar="N", type=int, default=0, help="lines above the line of names, such as a title")
    add("--text", metavar="COL[,COL]", help="columns that are text although they look like numbers: codes")
    add("--number", metavar="COL[,COL]", help="columns that are numbers although they look like codes")
    add("--na", metavar="TEXT[,TEXT]", help="further words that mean a missing value, such as n.d.")
    add("--missing", choices=["drop", "raise"], default="drop", help="rows with missing values: leave out, or stop")


def _out_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out",
        metavar="FILE",
        help="write to a file, its name ending in .md .html .csv .json .docx .xlsx .tex or .txt",
    )


def _firth_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--firth", action="store_true", help="Firth's bias-reduced fit, finite also under separation")


def _page_options(command: argparse.ArgumentParser) -> None:
    _out_option(command)
    command.add_argument("--format", choices=list(_FORMATS), help="what to print (default text)")


def _fit_options(command: argparse.ArgumentParser) -> None:
    _model_options(command)
    _firth_option(command)
    methods = command.add_mutually_exclusive_group()
    methods.add_argument(
        "--method",
        choices=["wald", "profile", "score"],
        help="limits and tests: of Wald (default), profile likelihood (default with --firth) or score",
    )
    methods.add_argument("--profile", dest="method", action="store_const", const="profile", help="--method profile")
    _page_options(command)


def _effects_options(command: argparse.ArgumentParser) -> None:
    _model_options(command)
    _firth_option(command)
    add = command.add_argument
    add("--variables", metavar="VAR[,VAR]", help="variables whose effects are wanted (default all)")
    add("--at", metavar="VAR=VALUE[,VALUE]", action="append", help="average with a variable set to values; repeatable")
    add("--by", metavar="VAR", help="average in the subgroups of a variable of the model")
    add("--kind", choices=["dydx", "eyex", "eydx", "dyex"], default="dydx", help="derivative (default) or elasticity")
    add("--derivatives", action="store_true", help="derivatives also of 0/1 variables, in place of changes from 0 to 1")
    add("--compare", metavar="VAR", help="standardised risks of an exposure: difference, ratio, odds ratio, NNT")
    add("--contrast", metavar="EXPOSED,REFERENCE", help="with --compare: the two values, or a step such as 10")
    add(
        "--population",
        choices=["all", "exposed", "unexposed"],
        default="all",
        help="with --compare: whose covariates are averaged over (default all)",
    )
    add("--words", action="store_true", help="say every result in a sentence as well")
    _page_options(command)


def _validate_options(command: argparse.ArgumentParser) -> None:
    _model_options(command)
    add = command.add_argument
    add("--against", choices=["statsmodels", "r"], default="statsmodels", help="the other system")
    add("--rtol", type=float, default=1e-6, help="largest difference that passes (default 1e-6)")


# --- commands -----------------------------------------------------------------------------------


def _fit(args: argparse.Namespace) -> int:
    _require_one_output(args)
    page = _fitted(args).summary(method=args.method)
    _deliver([page], args.out, args.format or "text")
    return OK


def _effects(args: argparse.Namespace) -> int:
    from glmlogit import _effects_page

    _require_one_output(args)
    if args.contrast and not args.compare:
        raise GlmlogitError("--contrast belongs to --compare VAR, the exposure. Add it")
    fit = _fitted(args)
    if args.compare:
        estimands = ("risk_difference", "risk_ratio", "odds_ratio", "nnt")
        options = {"contrast": _contrast(fit, args), "population": args.population, "by": args.by}
        pages = [_effects_page.comparisons_page(fit, args.compare, estimands, **options)]
    else:
        pages = [_effects_page.margins_page(fit, **_margin_options(fit, args))]
    if args.words:
        pages.append(_effects_page.words_page(fit))
    _deliver(pages, args.out, args.format or "text")
    return OK


def _margin_options(fit: Fit, args: argparse.Namespace) -> dict[str, Any]:
    return {
        "variables": args.variables.split(",") if args.variables else None,
        "at": dict(map(partial(_setting, fit), args.at)) if args.at else "overall",
        "kind": args.kind,
        "discrete": None if args.derivatives else "binary",
        "by": args.by,
    }


def _setting(fit: Fit, text: str) -> tuple[str, list[Any]]:
    """``"age=20,30"`` as a variable and its values."""
    name, sign, values = text.partition("=")
    if not (name and sign and values):
        raise GlmlogitError(f"--at {text} is not a variable with its values, such as --at age=20,30")
    return name, [_value_of(fit, name, value) for value in values.split(",")]


def _contrast(fit: Fit, args: argparse.Namespace) -> Any:
    if args.contrast is None:
        return None
    values = [_value_of(fit, args.compare, value) for value in args.contrast.split(",")]
    return values[0] if len(values) == 1 else tuple(values)


def _value_of(fit: Fit, name: str, text: str) -> Any:
    """A level of a variable as the data spell it, else a number."""
    from glmlogit import counterfactual

    variable = counterfactual.variables(fit).get(name)
    levels = () if variable is None else variable.levels
    found = next((level for level in levels if _means(text, level)), None)
    if found is not None:
        return found
    try:
        return float(text)
    except ValueError:
        return text


def _require_one_output(args: argparse.Namespace) -> None:
    if args.out and args.format:
        raise GlmlogitError("--format is for printing; with --out the end of the file's name decides. Leave one out")
    _check_out(args.out)
    if args.out and Path(args.out).exists() and Path(args.data).exists() and Path(args.out).samefile(args.data):
        raise GlmlogitError(f"--out {args.out} is the file of the data, which would be lost. Give another name")


def _validate(args: argparse.Namespace) -> int:
    from glmlogit.validation import validate

    found = validate(_fitted(args), against=args.against, rtol=args.rtol)
    _print(str(found))
    return OK if found.passed else DIFFERS


def _fitted(args: argparse.Namespace) -> Fit:
    from glmlogit.bias_reduction import firth
    from glmlogit.estimators import logit

    loaded = _load(args)
    estimator = firth if getattr(args, "firth", False) else logit
    fit = estimator(args.formula, loaded.data, level=args.level, **_design_options(args, loaded))
    return fit.with_cov(args.cov) if args.cov else fit


def _load(args: argparse.Namespace) -> Loaded:
    from glmlogit import _files, datasets

    if args.data.startswith(_EMBEDDED):
        return _files.Loaded(datasets.load(args.data.removeprefix(_EMBEDDED)))
    return _files.read(args.data, partial(_used, args), _layout(args))


def _layout(args: argparse.Namespace) -> Layout:
    from glmlogit._csv_columns import Layout

    separator = {"tab": "\t", "\\t": "\t"}.get(args.sep, args.sep)
    if separator is not None and len(separator) != 1:
        raise GlmlogitError(f"--sep {args.sep} is no single character; type tab for a tab")
    if args.skip < 0:
        raise GlmlogitError(f"--skip {args.skip} is no number of lines")
    return Layout(
        separator, args.decimal, args.encoding, args.skip, _listed(args.text), _listed(args.number), _listed(args.na)
    )


def _listed(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(part.strip() for part in text.split(","))


def _used(args: argparse.Namespace, names: Sequence[str]) -> list[str]:
    """The columns that the formula and the options read."""
    from glmlogit import formula

    beside = [args.weights, args.trials, args.offset, *(_cluster(args.cluster, names) or ())]
    aside = [name for name in beside if name is not None]
    return [*formula.parse(args.formula, None, names, not_in_dot=aside).variables, *aside]


def _design_options(args: argparse.Namespace, loaded: Loaded) -> dict[str, Any]:
    from glmlogit import _frames, formula

    names = [str(name) for name in _frames.column_names(loaded.data)]
    for name in dict.fromkeys(_used(args, names)):
        if name in loaded.remarks:
            warnings.warn(loaded.remarks[name], GlmlogitWarning, stacklevel=2)
    parsed = formula.parse(args.formula, None, names)
    return {
        "weights": args.weights,
        "weight_type": args.weight_type,
        "trials": args.trials,
        "event": None if args.event is None else _event(args.event, parsed, loaded.data),
        "offset": args.offset,
        "cluster": _cluster(args.cluster, names),
        "missing": args.missing,
    }


def _cluster(text: str | None, names: Sequence[str]) -> list[str] | None:
    if text is None:
        return None
    return [text] if text in names else [name.strip() for name in text.split(",")]


def _event(text: str, parsed: Any, data: Any) -> Any:
    """The value of the outcome that a text means: itself, a number equal to it, true or false."""
    from glmlogit import _frames, formula

    needed = list(dict.fromkeys(name for part in parsed.response for name in part.variables))
    outcomes = formula.outcome_columns(parsed, _frames.take(data, needed).dropna())
    values = list(outcomes[0].unique())
    return next((value for value in values if _means(text, value)), text)


def _means(text: str, value: Any) -> bool:
    if isinstance(value, str):
        return text == value
    if text.casefold() in ("true", "false"):
        return text.casefold() == str(value).casefold()
    try:
        return bool(float(text) == value)
    except ValueError:
        return text == str(value)


def _demo(args: argparse.Namespace) -> int:
    from glmlogit import _demo

    suffix = _check_out(args.out)
    if suffix in ("", ".txt"):
        _deliver_text(_demo.text(), args.out)
    elif suffix in (".csv", ".json", ".xlsx"):
        _deliver(_demo.pages()[:1], args.out)
    else:
        _deliver([_demo.title_page(), *_demo.pages()], args.out)
    return OK


_COMMANDS = (
    ("fit", _fit, _fit_options, "fit a logistic regression and print or write its summary"),
    ("effects", _effects, _effects_options, "effects on the probability: marginal effects, or standardised risks"),
    ("demo", _demo, _out_option, "a worked example on real data"),
    ("validate", _validate, _validate_options, "fit, refit with statsmodels or R, and compare every number"),
)


# --- output -------------------------------------------------------------------------------------


def _check_out(out: str | None) -> str:
    """The suffix of the file to write, so that a wrong one is told before the work; empty without a file."""
    if out is None:
        return ""
    from glmlogit.documents import check_path

    return check_path(Path(out))


def _deliver(pages: Sequence[Summary], out: str | None, form: str = "text") -> None:
    from glmlogit import documents

    if out is None:
        _print(documents.rendered(pages, _FORMATS[form]), exact=form != "text")
        return
    documents.write(pages, out)
    _tell(f"wrote {out}")


def _deliver_text(text: str, out: str | None) -> None:
    from glmlogit import _saving

    if out is None:
        _print(text)
        return
    _saving.save_text(out, text)
    _tell(f"wrote {out}")


def _print(text: str, exact: bool = False) -> None:
    """Print; what a program is to read is UTF-8 wherever it goes."""
    if exact and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    print(text, end="" if text.endswith("\n") else "\n")


def _tell(text: str) -> None:
    """Print one line on standard error."""
    from glmlogit._format import visible

    print(f"glmlogit: {visible(' '.join(text.split()))}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _one_line_warnings() -> Iterator[None]:
    """Show the package's warnings as a line each; those of its libraries tell a user nothing to act on."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        _tell(f"warning: {_as_typed(str(message))}")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", GlmlogitWarning)
        warnings.showwarning = show
        yield


def _complain(error: Exception) -> int:
    if isinstance(error, (GlmlogitError, ImportError)):
        _tell(_as_typed(str(error)))
    elif isinstance(error, OSError):
        _tell(f"cannot write the output: {error.strerror or error}")
        _drop_output()
    elif isinstance(error, MemoryError):
        _tell("not enough memory for these data")
    else:
        _tell(f"unexpected {type(error).__name__}: {error}. This is a fault of glmlogit: please report it")
    return USER_ERROR


# What options of other names say.
_OTHERWISE = {
    "method='profile'": "--profile",
    "method='wald'": "--method wald",
    "with_cov('model')": "with --cov model",
    "(gl.firth)": "(--firth)",
}
_CALL = re.compile(r"gl\.\w+\(\.\.\., (.*?)\)")
_KEYWORD = re.compile(
    r"\b(weights|weight_type|trials|event|offset|cluster|missing|level|against|rtol)="
    r"('[^']*'|\"[^\"]*\"|-?[\w.]+)"
)


def _as_typed(message: str) -> str:
    """A message in which Python's keywords read as this program's options: ``event=2`` as ``--event 2``."""

    def option(found: re.Match[str]) -> str:
        value = found[2]
        text = shlex.quote(value[1:-1]) if value[0] in "'\"" else value
        return f"--{found[1].replace('_', '-')} {text}"

    if "pd.to_numeric(df[" in message:
        message += (
            ". Here: correct the file, or type --decimal , for decimal commas, --na TEXT for words that mean missing"
        )
    for python, typed in _OTHERWISE.items():
        message = message.replace(python, typed)
    return _KEYWORD.sub(option, _CALL.sub(r"\1", message))


def _tolerate_any_encoding() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Point standard output nowhere, so that the interpreter does not complain when it ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
