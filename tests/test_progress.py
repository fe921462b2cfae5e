"""How far a run is: a bar on a terminal, lines in a log, nothing when quiet; events on disk."""

import io
import json

import pytest

from povlib.report import progress


class _Screen(io.StringIO):
    """Takes what is written, as a terminal or not."""

    def __init__(self, *, terminal):
        super().__init__()
        self._terminal = terminal

    def isatty(self):
        return self._terminal


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Follow a run of four reports; give what is told and the events of the log."""

    def _told(*, terminal, quiet=False):
        screen = _Screen(terminal=terminal)
        monkeypatch.setattr("sys.stderr", screen)
        with progress.follow(tmp_path, 4, quiet=quiet) as run:
            for number in range(4):
                run.step(area_code=f"0{number}", status="made")
        (log,) = (tmp_path / "logs").iterdir()
        events = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        return screen.getvalue(), events

    return _told


def test_a_terminal_shows_a_bar_with_rate_and_time_left(told):
    text, _ = told(terminal=True)
    assert "4/4" in text
    assert "report/s" in text
    assert "100%" in text


def test_a_log_gets_whole_lines_with_rate_and_time_left(told):
    text, _ = told(terminal=False)
    assert text.startswith("4 of 4 reports, ")
    assert text.endswith(" a second, 0 s left\n")
    assert "\r" not in text


@pytest.mark.parametrize("terminal", [True, False])
def test_quiet_says_nothing_and_logs_all_the_same(told, terminal):
    text, events = told(terminal=terminal, quiet=True)
    assert text == ""
    assert [event["area_code"] for event in events] == ["00", "01", "02", "03"]
    assert all(event["event"] == "report" and event["time"] for event in events)
