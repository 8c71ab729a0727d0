"""Ctrl-C ends work promptly, leaves nothing broken, and is no traceback on the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import interrupt
import pytest

from glmlogit.cli.main import main
from glmlogit.numerics import kernels

COMMAND = [sys.executable, "-m", "glmlogit"]
ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
# A shell that runs the tests in the background has its programs ignore Ctrl-C.
HEARD = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)


def test_helpers_take_no_more_work_when_the_caller_is_interrupted():
    done = []

    def work(k):
        done.append(k)
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        time.sleep(0.001)

    with pytest.raises(KeyboardInterrupt):
        kernels.share(work, 100_000, 2)
    count = len(done)
    time.sleep(0.05)
    assert len(done) <= count + 1


# What a shell reports as 130: the exit code, or death by the signal, which Python chooses where the exception passed
# through an exec of text, as in the making of a dataclass, and where the signal comes while the interpreter closes.
INTERRUPTED = (130, -signal.SIGINT)


def interrupted(arguments, delay, **streams):
    """Exit code, output and messages of the command line that gets SIGINT so many seconds after it began to work."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        preexec_fn=HEARD,
        **streams,
    )
    maps = Path(f"/proc/{process.pid}/maps")
    while maps.exists() and "numpy" not in maps.read_text() and process.poll() is None:
        time.sleep(0.005)  # Python itself starts with a traceback for Ctrl-C; the command line imports NumPy first
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    try:
        out, err = (stream.decode() for stream in process.communicate(timeout=120))
    finally:
        process.kill()
    return process.returncode, out, err


def test_the_command_line_that_waits_for_data(tmp_path):
    reader, writer = os.pipe()
    try:
        ready = subprocess.Popen(
            [*COMMAND, "fit", "y ~ x", "-"], stdin=reader, stderr=subprocess.PIPE, env=ENVIRONMENT, preexec_fn=HEARD
        )
        os.close(reader)
        os.write(writer, b"y,x\n" + b"0,1\n1,2\n" * 8_000)  # blocks until it is being read, which is inside main
        os.write(writer, b"0,1\n1,2\n" * 8_000)
        time.sleep(1)  # until it waits: a signal that comes between two reads is seen after the second
        ready.send_signal(signal.SIGINT)
        assert ready.communicate()[1] == b""
        assert ready.returncode == 130
    finally:
        os.close(writer)
        ready.kill()


def test_a_library_that_hides_an_interruption(monkeypatch, capsys):
    def read(*_):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ValueError("calling read(nbytes) failed") from None

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        monkeypatch.setattr("glmlogit.files.formats.load", read)
        assert main(["fit", "y ~ x", "d.csv"]) == 130
        assert capsys.readouterr().err == ""
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0, 0.1, 0.3, 0.5, 1, 2, 4, 8])
def test_the_command_line_at_any_time(delay, tmp_path):
    data, out = tmp_path / "d.csv", tmp_path / "r.md"
    interrupt.frame(400_000, 40).to_csv(data, index=False)
    out.write_bytes(b"before")
    code, shown, told = interrupted(["fit", "y ~ x*C(g) + ns(z, df=5)", data, "--profile", "--out", out], delay)
    if code != 0:  # done before
        assert code in INTERRUPTED
        assert (shown, told) == ("", "")
        assert out.read_bytes() == b"before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.csv", "r.md"]


@pytest.mark.slow
@pytest.mark.parametrize("name", interrupt.WORKS)
def test_long_work_ends_promptly_and_leaves_no_trace(name):
    done = subprocess.run(
        [sys.executable, str(Path(interrupt.__file__)), name, "1.0"],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
        preexec_fn=HEARD,
    )
    passed = float(done.stdout.split(": ")[1])
    assert passed < 2.0, "seconds of processor time from the signal to the end; nan where there was too little work"
