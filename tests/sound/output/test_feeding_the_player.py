"""The program's own player through the feeder: what comes out is what was rendered, whatever is pressed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from duv_studio.engine.midi.song import Song
from duv_studio.sound import RATE
from duv_studio.sound.offline import render_song
from duv_studio.sound.output.null_output import NullOutput
from duv_studio.sound.output.read_ahead import Pace, ReadAhead
from duv_studio.sound.player.player import Mix, Player, Side
from duv_studio.sound.player.playhead import FADE
from duv_studio.sound.soundfont.bank import SoundFont
from tests.sound.short_song import louder, short_song

Stereo = NDArray[np.float32]
CALL = 1764  # frames


class Hall:
    """The player, what reads ahead of it, and ears."""

    def __init__(self, bank: SoundFont, song: Song) -> None:
        self.player = Player(bank, threaded=False)
        self.player.set_song(song)
        self.player.set_performance(louder(song))
        self.player.work()
        self.output = NullOutput(by_hand=True, remember=10**7)
        self.ahead = ReadAhead(self.player, self.output.ring, 3 * CALL)

    def hear(self, seconds: float) -> Stereo:
        parts = []
        for _ in range(round(seconds * RATE / CALL)):
            while self.ahead.step() is Pace.MORE:
                pass
            parts.append(self.output.pull(CALL))
        return np.concatenate(parts)


@pytest.fixture(scope="module")
def song() -> Song:
    return short_song()


@pytest.fixture(scope="module")
def sides(bank: SoundFont, song: Song) -> dict[Side, Stereo]:
    played = {Side.BEFORE: None, Side.AFTER: louder(song)}
    return {side: np.concatenate(list(render_song(song, how, bank))) for side, how in played.items()}


@pytest.fixture
def hall(bank: SoundFont, song: Song) -> Iterator[Hall]:
    hall = Hall(bank, song)
    yield hall
    hall.player.close()


def test_it_comes_out_as_it_was_rendered(hall: Hall, sides: dict[Side, Stereo]) -> None:
    hall.player.play()
    hall.player.work()
    heard = hall.hear(2.0)
    assert np.array_equal(heard[FADE:], sides[Side.AFTER][FADE : len(heard)])


def test_switching_back_and_forth_loses_no_frame_and_no_place(hall: Hall, sides: dict[Side, Stereo]) -> None:
    hall.player.play()
    hall.player.work()
    shown = [Side.BEFORE, Side.AFTER] * 4
    parts = [hall.hear(0.2)]
    for side in shown:
        hall.player.show(side)
        parts.append(hall.hear(0.2))
    heard = np.concatenate(parts)
    is_before, is_after = ((heard == sides[side][: len(heard)]).all(axis=1) for side in (Side.BEFORE, Side.AFTER))
    other = np.flatnonzero(~is_before & ~is_after)
    assert len(other) <= (len(shown) + 1) * FADE
    assert heard.any(axis=1).sum() > 0.99 * np.count_nonzero(sides[Side.AFTER][: len(heard)].any(axis=1))
    for number, side in enumerate(shown, start=1):
        late = np.concatenate(parts[:number]).shape[0] + 3 * RATE // 100 + FADE  # 30 ms, and the crossfade
        assert np.array_equal(heard[late : late + 1000], sides[side][late : late + 1000])


def test_mute_and_seek_are_heard_within_30_ms_of_audio(hall: Hall, sides: dict[Side, Stereo]) -> None:
    hall.player.play()
    hall.player.work()
    hall.hear(0.4)
    hall.player.set_mix(Mix(gain=(0.0, 0.0, 0.0)))
    heard = hall.hear(0.2)
    assert not heard[3 * RATE // 100 + FADE :].any()
    hall.player.set_mix(Mix(gain=(1.0, 1.0, 1.0)))
    hall.player.seek(1.5)
    hall.player.work()
    heard = hall.hear(0.4)
    ends = np.flatnonzero((heard[-200:] != 0).any(axis=1))
    assert len(ends)
    first = round(1.5 * RATE)
    window = sides[Side.AFTER][first + len(heard) - 3 * RATE // 100 - 900 : first + len(heard)]
    found = [at for at in range(len(window) - 200) if np.array_equal(window[at : at + 200], heard[-200:])]
    assert len(found) == 1


def test_the_end_dies_away_and_is_silent(hall: Hall, sides: dict[Side, Stereo]) -> None:
    hall.player.seek(3.0)
    hall.player.play()
    hall.player.work()
    heard = hall.hear(hall.player.length - 3.0 + 1.0)
    rest = sides[Side.AFTER][3 * RATE :]
    assert np.array_equal(heard[FADE : len(rest) - FADE], rest[FADE : len(rest) - FADE])
    assert not heard[len(rest) + FADE :].any()
    assert not hall.player.is_playing
    assert hall.output.ring.underruns == 0
