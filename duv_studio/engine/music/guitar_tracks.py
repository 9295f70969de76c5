"""Guitars and basses whose strings are tracks of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from duv_studio.engine.midi.guitar_strings import name_without_string
from duv_studio.engine.midi.song import Family, Song, Track
from duv_studio.engine.midi.strands import is_mono
from duv_studio.engine.music.chords import chord_ids

PLUCKED = (Family.GUITAR, Family.BASS)
_FEWEST_STRINGS, _MOST_STRINGS = 4, 8
_STROKES = 0.3  # of the onsets strike several strings: guitarists who play one after the other do not


def string_tracks(song: Song) -> Mapping[int, Hashable]:
    """Index of every track that is a string -> what all strings of its guitar have in common.

    Strings have a name and a sound in common, play one note at a time on channels of their own, and are often struck
    together.
    """
    alike: dict[Hashable, list[Track]] = defaultdict(list)
    for track in song.tracks:
        if track.family in PLUCKED and is_mono(track.notes):
            alike[track.family, track.program or 0, track.port, name_without_string(track.name)].append(track)
    guitars = {key: tracks for key, tracks in alike.items() if _is_guitar(song, tracks)}
    return {track.index: key for key, tracks in guitars.items() for track in tracks}


def _is_guitar(song: Song, tracks: Sequence[Track]) -> bool:
    if not _FEWEST_STRINGS <= len(tracks) <= _MOST_STRINGS or len({track.channel for track in tracks}) < len(tracks):
        return False
    onset = np.sort(np.concatenate([track.notes.onset for track in tracks]))
    return bool((np.bincount(chord_ids(onset / song.ppq)) > 1).mean() >= _STROKES)
