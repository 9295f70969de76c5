"""logs/version_N/metrics.csv: one row per logged step, and rows of those who must be beaten."""

from __future__ import annotations

import csv
import io
import re
from argparse import Namespace
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only

from duv_studio.engine.atomic import write_atomically

METRICS_FILE = "metrics.csv"
COLUMNS = (
    "row",  # "adapter", or who must be beaten: "identity" changes nothing, "base" plays without the adapter
    "epoch",
    "step",
    "train_loss",
    "val_loss",
    "train_vel_loss",  # mean absolute error, velocity units
    "val_vel_loss",
    "train_dur_loss",  # Huber loss, beats
    "val_dur_loss",
    "lr",
)


class RunLog(Logger):
    """Appends rows as they come, so that they can be watched; a run that goes on drops what it will do again."""

    def __init__(self, folder: Path, version: int) -> None:
        super().__init__()
        self.folder, self._version = folder, version

    @property
    def name(self) -> str:
        return "logs"

    @property
    def version(self) -> int:
        return self._version

    @property
    def log_dir(self) -> str:
        return str(self.folder / f"version_{self._version}")

    @property
    def path(self) -> Path:
        """The CSV file."""
        return Path(self.log_dir) / METRICS_FILE

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """The recipe is kept beside the run; nothing is written here."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Append a row of the adapter's own metrics."""
        self.write("adapter", metrics, step or 0)

    @rank_zero_only
    def write(self, row: str, metrics: dict[str, float], step: int) -> None:
        """Append a row; columns that it does not have stay empty."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = not self.path.is_file()
        with self.path.open("a", newline="", encoding="utf-8") as f:
            writer = csv.DictWriter(f, COLUMNS, extrasaction="ignore")
            if new:
                writer.writeheader()
            writer.writerow({"row": row, "step": step} | {k: _shown(v) for k, v in metrics.items()})

    @rank_zero_only
    def drop_after(self, step: int) -> None:
        """Forget the rows beyond a step, and one that was cut off while it was written."""
        if not self.path.is_file():
            return
        with self.path.open(newline="", encoding="utf-8") as f:
            kept = [row for row in csv.DictReader(f) if _whole(row) and int(row["step"]) <= step]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(kept)
        write_atomically(self.path, text.getvalue().encode())


def next_version(folder: Path) -> int:
    """The number that no earlier run in `folder` has."""
    found = (re.fullmatch(r"version_(\d+)", p.name) for p in folder.glob("version_*"))
    return max((int(m.group(1)) + 1 for m in found if m), default=0)


def _shown(value: float) -> str:
    return "" if value != value else f"{value:.6g}"


def _whole(row: dict[str, str | None]) -> bool:
    return all(row.get(column) is not None for column in COLUMNS) and str(row["step"]).isdigit()
