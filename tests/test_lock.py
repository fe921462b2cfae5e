"""The lock of an output folder: one run at a time, and nothing left of one that was killed."""

import multiprocessing
import os

import pytest

from povlib.errors import DataError
from povlib.report import lock


def _hold_and_tell(folder, told):
    """In a process of its own: hold a folder, leave something in it, wait."""
    with lock.hold(folder):
        (folder / ".aside-x" / "report").mkdir(parents=True)
        (folder / ".aside-y").touch()
        told.send(os.getpid())
        told.recv()


def test_a_second_run_is_told_who_holds_the_folder_until_that_one_is_gone(tmp_path):
    folder = tmp_path / "out" / "smoke"
    ours, theirs = multiprocessing.Pipe()
    holder = multiprocessing.get_context("spawn").Process(
        target=_hold_and_tell, args=(folder, theirs)
    )
    holder.start()
    held_by = ours.recv()
    with (
        pytest.raises(DataError, match=f"another run holds this folder: process {held_by} of"),
        lock.hold(folder),
    ):
        pass
    assert (folder / ".aside-x").is_dir()
    holder.kill()
    holder.join()
    with lock.hold(folder):
        assert not list(folder.glob(".aside*"))


def test_a_folder_with_nothing_in_it_is_taken_away_again(tmp_path):
    with lock.hold(tmp_path / "out" / "smoke"):
        pass
    assert not (tmp_path / "out").exists()


def test_a_folder_that_was_there_stays(tmp_path):
    with lock.hold(tmp_path / "smoke"):
        (tmp_path / "smoke" / "index.html").touch()
    assert [path.name for path in (tmp_path / "smoke").iterdir()] == ["index.html"]
