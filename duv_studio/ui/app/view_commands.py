"""What of before and after is seen and heard, what the lane shows, and zoom."""

from __future__ import annotations

from PySide6.QtCore import QObject

from duv_studio.ui.app.actions import Actions
from duv_studio.ui.canvas.editor_view import EditorView, LaneMode, ViewMode
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.playback.controller import Playback
from duv_studio.ui.playback.sound import Side

VIEWS = {
    "view_after": ViewMode.AFTER,
    "view_before": ViewMode.BEFORE,
    "view_both": ViewMode.BOTH,
    "view_difference": ViewMode.DIFFERENCE,
}
LANES = {"lane_velocity": LaneMode.VELOCITY, "lane_duration": LaneMode.DURATION, "lane_both": LaneMode.BOTH}


class ViewCommands(QObject):
    """Eye and ear go together: who looks at Before hears before, in every other view after is heard."""

    def __init__(self, document: Document, commands: Actions, roll: EditorView, playback: Playback) -> None:
        super().__init__(roll)
        self.document, self._commands, self._roll, self._playback = document, commands, roll, playback
        self._other_view = "view_both"  # where the key B goes back to
        for name in VIEWS:
            commands[name].triggered.connect(self._on_view)
        for name in LANES:
            commands[name].triggered.connect(self._on_lane)
        for name, slot in (
            ("flip", self.flip),
            ("next_lane", self._next_lane),
            ("zoom_in", roll.zoom_in),
            ("zoom_out", roll.zoom_out),
            ("fit", roll.fit),
        ):
            commands[name].triggered.connect(slot)
        document.song_changed.connect(self._on_song)

    def restore(self, preferences: Preferences) -> None:
        """Show what was shown last."""
        kinds = (("view/view", list(VIEWS), "view_both"), ("view/lane", list(LANES), "lane_velocity"))
        for key, known, default in kinds:
            name = preferences.text(key)
            self._commands[name if name in known else default].trigger()
        self._on_song()  # last: what is disabled cannot be chosen

    def save(self, preferences: Preferences) -> None:
        """Remember what is shown."""
        preferences.set_text("view/view", self._chosen(list(VIEWS)))
        preferences.set_text("view/lane", self._chosen(list(LANES)))

    def flip(self) -> None:
        """Back and forth between Before and the other view."""
        before = self._commands["view_before"]
        (self._commands[self._other_view] if before.isChecked() else before).trigger()

    def _on_view(self) -> None:
        name = self._chosen(list(VIEWS))
        if name != "view_before":
            self._other_view = name
        self._roll.set_view_mode(VIEWS[name])
        self._playback.show(Side.BEFORE if name == "view_before" else Side.AFTER)

    def _on_lane(self) -> None:
        self._roll.set_lane_mode(LANES[self._chosen(list(LANES))])

    def _next_lane(self) -> None:
        names = list(LANES)
        at = names.index(self._chosen(names))
        self._commands[names[(at + 1) % len(names)]].trigger()

    def _on_song(self) -> None:
        for name in (*VIEWS, *LANES, "flip", "next_lane", "zoom_in", "zoom_out", "fit"):
            self._commands[name].setEnabled(self.document.song is not None)

    def _chosen(self, names: list[str]) -> str:
        return next(name for name in names if self._commands[name].isChecked())
