"""Files written whole or not at all: the one place where anything of ours is put on a disk.

The bytes go to a file of another name in the same folder, which takes the place of the old one when it is
complete. A disk that fills, a limit or an interruption leaves what was there before.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from glmlogit.errors import DataError


def save(path: str | Path, make: Callable[[], bytes]) -> None:
    """Write what ``make`` returns, and put the file in its place when all of it is there.

    A symbolic link stays one and its target is replaced; permissions of a file that was there are kept; a
    device or a pipe is written to directly.

    Raises
    ------
    DataError
        With the path and the reason, where the file cannot be written; a file that was there is as it was.
    """
    check(path)
    target = Path(os.path.realpath(path))
    with _explained(path):
        content = make()
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                file.write(content)
        else:
            _replace(target, content)


def save_text(path: str | Path, text: str) -> None:
    """Write a text in UTF-8; half of a surrogate pair, which has no UTF-8, becomes an escape."""
    save(path, lambda: encoded(text))


def encoded(content: str | bytes) -> bytes:
    """What is written of a text: UTF-8, in which half of a surrogate pair is an escape."""
    return content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")


def check(path: str | Path) -> None:
    """Raise a DataError, before any work, where a file plainly cannot be written."""
    if "\0" in str(path):
        raise DataError(f"cannot write {str(path)!r}: a name of a file has no null character")
    target = Path(os.path.realpath(path))
    with _explained(path):
        if target.is_dir():
            raise _error(errno.EISDIR)
        if target.exists() and not os.access(target, os.W_OK):
            raise _error(errno.EACCES)
        if not target.parent.is_dir():
            raise _error(errno.ENOENT)
        if (target.is_file() or not target.exists()) and not os.access(target.parent, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, f"no new file may be made in the folder {str(target.parent)!r}")


def _error(code: int) -> OSError:
    return OSError(code, os.strerror(code))


@contextlib.contextmanager
def _explained(path: str | Path) -> Iterator[None]:
    """An error of the operating system as one of ours."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise DataError(f"cannot write {str(path)!r}: {reason}") from error


def _replace(target: Path, content: bytes) -> None:
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    temporary = target.parent / f".glmlogit-{secrets.token_hex(8)}"

    def create(name: str, flags: int) -> int:
        return os.open(name, flags, 0o666 if mode is None else mode)

    try:
        with open(temporary, "xb", opener=create) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # some disks say only now that they are full
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
