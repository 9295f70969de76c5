"""The canvas as a user meets it: hover, click, tooltip, wheel, drag, keys, scroll bars, sizes, the empty state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollBar, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from duv_studio.ui.canvas.canvas_widget import CanvasWidget
from duv_studio.ui.canvas.editor_view import EditorView, LaneMode, ViewMode
from duv_studio.ui.canvas.lane_painter import bands
from duv_studio.ui.canvas.piano_keyboard import PianoKeyboard
from duv_studio.ui.canvas.piano_roll import note_rect
from duv_studio.ui.canvas.picking import note_in_lane, note_in_roll
from duv_studio.ui.style import theme
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.style.theme import DARK
from tests.ui.canvas.songs import changed, random_song, selection_of, song_of

NO_BUTTON, LEFT, MIDDLE = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[EditorView]:
    apply_theme(QApplication.instance(), "dark")
    made = EditorView()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made


SONG = song_of([(0, 960, 60, 62), (3840, 960, 64, 90)], [(1920, 480, 48, 40)])


def send(widget: QWidget, kind: QMouseEvent.Type, at: QPointF, button=NO_BUTTON, buttons=NO_BUTTON, keys=NONE) -> None:
    event = QMouseEvent(kind, at, widget.mapToGlobal(at), button, buttons, keys)
    QApplication.sendEvent(widget, event)


def move(widget: QWidget, at: QPointF, buttons=NO_BUTTON) -> None:
    send(widget, QMouseEvent.Type.MouseMove, at, NO_BUTTON, buttons)


def press(widget: QWidget, at: QPointF, button=LEFT, keys=NONE) -> None:
    send(widget, QMouseEvent.Type.MouseButtonPress, at, button, button, keys)


def release(widget: QWidget, at: QPointF, button=LEFT) -> None:
    send(widget, QMouseEvent.Type.MouseButtonRelease, at, button)


def wheel(widget: QWidget, at: QPointF, notches: float, keys=NONE) -> None:
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(), QPoint(0, round(120 * notches)), NO_BUTTON, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def middle_of(view: EditorView, note: int) -> QPointF:
    return note_rect(view.canvas.scene, note).center()


def picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def test_hover_says_what_the_note_is(view: EditorView) -> None:
    view.set_song(SONG)
    view.set_performance(changed(SONG, 12, 0.5))
    said: list[str] = []
    view.hover_text.connect(said.append)
    move(view.roll, middle_of(view, 0))
    move(view.roll, middle_of(view, 0) + QPointF(1, 0))
    view.set_performance(changed(SONG, 2, 0.5))
    move(view.roll, QPointF(5, 5))
    view.set_performance(changed(SONG, 3))
    assert said == [
        "C4 · bar 1 beat 1 · 62 → 74 (+12) · 2.00 → 1.00 beat · A",
        "C4 · bar 1 beat 1 · 62 → 64 (+2) · 2.00 → 1.00 beat · A",
        "",
    ]


def test_hover_in_the_lane_finds_the_nearest_head(view: EditorView) -> None:
    view.set_song(SONG)
    said: list[str] = []
    view.hover_text.connect(said.append)
    scene = view.canvas.scene
    band = bands(scene, view.lane.height())[0]
    move(view.lane, QPointF(float(scene.viewport.x(3840)) + 2, float(band.scale.y(90)) + 2))
    assert said == ["E4 · bar 3 beat 1 · 90 · 2.00 beat · A"]
    assert view.canvas.hover_note == 2


def test_hovered_key_is_lit(view: EditorView) -> None:
    view.set_song(SONG)
    keyboard = view.findChild(PianoKeyboard)
    before = picture(keyboard)
    move(view.roll, middle_of(view, 0))
    after = picture(keyboard)
    y = round(middle_of(view, 0).y())
    assert after.pixelColor(50 - 8, y) == QColor(DARK.accent)
    assert before.pixelColor(50 - 8, y) != QColor(DARK.accent)


def test_click_says_which_track(view: EditorView, qtbot: QtBot) -> None:
    view.set_song(SONG)
    clicked: list[int] = []
    view.track_clicked.connect(clicked.append)
    press(view.roll, middle_of(view, 1))
    release(view.roll, middle_of(view, 1))
    press(view.roll, QPointF(3, 3))
    press(view.roll, middle_of(view, 2))
    assert clicked == [1, 0]


def test_hidden_tracks_cannot_be_hit_and_the_current_one_comes_first() -> None:
    song = song_of([(0, 960, 60, 62)], [(480, 960, 60, 40)])
    view = EditorView()
    view.resize(600, 400)
    view.set_song(song)
    scene = view.canvas.scene
    shared = note_rect(scene, 0).intersected(note_rect(scene, 1)).center()
    assert note_in_roll(scene, shared.x(), shared.y()) == 1  # began last
    assert note_in_roll(replace(scene, current_track=0), shared.x(), shared.y()) == 0
    assert note_in_roll(scene.with_visible([0]), shared.x(), shared.y()) == 0
    assert note_in_roll(scene.with_visible([]), shared.x(), shared.y()) is None
    assert note_in_lane(scene.with_visible([]), shared.x(), 10, 100) is None


def test_hit_test_follows_what_is_drawn(view: EditorView) -> None:
    view.set_song(SONG)
    view.set_performance(changed(SONG, 0, 0.25))
    scene = view.canvas.scene
    late = QPointF(float(scene.viewport.x(700)), middle_of(view, 0).y())  # inside the file's note, after the played one
    assert note_in_roll(scene, late.x(), late.y()) is None
    view.set_view_mode(ViewMode.BEFORE)
    assert note_in_roll(view.canvas.scene, late.x(), late.y()) == 0


def test_tooltip_tells_why_a_note_is_left_alone(view: EditorView, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, words, widget: said.append(words))
    view.set_song(SONG)
    view.set_selection(selection_of(SONG, excluded=[1]))
    for note in (1, 0):
        at = middle_of(view, note).toPoint()
        QApplication.sendEvent(view.roll, QHelpEvent(QHelpEvent.Type.ToolTip, at, view.roll.mapToGlobal(at)))
    assert said == ['Left as it is: excluded by "B"', ""]


def test_ctrl_wheel_zooms_at_the_cursor(view: EditorView) -> None:
    view.set_song(random_song(500))
    for widget in (view.roll, view.lane, view.ruler):
        before = view.canvas.scene.viewport
        wheel(widget, QPointF(300, 10), 2, CTRL)
        after = view.canvas.scene.viewport
        assert after.ticks_per_px < before.ticks_per_px
        assert after.tick(300) == pytest.approx(before.tick(300))
        assert after.key_px == before.key_px


def test_shift_wheel_scrolls_time_and_the_wheel_pitch(view: EditorView) -> None:
    view.set_song(random_song(500))
    view.zoom_in()
    view.canvas.set_viewport(view.canvas.scene.viewport.zoomed_keys(3, 100))
    before = view.canvas.scene.viewport
    wheel(view.roll, QPointF(300, 100), -1, SHIFT)
    across = view.canvas.scene.viewport
    assert across.left > before.left
    assert across.top == before.top
    wheel(view.roll, QPointF(300, 100), -1)
    down = view.canvas.scene.viewport
    assert down.left == across.left
    assert down.top < across.top
    wheel(view.roll, QPointF(300, 100), 1, CTRL | SHIFT)
    assert view.canvas.scene.viewport.key_px > down.key_px


def test_middle_drag_pans(view: EditorView) -> None:
    view.set_song(random_song(500))
    view.canvas.set_viewport(view.canvas.scene.viewport.zoomed(8, 300).zoomed_keys(3, 100))
    before = view.canvas.scene.viewport
    press(view.roll, QPointF(200, 100), MIDDLE)
    move(view.roll, QPointF(180, 110), MIDDLE)
    release(view.roll, QPointF(180, 110), MIDDLE)
    move(view.roll, QPointF(50, 50))
    after = view.canvas.scene.viewport
    assert after.left == pytest.approx(before.left + 20 * before.ticks_per_px)
    assert after.top == pytest.approx(before.top + 10 / before.key_px)


@pytest.mark.parametrize(("button", "keys"), [(MIDDLE, NONE), (LEFT, ALT)], ids=["middle button", "Alt"])
def test_ruler_drag_scrolls_and_zooms(view: EditorView, button, keys) -> None:
    view.set_song(random_song(500))
    view.canvas.set_viewport(view.canvas.scene.viewport.zoomed(8, 300))
    before = view.canvas.scene.viewport
    press(view.ruler, QPointF(200, 10), button, keys)
    move(view.ruler, QPointF(150, 10), button)
    moved = view.canvas.scene.viewport
    assert moved.left == pytest.approx(before.left + 50 * before.ticks_per_px)
    assert moved.ticks_per_px == before.ticks_per_px
    move(view.ruler, QPointF(150, 40), button)
    assert view.canvas.scene.viewport.ticks_per_px < moved.ticks_per_px
    release(view.ruler, QPointF(150, 40), button)
    still = view.canvas.scene.viewport
    move(view.ruler, QPointF(10, 10))
    assert view.canvas.scene.viewport == still and view.canvas.loop is None


def test_keys_zoom_and_fit(view: EditorView, qtbot: QtBot) -> None:
    view.set_song(random_song(500))
    view.fit()
    fitted = view.canvas.scene.viewport
    qtbot.keyClick(view.roll, Qt.Key.Key_Z)
    closer = view.canvas.scene.viewport
    assert closer.ticks_per_px < fitted.ticks_per_px
    qtbot.keyClick(view.roll, Qt.Key.Key_Z, SHIFT)
    assert view.canvas.scene.viewport.ticks_per_px == pytest.approx(fitted.ticks_per_px)
    view.zoom_in()
    qtbot.keyClick(view.roll, Qt.Key.Key_0)
    assert view.canvas.scene.viewport == fitted
    qtbot.keyClick(view.roll, Qt.Key.Key_Z, CTRL)  # undo belongs to the window
    assert view.canvas.scene.viewport == fitted


def test_a_fitted_view_stays_fitted_when_the_window_grows_and_a_zoomed_one_stays_zoomed(view: EditorView) -> None:
    view.set_song(random_song(500))
    view.fit()
    view.resize(1200, 700)
    QApplication.processEvents()
    assert view.canvas.scene.viewport == view.canvas.scene.viewport.fitted()
    assert view.canvas.scene.viewport.width == view.roll.width()
    view.zoom_in()
    zoomed = view.canvas.scene.viewport
    view.resize(1000, 600)
    QApplication.processEvents()
    assert view.canvas.scene.viewport.ticks_per_px == zoomed.ticks_per_px
    assert view.canvas.scene.viewport.left == zoomed.left


def test_a_song_opens_on_its_first_bars_and_zero_shows_it_whole(view: EditorView, qtbot: QtBot) -> None:
    view.set_song(random_song(500))
    opened = view.canvas.scene.viewport
    assert opened == opened.opened() != opened.fitted()
    view.resize(900, 650)  # as the first layout after a song came does
    QApplication.processEvents()
    assert view.canvas.scene.viewport == view.canvas.scene.viewport.opened()
    qtbot.keyClick(view.roll, Qt.Key.Key_0)
    assert view.canvas.scene.viewport == view.canvas.scene.viewport.fitted()
    assert view.canvas.scene.viewport.width == view.roll.width()


def test_scroll_bars_and_viewport_follow_each_other(view: EditorView) -> None:
    view.set_song(random_song(500))
    view.fit()
    across, down = view.findChildren(QScrollBar)[:2]
    if across.orientation() is Qt.Orientation.Vertical:
        across, down = down, across
    assert not across.isEnabled()
    view.canvas.set_viewport(view.canvas.scene.viewport.zoomed(10, 0.0).zoomed_keys(3, 0.0))
    assert across.isEnabled()
    across.setValue(across.maximum())
    scene = view.canvas.scene
    assert scene.viewport.left == pytest.approx(scene.viewport.left_range[1])
    view.canvas.set_viewport(scene.viewport.at(left=scene.viewport.left_range[0]))
    assert across.value() == 0
    down.setValue(down.maximum())
    assert view.canvas.scene.viewport.top == pytest.approx(view.canvas.scene.viewport.top_range[0])


def test_one_time_axis(view: EditorView) -> None:
    assert view.roll.width() == view.lane.width() == view.ruler.width()
    left = {widget.mapTo(view, QPoint(0, 0)).x() for widget in (view.roll, view.lane, view.ruler)}
    assert len(left) == 1


class Painted(QObject):
    """Notes which widgets are painted."""

    def __init__(self, widgets: Iterable[QWidget]) -> None:
        super().__init__()
        self.names: set[str] = set()
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            self.names.add(type(watched).__name__)
        return False


def test_a_step_of_the_slider_repaints_only_roll_and_lane(view: EditorView, qtbot: QtBot) -> None:
    view.set_song(SONG)
    view.set_performance(changed(SONG, 1))
    QApplication.processEvents()
    painted = Painted(view.findChildren(CanvasWidget))
    view.set_performance(changed(SONG, 2))
    qtbot.waitUntil(lambda: bool(painted.names))
    QApplication.processEvents()
    assert painted.names == {"LaneView", "PianoRoll"}


def test_set_performance_changes_the_picture_and_back(view: EditorView) -> None:
    view.set_song(SONG)
    written = picture(view)
    view.set_performance(changed(SONG, 40, 0.5))
    played = picture(view)
    assert played != written
    view.set_performance(changed(SONG, -20, 1.5))
    assert picture(view) != played
    view.set_performance(changed(SONG, 40, 0.5))
    assert picture(view) == played
    view.set_performance(None)
    assert picture(view) == written


def test_modes_are_kept_and_another_song_starts_afresh(view: EditorView) -> None:
    view.set_song(SONG)
    view.set_view_mode(ViewMode.DIFFERENCE)
    view.set_lane_mode(LaneMode.BOTH)
    view.set_performance(changed(SONG, 5))
    view.set_current_track(1)
    view.set_visible_tracks([1])
    view.set_song(random_song(20))
    assert (view.view_mode, view.lane_mode) == (ViewMode.DIFFERENCE, LaneMode.BOTH)
    scene = view.canvas.scene
    assert (scene.after, scene.current_track, scene.visible) == (None, None, None)


def test_nothing_breaks_without_a_song(view: EditorView) -> None:
    empty = picture(view)
    view.set_performance(None)
    view.set_selection(())
    view.fit()
    view.zoom_in()
    wheel(view.roll, QPointF(100, 100), 1, CTRL)
    move(view.roll, QPointF(100, 100))
    press(view.lane, QPointF(10, 10))
    view.set_song(SONG)
    assert picture(view) != empty
    view.set_song(None)
    assert picture(view) == empty


@pytest.mark.parametrize("count", [0, 1, 3000])
@pytest.mark.parametrize("mode", list(ViewMode))
def test_songs_of_every_size(view: EditorView, count: int, mode: ViewMode) -> None:
    song = random_song(count, tracks=2)
    view.set_song(song)
    view.set_view_mode(mode)
    view.set_lane_mode(LaneMode.BOTH)
    view.set_selection(selection_of(song, excluded=range(0, len(song.tracks), 2)))
    view.set_performance(song.as_written())
    for size in ((200, 120), (1500, 1000)):
        view.resize(*size)
        assert not picture(view).isNull()


def test_light_theme_repaints_everything(view: EditorView) -> None:
    view.set_song(SONG)
    dark = picture(view)
    apply_theme(QApplication.instance(), "light")
    light = picture(view)
    assert light != dark
    corners = [QPoint(2, 2), QPoint(view.width() - 3, 2), QPoint(2, view.height() - 3)]
    assert {light.pixelColor(at).name() for at in corners} == {theme.LIGHT.window.lower()}
    apply_theme(QApplication.instance(), "dark")
    assert picture(view) == dark
