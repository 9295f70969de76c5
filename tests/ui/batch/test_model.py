"""The rows of a batch: many of them, filtered, sorted, and changed in place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from duv_studio.engine.batch.events import BatchEvent, FileFinished, FileResult, Planned, Progressed, Started, Status
from duv_studio.ui.batch.model import ALL, DONE, FAILED, FRACTION, SKIPPED, WAITING, BatchModel, Column
from duv_studio.ui.batch.table import BatchTable
from tests.ui.batch.staged import names, results

DOWN = Qt.SortOrder.DescendingOrder
MANY = 100_000


@pytest.fixture
def model(qtbot: QtBot) -> BatchModel:
    made = BatchModel()
    made.show_rows(results(12))
    return made


@pytest.fixture
def table(qtbot: QtBot) -> BatchTable:
    made = BatchTable()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


def text(model: BatchModel, place: int, column: Column) -> str:
    return str(model.index(place, column).data())


def changes(model: BatchModel) -> list[tuple[int, int]]:
    events_arrived: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last, roles: events_arrived.append((first.row(), last.row())))
    return events_arrived


def test_a_hundred_thousand_rows_are_filtered_sorted_and_changed(qtbot: QtBot) -> None:
    rows, model = results(MANY), BatchModel()
    model.show_rows(rows)
    assert model.rowCount() == MANY and model.counts[ALL] == MANY
    assert [model.counts[group] for group in (DONE, WAITING, SKIPPED, FAILED)] == [MANY // 4] * 4
    model.set_filter("FOLDER 3/", DONE)
    wanted = [row for row in rows if row.status is Status.OK and row.name.startswith("folder 3/")]
    assert list(model.shown) == wanted
    model.sort(Column.NOTES, DOWN)
    assert [row.notes for row in model.shown] == sorted((row.notes for row in wanted), reverse=True)
    model.set_filter("")
    assert [row.notes for row in model.shown] == sorted((row.notes for row in rows), reverse=True)
    model.sort(-1)
    events_arrived = changes(model)
    last = replace(rows[-1], status=Status.OK, why="", notes=5)
    model.take([FileFinished(last)])
    assert events_arrived == [(MANY - 1, MANY - 1)] and text(model, MANY - 1, Column.NOTES) == "5"
    assert model.counts[DONE] == MANY // 4 + 1


def test_neighbours_are_told_together_and_unseen_rows_not_at_all(model: BatchModel) -> None:
    events_arrived = changes(model)
    model.take([Started(1), Started(2), Started(9)])
    assert events_arrived == [(1, 2), (9, 9)]
    model.set_filter("", FAILED)
    events_arrived.clear()
    model.take([Progressed(1, 0.5)])
    assert events_arrived == []
    assert names(model.shown) == [row.name for row in results(12) if row.status is Status.FAILED]


def test_news_change_status_progress_and_counts(model: BatchModel) -> None:
    model.take([Started(1), Progressed(1, 0.5)])
    assert model.rows[1].status is Status.WORKING
    assert model.index(1, Column.RESULT).data(FRACTION) == 0.5
    assert model.index(0, Column.RESULT).data(FRACTION) is None
    assert model.counts[WAITING] == 3  # one that is at work is not done
    model.take([FileFinished(replace(model.rows[1], status=Status.FAILED, why="it is empty"))])
    assert (model.counts[WAITING], model.counts[FAILED]) == (2, 4)
    assert text(model, 1, Column.RESULT) == "Failed · It is empty."
    assert model.index(1, Column.RESULT).data(FRACTION) is None


@pytest.mark.parametrize(
    ("events", "fraction", "word"),
    [
        ([], None, "Waiting"),
        ([Started(1)], None, "Waiting"),  # it was read ahead, or waits behind others in a worker's hands
        ([Started(1), Progressed(1, 0.0)], None, "Waiting"),
        ([Started(1), Progressed(1, 0.01)], 0.01, "Playing"),
        ([Started(1), Progressed(1, 0.99)], 0.99, "Playing"),
        ([Started(1), Progressed(1, 1.0)], None, "Playing"),  # and is written now
        ([Progressed(1, 0.5)], None, "Waiting"),
        ([Started(1), Progressed(1, 0.5), Planned(tuple(results(3)))], None, "Waiting"),
    ],
)
def test_only_files_that_are_played_show_a_percentage(
    model: BatchModel, events: list[BatchEvent], fraction: float | None, word: str
) -> None:
    model.take([Started(5), Progressed(5, 0.5), *events])
    assert model.index(1, Column.RESULT).data(FRACTION) == fraction
    assert text(model, 1, Column.RESULT) == word
    model.let_go()
    assert all(model.index(k, Column.RESULT).data(FRACTION) is None for k in range(model.rowCount()))


def test_a_plan_replaces_what_was_listed(model: BatchModel) -> None:
    model.take([Planned(tuple(results(3))), Started(1)])
    assert model.rowCount() == 3 and model.rows[1].status is Status.WORKING
    model.let_go()
    assert model.rows[1].status is Status.WAITING and model.counts[WAITING] == 1


def test_numbers_are_said_of_files_that_were_played_alone(qtbot: QtBot) -> None:
    row = FileResult(
        0, "a.mid", Path("/in/a.mid"), Path("/out/a.mid"), Status.OK, "", 1234, 1000, 6.54, 0.123, seconds=75.0
    )
    model = BatchModel()
    model.show_rows([row, replace(row, index=1, status=Status.SKIPPED, why="there is one")])
    said = [text(model, 0, column) for column in Column]
    assert said == ["a.mid", "1,234", "1,000", "±6.5", "±12 %", "1.2 min", "Done"]
    assert [text(model, 1, column) for column in Column][1:6] == [""] * 5
    tip = str(model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole))
    assert "/out/a.mid" in tip and "1,000 of 1,234 notes changed" in tip


def test_a_name_is_never_taken_for_markup(qtbot: QtBot) -> None:
    model = BatchModel()
    model.show_rows([FileResult(0, "<b>x</b>.mid", Path("/in/<b>x</b>.mid"), None)])
    assert "&lt;b&gt;" in str(model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole))


def test_results_are_told_by_icon_word_and_reason(model: BatchModel) -> None:
    events_arrived = {text(model, k, Column.RESULT) for k in range(4)}
    assert events_arrived == {
        "Done",
        "Waiting",
        "Skipped · There is a file of that name already.",
        "Failed · It is no MIDI file.",
    }
    icons = [model.index(k, Column.RESULT).data(Qt.ItemDataRole.DecorationRole) for k in range(4)]
    assert [icon is None for icon in icons] == [False, True, False, False]
    partly = replace(model.rows[0], why="track 3 ends too early")
    whole = icons[0].toImage()
    model.take([FileFinished(partly)])
    assert model.index(0, Column.RESULT).data(Qt.ItemDataRole.DecorationRole).toImage() != whole


def test_filter_and_order_are_made_true_again_when_rows_changed(table: BatchTable) -> None:
    table.model.show_rows(results(12))
    table.choose_group(WAITING)
    assert not table.model.stale and table.model.rowCount() == 3
    table.model.take([FileFinished(replace(table.model.rows[1], status=Status.OK))])
    assert table.model.stale and table.model.rowCount() == 3  # it stays until it is tidied up
    table.tidy_up()
    assert table.model.rowCount() == 2 and not table.model.stale


def test_the_place_is_kept_when_rows_are_arranged_anew(table: BatchTable) -> None:
    table.model.show_rows(results(400))
    table.view.setCurrentIndex(table.model.index(200, 0))
    table.view.scrollTo(table.model.index(200, 0))
    scrolled = table.view.verticalScrollBar().value()
    table.model.arrange()
    assert table.current is not None and table.current.index == 200
    assert table.view.verticalScrollBar().value() == scrolled
    table.choose_group(DONE)
    assert table.current is not None and table.current.index == 200
    assert table.view.currentIndex().row() == 50
    table.choose_group(FAILED)
    assert table.current is None


def test_buttons_count_and_reasons_get_the_room_of_numbers(table: BatchTable) -> None:
    table.model.show_rows(results(4_001))
    table.refresh()
    assert [button.text() for button in table.buttons.values()] == [
        "All 4,001",
        "Waiting 1,000",
        "Done 1,001",
        "Skipped 1,000",
        "Failed 1,000",
    ]
    table.choose_group(FAILED)
    assert table.view.isColumnHidden(Column.NOTES)
    table.choose_group(ALL)
    assert not table.view.isColumnHidden(Column.NOTES)


def test_the_filter_by_text_looks_at_reasons_too(table: BatchTable) -> None:
    table.model.show_rows(results(12))
    table.line.setText("no midi")
    assert {row.status for row in table.model.shown} == {Status.FAILED}
    table.line.setText("000007")
    assert [row.index for row in table.model.shown] == [7]
    table.line.setText("nothing like it")
    assert table.nothing.isVisible() and table.model.rowCount() == 0


def test_rows_at_work_are_painted_with_a_bar(table: BatchTable) -> None:
    table.model.show_rows(results(4))
    before = table.view.viewport().grab().toImage()
    table.model.take([Started(1), Progressed(1, 0.5)])
    half = table.view.viewport().grab().toImage()
    table.model.take([Progressed(1, 0.9)])
    assert before != half != table.view.viewport().grab().toImage()
