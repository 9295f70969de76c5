"""Hints for tracks of the data sets, of which no file but only the notes on their grid are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from duv_studio.engine.features.instrument_hints import swing_ratio
from duv_studio.engine.features.song_hints import NONE, track_sections
from duv_studio.engine.midi.song import Family
from duv_studio.training.data.played_track import PlayedTrack


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
