"""Doubles and echoes play what their source plays, at their own level, whatever is drawn, kept or left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.song import Family, Performance, Song
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from tests.songs import PPQ, Row, law, make_song, make_track, predict

LEAST_R = 0.95
FAMILIES = list(Family)


def tune(velocity: int = 90, notes: int = 64, length: int = 200) -> list[Row]:
    rng = np.random.default_rng(4)
    onsets = np.cumsum(rng.integers(1, 3, notes)) * PPQ // 2
    return [
        (int(on), length, int(p), velocity)
        for on, p in zip(onsets, rng.choice([60, 62, 64, 67, 69, 72], notes), strict=True)
    ]


def moved(rows: list[Row], later: int = 0, louder: float = 1.0) -> list[Row]:
    return [(on + later, length, pitch, round(v * louder)) for on, length, pitch, v in rows]


def song_of(*tracks: tuple[list[Row], Family], **own: Any) -> Song:
    return make_song(
        *(
            make_track(rows, index=i, name=f"Layer {i}", program=80, family=family, **{"channel": i} | own)
            for i, (rows, family) in enumerate(tracks)
        )
    )


def played(song: Song, seed: int = 0, **settings: Any) -> Performance:
    return render(song, predict(song, seed), Settings(**{"seed": seed, "drum_durations": True} | settings))


def r(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def ends(song: Song, performance: Performance, index: int) -> np.ndarray:
    return np.asarray(song.tracks[index].notes.onset + performance[index].duration)


@pytest.mark.parametrize("level", [30, 64, 90, 115])
@pytest.mark.parametrize("family", [f for f in FAMILIES if f not in (Family.DRUMS, Family.PERCUSSION)])
def test_layers_have_one_performance(family: Family, level: int) -> None:
    song = song_of((tune(level), Family.PIANO), (tune(level), family), (tune(round(0.7 * level)), Family.STRINGS))
    for seed in range(3):
        for intensity in (0.5, 0.9, 1.5):
            one, two, soft = played(song, seed, intensity=intensity)
            assert np.array_equal(one.velocity, two.velocity) and one.velocity.std() > 1.5
            assert r(one.velocity, soft.velocity) >= LEAST_R
            assert soft.velocity.mean() == pytest.approx(round(0.7 * level) / level * one.velocity.mean(), abs=1)
            performance = (one, two, soft)
            assert all(np.array_equal(ends(song, performance, 0), ends(song, performance, i)) for i in (1, 2))


@pytest.mark.parametrize("family", [Family.DRUMS, Family.PERCUSSION])
def test_layers_of_drums_strike_alike(family: Family) -> None:
    beat = [(i * PPQ // 2, 60, (36, 42, 38, 42)[i % 4], 100) for i in range(64)]
    kick = song_of((beat, family), (moved(beat, louder=0.8), family), channel=9)
    for seed in range(3):
        one, two = played(kick, seed)
        assert r(one.velocity, two.velocity) >= LEAST_R


@pytest.mark.parametrize("written", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("family", [f for f in FAMILIES if f not in (Family.DRUMS, Family.PERCUSSION)])
def test_an_echo_stays_as_soft_as_it_was_written_note_by_note(family: Family, written: float) -> None:
    song = song_of((tune(100), family), (moved(tune(100), 180, written), family))
    for seed in range(4):
        for settings in ({}, {"variation": 1.0}, {"intensity": 0.6}, {"level": 15.0}):
            source, echo = played(song, seed, **settings)
            assert r(source.velocity, echo.velocity) >= LEAST_R
            assert np.abs(echo.velocity / source.velocity - written).max() < 0.03
            assert np.array_equal(source.duration, echo.duration)


def test_a_flat_layer_takes_the_dynamics_that_were_written_for_its_source() -> None:
    rows = [(on, d, p, 50 + 3 * (k % 16)) for k, (on, d, p, _) in enumerate(tune())]
    song = song_of((rows, Family.PIANO), (tune(80), Family.STRINGS))
    source, layer = played(song)
    assert r(source.velocity, layer.velocity) >= LEAST_R
    assert abs(layer.velocity.mean() - 80) < 2


def test_a_layer_with_dynamics_of_its_own_keeps_them() -> None:
    fading = [(on, d, p, 100 - k) for k, (on, d, p, _) in enumerate(tune(notes=64))]
    song = song_of((tune(), Family.PIANO), (fading, Family.STRINGS))
    source, layer = played(song)
    assert r(layer.velocity - np.array([row[3] for row in fading]), source.velocity - 90) >= LEAST_R


def test_notes_that_are_only_one_s_and_lengths_that_differ_stay_each_one_s_own() -> None:
    rows = [(on, length, p + 1 if k % 10 == 0 else p, v) for k, (on, length, p, v) in enumerate(tune(length=400))]
    song = song_of((tune(), Family.OTHER), (rows, Family.OTHER))
    together, alone = played(song), played(song, track_included={song.tracks[0].key: False})
    own = np.arange(64) % 10 == 0
    assert np.abs(together[1].velocity - alone[1].velocity)[own].max() <= 1
    assert np.abs(together[1].velocity - alone[1].velocity)[~own].max() > 5
    assert np.array_equal(together[1].duration, alone[1].duration)


def test_who_follows_a_track_that_is_left_out_plays_for_itself() -> None:
    song = song_of((tune(), Family.PIANO), (tune(), Family.STRINGS))
    key = [track.key for track in song.tracks]
    together = played(song)
    without_source = played(song, track_included={key[0]: False})
    without_double = played(song, track_included={key[1]: False})
    strings = song_of((tune(), Family.PIANO), (tune(), Family.STRINGS))
    alone = render(strings, {1: predict(strings)[1]}, Settings(drum_durations=True))
    assert np.array_equal(without_source[1].velocity, alone[1].velocity)
    assert np.array_equal(without_source[1].duration, alone[1].duration)
    assert np.array_equal(without_source[0].velocity, song.tracks[0].notes.velocity)
    assert np.array_equal(without_double[1].velocity, song.tracks[1].notes.velocity)
    assert np.array_equal(without_double[0].velocity, together[0].velocity)
    assert not np.array_equal(together[1].velocity, alone[1].velocity)


@pytest.mark.parametrize("what", ["locked", "protected"])
def test_notes_that_are_kept_in_the_source_are_kept_in_its_doubles(what: str) -> None:
    song = song_of((tune(), Family.PIANO), (moved(tune(), louder=0.8), Family.STRINGS))
    kept = np.flatnonzero(song.tracks[0].notes.pitch == 64)
    key = song.tracks[0].key
    chosen: dict[str, Any] = (
        {"locked_notes": {key: frozenset(kept.tolist())}}
        if what == "locked"
        else {"protected_pitches": {key: frozenset({64})}}
    )
    for index, performance in enumerate(played(song, **chosen)):
        notes = song.tracks[index].notes
        assert np.array_equal(performance.velocity[kept], notes.velocity[kept])
        assert np.array_equal(performance.duration[kept], notes.duration[kept])


def test_each_track_has_its_own_strength() -> None:
    song = song_of((tune(), Family.PIANO), (tune(), Family.PIANO))
    key = song.tracks[0].key
    full, half = played(song, intensity=0.8), played(song, intensity=0.8, track_intensity={key: 0.5})
    assert np.array_equal(full[1].velocity, half[1].velocity) and np.array_equal(full[1].duration, half[1].duration)
    assert half[0].velocity.std() < 0.7 * half[1].velocity.std() and r(half[0].velocity, half[1].velocity) > LEAST_R


@law
@given(
    st.sampled_from(FAMILIES),
    st.sampled_from(FAMILIES),
    st.floats(0.2, 1.4),
    st.sampled_from([0, 4, 30, 180, 240]),
    st.integers(0, 99),
    st.sets(st.integers(0, 63), max_size=8),
)
def test_nothing_is_changed_at_intensity_0_and_what_is_kept_stays(
    one: Family, other: Family, louder: float, later: int, seed: int, locked: set[int]
) -> None:
    song = song_of((tune(), one), (moved(tune(), later, louder), other))
    off = played(song, seed, intensity=0.0)
    for track, performance in zip(song.tracks, off, strict=True):
        assert np.array_equal(performance.velocity, track.notes.velocity)
        assert np.array_equal(performance.duration, track.notes.duration)
    settings = Settings(seed=seed, variation=1.0, intensity=1.5, max_velocity_change=20, max_duration_change=0.3)
    chosen = replace(settings, locked_notes={song.tracks[1].key: frozenset(locked)})
    for track, performance in zip(song.tracks, render(song, predict(song, seed), chosen), strict=True):
        notes = track.notes
        assert (np.abs(performance.velocity - notes.velocity) <= 20).all()
        assert (np.abs(performance.duration - notes.duration) <= 0.3 * notes.duration).all()
        assert performance.velocity.min() >= 1 and performance.velocity.max() <= 127
    kept = sorted(locked)
    assert np.array_equal(performance.velocity[kept], notes.velocity[kept])
    assert np.array_equal(performance.duration[kept], notes.duration[kept])
