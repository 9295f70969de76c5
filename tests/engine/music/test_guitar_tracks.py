"""Strings of a guitar on tracks of their own: read together, and damped together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.model.prediction import TrackPrediction
from duv_studio.engine.music.ensemble import groups
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from tests.songs import PPQ, Row, make_song, make_track, predict

SHAPES = ((64, 60, 55, 52, 48, 43), (65, 60, 57, 53, 48, 41), (67, 59, 55, 50, 47, 43))
TOGETHER = 2**0.02 * 1.12  # longest to shortest tail of a chord, and rounding to ticks


def strings(count: int = 6, beats: int = 32, **own: Any) -> Song:
    rows: list[list[Row]] = [
        [(beat * PPQ, 430, SHAPES[beat % 3][k], 90) for beat in range(beats)] for k in range(count)
    ]
    return song_of(rows, **own)


def song_of(rows: list[list[Row]], **own: Any) -> Song:
    def of(k: int) -> dict[str, Any]:
        given = {key: value[k] if isinstance(value, list) else value for key, value in own.items()}
        return {"channel": k, "name": f"Guitar {k + 1}", "program": 25, "family": Family.GUITAR} | given

    return make_song(*(make_track(one, index=k, **of(k)) for k, one in enumerate(rows)))


@pytest.mark.parametrize(
    ("what", "song"),
    [
        ("numbers", strings()),
        ("letters", strings(name=[f"Guitar {s}" for s in "EBGDAE"])),
        ("strings by name", strings(name=[f"Gtr string {k}" for k in range(6)])),
        ("one name", strings(name="Steel Guitar")),
        ("a bass of four", strings(4, name=[f"Bass {s}" for s in "GDAE"], family=Family.BASS, program=33)),
    ],
)
def test_strings_are_one_guitar(what: str, song: Song) -> None:
    assert groups(song) == (tuple(range(len(song.tracks))),), what


@pytest.mark.parametrize(
    ("what", "song"),
    [
        ("other names", strings(name=["Rhythm", "Lead", "Solo", "Acoustic", "Slide", "Twelve"])),
        ("other sounds", strings(program=[24, 25, 26, 27, 28, 29])),
        ("three guitars", strings(3)),
        ("one channel", strings(channel=0)),
        ("violins", strings(family=Family.STRINGS, program=40)),
        ("chords on each", song_of([[(b * PPQ, 430, 40 + 4 * k, 90) for b in range(16) for k in (0, 1)]] * 6)),
        ("one after the other", song_of([[((6 * b + k) * PPQ, 430, 50, 90) for b in range(9)] for k in range(6)])),
        ("doubles of one line", song_of([[(b * PPQ, 430, SHAPES[b % 3][0], 90) for b in range(32)]] * 6)),
    ],
)
def test_guitarists_are_several(what: str, song: Song) -> None:
    assert groups(song) == tuple((i,) for i in range(len(song.tracks))), what


def tails(song: Song, prediction: dict[int, TrackPrediction], **settings: Any) -> float:
    """The longest tail of a chord over its shortest, at most."""
    played = render(song, prediction, Settings(variation=1.0, **settings))
    durations = np.stack([performance.duration for performance in played])
    return float((durations.max(axis=0) / durations.min(axis=0)).max())


@pytest.mark.parametrize("family", [Family.GUITAR, Family.BASS])
@pytest.mark.parametrize("seed", range(3))
def test_strings_that_are_struck_together_end_together(family: Family, seed: int) -> None:
    song = strings(family=family)
    alone = predict(song, seed)
    (group,) = groups(song)
    together = {index: TrackPrediction(**vars(of_track) | {"group": group}) for index, of_track in alone.items()}
    assert tails(song, alone, seed=seed) > 1.3
    assert tails(song, together, seed=seed, intensity=1.0) < TOGETHER
    locked = {song.tracks[2].key: frozenset({0, 5})}
    kept = render(song, together, Settings(seed=seed, locked_notes=locked))[2]
    assert (kept.duration[[0, 5]] == 430).all() and (kept.velocity[[0, 5]] == 90).all()
