"""What generators are heard as: pitch, loops, addresses, filters, LFOs, envelopes, level, pan, reverb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from duv_studio.sound import RATE
from duv_studio.sound.soundfont.bank import SoundFont
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.synth.tone import NO_CURVE, Curve, Tone
from duv_studio.sound.synth.voice import Layer
from tests.sound.soundfonts import Amount, MadePreset, MadeSample, MadeZone, Modulator, noise, sine, soundfont_bytes

LOOPED = MadeSample(sine(2_000), (500, 1_500))  # 441 Hz at key 69
HISS = MadeSample(noise(40_000, decay=0), (0, 40_000))


@pytest.fixture
def layer(tmp_path: Path):
    """Makes the only layer of a note, by its generators, sample and modulators."""

    def make(
        generators: Mapping[int, Amount] | None = None,
        sample: MadeSample = LOOPED,
        modulators: Sequence[Modulator] = (),
        *,
        key: int = 69,
        velocity: int = 127,
        length: float = 1.0,
        bend: Curve = NO_CURVE,
        wheel: Curve = NO_CURVE,
        controllers: tuple[tuple[int, int], ...] = (),
    ) -> Layer:
        path = tmp_path / "made.sf2"
        zone = MadeZone({54: 1, **(generators or {})}, 0, modulators)
        path.write_bytes(soundfont_bytes([sample], [[zone]], [MadePreset(0, 0, [MadeZone({}, 0)])]))
        tone = Tone(0, 0, key, velocity, length, controllers, bend, wheel)
        (found,) = Synth(SoundFont.open(path)).voice(tone).layers
        return found

    return make


def decibels(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-14))


def hertz(samples: np.ndarray) -> float:
    """The frequency of a sine by the length of its whole periods."""
    rising = np.flatnonzero((samples[:-1] < 0) & (samples[1:] >= 0))
    exact = rising - samples[rising] / (samples[rising + 1] - samples[rising])
    return float(RATE * (len(exact) - 1) / (exact[-1] - exact[0]))


def cents(found: float, base: float = 441.0) -> float:
    return float(1_200 * np.log2(found / base))


@pytest.mark.parametrize(
    ("generators", "key", "expected"),
    [
        ({}, 69, 0),
        ({}, 81, 1_200),
        ({}, 62, -700),
        ({58: 57}, 69, 1_200),
        ({56: 50}, 81, 600),
        ({56: 0}, 100, 0),
        ({51: -5}, 69, -500),
        ({52: 33}, 69, 33),
        ({46: 57}, 80, -1_200),
        ({51: 2, 52: -10, 56: 100}, 70, 290),
    ],
)
def test_pitch(layer, generators: dict[int, int], key: int, expected: float) -> None:
    assert cents(hertz(layer(generators, key=key).samples(4_410, RATE))) == pytest.approx(expected, abs=0.5)


def test_rate_and_correction_of_the_sample(layer) -> None:
    slow = MadeSample(sine(2_000), (500, 1_500), rate=RATE // 2, correction=40)
    assert cents(hertz(layer(sample=slow).samples(4_410, RATE))) == pytest.approx(-1_200 + 40, abs=0.5)


def test_unpitched_samples_count_as_middle_c(layer) -> None:
    assert cents(hertz(layer(sample=MadeSample(sine(2_000), (500, 1_500), root=255), key=60).samples(0, RATE))) == (
        pytest.approx(0, abs=0.5)
    )


def test_a_bend_is_followed(layer) -> None:
    heard = layer(bend=Curve(((0.0, 0.0), (0.4, 2.0), (0.7, -12.0)))).samples(0, RATE)
    pieces = [heard[int(at * RATE) : int((at + 0.2) * RATE)] for at in (0.1, 0.45, 0.75)]
    assert [round(cents(hertz(piece))) for piece in pieces] == [0, 200, -1_200]


def test_vibrato(layer) -> None:
    heard = layer({6: 100, 24: -851}, length=2.0).samples(0, 2 * RATE)  # 5 Hz, a semitone up and down
    places = [0.05, 0.10, 0.15, 0.20]
    found = [cents(hertz(heard[int((at - 0.01) * RATE) : int((at + 0.01) * RATE)])) for at in places]
    np.testing.assert_allclose(found, [80, 0, -80, 0], atol=25)
    assert cents(hertz(layer({6: 100, 24: -851, 23: 0}).samples(0, RATE))) == pytest.approx(0, abs=1)  # only after 1 s


@pytest.mark.parametrize(("wheel", "depth"), [(0.0, 0.0), (0.5, 25.0), (1.0, 50.0)])
def test_the_wheel_makes_vibrato(layer, wheel: float, depth: float) -> None:
    heard = layer({24: -2_051}, wheel=Curve(((0.0, wheel),)), length=2.0).samples(0, 2 * RATE)  # 2.5 Hz
    up = cents(hertz(heard[int(0.09 * RATE) : int(0.11 * RATE)]))
    assert up == pytest.approx(depth * 0.95, abs=3)


def test_the_modulation_envelope_bends(layer) -> None:
    heard = layer({7: 1_200, 28: 0, 29: 1_000}).samples(0, RATE)  # from an octave above down within 1 s
    assert cents(hertz(heard[: RATE // 50])) == pytest.approx(1_188, abs=10)
    assert cents(hertz(heard[RATE // 2 - 441 : RATE // 2 + 441])) == pytest.approx(600, abs=10)


def test_tremolo(layer) -> None:
    heard = layer({13: 60, 22: -851}).samples(0, RATE)  # 6 dB at 5 Hz
    loud, soft = (decibels(heard[int((at - 0.01) * RATE) : int((at + 0.01) * RATE)]) for at in (0.05, 0.15))
    assert loud - soft == pytest.approx(12 * 0.9, abs=1)


@pytest.mark.parametrize(
    ("mode", "held", "after"), [(0, False, False), (1, True, True), (2, False, False), (3, True, False)]
)
def test_loop_modes(layer, mode: int, held: bool, after: bool) -> None:
    # Two seconds of release at full level: the volume envelope hides nothing.
    found = layer({54: mode, 38: 6_000}, length=0.5)
    assert (decibels(found.samples(RATE // 4, RATE // 2)) > -20) == held
    assert (decibels(found.samples(RATE * 3 // 5, RATE * 4 // 5)) > -20) == after


def test_a_loop_that_is_left_plays_the_end_of_the_sample(layer) -> None:
    frames = np.concatenate((sine(1_000), sine(30_000, 25)))
    found = layer({54: 3, 38: 6_000}, MadeSample(frames, (500, 1_000)), length=0.5)
    assert hertz(found.samples(RATE // 4, RATE // 2)) == pytest.approx(441, abs=1)
    assert hertz(found.samples(RATE // 2 + 2_000, RATE // 2 + 20_000)) == pytest.approx(1_764, abs=1)
    assert found.frames == pytest.approx(RATE // 2 + 30_000, abs=700)


def test_addresses(layer) -> None:
    ramp = MadeSample(np.arange(0, 30_000, dtype=np.int16))
    start = layer({54: 0, 0: 5_000, 34: -12_000}, ramp).samples(200, 210) * 32_768
    np.testing.assert_allclose(start, np.arange(5_200, 5_210), atol=1.5)
    assert layer({54: 0, 1: -10_000}, ramp).frames == pytest.approx(20_000, abs=2)
    long = MadeSample(np.zeros(60_000, np.int16))
    assert layer({54: 0, 4: 1, 0: 100, 38: 6_000}, long, length=9.0).frames == 60_000 - 32_868


def test_loop_addresses(layer) -> None:
    two = np.concatenate((sine(1_000), sine(1_000, 50)))
    moved = layer({2: 1_000, 3: 1_000}, MadeSample(two, (0, 1_000)))
    assert hertz(moved.samples(RATE // 2, RATE)) == pytest.approx(882, abs=1)


@pytest.mark.parametrize(("amount", "expected"), [(100, -4), (500, -20), (-200, 0)])
def test_attenuation_is_scaled(layer, amount: int, expected: float) -> None:
    loud, soft = (decibels(layer({48: level}).samples(4_410, RATE)) for level in (0, amount))
    assert soft - loud == pytest.approx(expected, abs=0.05)


def test_velocity_opens_the_filter_where_the_bank_says_so(layer) -> None:
    to_cutoff = (0x0102, 8, -4_800, 0, 0)
    levels = [decibels(layer(None, HISS, [to_cutoff], velocity=velocity).samples(0, RATE)) for velocity in (127, 32)]
    without = [decibels(layer(None, HISS, velocity=velocity).samples(0, RATE)) for velocity in (127, 32)]
    assert levels[0] == pytest.approx(without[0], abs=0.1)
    assert levels[1] < without[1] - 3


def test_the_cutoff_moves_with_its_envelope(layer) -> None:
    heard = layer({8: 6_000, 11: 6_000, 28: 0, 29: 1_000}, HISS).samples(0, RATE)
    levels = [decibels(heard[at : at + 4_410]) for at in (4_410, RATE // 2, RATE * 9 // 10)]
    assert levels[0] > levels[1] + 4 > levels[2] + 8


def test_key_scales_the_decay(layer) -> None:
    fast, slow = (layer({36: 0, 37: 1_000, 40: 100}, key=key, length=5.0) for key in (72, 48))
    assert fast.frames < RATE * 0.5 * 1.01 < RATE * 2 * 0.8 < slow.frames


def test_pan_reverb_and_their_limits(layer) -> None:
    found = layer({17: -250, 16: 400})
    assert (found.pan, found.reverb) == (-0.25, 0.4)
    far = layer({17: 9_000, 16: 9_000})
    assert (far.pan, far.reverb) == (0.5, 1.0)


def test_controllers_at_note_on(layer, tmp_path: Path) -> None:
    breath = (0x0582, 48, 960, 0, 0)
    levels = [
        decibels(layer(None, LOOPED, [breath], controllers=((2, value),)).samples(0, RATE)) for value in (127, 64)
    ]
    assert levels[0] - levels[1] == pytest.approx(40 * np.log10(127 / 64), abs=0.1)
    assert Synth(SoundFont.open(tmp_path / "made.sf2")).listens_to(0, 0) == {2}


def test_a_whole_cutoff_with_an_envelope_that_moves_it(layer) -> None:
    assert decibels(layer({8: 13_500, 11: -3_000, 7: 5, 10: 100}).samples(0, RATE)) > -20


def test_nothing_clicks_at_the_start(layer) -> None:
    cosine = np.roll(sine(2_000), 25)
    heard = layer(sample=MadeSample(cosine, (500, 1_500))).samples(0, 200)
    assert heard[0] == 0
    assert np.abs(np.diff(heard)).max() < 0.06


def test_a_held_note_is_bounded_and_a_short_one_is_heard(layer) -> None:
    assert layer(length=1e9).frames < 1_300 * RATE
    assert decibels(layer({38: 1_200}, length=0.0).samples(0, 2_000)) > -30


def test_where_nothing_sounds_there_is_silence(layer) -> None:
    found = layer(length=0.1)
    assert not found.samples(-500, 0).any()
    assert not found.samples(found.frames, found.frames + 100).any()
    assert found.samples(5, 5).shape == (0,)
    straddling = found.samples(-100, 100)
    np.testing.assert_array_equal(straddling[100:], found.samples(0, 100))


def test_notes_that_cannot_be(layer) -> None:
    for key, velocity, length in (
        (-1, 1, 1.0),
        (128, 1, 1.0),
        (60, 0, 1.0),
        (60, 128, 1.0),
        (60, 1, -1.0),
        (60, 1, np.inf),
    ):
        with pytest.raises(ValueError, match="no such note"):
            Tone(0, 0, key, velocity, length)
