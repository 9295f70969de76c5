"""Reads what an adapter shall learn from: a folder of MIDI becomes a manifest, and every manifest is counted."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from duv_studio.engine.midi import MIDI_SUFFIXES
from duv_studio.engine.midi.instrument_names import family_of_name
from duv_studio.engine.midi.song import Family
from duv_studio.engine.processes import processes_here
from duv_studio.engine.regular_file import read_text_lines
from duv_studio.errors import Cancelled, DuvError
from duv_studio.training.data.manifest.filters import Filters
from duv_studio.training.data.manifest.from_midi import MIN_NOTES
from duv_studio.training.data.manifest.journal import Journal
from duv_studio.training.data.manifest.lines import LONGEST_LINE, read_lines
from duv_studio.training.data.manifest.sources import jobs_of
from duv_studio.training.data.manifest.task_pool import CHUNK, in_order
from duv_studio.training.data.manifest.worker import Choice, Job, Outcome, enrich_files
from duv_studio.training.lora.survey.facts import TrackFacts, facts_of

OnProgress = Callable[[float], None]
IsCancelled = Callable[[], bool]
_BYTES_A_NOTE = 60  # of a manifest, as measured
_ENRICHING = 0.8  # of the time of a folder; counting the result takes the rest
# All that could ever be wanted: what is too short or too long is the recipe's to say, and may be said again.
_EVERYTHING = Filters(MIN_NOTES, float("inf"), 0.0)


@dataclass(frozen=True)
class FileRecord:
    """A file that was read: why nothing could be read of it, or which of its tracks were left out and why."""

    file: str
    path: Path | None = None
    error: str = ""
    dropped: tuple[tuple[str, str], ...] = ()  # track, reason


@dataclass(frozen=True)
class Reading:
    """All that a source holds for an instrument (None: for any)."""

    source: tuple[Path, ...]
    family: Family | None
    manifest: tuple[Path, ...]  # empty where nothing came of a folder
    files: tuple[FileRecord, ...]
    tracks: tuple[TrackFacts, ...]


def read_source(
    source: Path | Sequence[Path],
    family: Family | None,
    manifest_out: Path,
    progress: OnProgress = lambda share: None,
    cancelled: IsCancelled = lambda: False,
    processes: int | None = None,
) -> Reading:
    """Read a folder of MIDI, a MIDI file, a list of such files, or manifests.

    Of MIDI a manifest is made at `manifest_out`, of every track of the family with at least 8 notes and more than one
    velocity. `processes` None: as many as there are processors, where there is enough to do. Raises Cancelled, which
    leaves what was at `manifest_out` as it was, and DuvError where there is nothing that can be read.
    """
    sources = (source,) if isinstance(source, Path) else tuple(source)
    if len(sources) == 1 and is_midi(sources[0]):
        return _of_midi(sources[0], family, manifest_out, progress, cancelled, processes)
    tracks = tuple(_counted(sources, family, progress, cancelled))
    files = tuple(FileRecord(name) for name in dict.fromkeys(t.file for t in tracks))
    return Reading(sources, family, sources, files, tracks)


def is_midi(path: Path) -> bool:
    """Whether a path is a folder, a MIDI file or a list of those, and no manifest."""
    return path.is_dir() or path.suffix.lower() in MIDI_SUFFIXES or _is_list(path)


def _is_list(path: Path) -> bool:
    """A line of a list names a file, and holds no notes."""
    try:
        with closing(read_text_lines(path, LONGEST_LINE, "manifest")) as lines:
            first = json.loads(next((text for text in lines if text.strip()), "null"))
    except (DuvError, ValueError, RecursionError):
        return False
    return isinstance(first, dict) and "file" in first and "pitch" not in first


def _of_midi(
    source: Path,
    family: Family | None,
    out: Path,
    progress: OnProgress,
    cancelled: IsCancelled,
    processes: int | None,
) -> Reading:
    jobs = jobs_of(source)
    out.parent.mkdir(parents=True, exist_ok=True)
    # Nothing is resumed: files may have changed since.
    journal = Journal(out, f"survey {uuid.uuid4()}")
    try:
        files = tuple(_records(journal, jobs, Choice(family, _EVERYTHING), progress, cancelled, processes))
    except BaseException:
        journal.discard()
        raise
    if not journal.tally.kept:
        journal.discard()
        return Reading((source,), family, (), files, ())
    journal.finish()
    rest = _within(progress, _ENRICHING)
    return Reading((source,), family, (out,), files, tuple(_counted((out,), family, rest, cancelled)))


def _records(
    journal: Journal,
    jobs: list[Job],
    choice: Choice,
    progress: OnProgress,
    cancelled: IsCancelled,
    processes: int | None,
) -> Iterator[FileRecord]:
    outcomes = in_order(partial(enrich_files, choice=choice), jobs, _processes(processes, len(jobs)))
    for done, (job, outcome) in enumerate(zip(jobs, _until(outcomes, cancelled), strict=True), start=1):
        record = journal.add(outcome)
        dropped = tuple((track, reason) for track, reason in record["dropped"])
        if outcome.skipped:
            dropped = (("", outcome.skipped),)
        yield FileRecord(job.file, Path(job.path), outcome.error, dropped)
        progress(_ENRICHING * done / len(jobs))


def _until(outcomes: Iterator[Outcome], cancelled: IsCancelled) -> Iterator[Outcome]:
    if cancelled():
        raise Cancelled
    for outcome in outcomes:
        yield outcome
        if cancelled():
            raise Cancelled


def _processes(asked: int | None, files: int) -> int:
    """A process takes longer to start than a few files take; a packed program would start its window again."""
    if getattr(sys, "frozen", False):
        return 1
    return min(asked or processes_here(), -(-files // (4 * CHUNK)))


def _counted(
    manifests: Sequence[Path], family: Family | None, progress: OnProgress, cancelled: IsCancelled
) -> Iterator[TrackFacts]:
    """The tracks of manifests, as a training reads them."""
    total, notes = sum(path.stat().st_size for path in manifests if path.is_file()), 0
    for path in manifests:
        for line, track in read_lines(path, family_of_name(path.stem) or family):
            if cancelled():
                raise Cancelled
            yield facts_of(line, track)
            notes += len(track)
            progress(min(notes * _BYTES_A_NOTE / max(total, 1), 1.0))  # no one knows how many lines there are
    progress(1.0)


def _within(progress: OnProgress, start: float) -> OnProgress:
    return lambda share: progress(start + (1 - start) * share)
