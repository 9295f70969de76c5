"""The plots: what is seen stays true when points are left out, and every part can be read and hidden."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from duv_studio.training.lora.fit.callbacks import Progress
from duv_studio.ui.style import theme
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.training.run_history import RunHistory, Series
from duv_studio.ui.wizard.run.curves import peaks
from duv_studio.ui.wizard.run.legend import Look
from duv_studio.ui.wizard.run.loss_plots import PlotKind
from duv_studio.ui.wizard.run.plot_panel import DOES_NOTHING, PlotPanel

LEARNED = PlotKind("train_loss", "Songs that it learns from", "loss", with_lr=True)
KEPT = PlotKind("val_loss", "Songs that are kept aside", "loss")


def run(steps: int, shift: float = 0.0) -> RunHistory:
    history = RunHistory()
    history.add(Progress(0, steps, 0, 0.0, {"val_loss": 9.0}, "base"))
    for step in range(5, steps + 1, 5):
        loss = 4 + shift + math.exp(-step / 300)
        history.add(Progress(step, steps, 0, 0.1 * step, {"train_loss": loss, "lr": 1e-3 * step / steps}))
        if step % 100 == 0:
            history.add(Progress(step, steps, 0, 0.1 * step, {"val_loss": loss + 0.1, "lr": 1e-3}))
    return history


@pytest.fixture
def panel(qtbot: QtBot) -> PlotPanel:
    made = PlotPanel((LEARNED, KEPT))
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    return made


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=3000), st.integers(1, 600))
def test_the_lowest_and_highest_of_every_column_stay(values: list[float], columns: int) -> None:
    whole = Series(np.arange(1.0, len(values) + 1), np.array(values))
    kept = peaks(whole, 0.0, len(values) + 1.0, columns)
    assert len(kept.steps) == len(kept.values) <= max(2 * columns, 1)
    assert (kept.values.min(), kept.values.max()) == (min(values), max(values))
    assert set(kept.values) <= set(values) and bool(np.all(np.diff(kept.steps) >= 0))


def test_only_the_part_that_is_seen_is_drawn_with_its_neighbours() -> None:
    whole = Series(np.arange(0.0, 1000.0, 5), np.arange(200.0))
    kept = peaks(whole, 98.0, 122.0)
    assert kept.steps.tolist() == [95, 100, 105, 110, 115, 120, 125]


def test_the_base_shares_no_plot_with_songs_that_it_is_not_compared_on(panel: PlotPanel) -> None:
    learned, kept = panel.plots
    panel.show_run(run(1000))
    (left, right), (low, high) = learned.getViewBox().viewRange()
    assert left == 0 and right > 1000 and low < 4.05 and high < 6.0  # the base's 9.0 lies elsewhere
    assert not any(line.isVisible() for line in learned._levels.values())
    assert kept.getViewBox().viewRange()[0] == [left, right] and kept.getViewBox().viewRange()[1][1] > 9.0
    panel.legend.entries["base"].click()
    assert kept.getViewBox().viewRange()[1][1] < 6.0
    panel.legend.entries["base"].click()
    assert kept.getViewBox().viewRange()[1][1] > 9.0
    assert [plot.plotItem.titleLabel.text for plot in panel.plots] == [LEARNED.title, KEPT.title]


def test_what_does_nothing_is_explained(qtbot: QtBot) -> None:
    velocity = PlotPanel((PlotKind("train_vel_loss", "", "error"), PlotKind("val_vel_loss", "", "error")), DOES_NOTHING)
    qtbot.addWidget(velocity)
    history = RunHistory()
    history.add(Progress(0, 100, 0, 0.0, {"val_vel_loss": 13.0}, "identity"))
    velocity.show_run(history)
    assert velocity.said.text() == DOES_NOTHING and "leaves every note" in velocity.said.text()
    assert "leaves every note" in velocity.legend.entries["identity"].toolTip()


def test_the_pointer_reads_all_curves(panel: PlotPanel) -> None:
    learned, kept = panel.plots
    panel.show_run(run(1000))
    words = learned.words_at(301.0)
    assert words.startswith("step 300  ·  training 4.368, smoothed 4.4") and "learning rate" in words
    assert kept.words_at(301.0) == "step 300  ·  validation 4.468  ·  base 9.000"
    assert PlotPanel((LEARNED, KEPT)).plots[0].words_at(3.0) == ""


def test_the_best_is_marked_where_it_is(panel: PlotPanel) -> None:
    panel.show_run(run(1000))
    (x,), (y,) = panel.plots[1].best_mark.getData()
    assert (x, y) == (1000, pytest.approx(4.1 + math.exp(-1000 / 300)))


def test_a_view_that_was_moved_stays_until_a_double_click(panel: PlotPanel, qtbot: QtBot) -> None:
    plot = panel.plots[0]
    panel.show_run(run(1000))
    plot.setXRange(200, 300, padding=0)
    plot.getViewBox().sigRangeChangedManually.emit([True, False])
    panel.show_run(run(1500))
    assert plot.getViewBox().viewRange()[0] == [200, 300]
    plot.mouseDoubleClickEvent(None)
    assert plot.getViewBox().viewRange()[0][1] > 1500


def test_earlier_runs_come_and_go(panel: PlotPanel) -> None:
    panel.show_run(run(1000))
    before = [len(plot.listDataItems()) for plot in panel.plots]
    panel.set_others({"version_0": ("Run 0", run(2000, 1.0), Look(0)), "version_1": ("Run 1", run(10), Look(1))})
    assert {"version_0", "version_1"} <= set(panel.legend.entries)
    assert all(plot.getViewBox().viewRange()[0][1] > 2000 for plot in panel.plots)
    panel.set_others({})
    assert [len(plot.listDataItems()) for plot in panel.plots] == before and "version_0" not in panel.legend.entries


def test_colours_follow_the_theme(panel: PlotPanel, qapp: QApplication) -> None:
    panel.show_run(run(500))
    before = theme.current().name
    try:
        for name in theme.THEMES:
            apply_theme(qapp, name)
            qapp.processEvents()
            plot = panel.plots[0]
            assert plot.backgroundBrush().color() == theme.THEMES[name].color("canvas")
            assert plot.lines["smooth"].opts["pen"].color() == theme.THEMES[name].color("accent")
    finally:
        apply_theme(qapp, before)


def test_an_empty_run_is_drawn_as_an_empty_plot(panel: PlotPanel) -> None:
    panel.show_run(RunHistory())
    assert not panel.grab().isNull()
    assert list(panel.legend.entries) == ["raw", "smooth", "lr", "validation"]
