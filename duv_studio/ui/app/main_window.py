"""The window: puts the parts in their places and lets commands act on the document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from duv_studio.engine.music.settings import MOST_INTENSITY, Settings
from duv_studio.paths import log_dir
from duv_studio.ui.app import export_dialog as export
from duv_studio.ui.app.about import AboutDialog
from duv_studio.ui.app.actions import Actions
from duv_studio.ui.app.audio_export import AudioExport
from duv_studio.ui.app.drag_out import DragHandle
from duv_studio.ui.app.encoding_choice import EncodingChoice
from duv_studio.ui.app.file_commands import FileCommands
from duv_studio.ui.app.job_messages import JobMessages
from duv_studio.ui.app.key_guard import KeyGuard
from duv_studio.ui.app.listening_controller import ListeningController
from duv_studio.ui.app.midi_menu import MidiMenu
from duv_studio.ui.app.note_commands import NoteCommands
from duv_studio.ui.app.shortcuts import ShortcutsDialog
from duv_studio.ui.app.sound_menus import SoundMenus
from duv_studio.ui.app.status_bar import StatusBar
from duv_studio.ui.app.toolbar import MainToolBar
from duv_studio.ui.app.training_controller import TrainingController
from duv_studio.ui.app.view_bar import ViewBar
from duv_studio.ui.app.view_commands import ViewCommands
from duv_studio.ui.app.welcome import Welcome
from duv_studio.ui.batch.controller import BatchController
from duv_studio.ui.batch.current_player import Playing
from duv_studio.ui.batch.runner import Run
from duv_studio.ui.canvas.editor_view import EditorView
from duv_studio.ui.document import dropped_files as drop
from duv_studio.ui.document.document import Document
from duv_studio.ui.document.jobs import Jobs, LoadModel
from duv_studio.ui.document.preferences import Preferences, RecentFiles
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.humanize_panel import HIGHEST_SEED, HumanizePanel
from duv_studio.ui.panels.left_behind_message import LeftBehindMessage
from duv_studio.ui.panels.model_choice import AdapterStatus, ModelChoice
from duv_studio.ui.panels.model_picker import ModelPicker
from duv_studio.ui.panels.track_list import TrackList
from duv_studio.ui.playback.audio_jobs import AudioJobs
from duv_studio.ui.playback.controller import Playback
from duv_studio.ui.playback.midi_output import MidiOutput
from duv_studio.ui.playback.sound import LoadSound
from duv_studio.ui.playback.transport import Transport
from duv_studio.ui.style import icons, theme
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.training.chip import TrainingChip
from duv_studio.ui.widgets.empty_state import DropOverlay
from duv_studio.ui.widgets.message_bar import Message, MessageArea

_STEPS = {"more": 0.05, "less": -0.05, "more_fine": 0.01, "less_fine": -0.01}


class MainWindow(QMainWindow):
    """Track list, piano roll and settings around one document."""

    painted = Signal()  # once, after the first paint

    def __init__(
        self,
        preferences: Preferences,
        *,
        load_model: LoadModel | None = None,
        dialogs: export.ExportDialogs | None = None,
        batch_run: Run | None = None,
        load_sound: LoadSound | None = None,
    ) -> None:
        super().__init__()
        self.preferences = preferences
        self.dialogs = dialogs or export.ExportDialogs()
        self._batch_run, self._load_sound = batch_run, load_sound
        _use_theme(preferences.theme)
        self.document = Document(preferences.settings(), self)
        self.jobs = Jobs(self.document, load_model, self)
        self.recent = RecentFiles(preferences, self)
        self._report: Callable[[Exception], None] = _raise
        self._first_paint = True
        self._is_started = False
        self._make_parts()
        self._lay_out()
        self._connect()
        self._restore()
        self._on_document()
        self._on_current_track()
        self._on_activity()
        self.tracks.view.setFocus()
        if preferences.trouble:
            self.messages.show_message("preferences", Message("warning", tr("Settings set aside"), preferences.trouble))

    def set_report(self, report: Callable[[Exception], None]) -> None:
        """Say where unexpected exceptions of jobs go."""
        self._report = report

    # Parts and places

    def _make_parts(self) -> None:
        self.commands = Actions(self)
        self.commands.fill_menu_bar()
        self.models = ModelPicker()
        self.playback = Playback(self.document, self.jobs.tasks, self.preferences, self._load_sound, self)
        self.tracks = TrackList(self.document, self.playback.mixing)
        self.panel = HumanizePanel(self.document)
        self.panel.next_button.clicked.connect(self.commands["next"].trigger)
        self.roll = EditorView()
        self.welcome = Welcome(self.commands["open"], self.commands["demo"], self.recent)
        self.messages = MessageArea()
        self.model_choice = ModelChoice(self.jobs, self.models, self.preferences, self.messages)
        self.reports = JobMessages(self.document, self.jobs, self.messages, self._on_unexpected)
        self.status = StatusBar(self.document)
        self.left_behind = LeftBehindMessage(self.model_choice, self.preferences, self.messages)
        self.adapter_status = AdapterStatus(self.jobs, self.document, self.status.player)
        self.training = TrainingController(self, self.model_choice, self.preferences, self.messages)
        self.chip = TrainingChip(self.training.session)
        self.status.insertPermanentWidget(2, self.chip)
        playing = Playing(self.document, self.jobs, self)
        self.batch = BatchController(self, playing, self.preferences, self._on_unexpected, run=self._batch_run)
        self.status.insertPermanentWidget(3, self.batch.chip)
        self.files = FileCommands(self, self.jobs, self.commands, self.recent, self.reports, self.batch.read)
        self.encodings = EncodingChoice(self.commands.encoding, self.document, self.jobs)
        self.locks = NoteCommands(self.document, self.roll, self.commands)
        self.views = ViewCommands(self.document, self.commands, self.roll, self.playback)
        self.listening = ListeningController(self.playback, self.commands, self.roll, self.messages, self.preferences)
        self.transport = Transport(self.playback, *(self.commands[name] for name in ("play", "rewind", "loop", "flip")))
        self.audio = AudioJobs(self.jobs.tasks, parent=self)
        self.audio_export = AudioExport(self, self.playback, self.audio, self.commands, self.messages, self.preferences)
        self.drag_handle = DragHandle(self.document, self.audio_export, self.audio)
        self.sound_menus = SoundMenus(self, self.playback, self.commands)
        self.midi = MidiOutput(self.playback, parent=self)
        self.midi_menu = MidiMenu(self.midi, self.commands, self.messages)
        self.keys = KeyGuard(self)

    def _lay_out(self) -> None:
        self.addToolBar(MainToolBar(self.commands, self.transport, self.drag_handle, self.models))
        self.setStatusBar(self.status)
        self.middle = QStackedWidget()
        self.middle.addWidget(self.welcome)
        self.editor = QWidget()
        above = QVBoxLayout(self.editor)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(0)
        above.addWidget(ViewBar(self.commands))
        above.addWidget(self.roll, 1)
        self.middle.addWidget(self.editor)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self.middle, 1)
        self.splitter = QSplitter()
        self.splitter.setChildrenCollapsible(False)
        for part in (self.tracks, centre, self.panel):
            self.splitter.addWidget(part)
        for i, stretch in enumerate((0, 1, 0)):
            self.splitter.setStretchFactor(i, stretch)
        self.tracks.setMinimumWidth(180)
        self.panel.setMinimumWidth(300)
        self.setCentralWidget(self.splitter)
        self.overlay = DropOverlay(self)
        self.setAcceptDrops(True)
        self.setMinimumSize(1120, 560)  # narrower, and the tool bar would hide the model

    def _connect(self) -> None:
        document, jobs = self.document, self.jobs
        document.song_changed.connect(self._on_song)
        document.selection_changed.connect(self._on_selection)
        document.performance_changed.connect(self._on_performance)
        document.current_track_changed.connect(self._on_current_track)
        for signal in (document.settings_changed, document.prediction_changed, document.performance_changed):
            signal.connect(self._on_document)
        jobs.activity_changed.connect(self._on_activity)
        jobs.failed.connect(self._on_activity)
        self.audio.activity_changed.connect(self._on_activity)
        self.audio_export.unexpected.connect(self._on_unexpected)
        self.playback.source.unexpected.connect(self._on_unexpected)
        self.roll.hover_text.connect(self.status.hover.set_whole)
        self.locks.nothing_selected.connect(self.status.hover.set_whole)
        self.roll.track_clicked.connect(document.set_current_track)
        self.status.activity.cancel_wanted.connect(self._cancel)
        self.welcome.path_chosen.connect(self.files.open_recent)
        self.chip.clicked.connect(self.training.open_wizard)
        self.training.looked.connect(self.chip.seen)
        self.batch.open_wanted.connect(self._open_from_batch)
        self._connect_commands()

    def _connect_commands(self) -> None:
        slots: dict[str, Callable[[], object]] = {
            "export": self.export,
            "batch": self.batch.show,
            "quit": self.close,
            "undo": self.document.undo,
            "redo": self.document.redo,
            "next": self._next_variation,
            "reset": self._reset,
            "resume": self.jobs.resume,
            "include": self.tracks.view.toggle_current,
            "family": self.tracks.view.ask_family,
            "track_settings": self.tracks.view.ask_settings,
            "train": self.training.open_wizard,
            "adapters": self.training.open_manager,
            "keys": self._show_keys,
            "log": self._open_log,
            "about": self._about,
        }
        slots |= dict.fromkeys(_STEPS, self._step_intensity) | dict.fromkeys(theme.THEMES, self._on_theme)
        for name, slot in slots.items():
            self.commands[name].setObjectName(name)
            self.commands[name].triggered.connect(slot)

    # Starting and stopping

    def start(self) -> None:
        """Load the model that was used last, or the default one; sound when there is a song and all is quiet."""
        self._is_started = True
        self.model_choice.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that the window is on the screen."""
        super().paintEvent(event)
        if self._first_paint:
            self._first_paint = False
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember, cancel what runs, and go only when it has ended; ask first while a training or a batch runs."""
        if not (self.training.may_quit() and self.batch.may_quit()):
            event.ignore()
            return
        self.save_state()
        self.hide()
        self.shut_down()
        event.accept()

    def shut_down(self) -> None:
        """Stop every worker and wait for it."""
        self.batch.shut_down()
        self.training.shut_down()
        self.midi.shut_down()
        self.playback.shut_down()
        self.drag_handle.shut_down()
        self.jobs.shutdown()

    def save_state(self) -> None:
        """Write settings and layout to the user's file."""
        self.preferences.set_settings(self.document.settings)
        self.preferences.set_layout("window/geometry", self.saveGeometry())
        self.preferences.set_layout("window/splitter", self.splitter.saveState())
        self.views.save(self.preferences)
        self.batch.save_state()
        self.preferences.save()

    def _restore(self) -> None:
        geometry, splitter = self.preferences.layout("window/geometry"), self.preferences.layout("window/splitter")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(1280, 720)
        if splitter is None or not self.splitter.restoreState(splitter):
            self.splitter.setSizes([250, 726, 304])
        self.views.restore(self.preferences)
        self.commands[self.preferences.theme].setChecked(True)

    # Files

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Read a MIDI file and show it when it is there; several files, or a folder, are for the batch window."""
        self.files.open_paths(paths)

    def open_demo(self) -> None:
        """Open the song that ships with the program."""
        self.files.open_demo()

    def export(self) -> None:
        """Ask where, then write the humanized song."""
        self.files.export(self.dialogs)

    def _open_from_batch(self, path: Path) -> None:
        self.open_paths([path])
        self.raise_()
        self.activateWindow()

    # The document changed

    def _on_song(self) -> None:
        song = self.document.song
        self.middle.setCurrentWidget(self.editor if song else self.welcome)
        self.setWindowTitle(song.path.name if song and song.path else "")
        self.roll.set_song(song)
        self.roll.set_performance(self.document.performance)
        self.listening.follow()  # the roll knew no playhead of this song
        self._on_current_track()

    def _on_selection(self) -> None:
        self.roll.set_selection(self.document.selection)

    def _on_performance(self) -> None:
        self.roll.set_performance(self.document.performance)

    def _on_current_track(self) -> None:
        self.roll.set_current_track(self.document.current_track)
        for name in ("family", "track_settings"):
            self.commands[name].setEnabled(self.document.current_track is not None)

    def _on_document(self) -> None:
        document, commands = self.document, self.commands
        commands["export"].setEnabled(document.ready)
        for name in ("undo", "redo"):
            label = document.undo_label if name == "undo" else document.redo_label
            word = tr("&Undo") if name == "undo" else tr("&Redo")
            commands[name].setEnabled(label is not None)
            commands[name].setText(f"{word} {label}" if label else word)

    def _on_activity(self) -> None:
        self.status.activity.set_activity(self.jobs.activity or self.audio.activity)
        self.commands["resume"].setEnabled(self.jobs.paused)
        if self._is_started and self.document.song is not None and self.jobs.activity is None:
            self.playback.prepare()

    def _cancel(self) -> bool:
        return self.jobs.cancel() or self.audio.cancel()

    # Commands

    def _step_intensity(self) -> None:
        intensity = stepped(self.document.settings.intensity, _STEPS[self.sender().objectName()])
        self.document.change(tr("Intensity"), "intensity", intensity=intensity)

    def _next_variation(self) -> None:
        seed = (self.document.settings.seed + 1) % (HIGHEST_SEED + 1)
        self.document.change(tr("Next Variation"), seed=seed)

    def _reset(self) -> None:
        self.document.change(tr("Reset Settings"), **{f.name: getattr(Settings(), f.name) for f in fields(Settings)})

    def _on_theme(self) -> None:
        name = next(n for n in theme.THEMES if self.commands[n].isChecked())
        self.preferences.theme = name
        _use_theme(name)
        icons.retint(self)
        self.batch.retint()

    def _show_keys(self) -> None:
        ShortcutsDialog(self).show()

    def _open_log(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_dir())))

    def _about(self) -> None:
        AboutDialog(self.jobs.model, self).open()

    def _on_unexpected(self, error: Exception) -> None:
        self._report(error)

    # Keys and drops that no part of the window took

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose a track, Esc cancels what goes on, else takes the loop away."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.tracks.view.step(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() == Qt.Key.Key_Escape:
            if not (self._cancel() or self.listening.escape()):
                super().keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files of this machine may be dropped."""
        paths = drop.local_paths(event.mimeData())
        if paths and drop.accept_copy(event):
            self.overlay.cover("" if drop.one_file(paths) else tr("Drop to humanize them all in a batch"))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went away again."""
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open a song, or the batch window with many; or let a model play; or import an adapter, which plays."""
        self.overlay.hide()
        drop.accept_copy(event)
        paths = drop.local_paths(event.mimeData())
        model = drop.model_file(paths)
        if model is None:
            self.open_paths(paths)
        elif not self.training.import_dropped(model):
            self.model_choice.choose(model)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the overlay over everything."""
        super().resizeEvent(event)
        if self.overlay.isVisible():
            self.overlay.setGeometry(self.rect())


def stepped(intensity: float, step: float) -> float:
    """Return the intensity one step further; no step passes the whole performance, 1, without resting there."""
    wanted = intensity + step
    if (intensity - 1.0) * (wanted - 1.0) < 0:
        wanted = 1.0
    return round(min(max(wanted, 0.0), MOST_INTENSITY), 2)


def _use_theme(name: str) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if theme.current().name != name or not app.styleSheet():  # a style sheet is laid over every widget: slow
        apply_theme(app, name)


def _raise(error: Exception) -> None:
    raise error
