"""The history of a run: arrays that grow, what they are smoothed to, files, and what remains."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.training.lora.fit.callbacks import Progress
from duv_studio.training.lora.fit.run_log import RunLog
from duv_studio.ui.training.run_history import SMOOTHING, RunHistory

values = st.lists(st.floats(-1e6, 1e6), max_size=700)


def told(losses: list[float], first: int = 1, **more: float) -> RunHistory:
    history = RunHistory()
    for i, loss in enumerate(losses):
        history.add(Progress(first + i, 1000, i // 100, 0.5 * (first + i), {"train_loss": loss} | more))
    return history


@given(values)
def test_series_are_what_was_told(losses: list[float]) -> None:
    series = told(losses).series("train_loss")
    assert series.values.tolist() == losses
    assert series.steps.tolist() == list(range(1, len(losses) + 1))


@given(values.filter(bool), st.integers(0, 700))
def test_smoothing_forgets_slowly_however_often_it_is_asked(losses: list[float], cut: int) -> None:
    history = told(losses[:cut])
    history.smoothed("train_loss")
    for i, loss in enumerate(losses[cut:]):
        history.add(Progress(cut + i + 1, 1000, 0, 0.0, {"train_loss": loss}))
    smooth = history.smoothed("train_loss").values
    n = len(losses) - 1
    weights = SMOOTHING * (1 - SMOOTHING) ** np.arange(n, -1, -1.0)
    assert smooth[-1] == pytest.approx(float(np.average(losses, weights=weights)), rel=1e-6, abs=1e-6)
    assert smooth[0] == pytest.approx(losses[0])


def test_no_number_is_no_point() -> None:
    history = told([1.0, math.nan, math.inf, 2.0])
    assert history.series("train_loss").steps.tolist() == [1, 4]
    assert len(history.series("val_loss").steps) == 0 and math.isnan(history.last("val_loss"))


def test_the_best_is_the_lowest_validation_loss_of_the_adapter() -> None:
    history = RunHistory()
    history.add(Progress(0, 100, 0, 0.0, {"val_loss": 0.5}, "base"))
    assert history.best is None
    for step, loss in ((10, 3.0), (20, 2.0), (30, 2.5)):
        history.add(Progress(step, 100, 0, 1.0, {"val_loss": loss}))
    assert history.best == (20, 2.0)
    assert history.last("val_loss", "base") == 0.5 and history.step == 30


def test_what_remains_follows_the_speed_of_late() -> None:
    history = RunHistory()
    assert math.isnan(history.remaining)
    seconds = 0.0
    for step in range(1, 201):
        seconds += 10.0 if step < 100 else 2.0
        history.add(Progress(step, 1000, 0, seconds, {}))
    assert history.remaining == pytest.approx(2.0 * 800)


def test_a_log_is_read_as_it_was_told(tmp_path: Path) -> None:
    log, history = RunLog(tmp_path, 3), RunHistory()
    rows = [("identity", 0, {"val_vel_loss": 11.5}), ("base", 0, {"val_loss": 6.25, "val_vel_loss": 9.5})]
    rows += [("adapter", step, {"train_loss": 5.0 / step, "lr": 0.001, "epoch": step // 4}) for step in range(1, 9)]
    for row, step, metrics in rows:
        log.write(row, metrics, step)
        history.add(Progress(step, 8, 0, 0.0, metrics, row))
    found = RunHistory.read(log.path)
    for row, column in (("identity", "val_vel_loss"), ("base", "val_loss"), ("adapter", "train_loss")):
        assert found.series(column, row).values == pytest.approx(history.series(column, row).values, rel=1e-5)
    assert (found.step, found.epoch) == (8, 2)
    assert RunHistory.read(log.path, before=5).series("train_loss").steps.tolist() == [1, 2, 3, 4]


def test_a_damaged_log_gives_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_bytes(
        b"row,epoch,step,train_loss\nadapter,0,5,1.5\nadapter,0,x,2\n\xff\xfe\nadapter,0,10,oops\n"
        b"adapter,0,-inf,3\nadapter,0,inf,3\nadapter,0,nan,3\nadapter,0,15,1."
    )
    found = RunHistory.read(path)
    assert found.series("train_loss").steps.tolist() == [5, 15]


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 40))
def test_an_earlier_part_is_put_before_without_doubles(early: int, late: int, first: int) -> None:
    earlier, later = told([1.0] * early), told([2.0] * late, first=first)
    later.put_before(earlier)
    steps = later.series("train_loss").steps.tolist()
    kept = [s for s in range(1, early + 1) if not late or s < first]
    assert steps == kept + list(range(first, first + late))
    later.add(Progress(999, 1000, 0, 0.0, {"train_loss": 3.0}))
    assert later.last("train_loss") == 3.0
    assert len(later.smoothed("train_loss").values) == len(steps) + 1


def test_everything_is_written_as_a_table_and_read_back(tmp_path: Path) -> None:
    history = told([3.0, 2.0, 1.0], lr=0.5)
    history.add(Progress(0, 1000, 0, 0.0, {"val_loss": 9.0}, "base"))
    path = tmp_path / "運行.csv"
    history.write_csv(path)
    assert path.read_text().splitlines()[:2] == ["row,step,val_loss,train_loss,lr", "base,0,9,,"]
    found = RunHistory.read(path)
    assert found.series("train_loss").values.tolist() == [3.0, 2.0, 1.0]
    assert found.last("val_loss", "base") == 9.0


def test_the_first_step_tells_what_remains() -> None:
    history = RunHistory()
    history.add(Progress(40, 140, 0, 90.0, {}))  # where the steps of a run that goes on begin
    assert math.isnan(history.remaining)
    history.add(Progress(41, 140, 0, 93.0, {}))
    assert history.remaining == pytest.approx(3.0 * 99)
