"""Takes: what is heard of scores, and what is rendered once for all that is the same."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from duv_studio.engine.midi.midi_file import parse
from duv_studio.engine.midi.song import Performance, Song
from duv_studio.sound import RATE
from duv_studio.sound.offline import render_song
from duv_studio.sound.schedule.listening import Listening
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.takes.renderer import Renderer
from duv_studio.sound.takes.take import Take
from tests.midi_builder import TrackSpec, build_song
from tests.sound.schedule.scores import SECOND, control
from tests.sound.short_song import louder, short_song


@pytest.fixture
def renderer(bank: SoundFont) -> Renderer:
    return Renderer(Synth(bank))


def rendered(renderer: Renderer, take: Take, blocks: range | None = None) -> int:
    """Render all that is missing; how many blocks of tracks that were."""
    count = 0
    for block in blocks or range(take.blocks):
        while (track := renderer.missing(take, block)) is not None:
            renderer.render(take, track, block)
            count += 1
    return count


def audio(bank: SoundFont, *tracks: TrackSpec, **options: object) -> NDArray[np.float32]:
    song = parse(build_song(tracks))
    return np.concatenate(list(render_song(song, None, bank, **options)))  # type: ignore[arg-type]


def rms(audio: NDArray[np.float32], start: float, stop: float) -> float:
    return float(np.sqrt((audio[round(start * RATE) : round(stop * RATE)].astype(np.float64) ** 2).mean()))


def test_blocks_are_the_same_in_whatever_order_they_are_rendered(bank: SoundFont, renderer: Renderer) -> None:
    song = short_song()
    take = renderer.take(song, song.as_written(), Listening())
    other = Renderer(Synth(bank))
    backwards = other.take(song, song.as_written(), Listening())
    rendered(renderer, take)
    for block in reversed(range(take.blocks)):
        rendered(other, backwards, range(block, block + 1))
    for block in range(take.blocks):
        ours, theirs = take.rendered(block, renderer.store), backwards.rendered(block, other.store)
        assert ours is not None
        assert theirs is not None
        for one, two in zip(ours, theirs, strict=True):
            assert (one is None) == (two is None)
            assert one is None or two is None or np.array_equal(one.heard(), two.heard())


@pytest.mark.parametrize(
    ("changed", "share"),
    [((), 0.0), ((1,), 0.5), ((0, 1, 2), 1.0)],
    ids=["nothing", "one track", "all"],
)
def test_only_what_sounds_otherwise_is_rendered_again(
    renderer: Renderer, changed: tuple[int, ...], share: float
) -> None:
    song = short_song()
    whole = rendered(renderer, renderer.take(song, song.as_written(), Listening()))
    take = renderer.take(song, louder(song, 9, changed), Listening())
    again = rendered(renderer, take)
    assert (again == 0) == (share == 0)
    assert again <= share * whole + 1
    back = renderer.take(song, song.as_written(), Listening())
    assert rendered(renderer, back) == 0, "moved back: all is still there"


def test_a_note_that_changes_leaves_blocks_far_from_it_alone(renderer: Renderer) -> None:
    notes = [(k * SECOND, 200, 60, 80) for k in range(20)]
    song = parse(build_song([TrackSpec(notes, program=48)]))
    rendered(renderer, renderer.take(song, song.as_written(), Listening()))
    played: Performance = song.as_written()
    velocity = played[0].velocity.copy()
    velocity[10] += 20
    take = renderer.take(song, (type(played[0])(velocity, played[0].duration),), Listening())
    assert 1 <= rendered(renderer, take) <= 12


def test_silent_stretches_take_no_memory(renderer: Renderer) -> None:
    song = parse(build_song([TrackSpec([(0, 100, 60, 80), (60 * SECOND, 100, 60, 80)], program=48)]))
    take = renderer.take(song, song.as_written(), Listening())
    assert take.frames > 60 * RATE
    rendered(renderer, take)
    assert len(renderer.store) < 30


def test_velocity_is_heard(bank: SoundFont) -> None:
    levels = [rms(audio(bank, TrackSpec([(0, 480, 60, velocity)])), 0, 0.4) for velocity in (1, 40, 80, 127)]
    assert all(2 * soft < loud for soft, loud in pairwise(levels))


def test_a_pedal_holds_what_its_key_lets_go(bank: SoundFont) -> None:
    note = [(0, 200, 60, 100)]
    pedal = [control(0, 64, 127), control(2 * SECOND, 64, 0)]
    without, held = audio(bank, TrackSpec(note, program=48)), audio(bank, TrackSpec(note, program=48, events=pedal))
    assert rms(held, 1.0, 1.9) > 30 * rms(without, 1.0, 1.9)
    assert rms(held, 2.6, 2.8) < 0.02 * rms(held, 1.0, 1.9)


def test_a_hi_hat_chokes_the_open_one(bank: SoundFont) -> None:
    dry = [control(0, 91, 0, 9)]
    opened = TrackSpec([(0, 60, 46, 100)], channel=9, events=dry)
    closed = TrackSpec([(0, 60, 46, 100), (96, 60, 42, 1)], channel=9, events=dry)
    assert rms(audio(bank, closed), 0.115, 0.16) < 0.5 * rms(audio(bank, opened), 0.115, 0.16)


def test_pan_moves_the_sound_and_keeps_its_power(bank: SoundFont) -> None:
    def sides(value: int) -> tuple[float, float]:
        dry = [control(0, 10, value), control(0, 91, 0)]
        heard = audio(bank, TrackSpec([(0, 960, 60, 100)], program=48, events=dry))
        return rms(heard[:, :1], 0.1, 0.9), rms(heard[:, 1:], 0.1, 0.9)

    left, middle, right = sides(0), sides(64), sides(127)
    assert left[1] < 1e-4 * left[0]
    assert right[0] < 1e-4 * right[1]
    assert middle[0] == pytest.approx(middle[1])
    assert np.hypot(*middle) == pytest.approx(left[0], rel=0.01)


def test_volume_follows_the_controller(bank: SoundFont) -> None:
    events = [control(0, 7, 127), control(SECOND, 7, 64), control(0, 91, 0)]
    heard = audio(bank, TrackSpec([(0, 2 * SECOND, 60, 100)], program=48, events=events))
    ratio = rms(heard, 1.2, 1.9) / rms(heard, 0.2, 0.9)
    assert 20 * np.log10(ratio) == pytest.approx(40 * np.log10(64 / 127), abs=0.2)


def test_reverb_sounds_on_and_ends(bank: SoundFont) -> None:
    note = [(0, 100, 60, 100)]
    dry = audio(bank, TrackSpec(note, program=48, events=[control(0, 91, 0)]))
    wet = audio(bank, TrackSpec(note, program=48, events=[control(0, 91, 127)]))
    assert rms(wet, 0.3, 0.6) > 10 * rms(dry, 0.3, 0.6)
    assert np.abs(wet[-100:]).max() < 1e-6


def test_many_overlapping_notes_do_not_clip_or_break(bank: SoundFont) -> None:
    notes = [(k, 2000, 30 + k % 80, 127) for k in range(400)]
    heard = audio(bank, TrackSpec(notes, program=48), stop=0.5)
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() > 1.0, "full scale is no limit in here"


def test_notes_that_begin_after_years_are_not_played(renderer: Renderer) -> None:
    late = [(2**27 + k, 100, 60, 80) for k in range(500)]
    song: Song = parse(build_song([TrackSpec([(0, 1, 60, 80), *late], program=48)], ppq=1))
    take = renderer.take(song, song.as_written(), Listening())
    assert take.frames < 10 * RATE
    rendered(renderer, take)
