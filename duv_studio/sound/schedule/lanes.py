"""What a channel is told while its notes sound: volume, pan, reverb, bend and vibrato over time, ready for mixing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np

from duv_studio.engine.midi.channel_messages import PROGRAM, ChannelKey, channel_key
from duv_studio.engine.midi.events import IntArray, by_value
from duv_studio.engine.midi.mpe_zones import Zone, zones_of
from duv_studio.engine.midi.song import PerSong, Song, Track
from duv_studio.sound.schedule.bends import MEMBER_RANGE, USUAL_RANGE, bends
from duv_studio.sound.schedule.frames import frames_of
from duv_studio.sound.schedule.lines import FloatArray, Line, Steps, line_of_steps, steps_of
from duv_studio.sound.schedule.messages import EXPRESSION, NOTHING, PRESSURE, WHEEL, Messages, joined, sent_in

_VOLUME, _PAN, _REVERB = 7, 10, 91
# Where General MIDI 2 says a channel begins.
_USUAL = {_VOLUME: 100, _PAN: 64, EXPRESSION: 127, _REVERB: 40}
_REVERB_DEPTH = 0.2  # send at 127: default modulator of the SoundFont specification 2.04, section 8.4.8
_MIXED = frozenset({_VOLUME, _PAN, EXPRESSION, _REVERB})  # not for the modulators of a preset


@dataclass(frozen=True, eq=False)
class Lane:
    """One channel, or the member of an MPE zone with its master. Frames count from the beginning of the song."""

    messages: Messages
    frame: IntArray  # (k,) of the messages
    gain: Line  # factor by CC 7 and 11: (value / 127) squared each, which is 40 log10 in dB
    pan: Line  # -0.5 left to 0.5 right by CC 10
    send: Line  # that CC 91 adds to the reverb of a sound
    bend: Steps  # semitones
    wheel: Steps  # vibrato 0..1 by CC 1 and channel pressure

    @cached_property
    def digest(self) -> int:
        """A number for all that it does to its notes, the same for equal lanes."""
        found = blake2b(digest_size=8)
        for line in (self.gain, self.pan, self.send, self.bend, self.wheel):
            found.update(line.frame.tobytes() + b"|" + line.value.tobytes() + b"|")
        for array in (self.frame, self.messages.number, self.messages.value):
            found.update(array.tobytes() + b"|")
        return int.from_bytes(found.digest(), "big", signed=True)

    def controllers(self, frame: int, numbers: frozenset[int]) -> tuple[tuple[int, int], ...]:
        """(number, value) of those controllers that were sent up to a frame, ascending; not those of the mixer."""
        found = []
        for number in sorted(numbers & self._steps.keys()):
            frames, values = self._steps[number]
            sent = int(np.searchsorted(frames, frame, side="right"))
            if sent:
                found.append((number, int(values[sent - 1])))
        return tuple(found)

    @cached_property
    def _steps(self) -> dict[int, tuple[IntArray, IntArray]]:
        """Frames and values of every controller that is not the mixer's."""
        number = self.messages.number
        return {
            kind: (self.frame[own], self.messages.value[own])
            for kind, own in by_value(number)
            if kind < PROGRAM and kind not in _MIXED
        }


class Lanes:
    """The lanes of a song, made when they are asked for."""

    def __init__(self, song: Song) -> None:
        # Not the song itself: it is remembered beside it, and would never go.
        self._sent: Mapping[ChannelKey, Messages] = sent_in(song)
        self._format = song.source.format
        self._tempo = song.tempo
        self._zones: list[Zone] = zones_of(song.source)
        self._known: dict[tuple[ChannelKey, int], Lane] = {}

    def of(self, track: Track, channel: int) -> Lane:
        """The lane of a track's notes on one of its channels."""
        place = channel_key(self._format, track.chunk, track.port, channel)
        master = track.channel if self._has_master(track, channel) else -1
        if (place, master) not in self._known:
            self._known[place, master] = self._lane(place, master)
        return self._known[place, master]

    def _has_master(self, track: Track, channel: int) -> bool:
        """Whether the channel that speaks for a track reaches the notes on another: in an MPE zone, not in a guitar."""
        if track.notes.channel is None or channel == track.channel:
            return False
        announced = any(
            z.port == track.port and z.master == track.channel and channel in z.members for z in self._zones
        )
        return announced or track.channel not in track.channels

    def _lane(self, place: ChannelKey, master: int) -> Lane:
        own = self._sent.get(place, NOTHING)
        of_master = self._sent.get((*place[:2], master), NOTHING)
        member = any(z.port == place[1] and place[2] in z.members for z in self._zones)
        messages = joined(own, of_master) if len(of_master) else own
        steps = [bends(own, MEMBER_RANGE if member else USUAL_RANGE), bends(of_master)]
        ticks = np.unique(np.concatenate([tick for tick, _ in steps]))
        bend = sum((_held(tick, semitones, ticks) for tick, semitones in steps), np.zeros(len(ticks)))
        return Lane(
            messages=messages,
            frame=self._frames(messages.tick),
            gain=self._line(messages, _squares, _VOLUME, EXPRESSION),
            pan=self._line(messages, _pan, _PAN),
            send=self._line(messages, lambda reverb: _REVERB_DEPTH * reverb / 127, _REVERB),
            bend=steps_of(self._frames(ticks), bend),
            wheel=self._vibrato(messages),
        )

    def _frames(self, ticks: IntArray) -> IntArray:
        return frames_of(self._tempo, ticks)

    def _line(self, messages: Messages, value: Callable[..., FloatArray], *numbers: int) -> Line:
        """The line of a value that depends on some controllers."""
        own = messages.only(*numbers)
        ticks = np.unique(own.tick)
        steps = value(*(own.value_at(number, ticks, _USUAL[number]) for number in numbers))
        initial = value(*(np.array([_USUAL[number]]) for number in numbers))
        return line_of_steps(self._frames(ticks), steps, float(initial[0]))

    def _vibrato(self, messages: Messages) -> Steps:
        """Wheel and pressure reach it alike (SoundFont specification 2.04, sections 8.4.4 and 8.4.5)."""
        ticks = np.unique(messages.only(WHEEL, PRESSURE).tick)
        turned = messages.value_at(WHEEL, ticks, 0) + messages.value_at(PRESSURE, ticks, 0)
        return steps_of(self._frames(ticks), np.minimum(turned / 127, 1.0))


lanes_of: PerSong[Lanes] = PerSong(Lanes)


def _held(tick: IntArray, value: FloatArray, at: IntArray) -> FloatArray:
    """The last of some steps at each of the ticks `at` (n,), 0 before the first."""
    return np.asarray(np.append(0.0, value)[np.searchsorted(tick, at, side="right")])


def _squares(volume: IntArray, expression: IntArray) -> FloatArray:
    return np.asarray((volume / 127 * (expression / 127)) ** 2)


def _pan(value: IntArray) -> FloatArray:
    """0 and 1 are the left end, 64 the middle, 127 the right end (General MIDI 2)."""
    return np.clip((value - 64) / 126, -0.5, 0.5)
