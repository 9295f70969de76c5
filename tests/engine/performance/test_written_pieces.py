"""The pieces of a written level: found where dynamics are written, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.performance.written_dynamics import MOST_BINS, Pieces, one_piece, written_pieces
from tests.phrases import blocks, crescendi, sections, with_accents, with_jitter

BEATS = np.arange(256) / 2
SINGLE = np.zeros(256, np.int64)


def pieces_of(velocity: object, voice: np.ndarray = SINGLE) -> Pieces:
    values = np.array([velocity(beat) for beat in BEATS]) if callable(velocity) else np.asarray(velocity, float)
    return written_pieces(BEATS, np.round(values), voice)


@pytest.mark.parametrize("chords", [1, 2, 3, 7])
@pytest.mark.parametrize("notes", [8, 40])
def test_few_chords_of_many_notes_are_one_piece(chords: int, notes: int) -> None:
    beats = np.repeat(np.arange(chords) * 4.0, notes)
    velocity = 30.0 + np.arange(chords * notes) % 70
    assert written_pieces(beats, velocity, np.zeros(len(beats), np.int64)).count == 1


@pytest.mark.parametrize(
    ("what", "dynamics", "count", "slopes"),
    [
        ("blocks of 1 bar", blocks(1), 32, False),
        ("blocks of 4 bars", blocks(4), 8, False),
        ("two blocks", blocks(16), 2, False),
        ("notated sections", sections(49, 64, 80, 112), 8, False),
        ("a step that is small and clear", sections(70, 78, bars=16), 2, False),
        ("one crescendo", crescendi(32), 1, True),
        ("swells of two bars", crescendi(2), 16, True),
        ("swells of half a bar", crescendi(0.5), 64, True),
        ("accents in blocks", with_accents(blocks(4)), 8, False),
        ("jitter in blocks", with_jitter(blocks(4)), 8, False),
        ("flat", sections(80), 1, False),
        ("accents alone", with_accents(sections(80)), 1, False),
        ("strong and weak in turn", lambda beat: 100 if beat % 1 == 0 else 60, 1, False),
        ("a pattern of a bar", lambda beat: (110, 70, 85, 70, 95, 70, 85, 70)[int(beat * 2) % 8], 1, False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_found(what: str, dynamics: object, count: int, slopes: bool) -> None:
    found = pieces_of(dynamics)
    assert found.count == count, what
    assert found.slopes.all() if slopes else not found.slopes.any()


@pytest.mark.parametrize("kind", ["dice", "shuffled blocks", "a few loud notes", "normal"])
def test_chance_is_hardly_believed(kind: str) -> None:
    believed = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        velocity = {
            "dice": rng.integers(68, 93, 256),
            "shuffled blocks": rng.permutation(np.repeat([45, 105], 128)),
            "a few loud notes": np.where(rng.random(256) < 0.1, 120, 80),
            "normal": np.clip(np.round(rng.normal(70, 18, 256)), 1, 127),
        }[kind].astype(float)
        believed.append(np.std(pieces_of(velocity).level(BEATS, velocity)) / np.std(velocity))
    assert np.mean(believed) <= 0.1 and np.mean(np.array(believed) > 0.3) <= 0.15


def test_drums_with_levels_of_their_own_are_one_level() -> None:
    drum = np.arange(256) % 4
    for step in (0, 30):
        dynamics = np.array([60, 110, 80, 100])[drum] + np.where(BEATS < 64, 0, step)
        found = pieces_of(dynamics, drum)
        assert found.count == 1 + (step > 0)


def test_levels_are_those_of_any_values() -> None:
    found = Pieces(np.repeat([0, 1], 128), np.array([False, True]))
    level = found.level(BEATS, np.where(BEATS < 64, 50.0, BEATS))
    assert level == pytest.approx(np.where(BEATS < 64, 50.0, BEATS))
    assert one_piece(3).level(np.arange(3.0), np.array([1.0, 2.0, 6.0])) == pytest.approx([3, 3, 3])


@pytest.mark.parametrize("notes", [0, 1, 3, 7])
def test_a_few_notes_are_one_piece(notes: int) -> None:
    found = written_pieces(BEATS[:notes], np.linspace(30, 110, notes), SINGLE[:notes])
    assert found.count == 1 and len(found.piece) == notes


def test_long_songs_are_read_in_larger_bins() -> None:
    beats = np.arange(40_000) / 4
    assert len(beats) > MOST_BINS
    velocity = np.where(beats < 5000, 50.0, 100.0)
    found = written_pieces(beats, velocity, np.zeros(len(beats), np.int64))
    assert found.count == 2
    assert np.abs(found.level(beats, velocity) - velocity).mean() < 1
