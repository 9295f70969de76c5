"""The same sound is the same music: twice the note values at twice the tempo, or half, is read and played the same."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duv_studio.engine.features.note_features import NoteTable, features, note_table
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.music.family_overrides import with_families
from duv_studio.engine.music.felt_beat import felt_denominator, in_felt_beats
from duv_studio.engine.performance.limits import limits_of
from duv_studio.training.data.corpora.common import played_from_song
from tests.midi_builder import NoteTuple, TrackSpec, build_song

PPQ = 480
BARS = 12
Rows = list[NoteTuple]


def strums() -> Rows:
    """Eighths and quarters, each stroke 60 ms at 120 BPM."""
    chords = ((40, 47, 52, 56, 59, 64), (45, 52, 57, 61, 64), (50, 57, 62, 66))
    rows = []
    for bar in range(BARS):
        for beat in (0, 1, 1.5, 2.5, 3, 3.5):
            strings = chords[bar % 3] if beat % 1 == 0 else chords[bar % 3][::-1]
            at = round((bar * 4 + beat) * PPQ)
            rows += [(at + 10 * k, 216 - 10 * k, pitch, 80) for k, pitch in enumerate(strings)]
    return sorted(rows)


def drums() -> Rows:
    rows = []
    for at in range(BARS * 16):
        place = at % 16
        rows += [(at * 120, 60, 42, 80)] if place % 2 == 0 else []
        rows += [(at * 120, 60, drum, 80) for drum, places in ((36, (0, 6, 8)), (38, (4, 12))) if place in places]
    return rows


def line(low: int, high: int, values: Sequence[int], seed: int) -> Callable[[], Rows]:
    """Notes of these lengths in ticks, in steps up and down."""

    def make() -> Rows:
        rng, rows, at, pitch = np.random.default_rng(seed), [], 0, (low + high) // 2
        while at < BARS * 4 * PPQ:
            length = int(rng.choice(values))
            pitch = int(np.clip(pitch + rng.integers(-4, 5), low, high))
            rows.append((at, length - 20, pitch, 80))
            at += length
        return rows

    return make


def piano() -> Rows:
    rows = []
    for beat in range(BARS * 4):
        rows += [(beat * PPQ + k * 240, 230, 48 + (0, 7, 12, 16)[(2 * beat + k) % 4], 72) for k in (0, 1)]
        rows.append((beat * PPQ, 440, 72 + (0, 4, 2, 7, 9)[beat % 5], 84))
    return sorted(rows)


MUSIC: dict[str, tuple[Callable[[], Rows], dict[str, Any]]] = {
    "strums": (strums, {"program": 25}),
    "drums": (drums, {"channel": 9}),
    "bass": (line(30, 52, (240, 240, 480), 1), {"program": 33}),
    "piano": (piano, {"program": 0}),
    "strings": (line(55, 84, (240, 480, 480, 960), 2), {"program": 40}),
}
TEMPI = [60, 75, 90, 110, 120, 140, 160, 180]


def song_of(
    rows: Rows, how: dict[str, Any], bpm: float, factor: float, signatures: Sequence[tuple[int, int, int]] = ()
) -> Song:
    """The music with `factor` times the note values at `factor` times the tempo."""
    notes = [(round(onset * factor), round(duration * factor), pitch, v) for onset, duration, pitch, v in rows]
    data = build_song([TrackSpec(notes, **how)], ppq=PPQ, tempos=[(0, bpm * factor)], signatures=signatures)
    return midi_file.parse(data)


def read(song: Song) -> NoteTable:
    (track,) = song.tracks
    return note_table(song, track, np.ones(len(track.notes), bool))


def assert_same_table(one: NoteTable, other: NoteTable) -> None:
    for field in fields(NoteTable):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6, err_msg=field.name)  # tempi are whole microseconds
        else:
            assert a == b, field.name


@pytest.mark.parametrize("factor", [0.25, 0.5, 2.0, 4.0])
@pytest.mark.parametrize("bpm", TEMPI)
@pytest.mark.parametrize("name", MUSIC)
def test_all_ways_to_write_it_are_read_the_same(name: str, bpm: float, factor: float) -> None:
    make, how = MUSIC[name]
    one, other = (read(song_of(make(), how, bpm, f)) for f in (1.0, factor))
    if factor >= 1:  # quarters of a tick would be rounded
        assert_same_table(one, other)
    np.testing.assert_allclose(features(one).floats, features(other).floats, atol=0.02)
    np.testing.assert_array_equal(features(one).indices, features(other).indices)


@pytest.mark.parametrize(
    ("written", "rewritten"),
    [((4, 4), (4, 2)), ((4, 4), (4, 4)), ((3, 4), (3, 2)), ((3, 4), (3, 4)), ((2, 4), (2, 2)), ((6, 8), (6, 8))],
    ids=str,
)
def test_bars_are_those_that_are_heard(written: tuple[int, int], rewritten: tuple[int, int]) -> None:
    """Twice the note values may have bars of as many notes, or of as many beats."""
    rows, how = MUSIC["piano"][0](), MUSIC["piano"][1]
    one, other = (
        read(song_of(rows, how, 110, f, [(0, *signature)])) for f, signature in ((1.0, written), (2.0, rewritten))
    )
    assert_same_table(one, other)
    length = 4 * written[0] / written[1]
    np.testing.assert_allclose(one.bar_length, length)
    np.testing.assert_array_equal(other.bar, one.onset // length)


def test_a_pick_up_stays_a_bar_of_its_own() -> None:
    rows = [(k * 240, 220, 60 + k % 7, 80) for k in range(2, 130)]
    signatures = [(0, 1, 4), (PPQ, 4, 4)]
    one = read(song_of(rows, {"program": 0}, 110, 1.0, signatures))
    other = read(song_of(rows, {"program": 0}, 110, 2.0, [(2 * t, n, d) for t, n, d in signatures]))
    np.testing.assert_array_equal(one.bar, other.bar)
    np.testing.assert_allclose(one.beat, other.beat)
    np.testing.assert_allclose(one.beat[one.bar == 1][:3], [0, 0.5, 1.0])


@pytest.mark.parametrize(
    ("name", "bpm"),
    [
        (name, bpm)
        for name, tempi in {
            "strums": (100, 140),
            "drums": (80, 120),
            "bass": (90, 130),
            "piano": (72, 120),
            "strings": (72, 130),
        }.items()
        for bpm in tempi
    ],
)
def test_usual_tempi_are_read_as_written(name: str, bpm: float) -> None:
    make, how = MUSIC[name]
    song = song_of(make(), how, bpm, 1.0)
    assert in_felt_beats(song) is song


@settings(max_examples=60, deadline=None)
@given(
    seconds=st.lists(st.floats(0.05, 3.0), min_size=1, max_size=40),
    bpm=st.floats(20, 500),
    signatures=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.sampled_from([2, 4, 8, 16])), max_size=3),
)
def test_the_felt_song_is_the_same_sound(
    seconds: list[float], bpm: float, signatures: list[tuple[int, int, int]]
) -> None:
    """Ticks, seconds and notes stay, the felt beat is felt again, and training counts beats as use does."""
    onset = np.cumsum(np.round(np.array(seconds) * bpm / 60 * PPQ)).astype(int)
    rows = [(int(t), 30, 60, 80) for t in onset]
    at = [(quarter * PPQ, n, d) for quarter, n, d in dict((s[0], s) for s in signatures).values()]
    song = song_of(rows, {"program": 0}, bpm, 1.0, at)
    felt, (track,) = in_felt_beats(song), song.tracks
    assert in_felt_beats(felt) is felt and in_felt_beats(song) is felt
    np.testing.assert_array_equal(felt.tempo.seconds(onset), song.tempo.seconds(onset))
    assert felt.tracks == song.tracks and felt.source is song.source
    native = track.notes.onset / song.ppq
    played = played_from_song(song, track, native, corpus="", song_id="", player="")
    learned, used = played.table(), read(song)
    for name in ("onset", "bpm", "bar_length", "denominator"):
        np.testing.assert_allclose(getattr(learned, name), getattr(used, name), rtol=1e-9)
    if not at:  # where no note begins a meter, its first bar is not known from notes alone
        np.testing.assert_array_equal(learned.bar, used.bar)
        np.testing.assert_allclose(learned.beat, used.beat, atol=1e-6)


def test_families_that_the_user_sets_do_not_change_the_beat() -> None:
    make, how = MUSIC["bass"]
    song = song_of(make(), how, 150, 1.0)
    (track,) = song.tracks
    for family in Family:
        assert in_felt_beats(with_families(song, {track.key: family})).ppq == in_felt_beats(song).ppq


def test_too_few_ticks_are_not_split() -> None:
    data = build_song([TrackSpec([(k * 15, 14, 60, 80) for k in range(60)])], ppq=15, tempos=[(0, 30)])
    song = midi_file.parse(data)
    assert in_felt_beats(song) is song


def test_limits_count_felt_beats() -> None:
    make, how = MUSIC["strings"]
    for one, other in zip(*(limits_of(song_of(make(), how, 100, f)) for f in (1.0, 2.0)), strict=True):
        np.testing.assert_allclose(2 * one.longest, other.longest, atol=2)
        np.testing.assert_allclose(2 * one.shortest, other.shortest, atol=2)


def test_names_of_meters() -> None:
    assert [felt_denominator(n, d, -1) for n, d in ((4, 4), (2, 2), (4, 2), (6, 8), (1, 1))] == [4, 4, 4, 8, 2]
    assert [felt_denominator(n, d, 1) for n, d in ((4, 4), (4, 8), (6, 8), (3, 8), (7, 16))] == [4, 4, 8, 8, 8]


def test_songs_are_not_kept_alive() -> None:
    make, how = MUSIC["bass"]
    for bpm in (120, 400):
        song = song_of(make(), how, bpm, 1.0)
        in_felt_beats(song)
        gone = weakref.ref(song)
        del song
        gc.collect()
        assert gone() is None
