"""The files of a training run, and the summary of a run that they hold. Needs no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from duv_studio.engine.adapters.header import STATISTICS
from duv_studio.engine.adapters.library import TRAINED_FILE
from duv_studio.engine.adapters.user_library import NOTES_FILE
from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.json_text import parse_json
from duv_studio.engine.midi.song import Family
from duv_studio.engine.regular_file import read_regular
from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe.schema import LoraRecipe, family_of

LARGEST_RECORD = 2**24  # bytes of a JSON file
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
        """The result of the run, for people and programs."""
        return self.folder / "result.json"

    @property
    def state(self) -> Path:
        """Which recipe and data the run is of."""
        return self.folder / "run.json"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def notes(self) -> Path:
        """What its owner noted down about the run."""
        return self.folder / NOTES_FILE

    @property
    def is_finished(self) -> bool:
        """Whether the run that lies here came to its end."""
        return bool({read_json(path).get("status") for path in (self.state, self.result)} & {FINISHED, FAILED})

    def keep_earlier(self) -> Path | None:
        """Move the adapter of an earlier run, its results and notes to names with a number; None where there is none.

        From then on nothing of the earlier run can be taken for the one that begins. Raises OSError.
        """
        kept = self._moved() if self.best.is_file() and not self._comes_again() else None
        self.result.unlink(missing_ok=True)
        return kept

    def _moved(self) -> Path:
        number = next(n for n in count(1) if not _numbered(self.best, n).exists())
        # The adapter last: a number that has one is whole.
        for path in (self.final, self.result, self.state, self.notes, self.best):
            if path.is_file():
                path.replace(_numbered(path, number))
        return _numbered(self.best, number)

    def _comes_again(self) -> bool:
        """Whether it is statistics that were not judged to the end: the same again in a moment."""
        result = read_json(self.result)
        return (result.get("kind"), result.get("status")) == (STATISTICS, INTERRUPTED)

    def scaler(self, family: Family) -> Path:
        """Beside the output folder, as runs of several instruments share it."""
        return self.folder.resolve().parent / "scalers" / f"{family}_duv.json"


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}_{number}{path.suffix}")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, empty where the file is missing or damaged."""
    try:
        found = parse_json(read_regular(path, LARGEST_RECORD, "record of a training"), nan=True)
    except (DuvError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def was_validated(about: Mapping[str, Any]) -> bool:
    """Whether the adapter's predictions of held-out songs were measured at least once, or there are no such songs."""
    scores = about.get("validation")
    return not isinstance(scores, Mapping) or not scores or bool(scores.get("adapter"))


@dataclass(frozen=True)
class RunSummary:
    """A run: what was trained, how it ended, and whether it can go on."""

    folder: Path
    title: str
    family: Family | None
    status: str  # "running" also of a run that was cut off
    verdict: str  # "" where there is none
    changed: datetime
    can_resume: bool
    recipe: Mapping[str, Any] = field(default_factory=dict, repr=False)  # as it was trained

    def read_recipe(self) -> LoraRecipe | None:
        """The recipe as it was trained; None where it is lost or of another version."""
        try:
            return LoraRecipe.model_validate(self.recipe)
        except ValidationError:
            return None


def summary_of(folder: Path) -> RunSummary | None:
    """The run of a folder; None where there is none any more."""
    files = RunFiles(folder)
    state, result = read_json(files.state), read_json(files.result)
    if not state and not result:
        return None
    recipe = state.get("recipe")
    said = recipe if isinstance(recipe, dict) else {}
    status = str(state.get("status") or result.get("status") or "")
    return RunSummary(
        folder=folder,
        title=str(said.get("title") or said.get("name") or folder.name),
        family=_family(state, said, folder),
        status=status,
        verdict=str(result.get("verdict") or "") if result.get("status") == status else "",  # not an earlier run's
        changed=_changed(files),
        can_resume=files.resume.is_file() and bool(said),
        recipe=said,
    )


def _family(state: Mapping[str, Any], recipe: Mapping[str, Any], folder: Path) -> Family | None:
    named = state.get("family")
    return Family(named) if named in set(Family) else family_of(recipe, folder)


def _changed(files: RunFiles) -> datetime:
    times = [path.stat().st_mtime for path in (files.state, files.result) if path.is_file()]
    return datetime.fromtimestamp(max(times, default=0.0))
