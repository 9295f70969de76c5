"""Instrument hints: each on music for which the right answer is known, and none that gives away what is not told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.features.hints import HINTS, hint_columns, hints_of
from duv_studio.engine.features.note_features import NoteTable, State, velocity_state
from duv_studio.engine.features.sections import KINDS, kind_of_text
from duv_studio.engine.features.song_hints import MARKERS, NONE, NOVELTY, sections_of, song_hints
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family, Song
from tests.midi_builder import NoteTuple, TrackSpec, build_song, meta

PPQ = 480


def table(
    family: Family,
    onset: Sequence[float],
    *,
    duration: Sequence[float] | float = 0.25,
    pitch: Sequence[int] | int = 60,
    velocity: Sequence[float] | float = 80,
    free: bool = False,
) -> NoteTable:
    n = len(onset)
    at, velocities = np.asarray(onset, float), np.broadcast_to(np.asarray(velocity, float), n).copy()
    return NoteTable(
        family=family,
        onset=at,
        duration=np.broadcast_to(np.asarray(duration, float), n).copy(),
        pitch=np.broadcast_to(np.asarray(pitch), n).astype(np.int64),
        velocity=velocities,
        bar=(at // 4).astype(np.int64),
        beat=at % 4,
        bar_length=np.full(n, 4.0),
        numerator=np.full(n, 4),
        denominator=np.full(n, 4),
        bpm=np.full(n, 120.0),
        state=velocity_state(velocities),
        free=free,
    )


def hint(name: str, notes: NoteTable) -> list[float]:
    return hints_of(notes, [name])[:, 0].tolist()


def song_of(notes: Sequence[NoteTuple], *, channel: int = 0, program: int = 25, **about: object) -> Song:
    events = about.pop("events", ())
    spec = TrackSpec(sorted(notes), channel=channel, program=program, events=events)  # type: ignore[arg-type]
    return midi_file.parse(build_song([spec], ppq=PPQ, **about))  # type: ignore[arg-type]


def told(song: Song, name: str) -> np.ndarray:
    track = song.tracks[0]
    return song_hints(song, track, np.ones(len(track.notes), bool), [name])[name]


# ---- drums ----------------------------------------------------------------------------------------------------------


def test_drums_are_told_apart() -> None:
    kit = table(Family.DRUMS, [0, 0, 1, 1.5, 2, 3], pitch=[36, 42, 38, 46, 35, 49])
    assert hint("is_kick", kit) == [1, 0, 0, 0, 1, 0]
    assert hint("is_snare", kit) == [0, 0, 1, 0, 0, 0]
    assert hint("is_hat", kit) == [0, 1, 0, 1, 0, 0]


def test_an_accent_is_louder_than_its_own_drum() -> None:
    """A snare at 100 is nothing special where snares are at 100; a hi-hat at 80 is, where hi-hats are at 50."""
    onset = np.arange(16) * 0.5
    pitch = np.where(np.arange(16) % 4 == 2, 38, 42)
    velocity = np.where(pitch == 38, 100, 50)
    velocity[4] = 80
    assert np.flatnonzero(hint("accent_hint", table(Family.DRUMS, onset, pitch=pitch, velocity=velocity))).tolist() == [
        4
    ]


def test_a_fill_is_toms_that_stand_out_of_the_groove() -> None:
    groove = [(bar * 4 + beat, pitch) for bar in range(8) for beat, pitch in ((0, 36), (1, 38), (2, 36), (3, 38))]
    groove = [note for note in groove if note[0] < 30]
    toms = [(30 + i * 0.25, (48, 47, 45, 41)[i // 2]) for i in range(8)]
    onset, pitch = zip(*groove, *toms, strict=True)
    found = hint("fill_hint", table(Family.DRUMS, onset, pitch=pitch))
    assert found == [0.0] * len(groove) + [1.0] * len(toms)


def test_toms_in_every_bar_are_the_groove() -> None:
    onset = np.arange(64) * 0.5
    assert not any(hint("fill_hint", table(Family.DRUMS, onset, pitch=45)))


# ---- strings --------------------------------------------------------------------------------------------------------


def test_bows_alternate_from_a_downbeat() -> None:
    melody = table(Family.STRINGS, [3.0, 3.5, 4, 5, 6, 7, 8, 9, 9, 14, 15])
    assert hint("bow_direction_hint", melody) == [-1, 1, 1, -1, 1, -1, 1, -1, -1, 1, -1]


def test_bows_know_nothing_without_bars() -> None:
    assert not any(hint("bow_direction_hint", table(Family.STRINGS, np.arange(9) * 0.9, free=True)))


def test_legato_reaches_the_next_onset() -> None:
    melody = table(Family.STRINGS, [0, 1, 2, 2, 3], duration=[1.0, 0.5, 1.1, 0.97, 1.0], pitch=[60, 62, 64, 67, 65])
    assert hint("legato_hint", melody) == [1, 0, 1, 1, 0]


# ---- bass -----------------------------------------------------------------------------------------------------------


def test_ghost_notes_are_quiet_and_short() -> None:
    line = table(
        Family.BASS, np.arange(8) * 0.5, velocity=[90, 40, 92, 40, 88, 91, 70, 90], duration=[0.4, 0.2, 0.4, 1.0] * 2
    )
    assert hint("ghost_note_hint", line) == [0, 1, 0, 0, 0, 0, 0, 0]


# ---- guitar ---------------------------------------------------------------------------------------------------------

CHORD = (40, 47, 52, 56, 59, 64)
STROKES = {
    "down": ([i * 10 for i in range(6)], 1),
    "up": ([(5 - i) * 10 for i in range(6)], -1),
    "block": ([0] * 6, 0),
    "sloppy": ([3, 0, 2, 1, 3, 0], 0),
    "picked": ([i * 240 for i in range(6)], 0),
}


@pytest.mark.parametrize("stroke", STROKES)
def test_a_stroke_goes_the_way_its_strings_sound(stroke: str) -> None:
    ticks, direction = STROKES[stroke]
    song = song_of([(960 + late, 400, pitch, 90) for late, pitch in zip(ticks, CHORD, strict=True)])
    assert told(song, "strum_dir_hint").tolist() == [[direction]] * 6


def test_strokes_follow_each_other() -> None:
    notes = []
    for k in range(8):
        late = STROKES["down" if k % 2 == 0 else "up"][0]
        notes += [(480 * k + t, 300, pitch, 90) for t, pitch in zip(late, CHORD, strict=True)]
    assert told(song_of(notes), "strum_dir_hint")[::6, 0].tolist() == [1, -1] * 4


def test_a_stroke_lasts_seconds_not_beats() -> None:
    """The same ticks at a quarter of the tempo are picked one by one."""
    notes = [(960 + 20 * i, 400, pitch, 90) for i, pitch in enumerate(CHORD)]
    assert told(song_of(notes, tempos=[(0, 120)]), "strum_dir_hint").all()
    assert not told(song_of(notes, tempos=[(0, 30)]), "strum_dir_hint").any()


def test_only_guitars_strum() -> None:
    song = song_of([(i * 10, 400, pitch, 90) for i, pitch in enumerate(CHORD)], program=0)
    assert song_hints(song, song.tracks[0], np.ones(6, bool), ["strum_dir_hint"]) == {}


# ---- swing ----------------------------------------------------------------------------------------------------------


def eighths(place: float, beats: int = 32, loose: float = 0.0) -> list[NoteTuple]:
    rng = np.random.default_rng(0)
    at = [beat + part + rng.normal(0, loose) for beat in range(beats) for part in (0.0, place)]
    return [(max(0, round(x * PPQ)), 100, 60, 80) for x in at]


@pytest.mark.parametrize(("place", "swing"), [(0.5, 0.0), (0.55, 0.3), (0.6, 0.6), (2 / 3, 1.0), (0.71, 1.0)])
@pytest.mark.parametrize("loose", [0.0, 0.01])
def test_swing_is_where_the_second_eighth_falls(place: float, swing: float, loose: float) -> None:
    found = told(song_of(eighths(place, loose=loose)), "swing_hint")
    assert found.shape == (64, 1) and np.ptp(found) == 0
    assert found[0, 0] == pytest.approx(swing, abs=0.05)


def test_sixteenths_triplets_and_eighths_in_six_eight_are_not_swung() -> None:
    sixteenths = [(round(x * PPQ), 60, 60, 80) for x in np.arange(0, 32, 0.25)]
    triplets = [(160 * k, 60, 60, 80) for k in range(96)]
    assert not told(song_of(sixteenths), "swing_hint").any()
    assert not told(song_of(triplets), "swing_hint").any()
    assert not told(song_of(eighths(2 / 3), signatures=[(0, 6, 8)]), "swing_hint").any()


def test_a_bar_line_that_is_met_early_still_counts() -> None:
    notes = [(max(0, tick - 20), *rest) for tick, *rest in eighths(2 / 3)]
    assert told(song_of(notes), "swing_hint")[0, 0] > 0.6  # type: ignore[arg-type]


# ---- sections -------------------------------------------------------------------------------------------------------

# Bars of a verse in C and a chorus in E major, which is twice as dense.
VERSE, CHORUS, OTHER = (60, 64, 67, 65), (64, 68, 71, 73), (61, 66, 70, 63)


def form(plan: Sequence[tuple[tuple[int, ...], int, int]]) -> list[NoteTuple]:
    """Notes of sections given as (pitches, notes per bar, bars)."""
    notes, bar = [], 0
    for pitches, density, bars in plan:
        for b in range(bars):
            step = 4 * PPQ // density
            notes += [((bar + b) * 4 * PPQ + k * step, step, pitches[(k + b) % 4], 80) for k in range(density)]
        bar += bars
    return notes


def kinds_by_bar(song: Song) -> list[str]:
    track = song.tracks[0]
    columns = told(song, "section_onehot")
    bars = song.meter.position(track.notes.onset).bar
    first = np.searchsorted(bars, np.arange(bars[-1] + 1))
    return [KINDS[int(row.argmax())] if row.any() else "" for row in columns[first]]


def test_novelty_finds_the_sections_and_what_comes_back() -> None:
    song = song_of(form([(OTHER, 2, 8), (VERSE, 4, 8), (CHORUS, 8, 8), (VERSE, 4, 8), (CHORUS, 8, 8)]), program=0)
    assert sections_of(song).source == NOVELTY
    expected = ["intro"] * 8 + ["verse"] * 8 + ["chorus"] * 8 + ["verse"] * 8 + ["chorus"] * 8
    assert kinds_by_bar(song) == expected


def test_a_middle_that_never_comes_back_is_a_bridge() -> None:
    song = song_of(form([(VERSE, 4, 16), (OTHER, 4, 8), (VERSE, 4, 8)]), program=0)
    assert kinds_by_bar(song) == ["verse"] * 16 + ["bridge"] * 8 + ["verse"] * 8


def test_a_loop_has_no_sections() -> None:
    song = song_of(form([(VERSE, 4, 40)]), program=0)
    assert sections_of(song).source == NONE
    assert not told(song, "section_onehot").any()


@pytest.mark.parametrize("seed", range(5))
def test_dice_have_no_sections(seed: int) -> None:
    pitch = np.random.default_rng(seed).integers(48, 84, 512).tolist()
    song = song_of([(240 * k, 200, p, 80) for k, p in enumerate(pitch)], program=0)
    assert sections_of(song).source == NONE


def test_drums_alone_have_sections_too() -> None:
    song = song_of(form([((36, 42, 38, 42), 8, 12), ((36, 51, 38, 51), 16, 12), ((36, 42, 38, 42), 8, 12)]), channel=9)
    assert kinds_by_bar(song) == ["verse"] * 12 + ["bridge"] * 12 + ["verse"] * 12


def test_velocities_and_lengths_change_no_section() -> None:
    """What is to be predicted must not shape what is reported."""
    notes = form([(VERSE, 4, 8), (CHORUS, 8, 8)] * 2)
    rng = np.random.default_rng(1)
    played = [(on, int(rng.integers(10, 1000)), pitch, int(rng.integers(1, 128))) for on, _, pitch, _ in notes]
    assert kinds_by_bar(song_of(notes, program=0)) == kinds_by_bar(song_of(played, program=0))


def marked(kind: int, texts: Sequence[str]) -> Song:
    events = [(4 * PPQ * 4 * k, meta(kind, text.encode())) for k, text in enumerate(texts, start=1)]
    return song_of(form([(VERSE, 4, 4 * len(texts) + 4)]), program=0, events=events)


@pytest.mark.parametrize("kind", [0x01, 0x06, 0x07])
def test_markers_name_sections(kind: int) -> None:
    song = marked(kind, ["Intro", "Verse 1", "Pre-Chorus", "CHORUS"])
    assert sections_of(song).source == MARKERS
    assert kinds_by_bar(song) == [""] * 4 + ["intro"] * 4 + ["verse"] * 4 + ["pre_chorus"] * 4 + ["chorus"] * 4


def test_other_markers_among_sections_are_other_and_texts_are_passed_over() -> None:
    assert kinds_by_bar(marked(0x06, ["Verse", "Hocus pocus", "Chorus"]))[8:12] == ["other"] * 4
    assert kinds_by_bar(marked(0x01, ["Verse", "(c) somebody", "Chorus"]))[8:12] == ["verse"] * 4


def test_one_named_marker_or_none_leaves_it_to_the_notes() -> None:
    assert sections_of(marked(0x06, ["Verse", "x", "y"])).source == NONE
    assert sections_of(marked(0x06, ["one", "two", "three"])).source == NONE


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Refrain", "chorus"),
        ("サビ", "chorus"),
        ("Aメロ", "verse"),
        ("Bメロ", "pre_chorus"),
        ("間奏", "solo"),
        ("Guitar Solo 2", "solo"),
        ("[Bridge]", "bridge"),
        ("Brücke", "bridge"),
        ("Coda", "outro"),
        ("LAST CHORUS", "chorus"),
        ("verse a", "verse"),
        ("The chorus of angels sings", None),
        ("Universe", None),
        ("", None),
    ],
)
def test_names_of_sections(text: str, kind: str | None) -> None:
    found = kind_of_text(text)
    assert (None if found is None else KINDS[found]) == kind


# ---- all of them ----------------------------------------------------------------------------------------------------


@given(st.sampled_from([n for n, h in HINTS.items() if h.compute is not None]), st.integers(0, 2**32 - 1))
def test_every_hint_is_finite_and_has_its_columns(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 50))
    onset = np.cumsum(rng.choice([0, 0.25, 0.5, 3.0], n))
    notes = table(Family.DRUMS, onset, pitch=rng.integers(0, 128, n), velocity=rng.integers(1, 128, n))
    found = hints_of(notes, [name])
    assert found.shape == (n, hint_columns([name])) and np.isfinite(found).all()
    assert np.abs(found).max() <= 1


@pytest.mark.parametrize("name", ["accent_hint", "ghost_note_hint"])
def test_flat_velocities_say_nothing(name: str) -> None:
    rng = np.random.default_rng(0)
    notes = table(Family.DRUMS, np.arange(64) * 0.5, pitch=rng.integers(35, 50, 64), velocity=90)
    assert set(notes.state.tolist()) == {State.UNKNOWN}
    assert not any(hint(name, notes))


@pytest.mark.parametrize("name", [n for n, h in HINTS.items() if h.compute is not None])
def test_what_notes_tell_is_never_taken_from_elsewhere(name: str) -> None:
    """A manifest holds these hints as played: read from there, they would tell what is to be predicted."""
    notes = table(Family.DRUMS, np.arange(16) * 0.5, pitch=60)
    lie = {name: np.full((16, HINTS[name].columns), 7.0)}
    np.testing.assert_array_equal(hints_of(notes, [name], lie), hints_of(notes, [name]))


def test_what_only_the_song_tells_comes_from_there() -> None:
    notes = table(Family.GUITAR, np.arange(4.0))
    known = {"strum_dir_hint": np.array([1.0, 0, -1, 0])}
    found = hints_of(notes, ["swing_hint", "strum_dir_hint"], known)
    assert found.tolist() == [[0, 1], [0, 0], [0, -1], [0, 0]]


def test_swing_and_sections_are_those_of_the_sound_however_it_is_written() -> None:
    """Swung eighths at 120 BPM, and the same seconds written with half the note values at 60."""
    told_of = []
    for unit, bpm in ((PPQ, 120), (PPQ // 2, 60)):
        onsets = [beat * unit + late for beat in range(64) for late in (0, round(unit * 2 / 3))]
        notes = [(at, unit // 4, 40 + (k // 32) * 9 + k % 3, 80) for k, at in enumerate(onsets)]
        song = song_of(notes, tempos=[(0, bpm)])
        told_of.append((told(song, "swing_hint")[0, 0], len(sections_of(song).start)))
    assert told_of[0][0] > 0.3
    assert told_of[1] == pytest.approx(told_of[0], abs=0.02)
