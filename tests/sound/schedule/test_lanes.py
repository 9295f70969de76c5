"""What channels are told while their notes sound: volume, pan, reverb, bends, vibrato; MPE and guitars on many."""

from __future__ import annotations

import numpy as np
import pytest

from duv_studio.engine.midi.song import TrackPerformance
from duv_studio.sound import RATE
from duv_studio.sound.schedule.lanes import Lane
from duv_studio.sound.schedule.lines import RAMP
from duv_studio.sound.schedule.score import TrackScore
from tests.midi_builder import Event, TrackSpec, note_off, note_on
from tests.sound.schedule.scores import SECOND, Facts, bend, control, program, scores_of, song_of

SEMITONES_2 = 8192 + 4096  # half of the wheel's way up


def lane_of(*events: Event, notes: int = 1) -> Lane:
    [score] = scores_of(song_of(TrackSpec([(0, 10 * SECOND, 60, 80)] * notes, events=events)))
    [lane] = score.lanes
    return lane


def at(lane: Lane, name: str, seconds: float) -> float:
    return float(getattr(lane, name).at(round(seconds * RATE)))


def test_volume_and_expression_are_squares() -> None:
    lane = lane_of(control(0, 7, 127), control(SECOND, 7, 64), control(2 * SECOND, 11, 32), control(3 * SECOND, 7, 0))
    decibels = [20 * np.log10(at(lane, "gain", s)) for s in (0.5, 1.5, 2.5)]
    expected = [0, 40 * np.log10(64 / 127), 40 * np.log10(64 / 127) + 40 * np.log10(32 / 127)]
    assert decibels == pytest.approx(expected, abs=1e-9)
    assert at(lane, "gain", 3.5) == 0.0


def test_a_channel_begins_as_general_midi_says() -> None:
    lane = lane_of()
    assert at(lane, "gain", 0) == pytest.approx((100 / 127) ** 2)
    assert at(lane, "pan", 0) == 0.0
    assert at(lane, "send", 0) == pytest.approx(0.2 * 40 / 127)
    assert lane.bend.between(0, RATE) == ()
    assert lane.wheel.between(0, RATE) == ()


@pytest.mark.parametrize(("value", "pan"), [(0, -0.5), (1, -0.5), (64, 0.0), (127, 0.5), (96, 32 / 126)])
def test_pan_reaches_both_ends(value: int, pan: float) -> None:
    assert at(lane_of(control(0, 10, value)), "pan", 1) == pytest.approx(pan)


def test_a_step_ends_at_its_frame_after_a_short_ramp() -> None:
    lane = lane_of(control(SECOND, 7, 127))
    line = lane.gain.over(RATE - 1000, RATE + 1000)
    assert isinstance(line, np.ndarray)
    assert np.count_nonzero(np.diff(line)) == RAMP
    assert line[1000] == 1.0
    assert np.abs(np.diff(line)).max() < 2 / RAMP
    assert lane.gain.over(RATE, 2 * RATE) == 1.0, "one number where nothing changes"


def test_a_reset_leaves_volume_and_pan() -> None:
    lane = lane_of(
        control(0, 7, 64), control(0, 11, 20), control(0, 10, 127), control(0, 1, 99), bend(0, 16383),
        control(SECOND, 121, 0),
    )  # fmt: skip
    assert at(lane, "gain", 1.5) == pytest.approx((64 / 127) ** 2)
    assert at(lane, "pan", 1.5) == 0.5
    assert lane.bend.between(2 * RATE, 3 * RATE) == ()
    assert lane.wheel.between(2 * RATE, 3 * RATE) == ()


BENDS: list[tuple[str, list[Event], float]] = [
    ("two semitones are usual", [bend(0, SEMITONES_2)], 1.0),
    ("down", [bend(0, 0)], -2.0),
    ("a range of an octave", [control(0, 101, 0), control(0, 100, 0), control(0, 6, 12), bend(0, SEMITONES_2)], 6.0),
    ("with cents", [
        control(0, 101, 0), control(0, 100, 0), control(0, 6, 1), control(0, 38, 50), bend(0, SEMITONES_2),
    ], 0.75),
    ("a range set later moves the bend", [
        bend(0, SEMITONES_2), control(10, 101, 0), control(10, 100, 0), control(10, 6, 12),
    ], 6.0),
    ("another parameter sets no range", [
        control(0, 101, 0), control(0, 100, 1), control(0, 6, 12), bend(0, SEMITONES_2),
    ], 1.0),
    ("nor does a parameter of a maker", [
        control(0, 101, 0), control(0, 100, 0), control(0, 99, 1), control(0, 98, 8), control(0, 6, 12),
        bend(0, SEMITONES_2),
    ], 1.0),
    ("data after a reset go nowhere", [
        control(0, 101, 0), control(0, 100, 0), control(0, 121, 0), control(0, 6, 12), bend(0, SEMITONES_2),
    ], 1.0),
    ("one up", [control(0, 101, 0), control(0, 100, 0), control(0, 96, 0), bend(0, SEMITONES_2)], 1.5),
]  # fmt: skip


@pytest.mark.parametrize(("name", "events", "semitones"), BENDS, ids=[name for name, _, _ in BENDS])
def test_bends_count_in_the_range_that_was_set(name: str, events: list[Event], semitones: float) -> None:
    points = lane_of(*events).bend.between(RATE, 2 * RATE)
    assert points == ((0, pytest.approx(semitones)),), name


def test_a_note_hears_the_bends_of_its_time() -> None:
    events = [bend(SECOND // 2, SEMITONES_2), bend(SECOND, 8192)]
    notes = [(0, 200, 60, 80), (SECOND // 2, 200, 62, 80), (4 * SECOND, 200, 64, 80)]
    [score] = scores_of(song_of(TrackSpec(notes, events=events)))
    assert score.tone(0).bend.points == ((0.0, 0.0), (0.5, 1.0), (1.0, 0.0))
    assert score.tone(1).bend.points == ((0.0, 1.0), (0.5, 0.0))
    assert score.tone(2).bend.points == ()


def test_wheel_and_pressure_move_the_vibrato() -> None:
    lane = lane_of(control(0, 1, 64), (SECOND, bytes([0xD0, 32])), (2 * SECOND, bytes([0xD0, 127])))
    assert lane.wheel.between(0, 3 * RATE) == (
        (0, pytest.approx(64 / 127)), (RATE, pytest.approx(96 / 127)), (2 * RATE, 1.0),
    )  # fmt: skip


def test_a_tone_has_the_controllers_that_its_preset_listens_to() -> None:
    events = [control(0, 74, 20), control(0, 71, 30), control(SECOND, 74, 90), control(0, 7, 5)]
    notes = [(0, 200, 60, 80), (SECOND, 200, 62, 80)]
    facts = Facts(listens=frozenset({7, 74, 2}))
    [score] = scores_of(song_of(TrackSpec(notes, events=events)), facts=facts)
    assert score.tone(0).controllers == ((74, 20),)
    assert score.tone(1).controllers == ((74, 90),)


def mpe(*events: Event) -> TrackScore:
    """Sixteen notes over the five members of a lower zone, whose master is channel 1."""
    announced = [control(0, 101, 0), control(0, 100, 6), control(0, 6, 5)]
    notes: list[Event] = []
    for k in range(16):
        channel = 1 + k % 5
        notes += [(k * 480, note_on(60 + k, 80, channel)), (k * 480 + 400, note_off(60 + k, channel))]
    [score] = scores_of(song_of(TrackSpec(events=[*announced, *events, *notes])))
    return score


def test_mpe_notes_hear_their_channel_and_the_master() -> None:
    score = mpe(program(0, 52), bend(0, SEMITONES_2), bend(0, SEMITONES_2, 2), control(0, 7, 64), control(0, 11, 64, 3))
    assert set(score.program.tolist()) == {52}
    assert len(score.lanes) == 5
    first, second, third = (score.lanes[score.lane[k]] for k in range(3))
    assert first.bend.between(0, 10) == ((0, pytest.approx(1.0)),), "the master's, of two semitones"
    assert second.bend.between(0, 10) == ((0, pytest.approx(25.0)),), "with the member's own, of 48"
    assert first.gain.at(0) == pytest.approx((64 / 127) ** 2)
    assert third.gain.at(0) == pytest.approx((64 / 127) ** 4)


def test_the_master_of_mpe_holds_the_notes_of_all_members() -> None:
    score = mpe(control(0, 64, 127), control(5000, 64, 0))
    held = score.stop[score.start < 4500 / SECOND * RATE]
    assert held == pytest.approx(5000 / SECOND * RATE, abs=64)


def test_the_strings_of_a_guitar_bend_alone() -> None:
    notes: list[Event] = []
    for k in range(24):
        for string in range(3):
            tick = k * 240 + 5 * string
            notes += [(tick, note_on(50 + 5 * string, 80, string)), (tick + 200, note_off(50 + 5 * string, string))]
    events = [program(0, 25, string) for string in range(3)] + [bend(0, SEMITONES_2), *notes]
    song = song_of(TrackSpec(events=events, name="Guitar"))
    [score] = scores_of(song)
    assert len(score.lanes) == 3
    bent = {string: lane.bend.between(0, 10) for string, lane in enumerate(score.lanes)}
    assert bent == {0: ((0, pytest.approx(1.0)),), 1: (), 2: ()}


def test_equal_tracks_have_equal_digests_and_others_have_not() -> None:
    notes = [(0, 200, 60, 80), (SECOND, 200, 62, 80)]
    song = song_of(TrackSpec(notes))
    [one], [same] = scores_of(song), scores_of(song)
    assert one.digest == same.digest
    for velocity, duration in (([80, 81], [200, 200]), ([80, 80], [200, 300])):
        [other] = scores_of(song, (TrackPerformance(np.array(velocity), np.array(duration)),))
        assert other.digest != one.digest
    [panned] = scores_of(song_of(TrackSpec(notes, events=[control(0, 10, 20)])))
    assert panned.digest != one.digest
