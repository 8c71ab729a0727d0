"""What the command line prints: pages, warnings and errors of one line, exit codes."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import shlex
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from glmlogit.cli.command import COMMANDS
from glmlogit.errors import GlmlogitError, GlmlogitWarning

if TYPE_CHECKING:
    from glmlogit.documents.pages import Summary


OK, DIFFERS, USER_ERROR, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141


def deliver(pages: Sequence[Summary], out: str | None, form: str = "text") -> None:
    """Write pages to the file ``out``, or print them in the format ``form`` where ``out`` is None."""
    from glmlogit.documents.pages import FORMATS, write

    if out is None:
        print_page(str(FORMATS[form].make(pages)), exact=form != "text")
        return
    write(pages, out)
    say(f"wrote {out}")


def deliver_text(text: str, out: str | None) -> None:
    """Write a text to the file ``out``, or print it where ``out`` is None."""
    from glmlogit.documents import saving

    if out is None:
        print_page(text)
        return
    saving.save_text(out, text)
    say(f"wrote {out}")


def print_page(text: str, exact: bool = False) -> None:
    """Print; what a program is to read is UTF-8 wherever it goes."""
    if exact and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    print(text, end="" if text.endswith("\n") else "\n")


def say(text: str) -> None:
    """Print one line on standard error."""
    from glmlogit.messages.words import visible

    print(f"glmlogit: {visible(' '.join(text.split()))}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def one_line_warnings() -> Iterator[None]:
    """Show the package's warnings as a line each; those of its libraries tell a user nothing to act on."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        say(f"warning: {as_typed(str(message))}")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", GlmlogitWarning)
        warnings.showwarning = show
        yield


def report_error(error: Exception) -> int:
    """Write an error as one line on standard error; the exit code of a user's error."""
    if isinstance(error, (GlmlogitError, ImportError)):
        say(as_typed(str(error)))
    elif isinstance(error, OSError):
        say(f"cannot write the output: {error.strerror or error}")
        drop_output()
    elif isinstance(error, MemoryError):
        say("not enough memory for these data")
    else:
        say(f"unexpected {type(error).__name__}: {error}. This is a fault of glmlogit: please report it")
    return USER_ERROR


# What options of other names say.
_OTHERWISE = {
    "method='profile'": "--profile",
    "method='wald'": "--method wald",
    "with_cov('model')": "with --cov model",
    "(gl.firth)": "(--firth)",
}

_CALL = re.compile(r"gl\.\w+\(\.\.\., (.*?)\)")

# Keywords of Python that options which commands share are called by.
_SHARED = ("weights", "weight_type", "trials", "event", "offset", "cluster", "class_weight", "missing", "level",
           "sep", "decimal", "encoding", "skip", "text", "number", "dates", "sheet")  # fmt: skip
_TO_BE_MISSING = re.compile(r"\bmissing=\[(.*?)\]")


def as_typed(message: str) -> str:
    """A message in which Python's keywords read as this program's options: ``event=2`` as ``--event 2``."""

    def option(keyword: re.Match[str]) -> str:
        value = keyword[2]
        text = shlex.quote(value[1:-1]) if value[0] in "'\"" else value
        return f"--{keyword[1].replace('_', '-')} {text}"

    if "pd.to_numeric(df[" in message:
        message += (
            ". Here: correct the file, or type --decimal , for decimal commas, --na TEXT for words that mean missing"
        )
    message = _TO_BE_MISSING.sub(lambda words: f"--na {','.join(ast.literal_eval(f'[{words[1]}]'))}", message)
    for python, typed in _OTHERWISE.items():
        message = message.replace(python, typed)
    keywords = "|".join([*_SHARED, *(keyword for command in COMMANDS.values() for keyword in command.keywords)])
    in_python = rf"\b({keywords})=('[^']*'|\"[^\"]*\"|-?[\w.]+)"
    return re.sub(in_python, option, _CALL.sub(r"\1", message))


def drop_output() -> None:
    """Point standard output nowhere, so that the interpreter does not complain when it ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
