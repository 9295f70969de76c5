"""The status bar: work that goes on, what the pointer is over, and what the settings change in the song."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.ui.document import Document
from duv_studio.ui.jobs import Activity
from duv_studio.ui.labels import ElidedLabel
from duv_studio.ui.style import theme
from duv_studio.ui.words import count, tr

_PATIENCE_MS = 150  # work that is done sooner is not worth a flicker
_STEPS = 1000


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
        changed += int(np.count_nonzero((moved > 0) | (played.duration != track.notes.duration)))
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


class ActivityBar(QWidget):
    """Words, a progress bar and a Cancel button; appears only when work takes a while."""

    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel()
        self.bar = QProgressBar()
        self.bar.setFixedWidth(120)
        self.bar.setTextVisible(False)
        self.button = QPushButton(tr("Cancel"))
        self.button.setStyleSheet("padding: 0 10px; min-height: 18px;")
        self.button.setToolTip(tr("Stop (Esc)"))
        self.button.clicked.connect(self.cancel_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_XS, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for widget in (self.label, self.bar, self.button):
            row.addWidget(widget)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        self.hide()

    def set_activity(self, activity: Activity | None) -> None:
        """Show work, or nothing."""
        if activity is None:
            self._patience.stop()
            self.hide()
            return
        self.label.setText(activity.text)
        self.bar.setAccessibleName(activity.text)
        self.bar.setRange(0, 0 if activity.share is None else _STEPS)
        self.bar.setValue(round((activity.share or 0.0) * _STEPS))
        self.button.setVisible(activity.can_cancel)
        if not self.isVisible() and not self._patience.isActive():
            self._patience.start()


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
