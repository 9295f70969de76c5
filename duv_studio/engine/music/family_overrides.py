"""The families that a user chose for tracks, instead of those that were guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from duv_studio.engine.midi.song import Family, PerSong, Song, Track
from duv_studio.engine.music.name_patterns import compile_pattern, matched_name, search
from duv_studio.engine.music.settings import check_family
from duv_studio.errors import DuvError

SET_BY_USER = "set by you"
_REMEMBERED = 4  # choices per song: going back and forth between a few costs nothing

_Choice = frozenset[tuple[str, Family]]
_made_of: PerSong[dict[_Choice, Song]] = PerSong(lambda song: {})


def with_families(song: Song, chosen: Mapping[str, Family]) -> Song:
    """Return the song with the tracks that `chosen` (Track.key -> Family) names in their chosen family.

    The same song and choice give the same object, so that what is remembered of a song is not lost; a song of which
    nothing changes comes back itself. DuvError for a family that there is not.
    """
    families = {key: check_family(family, f"the family of track {key}") for key, family in chosen.items()}
    asked = {t.key: families[t.key] for t in song.tracks if t.key in families and not _is_set(t, families[t.key])}
    if not asked:
        return song
    made, choice = _made_of(song), frozenset(asked.items())
    known = made.get(choice)
    if known is None:
        if len(made) >= _REMEMBERED:
            made.pop(next(iter(list(made))), None)  # a copy: another thread may add one meanwhile
        tracks = tuple(_with_family(track, asked.get(track.key)) for track in song.tracks)
        return made.setdefault(choice, replace(song, tracks=tracks))  # of two threads, both get the first one's
    return known


def _is_set(track: Track, family: Family) -> bool:
    return track.family is family and track.family_reason == SET_BY_USER


def _with_family(track: Track, family: Family | None) -> Track:
    if family is None:
        return track
    guessed = track.guessed or track.family
    return replace(track, family=family, family_reason=SET_BY_USER, doubt="", guessed=guessed)


def families_of(song: Song, choices: Sequence[tuple[str, Family]]) -> Mapping[str, Family]:
    """`families_by_name`, with a DuvError for an expression that matches no track."""
    for text, family in choices:
        if not tracks_named(song, text):
            raise DuvError(
                f'no track has a name that matches "{text}", so none is taken for {family}',
                hint="'duv-studio inspect' shows the names",
            )
    return families_by_name(song, choices)


def families_by_name(song: Song, choices: Sequence[tuple[str, Family]]) -> Mapping[str, Family]:
    """Track.key -> family for (regular expression, family) pairs, the last that matches a track."""
    return {key: family for text, family in choices for key in tracks_named(song, text)}


def tracks_named(song: Song, text: str) -> list[str]:
    """Keys of the tracks whose name or sound a regular expression matches; DuvError when it is wrong."""
    pattern = compile_pattern(text, "family")
    return [track.key for track in song.tracks if pattern is not None and search(pattern, matched_name(track))]
