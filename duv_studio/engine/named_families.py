"""The families that a user chooses for tracks by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.patterns import compile_pattern, search
from duv_studio.engine.selection import matched_name


def families_by_name(song: Song, choices: Sequence[tuple[str, Family]]) -> Mapping[str, Family]:
    """Track.key -> family for (regular expression, family) pairs, the last that matches a track."""
    return {key: family for text, family in choices for key in tracks_named(song, text)}


def tracks_named(song: Song, text: str) -> list[str]:
    """Keys of the tracks whose name or sound a regular expression matches; DuvError when it is wrong."""
    pattern = compile_pattern(text, "family")
    return [track.key for track in song.tracks if pattern is not None and search(pattern, matched_name(track))]
