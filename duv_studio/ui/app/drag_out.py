"""The button that is dragged out of the window: the humanized MIDI file, or with Shift what is heard, as audio."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolButton, QToolTip, QWidget

from duv_studio.engine.midi import midi_file
from duv_studio.errors import DuvError
from duv_studio.ui.app.audio_export import AudioExport
from duv_studio.ui.app.export_dialog import suggested_path
from duv_studio.ui.document.document import Document
from duv_studio.ui.i18n import tr
from duv_studio.ui.playback.audio_jobs import DRAGGED, AudioJobs
from duv_studio.ui.playback.audio_render import Recorded
from duv_studio.ui.style import icons, theme

_AS_AUDIO = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier
_PREFIX = "duv-studio-dragged-"
_WEEK_S = 7 * 24 * 3600
RunDrag = Callable[[QWidget, QMimeData], Qt.DropAction]


class DragHandle(QToolButton):
    """Files are made when they are needed, in a temporary folder; whoever takes one takes a copy."""

    def __init__(self, document: Document, export: AudioExport, jobs: AudioJobs, run: RunDrag | None = None) -> None:
        super().__init__()
        self.document, self._export, self._jobs = document, export, jobs
        self._run = run or run_drag
        self._files = DraggedFiles()
        self._pressed_at: QPoint | None = None
        self._is_audio = self._was_moved = False
        self._audio: Path | None = None  # made, and still what is heard
        icons.assign(self, "drag-out")
        self.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Drag the result out of the window"))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.clicked.connect(self._explain)
        jobs.done.connect(self._on_made)
        mixing, source = export.playback.mixing, export.playback.source
        for signal in (document.performance_changed, document.song_changed, mixing.changed, mixing.programs_changed,
                       source.soundfont_changed):  # fmt: skip
            signal.connect(self._forget_audio)
        for signal in (document.song_changed, document.prediction_changed, document.performance_changed):
            signal.connect(self._follow)
        self._follow()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Audio takes a while: it is begun as soon as it is wanted."""
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_at, self._was_moved = event.position().toPoint(), False
            self._is_audio = bool(event.modifiers() & _AS_AUDIO)
            if self._is_audio and self._audio is None:
                self._make_audio()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Far enough, it is a drag."""
        if self._pressed_at is None:
            return
        moved = (event.position().toPoint() - self._pressed_at).manhattanLength()
        if not self._was_moved and moved >= QApplication.startDragDistance():
            self._was_moved = True
            self._drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_drag, self._pressed_at = self._was_moved, None
        if was_drag:
            self.setDown(False)
        else:
            super().mouseReleaseEvent(event)

    # Dragging

    def _drag(self) -> None:
        path = self._audio if self._is_audio else self._make_midi()
        if path is None:
            self._say(tr("The audio is being made; drag it out when this button lights up"))
            return
        self._pressed_at = None
        self.setDown(False)
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        if self._run(self, mime) != Qt.DropAction.IgnoreAction:
            self._files.keep()

    def _make_midi(self) -> Path | None:
        self.document.settle()
        song, performance = self.document.song, self.document.performance
        if song is None or performance is None:
            return None
        path = self._files.folder() / suggested_path(song.path, None).name
        try:
            midi_file.write(song, performance, path)
        except DuvError as error:
            self._say(str(error))
            return None
        return path

    def _make_audio(self) -> None:
        song = self.document.song
        if song is None or self._jobs.tasks.running(DRAGGED):
            return
        name = suggested_path(song.path, None).with_suffix(".wav").name
        recording = self._export.recording_to_drag(self._files.folder() / name)
        if recording is not None:
            self._jobs.start(DRAGGED, [recording])

    def _on_made(self, kind: str, recorded: Recorded) -> None:
        if kind != DRAGGED:
            return
        self._audio = recorded.paths[0]
        self._follow()
        if self._pressed_at is not None and self._was_moved and self._is_audio:
            self._drag()  # the button is still held

    def _forget_audio(self) -> None:
        if self._audio is not None or self._jobs.tasks.running(DRAGGED):
            self._audio = None
            self._jobs.tasks.cancel(DRAGGED)
            self._follow()

    # Words

    def _follow(self) -> None:
        self.setEnabled(self.document.ready)
        if bool(self.property("lit")) != (self._audio is not None):
            self.setProperty("lit", self._audio is not None)
            self.style().unpolish(self)
            self.style().polish(self)
        audio = tr("Audio is ready: Shift + drag") if self._audio else tr("Shift + drag: what is heard, as audio")
        self.setToolTip("\n".join((tr("Drag into a DAW or a folder: the humanized MIDI file"), audio)))

    def _explain(self) -> None:
        self._say(self.toolTip())

    def _say(self, text: str) -> None:
        QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), text, self)

    def shut_down(self) -> None:
        """Take files away that nobody took."""
        self._files.close()


class DraggedFiles:
    """A temporary folder. Programs that took a file may play it from there, so what was taken stays for a week."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def folder(self) -> Path:
        """The folder for the next file, made when it is first asked for."""
        if self._folder is None or not self._folder.is_dir():
            forget_old(Path(tempfile.gettempdir()))
            self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        return self._folder

    def keep(self) -> None:
        """Somebody took a file: what is made later lies elsewhere."""
        self._folder = None

    def close(self) -> None:
        """Take away what nobody took."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def forget_old(where: Path) -> None:
    """Take away what was dragged out more than a week ago."""
    for folder in where.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _WEEK_S:
                shutil.rmtree(folder, ignore_errors=True)


def run_drag(source: QWidget, mime: QMimeData) -> Qt.DropAction:
    """Let Qt drag; it returns when the mouse is released somewhere."""
    drag = QDrag(source)
    drag.setMimeData(mime)
    drag.setPixmap(icons.pixmap("midi", 32, theme.current().accent, source.devicePixelRatioF()))
    return drag.exec(Qt.DropAction.CopyAction)
