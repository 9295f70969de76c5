"""A patch: what one region of a preset does for one note, after all modulators, in seconds, cents, dB and Hz."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from duv_studio.sound import RATE
from duv_studio.sound.soundfont import modulators
from duv_studio.sound.soundfont.generators import Gen, limited
from duv_studio.sound.soundfont.modulators import Modulator, controller
from duv_studio.sound.soundfont.preset import Region
from duv_studio.sound.soundfont.samples import Sample
from duv_studio.sound.synth.envelope import Envelope
from duv_studio.sound.synth.lfo import Lfo

# These belong to the mixer where they move what the mixer moves: volume, pan, expression, reverb, chorus.
_OF_MIXER = frozenset(controller(number) for number in (7, 10, 11, 91, 93))
_MIXED = frozenset({Gen.ATTENUATION, Gen.PAN, Gen.REVERB, Gen.CHORUS})
_MOD_WHEEL = controller(1)
_VIBRATO = frozenset({Gen.VIB_LFO_TO_PITCH, Gen.MOD_LFO_TO_PITCH})  # follow the wheel while the note sounds

# What controllers stand at when nobody moved them (MIDI 1.0, RP-015).
_AT_REST = {controller(7): 100, controller(8): 64, controller(10): 64, controller(11): 127}

_EMU_SCALE = 0.4  # of initialAttenuation: what the hardware did that banks were made for
_COARSE = 32_768  # frames of one step of a coarse address offset
_STEPS = (1 / 1024, 64.0)  # frames of the sample per frame heard
_SHORTEST_RELEASE = 0.016  # s, below it clicks
_MOST_REGIONS = 16_384  # whose modulators are remembered
_MOST_SHAPES = 4_096  # envelopes and LFOs that are remembered: most notes of a program share theirs
_Q_STEP = 10  # cB; finer differences are not heard, and equal filters share their waves


@dataclass(frozen=True)
class Pitch:
    """How fast a sample is read, and in cents what moves that."""

    step: float
    mod_lfo: float
    vib_lfo: float
    mod_envelope: float
    wheel_to_mod_lfo: float
    wheel_to_vib_lfo: float


@dataclass(frozen=True)
class Filter:
    """The low-pass: cutoff in absolute cents, resonance in dB above a flat one, and in cents what moves the cutoff."""

    cutoff: float
    resonance: float
    mod_lfo: float
    mod_envelope: float


@dataclass(frozen=True)
class Patch:
    """Everything about one layer of a note but how long it is held. Addresses are added to the sample's, in frames."""

    sample: Sample
    start: int
    stop: int
    loop_start: int
    loop_stop: int
    loop_mode: int
    pitch: Pitch
    filter: Filter
    attenuation: float  # dB
    tremolo: float  # dB by which the modulation LFO raises and lowers the level
    volume: Envelope
    modulation: Envelope
    mod_lfo: Lfo
    vib_lfo: Lfo
    pan: float
    reverb: float


def listens_to(region: Region) -> frozenset[int]:
    """Controllers whose values at note-on change how the region sounds."""
    used = (modulator.controllers() for modulator in region.modulators.values() if not _is_elsewhere(modulator))
    return frozenset[int]().union(*used)


def longest_release(region: Region) -> float:
    """Seconds that the region may sound on at most after its key is let go, whatever its modulators do."""
    longest = region.amount(Gen.VOL_ENV_RELEASE)
    for modulator in region.modulators.values():
        if modulator.target == Gen.VOL_ENV_RELEASE:
            longest += abs(modulator.amount)
    return max(_seconds(limited(Gen.VOL_ENV_RELEASE, longest)), _SHORTEST_RELEASE)


def patch(region: Region, key: int, velocity: int, controllers: Mapping[int, int]) -> Patch:
    """Work out a region for a note."""
    key = int(region.amount(Gen.KEY)) if 0 <= region.amount(Gen.KEY) <= 127 else key
    velocity = int(region.amount(Gen.VELOCITY)) if 0 < region.amount(Gen.VELOCITY) <= 127 else velocity
    sources = {number: value / 127 for number, value in _AT_REST.items()}
    sources |= {controller(number): value / 127 for number, value in controllers.items()}
    sources |= {modulators.VELOCITY: velocity / 127, modulators.KEY: key / 127}
    sources |= {modulators.WHEEL: 0.5, modulators.WHEEL_RANGE: 2 / 127}
    return _Sums(region, sources).patch(key)


def _is_elsewhere(modulator: Modulator) -> bool:
    """Whether the mixer or the wheel's curve does what this modulator says."""
    source = modulator.source & 0xFF
    return (source in _OF_MIXER and modulator.target in _MIXED) or _is_wheel(modulator)


def _is_wheel(modulator: Modulator) -> bool:
    return modulator.source & 0xFF == _MOD_WHEEL and modulator.target in _VIBRATO


@lru_cache(_MOST_REGIONS)
def _modulators(region: Region) -> tuple[Sequence[Modulator], Sequence[Modulator]]:
    """Those that follow the wheel while a note sounds, and those that are worked out at note-on."""
    active = region.active_modulators
    wheel = [modulator for modulator in active if _is_wheel(modulator)]
    return wheel, [modulator for modulator in active if not _is_elsewhere(modulator)]


class _Sums:
    """Generators of a region with what modulators add for one note."""

    def __init__(self, region: Region, sources: dict[int, float]) -> None:
        self._region = region
        self._amounts = region.limited
        self._added: dict[int, float] = {}
        self._wheel: dict[int, float] = {}
        turned = sources | {_MOD_WHEEL: 1.0}
        wheel, own = _modulators(region)
        for modulator in wheel:
            self._wheel[modulator.target] = self._wheel.get(modulator.target, 0.0) + modulator.value(turned)
        for modulator in own:
            self._added[modulator.target] = self._added.get(modulator.target, 0.0) + modulator.value(sources)

    def patch(self, key: int) -> Patch:
        sample = self._region.sample
        return Patch(
            sample=sample,
            start=self._address(Gen.START, Gen.START_COARSE),
            stop=self._address(Gen.STOP, Gen.STOP_COARSE),
            loop_start=sample.loop[0] + self._address(Gen.LOOP_START, Gen.LOOP_START_COARSE),
            loop_stop=sample.loop[1] + self._address(Gen.LOOP_STOP, Gen.LOOP_STOP_COARSE),
            loop_mode=int(self._region.amount(Gen.LOOP_MODE)) & 3,
            pitch=self._pitch(key),
            filter=self._filter(),
            attenuation=self._attenuation(),
            tremolo=self[Gen.MOD_LFO_TO_VOLUME] / 10,
            volume=self._volume_envelope(key),
            modulation=self._modulation_envelope(key),
            mod_lfo=_lfo(self[Gen.MOD_LFO_DELAY], self[Gen.MOD_LFO_RATE]),
            vib_lfo=_lfo(self[Gen.VIB_LFO_DELAY], self[Gen.VIB_LFO_RATE]),
            pan=self[Gen.PAN] / 1_000,
            reverb=self[Gen.REVERB] / 1_000,
        )

    def __getitem__(self, number: Gen) -> float:
        added = self._added.get(number)
        return limited(number, self._region.amount(number) + added) if added else self._amounts[number]

    def _address(self, fine: Gen, coarse: Gen) -> int:
        return int(self[fine]) + _COARSE * int(self[coarse])

    def _attenuation(self) -> float:
        centibels = _EMU_SCALE * self._region.amount(Gen.ATTENUATION) + self._added.get(Gen.ATTENUATION, 0.0)
        return limited(Gen.ATTENUATION, centibels) / 10

    def _pitch(self, key: int) -> Pitch:
        sample = self._region.sample
        root = self[Gen.ROOT_KEY]
        cents = self[Gen.SCALE_TUNING] * (key - (sample.root if root < 0 else root))
        cents += 100 * self[Gen.COARSE_TUNE] + self[Gen.FINE_TUNE] + sample.correction
        octaves = min(max(cents / 1_200, -20.0), 20.0)
        step = min(max(sample.rate / RATE * 2.0**octaves, _STEPS[0]), _STEPS[1])
        return Pitch(
            step=step,
            mod_lfo=self[Gen.MOD_LFO_TO_PITCH],
            vib_lfo=self[Gen.VIB_LFO_TO_PITCH],
            mod_envelope=self[Gen.MOD_ENV_TO_PITCH],
            wheel_to_mod_lfo=limited(Gen.MOD_LFO_TO_PITCH, self._wheel.get(Gen.MOD_LFO_TO_PITCH, 0.0)),
            wheel_to_vib_lfo=limited(Gen.VIB_LFO_TO_PITCH, self._wheel.get(Gen.VIB_LFO_TO_PITCH, 0.0)),
        )

    def _filter(self) -> Filter:
        resonance = round(self[Gen.FILTER_Q] / _Q_STEP) * _Q_STEP / 10
        to_lfo, to_envelope = self[Gen.MOD_LFO_TO_FILTER], self[Gen.MOD_ENV_TO_FILTER]
        return Filter(self[Gen.FILTER_CUTOFF], resonance, to_lfo, to_envelope)

    def _volume_envelope(self, key: int) -> Envelope:
        return _envelope(
            self[Gen.VOL_ENV_DELAY],
            self[Gen.VOL_ENV_ATTACK],
            self[Gen.VOL_ENV_HOLD] + self[Gen.KEY_TO_VOL_ENV_HOLD] * (60 - key),
            self[Gen.VOL_ENV_DECAY] + self[Gen.KEY_TO_VOL_ENV_DECAY] * (60 - key),
            self[Gen.VOL_ENV_SUSTAIN],
            self[Gen.VOL_ENV_RELEASE],
        )

    def _modulation_envelope(self, key: int) -> Envelope:
        return _envelope(
            self[Gen.MOD_ENV_DELAY],
            self[Gen.MOD_ENV_ATTACK],
            self[Gen.MOD_ENV_HOLD] + self[Gen.KEY_TO_MOD_ENV_HOLD] * (60 - key),
            self[Gen.MOD_ENV_DECAY] + self[Gen.KEY_TO_MOD_ENV_DECAY] * (60 - key),
            self[Gen.MOD_ENV_SUSTAIN],
            self[Gen.MOD_ENV_RELEASE],
        )


@lru_cache(_MOST_SHAPES)
def _envelope(delay: float, attack: float, hold: float, decay: float, sustain: float, release: float) -> Envelope:
    """From timecents, and the sustain in tenths of a per cent, or centibels, below the peak."""
    return Envelope(
        delay=_seconds(delay),
        attack=_seconds(attack),
        hold=_seconds(hold),
        decay=_seconds(decay),
        sustain=max(0.0, 1.0 - sustain / 1_000),
        release=max(_seconds(release), _SHORTEST_RELEASE),
    )


@lru_cache(_MOST_SHAPES)
def _lfo(delay: float, rate: float) -> Lfo:
    return Lfo(_seconds(delay), _hertz(rate))


def _seconds(timecents: float) -> float:
    """Timecents are 2 ** (x / 1200) s; the shortest mean "at once"."""
    return 0.0 if timecents <= -12_000 else 2.0 ** (min(timecents, 8_000) / 1_200)


def _hertz(cents: float) -> float:
    return float(8.176 * 2.0 ** (cents / 1_200))
