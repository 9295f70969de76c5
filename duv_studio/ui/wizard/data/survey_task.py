"""Reads the data in the background, and again or only again counted when the recipe asks for something else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.paths import user_data_dir
from duv_studio.training.data.manifest.filters import Filters
from duv_studio.training.lora.survey.reader import Reading, read_source
from duv_studio.training.lora.survey.survey import DataSummary, summarise
from duv_studio.ui.document.task_pool import TaskContext, Tasks
from duv_studio.ui.document.throttle import Throttle
from duv_studio.ui.wizard.recipe.recipe_document import WizardState

READ, COUNT = "read", "count"
_REST_MS = 150
FILTERS = ("min_notes", "min_duration_sec", "max_duration_sec")
Source = tuple[Path, ...]


@dataclass(frozen=True)
class SurveyRequest:
    """What of the recipe decides which tracks are used, and what for."""

    family: Family | None
    filters: Filters
    train_split: float
    seed: int


class SurveyTask(QObject):
    """Keeps `state.data` true: a survey of what was chosen, for what the recipe says."""

    changed = Signal()  # the summary, or whether something is being read
    progressed = Signal(float)
    failed = Signal(object)  # Exception

    def __init__(self, state: WizardState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.tasks = Tasks(self, max_threads=2)
        self.reading: Reading | None = None
        self.pending: Source = ()  # what is being read
        self.counted_for: SurveyRequest | None = None
        self._percent = 0
        self._throttle = Throttle(_REST_MS, self._count, self)
        state.recipe_changed.connect(self._on_recipe)

    @property
    def running(self) -> bool:
        """Whether files are being read."""
        return self.tasks.running(READ)

    @property
    def source(self) -> Source:
        """What was read last."""
        return () if self.reading is None else self.reading.source

    @property
    def summary(self) -> DataSummary | None:
        """What it holds."""
        found = self.state.data
        return found if isinstance(found, DataSummary) else None

    def adopt(self) -> None:
        """Read the manifests that the recipe names, where they are there and are not what was read last."""
        named = tuple(Path(name) for name in names_of(self.state.value("manifest")))
        known = () if self.reading is None else self.reading.manifest
        if named and named != known and not self.running and all(path.is_file() for path in named):
            self.read(named)

    def read(self, source: Sequence[Path]) -> None:
        """Read a folder, a file or manifests; what is being read now is given up."""
        self.pending, self._percent = tuple(source), 0
        chosen = self.pending if len(self.pending) > 1 else self.pending[0]
        wanted = self.wanted()
        out = manifest_path(self.pending[0], wanted.family)

        def work(context: TaskContext) -> tuple[SurveyRequest, Reading, DataSummary]:
            reading = read_source(chosen, wanted.family, out, context.progress, context.cancelled)
            return wanted, reading, counted(reading, wanted)

        self.tasks.start(READ, work, self._on_read, self._on_failed, self._on_progress)
        self.changed.emit()

    def cancel(self) -> None:
        """Give up reading; what was there before stays."""
        self.tasks.cancel(READ)
        self.pending = ()
        self.changed.emit()

    def shut_down(self) -> None:
        """Wait for the last of it."""
        self.tasks.shutdown()

    def wanted(self) -> SurveyRequest:
        """What the recipe says now; where it is wrong, the defaults."""
        return SurveyRequest(
            self.state.family,
            Filters(**{name: self._number(f"filters.{name}", getattr(Filters(), name)) for name in FILTERS}),
            self._number("train_split", 0.9),
            int(self._number("trainer.seed", 42)),
        )

    def _number(self, path: str, default: float) -> Any:
        value = self.state.value(path)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else default

    def _on_recipe(self) -> None:
        if self.reading is None or self.running or self.wanted() == self.counted_for:
            return
        was_made = self.reading.manifest != self.reading.source
        if was_made and self.wanted().family is not self.reading.family:
            self.read(self.reading.source)  # another instrument means other tracks of the same files
        else:
            self._throttle.call()

    def _count(self) -> None:
        if self.reading is None:
            return
        wanted = self.wanted()
        reading = replace(self.reading, family=wanted.family)

        def work(context: TaskContext) -> tuple[SurveyRequest, Reading, DataSummary]:
            return wanted, reading, counted(reading, wanted)

        self.tasks.start(COUNT, work, self._on_counted, self._on_failed)

    def _on_progress(self, share: float) -> None:
        if round(100 * share) != self._percent:  # hundreds a second would be painted one by one
            self._percent = round(100 * share)
            self.progressed.emit(share)

    def _on_failed(self, error: Exception) -> None:
        self.pending = ()
        self.changed.emit()
        self.failed.emit(error)

    def _on_read(self, answer: tuple[SurveyRequest, Reading, DataSummary]) -> None:
        self.pending = ()
        self.tasks.cancel(COUNT)
        self._take(answer)
        if self.reading is not None and self.reading.manifest:
            self._name_manifest(self.reading.manifest)
        self._on_recipe()  # it may have changed meanwhile

    def _on_counted(self, answer: tuple[SurveyRequest, Reading, DataSummary]) -> None:
        self._take(answer)

    def _take(self, answer: tuple[SurveyRequest, Reading, DataSummary]) -> None:
        self.counted_for, self.reading, self.state.data = answer
        self.changed.emit()

    def _name_manifest(self, manifest: Source) -> None:
        names = tuple(str(path) for path in manifest)
        if names_of(self.state.value("manifest")) == names:
            return
        try:
            self.state.set_value("manifest", names[0] if len(names) == 1 else names)
        except DuvError as error:
            self.failed.emit(error)


def counted(reading: Reading, wanted: SurveyRequest) -> DataSummary:
    """Return the summary of a reading for what is wanted."""
    share = min(max(wanted.train_split, 0.01), 0.99)
    return summarise(reading, wanted.filters, train_split=share, seed=wanted.seed)


def names_of(value: Any) -> tuple[str, ...]:
    """Return the texts of a recipe's `manifest`: one, several or none."""
    values = (value,) if isinstance(value, str) else value if isinstance(value, tuple | list) else ()
    return tuple(name for name in values if isinstance(name, str) and name.strip())


def manifest_path(source: Path, family: Family | None) -> Path:
    """Return where the manifest of a folder is kept: named after it, and never that of another of the same name."""
    place = source.absolute()
    digest = hashlib.blake2b(str(place).encode(errors="surrogatepass"), digest_size=3).hexdigest()
    stem = re.sub(r"[^\w.-]+", "_", place.stem if place.is_file() else place.name).strip("._") or "midi"
    return user_data_dir() / "manifests" / f"{stem[:60]}_{digest}_{family or 'all'}.jsonl"
