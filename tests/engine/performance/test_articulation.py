"""Articulation: what happens to drawn durations in chords, in lines and before rests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.performance.articulation import shape_durations
from tests.songs import PPQ, Row, law, make_song, make_track, rows, songs


def shaped(
    rows: list[Row], log_ratio: list[float] | float, family: Family = Family.BASS, asked: float = 0.0
) -> np.ndarray:
    """Durations in ticks at full strength."""
    song = make_song(make_track(rows, family=family))
    track = song.tracks[0]
    ratios = np.full(len(rows), log_ratio, float) if isinstance(log_ratio, float) else np.array(log_ratio)
    return track.notes.duration * 2 ** shape_durations(song, track, ratios, asked)


def line(gate: float, notes: int = 8) -> list[Row]:
    return [(i * PPQ, round(gate * PPQ), 40 + i % 5, 80) for i in range(notes)]


@pytest.mark.parametrize(
    ("what", "gate", "ratio", "expected"),
    [
        ("legato stays legato", 1.0, -2.0, 0.75),
        ("legato does not overlap", 1.0, 0.9, 1.0),
        ("a slur stays one", 1.05, -2.0, 1.025),
        ("a slur stays as small", 1.05, 0.9, 1.0625),
        ("a large slur stays one", 1.4, -2.0, 1.2),
        ("a large slur grows by 30 ms", 1.4, 0.9, 1.46),  # 0.06 beats at 120 beats a minute
        ("staccato stays short", 0.25, 2.0, 0.60),
        ("staccato may be shorter", 0.25, -1.0, 0.125),
        ("neither is free to shorten", 0.7, -1.0, 0.35),
        ("nothing is cut to a click", 0.7, -3.0, 0.35),
        ("a gap keeps half of itself", 0.7, 1.0, 0.85),
        ("a small one, too", 0.95, 1.0, 0.975),
        ("small changes are free", 1.0, -0.2, 2**-0.2),
    ],
)
def test_lines(what: str, gate: float, ratio: float, expected: float) -> None:
    assert shaped(line(gate), ratio)[:-1] / PPQ == pytest.approx(np.full(7, expected), rel=0.01), what


@pytest.mark.parametrize(
    ("what", "gate", "ratio", "asked", "expected"),
    [
        ("legato becomes staccato", 1.0, -1.5, -1.0, 2**-1.5),
        ("but no click", 1.0, -4.0, -2.0, 0.25),
        ("staccato becomes legato", 0.45, 1.0, 1.0, 0.9),
        ("but hardly overlaps", 0.7, 2.0, 2.0, 1.06),
        ("a slur is let go", 1.05, -1.5, -1.0, 1.05 * 2**-1.5),
        ("legato asked for keeps slurs", 1.05, -2.0, 1.0, 1.025),
        ("staccato asked for makes no slurs", 1.0, 1.0, -1.0, 1.0),
        ("legato asked for keeps legato", 1.0, -2.0, 1.0, 0.75),
        ("staccato asked for keeps staccato", 0.25, 2.0, -1.0, 0.60),
    ],
)
def test_a_line_changes_its_articulation_when_asked(
    what: str, gate: float, ratio: float, asked: float, expected: float
) -> None:
    assert shaped(line(gate), ratio, asked=asked)[:-1] / PPQ == pytest.approx(np.full(7, expected), rel=0.01), what


@pytest.mark.parametrize("family", [Family.PIANO, Family.DRUMS])
def test_pianos_with_a_pedal_and_drums_are_left_to_the_model(family: Family) -> None:
    for ratio in (-2.0, 0.5):
        song = make_song(replace(make_track(line(1.0), family=family), pedal=True))
        assert shape_durations(song, song.tracks[0], np.full(8, ratio)).tolist() == [ratio] * 8


@pytest.mark.parametrize(
    ("what", "gate", "ratio", "expected"),
    [
        ("legato stays legato", 1.0, -2.0, 0.60),
        ("nothing is blurred", 1.0, 0.9, 1.0),
        ("a slur stays one", 1.05, -2.0, 1.025),
        ("a gap keeps half of itself", 0.7, 1.0, 0.85),
        ("what is no legato may be short", 0.7, -3.0, 0.7 / 8),
    ],
)
def test_lines_of_a_piano_without_a_pedal(what: str, gate: float, ratio: float, expected: float) -> None:
    assert shaped(line(gate), ratio, Family.PIANO)[:-1] / PPQ == pytest.approx(np.full(7, expected), rel=0.01), what


@pytest.mark.parametrize("name", ["Harpsichord", "Cembalo", "Clavecin", "Clavicembalo"])
def test_keyboards_that_have_no_pedal_keep_lines_as_others_do(name: str) -> None:
    for track in (make_track(line(1.0), name=name), make_track(line(1.0), program=6)):
        lowest = shape_durations(make_song(track), track, np.full(8, -2.0))[:-1]
        assert lowest == pytest.approx(np.full(7, np.log2(0.75))), "a piano's may be shorter"


@pytest.mark.parametrize("family", [Family.PIANO, Family.BASS, Family.GUITAR, Family.STRINGS, Family.OTHER])
def test_neighbours_in_a_line_are_not_blurred_and_clipped_in_turn(family: Family) -> None:
    song = make_song(make_track(line(0.6, 40), family=family))
    for seed in range(4):
        drawn = np.random.default_rng(seed).normal(-0.1, 0.8, 40)
        shaped = shape_durations(song, song.tracks[0], drawn)
        assert np.abs(np.diff(shaped[:-1])).max() <= 0.4 + 1e-9, "nothing limits the last note"
        assert np.ptp(shaped) > 0.4, "over some notes they may go far"


def test_even_neighbours_stay_as_drawn() -> None:
    drawn = np.log2(0.9) + 0.1 * np.sin(np.arange(40))
    song = make_song(make_track(line(0.6, 40), family=Family.BASS))
    assert shape_durations(song, song.tracks[0], drawn) == pytest.approx(drawn)


def test_neighbours_that_are_written_apart_may_be_played_apart() -> None:
    rows = [(i * PPQ, (PPQ // 4, PPQ * 3 // 4)[i % 2], 40 + i % 5, 80) for i in range(20)]
    drawn = np.tile([0.1, -0.6], 10)
    song = make_song(make_track(rows, family=Family.BASS))
    assert shape_durations(song, song.tracks[0], drawn) == pytest.approx(drawn)


def test_voices_that_sound_together_are_no_line() -> None:
    rows = [(0, 8 * PPQ, 40, 80), (0, 8 * PPQ, 43, 80), *line(0.4)]
    assert (shaped(rows, 0.8)[2:-1] / PPQ > 0.60).all(), "a staccato line would stay short"


def test_overlaps_written_in_a_line_are_kept() -> None:
    rows = [*line(1.0, 39), (39 * PPQ, 2 * PPQ, 50, 80), (40 * PPQ, PPQ, 51, 80)]
    assert shaped(rows, 0.5)[39] == pytest.approx(2.06 * PPQ)


def test_a_pad_is_held_until_a_moment_before_the_next_chord() -> None:
    rows = [(0, 8 * PPQ, 40, 80), (0, 4 * PPQ, 43, 80), (4 * PPQ, 4 * PPQ, 45, 80), (8 * PPQ, PPQ, 47, 80)]
    held = shaped(rows, -1.0, Family.STRINGS) / PPQ
    assert held[:3] == pytest.approx([8 - 0.4, 4 - 0.4, 4 - 0.4]), "0.2 s are 0.4 beats at 120 beats a minute"
    assert held[3] == pytest.approx(0.5), "nothing waits for the end of the last"
    assert shaped(rows, -1.0, Family.STRINGS, asked=-1.0)[0] == 4 * PPQ, "unless staccato is asked for"
    assert shaped(rows, -1.0, Family.PIANO)[:3] / PPQ == pytest.approx(held[:3])
    song = make_song(replace(make_track(rows), pedal=True))
    assert not np.any(shape_durations(song, song.tracks[0], np.full(4, -1.0)) + 1.0), "a pedal holds them anyway"


def test_a_loop_is_held_until_it_begins_again() -> None:
    for end, expected in ((16 * PPQ, 3.6), (17 * PPQ, 2.0)):
        rows = [(k * 4 * PPQ, 4 * PPQ, 60, 80) for k in range(4)]
        song = replace(make_song(make_track(rows, family=Family.OTHER)), end_tick=end)
        last = shape_durations(song, song.tracks[0], np.full(4, -1.0))[-1]
        assert 4 * 2**last == pytest.approx(expected), "no one knows what comes after a track that ends in mid-bar"


def test_tails_of_a_chord_stay_close() -> None:
    chord = [(0, PPQ, p, 80) for p in (60, 64, 67, 72)]
    tails = shaped(chord, [-1.0, -0.5, -0.25, -0.25], Family.GUITAR)
    assert tails.max() / tails.min() == pytest.approx(1.12)
    assert np.log2(tails / PPQ).mean() == pytest.approx(-0.5)
    assert np.argsort(tails, kind="stable").tolist() == [0, 1, 2, 3]


def test_tails_written_apart_may_stay_apart() -> None:
    chord = [(0, PPQ, 60, 80), (0, PPQ // 2, 64, 80)]
    assert shaped(chord, [-0.1, -1.0], Family.STRINGS) / PPQ == pytest.approx([2**-0.1, 0.25])


def test_tails_that_are_close_are_left_alone() -> None:
    chord = [(0, PPQ, 60, 80), (0, PPQ, 64, 80)]
    assert shaped(chord, [-0.50, -0.45], Family.STRINGS) / PPQ == pytest.approx([2**-0.50, 2**-0.45])


@pytest.mark.parametrize("family", [Family.PIANO, Family.OTHER])
def test_a_rest_keeps_its_second_half(family: Family) -> None:
    rows = [(0, 2 * PPQ, 60, 80), (4 * PPQ, PPQ, 62, 80)]
    assert shaped(rows, 3.0, family)[0] == pytest.approx(3 * PPQ)


def test_nothing_holds_the_last_note() -> None:
    assert shaped([(0, PPQ, 60, 80)], 1.0)[0] == pytest.approx(2 * PPQ)


@law
@given(songs(), st.floats(-4, 2), st.integers(0, 99), st.sampled_from([-2.0, 0.0, 2.0]))
def test_limits_only_pull_towards_what_was_written_or_the_chord(
    song: Song, centre: float, seed: int, asked: float
) -> None:
    for track in song.tracks:
        drawn = np.random.default_rng(seed).normal(centre, 1, len(track.notes))
        result = shape_durations(song, track, drawn, asked)
        assert np.isfinite(result).all()
        assert (np.abs(result) <= np.abs(drawn).max() + 1e-9).all()
        assert not shape_durations(song, track, np.zeros(len(drawn)), asked).any()


@law
@given(rows())
def test_a_single_ratio_for_all_is_only_clipped(own: list[Row]) -> None:
    song = make_song(make_track(own, family=Family.GUITAR))
    result = shape_durations(song, song.tracks[0], np.full(len(own), -0.3))
    assert ((result >= -0.3 - 1e-9) & (result <= 0)).all()
