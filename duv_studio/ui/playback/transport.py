"""The transport in the tool bar: rewind, play, loop, where it is, before or after, same loudness, volume."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.playback.ab_button import ABButton
from duv_studio.ui.playback.controller import Playback
from duv_studio.ui.playback.loudness_button import LoudnessButton
from duv_studio.ui.playback.mixing import decibels
from duv_studio.ui.playback.position_label import PositionLabel, bars_and_beats, time_text
from duv_studio.ui.playback.sound import Side
from duv_studio.ui.playback.source import State
from duv_studio.ui.style import icons, theme
from duv_studio.ui.widgets.action_button import icon_button
from duv_studio.ui.widgets.slider import Slider

_VOLUME_PX = 72
_PLAY_PX = 40
_EVEN = 0.5  # to the ear, a slider of squares gets louder more evenly than one of gains


class Transport(QWidget):
    """Shows a `Playback`, and lets commands act on it."""

    def __init__(self, playback: Playback, play: QAction, rewind: QAction, loop: QAction, flip: QAction) -> None:
        super().__init__()
        self.playback = playback
        self._play, self._play_icon = play, ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.rewind_button, self.play_button, self.loop_button = (
            icon_button(action) for action in (rewind, play, loop)
        )
        self.play_button.setMinimumWidth(_PLAY_PX)
        self.position = PositionLabel()
        self.sides = ABButton()
        self.sides.clicked.connect(flip.trigger)
        self.loudness = LoudnessButton()
        self.loudness.clicked.connect(playback.set_matched)
        self._speaker = QLabel()
        self.volume = Slider(0, 100)
        self.volume.setFixedWidth(_VOLUME_PX)
        self.volume.setAccessibleName(tr("Volume"))
        self.volume.valueChanged.connect(self._on_volume)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_XS)
        for widget in (self.rewind_button, self.play_button, self.loop_button, self.position, self.sides,
                       self.loudness, self._speaker, self.volume):  # fmt: skip
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.insertSpacing(row.indexOf(self.sides), theme.SPACE_XS)
        playback.changed.connect(self.follow)
        playback.moved.connect(self._show_position)
        self._tint()
        self.follow()

    def follow(self) -> None:
        """Show what is so."""
        playback, has_song = self.playback, self.playback.document.song is not None
        is_after, is_playing = playback.side is Side.AFTER, playback.is_playing
        if self.sides.is_after != is_after:
            self.sides.show_side(is_after)
        idle = "play-off" if playback.state is State.SILENT else "play"
        icon = "stop" if is_playing else idle
        if icon != self._play_icon:  # drawing one takes a while
            self._play_icon = icon
            icons.assign(self._play, icon)
        for widget in (self.sides, self.position, self.loudness):
            widget.setEnabled(has_song)
        self.loudness.setChecked(playback.matched)
        self.loudness.show_gain(playback.match_gain if playback.matched else None)
        self._show_volume()
        self._show_position(playback.position)

    def _show_position(self, seconds: float) -> None:
        song = self.playback.document.song
        if song is None:
            self.position.show_texts("", "")
            return
        # Until the last event: how long the last notes die away is known only when they are rendered.
        small = time_text(seconds, float(song.tempo.seconds(song.end_tick)))
        if self.playback.is_waiting:
            small = tr("Loading sound…") if self.playback.state is State.LOADING else tr("Preparing…")
        self.position.show_texts(bars_and_beats(song, seconds), small)

    def _show_volume(self) -> None:
        value = round(100 * self.playback.volume**_EVEN)
        if not self.volume.isSliderDown() and value != self.volume.value():
            self.volume.setValue(value)
        self.volume.setToolTip(tr("Volume of everything: {gain}", gain=decibels(self.playback.volume)))

    def _on_volume(self, value: int) -> None:
        if value != round(100 * self.playback.volume**_EVEN):
            self.playback.set_volume((value / 100) ** (1 / _EVEN))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def _tint(self) -> None:
        look = theme.current()
        self._speaker.setPixmap(icons.pixmap("speaker", theme.ICON_SIZE, look.text_muted, self.devicePixelRatioF()))
