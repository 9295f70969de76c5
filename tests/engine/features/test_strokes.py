"""The model reads a stroke over strings as the chord that it is, at any tempo and of any width."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.features.note_features import FLOAT_FEATURES, Features, features, note_table
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Song
from tests.midi_builder import NoteTuple, TrackSpec, build_song

PPQ = 960
STRINGS = (40, 47, 52, 56, 59, 64)
BEATS = (0, 1, 1.5, 2.5, 3, 3.5)  # down, down up, up down up
LONGEST = 0.4  # beats from the first string until all are damped


def strummed(bpm: float, spread: float, program: int = 25) -> Song:
    rows: list[NoteTuple] = []
    for bar in range(16):
        for beat in BEATS:
            start, strings = round((bar * 4 + beat) * PPQ), STRINGS if beat % 1 == 0 else STRINGS[::-1]
            end = start + round(LONGEST * PPQ)
            for k, pitch in enumerate(strings):
                onset = start + round(k / 5 * spread * bpm / 60 * PPQ)
                rows.append((onset, end - onset, pitch, 80))
    return midi_file.parse(build_song([TrackSpec(sorted(rows), program=program)], ppq=PPQ, tempos=[(0, bpm)]))


def read(song: Song) -> tuple[Features, np.ndarray]:
    """Features, and the order from low to high within every chord."""
    (track,) = song.tracks
    made = features(note_table(song, track, np.ones(len(track.notes), bool)))
    return made, np.lexsort((track.notes.pitch, np.arange(len(track.notes)) // 6))


@pytest.mark.parametrize("bpm", [60, 90, 120, 150, 180])
@pytest.mark.parametrize("spread", [0.02, 0.04, 0.06])
@pytest.mark.parametrize("program", [25, 46, 0], ids=["guitar", "harp", "piano"])
def test_a_stroke_is_read_as_a_chord(bpm: float, spread: float, program: int) -> None:
    block, by_pitch = read(strummed(bpm, 0.0, program))
    spread_out, order = read(strummed(bpm, spread, program))
    np.testing.assert_array_equal(spread_out.indices[order], block.indices[by_pitch])
    columns = [k for k, name in enumerate(FLOAT_FEATURES) if name != "place"]  # the number of the note in the track
    np.testing.assert_allclose(spread_out.floats[order][:, columns], block.floats[by_pitch][:, columns], atol=0.02)
