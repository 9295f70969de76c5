"""Playhead and loop: where they are drawn, how little is painted for them, and what the mouse does in the ruler."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from duv_studio.ui.canvas.editor_view import EditorView, Loop
from duv_studio.ui.canvas.time_widget import TimeWidget
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.style.theme import DARK
from tests.ui.canvas.songs import PPQ, changed, song_of
from tests.ui.canvas.test_editor_view import LEFT, SHIFT, middle_of, move, picture, press, release, send

SONG = song_of([(i * PPQ, PPQ // 2, 60 + i % 12, 80) for i in range(256)])  # 64 bars
BAR = 4 * PPQ


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[EditorView]:
    apply_theme(QApplication.instance(), "dark")
    made = EditorView()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    qtbot.waitExposed(made)
    made.set_song(SONG)
    made.set_performance(changed(SONG, 9))
    QApplication.processEvents()
    yield made


class Painted:
    """The areas that a part of the view was asked to paint, and how often its whole picture was made."""

    def __init__(self, part: TimeWidget, monkeypatch: pytest.MonkeyPatch) -> None:
        self.areas: list[QRect] = []
        self.pictures = 0
        paint, picture_of = part.paintEvent, part.paint_picture

        def on_paint(event: QPaintEvent) -> None:
            self.areas.append(event.region().boundingRect())
            paint(event)

        def on_picture(painter: object) -> None:
            self.pictures += 1
            picture_of(painter)

        monkeypatch.setattr(part, "paintEvent", on_paint)
        monkeypatch.setattr(part, "paint_picture", on_picture)


def x_of(view: EditorView, tick: float) -> float:
    return float(view.canvas.scene.viewport.x(tick))


@pytest.mark.parametrize("part", ["roll", "lane", "ruler"])
def test_the_playhead_is_drawn_and_paints_its_strip_only(
    view: EditorView, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget: TimeWidget = getattr(view, part)
    view.set_playhead(2 * BAR)
    QApplication.processEvents()
    image, x = picture(widget), round(x_of(view, 2 * BAR))
    assert image.pixelColor(x, widget.height() - 2) == QColor(DARK.playhead)
    painted = Painted(widget, monkeypatch)
    for step in range(1, 9):
        view.set_playhead(2 * BAR + step * 200)
        QApplication.processEvents()
    assert len(painted.areas) == 8 and painted.pictures == 0
    assert max(area.width() for area in painted.areas) < 40
    assert picture(widget).pixelColor(x, widget.height() - 2) != QColor(DARK.playhead)


def test_a_playhead_that_moves_by_less_than_a_pixel_paints_nothing(
    view: EditorView, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.set_playhead(960.0)
    QApplication.processEvents()
    painted = Painted(view.roll, monkeypatch)
    view.set_playhead(960.0 + 0.1 * view.canvas.scene.viewport.ticks_per_px)
    QApplication.processEvents()
    assert painted.areas == []


def test_under_the_playhead_is_what_is_played_now(view: EditorView) -> None:
    """The picture that is kept follows notes, selection, hover and theme."""
    view.set_playhead(BAR)
    pictures = [picture(view.roll)]
    for change in (
        lambda: view.set_performance(changed(SONG, 40)),
        lambda: view.pick_all(),
        lambda: move(view.roll, middle_of(view, 3)),
        lambda: apply_theme(QApplication.instance(), "light"),
    ):
        change()
        QApplication.processEvents()
        pictures.append(picture(view.roll))
        assert pictures[-1] != pictures[-2]
    apply_theme(QApplication.instance(), "dark")


def zoomed(view: EditorView) -> None:
    view.canvas.set_viewport(view.canvas.scene.viewport.zoomed(4, 0.0))


def test_following_turns_pages(view: EditorView) -> None:
    zoomed(view)
    right = view.canvas.scene.viewport.right
    view.set_playhead(right - 10, follow=True)
    assert view.canvas.scene.viewport.right == right
    view.set_playhead(right + 5, follow=True)
    assert x_of(view, right + 5) == pytest.approx(10.0)
    view.set_playhead(0.0, follow=True)  # the loop begins again
    assert view.canvas.scene.viewport.left <= 0.0


def test_who_scrolls_away_is_not_fetched_back(view: EditorView) -> None:
    zoomed(view)
    view.set_playhead(0.0, follow=True)
    view.canvas.set_viewport(view.canvas.scene.viewport.scrolled(2000, 0))
    away = view.canvas.scene.viewport
    view.set_playhead(100.0, follow=True)
    assert view.canvas.scene.viewport == away
    view.reveal_playhead()
    assert 0 <= x_of(view, 100.0) <= away.width
    right = view.canvas.scene.viewport.right
    view.set_playhead(right - 1, follow=False)
    view.set_playhead(right + 9, follow=False)
    assert view.canvas.scene.viewport.right == right


# The ruler


def asked(view: EditorView) -> tuple[list[float], list[Loop | None]]:
    seeks: list[float] = []
    loops: list[Loop | None] = []
    view.seek_wanted.connect(seeks.append)
    view.loop_wanted.connect(loops.append)
    return seeks, loops


def drag(view: EditorView, start: float, stop: float, keys=Qt.KeyboardModifier.NoModifier) -> None:
    press(view.ruler, QPointF(start, 12))
    for x in (start + (stop - start) / 2, stop):
        send(view.ruler, press_move(), QPointF(x, 12), buttons=LEFT, keys=keys)
    release(view.ruler, QPointF(stop, 12))


def press_move():
    from PySide6.QtGui import QMouseEvent

    return QMouseEvent.Type.MouseMove


def test_a_click_seeks(view: EditorView) -> None:
    seeks, loops = asked(view)
    press(view.ruler, QPointF(x_of(view, 1000), 12))
    release(view.ruler, QPointF(x_of(view, 1000) + 1, 12))
    press(view.ruler, QPointF(0, 12))  # before the first tick
    release(view.ruler, QPointF(0, 12))
    assert seeks[0] == pytest.approx(1000, abs=2 * view.canvas.scene.viewport.ticks_per_px) and seeks[1] == 0.0
    assert loops == []


def test_a_drag_loops_by_beats_and_with_shift_as_one_likes(view: EditorView) -> None:
    seeks, loops = asked(view)
    drag(view, x_of(view, 4 * BAR + 30), x_of(view, 2 * BAR - 40))  # backwards
    assert loops == [Loop(2 * BAR, 4 * BAR)] and view.canvas.loop == loops[0]
    view.set_loop(None)
    drag(view, x_of(view, 2 * BAR + 130), x_of(view, 4 * BAR + 40), SHIFT)
    last = loops[-1]
    assert last is not None and last.start == pytest.approx(2 * BAR + 130) and last.stop == pytest.approx(4 * BAR + 40)
    assert seeks == []


def test_the_ends_of_a_loop_can_be_taken(view: EditorView) -> None:
    seeks, loops = asked(view)
    view.set_loop(Loop(2 * BAR, 4 * BAR))
    move(view.ruler, QPointF(x_of(view, 4 * BAR) + 3, 12))
    assert view.ruler.cursor().shape() == Qt.CursorShape.SizeHorCursor
    drag(view, x_of(view, 4 * BAR) + 3, x_of(view, 6 * BAR) + 3)
    assert loops == [Loop(2 * BAR, 6 * BAR)]
    drag(view, x_of(view, 2 * BAR) - 2, x_of(view, 7 * BAR))  # past the other end
    assert loops[-1] == Loop(6 * BAR, 7 * BAR)
    press(view.ruler, QPointF(x_of(view, 7 * BAR), 12))  # a click on an end neither moves it nor seeks
    release(view.ruler, QPointF(x_of(view, 7 * BAR), 12))
    assert len(loops) == 2 and seeks == []


def test_a_double_click_takes_the_loop_away(view: EditorView) -> None:
    _, loops = asked(view)
    view.set_loop(Loop(2 * BAR, 4 * BAR))
    QTest.mouseDClick(view.ruler, LEFT, pos=QPointF(x_of(view, 3 * BAR), 12).toPoint())
    assert loops == [None]


def test_a_loop_that_is_off_looks_so(view: EditorView) -> None:
    x = round(x_of(view, 3 * BAR))
    view.set_loop(Loop(2 * BAR, 4 * BAR))
    assert picture(view.ruler).pixelColor(x, 1) == QColor(DARK.accent)
    view.set_loop(Loop(2 * BAR, 4 * BAR, is_on=False))
    assert picture(view.ruler).pixelColor(x, 1) == QColor(DARK.border_strong)
    view.set_loop(None)
    assert picture(view.ruler).pixelColor(x, 1) == QColor(DARK.window)


def test_without_a_song_the_ruler_does_nothing(view: EditorView) -> None:
    seeks, loops = asked(view)
    view.set_song(None)
    view.set_playhead(100.0)
    drag(view, 100, 300)
    press(view.ruler, QPointF(200, 12))
    release(view.ruler, QPointF(200, 12))
    assert seeks == [] and loops == []
    picture(view.ruler)


def test_the_span_of_selected_notes(view: EditorView) -> None:
    assert view.picked_span is None
    press(view.roll, middle_of(view, 4))
    release(view.roll, middle_of(view, 4))
    press(view.roll, middle_of(view, 6), keys=SHIFT)
    release(view.roll, middle_of(view, 6))
    assert view.picked_span == (4 * PPQ, 6 * PPQ + PPQ // 2)
