"""The log of a run so far, as arrays by row and column; from events, or from a run's metrics.csv."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi.song import FloatArray
from duv_studio.engine.regular_file import read_regular

if TYPE_CHECKING:
    from duv_studio.training.lora.fit.callbacks import Progress

ADAPTER, IDENTITY, BASE = "adapter", "identity", "base"  # the rows of a log
TRAIN_LOSS, VAL_LOSS, LR, NOTES_PER_SECOND = "train_loss", "val_loss", "lr", "notes_per_second"
SMOOTHING = 0.1  # the weight of the newest point in the smoothed curve; points lie five steps apart
SPEED_POINTS = 40  # over which the time that remains is judged
LARGEST_LOG = 2**28  # bytes; some million rows
_FIRST_ROOM = 256


class Series(NamedTuple):
    """Values (n,) at steps (n,), in the order in which they came."""

    steps: FloatArray
    values: FloatArray


class RunHistory:
    """Grows without copying: a hundred thousand points are added and read as quickly as ten."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, str], _Column] = defaultdict(_Column)
        self.step = self.steps = self.epoch = 0
        self.seconds = 0.0
        self._best: tuple[int, float] | None = None
        self._clock = _Column()  # seconds of this process's steps

    def __len__(self) -> int:
        return sum(column.length for column in self._columns.values())

    def add(self, progress: Progress) -> None:
        """Take in one event of the trainer."""
        self._put(progress.row, progress.step, progress.metrics)
        self.steps = progress.steps
        if progress.row == ADAPTER:
            self.step, self.epoch, self.seconds = progress.step, progress.epoch, progress.seconds
            self._clock.add(progress.step, progress.seconds)

    def _put(self, row: str, step: int, metrics: Mapping[str, float]) -> None:
        for name, value in metrics.items():
            if math.isfinite(value):
                self._columns[row, name].add(step, value)
        loss = metrics.get(VAL_LOSS, math.nan)
        if row == ADAPTER and loss < (math.inf if self._best is None else self._best[1]):
            self._best = step, loss

    def series(self, column: str, row: str = ADAPTER) -> Series:
        """Every value of a column; do not write into them."""
        found = self._columns.get((row, column))
        return _Column().series if found is None else found.series

    def smoothed(self, column: str, row: str = ADAPTER) -> Series:
        """The same with what chance adds taken out: a moving average that forgets slowly."""
        found = self._columns.get((row, column))
        return _Column().series if found is None else found.smoothed

    def last(self, column: str, row: str = ADAPTER) -> float:
        """The newest value; nan where there is none."""
        values = self.series(column, row).values
        return float(values[-1]) if len(values) else math.nan

    @property
    def best(self) -> tuple[int, float] | None:
        """Step and validation loss of the best adapter so far."""
        return self._best

    @property
    def remaining(self) -> float:
        """Seconds to the last step at the speed of late, validation included; nan while that is unknown."""
        steps, seconds = self._clock.series
        if len(steps) < 2:
            return math.nan
        first = max(len(steps) - SPEED_POINTS, 0)
        done = steps[-1] - steps[first]
        return math.nan if done <= 0 else float((seconds[-1] - seconds[first]) / done * (self.steps - self.step))

    def rows(self) -> Iterator[tuple[str, int, dict[str, float]]]:
        """Everything again as rows: who, step, metrics; those who must be beaten first."""
        found: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
        for (row, name), column in self._columns.items():
            for step, value in zip(*column.series, strict=True):
                found[row, int(step)][name] = float(value)
        for row, step in sorted(found, key=lambda k: (k[0] == ADAPTER, k[1], k[0])):
            yield row, step, found[row, step]

    def put_before(self, earlier: RunHistory) -> None:
        """Begin with the log of the interrupted run that this one resumes, where this one has nothing."""
        for key, column in earlier._columns.items():
            self._columns[key] = column.then(self._columns[key]) if key in self._columns else column.copy()
        known = [b for b in (earlier._best, self._best) if b is not None]
        self._best = min(known, key=lambda b: b[1], default=None)
        self.step, self.epoch = max(self.step, earlier.step), max(self.epoch, earlier.epoch)

    @classmethod
    def read(cls, path: Path, before: float = math.inf) -> RunHistory:
        """A metrics.csv, only the rows of steps below `before`; rows cut off or damaged are passed over.

        DuvError when it cannot be read.
        """
        history = cls()
        data = read_regular(path, LARGEST_LOG, "log of a training")
        with suppress(csv.Error):
            for line in csv.DictReader(io.StringIO(data.decode("utf-8", "replace"), newline="")):
                step, metrics = _number(line.pop("step", None)), line
                row = metrics.pop("row", None)
                if row is not None and math.isfinite(step) and step < before:
                    history._read(row, int(step), {k: _number(v) for k, v in metrics.items() if k})
        return history

    def _read(self, row: str, step: int, metrics: dict[str, float]) -> None:
        epoch = metrics.get("epoch", math.nan)
        self._put(row, step, metrics)
        if row == ADAPTER:
            self.step = self.steps = step
            self.epoch = int(epoch) if math.isfinite(epoch) else self.epoch

    def write_csv(self, path: Path) -> None:
        """Everything as a table of its own; DuvError when it cannot be written."""
        rows = list(self.rows())
        names = list(dict.fromkeys(name for _, _, metrics in rows for name in metrics))
        lines = [",".join(("row", "step", *names))]
        for row, step, metrics in rows:
            cells = (f"{metrics[name]:.6g}" if name in metrics else "" for name in names)
            lines.append(",".join((row, str(step), *cells)))
        write_atomically(path, ("\n".join(lines) + "\n").encode())


class _Column:
    """Steps and values in arrays that double when they are full, and the smoothed values as far as they were asked."""

    def __init__(self) -> None:
        self.length = 0
        self._smooth = 0  # how many of the smoothed values are worked out
        self._average = self._weight = 0.0
        self._all = np.empty((3, _FIRST_ROOM))

    def add(self, step: float, value: float) -> None:
        if self.length == self._all.shape[1]:
            self._all = np.concatenate([self._all, np.empty_like(self._all)], axis=1)
        self._all[:2, self.length] = step, value
        self.length += 1

    @property
    def series(self) -> Series:
        return Series(self._all[0, : self.length], self._all[1, : self.length])

    @property
    def smoothed(self) -> Series:
        """An exponential average, corrected for its beginning, so that it starts at the first value and not at 0."""
        for i in range(self._smooth, self.length):
            self._average += SMOOTHING * (float(self._all[1, i]) - self._average)
            self._weight += SMOOTHING * (1.0 - self._weight)
            self._all[2, i] = self._average / self._weight
        self._smooth = self.length
        return Series(self._all[0, : self.length], self._all[2, : self.length])

    def copy(self) -> _Column:
        return self.then(_Column())

    def then(self, later: _Column) -> _Column:
        """Both in one, without what the earlier one has of steps that come again in the later one."""
        steps, values = self.series
        first = later.series.steps[0] if later.length else math.inf
        made = _Column()
        made._all = np.empty((3, max(_FIRST_ROOM, 2 * (self.length + later.length))))
        for part in (np.stack([steps, values])[:, steps < first], np.stack(later.series)):
            made._all[:2, made.length : made.length + part.shape[1]] = part
            made.length += part.shape[1]
        return made


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except (TypeError, ValueError):
        return math.nan
