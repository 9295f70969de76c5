"""Strings of a guitar on tracks of their own: the hand that damps one damps all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.note_features import State
from duv_studio.engine.features.part_merging import merge_tracks
from duv_studio.engine.midi.song import Song, Track
from duv_studio.engine.model.prediction import Draw, Prediction, TrackPrediction
from duv_studio.engine.music.guitar_tracks import PLUCKED
from duv_studio.engine.performance.articulation import even_chord_tails, shape_durations


def even_strings(song: Song, prediction: Prediction, drawn: Draw) -> Draw:
    """The draw with chords that end together across the strings of each guitar, as they do in one track."""
    result = dict(drawn)
    for group in {of_track.group for of_track in prediction.values() if len(of_track.group) > 1}:
        members = [index for index in group if index in drawn and song.tracks[index].family in PLUCKED]
        if len(members) > 1:
            result |= _evened(song, {index: prediction[index] for index in members}, drawn)
    return result


def _evened(song: Song, strings: Prediction, drawn: Draw) -> Draw:
    free = {index: _free(of_track) for index, of_track in strings.items()}
    read = {index: _only(song.tracks[index], free[index]) for index in strings if len(free[index])}
    if not read:
        return {}
    merged, places = merge_tracks(list(read.values()))
    ratios = np.empty(len(merged.notes))
    for index, place in zip(read, places, strict=True):
        ratios[place] = drawn[index].log_ratio[free[index]]
    ratios = even_chord_tails(song, merged, ratios)
    result = {}
    for (index, track), place in zip(read.items(), places, strict=True):
        log_ratio = drawn[index].log_ratio.copy()
        log_ratio[free[index]] = shape_durations(song, track, ratios[place], strings[index].articulation)
        result[index] = replace(drawn[index], log_ratio=log_ratio)
    return result


def _free(of_track: TrackPrediction) -> NDArray[np.int64]:
    """Which notes of the track may change."""
    return of_track.notes if of_track.state is None else of_track.notes[of_track.state != State.LOCKED]


def _only(track: Track, notes: NDArray[np.int64]) -> Track:
    return replace(track, notes=track.notes.only(notes))
