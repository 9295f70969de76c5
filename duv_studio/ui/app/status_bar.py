"""The status bar: work that goes on, what the pointer is over, and what the settings change in the song."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtWidgets import QStatusBar, QWidget

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.engine.performance.change_summary import changed_notes
from duv_studio.ui.document.document import Document
from duv_studio.ui.i18n import count, tr
from duv_studio.ui.widgets.activity_bar import ActivityBar
from duv_studio.ui.widgets.elided_label import ElidedLabel


@dataclass(frozen=True)
class Change:
    """How much a performance differs from the file."""

    notes: int  # with another velocity or duration
    total: int
    mean_velocity: float  # mean size of the change of velocity over the changed notes, MIDI units


def change(song: Song, performance: Performance) -> Change:
    """Compare a performance with the file."""
    changed, velocity = 0, 0
    for track, played in zip(song.tracks, performance, strict=True):
        moved = np.abs(played.velocity - track.notes.velocity)
        changed += int(np.count_nonzero(changed_notes(track.notes, played)))
        # Sizes, not signed changes: a track stays about as loud as it was, so those add up to nothing.
        velocity += int(moved.sum())
    return Change(changed, song.note_count, velocity / max(changed, 1))


def summary(song: Song | None, performance: Performance | None) -> str:
    """Return the change in words, or the size of the song when there is no performance yet."""
    if song is None:
        return ""
    if performance is None:
        return f"{count(song.note_count, 'note', 'notes')} · {count(len(song.tracks), 'track', 'tracks')}"
    c = change(song, performance)
    return tr(
        "{n} of {total} changed · velocity by {mean} on average",
        n=f"{c.notes:,}",
        total=count(c.total, "note", "notes"),
        mean=f"{c.mean_velocity:.1f}",
    )


class StatusBar(QStatusBar):
    """Activity, hover read-out and summary."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.setSizeGripEnabled(False)
        self.activity = ActivityBar()
        self.hover = ElidedLabel()
        self.player = ElidedLabel()  # which adapters play
        self.summary = ElidedLabel()
        self.addWidget(self.activity)
        self.addWidget(self.hover, 1)
        self.addPermanentWidget(self.player)
        self.addPermanentWidget(self.summary)
        for signal in (document.song_changed, document.performance_changed):
            signal.connect(self._on_performance)

    def _on_performance(self) -> None:
        self.summary.set_whole(summary(self.document.song, self.document.performance))
