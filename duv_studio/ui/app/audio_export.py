"""File > Export Audio: asks what and where, and tells what became of it; and the song as a file to drag out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.errors import DuvError
from duv_studio.ui.app.actions import Actions
from duv_studio.ui.app.export_dialog import beside
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.playback.audio_dialog import (
    AFTER,
    BEFORE,
    BOTH,
    HEARD,
    LOOP,
    AudioChoice,
    AudioDialog,
    paths_of,
    remembered,
)
from duv_studio.ui.playback.audio_jobs import AUDIO, DRAGGED, AudioJobs
from duv_studio.ui.playback.audio_render import Recorded, Recording
from duv_studio.ui.playback.controller import Playback
from duv_studio.ui.playback.mixing import signed_db
from duv_studio.ui.playback.position_label import bars_and_beats
from duv_studio.ui.widgets.message_bar import Message, MessageArea


class AudioQuestions:
    """The questions of an export of audio; tests answer them with an object of their own."""

    def ask_what(self, dialog: AudioDialog) -> bool:
        """Let the user fill in the dialog; False when it is given up."""
        return dialog.exec() == QDialog.DialogCode.Accepted

    def ask_path(self, parent: QWidget, suggestion: Path) -> Path | None:
        """Let the user choose where to write."""
        kinds = tr("Audio files (*.wav *.flac)")
        name, _ = QFileDialog.getSaveFileName(parent, tr("Export Audio"), str(suggestion), kinds)
        return Path(name) if name else None

    def may_replace(self, parent: QWidget, paths: tuple[Path, ...]) -> bool:
        """Ask before files are replaced that the file dialog did not ask about."""
        names = ", ".join(f"“{path.name}”" for path in paths)
        box = QMessageBox(QMessageBox.Icon.Warning, tr("Replace the files?"), tr("{names} exist already.", names=names))
        box.setParent(parent, box.windowFlags())
        replace = box.addButton(tr("&Replace"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is replace


class AudioExport(QObject):
    """Between the menu, the dialog and the jobs."""

    unexpected = Signal(object)  # Exception

    def __init__(
        self,
        window: QWidget,
        playback: Playback,
        jobs: AudioJobs,
        commands: Actions,
        messages: MessageArea,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self.window, self.playback, self.jobs, self.messages = window, playback, jobs, messages
        self.preferences, self.questions = preferences, AudioQuestions()
        self._command = commands["export_audio"]
        self._command.triggered.connect(self.export)
        self._folder = QAction(tr("Open Folder"), self)
        self._folder.triggered.connect(self._open_folder)
        jobs.done.connect(self._on_done)
        jobs.failed.connect(self._on_failed)
        self.document.song_changed.connect(self._on_song)
        self._on_song()

    @property
    def document(self) -> Document:
        """Whose song is written."""
        return self.playback.document

    def export(self) -> None:
        """Ask what and where, then write it."""
        self.document.settle()
        song, after = self.document.song, self.document.performance
        if song is None:
            return
        dialog = self._dialog(after is not None)
        try:
            if not self.questions.ask_what(dialog):
                return
            choice = dialog.choice
        finally:
            dialog.deleteLater()
        self.preferences.set_text("sound/format", choice.format)
        paths = self._ask_paths(song, choice)
        if paths and self.document.song is song:
            self.messages.clear(AUDIO)  # of the export before
            self.jobs.start(AUDIO, self._recordings(song, after, choice, paths))

    def recording_to_drag(self, path: Path) -> Recording | None:
        """What is heard, whole, as it will lie at `path`; None while there is nothing."""
        song, after = self.document.song, self.document.performance
        if song is None or after is None:
            return None
        return self._recording(path, after, AudioChoice(tracks=HEARD))

    def _dialog(self, has_after: bool) -> AudioDialog:
        song, loop = self.document.song, self.playback.loop
        assert song is not None
        span = "" if loop is None else f"{bars_and_beats(song, loop.start)} – {bars_and_beats(song, loop.stop)}"
        gains = self.playback.mixing.gains()
        heard = tr("{n} of {total} tracks, with their volumes", n=sum(g > 0 for g in gains), total=len(gains))
        return AudioDialog(
            remembered(self.preferences), loop=span, heard=heard, has_after=has_after, parent=self.window
        )

    def _ask_paths(self, song: Song, choice: AudioChoice) -> tuple[Path, ...]:
        chosen = self.questions.ask_path(self.window, self._suggestion(song, choice))
        if chosen is None:
            return ()
        paths = paths_of(chosen, choice)
        unasked = tuple(path for path in paths if path != chosen and path.exists())
        return () if unasked and not self.questions.may_replace(self.window, unasked) else paths

    def _suggestion(self, song: Song, choice: AudioChoice) -> Path:
        folder = self.preferences.folder("files/audio") or beside(song.path)
        stem = song.path.stem if song.path else tr("Song")
        names = {AFTER: tr("{stem} (humanized)", stem=stem), BEFORE: tr("{stem} (as written)", stem=stem), BOTH: stem}
        return folder / (names[choice.sides] + choice.suffix)

    def _recordings(
        self, song: Song, after: Performance | None, choice: AudioChoice, paths: tuple[Path, ...]
    ) -> list[Recording]:
        before = song.as_written()
        sides = {AFTER: (after,), BEFORE: (before,), BOTH: (before, after)}[choice.sides]
        return [self._recording(path, side or before, choice) for path, side in zip(paths, sides, strict=True)]

    def _recording(self, path: Path, performance: Performance, choice: AudioChoice) -> Recording:
        song, loop, mixing = self.document.song, self.playback.loop, self.playback.mixing
        assert song is not None
        start, stop = (loop.start, loop.stop) if choice.part == LOOP and loop is not None else (0.0, None)
        gains = mixing.gains() if choice.tracks == HEARD else (1.0,) * len(song.tracks)
        families = with_families(song, self.document.settings.track_family)
        font, programs = self.playback.source.request.soundfont, mixing.programs()
        return Recording(path, families, performance, font, programs, gains, start, stop, choice.bits)

    # What became of it

    def _on_done(self, kind: str, recorded: Recorded) -> None:
        if kind == AUDIO:
            paths, db = recorded.paths, signed_db(recorded.gain)
            lowered = tr("Made softer by {db}, or it would clip.", db=db) if recorded.gain < 0 else ""
            self.preferences.set_text("files/audio", str(paths[0].parent))
            self._folder.setData(str(paths[0].parent))
            title = tr("Exported {names}", names=", ".join(path.name for path in paths))
            self.messages.show_message(
                AUDIO, Message("success", title, lowered, file=paths[0], actions=(self._folder,))
            )

    def _on_failed(self, kind: str, error: Exception) -> None:
        title = tr("The audio could not be written")
        if isinstance(error, DuvError):
            self.messages.show_message(AUDIO, Message.of(error, title))
        else:
            self.messages.show_message(AUDIO, Message("error", title))
            self.unexpected.emit(error)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder.data())))

    def _on_song(self) -> None:
        self.jobs.tasks.cancel(DRAGGED)
        self.messages.clear(AUDIO)
        self._command.setEnabled(self.document.song is not None)
