"""Takes the real window through one song from start to export, for `duv-studio --self-test`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QObject, QTimer
from PySide6.QtGui import QFontInfo, QImage
from PySide6.QtWidgets import QApplication, QWidget

from duv_studio.engine.midi.diff import other_changes
from duv_studio.errors import DuvError
from duv_studio.ui.app.export_dialog import ExportDialogs
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.app.startup import make_application
from duv_studio.ui.document.jobs import EXPORT, Exported
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import count
from duv_studio.ui.playback.player_sound import PlayerSound
from duv_studio.ui.playback.sound import Sound, SoundRequest
from duv_studio.ui.style import theme
from duv_studio.ui.wizard.run.run_plots import RunPlots

if TYPE_CHECKING:
    from duv_studio.sound.output.null_output import NullOutput

EXPORTED = "demo.mid"
_MOST_S = 180.0  # that any one step may take, on the slowest machine
_LOOK_MS = 5
_REMEMBERED, _HALF_A_SECOND = 88_200, 22_050  # frames
_PLAYED_S = 0.6  # of each side
_AUDIBLE = 0.003  # of full scale, far below any music
_FEWEST_COLORS = 10  # of played notes, which have one for each velocity


def try_window(folder: Path) -> Iterator[str]:
    """Open the window, humanize the demo song and export it into `folder`; yields what was done, step by step.

    DuvError where a step does not lead to what it should.
    """
    app = make_application()
    heard = _Heard()
    window = MainWindow(Preferences(folder / "window.ini"), dialogs=_Dialogs(folder / EXPORTED), load_sound=heard.load)
    watch = _Watch(window)
    try:
        window.show()
        watch.wait("painted", lambda: watch.painted)
        yield f"the window is painted ({app.platformName()}, {QFontInfo(app.font()).family()})"
        window.start()
        watch.wait("given a model", lambda: window.jobs.model is not None)
        assert window.jobs.model is not None
        yield f"the model is ready: {window.jobs.model.name}"
        yield _play(window, watch)
        yield _picture(window, folder / "window.png")
        yield _export(window, watch, folder / EXPORTED)
        yield _listen(window, watch, heard)
        yield _plots(watch)
    finally:
        window.shut_down()
        window.deleteLater()


class _Dialogs(ExportDialogs):
    """Answers where to export to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask_path(self, parent: QWidget, suggestion: Path) -> Path | None:
        return self._path


class _Watch(QObject):
    """Lets the window work until something has come about, or has failed."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.painted = False
        self.exported: Exported | None = None
        self._error: Exception | None = None
        window.painted.connect(self._on_painted)
        window.jobs.exported.connect(self._on_exported)
        window.jobs.failed.connect(self._on_failed)
        window.set_report(self.on_failure)

    def wait(self, done_to: str, is_so: Callable[[], bool]) -> None:
        """Return when it `is_so`; DuvError when something failed or that takes too long."""
        loop, timer = QEventLoop(), QTimer()
        timer.timeout.connect(loop.quit)
        timer.start(_LOOK_MS)
        latest = time.monotonic() + _MOST_S
        while not is_so():
            if self._error is not None:
                raise self._error
            if time.monotonic() > latest:
                raise DuvError(f"after {_MOST_S:.0f} s the window was not {done_to}")
            loop.exec()

    def _on_painted(self) -> None:
        self.painted = True

    def _on_exported(self, exported: Exported) -> None:
        self.exported = exported

    def _on_failed(self, kind: str, error: Exception) -> None:
        self._error = error

    def on_failure(self, error: Exception) -> None:
        """Let the present step fail."""
        self._error = error


def _play(window: MainWindow, watch: _Watch) -> str:
    window.open_demo()
    document = window.document
    watch.wait("done with the demo song", lambda: document.ready)
    assert document.song is not None
    return f"the demo song is humanized: {count(document.song.note_count, 'note', 'notes')}"


def _picture(window: MainWindow, path: Path) -> str:
    """Draw the window into a file; DuvError when no notes are to be seen in it."""
    QApplication.processEvents()
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    roll = window.roll.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    seen = {roll.pixel(x, y) for y in range(roll.height()) for x in range(roll.width())}
    colors = {theme.current().velocity_color(velocity).rgb() for velocity in range(128)}
    if len(seen & colors) < _FEWEST_COLORS:
        raise DuvError("the window shows no played notes")
    if not image.save(str(path)):
        raise DuvError("The picture of the window could not be written", hint="choose another place", file=path)
    return f"the window shows it: notes in the colours of {len(seen & colors)} velocities"


def _export(window: MainWindow, watch: _Watch, path: Path) -> str:
    window.commands[EXPORT].trigger()
    watch.wait("done with the export", lambda: watch.exported is not None)
    assert watch.exported is not None
    before, after = watch.exported.song.source.data, path.read_bytes()
    if after == before:
        raise DuvError("the exported song is the same as the original", file=path)
    changed = other_changes(before, after)
    if changed:
        raise DuvError(f"the export changed {changed}", file=path)
    return f"the exported file differs from the original in velocities and note ends alone: {len(after):,} bytes"


class _Heard:
    """Sound that goes nowhere but here, so that no device is needed, and none makes a noise."""

    def __init__(self) -> None:
        self._output: NullOutput | None = None

    def load(self, request: SoundRequest) -> Sound:
        """Load what the window would, but for the device."""
        from duv_studio.sound.output.null_output import NullOutput
        from duv_studio.sound.player.player import Player
        from duv_studio.sound.soundfont.bank import SoundFont
        from duv_studio.sound.soundfont.find import chosen_soundfont

        soundfont = SoundFont.open(chosen_soundfont(request.soundfont))
        self._output = NullOutput(remember=_REMEMBERED)
        self._output.open()
        return PlayerSound(Player(soundfont), self._output)

    @property
    def level(self) -> float:
        """Of the last half second, as the root of the mean square; full scale is 1."""
        if self._output is None or not len(last := self._output.recorded[-_HALF_A_SECOND:]):
            return 0.0
        return float((last**2).mean() ** 0.5)


def _listen(window: MainWindow, watch: _Watch, heard: _Heard) -> str:
    """Press Play and A/B; DuvError when nothing is heard."""
    playback = window.playback

    def is_heard(since: float) -> bool:
        if playback.trouble is not None:
            raise DuvError(playback.trouble.text, hint=playback.trouble.hint)
        return playback.position > since + _PLAYED_S and heard.level > _AUDIBLE

    for command in ("play", "flip"):
        side, start = playback.side, playback.position
        window.commands[command].trigger()
        watch.wait("heard", partial(is_heard, start))
        if (playback.side is side) is (command == "flip"):
            raise DuvError("the window does not change between before and after where it should")
    window.commands["play"].trigger()
    watch.wait("silent again", lambda: not playback.is_playing and heard.level < _AUDIBLE)
    return "the window plays it, before and after, and stops"


def _plots(watch: _Watch) -> str:
    """Draw the plots of a training, which nothing else has loaded."""
    plots = RunPlots()
    plots.failed.connect(watch.on_failure)
    try:
        plots.load()
        watch.wait("given the plots of a training", lambda: bool(plots.panels))
        plots.grab()
    finally:
        plots.shut_down()
        plots.deleteLater()
    return "the plots of a training are drawn"
