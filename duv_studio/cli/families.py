"""The families that `--family` chooses, for the tracks of a song."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.engine.song import Family, Song


def families_of(song: Song, choices: Sequence[tuple[str, Family]]) -> Mapping[str, Family]:
    """Track.key -> family for (regular expression, family) pairs, the last that matches a track; DuvError for none."""
    from duv_studio.engine.patterns import compile_pattern, search
    from duv_studio.engine.selection import matched_name

    chosen: dict[str, Family] = {}
    for text, family in choices:
        pattern = compile_pattern(text, "family")
        matched = [track.key for track in song.tracks if pattern is not None and search(pattern, matched_name(track))]
        if not matched:
            raise DuvError(
                f'no track has a name that matches "{text}", so none is taken for {family}',
                hint="'duv-studio inspect' shows the names",
            )
        chosen |= dict.fromkeys(matched, family)
    return chosen
