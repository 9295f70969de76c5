"""Lines: no gap becomes an overlap and no overlap a gap, at any intensity, whatever a model may want."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family, IntArray, Notes, Song
from duv_studio.engine.model.prediction import TrackDraw
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import blend
from tests.midi_builder import Event, NoteTuple, TrackSpec, build_song
from tests.songs import law

Q = 480  # ticks of a quarter note; at 120 beats a minute 1 ms is about a tick
LEVELS = (0.1, 0.5, 0.9, 1.5)
SOUNDS = {"piano": 0, "harpsichord": 6, "organ": 19, "guitar": 25, "bass": 38, "violin": 40, "strings": 48, "lead": 81}
STEPS = (0, 2, 4, 7, 9, 7, 4, 2)


def control(number: int, value: int) -> bytes:
    return bytes([0xB0, number, value])


MONO, POLY, GLIDE, LEGATO, PEDAL = (
    control(126, 1), control(127, 0), control(65, 127), control(68, 127), control(64, 127),
)  # fmt: skip


def line(duration: int, notes: int = 48, ioi: int = Q // 2) -> list[NoteTuple]:
    return [(k * ioi, duration, 60 + STEPS[k % 8], 80) for k in range(notes)]


def read(notes: list[NoteTuple], program: int = 81, events: list[Event] = [], **spec: object) -> Song:  # noqa: B006
    track = TrackSpec(notes, program=program, events=events, end=notes[-1][0] + 8 * Q, **spec)  # type: ignore[arg-type]
    return midi_file.parse(build_song([track], tempos=[(0, 120)]))


def played(song: Song, seed: int, intensity: float, asked: float = 0.0, spread: float = 2.0) -> Song:
    """The song that is written with lengths drawn far more widely than any model would."""
    rng, chosen = np.random.default_rng(seed), Settings(intensity=intensity)
    draw = {
        t.index: TrackDraw(
            t.notes.velocity.astype(float), rng.normal(0, spread, len(t.notes)), articulation=asked
        )
        for t in song.tracks
    }  # fmt: skip
    return midi_file.parse(midi_file.encode(song, blend(song, draw, chosen, select(song, chosen))))


def overlaps(notes: Notes) -> IntArray:
    """How many ticks each note sounds into the next, (n - 1,); below 0 it leaves a gap."""
    return notes.end[:-1] - notes.onset[1:]


def relations(song: Song, track: int = 0) -> list[set[int]]:
    """For every note, the onsets that it sounds into, by a look at all pairs."""
    notes = song.tracks[track].notes
    begin, end = notes.onset.tolist(), notes.end.tolist()
    return [{b for b in begin if begin[i] < b < end[i]} for i in range(len(begin))]


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("duration", [60, 120, 192, 216, 230, 239, 240])
def test_what_is_detached_or_touches_never_overlaps(sound: str, duration: int) -> None:
    song = read(line(duration), SOUNDS[sound])
    least = min(240 - duration, 9)  # a gap of 10 ms is one
    for seed in range(4):
        for intensity in LEVELS:
            after = played(song, seed, intensity).tracks[0].notes
            assert (overlaps(after) <= -least).all(), (seed, intensity)
            assert (after.duration != duration).any()


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("overlap", [2, 10, 20, 29, 40, 67, 100, 150, 180])
def test_slurs_stay_and_are_about_as_large(sound: str, overlap: int) -> None:
    song = read(line(240 + overlap), SOUNDS[sound])
    for seed in range(4):
        for intensity in LEVELS:
            after = overlaps(played(song, seed, intensity).tracks[0].notes)
            assert (after >= min(overlap, 9)).all(), (seed, intensity)
            assert (after >= overlap // 2).all() and (after <= 1.25 * overlap).all()


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize(
    ("what", "notes"),
    [
        ("slides among short notes", [n if k % 4 != 3 else (*n[:1], 270, *n[2:]) for k, n in enumerate(line(120))]),
        ("legato phrases with breaths", [n if k % 8 != 7 else (*n[:1], 130, *n[2:]) for k, n in enumerate(line(256))]),
        ("sixteenths of 120 ticks", line(130, ioi=120)),
        ("slow notes", line(1900, ioi=1920)),
        ("double stops here and there", sorted(line(240) + [(k * Q, 240, 55, 80) for k in range(0, 24, 5)])),
        ("with grace notes", sorted(line(216) + [(k * Q - 20, 18, 72, 60) for k in range(1, 24, 3)])),
        ("over one long note", [(0, 30 * Q, 40, 80), *line(250)]),
    ],
)
def test_mixed_lines(sound: str, what: str, notes: list[NoteTuple]) -> None:
    song = read(notes, SOUNDS[sound])
    for seed in range(4):
        for intensity in LEVELS:
            assert relations(played(song, seed, intensity)) == relations(song), (what, seed, intensity)


def test_a_line_may_stand_beside_chords_on_its_track() -> None:
    """Thirty-two notes of a melody, then a texture of two voices."""
    two = [(16 * Q + k * Q // 2, Q, 50 + STEPS[k % 8], 80) for k in range(32)]
    song = read(line(230, 32) + two, SOUNDS["strings"])
    before = relations(song)
    for seed in range(4):
        after = relations(played(song, seed, 1.5))
        assert after[:20] == before[:20]
        assert after[-20:] != before[-20:], "two voices are free"


POLYPHONY = [(k * Q // 2, Q * (1 + k % 3), 48 + 5 * (k % 5) + k // 12, 80) for k in range(48)]


@pytest.mark.parametrize("asked", [-2.0, 0.0, 2.0])
@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize(
    ("what", "events", "strict"),
    [
        ("mono", [(0, MONO)], True),
        ("portamento", [(0, GLIDE)], True),
        ("legato", [(0, LEGATO)], True),
        ("under a sustain pedal, too", [(0, PEDAL), (0, MONO)], True),
        ("poly again", [(0, MONO), (0, POLY)], False),
        ("a glide that is off", [(0, GLIDE), (0, control(65, 0))], False),
        ("reset", [(0, GLIDE), (0, LEGATO), (0, control(121, 0))], False),
        ("nothing", [], False),
    ],
)
def test_switches_of_the_channel_hold_lines_together_in_any_texture(
    what: str, events: list[Event], strict: bool, sound: str, asked: float
) -> None:
    song = read(POLYPHONY, SOUNDS[sound], events)
    kept = [relations(played(song, seed, level, asked)) == relations(song) for seed in (0, 1) for level in LEVELS[2:]]
    assert all(kept) if strict else not any(kept), what


def test_switches_hold_from_when_they_are_sent_and_from_any_chunk() -> None:
    melody = TrackSpec(POLYPHONY, program=81, end=40 * Q)
    for mono in (TrackSpec([], events=[(12 * Q, MONO)]), TrackSpec([], 5, events=[(12 * Q, control(126, 1))])):
        song = midi_file.parse(build_song([mono, melody], tempos=[(0, 120)]))
        after, before = relations(played(song, 1, 1.5)), relations(song)
        assert after[24:] == before[24:]
        assert after[:24] != before[:24]


def test_tracks_that_share_a_mono_channel_are_one_line() -> None:
    notes = line(230)
    specs = [TrackSpec(notes[::2], program=81, events=[(0, MONO)], end=40 * Q), TrackSpec(notes[1::2], end=40 * Q)]
    song = midi_file.parse(build_song(specs, tempos=[(0, 120)]))
    for seed in range(4):
        after = played(song, seed, 1.5)
        ends = np.sort(np.concatenate([t.notes.end for t in after.tracks]))
        onsets = np.sort(np.concatenate([t.notes.onset for t in after.tracks]))
        assert (ends[:-1] <= onsets[1:]).all()


@pytest.mark.parametrize("sound", ["lead", "violin", "bass", "piano"])
@pytest.mark.parametrize(
    ("what", "duration", "asked", "may_overlap", "may_part"),
    [
        ("legato slurs", 230, 2.0, True, True),
        ("and keeps slurs", 270, 2.0, True, False),
        ("staccato parts", 270, -2.0, True, True),
        ("and makes no slurs", 230, -2.0, False, True),
    ],
)
def test_who_asks_for_articulation_gets_it(
    sound: str, what: str, duration: int, asked: float, may_overlap: bool, may_part: bool
) -> None:
    song = read(line(duration), SOUNDS[sound])
    found = np.concatenate([overlaps(played(song, seed, 1.5, asked).tracks[0].notes) for seed in range(4)])
    assert (found > 0).any() == may_overlap, what
    assert (found < 0).any() == may_part, what


PAD = [(k * 4 * Q, 4 * Q, pitch + k % 3, 80) for k in range(8) for pitch in (48, 55, 64, 72)]


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("bpm", [60, 120, 180])
def test_no_hole_opens_in_a_pad_nor_where_a_loop_begins_again(sound: str, bpm: int) -> None:
    spec = TrackSpec(PAD, program=SOUNDS[sound])
    song = midi_file.parse(build_song([spec], tempos=[(0, bpm)]))
    for seed in range(4):
        for intensity in LEVELS:
            notes = played(song, seed, intensity).tracks[0].notes
            silence = np.maximum(0, (notes.onset // (4 * Q) + 1) * 4 * Q - notes.end) / Q * 60 / bpm
            assert silence.max() <= 0.25 + 0.002, (seed, intensity)
    staccato = played(song, 0, 1.5, asked=-2.0).tracks[0].notes
    assert staccato.duration.min() < Q, "unless it is asked for"


@pytest.mark.parametrize("sound", ["violin", "guitar", "lead"])
@pytest.mark.parametrize("intensity", LEVELS)
def test_nothing_outlasts_the_key_switch_under_which_it_is_played(sound: str, intensity: float) -> None:
    """A key-switch is held for each bar, and let go five ticks before the next; some notes last until then."""
    switches = [(bar * 4 * Q, 4 * Q - 5, 12 + bar % 3, 100) for bar in range(8)]
    notes = [(n[0] + 2, n[1], n[2], 80) for n in line(200, 63)]
    song = read(sorted(switches + notes), SOUNDS[sound])
    switch = song.tracks[0].notes.pitch < 24
    chosen = Settings(intensity=intensity)
    assert select(song, chosen)[0].keyswitches.tolist() == switch.tolist()
    for seed in range(4):
        after = played(song, seed, intensity).tracks[0].notes
        assert (after.duration[switch] == 4 * Q - 5).all()
        ends = after.end[~switch]
        assert (ends % (4 * Q) <= 4 * Q - 5).all() and (
            ends <= after.onset[~switch] // (4 * Q) * 4 * Q + 4 * Q - 5
        ).all()
        own = replace(after, **{f: getattr(after, f)[~switch] for f in ("onset", "duration", "pitch", "velocity")})
        assert (overlaps(own) <= 0).all(), "the line is one, although key-switches sound through it"


@st.composite
def _lines(draw: st.DrawFn) -> list[NoteTuple]:
    """Notes one after the other, each of which ends before the next but one begins."""
    ioi = draw(st.lists(st.integers(30, 2000), min_size=3, max_size=30))
    onset = np.concatenate([[0], np.cumsum(ioi)])
    notes = []
    for k in range(len(ioi)):
        following = ioi[k + 1] if k + 1 < len(ioi) else 100
        reach = draw(st.sampled_from([-0.9, -0.5, -0.1, -0.01, 0.0, 0.0, 0.05, 0.3, 0.6]))
        duration = ioi[k] + int(reach * (ioi[k] if reach < 0 else following))
        notes.append((int(onset[k]), max(duration, 1), draw(st.integers(40, 90)), 80))
    return notes


@law
@given(_lines(), st.sampled_from(sorted(SOUNDS.values())), st.integers(0, 99), st.floats(0, 1.5), st.floats(0, 3))
def test_every_line_keeps_its_gaps_and_overlaps(
    notes: list[NoteTuple], program: int, seed: int, intensity: float, most: float
) -> None:
    song = read(notes, program)
    rng = np.random.default_rng(seed)
    draw = {0: TrackDraw(song.tracks[0].notes.velocity.astype(float), rng.uniform(-4, 4, len(notes)))}
    # No pitch is taken for a key-switch, which the line would not hear.
    chosen = Settings(intensity=intensity, max_duration_change=most, protect_keyswitches=False)
    after = midi_file.parse(midi_file.encode(song, blend(song, draw, chosen, select(song, chosen))))
    assert relations(after) == relations(song)


@pytest.mark.parametrize("events", [[], [(0, PEDAL)]])
def test_keys_without_a_pedal_hardly_blur_a_tune_over_its_accompaniment(events: list[Event]) -> None:
    tune = [(k * Q, Q, 72 + (0, 2, 4, 5, 7, 5, 4, 2)[k % 8], 90) for k in range(32)]
    alberti = [(k * Q // 2, Q // 2, 48 + (0, 7, 4, 7)[k % 4], 70) for k in range(64)]
    song = read(sorted(tune + alberti), SOUNDS["piano"], events)
    upper = song.tracks[0].notes.pitch >= 72
    blurred = [
        (after.end[upper][:-1] - after.onset[upper][1:]).max() / Q / 2
        for seed in range(4)
        for after in [played(song, seed, 1.5).tracks[0].notes]
    ]
    assert max(blurred) > 0.2 if events else 0.05 < max(blurred) < 0.081


def test_drums_have_no_lines() -> None:
    song = midi_file.parse(build_song([TrackSpec(line(240), 9, end=40 * Q)]))
    assert song.tracks[0].family is Family.DRUMS
    chosen = Settings(intensity=1.5, drum_durations=True)
    draw = {0: TrackDraw(np.full(48, 80.0), np.full(48, 0.7))}
    (notes,) = blend(song, draw, chosen, select(song, chosen))
    assert (notes.duration > 240).any()
