"""A file is written whole or not at all, in every format, and what was there before survives any failure."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import resource
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import glmlogit as gl
from glmlogit.documents import pages, saving
from glmlogit.errors import DataError

SUFFIXES = (".md", ".html", ".tex", ".txt", ".csv", ".json", ".docx", ".xlsx")
PAGE = gl.logit("low ~ age + smoke", gl.datasets.birthwt()).summary()
TABLE = gl.table("low ~ age + smoke", gl.datasets.birthwt())
BEFORE = b"what was there before"


def report(path):
    pages.write(PAGE, path)


@contextlib.contextmanager
def limit_of(size):
    """No file of this process may become larger: a disk that fills while a file is written."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def failing(code):
    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    return fail


@contextlib.contextmanager
def patched(owner, name, value):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, value)
        yield


FAILURES = {
    "the disk is full at once": lambda: limit_of(0),
    "the disk is full half-way": lambda: limit_of(100),
    "the disk says at the end that it is full": lambda: patched(os, "fsync", failing(errno.ENOSPC)),
    "the file is not let go": lambda: patched(Path, "replace", failing(errno.EACCES)),
    "no file can be made": lambda: patched(os, "open", failing(errno.EROFS)),
}


# Zip files of a full disk complain when they are collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("existing", [True, False], ids=["over a file", "new"])
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_leaves_what_was_there(failure, suffix, existing, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path.parent))  # openpyxl's
    path = tmp_path / f"report{suffix}"
    if existing:
        path.write_bytes(BEFORE)
    for write in (report, TABLE.write):
        with pytest.raises(DataError) as caught, FAILURES[failure]():
            write(path)
        assert str(caught.value).startswith(f"cannot write '{path}': ")
        assert [p.name for p in tmp_path.iterdir()] == [path.name] * existing
        assert not existing or path.read_bytes() == BEFORE
    caught = None
    gc.collect()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interruption_leaves_what_was_there(suffix, tmp_path, monkeypatch):
    path = tmp_path / f"report{suffix}"
    path.write_bytes(BEFORE)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        report(path)
    assert path.read_bytes() == BEFORE
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_device(tmp_path):
    for suffix in SUFFIXES:
        link = tmp_path / f"full{suffix}"
        link.symlink_to("/dev/full")
        with pytest.raises(DataError, match=r"cannot write .*: No space left on device"):
            report(link)
        assert link.is_symlink()
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_links_and_permissions_stay(suffix, tmp_path):
    target, link = tmp_path / f"target{suffix}", tmp_path / f"link{suffix}"
    target.write_bytes(BEFORE)
    target.chmod(0o640)
    link.symlink_to(target.name)
    report(link)
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert target.read_bytes() != BEFORE
    assert sorted(tmp_path.iterdir()) == sorted([target, link])


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path):
    report(tmp_path / "a.md")
    (tmp_path / "b.md").touch()
    assert (tmp_path / "a.md").stat().st_mode == (tmp_path / "b.md").stat().st_mode


def test_a_link_to_nowhere_is_followed(tmp_path):
    (tmp_path / "link.md").symlink_to(tmp_path / "later.md")
    report(tmp_path / "link.md")
    assert (tmp_path / "later.md").read_text().startswith("#")
    (tmp_path / "lost.md").symlink_to(tmp_path / "no" / "folder.md")
    with pytest.raises(DataError, match="No such file or directory"):
        report(tmp_path / "lost.md")


def test_a_pipe_is_written_to(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    report(pipe)
    assert reader.communicate(timeout=60)[0].startswith(b"term,")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a\0b.md", "a name of a file has no null character"),
        ("x" * 300 + ".md", "File name too long"),
        ("folder.md", "Is a directory"),
    ],
)
def test_names_that_no_file_can_have(name, reason, tmp_path):
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(DataError, match=reason) as caught:
        report(tmp_path / name)
    assert "\0" not in str(caught.value)


def test_what_may_not_be_written_is_told_before_the_work(tmp_path, monkeypatch):
    path = tmp_path / "r.md"
    path.write_bytes(BEFORE)
    monkeypatch.setattr(os, "access", lambda p, mode: Path(p) != path)
    with pytest.raises(DataError, match=r"cannot write .*: Permission denied"):
        saving.check(path)
    monkeypatch.setattr(os, "access", lambda p, mode: Path(p) != tmp_path)
    with pytest.raises(DataError, match="no new file may be made in the folder"):
        report(path)
    assert path.read_bytes() == BEFORE


def test_half_a_surrogate_pair_is_written_as_an_escape(tmp_path):
    saving.save_text(tmp_path / "a.md", "x\ud800y")
    assert (tmp_path / "a.md").read_bytes() == b"x\\ud800y"


@pytest.mark.parametrize(
    "command", [("fit", "low ~ age", "dataset:birthwt"), pytest.param(("demo",), marks=pytest.mark.slow)]
)
def test_the_command_line_says_it_in_a_line(command, tmp_path):
    path = tmp_path / "r.md"
    path.write_bytes(BEFORE)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (90, 90)); "
        "from glmlogit.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", limited, *command, "--out", str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, f"glmlogit: cannot write '{path}': File too large\n")
    assert path.read_bytes() == BEFORE
    assert list(tmp_path.iterdir()) == [path]
