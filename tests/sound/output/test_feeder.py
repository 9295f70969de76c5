"""The thread that keeps an output fed: opening, losing, resting, and what is heard when."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from duv_studio.sound import RATE
from duv_studio.sound.output import feeder as feeder_module
from duv_studio.sound.output.feeder import Feeder
from duv_studio.sound.output.null_output import NullOutput
from duv_studio.sound.output.ring import Memory, Ring
from duv_studio.sound.output.status import OutputState, OutputStatus, lost, no_device, ready
from tests.sound.output.counting_player import CountingPlayer
from tests.sound.output.numbered_player import NumberedPlayer, numbered
from tests.sound.output.waiting import wait_until


class FickleOutput(NullOutput):
    """One whose device comes and goes as a test wants it."""

    def __init__(self, *answers: OutputStatus) -> None:
        super().__init__(by_hand=True, remember=10**7)
        self.answers = list(answers)

    def open(self) -> OutputStatus:
        if not self._status.is_ready:
            self._status = self.answers.pop(0)
        return self._status

    def lose(self) -> None:
        self._status = lost("Speakers", "unplugged")

    def replace_ring(self) -> None:
        self.ring = Ring(Memory.of_threads())


def steps(feeder: Feeder) -> None:
    """Let it do all that is due."""
    for _ in range(200):
        if feeder.step():
            return
    pytest.fail("it never has enough")


@pytest.fixture
def player() -> NumberedPlayer:
    return NumberedPlayer()


@pytest.fixture
def real_time(player: NumberedPlayer) -> Iterator[tuple[Feeder, NullOutput]]:
    output = NullOutput(remember=10**7)
    feeder = Feeder(player, output)
    feeder.start()
    yield feeder, output
    output.close()
    feeder.close()


def test_a_thread_plays_the_signal_and_changes_break_nothing(
    player: NumberedPlayer, real_time: tuple[Feeder, NullOutput]
) -> None:
    feeder, output = real_time
    player.play()
    feeder.wake()
    while output.ring.consumed < RATE // 2:
        player.change()
        time.sleep(0.003)
    player.stop()
    wait_until(lambda: not feeder.is_heard, within=20)
    recorded = output.recorded
    sounding = recorded[recorded.any(axis=1)]
    if not output.ring.underruns:
        assert np.array_equal(sounding, recorded[: len(sounding)])
    assert np.array_equal(sounding, numbered(0, len(sounding)))


def test_the_place_that_is_heard_goes_along_behind_what_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    player, output = NumberedPlayer(), NullOutput(by_hand=True, latency=4410)
    feeder = Feeder(player, output)
    player.play()
    steps(feeder)
    output.pull(8820)
    taken = output.ring.handed_out.seconds

    def heard(later: float) -> float:
        monkeypatch.setattr(feeder_module.time, "perf_counter", lambda: taken + later)
        return feeder.heard_position() * RATE

    assert heard(0.0) == pytest.approx(8820 - 4410)  # the rest is on its way
    assert heard(0.05) == pytest.approx(8820 - 2205)  # it moves between the calls, too
    assert heard(0.5) == pytest.approx(8820)  # but never beyond what was taken
    assert player.position * RATE > 8820


def test_an_output_that_cannot_be_opened_stops_the_player_and_says_why() -> None:
    player, told = NumberedPlayer(), list[OutputStatus]()
    output = FickleOutput(no_device("", "nothing answers"), ready())
    feeder = Feeder(player, output, told.append)
    steps(feeder)
    assert not told  # nobody needed it
    player.play()
    steps(feeder)
    assert not player.is_playing
    assert [status.state for status in told] == [OutputState.NO_DEVICE]
    assert "No sound device" in told[0].sentence and "connect" in told[0].sentence
    player.play()
    steps(feeder)
    assert player.is_playing and output.is_playing
    assert told[-1].is_ready


def test_an_output_that_is_lost_stops_the_player_and_plays_on_elsewhere() -> None:
    player, told = NumberedPlayer(), list[OutputStatus]()
    output = FickleOutput(ready(), ready("Headphones"))
    feeder = Feeder(player, output, told.append)
    player.play()
    steps(feeder)
    output.pull(5000)
    output.lose()
    steps(feeder)
    assert not player.is_playing
    assert [status.state for status in told] == [OutputState.READY, OutputState.LOST]
    assert "Speakers" in told[-1].sentence
    steps(feeder)
    assert len(told) == 2
    output.replace_ring()
    player.play()
    steps(feeder)
    assert player.is_playing
    assert told[-1].device == "Headphones"
    begins = output.pull(1000)
    assert begins.all()
    assert np.array_equal(begins, numbered(0, 10**6)[player._frame - output.ring.written :][:1000])


def test_it_is_told_to_rest_when_nothing_has_come_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeder_module, "_REST_S", 0.0)
    player, output = NumberedPlayer(), NullOutput(by_hand=True)
    feeder = Feeder(player, output)
    player.play()
    steps(feeder)
    assert output.is_playing
    player.stop()
    steps(feeder)
    assert output.is_playing  # what is in the ring is still to be heard
    output.pull(30_000)
    steps(feeder)
    time.sleep(0.001)
    steps(feeder)
    assert not output.is_playing
    player.play()
    steps(feeder)
    assert output.is_playing


def test_stretches_tell_what_will_be_heard_when() -> None:
    player, output = CountingPlayer(), NullOutput(by_hand=True, latency=4410)
    feeder = Feeder(player, output)
    assert feeder.stretches() == ()
    player.set_loop(8_000, 10_000)
    player.play()
    steps(feeder)
    output.pull(882)
    handed_out = output.ring.handed_out
    first, second, *_ = feeder.stretches()
    assert (first.position, second.position) == (0, 8_000 / RATE)
    assert first.start == pytest.approx(handed_out.seconds + (4410 - 882) / RATE)
    assert first.stop == second.start == pytest.approx(first.start + 10_000 / RATE)
    assert second.stop - second.start == pytest.approx(2000 / RATE)
    player.stop()
    steps(feeder)
    output.pull(20_000)
    wait_until(lambda: feeder.stretches() == (), within=20)
    assert feeder.heard_position() == player.position
