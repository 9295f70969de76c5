"""What a folder of results says of its run, read without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from duv_studio.engine.midi.song import Family
from duv_studio.training.lora.fit.run_files import INTERRUPTED, RUNNING, RunFiles, read_json
from duv_studio.training.lora.recipe.schema import LoraRecipe, told_family


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
        verdict=str(result.get("verdict") or "") if status not in (RUNNING, INTERRUPTED) else "",
        changed=_changed(files),
        can_resume=files.resume.is_file() and bool(said),
        recipe=said,
    )


def _family(state: Mapping[str, Any], recipe: Mapping[str, Any], folder: Path) -> Family | None:
    named = state.get("family")
    return Family(named) if named in set(Family) else told_family(recipe, folder)


def _changed(files: RunFiles) -> datetime:
    times = [path.stat().st_mtime for path in (files.state, files.result) if path.is_file()]
    return datetime.fromtimestamp(max(times, default=0.0))
