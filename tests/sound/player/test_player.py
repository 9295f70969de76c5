"""What comes out of the player: where it plays, what it switches, and that nothing clicks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from duv_studio.engine.midi.midi_file import parse
from duv_studio.engine.midi.song import Performance, Song
from duv_studio.sound import RATE
from duv_studio.sound.offline import render_song
from duv_studio.sound.player.player import Mix, Player, Side
from duv_studio.sound.player.playhead import FADE
from duv_studio.sound.schedule.listening import Listening
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.takes.stem import Stem
from tests.sound.long_song import long_song
from tests.sound.short_song import louder, short_song
from tests.sound.soundfonts import tiny_soundfont

Stereo = NDArray[np.float32]


@pytest.fixture(scope="module")
def song() -> Song:
    return short_song()


@pytest.fixture(scope="module")
def after(song: Song) -> Performance:
    return louder(song)


@pytest.fixture
def player(bank: SoundFont, song: Song, after: Performance) -> Iterator[Player]:
    player = Player(bank, threaded=False)
    player.set_song(song)
    player.set_performance(after)
    player.work()
    yield player
    player.close()


@pytest.fixture(scope="module")
def sides(bank: SoundFont, song: Song, after: Performance) -> dict[Side, Stereo]:
    return {Side.BEFORE: whole(song, None, bank), Side.AFTER: whole(song, after, bank)}


def whole(song: Song, performance: Performance | None, bank: SoundFont, **options: object) -> Stereo:
    return np.concatenate(list(render_song(song, performance, bank, **options)))  # type: ignore[arg-type]


def playing(player: Player, at: float = 0.0) -> Player:
    player.seek(at)
    player.play()
    player.work()
    return player


def test_it_is_silent_until_it_is_told_to_play(player: Player) -> None:
    assert not player.read(1000).any()
    assert (player.position, player.is_playing, player.is_waiting) == (0.0, False, False)


def test_it_plays_the_after_side_as_it_is_rendered(player: Player, sides: dict[Side, Stereo]) -> None:
    playing(player)
    heard = player.read(RATE)
    assert np.array_equal(heard[FADE:], sides[Side.AFTER][FADE:RATE])
    assert player.position == 1.0
    assert player.side is Side.AFTER


@pytest.mark.parametrize("at", [0.1, 0.99, 1.7])
def test_it_plays_from_the_middle_as_if_it_had_played_through(
    player: Player, sides: dict[Side, Stereo], at: float
) -> None:
    playing(player, at)
    first = round(at * RATE)
    assert np.array_equal(player.read(RATE)[FADE:], sides[Side.AFTER][first + FADE : first + RATE])


def test_it_switches_sides_without_a_gap_at_the_same_place(player: Player, sides: dict[Side, Stereo]) -> None:
    playing(player)
    player.read(10_000)
    player.show(Side.BEFORE)
    heard = player.read(10_000)
    old, new = (sides[side][10_000:20_000] for side in (Side.AFTER, Side.BEFORE))
    assert np.array_equal(heard[FADE:], new[FADE:])
    rise = (np.arange(FADE) + 1)[:, None] / (FADE + 1)
    assert np.allclose(heard[:FADE], old[:FADE] * (1 - rise) + new[:FADE] * rise, atol=1e-6)


def test_mute_and_volume_are_heard_at_once(player: Player, song: Song, after: Performance, bank: SoundFont) -> None:
    playing(player)
    player.read(5_000)
    player.set_mix(Mix(gain=(0.0, 0.5, 1.0), volume=0.5))
    heard = player.read(20_000)
    expected = whole(song, after, bank, gain=(0.0, 0.25, 0.5))
    assert np.array_equal(heard[FADE:], expected[5_000 + FADE : 25_000])


def test_nothing_rings_on_after_stop_and_play_goes_on_there(player: Player, sides: dict[Side, Stereo]) -> None:
    playing(player)
    player.read(30_000)
    player.stop()
    heard = player.read(5_000)
    assert heard[: FADE - 1].any()
    assert not heard[FADE:].any()
    assert player.position == 30_000 / RATE
    player.play()
    player.work()
    assert np.array_equal(player.read(2_000)[FADE:], sides[Side.AFTER][30_000 + FADE : 32_000])


def test_a_loop_wraps_with_a_crossfade(player: Player, sides: dict[Side, Stereo]) -> None:
    player.set_loop((0.5, 1.0))
    playing(player, 0.5)
    heard, side = player.read(2 * RATE), sides[Side.AFTER]
    round_one = heard[22_050 : 2 * 22_050]
    assert np.array_equal(round_one[FADE:], side[22_050 + FADE : 44_100])
    rise = (np.arange(FADE) + 1)[:, None] / (FADE + 1)
    wrap = side[44_100 : 44_100 + FADE] * (1 - rise) + side[22_050 : 22_050 + FADE] * rise
    assert np.allclose(round_one[:FADE], wrap, atol=1e-6)
    assert player.loop == (0.5, 1.0)
    assert player.position == 0.5


def test_behind_a_loop_it_plays_on(player: Player) -> None:
    player.set_loop((0.5, 1.0))
    playing(player, 1.2)
    player.read(RATE)
    assert player.position == 2.2


def test_it_ends_and_begins_again(player: Player, sides: dict[Side, Stereo]) -> None:
    playing(player, 2.5)
    heard = player.read(len(sides[Side.AFTER]))
    assert not player.is_playing
    assert player.position == pytest.approx(player.length)
    assert not heard[-RATE:].any()
    player.play()
    player.work()
    player.read(1_000)
    assert player.position == 1_000 / RATE


def test_it_waits_in_silence_until_something_is_rendered(player: Player) -> None:
    player.seek(2.0)
    player.play()
    assert not player.read(1_000).any()
    assert player.is_waiting
    assert player.position == 2.0
    before = player.generation
    player.work()
    assert player.generation == before + 1, "what was read ahead is to be read again"
    assert player.read(1_000).any()
    assert not player.is_waiting


def test_an_underrun_fades_and_goes_on_where_it_stopped(bank: SoundFont, song: Song, sides: dict[Side, Stereo]) -> None:
    player = Player(bank, threaded=False)
    player.set_song(song)
    player.work()  # a player that stands renders the beginning only
    player.play()
    heard = player.read(3 * RATE)
    at = round(player.position * RATE)
    assert player.is_waiting
    assert 0 < at < 2 * RATE
    assert not heard[at + FADE :].any()
    assert np.abs(np.diff(heard[at - 100 : at + FADE + 100], axis=0)).max() < 0.1
    player.work()
    assert np.array_equal(player.read(2_000)[FADE:], sides[Side.BEFORE][at + FADE : at + 2_000])


def test_a_new_performance_takes_over_when_it_is_ready(
    player: Player, song: Song, sides: dict[Side, Stereo], bank: SoundFont
) -> None:
    playing(player)
    player.read(10_000)
    newer = louder(song, -20)
    player.set_performance(newer)
    assert player.is_changing
    goes_on = player.read(2_000)
    assert np.array_equal(goes_on, sides[Side.AFTER][10_000:12_000])
    before = player.generation
    player.work()
    assert player.generation == before + 1
    heard = player.read(5_000)
    assert np.array_equal(heard[FADE:], whole(song, newer, bank)[12_000 + FADE : 17_000])
    assert not player.is_changing


def test_only_the_newest_performance_is_made(player: Player, song: Song, bank: SoundFont) -> None:
    playing(player)
    for by in range(-30, 0):
        player.set_performance(louder(song, by))
    player.work(4)
    player.work()
    player.read(1_000)
    assert np.array_equal(player.read(3_000), whole(song, louder(song, -1), bank)[1_000:4_000])


def test_a_slider_that_never_stands_still_is_heard_now_and_then(player: Player, song: Song) -> None:
    playing(player)
    player.read(1_000)
    generation, orders = player.generation, 0
    while player.generation == generation:
        player.set_performance(louder(song, -40 + orders % 30))
        orders += 1
        player.work(2)  # less than a take needs
        assert orders < 100
    assert orders > 1


def test_a_player_that_stands_renders_the_beginning_only(bank: SoundFont, song: Song) -> None:
    player = Player(bank, threaded=False)
    player.set_song(song)
    player.work()
    few = player.rendered_bytes
    player.play()
    player.work()
    assert player.rendered_bytes > 2 * few
    player.stop()
    player.set_performance(louder(song))
    before = player.rendered_bytes
    player.work()
    assert player.rendered_bytes - before < before / 2


def test_a_program_for_listening_is_heard_on_both_sides(player: Player, song: Song, bank: SoundFont) -> None:
    listening = Listening({1: 0})
    player.set_listening(listening)
    player.show(Side.BEFORE)
    playing(player)
    expected = whole(song, None, bank, listening=listening)
    assert np.array_equal(player.read(5_000)[FADE:], expected[FADE:5_000])
    assert not np.array_equal(expected[:5_000], whole(song, None, bank)[:5_000])


def test_what_was_read_ahead_is_taken_back(player: Player, sides: dict[Side, Stereo]) -> None:
    playing(player)
    player.read(5_000)
    state = player.snapshot()
    ahead = player.read(3_000)
    player.restore(state)
    assert np.array_equal(player.read(3_000), ahead)
    player.restore(state)
    player.seek(2.0)
    player.work()
    player.read(500)
    player.restore(state)  # a command is not taken back, though it had been followed
    jumped = player.read(3_000)
    assert np.array_equal(jumped[FADE:], sides[Side.AFTER][2 * RATE + FADE : 2 * RATE + 3_000])


def test_another_song_stops_and_begins_at_its_start(player: Player, song: Song) -> None:
    playing(player, 1.0)
    player.read(1_000)
    player.set_song(song)
    assert (player.is_playing, player.position) == (False, 0.0)
    heard = player.read(2_000)
    assert not heard[FADE:].any()
    player.set_song(None)
    player.play()
    assert not player.is_playing
    assert player.length == 0.0


def test_sides_that_are_the_same_share_their_blocks(bank: SoundFont, song: Song) -> None:
    player = Player(bank, threaded=False)
    player.set_song(song)
    playing(player)
    alone = player.rendered_bytes
    player.set_performance(louder(song, 10, tracks=(0,)))
    player.work()
    one_more = player.rendered_bytes
    assert alone < one_more < 2 * alone
    player.set_performance(None)
    assert player.work() > 0
    player.set_performance(louder(song, 10, tracks=(0,)))
    player.work()
    assert player.rendered_bytes == one_more, "moved back: nothing is rendered again"


def test_it_keeps_within_its_memory(bank: SoundFont) -> None:
    capacity = 5_000_000  # the whole of both sides takes more than twice as much
    song = parse(long_song(10, 2))
    player = Player(bank, capacity=capacity, threaded=False)
    player.set_song(song)
    player.set_performance(louder(song))
    playing(player)
    heard = []
    while player.is_playing:
        heard.append(player.read(RATE // 4))
        player.work()
        assert player.rendered_bytes <= capacity
    audio, expected = np.concatenate(heard), whole(song, louder(song), bank)
    assert np.array_equal(audio[FADE : len(expected) - FADE], expected[FADE:-FADE])


def test_its_thread_renders_and_ends(bank: SoundFont, song: Song) -> None:
    player = Player(bank)
    player.set_song(song)
    player.play()
    heard = 0.0
    for _ in range(500):
        heard = max(heard, float(np.abs(player.read(441)).max()))
        if heard:
            break
        time.sleep(0.01)
    player.close()
    assert heard
    assert not player.read(441).any()


def test_a_soundfont_that_vanished_is_trouble_not_a_crash(song: Song, tmp_path: Path) -> None:
    path = tiny_soundfont(tmp_path / "gone.sf2")
    player = Player(SoundFont.open(path), threaded=False)
    path.unlink()
    player.set_song(song)
    player.play()
    player.work()
    assert not player.is_playing
    assert player.trouble is not None
    assert "gone.sf2" in str(player.trouble)


def test_a_fault_stops_it_and_is_told_and_another_song_plays(
    bank: SoundFont, song: Song, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    player = Player(bank)
    with monkeypatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda args: told.append(str(args.exc_value)))
        patch.setattr(Stem, "rendered", broken)
        player.set_song(song)
        player.play()
        for _ in range(500):
            if told:
                break
            time.sleep(0.01)
    assert told == ["a fault"]
    assert not player.is_playing
    assert "a fault" in str(player.trouble)
    player.set_song(song)
    player.play()
    assert player.trouble is None
    for _ in range(500):
        if player.read(441).any():
            break
        time.sleep(0.01)
    assert player.position > 0
    player.close()
