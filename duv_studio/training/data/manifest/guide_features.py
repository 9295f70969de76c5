"""The guide's features of a played track, as its line holds them; docs/manifest.md defines every one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.hints import HINTS, hints_of
from duv_studio.engine.features.instrument_hints import swing_ratio
from duv_studio.engine.features.song_hints import NONE, track_sections
from duv_studio.engine.midi.song import Family, FloatArray
from duv_studio.engine.music.chords import CHORD_GAP
from duv_studio.training.data.manifest.arrays import DECIMALS
from duv_studio.training.data.played_track import PlayedTrack

VELOCITY_STEP = 15.0  # velocities that 1 of vel_norm stands for


def guide_features(track: PlayedTrack) -> dict[str, NDArray[np.generic]]:
    """The parallel arrays (n,) of a track's n notes, by the guide's names and in its order."""
    onset = np.round(track.onset, DECIMALS)  # first rounded, then subtracted: so that intervals add up to the onsets
    step = np.diff(onset)
    beat = np.round(track.beat, DECIMALS)
    return {
        "beat_pos": beat,
        "beat_frac": beat % 1.0,
        "pitch": track.pitch,
        "velocity": _whole(track.velocity),
        "dur_beats": track.played_duration,
        "prev_ioi": np.concatenate([[0.0], step]),
        "next_ioi": np.append(step, _last_length(track)),
        "is_downbeat": (np.abs(track.beat) < CHORD_GAP).astype(np.int64),
        "vel_norm": np.round((track.velocity - track.velocity.mean()) / VELOCITY_STEP, 4),
    }


def hint_features(track: PlayedTrack) -> dict[str, NDArray[np.generic]]:
    """The hints that are meant for the track's family, (n,) or (n, columns) by name, of what was played.

    Those that only the song tells are left out where the track does not hold them.
    """
    found: dict[str, NDArray[np.generic]] = {}
    table = track.table(duration=np.where(np.isnan(track.played_duration), track.duration, track.played_duration))
    for name, hint in HINTS.items():
        meant = not hint.families or track.family in hint.families
        if meant and (hint.compute is not None or name in track.hints):
            columns = hints_of(table, [name], track.hints).astype(np.float64)
            found[name] = _whole(columns if hint.columns > 1 else columns[:, 0])
    return found


def seconds_of(track: PlayedTrack) -> float:
    """Seconds from the first onset to the end of the last note, at the tempo of every note."""
    held = np.where(np.isnan(track.played_duration), track.duration, track.played_duration)
    start = np.concatenate([[0.0], np.cumsum(np.diff(track.onset) * 60 / track.bpm[:-1])])
    return float(np.max(start + held * 60 / track.bpm))


def _last_length(track: PlayedTrack) -> float:
    played = float(track.played_duration[-1])
    return float(track.duration[-1]) if np.isnan(played) else played


def _whole(values: FloatArray) -> NDArray[np.generic]:
    """As integers where all are whole: 80, not 80.0."""
    return values.astype(np.int64) if np.array_equal(values, np.round(values)) else values


def with_hints(track: PlayedTrack) -> tuple[PlayedTrack, str]:
    """The track with its sections and its swing, and the source of the sections.

    Both come from the quantised onsets: swing is as fine as the grid. Of strums quantised onsets tell nothing.
    """
    if track.free:
        return track, NONE
    bar = track.bar - int(track.bar.min())
    found = track_sections(bar, track.pitch, track.family is Family.DRUMS)
    swing = swing_ratio(track.onset, track.bar, track.beat, track.denominator)
    hints = {"section_onehot": found.one_hot(bar), "swing_hint": np.full((len(track), 1), swing)}
    return replace(track, hints=hints | dict(track.hints)), found.source
