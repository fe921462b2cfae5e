"""One run at a time on an output folder."""

import getpass
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from povlib.data import folders
from povlib.errors import DataError

NAME = ".lock"


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """
    Hold an output folder, and clear what a run that was killed left in it.

    The system lets go of the lock when this process ends, however that comes. A
    folder with nothing in it is taken away again.

    Parameters
    ----------
    folder : Path
        Output folder of a scenario; made if need be.

    Raises
    ------
    DataError
        If another run holds the folder; the message says who.
    """
    was_there = folder.parent.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        msg = f"{folder}: another run holds this folder: {path.read_text('utf-8')}"
        raise DataError(msg) from None
    try:
        path.write_text(_holder(), "utf-8")
        clear(folder)
        yield
    finally:
        clear(folder)
        path.unlink()
        lock.release()
        if not any(folder.iterdir()):
            folder.rmdir()
            if not was_there:
                folder.parent.rmdir()


def _holder() -> str:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return f"process {os.getpid()} of {getpass.getuser()} on {platform.node()}, since {since}"


def clear(folder: Path) -> None:
    """Remove what is made ready aside; only for who holds the folder."""
    for aside in folder.glob(f"{folders.ASIDE}*"):
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)
