"""The families that a user chose for tracks, instead of those that were guessed."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import replace

from duv_studio.engine.song import Family, Song, Track

SET_BY_USER = "set by you"
_REMEMBERED = 4  # choices per song: going back and forth between a few costs nothing

_Choice = frozenset[tuple[str, Family]]
_CACHE: dict[int, tuple[weakref.ref[Song], dict[_Choice, Song]]] = {}


def with_families(song: Song, chosen: Mapping[str, Family]) -> Song:
    """Return the song with the tracks that `chosen` (Track.key -> Family) names in their chosen family.

    The same song and choice give the same object, so that what is remembered of a song is not lost; a song of which
    nothing changes comes back itself.
    """
    asked = {t.key: chosen[t.key] for t in song.tracks if t.key in chosen and not _is_set(t, chosen[t.key])}
    if not asked:
        return song
    made, choice = _made_of(song), frozenset(asked.items())
    known = made.get(choice)
    if known is None:
        if len(made) >= _REMEMBERED:
            made.pop(next(iter(made)), None)
        tracks = tuple(_with_family(track, asked.get(track.key)) for track in song.tracks)
        return made.setdefault(choice, replace(song, tracks=tracks))  # of two threads, both get the first one's
    return known


def _is_set(track: Track, family: Family) -> bool:
    return track.family is family and track.family_reason == SET_BY_USER


def _with_family(track: Track, family: Family | None) -> Track:
    return track if family is None else replace(track, family=family, family_reason=SET_BY_USER)


def _made_of(song: Song) -> dict[_Choice, Song]:
    """Songs made of this one, remembered as long as it lives."""
    known = _CACHE.get(id(song))
    if known is not None and known[0]() is song:
        return known[1]
    place = id(song)
    made: dict[_Choice, Song] = {}
    # A song holds arrays and so has no hash: it is remembered by its place, which is given up when it goes.
    _CACHE[place] = (weakref.ref(song, lambda gone: _forget(place, gone)), made)
    return made


def _forget(place: int, gone: weakref.ref[Song]) -> None:
    if place in _CACHE and _CACHE[place][0] is gone:
        del _CACHE[place]
