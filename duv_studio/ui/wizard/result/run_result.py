"""The result of a training, read from the result.json of its folder: the verdict, the checks, and the scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from duv_studio.engine.adapters.header import AdapterHeader
from duv_studio.engine.adapters.library import read_adapter_header
from duv_studio.engine.adapters.score_rows import BASE, GAIN, LOOKUP
from duv_studio.engine.json_text import parse_json
from duv_studio.engine.regular_file import NoSuchFile, read_regular
from duv_studio.errors import DuvError
from duv_studio.training.lora.fit.run_files import LARGEST_RECORD, RUNNING, RunFiles, read_json

INTERRUPTED, FINISHED, FAILED = "interrupted", "finished", "failed"


@dataclass(frozen=True)
class CheckResult:
    """One of the proofs that a training owes."""

    name: str
    passed: bool
    said: str


@dataclass(frozen=True)
class Gain:
    """By how much the adapter has more of a measure than its base, and the 95 % interval where there is one."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def clear(self) -> bool:
        """Whether the whole interval lies on one side of 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Outcome:
    """A run that has ended; `header` is its best adapter's, None where there is none that can be used."""

    folder: Path
    status: str
    verdict: str  # as adapters have it; "": not judged
    sentences: tuple[str, ...]
    checks: tuple[CheckResult, ...]
    scores: Mapping[str, Mapping[str, float]]  # row -> measure -> mean over unseen songs
    header: AdapterHeader | None
    base: str | None  # as the recipe names it
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> Path:
        """The adapter's file."""
        return RunFiles(self.folder).best

    @property
    def is_unjudged(self) -> bool:
        """Whether it was stopped, and its adapter was not judged since."""
        return self.status == INTERRUPTED and not self.verdict and self.best.is_file()

    @property
    def can_resume(self) -> bool:
        """Whether the run can go on."""
        return self.status == INTERRUPTED and RunFiles(self.folder).resume.is_file()

    @property
    def is_model(self) -> bool:
        """Whether a whole model was trained, and no adapter."""
        return self.about.get("kind") == "model"

    @property
    def reference(self) -> str:
        """The row of the scores that the adapter is compared with: BASE, or LOOKUP where there was no base."""
        return LOOKUP if LOOKUP in self.scores else BASE

    def gain(self, measure: str) -> Gain | None:
        """What the adapter changes; None where that was not measured."""
        row = self.scores.get(GAIN.format(self.reference), {})
        if measure not in row:
            return None
        return Gain(row[measure], row.get(f"{measure} low"), row.get(f"{measure} high"))


def read_run_result(folder: Path) -> Outcome:
    """The outcome of the run in a folder; DuvError when none has ended there or its file is damaged."""
    path, state = RunFiles(folder).result, RunFiles(folder).state
    if read_json(state).get("status") == RUNNING:  # a result that lies there all the same is of an earlier run
        raise DuvError("no training has ended here yet", file=folder, hint="go on with it, or train anew")
    try:
        said = parse_json(read_regular(path, LARGEST_RECORD, "result of a training"), nan=True)
        return _outcome(folder, said)
    except NoSuchFile as e:
        raise DuvError("no training has ended here yet", file=folder, hint="go on with it, or train anew") from e
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as e:
        raise DuvError("is damaged", file=path, hint="train once more") from e


def _outcome(folder: Path, said: dict[str, Any]) -> Outcome:
    scores = {
        str(row): {str(m): float(x) for m, x in measures.items()}
        for row, measures in said.get("unseen_songs", {}).items()
    }
    return Outcome(
        folder=folder,
        status=str(said["status"]),
        verdict=str(said.get("verdict", "")),
        sentences=tuple(map(str, said.get("why", ()))),
        checks=tuple(CheckResult(str(c["name"]), bool(c["passed"]), str(c["said"])) for c in said.get("checks", ())),
        scores=scores,
        header=_header(RunFiles(folder).best),
        base=_base(RunFiles(folder).state),
        about=said,
    )


def _header(best: Path) -> AdapterHeader | None:
    try:
        return read_adapter_header(best)
    except DuvError:
        return None


def _base(state: Path) -> str | None:
    """The base as the recipe of the run names it; None where that is not known, or there was none."""
    recipe = read_json(state).get("recipe")
    base = recipe.get("base_checkpoint") if isinstance(recipe, dict) else None
    return base if isinstance(base, str) else None
