"""What the ruler, the keyboard, the roll and the lanes share: one scene, and the note under the mouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from duv_studio.engine.midi.song import IntArray
from duv_studio.ui.canvas.scene import Scene
from duv_studio.ui.canvas.viewport import EDGE_PX, Viewport


@dataclass(frozen=True)
class Loop:
    """The ticks that are played again and again, or would be if that were switched on."""

    start: float
    stop: float
    is_on: bool = True


class CanvasState(QObject):
    """Holds the Scene that every part of the view draws, the note under the mouse, and the one that keys move from."""

    scene_changed = Signal()  # the notes, their look or the viewport
    performance_changed = Signal()  # only how the notes are played: many times a second while a slider is dragged
    hover_changed = Signal()
    picked_changed = Signal()  # other notes are selected
    song_changed = Signal()  # row numbers of the old song's table are void
    playhead_changed = Signal()
    loop_changed = Signal()
    seek_wanted = Signal(float)  # tick from which to play
    loop_wanted = Signal(object)  # ticks from and to which to play again and again, or None

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene()
        self.hover_note: int | None = None
        self.cursor: int | None = None  # the note that arrow keys move from
        self.playhead: float | None = None  # tick that is heard
        self.loop: Loop | None = None
        # Until the user zooms or scrolls, the same frame is used at every size.
        self._frame: Callable[[Viewport], Viewport] | None = Viewport.fitted

    def set_scene(self, scene: Scene) -> None:
        """Draw another scene."""
        is_other = scene.song is not self.scene.song
        self.scene = scene
        if is_other:
            self.cursor = None
            self.playhead, self.loop = None, None
            self.hover(None)
            self.song_changed.emit()
            self.picked_changed.emit()
        self.scene_changed.emit()

    def set_performance_scene(self, scene: Scene) -> None:
        """Draw a scene that differs from the present one only in how its notes are played."""
        self.scene = scene
        self.performance_changed.emit()

    def set_viewport(self, viewport: Viewport) -> None:
        """Show another part of the song, and no longer frame it by itself."""
        if viewport != self.scene.viewport:
            self._frame = None
            self.set_scene(replace(self.scene, viewport=viewport))

    def resize(self, width: float, height: float) -> None:
        """Take the size of the note area, in device-independent pixels."""
        view = self.scene.viewport.resized(width, height)
        self.set_scene(replace(self.scene, viewport=self._frame(view) if self._frame else view))

    def fit(self) -> None:
        """Show the whole song, also when the size changes."""
        self._use_frame(Viewport.fitted)

    def open(self) -> None:
        """Show the first bars, as for a song that was just opened."""
        self._use_frame(Viewport.opened)

    def _use_frame(self, frame: Callable[[Viewport], Viewport]) -> None:
        self._frame = frame
        self.set_scene(replace(self.scene, viewport=frame(self.scene.viewport)))

    def hover(self, note: int | None) -> None:
        """Take the note under the mouse, as its row in the table; None where there is none."""
        if note != self.hover_note:
            self.hover_note = note
            self.hover_changed.emit()

    def pick(self, notes: IntArray, cursor: int | None = None) -> None:
        """Select these notes (ascending rows of the table) and no others."""
        self.cursor = cursor
        if not np.array_equal(notes, self.scene.picked):
            self.scene = replace(self.scene, picked=notes)
            self.picked_changed.emit()

    def scroll_to(self, note: int) -> None:
        """Scroll as far as it takes to see the beginning of a note."""
        self.set_viewport(self.scene.viewport.revealing(*self.scene.place_of(note)))

    # What is played

    def set_playhead(self, tick: float | None) -> None:
        """Show which tick is heard; None: nothing can be."""
        if tick != self.playhead:
            self.playhead = tick
            self.playhead_changed.emit()

    def set_loop(self, loop: Loop | None) -> None:
        """Show what is played again and again."""
        if loop != self.loop:
            self.loop = loop
            self.loop_changed.emit()

    def reveal_playhead(self) -> None:
        """Scroll there if it is out of sight."""
        if self.playhead is not None:
            view = self.scene.viewport
            self.set_viewport(view if view.left <= self.playhead <= view.right else paged(view, self.playhead))


def paged(view: Viewport, tick: float) -> Viewport:
    """The page that begins with a tick."""
    return view.at(left=tick - EDGE_PX * view.ticks_per_px)
