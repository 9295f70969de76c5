"""(n)ASAP: classical pieces by competition pianists, note by note beside the score (Peter et al., TISMIR 2023)."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.metadata import SUSTAIN, controller_changes
from duv_studio.engine.midi.song import Family, FloatArray, IntArray
from duv_studio.training.data.corpora.common import limit_sustain, sustained_ends
from duv_studio.training.data.corpora.own_clock import FREE_BEATS, clock_of, in_time, played_freely, tempo_at
from duv_studio.training.data.played_track import PlayedTrack, drop_doubles, split_of

CORPUS, PERFORMED = "asap_NC", "asap_NC performed"
# The works of the benchmark's piano set. Every tenth of the other works is held out, too.
HELD_OUT = frozenset(
    {
        "Bach/Fugue/bwv_863",
        "Bach/Fugue/bwv_891",
        "Beethoven/Piano_Sonatas/10-1",
        "Beethoven/Piano_Sonatas/16-2",
        "Beethoven/Piano_Sonatas/27-2",
        "Beethoven/Piano_Sonatas/5-1",
        "Chopin/Berceuse_op_57",
        "Chopin/Etudes_op_10/5",
        "Chopin/Scherzos/20",
        "Liszt/Concert_Etude_S145/1",
        "Liszt/Transcendental_Etudes/3",
        "Rachmaninoff/Preludes_op_23/6",
        "Schubert/Moment_Musical_no_1",
        "Schumann/Toccata",
    }
)
LEAST_IN_TIME = 0.9  # share of notes near their place on the pianist's clock, in a performance worth learning from
NEAR_MS = 1  # the table's milliseconds are rounded
_Meter = list[tuple[float, int, int]]  # score position in quarters, numerator, denominator


@dataclass(frozen=True)
class _Recording:
    """The n notes of a performance's own MIDI file, in seconds."""

    start: FloatArray
    end: FloatArray
    sounds_until: FloatArray  # pedal included
    pitch: IntArray
    velocity: FloatArray
    pedal: bool


@dataclass(frozen=True)
class _Aligned:
    """n matched notes, by score position: onsets and durations in quarters, the performance in seconds."""

    onset: FloatArray
    duration: FloatArray
    note: IntArray  # index into the recording


def read(folder: Path) -> Iterator[PlayedTrack]:
    """Two tracks a performance: as played from the score, and, as PERFORMED, with the pianist's own timing."""
    with (folder / "manifest.csv").open(newline="") as f:
        names = [row["midi_performance"] for row in csv.DictReader(f)]
    for name in names:
        path = folder / name
        recording, work, table = _recording(path), work_of(name), path.with_suffix(".aligned.tsv")
        yield _free(recording, work, path.stem)
        scored = _from_score(table, recording, work, path.stem) if table.is_file() else None
        if scored is not None:
            yield scored


def work_of(performance: str) -> str:
    """The composition that a performance (its path in the set) is of; with and without repeats it is the same."""
    return re.sub(r"_(no_)?repeat$", "", performance.rsplit("/", 1)[0])


def split_of_work(work: str) -> str:
    """Works of the benchmark, and a tenth of the others, are held out."""
    return "dev" if work in HELD_OUT else split_of(CORPUS, work)


def _recording(path: Path) -> _Recording:
    song = midi_file.read(path)
    parts = []
    for track in song.tracks:
        changes = controller_changes(song.source.chunks[track.chunk], track.channel, SUSTAIN)
        sounds = sustained_ends(track.notes.end, *changes)
        n = track.notes
        parts.append((n.onset, n.end, sounds, n.pitch, n.velocity, np.full(len(n), len(changes[0]) > 0)))
    onset, end, sounds, pitch, velocity, pedal = (np.concatenate(x) for x in zip(*parts, strict=True))
    order = np.lexsort((pitch, onset))
    seconds = song.tempo.seconds
    return _Recording(
        start=seconds(onset[order]),
        end=seconds(end[order]),
        sounds_until=seconds(sounds[order]),
        pitch=pitch[order],
        velocity=velocity[order].astype(float),
        pedal=bool(pedal.any()),
    )


# ---- with the pianist's own timing -----------------------------------------------------------------------------------


def _free(recording: _Recording, work: str, player: str) -> PlayedTrack:
    return replace(
        played_freely(
            (recording.start - recording.start[0]) * FREE_BEATS,
            (recording.end - recording.start) * FREE_BEATS,
            (recording.sounds_until - recording.start) * FREE_BEATS,
            recording.pitch,
            recording.velocity,
            corpus=PERFORMED,
            song=work,
            player=player,
            split=split_of_work(work),
        ),
        pedal=recording.pedal,
    )


# ---- as played from the score ----------------------------------------------------------------------------------------


def _from_score(table: Path, recording: _Recording, work: str, player: str) -> PlayedTrack | None:
    """None where too many notes lie far from the pianist's clock: there the alignment went astray."""
    aligned, meter = _aligned(table, recording)
    pos, seconds = clock_of(aligned.onset, recording.start[aligned.note])
    keep = in_time(aligned.onset, recording.start[aligned.note], pos, seconds)
    if keep.mean() < LEAST_IN_TIME:
        return None
    onset, notated, note = aligned.onset[keep], aligned.duration[keep], aligned.note[keep]

    def beats(times: FloatArray) -> FloatArray:
        return np.asarray(np.interp(times, seconds, pos))

    start = beats(recording.start[note])
    played = np.maximum(beats(recording.end[note]) - start, 1 / 64)
    sustained = np.maximum(beats(recording.sounds_until[note]) - start, 1 / 64)
    pitch = recording.pitch[note]
    bar, beat, length, numerator, denominator = _bars(onset, meter)
    return drop_doubles(
        PlayedTrack(
            corpus=CORPUS,
            song=work,
            player=player,
            family=Family.PIANO,
            split=split_of_work(work),
            onset=onset,
            duration=notated,
            pitch=pitch,
            velocity=recording.velocity[note],
            played_duration=played,
            sustained_duration=limit_sustain(onset, pitch, played, sustained, notated),
            bar=bar,
            beat=beat,
            bar_length=length,
            numerator=numerator,
            denominator=denominator,
            bpm=tempo_at(onset, pos, seconds),
            pedal=recording.pedal,
        )
    )


def _aligned(table: Path, recording: _Recording) -> tuple[_Aligned, _Meter]:
    """The table's notes found in the recording, in quarters from a first bar line at 0, and the time signatures."""
    lines = table.read_text(encoding="utf-8").splitlines()
    signatures = [line.split("\t")[1:3] for line in lines if line.startswith("# timesig")]
    meter = [_signature(at, text) for at, text in signatures] or [(0.0, 4, 4)]
    cells = [line.split("\t") for line in lines if line[:1] not in ("#", "b") and line]
    numbers = np.array([[float(x) for x in (c[2], c[3], c[5], c[6], c[7])] for c in cells])
    numbers = numbers[numbers[:, 1] > 0]  # a grace note has no length to keep
    note = _match(numbers[:, 2:], recording)
    numbers, note = numbers[note >= 0], note[note >= 0]
    quarters = _in_quarters(meter)
    onset = quarters(numbers[:, 0])
    duration = quarters(numbers[:, 0] + numbers[:, 1]) - onset
    first_bar = 4.0 * meter[0][1] / meter[0][2]
    pickup = first_bar * np.ceil(max(-onset.min(), 0) / first_bar - 1e-9)
    starts = quarters(np.array([at for at, *_ in meter])) + pickup
    order = np.lexsort((recording.pitch[note], onset))
    changes = [(0.0 if i == 0 else float(at), m[1], m[2]) for i, (at, m) in enumerate(zip(starts, meter, strict=True))]
    return _Aligned((onset + pickup)[order], duration[order], note[order]), changes


def _signature(at: str, text: str) -> tuple[float, int, int]:
    numerator, denominator = text.split("/")
    return float(at), int(numerator), int(denominator)


def _match(wanted: FloatArray, recording: _Recording) -> IntArray:
    """The recording's note for each row of (onset ms, duration ms, velocity), -1 where there is none."""
    waiting: dict[tuple[int, int], list[int]] = defaultdict(list)
    length = (recording.end - recording.start) * 1000
    at_ms = np.round(recording.start * 1000).astype(np.int64)
    for i, (at, velocity) in enumerate(zip(at_ms.tolist(), recording.velocity.tolist(), strict=True)):
        waiting[at, int(velocity)].append(i)
    found = np.full(len(wanted), -1, dtype=np.int64)
    for row, (onset, duration, velocity) in enumerate(wanted.tolist()):
        near = [(at, i) for at in _around(onset) for i in waiting.get((at, int(velocity)), ())]
        if near:
            at, best = min(near, key=lambda x: abs(length[x[1]] - duration))
            found[row] = best
            waiting[at, int(velocity)].remove(best)
    return found


def _around(milliseconds: float) -> range:
    return range(int(milliseconds) - NEAR_MS, int(milliseconds) + NEAR_MS + 1)


def _in_quarters(meter: _Meter) -> _Quarters:
    return _Quarters(np.array([at for at, *_ in meter]), np.array([4 / denominator for *_, denominator in meter]))


@dataclass(frozen=True)
class _Quarters:
    """From beats of the time signatures' denominators to quarters; `at` (k,) where signatures begin, `unit` (k,)."""

    at: FloatArray
    unit: FloatArray

    def __call__(self, beats: FloatArray) -> FloatArray:
        begins = np.concatenate([[0], np.cumsum(np.diff(self.at) * self.unit[:-1])]) + self.at[0] * self.unit[0]
        k = np.clip(np.searchsorted(self.at, beats, side="right") - 1, 0, None)
        return np.asarray(begins[k] + (beats - self.at[k]) * self.unit[k])


def _bars(onset: FloatArray, meter: _Meter) -> tuple[IntArray, FloatArray, FloatArray, IntArray, IntArray]:
    """Bar, place in it and its length in quarters, numerator and denominator of onsets (n,) in quarters."""
    starts = np.array([at for at, *_ in meter])
    numerator, denominator = (np.array([m[i] for m in meter]) for i in (1, 2))
    length = 4.0 * numerator / denominator
    first = np.concatenate([[0], np.cumsum(np.ceil(np.diff(starts) / length[:-1] - 1e-6))])
    k = np.clip(np.searchsorted(starts, onset + 1e-6, side="right") - 1, 0, None)
    into = np.maximum(onset - starts[k], 0)
    whole = np.floor((into + 1e-6) / length[k])
    beat = np.maximum(into - whole * length[k], 0)
    return (first[k] + whole).astype(np.int64), beat, length[k], numerator[k], denominator[k]
