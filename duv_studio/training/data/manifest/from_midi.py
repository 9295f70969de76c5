"""From a MIDI file that someone played to played tracks: what a manifest holds and what a judgement compares with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from duv_studio.engine.features.hints import HINTS
from duv_studio.engine.features.note_features import free_timing
from duv_studio.engine.features.song_hints import song_hints
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.instrument_names import family_of_name
from duv_studio.engine.midi.instruments import DRUM_CHANNEL
from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Song, Track
from duv_studio.engine.music.chords import STRIKES, chords_of, stroke_ids
from duv_studio.training.data.corpora.common import played_from_song, without_lengths
from duv_studio.training.data.manifest.lines import OWN
from duv_studio.training.data.played_track import (
    STRAIGHT,
    TRIPLET,
    PlayedTrack,
    drop_doubles,
    grid_cost,
    quantise_take,
    snap_to_grids,
    whole_text,
)

MIN_NOTES = 8  # a shorter track has no phrase
GRIDS = STRAIGHT + tuple((step, cost + 0.02) for step, cost in TRIPLET)


def played_tracks(
    path: str | Path, family: Family | None = None, *, song: str = "", player: str = "", corpus: str = OWN
) -> list[PlayedTrack]:
    """The tracks of a file with at least MIN_NOTES notes; with `family` only that family's.

    Tracks of which the file does not say what they are count as the family that is asked for. `song` is what is split
    into training and development, by default the file's name without its suffix. DuvError where it cannot be read.
    """
    read = midi_file.read(path)
    return list(tracks_of_song(read, family, song=song or Path(path).stem, player=player, corpus=corpus))


def tracks_of_song(
    song_read: Song, family: Family | None = None, *, song: str, player: str = "", corpus: str = OWN
) -> Iterator[PlayedTrack]:
    """The same of a song that was read."""
    for track in song_read.tracks:
        chosen = family_in(track, family)
        if chosen is not None and len(track.notes) >= MIN_NOTES:
            yield played_track(song_read, replace(track, family=chosen), song=song, player=player, corpus=corpus)


def family_in(track: Track, family: Family | None) -> Family | None:
    """The family that a track is taken for, None where another one is asked for."""
    if family is None or track.family is family:
        return track.family
    untold = track.program is None and track.channel != DRUM_CHANNEL and family_of_name(track.name) is None
    return family if untold else None


def played_track(song_read: Song, track: Track, *, song: str, player: str = "", corpus: str = OWN) -> PlayedTrack:
    """One track as it was played, on the grid it was played to, with the hints that only the song tells.

    Where the onsets keep to no grid they stay the player's own, and the track is `free`.
    """
    raw = track.notes.onset / song_read.ppq
    free = track.family is not Family.DRUMS and free_timing(raw, chords_of(song_read, track))
    onset = raw if free else _quantised(raw, track.family, _strokes(song_read, track))
    song, player = whole_text(song), whole_text(player)
    played = played_from_song(song_read, track, onset, corpus=corpus, song_id=song, player=player)
    order = np.lexsort((track.notes.pitch, onset))  # as the notes of `played` are sorted
    told = song_hints(song_read, track, np.ones(len(raw), dtype=bool), tuple(HINTS))
    played = replace(played, free=free, hints={name: columns[order] for name, columns in told.items()})
    return drop_doubles(without_lengths(played) if track.family is Family.DRUMS else played)


def on_grid(ticks: IntArray, ppq: int) -> float:
    """Share of onsets (n,) that lie exactly on 32nds or on triplets of sixteenths: nearly all of what no one played."""
    steps = [np.round(ticks * parts / ppq) * ppq / parts for parts in (8, 6)]
    away = np.min([np.abs(ticks - step) for step in steps], axis=0)
    return float(np.mean(away <= 0.5)) if len(ticks) else 0.0


def _strokes(song: Song, track: Track) -> IntArray:
    notes = track.notes
    if track.family in STRIKES:
        return np.full(len(notes), -1)
    return stroke_ids(song.tempo.seconds(notes.onset), song.tempo.seconds(notes.end), notes.pitch)


def _quantised(raw: FloatArray, family: Family, stroke: IntArray) -> FloatArray:
    """Drummers keep to one grid in a take; others mix triplets and sixteenths. The notes of a stroke stay together."""
    if family is Family.DRUMS:
        return quantise_take(raw)
    onset = snap_to_grids(raw, GRIDS)
    inside = np.flatnonzero(stroke >= 0)
    if not len(inside):
        return onset
    first, size = np.unique(stroke[inside], return_counts=True)
    last = inside[np.cumsum(size) - 1]
    # Some strike the first string on the beat, some the middle of the stroke: what is nearer to a grid was meant.
    begins, middle = raw[first], (raw[first] + raw[last]) / 2
    snapped = np.stack([snap_to_grids(begins, GRIDS), snap_to_grids(middle, GRIDS)])
    away = np.stack([grid_cost(begins, GRIDS), grid_cost(middle, GRIDS)])
    onset[inside] = np.repeat(np.where(away[0] <= away[1], snapped[0], snapped[1]), size)
    return onset
