"""Hints that only the song tells: sections from markers or novelty, and what the unquantised onsets give away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.instrument_hints import strum_direction, swing_ratio
from duv_studio.engine.features.note_features import free_timing
from duv_studio.engine.features.sections import KINDS, marked_sections, sections_of_bars
from duv_studio.engine.midi.song import Family, FloatArray, IntArray, PerSong, Song, Track
from duv_studio.engine.music.chords import chords_of
from duv_studio.engine.music.felt_beat import in_felt_beats

MARKERS, NOVELTY, NONE = "markers", "novelty", "none"


@dataclass(frozen=True)
class Sections:
    """Where sections begin and what they are; `source` is MARKERS, NOVELTY or NONE."""

    source: str
    start: IntArray  # (k,) ascending, ticks of a song or bars of a track
    kind: IntArray  # (k,) indices of KINDS

    def one_hot(self, at: IntArray) -> FloatArray:
        """Which section each place (n,) lies in, (n, len(KINDS)); 0 before the first."""
        columns = np.zeros((len(at), len(KINDS)))
        number = np.searchsorted(self.start, at, side="right") - 1
        inside = np.flatnonzero(number >= 0)
        columns[inside, self.kind[number[inside]]] = 1
        return columns


def song_hints(song: Song, track: Track, keep: NDArray[np.bool_], names: Sequence[str]) -> dict[str, FloatArray]:
    """Those of `names` that only the song tells, (m, columns) by name, of the m notes of a track that are kept."""
    song, onset = in_felt_beats(song), track.notes.onset[keep]
    if not len(onset):
        return {}
    known: dict[str, FloatArray] = {}
    if "strum_dir_hint" in names and track.family is Family.GUITAR:
        known["strum_dir_hint"] = strum_direction(song.tempo.seconds(onset), track.notes.pitch[keep])[:, None]
    if "swing_hint" in names:
        known["swing_hint"] = np.full((len(onset), 1), _swing(song, track, keep))
    if "section_onehot" in names:
        known["section_onehot"] = sections_of(song).one_hot(onset)
    return known


def sections_of(song: Song) -> Sections:
    """The sections of a song in ticks: from its markers where they name some, else from all of its notes."""
    return _remembered(in_felt_beats(song))


def track_sections(bar: IntArray, pitch: IntArray, drums: bool) -> Sections:
    """The sections, in bars, of a track of which nothing but its notes is known."""
    start, kind = sections_of_bars(bar, pitch, np.full(len(bar), not drums))
    return Sections(NOVELTY if len(start) else NONE, start, kind)


def _swing(song: Song, track: Track, keep: NDArray[np.bool_]) -> float:
    notes = track.notes.only(np.flatnonzero(keep))
    onset = notes.onset[np.diff(chords_of(song, track, notes), prepend=-1) > 0]
    place, beats = song.meter.position(onset), onset / song.ppq
    return 0.0 if free_timing(beats) else swing_ratio(beats, place.bar, place.beat, place.denominator)


def _find_sections(song: Song) -> Sections:
    start, kind = marked_sections(song.source)
    if len(start):
        return Sections(MARKERS, start, kind)
    onset = np.concatenate([track.notes.onset for track in song.tracks])
    if free_timing(np.sort(onset) / song.ppq):
        return Sections(NONE, start, kind)
    pitch = np.concatenate([track.notes.pitch for track in song.tracks])
    pitched = np.concatenate([np.full(len(track.notes), track.family is not Family.DRUMS) for track in song.tracks])
    bar = song.meter.position(onset).bar
    bars, kind = sections_of_bars(bar, pitch, pitched)
    start = np.array([onset[bar >= first].min() for first in bars], dtype=np.int64)
    return Sections(NOVELTY if len(start) else NONE, start, kind)


_remembered = PerSong(_find_sections)
