"""The files of a training run: where they lie, and how its JSON is read and written. Needs no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duv_studio.engine.adapters.library import TRAINED_FILE
from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi.song import Family

RUNNING, INTERRUPTED, FINISHED, FAILED = "running", "interrupted", "finished", "failed"


@dataclass(frozen=True)
class RunFiles:
    """Paths of a run in its output folder."""

    folder: Path

    @property
    def best(self) -> Path:
        """The adapter that did best on held-out songs; usable from the first validation on."""
        return self.folder / TRAINED_FILE

    @property
    def final(self) -> Path:
        """The adapter of the last step."""
        return self.folder / "duv_lora_final.ckpt"

    @property
    def resume(self) -> Path:
        """Everything that is needed to go on; gone once a run is finished."""
        return self.folder / "last.ckpt"

    @property
    def result(self) -> Path:
        """What came of the run, for people and programs."""
        return self.folder / "result.json"

    @property
    def state(self) -> Path:
        """Which recipe and data the run is of."""
        return self.folder / "run.json"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def scaler(self, family: Family) -> Path:
        """Beside the output folder, as runs of several instruments share it."""
        return self.folder.resolve().parent / "scalers" / f"{family}_duv.json"


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, empty where the file is missing or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
