"""The command line, called in this process."""

from __future__ import annotations

from typing import Any

from glmlogit.cli import main


def run(capsys: Any, *args: Any) -> tuple[int, str, str]:
    """Exit code, and what was printed and said of errors."""
    code = main.main([str(arg) for arg in args])
    said = capsys.readouterr()
    return code, said.out, said.err
