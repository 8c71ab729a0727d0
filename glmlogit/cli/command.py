"""What a command of the command line is, and which there are."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from glmlogit.documents.registry import Registry


@dataclass(frozen=True)
class Command:
    """A command: a line of help, its options, and the function that runs it and returns the exit code.

    ``examples`` are lines for the page of help. ``columns`` are those of its own options that hold names or values of
    the data, which are read as UTF-8 whatever the locale; ``keywords`` those that messages of the library name as
    Python's keywords. The options that commands share need neither.
    """

    help: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    examples: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


COMMANDS: Registry[Command] = Registry(
    "glmlogit.cli.commands", "COMMAND", first=("fit", "table", "effects", "demo", "validate")
)
