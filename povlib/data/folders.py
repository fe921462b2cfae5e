"""Folders that are there whole or not at all: made ready aside, synced, renamed."""

import os
import shutil
from pathlib import Path

ASIDE = ".aside"  # begins the names of what is made ready: a run clears what another left


def put(aside: Path, place: Path) -> None:
    """
    Put a folder that is whole in its place.

    Whenever the process or the machine stops, the place holds the old folder, the new
    one or none; what it holds is whole. Left-overs keep the name of `aside`.

    Parameters
    ----------
    aside : Path
        The new folder, beside the place or elsewhere on the same disk.
    place : Path
        Where it goes; a folder there is replaced.
    """
    for path in (*aside.rglob("*"), aside):
        _sync(path)
    old = aside.with_name(f"{aside.name}-old")
    if place.exists():
        place.rename(old)
    try:
        aside.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise
    _sync(place.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    if path.is_dir() and os.name == "nt":  # opens no folders
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
