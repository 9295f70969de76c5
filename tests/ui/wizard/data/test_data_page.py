"""The data page: from a folder to a table, histograms and a manifest in the recipe, by mouse, keyboard and drop."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem, QWidget
from pytestqt.qtbot import QtBot

from duv_studio.engine.midi.song import Family
from duv_studio.training.lora.survey.survey import FAILED, OK, SKIPPED, FileRow, Histogram
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.wizard.data import survey_task as surveyors
from duv_studio.ui.wizard.data.data_page import DataDialogs, DataPage, base_licence
from duv_studio.ui.wizard.data.file_model import Column, FileModel
from duv_studio.ui.wizard.data.histograms import length_chart, velocity_chart
from duv_studio.ui.wizard.data.survey_task import manifest_path
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from tests.lora_runs import rule_tracks, write_manifest
from tests.midi_builder import TrackSpec, build_song

WAIT_MS = 20_000
LEFT = Qt.MouseButton.LeftButton


def midi(seed: int, notes: int = 80, program: int = 25, flat: bool = False) -> bytes:
    """Eighths that someone played, or did not."""
    rng = np.random.default_rng(seed)
    velocity = np.full(notes, 80) if flat else 40 + rng.permutation(notes) % 80
    held, late = rng.integers(120, 240, notes), rng.integers(1, 12, notes)
    rows = [(int(k * 240 + late[k]), int(held[k]), 45 + k % 20, int(velocity[k])) for k in range(notes)]
    return build_song([TrackSpec(rows, program=program)], tempos=[(0, 120.0)])


class Answers(DataDialogs):
    def __init__(self) -> None:
        self.path: Path | None = None

    def ask_folder(self, parent: QWidget, start: str) -> Path | None:
        return self.path

    def ask_manifest(self, parent: QWidget, start: str) -> Path | None:
        return self.path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten guitar takes, one of them Japanese, a piano, a flat one and a broken file."""
    made = {f"take {k}.mid": midi(k) for k in range(9)} | {
        "録音/夜想曲.mid": midi(20),
        "piano.mid": midi(21, program=0),
        "flat.mid": midi(22, flat=True),
        "short.mid": midi(23, notes=30),
        "broken.mid": b"no MIDI",
    }
    for name, data in made.items():
        path = tmp_path / "My Takes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "My Takes"


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication, answers: Answers) -> Iterator[DataPage]:
    apply_theme(qapp, "dark")
    state = WizardState()
    state.open_preset("guitar_Lora.yaml")
    page = DataPage(state, dialogs=answers)
    qtbot.addWidget(page)
    page.resize(900, 560)
    page.show()
    page.initializePage()
    yield page
    page.shut_down()


@pytest.fixture
def read(qtbot: QtBot, page: DataPage) -> Callable[[Path], DataPage]:
    def run(source: Path) -> DataPage:
        page.choose([source])
        settle(qtbot, page)
        return page

    return run


def settle(qtbot: QtBot, page: DataPage) -> None:
    """Wait until nothing is read or counted any more, and the summary is of the recipe as it is."""
    reader = page.surveyor
    qtbot.waitUntil(lambda: not reader.running and not reader.tasks.running(surveyors.COUNT), timeout=WAIT_MS)
    if reader.reading is not None:
        qtbot.waitUntil(lambda: reader.counted_for == reader.wanted(), timeout=WAIT_MS)


def names(page: DataPage) -> list[str]:
    return [row.name for row in page.table.model.shown]


def drop(page: DataPage, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    how = Qt.DropAction.CopyAction, mime, LEFT, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(20, 20), *how)
    page.dragEnterEvent(entering)
    assert entering.isAccepted() and page.overlay.isVisible()
    page.dropEvent(QDropEvent(QPointF(20, 20), *how))
    assert not page.overlay.isVisible()


def test_at_first_it_invites_and_says_what_is_missing(page: DataPage) -> None:
    assert page.stack.currentWidget() is page.place and not page.isComplete()
    assert "manifests/guitar_enriched.jsonl" in page.place.text.text()
    assert page.source.family.currentData() == "guitar" and page.source.limits["min_notes"].value() == 64


def test_a_folder_by_mouse_becomes_the_recipe_s_manifest(
    qtbot: QtBot, page: DataPage, answers: Answers, folder: Path
) -> None:
    answers.path = folder
    before = page.state.text
    with qtbot.waitSignal(page.state.data_changed, timeout=WAIT_MS):
        qtbot.mouseClick(page.source.folder, LEFT)
    assert page.isComplete() and page.stack.currentWidget() is not page.place
    summary = page.state.data
    assert (summary.tracks, summary.notes, summary.family) == (10, 800, Family.GUITAR)
    (manifest,) = page.state.recipe.manifest  # type: ignore[union-attr]
    assert Path(manifest) == manifest_path(folder, Family.GUITAR) and len(Path(manifest).read_text().splitlines()) == 11
    changed = [
        (old, new) for old, new in zip(before.splitlines(), page.state.text.splitlines(), strict=True) if old != new
    ]
    assert len(changed) == 1 and changed[0][0].startswith("manifest: ")
    assert page.numbers.amount.text() == "800 notes" and "10 songs" in page.numbers.songs.text()
    assert page.numbers.velocity.shown is not None and page.numbers.velocity.shown.total == 800


def test_a_long_path_shows_both_ends(page: DataPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    page.resize(900, 600)
    folder = tmp_path / "Music" / ("とても長い名前" * 12) / "takes"
    page.source.show_source([folder])
    shown = page.source.path.text()
    assert shown.startswith("~") and shown.endswith("takes") and "…" in shown
    assert page.source.path.toolTip() == str(folder)


def test_every_file_has_a_row_and_its_reason(read: Callable[[Path], DataPage], folder: Path) -> None:
    page = read(folder)
    rows = {row.name: row for row in page.table.model.shown}
    assert rows["録音/夜想曲.mid"].status == OK and rows["piano.mid"].why == "it is piano"
    assert rows["flat.mid"].status == SKIPPED and rows["broken.mid"].status == FAILED
    model = page.table.model
    shown = [model.index(k, Column.FILE).data() for k in range(model.rowCount())]
    assert "録音/夜想曲.mid" in shown
    assert "short.mid" in model.index(shown.index("short.mid"), 0).data(Qt.ItemDataRole.ToolTipRole)
    assert page.table.buttons[FAILED].text() == "Failed 1" and page.table.buttons[SKIPPED].text() == "Skipped 3"


def test_of_a_remark_the_beginning_is_seen(read: Callable[[Path], DataPage], folder: Path) -> None:
    view = read(folder).table.view
    option = QStyleOptionViewItem()
    view.initViewItemOption(option)
    modes = []
    for column in (Column.FILE, Column.WHY):
        delegate = view.itemDelegateForIndex(view.model().index(0, column))
        option.textElideMode = view.textElideMode()
        delegate.initStyleOption(option, view.model().index(0, column))
        modes.append(option.textElideMode)
    assert modes == [Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideRight]


def test_rows_are_filtered_by_text_and_by_kind(qtbot: QtBot, read: Callable[[Path], DataPage], folder: Path) -> None:
    page = read(folder)
    page.table.line.setText("夜想")  # an input method's work: QTest types ASCII only
    assert names(page) == ["録音/夜想曲.mid"]
    page.table.line.clear()
    qtbot.keyClicks(page.table.line, "PIANO")
    assert names(page) == ["piano.mid"]
    page.table.line.setText("nothing is called so")
    assert names(page) == [] and page.table.nothing.isVisible()
    page.table.line.clear()
    qtbot.mouseClick(page.table.buttons[SKIPPED], LEFT)
    assert set(names(page)) == {"piano.mid", "flat.mid", "short.mid"}
    qtbot.mouseClick(page.table.buttons[""], LEFT)
    assert len(names(page)) == 14


def test_ten_thousand_rows_are_sorted_and_filtered_at_once(qapp: QApplication) -> None:
    rows = tuple(
        FileRow(f"曲 {k:05}.mid", OK if k % 3 else SKIPPED, "" if k % 3 else "it is drums", 1, k, k / 2, "train")
        for k in range(10_000)
    )
    model = FileModel()
    model.set_rows(rows)
    model.sort(Column.NOTES, Qt.SortOrder.DescendingOrder)
    assert [row.notes for row in model.shown] == list(range(9_999, -1, -1))
    model.set_filter("0001", OK)
    assert {row.name for row in model.shown} == {r.name for r in rows if "0001" in r.name and r.status == OK}
    assert [row.notes for row in model.shown] == sorted((row.notes for row in model.shown), reverse=True)
    model.set_filter("")
    model.sort(-1)
    assert model.shown == rows


def test_a_click_on_a_header_sorts(qtbot: QtBot, read: Callable[[Path], DataPage], folder: Path) -> None:
    page = read(folder)
    header = page.table.view.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(Column.FILE) + 20, 8)
    qtbot.mouseClick(header.viewport(), LEFT, pos=at)
    upwards = names(page)
    qtbot.mouseClick(header.viewport(), LEFT, pos=at)
    assert upwards == sorted(upwards, key=str.casefold) and names(page) == upwards[::-1]


def test_a_dropped_folder_is_read(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    drop(page, folder)
    settle(qtbot, page)
    assert page.state.data.tracks == 10


def test_several_folders_at_once_are_refused(page: DataPage, folder: Path) -> None:
    drop(page, folder, folder / "録音")
    assert "more than one thing" in page.messages.messages["trouble"].text and not page.surveyor.running


def test_the_recipe_s_own_manifest_is_read_when_the_page_is_shown(
    qtbot: QtBot, read: Callable[[Path], DataPage], folder: Path
) -> None:
    manifest = Path(read(folder).state.recipe.manifest[0])  # type: ignore[union-attr]
    state = WizardState()
    state.open_preset("guitar_Lora.yaml")
    state.set_value("manifest", str(manifest))
    page = DataPage(state)
    qtbot.addWidget(page)
    text = state.text
    page.initializePage()
    settle(qtbot, page)
    assert page.isComplete() and state.data.tracks == 10 and state.text == text
    page.initializePage()
    assert not page.surveyor.running  # it is known
    page.shut_down()


def test_limits_are_written_and_counted_without_reading_again(
    qtbot: QtBot, read: Callable[[Path], DataPage], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = read(folder)
    monkeypatch.setattr(surveyors, "read_source", None)
    box = page.source.limits["min_notes"]
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "20")
    settle(qtbot, page)
    assert page.state.recipe.filters.min_notes == 20 and page.state.data.tracks == 11  # type: ignore[union-attr]
    page.state.set_value("filters.min_notes", 500)  # in the form of the next page, or in the text
    settle(qtbot, page)
    assert page.state.data.tracks == 0 and not page.isComplete()
    assert page.messages.messages["nothing"].kind == "error"


def test_another_instrument_reads_the_folder_again(
    qtbot: QtBot, read: Callable[[Path], DataPage], folder: Path
) -> None:
    page = read(folder)
    index = page.source.family.findData("piano")
    page.source.family.setCurrentIndex(index)
    page.source.family.activated.emit(index)
    settle(qtbot, page)
    assert page.state.recipe.instrument == "piano" and names(page)  # type: ignore[union-attr]
    assert [row.name for row in page.state.data.files if row.status == OK] == ["piano.mid"]
    assert page.state.recipe.manifest == (str(manifest_path(folder, Family.PIANO)),)  # type: ignore[union-attr]


def test_an_instrument_that_nobody_plays_is_not_complete(
    qtbot: QtBot, read: Callable[[Path], DataPage], folder: Path
) -> None:
    page = read(folder)
    assert page.isComplete()
    page.state.set_value("instrument", "strings")
    settle(qtbot, page)
    assert not page.isComplete() and "strings" in page.messages.messages["nothing"].title


def test_flat_velocities_are_warned_of_in_a_card(
    qtbot: QtBot, read: Callable[[Path], DataPage], tmp_path: Path
) -> None:
    (tmp_path / "flat").mkdir()
    for k in range(4):
        (tmp_path / "flat" / f"{k}.mid").write_bytes(midi(k, flat=k < 2))
    page = read(tmp_path / "flat")
    assert page.messages.messages["velocity"].text.startswith("2 of 4 tracks have")


def test_the_licences_that_apply_are_told(qtbot: QtBot, read: Callable[[Path], DataPage], tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "m.jsonl", rule_tracks(3, corpus="asap_NC"))
    said = read(manifest).numbers.licence.text()
    assert "CC BY-NC-SA 4.0" in said and "not for commercial use" in said and "The adapter builds on" in said
    assert base_licence(None) == base_licence("nowhere") == ""


def test_an_error_is_told_and_what_was_there_stays(
    qtbot: QtBot, read: Callable[[Path], DataPage], folder: Path, tmp_path: Path
) -> None:
    page = read(folder)
    read(tmp_path / "gone.jsonl")
    assert page.messages.messages["trouble"].file == tmp_path / "gone.jsonl"
    assert page.isComplete() and page.surveyor.source == (folder,)
    assert page.source.path.whole == str(folder)


def test_reading_can_be_cancelled_and_tells_how_far_it_is(qtbot: QtBot, page: DataPage, tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for k in range(60):
        (tmp_path / "many" / f"{k}.mid").write_bytes(midi(k))
    told: list[float] = []
    page.surveyor.progressed.connect(told.append)
    page.choose([tmp_path / "many"])
    assert page.place.cancel.isVisible() and "many" in page.place.title.text() and not page.isComplete()
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    qtbot.mouseClick(page.place.cancel, LEFT)
    assert not page.surveyor.running and not page.place.cancel.isVisible() and page.state.data is None
    qtbot.waitUntil(lambda: page.surveyor.tasks.unfinished == 0, timeout=WAIT_MS)
    assert 0 < told[0] < 1 and not list(manifest_path(tmp_path / "many", Family.GUITAR).parent.iterdir())


def test_folders_of_one_name_have_manifests_of_their_own(tmp_path: Path) -> None:
    one, other = (manifest_path(tmp_path / place / "録音", Family.BASS) for place in "ab")
    assert one != other and "録音" in one.name and "bass" in one.name


def test_bars_are_as_high_as_there_are_notes(qtbot: QtBot) -> None:
    chart = velocity_chart()
    qtbot.addWidget(chart)
    chart.resize(320, 110)
    counts = np.array([0, 4, 2, 1])
    chart.set_histogram(Histogram(np.arange(5.0), counts), "so many")
    heights = [bar.height() for bar in chart.rectangles()]
    assert heights[0] == 0 and heights[1] == pytest.approx(2 * heights[2]) and heights[1] == chart.bars.height()
    assert chart.tip_at(QPointF(100, 50)) == "1 to 1: 4 notes" and "so many" in chart.accessibleName()
    chart.grab()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_charts_are_painted_in_the_theme_s_colours(qtbot: QtBot, qapp: QApplication, name: str) -> None:
    look = apply_theme(qapp, name)
    chart = length_chart()
    qtbot.addWidget(chart)
    chart.resize(320, 110)
    chart.set_histogram(Histogram(np.linspace(-3, 2, 6), np.array([9, 0, 0, 0, 0])))
    image = chart.grab().toImage()
    assert image.pixelColor(30, 60) == look.color("accent")
    chart.set_histogram(None)
    assert chart.grab().toImage().pixelColor(30, 60) != look.color("accent")
    assert "Drums" in chart.accessibleName()


def test_the_pages_load_no_torch() -> None:
    code = (
        "import sys, duv_studio.ui.wizard.data.data_page, duv_studio.ui.wizard.check.check_page;"
        "print([m for m in ('torch', 'lightning', 'peft') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
