"""How far, how fast, how long: from bytes, without pauses, and silent until it is known."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from duv_studio.engine.batch.events import FileFinished, FileResult, Planned, Progressed, Started, Status
from duv_studio.ui.batch.pace import Pace
from duv_studio.ui.batch.progress_footer import files_text, left


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def rows(*statuses: Status) -> tuple[FileResult, ...]:
    return tuple(FileResult(k, f"{k}.mid", Path(f"{k}.mid"), None, status) for k, status in enumerate(statuses))


def planned(clock: Clock, sizes: list[int]) -> tuple[Pace, tuple[FileResult, ...]]:
    pace, files = Pace(clock), rows(*[Status.WAITING] * len(sizes))
    pace.take([Planned(files)], dict(enumerate(sizes)))
    return pace, files


def play(pace: Pace, clock: Clock, row: FileResult, seconds: float, notes: int = 100) -> None:
    pace.take([Started(row.index)])
    clock.now += seconds
    pace.take([FileFinished(replace(row, status=Status.OK, notes=notes))])


def test_the_share_is_that_of_bytes_files_at_work_included(clock: Clock) -> None:
    pace, files = planned(clock, [100, 300, 600])
    assert pace.share == 0.0
    play(pace, clock, files[0], 1.0)
    assert pace.share == pytest.approx(0.1)
    pace.take([Started(1), Progressed(1, 0.5)])
    assert pace.share == pytest.approx(0.25)
    play(pace, clock, files[1], 1.0)
    play(pace, clock, files[2], 1.0)
    assert pace.share == 1.0


def test_without_sizes_every_file_counts_alike(clock: Clock) -> None:
    pace, files = Pace(clock), rows(*[Status.WAITING] * 4)
    pace.take([Planned(files)])
    play(pace, clock, files[0], 1.0)
    assert pace.share == pytest.approx(0.25)


def test_what_remains_is_unknown_at_first_and_then_follows_the_bytes(clock: Clock) -> None:
    pace, files = planned(clock, [100] * 20)
    clock.now += 60  # the model is loaded
    for file in files[:9]:
        play(pace, clock, file, 2.0)
        assert math.isnan(pace.remaining) and left(pace) == []
    play(pace, clock, files[9], 2.0)
    assert pace.seconds == pytest.approx(20.0)
    assert pace.remaining == pytest.approx(20.0) and left(pace) == ["0:20 left"]
    assert pace.notes_per_second == pytest.approx(50.0)


def test_time_stands_still_in_a_pause(clock: Clock) -> None:
    pace, files = planned(clock, [100] * 4)
    play(pace, clock, files[0], 5.0)
    pace.pause()
    clock.now += 1_000
    assert pace.seconds == pytest.approx(5.0)
    pace.go_on()
    play(pace, clock, files[1], 5.0)
    assert pace.seconds == pytest.approx(10.0)


def test_what_is_done_before_counts_as_done_but_not_as_fast(clock: Clock) -> None:
    pace = Pace(clock)
    pace.take([Planned(rows(Status.OK, Status.SKIPPED, Status.FAILED, Status.WAITING))], {3: 50})
    assert (pace.done, pace.files, pace.failed, pace.share) == (3, 4, 1, 0.0)
    assert math.isnan(pace.notes_per_second)
    assert files_text(pace) == "3 of 4 files, 1 failed"


def test_a_batch_with_nothing_left_is_done(clock: Clock) -> None:
    pace = Pace(clock)
    assert pace.share is None
    pace.take([Planned(rows(Status.OK, Status.SKIPPED))])
    assert pace.share == 1.0 and not pace.busy
