"""Laws of the player, whatever it is told: nothing clicks, and away from fades it is the rendered song, bit by bit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from duv_studio.engine.midi.song import Song
from duv_studio.sound import RATE
from duv_studio.sound.offline import render_song
from duv_studio.sound.player.player import Mix, Player, Side
from duv_studio.sound.player.playhead import FADE
from duv_studio.sound.soundfont.bank import SoundFont
from tests.sound.short_song import louder, short_song

Stereo = NDArray[np.float32]
Command = tuple[str, object]

MIXES = (Mix(), Mix(gain=(0.0, 1.0, 1.0)), Mix(gain=(1.0, 0.0, 0.0)), Mix(gain=(0.7, 0.3, 1.0), volume=0.5))
COMMANDS = st.one_of(
    st.tuples(st.just("play"), st.none()),
    st.tuples(st.just("stop"), st.none()),
    st.tuples(st.just("seek"), st.floats(0, 4.5)),
    st.tuples(st.just("show"), st.sampled_from(Side)),
    st.tuples(st.just("loop"), st.none() | st.tuples(st.floats(0, 3), st.floats(0, 3))),
    st.tuples(st.just("mix"), st.integers(0, len(MIXES) - 1)),
)
STEPS = st.lists(
    st.tuples(COMMANDS, st.sampled_from([1, 7, 100, 440, 441, 882, 3000, 12_000])), min_size=1, max_size=12
)


@dataclass(repr=False)
class Rendered:
    """A player with all of a song rendered, and the song's sides by their mix."""

    player: Player
    song: Song
    bank: SoundFont
    known: dict[tuple[Side, int], Stereo]

    def fresh(self) -> Player:
        """The player as if it had just been made; what was rendered is still there."""
        self.player.set_song(self.song)
        self.player.set_performance(louder(self.song))
        self.player.show(Side.AFTER)
        self.player.set_mix(MIXES[0])
        self.player.read(2 * FADE)
        self.player.work()
        return self.player

    def side(self, side: Side, mix: int) -> Stereo:
        """A side as it is rendered with a mix, and silence behind it."""
        if (side, mix) not in self.known:
            played = louder(self.song) if side is Side.AFTER else None
            gain = MIXES[mix].levels(len(self.song.tracks))
            audio = [*render_song(self.song, played, self.bank, gain=gain), np.zeros((3 * RATE, 2), np.float32)]
            self.known[side, mix] = np.concatenate(audio)
        return self.known[side, mix]


@pytest.fixture(scope="module")
def rendered(bank: SoundFont) -> Rendered:
    rendered = Rendered(Player(bank, threaded=False), short_song(), bank, {})
    rendered.fresh().play()
    rendered.player.work()
    return rendered


def tell(player: Player, command: Command) -> None:
    name, what = command
    if name == "seek":
        player.seek(what)  # type: ignore[arg-type]
    elif name == "show":
        player.show(what)  # type: ignore[arg-type]
    elif name == "loop":
        player.set_loop(what)  # type: ignore[arg-type]
    elif name == "mix":
        player.set_mix(MIXES[what])  # type: ignore[index]
    else:
        getattr(player, name)()


@settings(max_examples=25)
@given(steps=STEPS)
def test_it_never_clicks_and_is_the_rendered_song_away_from_fades(
    rendered: Rendered, steps: list[tuple[Command, int]]
) -> None:
    player, heard = rendered.fresh(), []
    mix = 0
    player.play()
    for command, frames in steps:
        tell(player, command)
        player.work()
        mix = command[1] if command[0] == "mix" else mix  # type: ignore[assignment]
        heard.append(player.read(FADE))  # all fades are over, but for the wrap of a loop
        before = player.snapshot()
        audio = player.read(frames)
        after = player.snapshot()
        if before.parting is None and after.parting is None and after.frame - before.frame in (0, frames):
            at = before.frame if player.is_playing or after.frame > before.frame else None
            expected = rendered.side(player.side, mix)[at : at + frames] if at is not None else 0 * audio
            assert np.array_equal(audio, expected)
        heard.append(audio)
    everything = np.concatenate(heard)
    assert np.isfinite(everything).all()
    assert np.abs(np.diff(everything, axis=0)).max() <= _steepest(rendered)


def _steepest(rendered: Rendered) -> float:
    """The largest step between frames: that of the sum of the tracks, and that of fades between two such sums."""
    single = [rendered.side(side, mix) for side in Side for mix in range(len(MIXES))]
    peak = max(float(np.abs(audio).max()) for audio in single)
    return max(float(np.abs(np.diff(audio, axis=0)).max()) for audio in single) + 4 * peak / FADE


@settings(max_examples=20)
@given(steps=STEPS, pieces=st.lists(st.integers(1, 2000), min_size=1, max_size=8))
def test_read_in_pieces_is_read_at_once_and_what_is_taken_back_comes_again(
    rendered: Rendered, steps: list[tuple[Command, int]], pieces: list[int]
) -> None:
    player = rendered.fresh()
    player.play()
    for command, frames in steps:
        tell(player, command)
        player.work()
        state = player.snapshot()
        at_once, position = player.read(sum(pieces)), player.position
        player.restore(state)
        assert np.array_equal(np.concatenate([player.read(piece) for piece in pieces]), at_once)
        assert player.position == position
        player.restore(state)
        player.read(frames)


@settings(max_examples=15)
@given(
    first=st.integers(0, 40_000),
    switches=st.lists(st.integers(FADE, 20_000), min_size=1, max_size=8),
)
def test_sides_are_those_of_unbroken_plays(rendered: Rendered, first: int, switches: list[int]) -> None:
    player = rendered.fresh()
    player.seek(first / RATE)
    player.play()
    player.work()
    at, side = first, Side.AFTER
    for frames in switches:
        audio = player.read(frames)
        assert np.array_equal(audio[FADE:], rendered.side(side, 0)[at + FADE : at + frames])
        at, side = at + frames, Side.BEFORE if side is Side.AFTER else Side.AFTER
        player.show(side)
        assert round(player.position * RATE) == at
