"""The command line: ``glmlogit fit``, ``glmlogit table``, ``glmlogit demo`` and the other commands.

A user's error is one line on standard error and exit code 2. Nothing heavy is imported before the arguments
have been understood, so that ``--help`` and ``--version`` answer at once.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NoReturn

import glmlogit
from glmlogit.cli.command import COMMANDS, Command
from glmlogit.cli.console import INTERRUPTED, OK, PIPE_CLOSED, drop_output, one_line_warnings, report_error
from glmlogit.cli.options import COLUMNS
from glmlogit.errors import GlmlogitError
from glmlogit.messages.lines import columns, filled


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
    command = COMMANDS[args.command.replace("-", "_")]
    _decode(args, (*COLUMNS, *command.columns))
    with one_line_warnings(), _style_of(args):
        return command.run(args)


def _style_of(args: argparse.Namespace) -> contextlib.AbstractContextManager[Any]:
    """The style and the labels that the arguments choose, for as long as the command runs."""
    style, digits, language = (getattr(args, name, None) for name in ("style", "digits", "language"))
    labels = getattr(args, "labels", None)
    from glmlogit.documents.style import using

    if labels is not None:
        from glmlogit.files.label_file import read_labels

        labels = read_labels(labels)
    return using(style, digits, None, language, labels)


def _decode(args: argparse.Namespace, columns: Sequence[str]) -> None:
    """Read names as UTF-8, as the files are, where the locale made escapes of their bytes."""
    for key in columns:
        text = getattr(args, key, None)
        if text and not text.isascii():
            with contextlib.suppress(UnicodeError):
                setattr(args, key, os.fsencode(text).decode("utf-8"))


_DATA = """\
FORMULA names columns of DATA; put it in quotes. C(x) makes categories of a number, a*b adds an interaction. \
DATA is a file: CSV (.csv, .tsv, .txt, also .gz), .xlsx, .parquet, .feather, .dta, .sav or .sas7bdat; - is a CSV on \
standard input, dataset:birthwt and the like a data set of the package."""


def _advice(message: str) -> str:
    """What was meant by words that no option takes: a formula without quotes, or the numbers of a table."""
    before, _, typed = message.partition("unrecognized arguments: ")
    if before or not typed or typed.startswith("-"):
        return ""
    numbers = all(word.replace(".", "", 1).isdigit() for word in typed.split())
    return "; type the numbers of a table as --counts A,B,C,D" if numbers else "; put the formula in quotes"


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and to which a command's options are added when it is used."""

    options: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(self, *args: Any, **named: Any) -> Any:
        """Parse, with the options of the command."""
        if self.options is not None:
            add, self.options = self.options, None
            add(self)
        return super().parse_known_args(*args, **named)

    def error(self, message: str) -> NoReturn:
        raise GlmlogitError(f"{message}{_advice(message)}. See: {self.prog} --help")


def _parser() -> _Parser:
    layout = argparse.RawDescriptionHelpFormatter
    examples = _examples(COMMANDS.values())
    parser = _Parser(
        prog="glmlogit",
        description="Logistic regression for people who must report it and be right.",
        epilog=examples,
        formatter_class=layout,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"glmlogit {glmlogit.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        text = filled(_capital(command.help), columns())
        own = commands.add_parser(
            name.replace("_", "-"),
            help=command.help,
            description=text,
            epilog=examples,
            formatter_class=layout,
            allow_abbrev=False,
        )
        own.options = command.options
    return parser


def _examples(commands: Iterable[Command]) -> str:
    """Examples of all commands, those that need no data first, and what they mean."""
    lines = [example for command in commands for example in command.examples]
    lines.sort(key=lambda line: len(line.split()) > len(("glmlogit", "demo")))
    return "\n".join(["examples:", *(f"  {_typed(line)}" for line in lines), "", filled(_DATA, columns())])


def _typed(line: str) -> str:
    """A command on lines that have room, each but the last with a backslash at its end."""
    pieces = re.findall(r'--\S+ [^\s"-]+|"[^"]*"|\S+', line)
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + len(piece) + 9 <= columns():
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return " \\\n      ".join(lines)


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _tolerate_any_encoding() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
