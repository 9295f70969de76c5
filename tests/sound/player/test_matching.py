"""The same loudness for both sides: measured stem by stem, applied when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyloudnorm
import pytest

from duv_studio.engine.midi.song import Song
from duv_studio.sound import RATE
from duv_studio.sound.offline import render_song
from duv_studio.sound.player.player import Mix, Player, Side
from duv_studio.sound.player.playhead import FADE
from duv_studio.sound.soundfont.bank import SoundFont
from tests.sound.short_song import louder, short_song


@pytest.fixture(scope="module")
def song() -> Song:
    return short_song()


@pytest.fixture
def player(bank: SoundFont, song: Song) -> Iterator[Player]:
    player = Player(bank, threaded=False)
    player.set_song(song)
    player.set_performance(louder(song, 30))
    player.work()
    yield player
    player.close()


def loudness(song: Song, bank: SoundFont, side: Side, gain: tuple[float, ...]) -> float:
    played = louder(song, 30) if side is Side.AFTER else None
    audio = np.concatenate(list(render_song(song, played, bank, gain=gain)))
    return float(pyloudnorm.Meter(RATE, filter_class="DeMan").integrated_loudness(audio.astype(np.float64)))


CAPACITY = 3_800_000  # the whole song takes more
MIXES = [(1.0, 1.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.2, 0.5), (0.0, 0.0, 1.0)]


@pytest.mark.parametrize("gain", MIXES)
def test_both_sides_are_as_loud_with_the_present_mix(
    player: Player, song: Song, bank: SoundFont, gain: tuple[float, ...]
) -> None:
    player.set_mix(Mix(gain))
    player.play()
    player.work()
    gains = player.match_gain
    assert gains is not None
    assert player.match_measured == 1.0
    before, after = (loudness(song, bank, side, gain) + gains[side] for side in Side)
    assert before == pytest.approx(after, abs=0.25)
    assert gains[Side.BEFORE] == 0.0
    assert gains[Side.AFTER] < -1.0


def test_another_mix_needs_no_new_measurement(player: Player) -> None:
    player.play()
    player.work()
    first = player.match_gain
    player.set_mix(Mix((0.0, 0.0, 1.0)))
    assert player.work(1) == 1
    assert player.match_gain != first
    assert player.match_measured == 1.0


def test_nothing_is_known_before_it_played(player: Player) -> None:
    assert player.match_gain is None
    assert player.match_measured == 0.0


def test_the_gain_is_applied_when_it_is_asked_for(player: Player, song: Song, bank: SoundFont) -> None:
    player.play()
    player.work()
    gains = player.match_gain
    assert gains is not None
    plain = np.concatenate(list(render_song(song, louder(song, 30), bank)))
    assert np.array_equal(player.read(5_000)[FADE:], plain[FADE:5_000])
    player.set_mix(Mix(matched=True))
    heard = player.read(5_000)
    factor = 10 ** (gains[Side.AFTER] / 20)
    assert np.allclose(heard[FADE:], factor * plain[5_000 + FADE : 10_000], atol=1e-6)
    assert np.abs(np.diff(heard, axis=0)).max() <= np.abs(np.diff(plain, axis=0)).max() + 1 / FADE


def test_silence_is_as_loud_as_silence(player: Player) -> None:
    player.set_mix(Mix((0.0, 0.0, 0.0)))
    player.play()
    player.work()
    assert player.match_gain == {Side.BEFORE: 0.0, Side.AFTER: 0.0}


def test_it_is_measured_to_the_end_where_memory_is_short(bank: SoundFont, song: Song) -> None:
    player = Player(bank, capacity=CAPACITY, threaded=False)
    player.set_song(song)
    player.set_performance(louder(song, 30))
    player.set_mix(Mix(matched=True))
    player.work()
    player.play()
    player.work()
    assert player.match_measured == 1.0
    assert player.rendered_bytes <= 1.1 * CAPACITY
