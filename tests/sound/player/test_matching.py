"""The same loudness for both sides: measured stem by stem, applied when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyloudnorm
import pytest

from duv_studio.engine.midi.song import Song
from duv_studio.sound import RATE
from duv_studio.sound.offline import render_song
from duv_studio.sound.player.matching import UNIT, Matching, units
from duv_studio.sound.player.player import Mix, Player, Side
from duv_studio.sound.player.playhead import FADE
from duv_studio.sound.schedule.listening import Listening
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.takes.block import BLOCK
from duv_studio.sound.takes.renderer import Renderer
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


def test_of_what_is_rendered_only_that_is_looked_at(bank: SoundFont, song: Song) -> None:
    renderer = Renderer(Synth(bank))
    take, matching = renderer.take(song, song.as_written(), Listening()), Matching()
    assert list(matching.wanted(take, 0)) == list(range(units(take)))
    assert list(matching.wanted(take, 0, rendered=True)) == []
    for block in range(5):
        while (track := renderer.missing(take, block)) is not None:
            renderer.render(take, track, block)
    assert list(matching.wanted(take, BLOCK * UNIT, rendered=True)) == [1, 0], "the third needs a sixth block"
    assert matching.measure(take, 1, renderer.store)
    assert list(matching.wanted(take, 0, rendered=True)) == [0]
    assert matching.measured_of([take]) == 1


def test_measurements_keep_within_their_memory(bank: SoundFont, song: Song) -> None:
    renderer = Renderer(Synth(bank))
    takes = [renderer.take(song, louder(song, by), Listening()) for by in range(0, 40, 10)]
    for take in takes:
        for block in range(take.blocks):
            while (track := renderer.missing(take, block)) is not None:
                renderer.render(take, track, block)
    roomy = Matching()
    for unit in range(units(takes[0])):
        roomy.measure(takes[0], unit, renderer.store)
    most = 2 * roomy.nbytes  # so much that two takes have room
    matching = Matching(most)
    for unit in range(units(takes[0])):
        matching.measure(takes[0], unit, renderer.store)
    for take in takes[1:]:
        levels = [[1.0] * len(take.stems)] * 2
        for unit in range(units(take)):
            matching.measure(take, unit, renderer.store)
            assert matching.nbytes <= most
            gains = matching.gains([takes[0], take], levels)
        assert gains is not None, "what is used stays"
