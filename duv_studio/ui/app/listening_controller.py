"""Hearing the song in the window: between playback, its commands, the canvas, the track list and the messages."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from duv_studio.ui.app.actions import Actions
from duv_studio.ui.canvas.editor_view import EditorView, Loop
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.playback.controller import LoopRange, Playback
from duv_studio.ui.playback.source import State
from duv_studio.ui.widgets.message_bar import Message, MessageArea, sentence

TOPIC = "sound"
_FOLLOW = "sound/follow"


class ListeningController(QObject):
    """Lets commands, ruler and keys act on the playback, and shows what it does."""

    def __init__(
        self, playback: Playback, commands: Actions, roll: EditorView, messages: MessageArea, preferences: Preferences
    ) -> None:
        super().__init__(roll)
        self.playback, self.commands, self.roll, self.messages = playback, commands, roll, messages
        self.preferences = preferences
        self._again = QAction(tr("Try Again"), self)
        self._again.triggered.connect(playback.play)
        self._shipped = QAction(tr("Use the Shipped Sounds"), self)
        self._shipped.triggered.connect(self._use_shipped_sounds)
        self._connect_commands()
        playback.changed.connect(self.follow)
        playback.moved.connect(self._on_moved)
        playback.jumped.connect(roll.reveal_playhead)
        playback.refused.connect(self._tell_trouble)
        playback.lost.connect(self._tell_trouble)
        playback.mixing.changed.connect(self.follow)
        roll.seek_wanted.connect(self._seek_tick)
        roll.loop_wanted.connect(self._loop_ticks)
        roll.picked.connect(self._on_picked)
        self.document.current_track_changed.connect(self.follow)
        self.document.song_changed.connect(self.follow)
        commands["follow"].setChecked(preferences.text(_FOLLOW, "yes") == "yes")
        self.follow()

    @property
    def document(self) -> Document:
        """Whose song is heard."""
        return self.playback.document

    def escape(self) -> bool:
        """Take the loop away; False when there is none."""
        if self.playback.loop is None:
            return False
        self.playback.set_loop(None)
        return True

    def _connect_commands(self) -> None:
        playback = self.playback
        for name, slot in (
            ("play", playback.toggle),
            ("rewind", playback.rewind),
            ("matched", playback.set_matched),
            ("loop", self._toggle_loop),
            ("loop_selection", self._loop_selection),
            ("no_loop", self.escape),
            ("follow", self._set_follow),
            ("mute", self._mute),
            ("solo", self._solo),
            ("clear_mutes", playback.mixing.clear_mutes),
            ("clear_solos", playback.mixing.clear_solos),
            ("panic", playback.panic),
        ):
            self.commands[name].triggered.connect(slot)

    # Commands

    def _toggle_loop(self) -> None:
        if self.playback.loop is None and self.roll.picked_span is not None:
            self._loop_selection()
        else:
            self.playback.toggle_loop()

    def _loop_selection(self) -> None:
        span = self.roll.picked_span
        if span is not None and span[1] > span[0]:
            self._loop_ticks(Loop(*span))

    def _loop_ticks(self, loop: Loop | None) -> None:
        song = self.document.song
        if loop is None or song is None:
            self.playback.set_loop(None)
        else:
            start, stop = song.tempo.seconds([loop.start, loop.stop]).tolist()
            self.playback.set_loop(LoopRange(start, stop))

    def _seek_tick(self, tick: float) -> None:
        if self.document.song is not None:
            self.playback.seek(float(self.document.song.tempo.seconds(tick)))

    def _set_follow(self, follow: bool) -> None:
        self.preferences.set_text(_FOLLOW, "yes" if follow else "no")
        if follow:
            self.roll.reveal_playhead()

    def _mute(self) -> None:
        key = self._current_key
        if key is not None:
            self.playback.mixing.set_muted(key, not self.playback.mixing.of(key).muted)

    def _solo(self) -> None:
        key = self._current_key
        if key is not None:
            self.playback.mixing.set_solo(key, not self.playback.mixing.of(key).solo)

    @property
    def _current_key(self) -> str | None:
        song, current = self.document.song, self.document.current_track
        return None if song is None or current is None else song.tracks[current].key

    # What is so

    def _on_moved(self, seconds: float) -> None:
        song = self.document.song
        if song is not None:
            follow = self.playback.is_playing and self.commands["follow"].isChecked()
            self.roll.set_playhead(float(song.tempo.ticks_at(seconds)), follow=follow)

    def follow(self) -> None:
        """Show what is so, in commands, canvas and messages."""
        playback, commands, has_song = self.playback, self.commands, self.document.song is not None
        for name in ("play", "rewind", "loop"):
            commands[name].setEnabled(has_song)
        commands["play"].setText(tr("Sto&p") if playback.is_playing else tr("&Play"))
        commands["play"].setToolTip(self._play_tip())
        commands["loop"].setChecked(playback.loop is not None and playback.loop.is_on)
        commands["no_loop"].setEnabled(playback.loop is not None)
        commands["matched"].setChecked(playback.matched)
        for name in ("mute", "solo"):
            commands[name].setEnabled(self._current_key is not None)
        commands["clear_mutes"].setEnabled(playback.mixing.has_mutes)
        commands["clear_solos"].setEnabled(playback.mixing.has_solos)
        self._on_picked()
        self.roll.set_loop(self._loop_in_ticks())
        if playback.state is not State.SILENT:
            self.messages.clear(TOPIC)
        self._on_moved(playback.position)

    def _on_picked(self) -> None:
        self.commands["loop_selection"].setEnabled(self.roll.picked_span is not None)

    def _loop_in_ticks(self) -> Loop | None:
        song, loop = self.document.song, self.playback.loop
        if song is None or loop is None:
            return None
        start, stop = song.tempo.ticks_at([loop.start, loop.stop]).tolist()
        return Loop(start, stop, loop.is_on)

    def _play_tip(self) -> str:
        trouble = self.playback.trouble
        tip = tr("Stop (Space)") if self.playback.is_playing else tr("Play (Space)")
        said = () if trouble is None else (sentence(trouble.text), sentence(trouble.hint))
        return "\n".join((tip, *(line for line in said if line)))

    def _tell_trouble(self) -> None:
        trouble = self.playback.trouble
        if trouble is not None:
            texts = (sentence(trouble.text), sentence(trouble.hint))
            self.messages.clear(TOPIC)
            has_own = self.playback.source.request.soundfont is not None and self.playback.sound is None
            actions = (self._shipped, self._again) if has_own else (self._again,)
            self.messages.show_message(
                TOPIC, Message("warning", trouble.title, *texts, file=trouble.file, actions=actions)
            )

    def _use_shipped_sounds(self) -> None:
        self.playback.use_soundfont(None)
        self.playback.play()
