"""Ornaments, even lines and drum hits: a row a situation, what must be mended and what must be left alone."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.engine.performance.drum_hits import CRASH_ABOVE, keep_ghosts, lift_crashes
from duv_studio.engine.performance.evenness import WIDEST_CHORD, even_chords, fill_dips, level_repetitions
from duv_studio.engine.performance.ornaments import grace_pairs, smooth_strokes, soften_graces

RNG = np.random.default_rng(0)


def onsets(*steps: float) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(steps)])


@pytest.mark.parametrize(
    ("what", "seconds", "pitch", "drums", "graces"),
    [
        ("a flam", onsets(0.03, 0.47, 0.03), [38, 38, 38, 38], True, [0, 2]),
        ("a flam under a hat", onsets(0.0, 0.03, 0.5), [42, 38, 38, 42], True, [1]),
        ("an acciaccatura", onsets(0.5, 0.05, 0.5), [60, 65, 67, 72], False, [1]),
        ("a leap is none", onsets(0.5, 0.05, 0.5), [60, 48, 67, 72], False, []),
        ("thirty-seconds are none", onsets(*[0.06] * 7), [60, 62, 64, 65, 67, 69, 71, 72], False, []),
        ("a drum roll is none", onsets(*[0.04] * 7), [38] * 8, True, []),
        ("a chord is none", onsets(0.0, 0.0, 1.0), [60, 64, 67, 60], False, []),
        ("a stroke over four strings is none", onsets(0.02, 0.02, 0.02, 0.9), [60, 62, 64, 66, 60], False, []),
        ("a slow pair is none", onsets(0.12, 0.5, 0.12), [60, 62, 60, 62], False, []),
        ("two drums at once are none", onsets(0.03, 0.5), [38, 36, 38], True, []),
        ("a drag", onsets(0.03, 0.03, 0.47, 0.03, 0.03), [38] * 6, True, [0, 1, 3, 4]),
        ("a ruff", onsets(0.03, 0.03, 0.03, 0.5), [38] * 5, True, [0, 1, 2]),
    ],
)
def test_graces_are_told_from_runs(
    what: str, seconds: np.ndarray, pitch: list[int], drums: bool, graces: list[int]
) -> None:
    found, mains = grace_pairs(seconds, np.array(pitch), drums)
    assert sorted(found) == graces, what
    assert (mains > found).all()


def test_a_leaping_grace_is_one_that_ends_with_its_main_note() -> None:
    seconds, pitch = onsets(0.5, 0.05, 0.5), np.array([60, 55, 67, 72])
    released, rings = seconds + np.array([0.4, 0.05, 0.4, 0.4]), seconds + 0.4
    assert list(grace_pairs(seconds, pitch, False, released)[0]) == [1]
    assert not len(grace_pairs(seconds, pitch, False, rings)[0]), "two strings that are struck one after the other"


@pytest.mark.parametrize("drums", [False, True])
def test_graces_become_softer_unless_the_file_says_otherwise(drums: bool) -> None:
    pairs = np.array([0, 2, 4]), np.array([1, 3, 5])
    written, drawn = np.array([80.0, 80, 40, 80, 90, 80]), np.full(6, 85.0)
    out = soften_graces(drawn, written, pairs, drums, 80.0)
    assert out[0] <= (0.7 if drums else 0.85) * out[1]
    assert (out[1:] == 85).all(), "mains, and graces of which the file says how loud they are, are left alone"


@pytest.mark.parametrize(
    ("what", "step", "pitch", "smooth"),
    [
        ("a tremolo", 0.06, [60] * 32, True),
        ("a trill", 0.08, [60, 62] * 16, True),
        ("repeated eighths", 0.25, [60] * 32, False),
        ("a fast scale", 0.08, list(range(40, 72)), False),
        ("four repeated notes", 0.06, [60] * 4, False),
        ("a measured tremolo in sixteenths at 120", 0.125, [60] * 32, True),
        ("two pitches in turn at that pace", 0.125, [60, 62] * 16, False),
    ],
)
def test_tremolos_are_smooth(what: str, step: float, pitch: list[int], smooth: bool) -> None:
    drawn = RNG.normal(80, 12, len(pitch))
    out = smooth_strokes(np.arange(len(pitch)) * step, np.array(pitch), np.arange(len(pitch)), drawn, False)
    jumps = [np.abs(np.diff(values)).mean() for values in (out, drawn)]
    assert (jumps[0] < 0.45 * jumps[1]) if smooth else np.array_equal(out, drawn), what
    assert out.mean() == pytest.approx(drawn.mean(), abs=3)


@pytest.mark.parametrize(
    ("what", "pitch"),
    [
        ("a tremolo of chords", [[55, 62, 67]] * 32),
        ("two intervals in turn", [[48, 55], [60, 64]] * 16),
        ("a note and a chord in turn", [[36], [60, 64, 67]] * 16),
    ],
)
def test_every_voice_of_a_tremolo_in_chords_is_smooth(what: str, pitch: list[list[int]]) -> None:
    chord = np.repeat(np.arange(32), [len(struck) for struck in pitch])
    flat = np.concatenate(pitch)
    drawn = RNG.normal(80, 12, len(flat))
    out = smooth_strokes(chord * 0.06, flat, chord, drawn, False)
    for voice in np.unique(flat):
        jumps = [np.abs(np.diff(values[flat == voice])).mean() for values in (out, drawn)]
        assert jumps[0] < 0.45 * jumps[1], (what, voice)
    other = np.roll(flat, 1) + np.arange(len(flat)) % 5  # other chords every time
    assert np.array_equal(smooth_strokes(chord * 0.06, other, chord, drawn, False), drawn)


def test_a_roll_is_smooth_under_the_rest_of_the_kit() -> None:
    seconds, pitch = np.repeat(np.arange(32) * 0.05, 2), np.tile([38, 42], 32)
    pitch[3::4] = 46  # every drum counts by itself
    drawn = RNG.normal(80, 12, 64)
    out = smooth_strokes(seconds, pitch, np.repeat(np.arange(32), 2), drawn, True)
    roll = pitch == 38
    assert np.abs(np.diff(out[roll])).mean() < 0.45 * np.abs(np.diff(drawn[roll])).mean()


@pytest.mark.parametrize(
    ("family", "mended"),
    [(Family.BASS, True), (Family.STRINGS, True), (Family.OTHER, True), (Family.GUITAR, True), (Family.PIANO, False)],
)
def test_a_line_has_no_holes(family: Family, mended: bool) -> None:
    drawn = np.full(64, 85.0) + RNG.normal(0, 3, 64)
    drawn[20] = 30.0
    out = fill_dips(np.arange(64), drawn, family)
    assert (out[20] > 52) == mended
    assert np.array_equal(np.delete(out, 20), np.delete(drawn, 20))


@pytest.mark.parametrize("family", [Family.BASS, Family.STRINGS, Family.OTHER])
def test_no_note_lies_far_below_both_of_its_neighbours(family: Family) -> None:
    drawn = RNG.normal(80, 14, 512)
    out = fill_dips(np.arange(512), drawn, family)
    depth = [np.minimum(values[:-2], values[2:]) - values[1:-1] for values in (drawn, out)]
    assert depth[0].max() > 30 and 0.9 * depth[1].max() <= (20 if family is Family.BASS else 23)  # at intensity 0.9


def test_a_soft_passage_is_no_hole() -> None:
    drawn = np.where(np.arange(64) // 16 % 2, 40.0, 85.0)
    assert np.array_equal(fill_dips(np.arange(64), drawn, Family.BASS), drawn)


def test_chords_have_one_weight() -> None:
    chord = np.repeat(np.arange(40), 4)
    drawn = RNG.normal(80, 12, 160)
    out = even_chords(chord, drawn, Family.STRINGS).reshape(-1, 4)
    assert np.ptp(out, axis=1).max() <= WIDEST_CHORD + 1e-9
    assert out.mean(axis=1) == pytest.approx(drawn.reshape(-1, 4).mean(axis=1))
    assert even_chords(chord, drawn, Family.PIANO) is drawn, "a pianist voices chords"


def test_repeated_chords_rise_only_where_others_do() -> None:
    beats = np.arange(64) / 2
    rise = np.linspace(60, 100, 64) + np.where(beats % 1 == 0, 8, 0)
    same, other = np.full(64, 60), 48 + np.arange(64) % 12
    chord = np.arange(64)
    out = level_repetitions(beats, same, chord, rise)
    bars = out.reshape(-1, 8).mean(axis=1)
    assert np.ptp(bars) < 8 and out.mean() == pytest.approx(rise.mean(), abs=1.5)
    assert out[16:48:2].mean() - out[17:48:2].mean() > 5, "the accents of the metre stay"
    assert np.array_equal(level_repetitions(beats, other, chord, rise), rise)


def test_crashes_are_no_whispers_and_differ() -> None:
    pitch = np.where(np.arange(128) % 32 == 0, 49, 42)
    drawn = RNG.normal(80, 10, 128)
    crash = pitch == 49
    drawn[crash] = [30, 50, 60, 110]
    out = lift_crashes(pitch, drawn)
    assert out[crash].min() >= drawn[~crash].mean() + CRASH_ABOVE and len(np.unique(out[crash])) == 4
    assert out[crash][3] == 110 and np.array_equal(out[~crash], drawn[~crash])
    all_crashes = np.full(128, 49)
    assert lift_crashes(all_crashes, drawn) is drawn


def test_ghost_hits_stay_ghosts_where_they_are_believed() -> None:
    pitch, written = np.full(64, 38), np.where(np.arange(64) % 4 == 0, 110.0, 35.0)
    drawn = np.where(written == 110, 100.0, 45.0) + RNG.normal(0, 3, 64)
    drawn[5] = 95
    out = keep_ghosts(pitch, written, drawn)
    assert out[5] < 60 and (out <= drawn).all()
    shuffled = RNG.permutation(drawn)
    assert np.array_equal(keep_ghosts(pitch, written, shuffled), shuffled)
