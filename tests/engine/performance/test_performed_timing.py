"""Tracks that were performed without a grid keep their lengths unless asked; nothing that a sequencer wrote counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Song
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from duv_studio.engine.performance.performed_timing import performed_tracks
from tests.midi_builder import NoteTuple, TrackSpec, build_song
from tests.songs import predict

PPQ = 480
NOTES = 240


def rows_at(beats: np.ndarray, pitch: int = 60, length: int = 100) -> list[NoteTuple]:
    return [(int(t), length, pitch + k % 5, 60 + k % 40) for k, t in enumerate(np.sort(np.round(beats * PPQ)))]


def grid(step: float) -> np.ndarray:
    return np.arange(NOTES) * step


def swung(share: float) -> np.ndarray:
    return np.sort(np.concatenate([np.arange(NOTES / 2), np.arange(NOTES / 2) + share]))


def free(seed: int, count: int = NOTES) -> np.ndarray:
    """A player without a click: the tempo wanders by a few per cent, and the file's tempo is none of his."""
    rng = np.random.default_rng(seed)
    waits = rng.choice([0.25, 0.5, 0.5, 1.0], count) * np.exp(np.cumsum(rng.normal(0, 0.02, count)))
    return np.cumsum(waits * 0.93)


def loose(beats: np.ndarray, ms: float, bpm: float, kind: str = "normal") -> np.ndarray:
    rng = np.random.default_rng(5)
    shift = rng.normal(0, ms, len(beats)) if kind == "normal" else rng.uniform(-ms, ms, len(beats))
    return np.maximum(beats + shift / 1000 * bpm / 60, 0)


mixed = np.unique(np.concatenate([k + np.arange(4 if k % 2 else 3) / (4 if k % 2 else 3) for k in range(60)]))
SEQUENCED: dict[str, np.ndarray] = {
    "sixteenths": grid(1 / 4),
    "triplets": grid(1 / 3),
    "sixteenths and triplets": mixed,
    "32nds": grid(1 / 8),
    "sextuplets": grid(1 / 6),
    "quarters": grid(1.0),
    "half notes": grid(2.0),
    "swing 55": swung(0.55),
    "swing 60": swung(0.60),
    "swing 67": swung(0.667),
    "swing 71": swung(0.71),
    "laid back by 20 ms": grid(0.5) + 0.04,
    "three against four": np.unique(np.concatenate([grid(3 / 4), grid(1 / 3)])),
    "dotted eighths": grid(3 / 4),
}


@pytest.mark.parametrize("bpm", [60, 90, 120, 150, 180])
@pytest.mark.parametrize("name", SEQUENCED)
def test_what_was_sequenced_is_not_performed(name: str, bpm: float) -> None:
    beats = SEQUENCED[name]
    # as written; with a humanizer's ±5 ms and ±10 ms; played to a click
    kinds: list[tuple[float, str]] = [(0, "normal"), (5, "uniform"), (10, "uniform"), (8, "normal")]
    for ms, kind in kinds:
        song = song_of(loose(beats, ms, bpm, kind), bpm=bpm)
        assert performed_tracks(song) == (False,), (name, bpm, ms)


@pytest.mark.parametrize("bpm", [60, 100, 140])
@pytest.mark.parametrize("ms", [12, 18])
def test_players_to_a_click_are_not_free(bpm: float, ms: float) -> None:
    for step in (0.5, 1.0):
        assert performed_tracks(song_of(loose(grid(step), ms, bpm), bpm=bpm)) == (False,)


def test_a_ritardando_that_is_written_as_tempo_is_none() -> None:
    tempos = [(k * PPQ, 120 - k) for k in range(60)]
    song = midi_file.parse(build_song([TrackSpec(rows_at(grid(0.5)), program=0)], ppq=PPQ, tempos=tempos))
    assert performed_tracks(song) == (False,)


def song_of(*tracks: np.ndarray, bpm: float = 120, **how: Any) -> Song:
    specs = [TrackSpec(rows_at(beats), channel=k, program=(0, 25, 40)[k], **how) for k, beats in enumerate(tracks)]
    return midi_file.parse(build_song(specs, ppq=PPQ, tempos=[(0, bpm)]))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bpm", [60, 100, 120, 180])
def test_players_without_a_click_are_performed(seed: int, bpm: float) -> None:
    assert performed_tracks(song_of(free(seed), bpm=bpm)) == (True,)


def test_each_track_is_judged_and_short_ones_by_the_song() -> None:
    assert performed_tracks(song_of(free(1), grid(0.5))) == (True, False)
    assert performed_tracks(song_of(free(1), free(2, 20))) == (True, True)
    assert performed_tracks(song_of(grid(0.5), free(2, 20))) == (False, False)


def test_lengths_stay_as_played_unless_asked() -> None:
    song = song_of(free(3), grid(0.5))
    prediction = predict(song)
    ours, theirs = (track.notes.duration for track in song.tracks)
    key = song.tracks[0].key
    by_default = render(song, prediction, Settings())
    np.testing.assert_array_equal(by_default[0].duration, ours)
    assert (by_default[0].velocity != song.tracks[0].notes.velocity).mean() > 0.5
    assert (by_default[1].duration != theirs).mean() > 0.5
    asked: list[dict[str, Any]] = [{"performed_durations": True}, {"articulation": 1.0}, {"track_duration": {key: 1.0}}]
    for how in asked:
        assert (render(song, prediction, Settings(**how))[0].duration != ours).mean() > 0.5, how
    off = render(song, prediction, Settings(intensity=0.0, performed_durations=True))
    np.testing.assert_array_equal(off[0].duration, ours)
