"""POP909: pop songs arranged and played by pianists; onsets on a grid, the rest as played (Wang et al., ISMIR 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from duv_studio.engine import midi_file
from duv_studio.engine.controllers import SUSTAIN, controller_changes
from duv_studio.engine.song import Family, FloatArray, IntArray, Song, Track
from duv_studio.training.corpora.common import limit_sustain, sustained_ends
from duv_studio.training.played import PlayedTrack, drop_doubles, merged, notated_duration, split_of

PARTS = ("PIANO", "BRIDGE")  # the melody track is the least played of the three
MIN_SPREAD = 4.0  # standard deviation of velocity below which a part was not played
GRID = 24  # steps per beat: sixteenths and triplets, and their halves


def read(folder: Path) -> Iterator[PlayedTrack]:
    """The piano and bridge parts of every song that has a beat annotation, and all its parts as one piano.

    Alone, the piano part only accompanies; with melody and bridge it is what a pianist plays: a top voice over it.
    """
    for path in sorted((folder / "midi").glob("*.mid")):
        beats = folder / "annotations" / f"{path.stem}_beat_midi.txt"
        if beats.is_file():
            song = midi_file.read(path)
            grid = np.loadtxt(beats, ndmin=2)
            parts = [_part(song, track, grid, path.stem) for track in song.tracks]
            for track, part in zip(song.tracks, parts, strict=True):
                if track.name in PARTS and np.std(part.velocity) >= MIN_SPREAD:
                    yield drop_doubles(part)
            if len(parts) > 1:
                yield drop_doubles(merged(parts))


def _part(song: Song, track: Track, grid: FloatArray, name: str) -> PlayedTrack:
    times, downbeat = grid[:, 0], grid[:, 2] > 0
    seconds = song.tempo.seconds
    notes = track.notes
    onset = np.maximum(np.round(_beats(seconds(notes.onset), times) * GRID) / GRID, 0)
    order = np.lexsort((notes.pitch, onset))
    onset, pitch = onset[order], notes.pitch[order]
    start = _beats(seconds(notes.onset[order]), times)
    played = np.maximum(_beats(seconds(notes.end[order]), times) - start, 1 / 64)
    pedal = controller_changes(song.source.chunks[track.chunk], track.channel, SUSTAIN)
    ends = sustained_ends(notes.end[order], *pedal)
    sustained = np.maximum(_beats(seconds(ends), times) - start, 1 / 64)
    notated = notated_duration(played, onset)
    bar, beat, length = _bars(onset, downbeat)
    return PlayedTrack(
        corpus="pop909",
        song=name,
        player="",
        family=Family.PIANO,
        split=split_of("pop909", name),
        onset=onset,
        duration=notated,
        pitch=pitch,
        velocity=notes.velocity[order].astype(float),
        played_duration=played,
        sustained_duration=limit_sustain(onset, pitch, played, sustained, notated),
        bar=bar,
        beat=beat,
        bar_length=length,
        numerator=np.round(length).astype(np.int64),
        denominator=np.full(len(onset), 4),
        bpm=_bpm(onset, times),
        pedal=len(pedal[0]) > 0,
    )


def _beats(seconds: FloatArray, times: FloatArray) -> FloatArray:
    """Beats since the first annotated beat, extended beyond both ends at the median tempo."""
    step = float(np.median(np.diff(times)))
    inside = np.interp(seconds, times, np.arange(len(times)))
    before = np.minimum(seconds - times[0], 0) / step
    after = np.maximum(seconds - times[-1], 0) / step
    return np.asarray(inside + before + after)


def _bars(onset: FloatArray, downbeat: np.ndarray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Bar number, beat in the bar and bar length of onsets (n,), where `downbeat` marks the beats that start a bar."""
    lines = np.flatnonzero(downbeat).astype(float)
    length = float(np.median(np.diff(lines))) if len(lines) > 1 else 4.0
    first = lines[0] if len(lines) else 0.0
    head = np.arange(first, -length, -length)[:0:-1]
    tail = np.arange(lines[-1] if len(lines) else 0.0, onset[-1] + 2 * length, length)[1:]
    lines = np.concatenate([head, lines, tail]) if len(lines) else np.concatenate([head, [first], tail])
    bar = np.clip(np.searchsorted(lines, onset + 1e-6, side="right") - 1, 0, len(lines) - 2)
    return bar, onset - lines[bar], np.clip(np.diff(lines)[bar], 1, 12)


def _bpm(onset: FloatArray, times: FloatArray) -> FloatArray:
    at = np.clip(np.floor(onset).astype(int), 0, len(times) - 2)
    return np.asarray(60.0 / np.maximum(np.diff(times)[at], 0.1))
