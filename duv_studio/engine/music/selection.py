"""Which tracks are humanized, and which of their notes are protected or locked, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import PerSong, Song, Track
from duv_studio.engine.music.drum_pieces import describe_kept
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.engine.music.felt_beat import in_felt_beats
from duv_studio.engine.music.keyswitch import describe_keyswitches, find_keyswitches
from duv_studio.engine.music.name_patterns import NamePattern, Patience, compile_pattern, matched_name
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError

__all__ = ["TrackSelection", "compile_pattern", "select"]


@dataclass(frozen=True)
class TrackSelection:
    """What happens to one track of n notes; the reasons are short phrases for people."""

    included: bool
    reason: str
    protected: NDArray[np.bool_]  # (n,) notes that stay as they are
    protected_reason: str  # "" when no note is protected
    keyswitches: NDArray[np.bool_]  # (n,) those of them that are not heard: the model does not read them


def select(song: Song, settings: Settings) -> tuple[TrackSelection, ...]:
    """Return one selection per track of the song; DuvError when a pattern is wrong or takes too long.

    A choice by hand beats both patterns, exclude beats include. Which notes are key-switches depends on the families
    that the settings choose.
    """
    song = with_families(song, settings.track_family)
    include = compile_pattern(settings.include, "include")
    exclude = compile_pattern(settings.exclude, "exclude")
    patience = Patience()
    reasons = [_included(t, settings.track_included.get(t.key), include, exclude, patience) for t in song.tracks]
    song = in_felt_beats(song)
    return tuple(
        _select_track(song, track, settings, *reason) for track, reason in zip(song.tracks, reasons, strict=True)
    )


def _select_track(song: Song, track: Track, settings: Settings, included: bool, reason: str) -> TrackSelection:
    switches = _keyswitches(song, track, settings)
    kept = _of_pitches(track, settings.protected_pitches) & ~switches
    protected = switches | kept
    reasons = (_switch_reason(track, switches, settings), describe_kept(track, kept))
    for mask in (switches, protected):
        mask.flags.writeable = False
    return TrackSelection(included, reason, protected, "; ".join(filter(None, reasons)), switches)


_found_in: PerSong[tuple[NDArray[np.bool_], ...]] = PerSong(
    lambda song: tuple(find_keyswitches(track, song.ppq) for track in song.tracks)
)


def _keyswitches(song: Song, track: Track, settings: Settings) -> NDArray[np.bool_]:
    if track.key in settings.keyswitches:
        return _of_pitches(track, settings.keyswitches)
    return _found_in(song)[track.index] if settings.protect_keyswitches else np.zeros(len(track.notes), bool)


def _switch_reason(track: Track, switches: NDArray[np.bool_], settings: Settings) -> str:
    return describe_keyswitches(track, switches, named=track.key in settings.keyswitches)


def _of_pitches(track: Track, pitches: Mapping[str, frozenset[int]]) -> NDArray[np.bool_]:
    return np.isin(track.notes.pitch, list(pitches.get(track.key, ())))


def _included(
    track: Track, by_hand: bool | None, include: NamePattern | None, exclude: NamePattern | None, patience: Patience
) -> tuple[bool, str]:
    if by_hand is not None:
        return by_hand, "switched on by hand" if by_hand else "switched off by hand"
    name = matched_name(track)
    if exclude is not None and patience.search(exclude, name):
        return False, f'excluded by "{exclude.pattern}"'
    if include is None:
        return True, "included"
    if patience.search(include, name):
        return True, f'matches include "{include.pattern}"'
    return False, f'not matched by include "{include.pattern}"'


def locked_mask(track: Track, settings: Settings) -> NDArray[np.bool_]:
    """Return which of the track's n notes are locked, (n,); DuvError when a note is locked that is not there."""
    mask = np.zeros(len(track.notes), bool)
    locked = settings.locked_notes.get(track.key)
    if locked:
        index = np.fromiter(locked, np.int64, len(locked))
        if index.min() < 0 or index.max() >= len(mask):
            raise DuvError(f"a note of track {track.key} is locked that it does not have")
        mask[index] = True
    return mask
