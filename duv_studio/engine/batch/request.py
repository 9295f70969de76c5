"""What is asked of a batch; immutable, for other threads and processes see it too."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Event

from duv_studio.engine.adapters.resolve import AUTOMATIC
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.device import DEFAULT
from duv_studio.engine.music.part_rules import PartRule
from duv_studio.engine.music.settings import Settings


class Existing(StrEnum):
    """What to do where the output is there already."""

    SKIP = "skip"
    OVERWRITE = "overwrite"
    RENAME = "rename"  # "song.mid" becomes "song (2).mid"


@dataclass(frozen=True)
class Request:
    """Which files to read, how to play them, and where the results go.

    Of one folder the tree below it is kept in `target`; of several sources, each keeps its own name there. Settings
    that name tracks of one song (`track_family`, `locked_notes` and their like) do not belong here: `families` says
    by regular expression on track names what an instrument is, `parts` how it is played.
    """

    sources: tuple[Path, ...]  # folders and files
    target: Path  # a folder; made when it is missing
    settings: Settings = field(default_factory=Settings)
    families: tuple[tuple[str, Family], ...] = ()
    model: str | Path | None = None  # these four as `Humanizer` takes them
    adapter: str | Path = AUTOMATIC
    precision: str | None = None
    device: str = DEFAULT
    existing: Existing = Existing.SKIP
    into_input: bool = False  # whether the target may lie within a source folder
    resume: bool = False  # go on where a batch into this target was stopped; only what is missing or changed is done
    jobs: int | None = None  # processes; None: one per processor
    scheduler: str | None = None  # address of a Dask scheduler that hands out the work instead
    parts: tuple[PartRule, ...] = ()  # later ones win by field
    charset: str | None = None  # encoding of the texts of all files; None: guessed for each


class Control:
    """The brakes of one run; thread-safe."""

    def __init__(self) -> None:
        self._cancelled, self._may_run = Event(), Event()
        self._may_run.set()

    def pause(self) -> None:
        """Begin no more files."""
        self._may_run.clear()

    def go_on(self) -> None:
        """End the pause."""
        self._may_run.set()

    def cancel(self) -> None:
        """Stop at once; what is under way is dropped, what is done stays."""
        self._cancelled.set()

    @property
    def paused(self) -> bool:
        """Whether no more files are begun for now."""
        return not self._may_run.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether all is to stop."""
        return self._cancelled.is_set()
