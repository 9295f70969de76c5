"""From a drawn performance to notes: blended with what the file holds, within the limits. Fast enough for a slider."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Performance, Song, Track, TrackPerformance
from duv_studio.engine.model.prediction import Draw, Prediction, TrackDraw, TrackPrediction
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.engine.music.selection import TrackSelection, locked_mask, select
from duv_studio.engine.music.settings import Settings, check_settings
from duv_studio.engine.performance.limits import TrackLimits
from duv_studio.engine.performance.performed_timing import keeps_lengths
from duv_studio.engine.performance.sampling import draw, draw_and_drop
from duv_studio.engine.performance.shared_performance import SharedPerformance, Strength, share
from duv_studio.engine.performance.velocity_range import UNTOUCHED

__all__ = ["blend", "draw", "render"]


def render(song: Song, prediction: Prediction, settings: Settings) -> Performance:
    """A performance from a prediction: select, draw, blend; milliseconds, so it can follow a slider.

    Returns one TrackPerformance per track, `velocity` 1..127 and `duration` in ticks, (n,). DuvError when a setting
    is out of range.
    """
    return render_by_and_by(song, [dict(prediction)], settings)


def render_by_and_by(song: Song, predictions: Iterable[dict[int, TrackPrediction]], settings: Settings) -> Performance:
    """The same from predictions of some instruments after the others, which are emptied.

    The parts of an instrument stand in one of them.
    """
    check_settings(settings)
    song = with_families(song, settings.track_family)
    selection = select(song, settings)
    drawn: dict[int, TrackDraw] = {}
    for prediction in predictions:
        for index in [index for index in prediction if not selection[index].included]:
            del prediction[index]
        drawn |= draw_and_drop(song, prediction, seed=settings.seed, variation=settings.variation)
    return blend(song, drawn, settings, selection)


def blend(song: Song, draw: Draw, settings: Settings, selection: Sequence[TrackSelection]) -> Performance:
    """Return the performance between the file and the draw, by intensity; at 0 exactly what the file holds.

    Above 1 it goes beyond the draw: differences in velocity and the logarithms of lengths grow on, within the same
    limits. Tracks that are not selected or not drawn, and protected and locked notes, keep their velocities and
    durations.
    """
    check_settings(settings)
    song = with_families(song, settings.track_family)
    played = {
        track.index: _strength(track, settings, selected, performed)
        for track, selected, performed in zip(song.tracks, selection, keeps_lengths(song, settings), strict=True)
        if selected.included and track.index in draw
    }
    switches = [selected.keyswitches for selected in selection]
    shared = share(song, draw, played, settings, switches)
    return tuple(
        _blend_track(track, shared, played[track.index], settings)
        if track.index in played
        else TrackPerformance(track.notes.velocity, track.notes.duration)
        for track in song.tracks
    )


def _strength(track: Track, settings: Settings, selected: TrackSelection, performed: bool) -> Strength:
    strength = settings.intensity * settings.track_intensity.get(track.key, 1.0)
    has_lengths = not performed and (settings.drum_durations or track.family != Family.DRUMS)
    kept = selected.protected
    if track.key in settings.locked_notes:
        kept = kept | locked_mask(track, settings)
    return Strength(
        velocity=strength * settings.velocity * settings.track_velocity.get(track.key, 1.0),
        duration=strength * settings.duration * settings.track_duration.get(track.key, 1.0) * has_lengths,
        kept=kept,
    )


def _blend_track(track: Track, shared: SharedPerformance, strength: Strength, settings: Settings) -> TrackPerformance:
    velocity, duration = track.notes.velocity, track.notes.duration
    room = UNTOUCHED
    limits = shared.limits(track.index)
    if strength.velocity > 0 and not strength.kept.all():  # or room would be made for nothing
        wanted, room = shared.aim(track.index, strength.velocity).blended(velocity, strength.velocity)
        velocity = _keep(velocity, _velocities(velocity, wanted, limits, settings.max_velocity_change), strength.kept)
    if strength.duration > 0:
        log_ratio = shared.log_ratio(track.index)
        played = _durations(duration, log_ratio, strength.duration, limits, settings.max_duration_change)
        duration = _keep(duration, shared.range(track.index).holding(played), strength.kept)
    return TrackPerformance(velocity, duration, room.shift, room.spread)


def _velocities(written: IntArray, wanted: FloatArray, limits: TrackLimits, most: int | None) -> IntArray:
    _bend(wanted, wanted > limits.knee_high, limits.knee_high, 127.0)
    _bend(wanted, wanted < limits.knee_low, limits.knee_low, 1.0)
    if most is not None:
        np.clip(wanted, written - most, written + most, out=wanted)
    return np.clip(np.floor(wanted + limits.round_up), 1, 127).astype(np.int64)


def _bend(wanted: FloatArray, beyond: NDArray[np.bool_], knee: FloatArray, end: float) -> None:
    """Lead values beyond the knee smoothly towards the end of the scale, in place, so that loud notes stay apart."""
    at = np.flatnonzero(beyond)
    room = np.maximum(np.abs(end - knee[at]), 1e-9)
    wanted[at] = knee[at] + room * np.tanh((wanted[at] - knee[at]) / room)


def _durations(
    written: IntArray, log_ratio: FloatArray, strength: float, limits: TrackLimits, most: float | None
) -> IntArray:
    # A multiplication by a ratio is an addition of its logarithm: the blend is even to the ear at every strength.
    wanted = np.rint(written * np.exp2(strength * log_ratio))
    shortest, longest = limits.shortest, limits.longest
    if most is not None:
        shortest = np.maximum(shortest, np.ceil(written * (1 - most)).astype(np.int64))
        longest = np.minimum(longest, np.floor(written * (1 + most)).astype(np.int64))
    return np.clip(wanted, shortest, longest).astype(np.int64)


def _keep(written: IntArray, played: IntArray, kept: NDArray[np.bool_]) -> IntArray:
    result = np.where(kept, written, played)
    result.flags.writeable = False
    return result
