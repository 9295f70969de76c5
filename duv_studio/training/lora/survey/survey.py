"""What an adapter would learn from, before it does: files, notes, songs, how they were played, and what is doubtful."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from duv_studio.engine.midi.song import Family, FloatArray, IntArray
from duv_studio.errors import DuvError
from duv_studio.training.data.corpora.registry import CORPORA
from duv_studio.training.data.manifest.filters import Filters
from duv_studio.training.data.manifest.journal import COPY
from duv_studio.training.data.manifest.worker import FLAT
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import song_name, split_songs
from duv_studio.training.lora.dataset.amount_tiers import Tier, tier
from duv_studio.training.lora.survey.facts import LOG_BINS, LOG_HIGH, LOG_LOW, VELOCITIES, TrackFacts
from duv_studio.training.lora.survey.reader import FileRecord, IsCancelled, OnProgress, Reading, read_source
from duv_studio.training.lora.survey.warnings import SurveyWarning, survey_warnings

OK, SKIPPED, FAILED = "ok", "skipped", "failed"
TRAIN, VAL, TEST = "train", "val", "test"
LeftOut = dict[str, list[str]]  # file -> why its tracks are left out


@dataclass(frozen=True)
class FileRow:
    """The outcome of one file."""

    name: str
    status: str  # ok, skipped or failed
    why: str  # what was left out of it, or why it could not be read; "" when all of it is used
    tracks: int  # that are used
    notes: int  # of these
    seconds: float  # of the longest of these
    part: str  # train, val or test; "" when it is not used
    path: Path | None = None


@dataclass(frozen=True)
class Histogram:
    """Notes per bin; bin k lies between edges k and k + 1."""

    edges: FloatArray  # (bins + 1,)
    counts: IntArray  # (bins,)

    @property
    def total(self) -> int:
        return int(self.counts.sum())


@dataclass(frozen=True)
class SplitCounts:
    """How many songs and notes are learned from, stop and calibrate, and judge."""

    songs: dict[str, int]  # by train, val and test
    notes: dict[str, int]
    sentence: str = ""  # what the split lacks


@dataclass(frozen=True)
class DataSummary:
    """A whole survey, immutable: it crosses threads."""

    source: tuple[Path, ...]
    manifest: tuple[Path, ...]  # for the recipe; empty where nothing came of a folder
    family: Family | None
    files: tuple[FileRow, ...]
    tracks: int  # that are used
    notes: int
    songs: int
    seconds: float
    velocity: Histogram  # edges 0..128
    duration: Histogram  # log2 of played over notated length; empty for drums
    split: SplitCounts
    tier: Tier
    doubts: tuple[SurveyWarning, ...]
    licences: tuple[str, ...]  # a sentence for each data set that tracks come from; none for one's own playing

    @property
    def usable(self) -> bool:
        """Whether anything can be learned from."""
        return self.tracks > 0

    def count(self, status: str) -> int:
        """How many files have this status."""
        return sum(row.status == status for row in self.files)


def survey(
    source: Path | Sequence[Path],
    family: Family | None,
    filters: Filters,
    manifest_out: Path,
    progress: OnProgress = lambda share: None,
    cancelled: IsCancelled = lambda: False,
    *,
    train_split: float = 0.9,
    seed: int = 42,
) -> DataSummary:
    """Read a folder of MIDI or manifests and tell what they hold; see `read_source` and `summarise`."""
    reading = read_source(source, family, manifest_out, progress, cancelled)
    return summarise(reading, filters, train_split=train_split, seed=seed)


def summarise(reading: Reading, filters: Filters, *, train_split: float = 0.9, seed: int = 42) -> DataSummary:
    """What a training with these filters, this share and this seed would find; quick, and reads nothing."""
    kept, left_out = _chosen(reading, filters)
    parts, sentence = _split(kept, train_split, seed)
    flat = sum(reason == FLAT for record in reading.files for _, reason in record.dropped)
    files = tuple(_rows(reading, kept, left_out, parts))
    split = _counts(kept, parts, sentence)
    songs = len({song_name(t.head) for t in kept})
    return DataSummary(
        source=reading.source,
        manifest=reading.manifest,
        family=reading.family,
        files=files,
        tracks=len(kept),
        notes=sum(t.notes for t in kept),
        songs=songs,
        seconds=sum(t.seconds for t in kept),
        velocity=Histogram(np.arange(VELOCITIES + 1.0), _sum([t.velocities for t in kept], VELOCITIES)),
        duration=Histogram(np.linspace(LOG_LOW, LOG_HIGH, LOG_BINS + 1), _sum([t.lengths for t in kept], LOG_BINS)),
        split=split,
        tier=tier(sum(t.notes for t in kept), songs),
        doubts=tuple(survey_warnings(kept, flat) if kept else _nothing(reading, left_out)),
        licences=tuple(_licences(kept)),
    )


def _chosen(reading: Reading, filters: Filters) -> tuple[list[TrackFacts], LeftOut]:
    """The tracks that a training takes, and why it leaves out the others, by file."""
    kept: list[TrackFacts] = []
    left_out: LeftOut = defaultdict(list)
    seen: set[str] = set()
    for record in reading.files:
        left_out[record.file] += [reason for _, reason in record.dropped]
    for track in reading.tracks:
        reason = _why_not(track, reading.family, filters) or (COPY if track.fingerprint in seen else None)
        if reason is None:
            seen.add(track.fingerprint)
            kept.append(track)
        else:
            left_out[track.file].append(reason)
    return kept, left_out


def _why_not(track: TrackFacts, family: Family | None, filters: Filters) -> str | None:
    if family is not None and track.family is not family:
        return f"it is {track.family}"
    return filters.reason_for(track.notes, track.seconds)


def _split(kept: Sequence[TrackFacts], train_split: float, seed: int) -> tuple[dict[int, str], str]:
    """Part by the identity of every track's head, and what the split lacks."""
    marks = {id(t.head): t.fingerprint for t in kept}

    def mark(head: PlayedTrack) -> str:
        return marks[id(head)]

    try:
        split = split_songs([t.head for t in kept], train_split, seed, mark)
    except DuvError as error:
        return {}, error.message if kept else ""
    parts = {TRAIN: split.train, VAL: split.val, TEST: split.test}
    return {id(head): part for part, heads in parts.items() for head in heads}, split.sentence


def _counts(kept: Sequence[TrackFacts], parts: dict[int, str], sentence: str) -> SplitCounts:
    songs: dict[str, set[str]] = {part: set() for part in (TRAIN, VAL, TEST)}
    notes = dict.fromkeys(songs, 0)
    for track in kept:
        part = parts.get(id(track.head))
        if part is not None:
            songs[part].add(song_name(track.head))
            notes[part] += track.notes
    return SplitCounts({part: len(names) for part, names in songs.items()}, notes, sentence)


def _rows(reading: Reading, kept: Sequence[TrackFacts], left_out: LeftOut, parts: dict[int, str]) -> Iterable[FileRow]:
    by_file: dict[str, list[TrackFacts]] = defaultdict(list)
    for track in kept:
        by_file[track.file].append(track)
    return (_row(record, by_file[record.file], left_out[record.file], parts) for record in reading.files)


def _row(record: FileRecord, tracks: list[TrackFacts], reasons: list[str], parts: dict[int, str]) -> FileRow:
    if record.error:
        return FileRow(record.file, FAILED, record.error, 0, 0, 0.0, "", record.path)
    if not tracks:
        return FileRow(record.file, SKIPPED, reason_list(reasons) or "it has no notes", 0, 0, 0.0, "", record.path)
    used = sorted({parts.get(id(t.head), "") for t in tracks})
    return FileRow(
        record.file,
        OK,
        reason_list(reasons),
        len(tracks),
        sum(t.notes for t in tracks),
        max(t.seconds for t in tracks),
        used[0] if len(used) == 1 else "",
        record.path,
    )


def reason_list(reasons: Iterable[str]) -> str:
    """Reasons with how often each occurs: "it is drums (2 tracks); fewer than 64 notes"."""
    counted = Counter(reasons).most_common()
    return "; ".join(reason if n == 1 else f"{reason} ({n} tracks)" for reason, n in counted)


def _nothing(reading: Reading, left_out: LeftOut) -> Iterable[SurveyWarning]:
    reasons = [reason for some in left_out.values() for reason in some]
    failed = sum(bool(record.error) for record in reading.files)
    why = [reason_list(reasons)] if reasons else []
    why += [f"{failed} of {len(reading.files)} files could not be read"] if failed else []
    instrument = "" if reading.family is None else f" for {reading.family}"
    yield SurveyWarning(
        "error",
        "nothing",
        f"Nothing here can be used{instrument}",
        "; ".join(why) or "the files hold no notes",
        "Choose another instrument or folder, or lower the filters.",
    )


def _licences(kept: Sequence[TrackFacts]) -> Iterable[str]:
    for name in sorted({t.head.corpus.split()[0] for t in kept if t.head.corpus.strip()}):
        corpus = CORPORA.get(name)
        if corpus is not None:
            terms = "" if corpus.may_ship else ": what learns from it is not for commercial use"
            yield f"{corpus.credit}: {corpus.licence}{terms}."


def _sum(counts: Sequence[IntArray], bins: int) -> IntArray:
    return np.sum(counts, axis=0, dtype=np.int64) if counts else np.zeros(bins, dtype=np.int64)
