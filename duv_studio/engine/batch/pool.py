"""What hands out the work of a batch: the same three questions, for processes here and for a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from duv_studio.engine.batch.events import Progressed, Started
from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.part_rules import PartRule
from duv_studio.engine.music.settings import Settings


@dataclass(frozen=True)
class Setup:
    """All that a worker must know before its first file; picklable. Model and adapter as `Humanizer` takes them."""

    settings: Settings
    families: tuple[tuple[str, Family], ...]
    model: str
    adapter: str
    precision: str | None
    device: str
    base_hash: str  # of the weights that are meant: a worker that finds others must not play
    adapters: tuple[tuple[str, str], ...] | None = None  # likewise family and file digest, sorted; None: any will do
    parts: tuple[PartRule, ...] = ()
    charset: str | None = None


@dataclass(frozen=True)
class FileJob:
    """One file to be played; `data` holds its bytes where the worker cannot be expected to find it by its path."""

    index: int
    path: str
    data: bytes | None = None


@dataclass(frozen=True)
class FileOutput:
    """The result of a file: the bytes to write, or the sentence why there are none. Only the caller writes files."""

    index: int
    data: bytes | None
    error: str = ""
    warnings: tuple[str, ...] = ()  # what could not be read of it
    selected: bool = True  # whether any track was
    notes: int = 0
    notes_changed: int = 0
    mean_velocity_change: float = 0.0
    mean_duration_change: float = 0.0
    seconds: float = 0.0
    unsure: str = ""  # names of the selected tracks whose instrument is in doubt


@dataclass(frozen=True)
class Ready:
    """A worker has loaded the model."""

    precision: str


WorkerEvent = Ready | Started | Progressed | FileOutput


class Pool(Protocol):
    """Workers; used by one thread."""

    def wants(self) -> int:
        """How many more chunks of files it would take now."""

    def give(self, chunk: Sequence[FileJob]) -> None:
        """Take a chunk. For each of its files exactly one FileOutput will come, also when a worker dies over it."""

    def events(self, seconds: float) -> Sequence[WorkerEvent]:
        """What has happened, at most so long waited for. DuvError when no worker can work at all, with the reason."""

    def close(self) -> None:
        """End all workers at once; what is under way is dropped."""
