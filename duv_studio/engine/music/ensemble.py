"""Tracks that are parts of one instrument and read together: a pianist's hands, the pieces of a kit, guitar strings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable

import numpy as np

from duv_studio.engine.midi.instrument_names import plain
from duv_studio.engine.midi.instruments import is_kit
from duv_studio.engine.midi.song import Family, PerSong, Song, Track
from duv_studio.engine.music.drum_pieces import plays_one_piece
from duv_studio.engine.music.guitar_tracks import string_tracks

Group = tuple[int, ...]  # indices into Song.tracks, ascending

_HAND = re.compile(
    r"\b(right|left|rechte|linke|rechts|links)( hand)?\b|\b[rl] ?h(and)?\b|\b[rl]\b"
    r"|\b(upper|lower|treble|bass|top|bottom)( (staff|stave|clef|voice|part))?\b"
    r"|\bmain (droite|gauche)\b|\bm [dgs]\b|\bmano (destra|sinistra|derecha|izquierda)\b|右手|左手"
)
_PIANO = re.compile(r"\b((grand|acoustic) )*(piano|pianoforte|klavier|pno|pf)\b|ピアノ")
_NO_NAME = re.compile(r"((track|midi|inst|instrument|channel|ch|staff|stave|part|voice|spur|piste|pista|トラック) ?)*")
_DOUBLED_SHARE = 0.5  # of the smaller part's notes are also in the other: a doubled track, not another hand


def groups(song: Song) -> tuple[Group, ...]:
    """Return every track of the song in one group, alone or with the other parts of its instrument."""
    return _remembered(song)


def _group(song: Song) -> tuple[Group, ...]:
    together: dict[Hashable, list[int]] = defaultdict(list)
    strings = {} if song.source.format == 2 else string_tracks(song)
    for track in song.tracks:
        together[strings.get(track.index) or _instrument(song, track)].append(track.index)
    return tuple(sorted(group for members in together.values() for group in _apart_if_doubled(song, members)))


_remembered = PerSong(_group)


def _instrument(song: Song, track: Track) -> Hashable:
    """What parts of one instrument have in common; the index of a track that can be part of none."""
    if song.source.format == 2:  # its sequences are not played together
        return track.index
    if track.family is Family.DRUMS:
        return Family.DRUMS, "pieces" if _holds_pieces(song, track.channel) else track.channel
    if track.family is Family.PIANO and (_says_something(track.name) or _is_pair_without_names(song)):
        return Family.PIANO, track.program or 0, _stem(track.name)
    return track.index


def _holds_pieces(song: Song, channel: int) -> bool:
    """Whether all drums on an ordinary channel are single pieces of a kit, which may have a channel for each."""
    drums = [track for track in song.tracks if track.family is Family.DRUMS and track.channel == channel]
    return all(plays_one_piece(track) and not is_kit(track) for track in drums)


def _stem(name: str) -> str:
    """A track's name without what tells one hand, one staff or one number from another."""
    rest = _PIANO.sub(" ", _HAND.sub(" ", plain(name)))
    return " ".join(rest.split())


def _says_something(name: str) -> bool:
    return _NO_NAME.fullmatch(plain(name)) is None


def _is_pair_without_names(song: Song) -> bool:
    """Whether the song is two nameless tracks: a piano piece, as notation programs and converters write it."""
    return len(song.tracks) == 2 and not any(_says_something(track.name) for track in song.tracks)


def _apart_if_doubled(song: Song, members: list[int]) -> list[Group]:
    """The members as one group, but alone those that strike mostly what an earlier one strikes."""
    group: list[int] = members[:1]
    alone: list[int] = []
    for index in members[1:]:
        doubled = any(_is_doubled(song.tracks[index], song.tracks[other]) for other in group)
        (alone if doubled else group).append(index)
    return [tuple(group), *((index,) for index in alone)]


def _is_doubled(one: Track, other: Track) -> bool:
    mine, theirs = (np.unique(track.notes.onset * 128 + track.notes.pitch) for track in (one, other))
    return len(np.intersect1d(mine, theirs)) > _DOUBLED_SHARE * min(len(mine), len(theirs))
