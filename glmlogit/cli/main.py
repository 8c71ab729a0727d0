"""The command line: ``glmlogit fit``, ``glmlogit effects``, ``glmlogit demo`` and ``glmlogit validate``.

A user's error is one line on standard error and exit code 2. Nothing heavy is imported before the arguments
have been understood, so that ``--help`` and ``--version`` answer at once.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

import glmlogit
from glmlogit.cli.console import INTERRUPTED, OK, PIPE_CLOSED, drop_output, one_line_warnings, report_error
from glmlogit.cli.demo_command import run_demo
from glmlogit.cli.effects import effects_options, run_effects
from glmlogit.cli.fit import fit_options, run_fit
from glmlogit.cli.options import out_option
from glmlogit.cli.validate import run_validate, validate_options
from glmlogit.errors import GlmlogitError


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
    with _noting_interrupts() as interrupts:
        try:
            code = _dispatch(argv)
            if sys.stdout is not None:
                sys.stdout.flush()
        except BrokenPipeError:
            drop_output()
            return PIPE_CLOSED
        except KeyboardInterrupt:
            return INTERRUPTED
        except Exception as error:
            return INTERRUPTED if interrupts else report_error(error)
        return code


@contextlib.contextmanager
def _noting_interrupts() -> Iterator[list[int]]:
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
    with one_line_warnings():
        return run(args)


def _decode(args: argparse.Namespace) -> None:
    """Read names as UTF-8, as the files are, where the locale made escapes of their bytes."""
    for key in ("formula", "weights", "trials", "event", "offset", "cluster", "text", "number", "na", "sep"):
        text = getattr(args, key, None)
        if text and not text.isascii():
            with contextlib.suppress(UnicodeError):
                setattr(args, key, os.fsencode(text).decode("utf-8"))


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


_COMMANDS = (
    ("fit", run_fit, fit_options, "fit a logistic regression and print or write its summary"),
    ("effects", run_effects, effects_options, "effects on the probability: marginal effects, or standardised risks"),
    ("demo", run_demo, out_option, "a worked example on real data"),
    ("validate", run_validate, validate_options, "fit, refit with statsmodels or R, and compare every number"),
)


def _tolerate_any_encoding() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
