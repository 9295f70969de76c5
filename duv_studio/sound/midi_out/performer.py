"""Plays a score on instruments: from anywhere, with jumps and changes, and never a note that is left hanging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from duv_studio.sound.midi_out.channel_state import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    CONTROL,
    NOTE_OFF,
    NOTE_ON,
    SUSTAIN,
    InstrumentState,
    is_reset,
)
from duv_studio.sound.midi_out.score import Key, MidiScore

_RELEASE = 64  # the velocity of note-offs that no file holds


class Performer:
    """Sends a score through `send(device, message)`; what it says of time is seconds of the song."""

    def __init__(self, send: Callable[[int, bytes], None]) -> None:
        self._send_on = send
        self._score: MidiScore | None = None
        self._audible: frozenset[int] | None = None
        self._said = InstrumentState()
        self._sounding: Counter[Key] = Counter()
        self._struck: set[Key] = set()  # ever
        self._exclusive_sent = 0  # of the score's system exclusive messages, the first so many
        self._index = 0

    @property
    def next_seconds(self) -> float | None:
        """When the next message is due, None at the end."""
        if self._score is None or self._index >= len(self._score.messages):
            return None
        return float(self._score.seconds[self._index])

    def take_song(self, score: MidiScore | None, audible: frozenset[int] | None = None) -> None:
        """Another song, of which some tracks are `audible`, None: all. Its devices are set up anew."""
        self.stop()
        self._score, self._audible = score, audible
        self._exclusive_sent, self._index = 0, 0

    def begin(self, seconds: float) -> None:
        """Be ready to play on from a place: nothing sounds, and all channels stand as the song has them there."""
        self._release(Counter())
        self._chase(seconds)

    def prepare(self, score: MidiScore, audible: frozenset[int] | None) -> None:
        """The same song otherwise, while nothing plays."""
        self._score, self._audible = score, audible

    def change(self, score: MidiScore, audible: frozenset[int] | None, seconds: float) -> None:
        """Go on in the same place with other velocities and note-offs, or other tracks.

        Notes that sound and are held in the new score, too, sound on; those that are not end.
        """
        self._score, self._audible = score, audible
        held = Counter(score.held(seconds, audible))
        self._release(Counter({key: min(count, held[key]) for key, count in self._sounding.items()}))
        self._chase(seconds)

    def play_until(self, seconds: float) -> None:
        """Send all that is due before a time and was not sent yet."""
        score = self._score
        if score is None:
            return
        stop = score.index(seconds)
        while self._index < stop:
            self._play(score, self._index)
            self._index += 1

    def stop(self) -> None:
        """End all notes and lift the pedals."""
        self._release(Counter())
        for device, channel in sorted({key[:2] for key in self._struck}):
            for number in (SUSTAIN, ALL_NOTES_OFF):
                self._send(device, bytes([CONTROL | channel, number, 0]))

    def panic(self, devices: int) -> None:
        """Silence all channels of so many devices, by every means that there is."""
        self._release(Counter())
        for key in sorted(self._struck):
            self._send_off(key)
        for device in range(devices):
            for channel in range(16):
                for number in (SUSTAIN, ALL_SOUND_OFF, ALL_NOTES_OFF):
                    self._send(device, bytes([CONTROL | channel, number, 0]))
                self._send(device, bytes([0xE0 | channel, 0, 64]))

    def forget(self) -> None:
        """Other devices: nothing is known of them, and nothing can be said to the old ones."""
        self._said, self._exclusive_sent = InstrumentState(), 0
        self._sounding.clear()
        self._struck.clear()

    def _play(self, score: MidiScore, index: int) -> None:
        message, device = score.messages[index], int(score.device[index])
        kind = message[0] & 0xF0
        if kind in (NOTE_ON, NOTE_OFF):
            self._play_note(message, (device, message[0] & 0x0F, message[1]), int(score.track[index]))
        elif message[0] < 0xF0:
            self._send(device, message)
        else:
            self._play_exclusive(score, index, device, message)

    def _play_note(self, message: bytes, key: Key, track: int) -> None:
        if message[0] & 0xF0 == NOTE_ON and message[2]:
            if self._audible is None or track in self._audible:
                self._sounding[key] += 1
                self._struck.add(key)
                self._send(key[0], message)
        elif self._sounding[key] and (self._audible is None or track < 0 or track in self._audible):
            self._sounding[key] -= 1
            self._send(key[0], message)

    def _play_exclusive(self, score: MidiScore, index: int, device: int, message: bytes) -> None:
        number = int(score.exclusive.searchsorted(index))
        if number < self._exclusive_sent and is_reset(message):
            # A device is not set back again at every turn of a loop: that takes it a while, and cuts what rings.
            self._go_to(score, index + 1)
            return
        self._send(device, message)
        self._exclusive_sent = max(self._exclusive_sent, number + 1)

    def _chase(self, seconds: float) -> None:
        score = self._score
        if score is None:
            return
        self._index = score.index(seconds)
        before = int(score.exclusive.searchsorted(self._index))
        for index in score.exclusive[self._exclusive_sent : before].tolist():
            self._send(int(score.device[index]), score.messages[index])
        self._exclusive_sent = max(self._exclusive_sent, before)
        self._go_to(score, self._index)

    def _go_to(self, score: MidiScore, index: int) -> None:
        """Say what the channels are to be told in the end before a message, and were not."""
        for device, message in self._said.way_to(score.state(index)):
            self._send_on(device, message)

    def _release(self, keep: Counter[Key]) -> None:
        for key, count in sorted(self._sounding.items()):
            for _ in range(count - keep[key]):
                self._send_off(key)
        self._sounding = Counter({key: count for key, count in keep.items() if count})

    def _send_off(self, key: Key) -> None:
        device, channel, pitch = key
        self._send(device, bytes([NOTE_OFF | channel, pitch, _RELEASE]))

    def _send(self, device: int, message: bytes) -> None:
        self._said.hear(device, message)
        self._send_on(device, message)
