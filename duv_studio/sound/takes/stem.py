"""The sound of one track: which notes sound in a block, what names it, and their voices mixed without reverb."""

from __future__ import annotations

import math
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.events import IntArray
from duv_studio.sound import RATE
from duv_studio.sound.schedule.lanes import Lane
from duv_studio.sound.schedule.score import TrackScore
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.synth.tone import Tone
from duv_studio.sound.takes.block import BLOCK, Block, block_of
from duv_studio.sound.takes.store import SILENT, Key

HEADROOM = 10 ** (-9 / 20)  # room for many voices at once: all is rendered 9 dB softer
CHOKE = RATE // 100  # frames in which a choked note fades
_UNKNOWN = -1
_MOST_TONES = 200  # of a track that are remembered
_MOST_BLOCKS = 400  # whose notes are
_FADE = np.linspace(1.0, 0.0, CHOKE + 1, dtype=np.float32)[1:]

Mono = NDArray[np.float32]
Value = float | Mono


class Stem:
    """The notes of one track and how they sound. Not thread-safe, but for `keys`, which is only ever added to."""

    def __init__(self, score: TrackScore, synth: Synth) -> None:
        self.score = score
        self.keys: dict[int, Key] = {}  # of the blocks that were asked for
        self._notes: dict[int, IntArray] = {}
        self._tones: dict[int, Tone] = {}
        self._synth = synth
        release = _by_preset(score, lambda bank, program: math.ceil(synth.longest_release(bank, program) * RATE) + 1)
        choked = np.minimum(score.choke, np.iinfo(np.int64).max - CHOKE) + CHOKE
        self._latest = np.where(score.is_played, np.minimum(score.stop + release, choked), 0)
        self._choked = choked
        self._end = np.full(len(score), _UNKNOWN, np.int64)  # frames at which notes have died away

    def sounding(self, start: int, stop: int) -> IntArray:
        """The notes that sound somewhere in the frames from `start` to `stop`, ascending."""
        begun = int(np.searchsorted(self.score.start, stop))
        end = self._end[:begun]
        found = np.flatnonzero((self._latest[:begun] > start) & ((end > start) | (end == _UNKNOWN)))
        return found[self.ends(found) > start]

    def ends(self, notes: IntArray) -> IntArray:
        """Frames at which notes (n,) have died away, (n,)."""
        for note in notes[self._end[notes] == _UNKNOWN].tolist():
            frames = self._synth.voice(self._tone(note)).frames
            self._end[note] = min(int(self.score.start[note]) + frames, int(self._choked[note]))
        return self._end[notes]

    def key(self, block: int) -> Key:
        """Names what sounds in a block."""
        if block not in self.keys:
            notes = self._in_block(block)
            row = self.score.rows[notes].tobytes() + block.to_bytes(8, "big")
            self.keys[block] = blake2b(row, digest_size=16).digest() if len(notes) else SILENT
        return self.keys[block]

    def rendered(self, block: int) -> Block | None:
        """A block, None where nothing is heard."""
        start, stop = block * BLOCK, (block + 1) * BLOCK
        notes = self._in_block(block)
        if not len(notes):
            return None
        planes, send = np.zeros((2, BLOCK), np.float32), np.zeros(BLOCK, np.float32)
        for (lane, pan, reverb), mono in self._voices(notes, start, stop).items():
            _mix_in(planes, send, mono, self.score.lanes[lane], pan, reverb, start)
        return block_of(planes, send, block)

    def _in_block(self, block: int) -> IntArray:
        """The notes that sound in a block, ascending."""
        if block not in self._notes:
            if len(self._notes) >= _MOST_BLOCKS:
                self._notes.clear()
            self._notes[block] = self.sounding(block * BLOCK, (block + 1) * BLOCK)
        return self._notes[block]

    def _voices(self, notes: IntArray, start: int, stop: int) -> dict[tuple[int, float, float], Mono]:
        """The sums of the layers that share lane, pan and reverb."""
        sums: dict[tuple[int, float, float], Mono] = {}
        for note in notes.tolist():
            begin, choke = int(self.score.start[note]), int(self.score.choke[note])
            for layer in self._synth.voice(self._tone(note)).layers:
                first, last = max(begin, start), min(begin + layer.frames, stop, int(self._choked[note]))
                if first >= last:
                    continue
                samples = layer.samples(first - begin, last - begin)
                if last > choke:
                    samples = _faded(samples, first - choke)
                place = (int(self.score.lane[note]), layer.pan, layer.reverb)
                if place not in sums:
                    sums[place] = np.zeros(stop - start, np.float32)
                sums[place][first - start : last - start] += samples
        return sums

    def _tone(self, note: int) -> Tone:
        if note not in self._tones:
            if len(self._tones) >= _MOST_TONES:
                self._tones.clear()
            self._tones[note] = self.score.tone(note)
        return self._tones[note]


def _by_preset(score: TrackScore, value: object) -> IntArray:
    """A value of each note's preset, (n,)."""
    assert callable(value)
    result = np.zeros(len(score), np.int64)
    for bank, program in score.listens:
        result[(score.bank == bank) & (score.program == program)] = value(bank, program)
    return result


def _faded(samples: Mono, since: int) -> Mono:
    """Samples of a choked note, the first of them `since` frames behind the choke (negative: before it)."""
    place = np.arange(since, since + len(samples))
    fade = np.where(place < 0, np.float32(1.0), _FADE[np.clip(place, 0, CHOKE - 1)])
    return np.asarray(samples * fade, np.float32)


def _mix_in(
    planes: NDArray[np.float32], send: Mono, mono: Mono, lane: Lane, pan: float, reverb: float, start: int
) -> None:
    """Add a mono sum to left, right and reverb, as its channel has them."""
    stop = start + len(mono)
    mono = np.asarray(mono * _of(lane.gain.over(start, stop), HEADROOM), np.float32)
    left, right = _equal_power(pan + lane.pan.over(start, stop))
    planes[0] += mono * left
    planes[1] += mono * right
    amount = np.clip(reverb + lane.send.over(start, stop), 0.0, 1.0)
    if np.any(amount):
        send += mono * np.asarray(amount, np.float32)


def _of(value: Value, factor: float) -> Value:
    return value * factor if isinstance(value, float) else value * np.float32(factor)


def _equal_power(pan: Value) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Gains of left and right for -0.5 (left) to 0.5: the power is the same everywhere."""
    angle = (np.clip(pan, -0.5, 0.5) + 0.5) * (math.pi / 2)
    return np.asarray(np.cos(angle), np.float32), np.asarray(np.sin(angle), np.float32)
