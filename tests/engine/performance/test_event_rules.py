"""The rules for note events, each on a tiny MIDI file, whatever a model may want: from its bytes to its bytes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family, Song, Track
from duv_studio.engine.model.prediction import TrackPrediction
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from tests.midi_builder import NoteTuple, TrackSpec, build_song
from tests.songs import DURATION_KERNEL, KERNEL

Q = 480  # ticks of a quarter note; all files are at 120 beats a minute, where 30 ms are 28.8 ticks
PROGRAMS = {Family.PIANO: 0, Family.GUITAR: 25, Family.BASS: 33, Family.STRINGS: 40, Family.OTHER: 73}


def certain(track: Track, log_ratios: list[float]) -> TrackPrediction:
    """A model that is sure of what it wants: no change of velocity, and these ratios (repeated over the notes)."""
    wanted = np.resize(np.array(log_ratios, float), len(track.notes))
    edges = np.linspace(-8, 8, 1601).astype(np.float32)
    still = np.tile(np.array([0.0, 1.0, 1.0], np.float32), (len(wanted), 1))
    return TrackPrediction(
        notes=np.arange(len(wanted)),
        level=float(track.notes.velocity.mean()),
        velocity_edges=np.array([-1.0, -0.001, 0.001, 1.0], np.float32),
        velocity_cdf=still,
        velocity_kernel=KERNEL,
        duration_edges=edges,
        duration_cdf=(edges[None, 1:] > wanted[:, None]).astype(np.float32),
        duration_kernel=DURATION_KERNEL,
    )


def song_of(notes: list[NoteTuple], family: Family) -> Song:
    drums = family is Family.DRUMS
    program, end = None if drums else PROGRAMS[family], 32 * Q  # bars after the last note
    spec = TrackSpec(notes, channel=9 if drums else 0, program=program, end=end)
    return midi_file.parse(build_song([spec], tempos=[(0, 120)], signatures=[(0, 4, 4)]))


def played(song: Song, log_ratios: list[float], settings: Settings) -> list[int]:
    """Durations in ticks of the file that is written and read again."""
    performance = render(song, {t.index: certain(t, log_ratios) for t in song.tracks}, settings)
    again = midi_file.parse(midi_file.encode(song, performance))
    for before, after in zip(song.tracks, again.tracks, strict=True):
        assert np.array_equal(before.notes.onset, after.notes.onset)
        assert np.array_equal(before.notes.pitch, after.notes.pitch)
    return [int(d) for track in again.tracks for d in track.notes.duration]


def line(gate: float, notes: int = 4) -> list[NoteTuple]:
    """Quarter notes held for a share of their time; the last one is as long as the others."""
    return [(k * Q, round(gate * Q), 50 + 2 * k, 80) for k in range(notes)]


CHORD = [(0, Q, pitch, 80) for pitch in (50, 54, 57, 62)]
AT_1, AT_MOST = 1.0, 1.5


@pytest.mark.parametrize(
    ("rule", "family", "notes", "log_ratios", "intensity", "expected"),
    [
        ("1: drums keep their lengths", Family.DRUMS, line(0.5), [1.0], AT_MOST, [240] * 4),
        ("2: a note ends before its pitch is struck again", Family.PIANO,
         [(0, 400, 60, 80), (Q, 400, 60, 80)], [1.5], AT_MOST, [461, 800]),
        ("2: notes that touched may touch", Family.PIANO,
         [(0, Q, 60, 80), (Q, 240, 60, 80)], [1.0, 0.0], AT_MOST, [480, 240]),
        ("2: overlaps that were there stay as they are", Family.PIANO,
         [(0, 600, 60, 80), (Q, 240, 60, 80)], [-1.0], AT_MOST, [600, 240]),
        ("3: legato as sequencers write it stays near", Family.BASS, line(1.0), [-2.0], AT_1, [360, 360, 360, 240]),
        ("3: a line does not overlap", Family.BASS, line(1.0), [0.9], AT_MOST, [480, 480, 480, 960]),
        ("3: slurred notes stay slurred", Family.BASS, line(1.05), [-2.0], AT_1, [492, 492, 492, 252]),
        ("3: staccato stays short", Family.BASS, line(0.25), [2.0], AT_1, [240, 240, 240, 240]),
        ("3: what is neither may be shortened", Family.BASS, line(0.7), [-0.5], AT_1, [238, 238, 238, 238]),
        ("3: only beyond full intensity the class changes", Family.BASS, line(1.0), [-2.0], AT_MOST,
         [312, 312, 312, 170]),
        ("3: a slur does not break even there", Family.BASS, line(1.05), [-2.0], AT_MOST, [492, 492, 492, 178]),
        ("3: and staccato be let go only there", Family.OTHER, line(0.4), [0.55], AT_MOST, [339] * 4),
        ("4: tails of a chord differ by 12 % at most", Family.GUITAR, CHORD, [-1.0, -1.0, 0.0, 0.0], AT_1,
         [321, 321, 359, 359]),
        ("4: pianists release keys as they do", Family.PIANO, CHORD, [-0.5, -0.5, 0.0, 0.0], AT_1,
         [339, 339, 480, 480]),
        ("5: a 64th note at least", Family.PIANO, line(0.5), [-4.0], AT_MOST, [30] * 4),
        ("5: shorter notes are not lengthened for it", Family.PIANO, [(0, 12, 60, 80)], [-3.0], AT_MOST, [12]),
        ("5: twice the written length at most", Family.PIANO, [(0, 200, 60, 80)], [3.0], AT_MOST, [400]),
        ("5: four bars at most", Family.PIANO, [(0, 12 * Q, 60, 80)], [3.0], AT_1, [16 * Q]),
        ("6: a rest of a beat keeps its second half", Family.PIANO,
         [(0, 2 * Q, 60, 80), (3 * Q, Q, 62, 80)], [0.9, 0.0], AT_MOST, [5 * Q // 2, Q]),
        ("6: a shorter rest may be filled by half", Family.PIANO,
         [(0, 2 * Q, 60, 80), (3 * Q - 40, Q, 62, 80)], [0.9, 0.0], AT_1, [1180, Q]),
        ("6: a last note may be shorter", Family.OTHER,
         [(0, 2 * Q, 60, 80), (4 * Q, Q, 62, 80)], [-0.5, 0.0], AT_1, [679, Q]),
    ],
)  # fmt: skip
def test_durations(
    rule: str,
    family: Family,
    notes: list[NoteTuple],
    log_ratios: list[float],
    intensity: float,
    expected: list[int],
) -> None:
    song = song_of(notes, family)
    assert song.tracks[0].family is family
    settings = Settings(intensity=intensity, variation=0.0)
    assert played(song, log_ratios, settings) == pytest.approx(expected, abs=3), rule


def test_rule_1_drum_lengths_change_when_asked() -> None:
    song = song_of(line(0.5), Family.DRUMS)
    settings = Settings(intensity=1.0, variation=0.0, drum_durations=True)
    assert played(song, [-0.5], settings) == pytest.approx([170] * 4, abs=2)


def test_rule_5_thirty_milliseconds_at_least_where_a_64th_is_shorter() -> None:
    fast = build_song([TrackSpec([(0, Q, 60, 80)])], tempos=[(0, 240)])
    settings = Settings(intensity=1.5, variation=0.0)
    assert played(midi_file.parse(fast), [-5.0], settings) == [58]


def test_rules_7_and_8_keyswitches_and_everything_but_notes_are_the_same_bytes() -> None:
    pedal = [(0, bytes([0xB0, 64, 127])), (Q, bytes([0xE0, 3, 70])), (2 * Q, bytes([0xB0, 64, 0]))]
    switch = (0, 9 * Q, 12, 99)
    data = build_song([TrackSpec([switch, *line(0.7, 16)], program=33, events=pedal)], tempos=[(0, 120), (Q, 90)])
    song = midi_file.parse(data)
    settings = Settings(intensity=1.5, variation=0.0)
    prediction = certain(song.tracks[0], [-0.5])
    performance = render(song, {0: prediction}, settings)
    again = midi_file.parse(midi_file.encode(song, performance))
    notes = again.tracks[0].notes
    at = int(np.flatnonzero(notes.pitch == 12)[0])
    assert (notes.onset[at], notes.duration[at], notes.velocity[at]) == (0, 9 * Q, 99)
    assert (np.delete(notes.duration, at) != round(0.7 * Q)).all()
    back = render(again, {0: replace(prediction, notes=np.arange(0))}, settings)
    restored = tuple(
        replace(b, velocity=w.velocity, duration=w.duration) for b, w in zip(back, song.as_written(), strict=True)
    )
    assert midi_file.encode(again, restored) == data
