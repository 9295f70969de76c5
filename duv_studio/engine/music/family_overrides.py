"""The families that a user chose for tracks, instead of those that were guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from duv_studio.engine.midi.song import Family, PerSong, Song, Track
from duv_studio.engine.music.name_patterns import Patience, compile_pattern, matched_name
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
    for (text, family), keys in zip(choices, _named(song, choices), strict=True):
        if not keys:
            raise DuvError(
                f'no track has a name that matches "{text}", so none is taken for {family}',
                hint="'duv-studio inspect' shows the names",
            )
    return families_by_name(song, choices)


def families_by_name(song: Song, choices: Sequence[tuple[str, Family]]) -> Mapping[str, Family]:
    """Track.key -> family for (regular expression, family) pairs, the last that matches a track.

    DuvError for an expression that is wrong or takes too long.
    """
    named = zip(choices, _named(song, choices), strict=True)
    return {key: family for (_, family), keys in named for key in keys}


def _named(song: Song, choices: Sequence[tuple[str, Family]]) -> list[list[str]]:
    """For each choice the keys of the tracks whose name or sound its expression matches."""
    patterns, patience = [compile_pattern(text, "family") for text, _ in choices], Patience()
    return [
        [track.key for track in song.tracks if pattern is not None and patience.search(pattern, matched_name(track))]
        for pattern in patterns
    ]
