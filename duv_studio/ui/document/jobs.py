"""The slow work of the window as pool tasks: open, load the model, predict, draw, export."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from duv_studio.engine.adapters.resolve import AUTOMATIC
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Performance, Song
from duv_studio.engine.model.device import DEFAULT
from duv_studio.engine.model.prediction import Draw, Prediction
from duv_studio.engine.music.settings import Settings
from duv_studio.ui.document.document import Document, DrawKey
from duv_studio.ui.document.prediction_cache import Reading, settings_to_read
from duv_studio.ui.document.task_pool import TaskContext, Tasks
from duv_studio.ui.i18n import tr

OPEN, MODEL, PREDICT, DRAW, EXPORT = "open", "model", "predict", "draw", "export"
REST_MS = 250  # a style slider must rest this long before the model reads a song again
ModelRequest = tuple[str | Path | None, str | Path, str]


class Predictor(Protocol):
    """What the window needs of `duv_studio.engine.Humanizer`."""

    name: str
    description: str

    def predict(
        self,
        song: Song,
        settings: Settings,
        *,
        tracks: Collection[int] | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Prediction:
        """Read the tracks once, at full strength."""
        ...


LoadModel = Callable[[str | Path | None, str | Path, str], Predictor]  # of a model, an adapter and a device


@dataclass(frozen=True)
class Exported:
    """A file that was written, and what it holds."""

    path: Path
    song: Song
    performance: Performance


@dataclass(frozen=True)
class Activity:
    """Work that goes on: what to say about it, how far it is (0..1, None: unknown), whether it can be cancelled."""

    kind: str
    text: str
    share: float | None
    can_cancel: bool


class Jobs(QObject):
    """Starts what the document asks for and brings back the answers.

    Nothing is remembered about what should run next: `update` compares the document with what is there and running,
    after every change and every answer.
    """

    activity_changed = Signal()
    opened = Signal(object)  # Song
    model_changed = Signal()
    exported = Signal(object)  # Exported
    cancelled = Signal(str)  # kind
    failed = Signal(str, object)  # kind, Exception

    def __init__(self, document: Document, load_model: LoadModel | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.tasks = Tasks(self)
        self.model: Predictor | None = None
        self.model_path: Path | str | None = None  # as it was asked for
        self.adapter: Path | str = AUTOMATIC  # likewise
        self.device = DEFAULT  # likewise
        self._load_model = load_model or load_humanizer
        self._texts: dict[str, str] = {}
        self._shares: dict[str, float] = {}
        self._predicting: Mapping[int, Reading] = {}  # what the prediction that runs will bring
        self._wanted: Mapping[int, Reading] = {}  # what was missing when someone looked last
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.update)
        self._paused = False  # after a cancelled or failed prediction, until the user wants it again
        self.tasks.running_changed.connect(self.activity_changed)
        for signal in (document.song_changed, document.selection_changed, document.settings_changed):
            signal.connect(self.update)

    @property
    def activity(self) -> Activity | None:
        """The work that a user would wait for, None when all is quiet."""
        for kind in (OPEN, EXPORT, PREDICT, MODEL):
            if self.tasks.running(kind):
                return Activity(kind, self._texts[kind], self._shares.get(kind), kind in (OPEN, PREDICT))
        return None

    @property
    def paused(self) -> bool:
        """Whether the prediction was cancelled or failed and waits for `resume`."""
        return self._paused

    # Open

    def open(self, path: Path) -> None:
        """Read a MIDI file; what is being read now is cancelled."""
        self._texts[OPEN] = tr("Reading {name}…", name=path.name)

        def read(context: TaskContext) -> Song:
            return midi_file.read(path)

        self.tasks.start(OPEN, read, self._on_opened, self._on_open_failed)

    def reread(self, charset: str | None) -> None:
        """Read the names of the song in another charset, None for a guess."""
        song = self.document.song
        if song is None:
            return
        self._texts[OPEN] = tr("Reading names…")

        def read(context: TaskContext) -> Song:
            return midi_file.reread(song, charset)

        self.tasks.start(OPEN, read, self._on_reread, self._on_open_failed)

    def _on_reread(self, song: Song) -> None:
        self.tasks.cancel(PREDICT)
        self.tasks.cancel(DRAW)
        self._paused = False
        self.document.reread_song(song)

    def _on_opened(self, song: Song) -> None:
        self.tasks.cancel(PREDICT)
        self.tasks.cancel(DRAW)
        self._paused = False
        self.document.set_song(song)
        self.opened.emit(song)

    def _on_open_failed(self, error: Exception) -> None:
        self.failed.emit(OPEN, error)

    # Model

    def use_model(self, model: str | Path | None, adapter: str | Path = AUTOMATIC, device: str | None = None) -> None:
        """Load another model, None for the default one; the present one stays until the new one is there.

        `adapter` and `device` are as `Humanizer` takes them, the device as before when it is None.
        """
        self._texts[MODEL] = tr("Loading model…")
        asked, load = (model, adapter, device or self.device), self._load_model

        def work(context: TaskContext) -> tuple[ModelRequest, Predictor]:
            return asked, load(*asked)

        self.tasks.start(MODEL, work, self._on_model, self._on_model_failed)

    def _on_model(self, loaded: tuple[ModelRequest, Predictor]) -> None:
        (self.model_path, self.adapter, self.device), self.model = loaded
        self._forget_predictions()
        self.model_changed.emit()
        self.update()

    def _on_model_failed(self, error: Exception) -> None:
        self.model_changed.emit()
        self.failed.emit(MODEL, error)

    def _forget_predictions(self) -> None:
        self.tasks.cancel(PREDICT)
        self.tasks.cancel(DRAW)
        self._paused = False
        self.document.forget_predictions()

    # Predict and draw

    def update(self) -> None:
        """Start what is missing: first the prediction of selected tracks, then the draw from it."""
        if self.document.song is None:
            return
        missing = self.document.missing_readings()
        self._let_rest(missing)
        if self.tasks.running(PREDICT) and not self._predicting.items() & missing.items():
            self.tasks.cancel(PREDICT)  # nothing of its answer is wanted any more
        may_predict = self.model is not None and not self._paused and not self._rest.isActive()
        if missing and may_predict and not self.tasks.running(PREDICT):
            self._predict(missing)
        worth_drawing = bool(self.document.prediction) or not missing
        if worth_drawing and self.document.draw_key != self.document.wanted_draw and not self.tasks.running(DRAW):
            self._draw()

    def _let_rest(self, missing: Mapping[int, Reading]) -> None:
        """Wait while settings that the model reads are still moving, as long as there is something to see meanwhile."""
        if missing == self._wanted:
            return
        self._wanted = missing
        if self.document.is_read_anew:
            self._rest.start()
            self._go_on()  # another wish than the one that was cancelled
        else:
            self._rest.stop()
        if not missing:
            self._go_on()

    def _go_on(self) -> None:
        if self._paused:
            self._paused = False
            self.activity_changed.emit()

    def resume(self) -> None:
        """Predict again after a cancelled or failed prediction."""
        self._paused = False
        self.update()

    def _predict(self, missing: Mapping[int, Reading]) -> None:
        song, model = self.document.song, self.model
        assert song is not None
        assert model is not None
        self._texts[PREDICT] = tr("Humanizing…")
        self._shares[PREDICT] = 0.0
        self._predicting = missing
        settings, tracks = settings_to_read(self.document.settings), frozenset(missing)

        def predict(context: TaskContext) -> tuple[Mapping[int, Reading], Prediction]:
            progress, cancelled = context.progress, context.cancelled
            return missing, model.predict(song, settings, tracks=tracks, progress=progress, cancelled=cancelled)

        self.tasks.start(PREDICT, predict, self._on_predicted, self._on_predict_failed, self._on_predict_progress)

    def _on_predict_progress(self, share: float) -> None:
        self._shares[PREDICT] = share
        self.activity_changed.emit()

    def _on_predicted(self, answer: tuple[Mapping[int, Reading], Prediction]) -> None:
        self.document.add_prediction(*answer)
        self.update()

    def _on_predict_failed(self, error: Exception) -> None:
        self._paused = True
        self.failed.emit(PREDICT, error)

    def _draw(self) -> None:
        song, prediction, key = self.document.song, dict(self.document.prediction), self.document.wanted_draw
        seed, variation = key[0], key[1]
        assert song is not None

        def work(context: TaskContext) -> tuple[DrawKey, Draw]:
            return key, _draw(song, prediction, seed, variation)

        self.tasks.start(DRAW, work, self._on_drawn, self._on_draw_failed)

    def _on_drawn(self, answer: tuple[DrawKey, Draw]) -> None:
        self.document.set_draw(*answer)
        self.update()

    def _on_draw_failed(self, error: Exception) -> None:
        self.failed.emit(DRAW, error)

    # Export

    def export(self, path: Path, allow_source: bool) -> None:
        """Write the present performance."""
        self.document.settle()
        song, performance = self.document.song, self.document.performance
        if song is None or performance is None:
            return
        self._texts[EXPORT] = tr("Writing {name}…", name=path.name)

        def write(context: TaskContext) -> Exported:
            midi_file.write(song, performance, path, allow_source=allow_source)
            return Exported(path, song, performance)

        self.tasks.start(EXPORT, write, self._on_exported, self._on_export_failed)

    def _on_exported(self, exported: Exported) -> None:
        self.exported.emit(exported)

    def _on_export_failed(self, error: Exception) -> None:
        self.failed.emit(EXPORT, error)

    # Stop

    def cancel(self) -> bool:
        """Cancel the work that is shown; False when there is none, or none that can be cancelled."""
        activity = self.activity
        if activity is None or not activity.can_cancel:
            return False
        self._paused = self._paused or activity.kind == PREDICT
        self.tasks.cancel(activity.kind)
        self.cancelled.emit(activity.kind)
        return True

    def shutdown(self) -> None:
        """Cancel everything and wait for it."""
        self._rest.stop()
        self.tasks.shutdown()


def load_humanizer(model: str | Path | None, adapter: str | Path, device: str) -> Predictor:
    """Import torch and load the weights: seconds, so only ever in the pool."""
    from duv_studio.engine import Humanizer

    humanizer: Predictor = Humanizer(model, device, adapter=adapter)
    return humanizer


def _draw(song: Song, prediction: Prediction, seed: int, variation: float) -> Draw:
    # Here in the pool, scipy's import and the limits that the first blend looks up hold no one up.
    from duv_studio.engine.performance.blend import draw
    from duv_studio.engine.performance.duration_ranges import duration_ranges
    from duv_studio.engine.performance.limits import limits_of

    limits_of(song)
    duration_ranges(song)
    return draw(song, prediction, seed=seed, variation=variation)
