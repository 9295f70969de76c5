"""The families that `--family` chooses, for the tracks of a song."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.engine.midi.song import Family, Song


def families_of(song: Song, choices: Sequence[tuple[str, Family]]) -> Mapping[str, Family]:
    """Track.key -> family for (regular expression, family) pairs, the last that matches a track; DuvError for none."""
    from duv_studio.engine.music.family_overrides import families_by_name, tracks_named

    for text, family in choices:
        if not tracks_named(song, text):
            raise DuvError(
                f'no track has a name that matches "{text}", so none is taken for {family}',
                hint="'duv-studio inspect' shows the names",
            )
    return families_by_name(song, choices)
