"""Ruler, keyboard, piano roll and lane on one time axis: the canvas that the window holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollBar, QSplitter, QVBoxLayout, QWidget

from duv_studio.ui.canvas import picking
from duv_studio.ui.canvas.canvas_state import CanvasState, Loop
from duv_studio.ui.canvas.canvas_widget import ZOOM_STEP
from duv_studio.ui.canvas.lane_view import LaneAxis, LaneView
from duv_studio.ui.canvas.note_text import hover_text, picked_text
from duv_studio.ui.canvas.piano_keyboard import GUTTER_WIDTH, PianoKeyboard
from duv_studio.ui.canvas.piano_roll import PianoRoll
from duv_studio.ui.canvas.ruler import Ruler
from duv_studio.ui.canvas.scene import NOTHING, LaneMode, ViewMode
from duv_studio.ui.style.theme import current

if TYPE_CHECKING:
    from duv_studio.engine.midi.song import Performance, Song
    from duv_studio.engine.music.selection import TrackSelection

__all__ = ["EditorView", "LaneMode", "Loop", "ViewMode"]

_BAR = 12  # thickness of the scroll bars, as in the style sheet
_SCROLL_STEPS = 1_000_000  # a scroll bar counts in 32-bit integers, ticks may be larger


class EditorView(QWidget):
    """Shows a song before and after. `hover_text` is a line about the note under the mouse, "" when there is none."""

    hover_text = Signal(str)  # about selected notes when the mouse is over none
    track_clicked = Signal(int)
    picked = Signal()  # other notes are selected
    menu_wanted = Signal(QPoint)  # about the selected notes, in global coordinates
    seek_wanted = Signal(float)  # tick from which to play
    loop_wanted = Signal(object)  # a Loop, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = CanvasState(self)
        self.roll = PianoRoll(self.canvas)
        self.lane = LaneView(self.canvas)
        self.ruler = Ruler(self.canvas)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        across, down = QScrollBar(Qt.Orientation.Horizontal), QScrollBar(Qt.Orientation.Vertical)
        self._sync = ScrollSync(self.canvas, across, down, self)
        self._lay_out(across, down)
        self.canvas.hover_changed.connect(self._emit_hover_text)
        self.canvas.performance_changed.connect(self._update_hover_text)
        self.canvas.picked_changed.connect(self._emit_hover_text)
        self.canvas.picked_changed.connect(self.picked)
        self.canvas.seek_wanted.connect(self.seek_wanted)
        self.canvas.loop_wanted.connect(self.loop_wanted)
        for part in (self.roll, self.lane):
            part.track_clicked.connect(self.track_clicked)
            part.menu_wanted.connect(self.menu_wanted)

    def set_song(self, song: Song | None) -> None:
        """Show the first bars of another song, as it is written; None: nothing."""
        self.canvas.set_scene(self.canvas.scene.with_song(song))
        self.canvas.open()

    def set_performance(self, after: Performance | None) -> None:
        """Show how the song is played; None: nothing is humanized yet. Fast enough for every step of a slider."""
        scene = self.canvas.scene
        replayed = scene.with_performance(after)
        # Without a performance other things are drawn (no changes, no outlines): then everything is shown again.
        (self.canvas.set_scene if replayed.mode is not scene.mode else self.canvas.set_performance_scene)(replayed)

    def set_selection(self, selection: tuple[TrackSelection, ...]) -> None:
        """Hatch the notes that are left alone; their tooltips say why."""
        self.canvas.set_scene(self.canvas.scene.with_selection(selection))

    def set_locked(self, locked: Mapping[str, frozenset[int]]) -> None:
        """Mark the notes that are locked: Track.key -> indices in Track.notes."""
        self.canvas.set_scene(self.canvas.scene.with_locked(locked))

    @property
    def picked_notes(self) -> dict[int, frozenset[int]]:
        """The selected notes: Song.tracks index -> indices in Track.notes."""
        scene = self.canvas.scene
        return {} if scene.table is None else scene.table.notes_of(scene.picked)

    @property
    def hovered_notes(self) -> dict[int, frozenset[int]]:
        """The note under the mouse, likewise."""
        scene, note = self.canvas.scene, self.canvas.hover_note
        return {} if scene.table is None or note is None else scene.table.notes_of(np.array([note]))

    def pick_all(self) -> None:
        """Select every note that stands out."""
        self.canvas.pick(picking.everything(self.canvas.scene))

    def pick_none(self) -> None:
        """Select no note."""
        self.canvas.pick(NOTHING)

    def set_current_track(self, index: int | None) -> None:
        """Let one track stand out, alone in the lane; None: all are alike."""
        self.canvas.set_scene(replace(self.canvas.scene, current_track=index))

    def set_visible_tracks(self, tracks: Collection[int] | None) -> None:
        """Draw only these tracks; None: all."""
        self.canvas.set_scene(self.canvas.scene.with_visible(tracks))

    def set_view_mode(self, mode: ViewMode) -> None:
        """Choose what of before and after is drawn."""
        self.canvas.set_scene(replace(self.canvas.scene, view_mode=ViewMode(mode)))

    def set_lane_mode(self, mode: LaneMode) -> None:
        """Choose what the lane shows."""
        self.canvas.set_scene(replace(self.canvas.scene, lane_mode=LaneMode(mode)))

    def set_loop(self, loop: Loop | None) -> None:
        """Mark what is played again and again."""
        self.canvas.set_loop(loop)

    def set_playhead(self, tick: float | None, *, follow: bool = False) -> None:
        """Draw the playhead; `follow`: where it runs out of sight, turn the page."""
        before, view = self.canvas.playhead, self.canvas.scene.viewport
        self.canvas.set_playhead(tick)
        # What was scrolled out of sight by hand is not fetched back.
        was_seen = before is not None and view.left <= before <= view.right
        if follow and was_seen and QApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self.canvas.reveal_playhead()

    def reveal_playhead(self) -> None:
        """Scroll to the playhead if it is out of sight."""
        self.canvas.reveal_playhead()

    @property
    def picked_span(self) -> tuple[int, int] | None:
        """First onset and last end of the selected notes in ticks, as they are drawn; None where none is."""
        scene = self.canvas.scene
        if scene.table is None or scene.played is None or not len(scene.picked):
            return None
        ends = scene.table.end(scene.played)[scene.picked]
        return int(scene.table.onset[scene.picked].min()), int(ends.max())

    @property
    def view_mode(self) -> ViewMode:
        return self.canvas.scene.view_mode

    @property
    def lane_mode(self) -> LaneMode:
        return self.canvas.scene.lane_mode

    def fit(self) -> None:
        """Show the whole song."""
        self.canvas.fit()

    def zoom_in(self) -> None:
        """Magnify time around the middle."""
        self._zoom(ZOOM_STEP)

    def zoom_out(self) -> None:
        """Shrink time around the middle."""
        self._zoom(1 / ZOOM_STEP)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """0 fits, Z and Shift+Z zoom; the window may have shortcuts of the same keys, which come first."""
        shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() == Qt.Key.Key_0 and plain:
            self.fit()
        elif event.key() == Qt.Key.Key_Z and (plain or shift):
            self._zoom(1 / ZOOM_STEP if shift else ZOOM_STEP)
        else:
            super().keyPressEvent(event)

    def _zoom(self, factor: float) -> None:
        view = self.canvas.scene.viewport
        self.canvas.set_viewport(view.zoomed(factor, view.width / 2))

    def _emit_hover_text(self) -> None:
        note, scene = self.canvas.hover_note, self.canvas.scene
        self.hover_text.emit(picked_text(scene) if note is None else hover_text(scene, note))

    def _update_hover_text(self) -> None:
        if self.canvas.hover_note is not None:  # its values have changed under the mouse
            self._emit_hover_text()

    def _lay_out(self, across: QScrollBar, down: QScrollBar) -> None:
        self.splitter.addWidget(_row(PianoKeyboard(self.canvas), self.roll, down))
        self.splitter.addWidget(_row(LaneAxis(self.canvas), self.lane, _Corner(_BAR)))
        self.splitter.setCollapsible(0, False)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([3000, 1000])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(_row(_Corner(GUTTER_WIDTH), self.ruler, _Corner(_BAR)))
        column.addWidget(self.splitter, 1)
        column.addWidget(_row(_Corner(GUTTER_WIDTH), across, _Corner(_BAR)))


def _row(left: QWidget, middle: QWidget, right: QWidget) -> QWidget:
    """Gutter, canvas and scroll bar side by side, so that everything keeps to one time axis."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(left)
    layout.addWidget(middle, 1)
    layout.addWidget(right)
    return row


class _Corner(QWidget):
    """A piece of ground where nothing is shown."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.setFixedWidth(width)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), current().color("window"))
        painter.end()


class ScrollSync(QObject):
    """Keeps a horizontal and a vertical scroll bar and the canvas in step."""

    def __init__(self, canvas: CanvasState, across: QScrollBar, down: QScrollBar, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas, self._across, self._down = canvas, across, down
        canvas.scene_changed.connect(self._follow)
        across.valueChanged.connect(self._move_across)
        down.valueChanged.connect(self._move_down)
        self._follow()

    def _follow(self) -> None:
        if self._canvas.scene.song is None:
            for bar in (self._across, self._down):
                _set_bar(bar, 0.0, 0.0, 1.0)
            return
        view = self._canvas.scene.viewport
        first, last = view.left_range
        _set_bar(self._across, view.left - first, last - first, view.width * view.ticks_per_px)
        lowest, highest = view.top_range
        _set_bar(self._down, highest - view.top, highest - lowest, view.height / view.key_px)

    def _move_across(self, value: int) -> None:
        view = self._canvas.scene.viewport
        first, last = view.left_range
        self._canvas.set_viewport(view.at(left=first + value / max(self._across.maximum(), 1) * (last - first)))

    def _move_down(self, value: int) -> None:
        view = self._canvas.scene.viewport
        lowest, highest = view.top_range
        self._canvas.set_viewport(view.at(top=highest - value / max(self._down.maximum(), 1) * (highest - lowest)))


def _set_bar(bar: QScrollBar, value: float, span: float, page: float) -> None:
    """Show a window of size `page` at `value` of 0..`span`; nothing to scroll disables the bar."""
    with QSignalBlocker(bar):
        total = max(span + page, 1e-9)
        maximum = round(_SCROLL_STEPS * span / total)
        bar.setRange(0, maximum)
        bar.setPageStep(max(1, round(_SCROLL_STEPS * page / total)))
        bar.setSingleStep(max(1, bar.pageStep() // 10))
        bar.setValue(round(maximum * value / span) if span > 0 else 0)
        bar.setEnabled(maximum > 0)
