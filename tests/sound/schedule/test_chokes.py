"""Which notes silence each other."""

from __future__ import annotations

from duv_studio.sound.schedule.ends import NEVER
from tests.midi_builder import TrackSpec
from tests.sound.schedule.scores import Facts, scores_of, song_of, ticks

HATS = Facts({42: 1, 46: 1, 44: 2})
OPEN, CLOSED, PEDAL, SNARE = 46, 42, 44, 38


def chokes(*tracks: TrackSpec) -> list[list[int]]:
    scores = scores_of(song_of(*tracks), facts=HATS)
    return [[-1 if choke == NEVER else ticks(choke) for choke in score.choke.tolist()] for score in scores]


def test_a_hi_hat_chokes_the_one_that_sounds() -> None:
    notes = [(0, 60, OPEN, 90), (480, 60, CLOSED, 90), (600, 60, SNARE, 90), (960, 60, OPEN, 90)]
    assert chokes(TrackSpec(notes, channel=9)) == [[480, 960, -1, -1]]


def test_it_does_so_from_another_chunk_of_its_channel() -> None:
    open_hat, closed = TrackSpec([(0, 60, OPEN, 90)], channel=9), TrackSpec([(480, 60, CLOSED, 90)], channel=9)
    assert chokes(open_hat, closed) == [[480], [-1]]


def test_what_is_struck_at_once_sounds_together() -> None:
    assert chokes(TrackSpec([(0, 60, OPEN, 90), (0, 60, CLOSED, 90)], channel=9)) == [[-1, -1]]


def test_other_classes_and_melodic_channels_are_left_alone() -> None:
    assert chokes(TrackSpec([(0, 60, OPEN, 90), (480, 60, PEDAL, 90)], channel=9)) == [[-1, -1]]
    assert chokes(TrackSpec([(0, 60, OPEN, 90), (480, 60, CLOSED, 90)], channel=0)) == [[-1, -1]]
    port_0, port_1 = TrackSpec([(0, 60, OPEN, 90)], channel=9), TrackSpec([(480, 60, CLOSED, 90)], channel=9, port=1)
    assert chokes(port_0, port_1) == [[-1], [-1]]
