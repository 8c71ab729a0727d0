"""``glmlogit demo``: print the worked example, or write it to a file."""

from __future__ import annotations

import argparse

from glmlogit.cli.command import Command
from glmlogit.cli.console import OK, deliver, deliver_text
from glmlogit.cli.options import check_out, out_option


def _run(args: argparse.Namespace) -> int:
    """Print the demonstration, or write it to a file; the exit code."""
    from glmlogit.cli import demo

    form = check_out(args.out)
    if form is None or form.suffix == ".txt":
        deliver_text(demo.text(), args.out)
    elif form.numbers:
        deliver(demo.pages()[:1], args.out)
    else:
        deliver([demo.title_page(), *demo.pages()], args.out)
    return OK


COMMAND = Command("a worked example on real data", out_option, _run, examples=("glmlogit demo",))
