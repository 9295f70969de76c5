"""How far a command is: on a terminal and elsewhere."""

from __future__ import annotations

import io
import math
import sys
from types import SimpleNamespace

import pytest

from duv_studio.cli import progress
from duv_studio.cli.progress import Progress, counter
from duv_studio.time_left import about


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "ON_TERMINAL", 0.0)
    monkeypatch.setattr(progress, "ELSEWHERE", 0.0)


def count_to(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, lines: bool = True) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    bar = Progress("files", 1000, 498, lines=lines)
    bar.step("7 tracks kept")
    bar.line("one.mid: broken")
    bar.step("8 tracks kept")
    bar.close()
    return stream.getvalue()


def test_a_terminal_gets_a_bar_that_is_taken_away(often: None, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = count_to(Terminal(), monkeypatch)
    assert "500/1000" in shown and "files/s, 8 tracks kept" in shown
    assert "\rone.mid: broken\n" in shown and shown.count("\n") == 1
    assert shown.endswith("\r") and not shown.split("\r")[-2].strip()


def test_elsewhere_there_are_lines_and_no_cursor_moves(often: None, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = count_to(io.StringIO(), monkeypatch)
    assert "\r" not in shown and "\x1b" not in shown and "\n\n" not in shown
    assert "one.mid: broken\n" in shown and shown.splitlines()[-1].startswith("50%") and "500/1000" in shown


def test_elsewhere_a_short_task_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert count_to(io.StringIO(), monkeypatch) == "one.mid: broken\n"


def test_without_lines_only_what_is_printed_stays(often: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert count_to(io.StringIO(), monkeypatch, lines=False) == "one.mid: broken\n"


@pytest.mark.parametrize(("done", "told"), [(9, False), (10, True), (11, True)])
def test_the_time_that_remains_is_told_from_the_tenth_on(
    often: None, monkeypatch: pytest.MonkeyPatch, done: int, told: bool
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    bar = Progress("files", 1000, 500, enough=10)
    bar.say("one.mid 40%")
    assert "500/1000" in screen.getvalue() and "one.mid 40%" in screen.getvalue()
    for number in range(1, done + 1):
        bar.to(500 + number)
    shown = screen.getvalue().split("\r")[-1]
    bar.close()
    assert f"{500 + done}/1000" in shown and ("left" in shown) == told


def test_elsewhere_a_training_prints_a_line_every_so_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    steps = Progress("steps", 100, 45, every=20)
    for done in (45, 46, 50, 55, 60, 65, 79, 80, 100):
        steps.to(done, "train_loss 1.5")
    steps.close()
    assert [line.split("|")[2].split()[0] for line in stream.getvalue().splitlines()] == [
        "46/100",
        "60/100",
        "80/100",
        "100/100",
    ]
    assert "\r" not in stream.getvalue() and stream.getvalue().count("train_loss 1.5") == 4


def test_elsewhere_slow_steps_print_a_line_after_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, now = io.StringIO(), [0.0]
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    steps = Progress("steps", 100, every=20)
    for done in range(1, 8):
        now[0] += 11.0
        steps.to(done)
    assert [line.split("|")[2].split()[0] for line in stream.getvalue().splitlines()] == ["1/100", "4/100", "7/100"]


def test_a_terminal_gets_no_more_for_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    steps = Progress("steps", 100, every=20)
    steps.to(60)
    assert stream.getvalue() == ""  # a bar is due after a moment, not after steps


def test_what_is_counted_under_a_name_ends_with_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    show = counter("files")
    for name, total in (("piano", 2), ("drums", 1)):
        for done in range(total + 1):
            show(name, done, total)
    assert stream.getvalue() == "piano: 2 files\ndrums: 1 files\n"


SECONDS = [
    (0.2, "about 1 s"),
    (12, "about 10 s"),
    (57, "about 55 s"),
    (58, "about 1 min"),
    (239, "about 4 min"),
    (3569, "about 59 min"),
    (3590, "about 1 h"),
    (4700, "about 1 h 20 min"),
    (math.nan, ""),
    (math.inf, ""),
]


@pytest.mark.parametrize(("seconds", "said"), SECONDS)
def test_what_is_estimated_is_no_finer_than_an_estimate(seconds: float, said: str) -> None:
    assert about(seconds) == said


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "elsewhere"])
def test_the_first_step_tells_the_time_that_is_left(
    stream: io.StringIO, often: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    steps = Progress("steps", 100, 40, every=20)
    steps._bar.start_t = steps._bar.last_print_t = steps._bar._time() - 10.0
    steps.to(41)
    assert "41/100" in stream.getvalue() and ", about 10 min left" in stream.getvalue()
    steps.close()
