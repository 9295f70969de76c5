"""Tracks whose beats were annotated in seconds, put on the grid of those beats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.metadata import SUSTAIN, controller_changes
from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Song, Track
from duv_studio.training.data.corpora.common import limit_sustain, sustained_ends
from duv_studio.training.data.played_track import PlayedTrack, notated_duration, split_of

GRID = 24  # steps per beat: sixteenths and triplets, and their halves


def played_on_beats(
    song: Song, track: Track, times: FloatArray, downbeat: NDArray[np.bool_], *, corpus: str, name: str, family: Family
) -> PlayedTrack:
    """The notes of a track on annotated beats: `times` (b,) in seconds, of which `downbeat` (b,) start a bar."""
    seconds, notes = song.tempo.seconds, track.notes
    onset = np.maximum(np.round(beats_at(seconds(notes.onset), times) * GRID) / GRID, 0)
    order = np.lexsort((notes.pitch, onset))
    onset, pitch = onset[order], notes.pitch[order]
    start = beats_at(seconds(notes.onset[order]), times)
    played = np.maximum(beats_at(seconds(notes.end[order]), times) - start, 1 / 64)
    pedal = controller_changes(song.source.chunks[track.chunk], track.channel, SUSTAIN)
    ends = sustained_ends(notes.end[order], *pedal)
    sustained = np.maximum(beats_at(seconds(ends), times) - start, 1 / 64)
    notated = notated_duration(played, onset)
    bar, beat, length = bars_at(onset, downbeat)
    return PlayedTrack(
        corpus=corpus,
        song=name,
        player="",
        family=family,
        split=split_of(corpus, name),
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
        bpm=bpm_at(onset, times),
        pedal=len(pedal[0]) > 0,
    )


def beats_at(seconds: FloatArray, times: FloatArray) -> FloatArray:
    """Beats since the first annotated beat, extended beyond both ends at the median tempo."""
    step = float(np.median(np.diff(times)))
    inside = np.interp(seconds, times, np.arange(len(times)))
    before = np.minimum(seconds - times[0], 0) / step
    after = np.maximum(seconds - times[-1], 0) / step
    return np.asarray(inside + before + after)


def bars_at(onset: FloatArray, downbeat: NDArray[np.bool_]) -> tuple[IntArray, FloatArray, FloatArray]:
    """Bar number, beat in the bar and bar length of onsets (n,), where `downbeat` marks the beats that start a bar."""
    lines = np.flatnonzero(downbeat).astype(float)
    length = float(np.median(np.diff(lines))) if len(lines) > 1 else 4.0
    first = lines[0] if len(lines) else 0.0
    head = np.arange(first, -length, -length)[:0:-1]
    tail = np.arange(lines[-1] if len(lines) else 0.0, onset[-1] + 2 * length, length)[1:]
    lines = np.concatenate([head, lines, tail]) if len(lines) else np.concatenate([head, [first], tail])
    bar = np.clip(np.searchsorted(lines, onset + 1e-6, side="right") - 1, 0, len(lines) - 2)
    return bar, onset - lines[bar], np.clip(np.diff(lines)[bar], 1, 12)


def bpm_at(onset: FloatArray, times: FloatArray) -> FloatArray:
    """Tempo at onsets (n,) in beats, where `times` (b,) are the beats in seconds."""
    at = np.clip(np.floor(onset).astype(int), 0, len(times) - 2)
    return np.asarray(60.0 / np.maximum(np.diff(times)[at], 0.1))
