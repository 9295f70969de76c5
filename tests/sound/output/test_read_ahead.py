"""What goes into the ring ahead of time, and what is taken back: what comes out is what the player gave."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.output.null_output import NullOutput
from duv_studio.sound.output.read_ahead import BLOCK, Pace, ReadAhead
from tests.songs import law
from tests.sound.output.counting_player import FADE, CountingPlayer

BURST = 3 * BLOCK
EVERYTHING = 10**8
MARGIN = 441


class Desk:
    """A player, what reads ahead of it, and an output that takes by hand."""

    def __init__(self, length: int = 10**9) -> None:
        self.player = CountingPlayer(length)
        self.output = NullOutput(by_hand=True, remember=EVERYTHING)
        self.ring = self.output.ring
        self.ahead = ReadAhead(self.player, self.ring, BURST)

    def settle(self) -> Pace:
        while (pace := self.ahead.step()) is Pace.MORE:
            pass
        return pace

    def play_on(self, frames: int, calls_of: int = 1764) -> NDArray[np.float32]:
        """The frames that come out while somebody settles between the calls."""
        parts = []
        for _ in range(-(-frames // calls_of)):
            self.settle()
            parts.append(self.output.pull(calls_of))
        return np.concatenate(parts)[:frames]

    @property
    def heard(self) -> list[int]:
        """The numbers of all frames that came out, without silence."""
        numbers = self.output.recorded[:, 0].astype(int)
        return numbers[numbers > 0].tolist()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def playing(desk: Desk) -> Desk:
    desk.player.play()
    desk.play_on(RATE)
    return desk


def is_unbroken(desk: Desk) -> bool:
    heard = desk.heard
    return all(desk.player.follows(number) == before for before, number in zip([0, *heard], heard, strict=False))


def test_a_second_comes_out_frame_by_frame(playing: Desk) -> None:
    assert [playing.player.place(number) for number in playing.heard] == list(range(RATE))
    assert playing.ring.underruns == 0
    assert 0.25 * RATE < playing.ring.written - playing.ring.consumed < 0.4 * RATE


def test_nothing_is_read_while_nothing_plays(desk: Desk) -> None:
    assert desk.settle() is Pace.SILENT
    assert desk.player.most_read == 0
    assert desk.output.pull(500).any() == 0
    assert desk.ring.underruns == 0


def test_a_change_comes_out_after_a_margin_although_much_was_read_ahead(playing: Desk) -> None:
    playing.player.show(1)
    sides = playing.play_on(RATE, calls_of=64)[:, 1]
    changed = int(np.argmax(sides == 2))
    assert 0 < changed <= MARGIN + BLOCK
    assert (sides[:changed] == 1).all() and (sides[changed:] == 2).all()
    assert is_unbroken(playing)


def test_a_seek_jumps_once_and_goes_on_from_there(playing: Desk) -> None:
    playing.player.seek(5_000_000)
    playing.play_on(RATE)
    places = [playing.player.place(number) for number in playing.heard]
    jump = places.index(5_000_000)
    assert places[:jump] == list(range(jump))
    assert places[jump:] == list(range(5_000_000, 5_000_000 + len(places) - jump))
    assert jump <= RATE + MARGIN + BLOCK


def test_a_stop_fades_and_then_there_is_silence_that_is_no_underrun(playing: Desk) -> None:
    playing.player.stop()
    out = playing.play_on(RATE)
    sounding = int(np.argmin(out[:, 0] > 0))
    assert 300 <= sounding <= MARGIN + BLOCK + 300
    assert not out[sounding:].any()
    assert is_unbroken(playing)
    assert playing.settle() is Pace.SILENT
    assert playing.ring.underruns == 0


def test_the_end_of_the_song_comes_out_whole() -> None:
    desk = Desk(length=30_000)
    desk.player.play()
    desk.play_on(RATE)
    assert [desk.player.place(number) for number in desk.heard][:30_000] == list(range(30_000))
    assert is_unbroken(desk)
    assert desk.settle() is Pace.SILENT
    assert desk.ring.underruns == 0


def test_what_is_not_there_yet_is_waited_for_in_silence(playing: Desk) -> None:
    before = len(playing.heard)
    playing.player.has_what_it_plays = False
    assert np.count_nonzero(playing.play_on(RATE)[:, 0]) < 0.5 * RATE
    assert playing.settle() is Pace.WAITING
    assert playing.ring.underruns == 0
    playing.player.has_what_it_plays = True
    assert playing.play_on(RATE)[:, 0].all()  # at once, not behind silence that was read ahead
    assert is_unbroken(playing)
    assert len(playing.heard) > before + RATE


def test_a_change_that_was_overtaken_is_made_a_little_later(playing: Desk) -> None:
    calls = iter([2 * BLOCK, 0, 0, 0, 3 * BLOCK])

    def meanwhile() -> None:
        playing.output.pull(next(calls, 0))

    playing.player.before_read = meanwhile
    playing.player.show(1)
    playing.play_on(RATE)
    assert playing.output.recorded[-1, 1] == 2
    assert is_unbroken(playing)
    assert playing.ring.underruns == 0


@pytest.mark.parametrize("deed", ["show", "stop"])
def test_a_change_that_was_overtaken_to_the_end_follows_what_was_taken(playing: Desk, deed: str) -> None:
    calls = iter([playing.ring.written - playing.ring.consumed])  # all that there is, while it is being replaced
    playing.player.before_read = lambda: _pull(playing, next(calls, 0))
    last = playing.ring.written
    _do(playing, deed, 1)
    playing.play_on(RATE // 4)
    assert is_unbroken(playing)
    assert len(playing.heard) >= last + FADE  # what fades out after a stop comes, too


def test_what_is_put_first_lasts_for_all_that_may_be_asked_for_at_once(desk: Desk) -> None:
    desk.player.play()
    desk.ahead.step()
    assert desk.ring.written > BURST
    desk.output.pull(desk.ring.written)
    desk.ahead.step()
    assert desk.ring.written - desk.ring.consumed > BURST


def test_a_reader_that_comes_too_late_is_counted_and_repeats_nothing(playing: Desk) -> None:
    lacking = RATE - (playing.ring.written - playing.ring.consumed)
    playing.output.pull(RATE)
    assert playing.ring.underruns == 1
    assert playing.ring.missing == lacking
    playing.play_on(RATE)
    assert playing.ring.underruns == 1
    assert is_unbroken(playing)


def test_a_device_that_asks_for_much_at_once_gets_it(desk: Desk) -> None:
    desk.player.play()
    desk.play_on(20 * RATE, calls_of=20_000)
    assert desk.ring.underruns <= 2  # until it is known how much it asks for
    desk.player.show(1)
    desk.play_on(5 * RATE, calls_of=20_000)
    assert desk.ring.underruns <= 2
    assert is_unbroken(desk)


def test_places_of_frames_follow_loops_and_seeks(desk: Desk) -> None:
    desk.player.set_loop(10_000, 25_000)
    desk.player.play()
    desk.play_on(RATE)
    desk.player.seek(12_345)
    desk.play_on(RATE)
    numbers = desk.output.recorded[:, 0].astype(int)
    first = desk.ring.consumed - RATE // 2  # older ones are forgotten some day
    for frame in range(first, desk.ring.consumed, 97):
        place = desk.ahead.line.position(frame)
        assert place is not None
        assert round(place * RATE) == desk.player.place(int(numbers[frame]))


def test_pieces_go_on_until_the_song_jumps(desk: Desk) -> None:
    desk.player.set_loop(10_000, 25_000)
    desk.player.play()
    desk.play_on(RATE // 2)
    pieces = [(start, stop, round(seconds * RATE)) for start, stop, seconds in desk.ahead.line.pieces()]
    written = desk.ring.written
    assert pieces[:2] == [(0, 25_000, 0), (25_000, min(40_000, written), 10_000)]
    assert pieces[-1][1] == written


Deed = tuple[str, int]


@st.composite
def deeds(draw: st.DrawFn) -> list[Deed]:
    """What may happen in any order: frames are taken, the feeder has time, somebody presses a button."""
    one = st.one_of(
        st.tuples(st.just("pull"), st.sampled_from([1, 64, 441, 882, 1764, 4410, 9000])),
        st.tuples(st.just("step"), st.integers(1, 20)),
        st.tuples(st.just("show"), st.integers(0, 1)),
        st.tuples(st.just("seek"), st.integers(0, 100_000)),
        st.tuples(st.sampled_from(["play", "stop", "lack", "have"]), st.just(0)),
    )
    return draw(st.lists(one, max_size=25))


@law
@given(deeds(), st.lists(st.sampled_from([0, 0, 0, 1, 500, 900, 2000, 5000]), max_size=40))
def test_whatever_happens_what_comes_out_is_unbroken(done: list[Deed], taken_while_reading: list[int]) -> None:
    desk = Desk()
    meanwhile: Iterator[int] = iter(taken_while_reading)
    desk.player.before_read = lambda: _pull(desk, next(meanwhile, 0))
    desk.player.play()
    for deed, number in done:
        _do(desk, deed, number)
    assert is_unbroken(desk)
    _do(desk, "have", 0)
    desk.player.play()
    desk.player.show(1)
    desk.play_on(BLOCK)
    assert desk.play_on(2 * BLOCK)[-1, 1] == 2  # and the last word holds
    assert is_unbroken(desk)


def _pull(desk: Desk, frames: int) -> None:
    if frames:
        desk.output.pull(frames)


def _do(desk: Desk, deed: str, number: int) -> None:
    player = desk.player
    match deed:
        case "pull":
            desk.output.pull(number)
        case "step":
            for _ in range(number):
                desk.ahead.step()
        case "show":
            player.show(number)
        case "seek":
            player.seek(number)
        case "play":
            player.play()
        case "stop":
            player.stop()
        case _:
            player.has_what_it_plays = deed == "have"
