"""Standard MIDI Files as they are: the whole file's bytes, and where its header, chunks and events lie in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from duv_studio.engine.midi.events import META, MOST, NONE, Events, IntArray, by_value, scan_events
from duv_studio.engine.midi.frame_clock import FrameClock
from duv_studio.engine.midi.wrappers import is_chunk_name, is_wrapped, midi_span
from duv_studio.errors import DuvError

_MTRK = b"MTrk"
_HEAD_SIZE = 8  # of a chunk: its name and its length
_NEVER_FILLED_IN = 2**31  # bytes: a length that no one meant
_HEADER_SIZE = 14  # "MThd", its length, format, number of tracks, division
_MOST_CHUNKS = 0xFFFF  # the header cannot announce more
_CONTROL_CHANGE = 0xB0
_RESAVE = "open it in a sequencer and save it again as a MIDI file"


@dataclass(frozen=True)
class MidiChunk:
    """One MTrk chunk. `offset` is where its 8-byte head stands in the file's bytes, `data`; `size` bytes follow it."""

    data: bytes = field(repr=False)
    offset: int
    size: int
    events: Events = field(repr=False)
    missing: int = 0  # how many announced bytes the file does not hold

    @property
    def body(self) -> memoryview:
        """All that follows the head, not copied."""
        return memoryview(self.data)[self.begin : self.end]

    @property
    def begin(self) -> int:
        """Offset in the file of the body."""
        return self.offset + _HEAD_SIZE

    @property
    def end(self) -> int:
        """Offset in the file of the first byte after this chunk."""
        return self.begin + self.size

    @property
    def unread(self) -> int:
        """How many bytes of the body could not be read, not counting what follows an end of track."""
        return 0 if self.events.ended else self.size - self.events.stop

    @property
    def is_broken(self) -> bool:
        """Whether events were lost: the body breaks off or holds bytes that make no sense."""
        return self.unread > 0 or (self.missing > 0 and not self.events.ended)

    @property
    def is_cut_off(self) -> bool:
        """Whether the file ends in the midst of it, and all was read but for the event that it ends in."""
        return self.missing > 0 and not self.events.ended and (self.events.runs_out or not self.unread)

    @property
    def end_tick(self) -> int:
        """Tick of the last readable event, 0 where there is none."""
        return int(self.events.tick[-1]) if len(self.events) else 0

    def meta(self, kind: int) -> list[tuple[int, bytes]]:
        """(event index, payload) of every meta event of one kind, in order."""
        found = self.metas(kind)
        body = self.body if len(found) else b""
        return [(i, self.events.payload(body, i)) for i in found.tolist()]

    def metas(self, *kinds: int) -> IntArray:
        """The meta events of some kinds, in order."""
        found = [self._metas[kind] for kind in kinds if kind in self._metas]
        return np.sort(np.concatenate(found)) if len(found) > 1 else found[0] if found else NONE

    @cached_property
    def _metas(self) -> dict[int, IntArray]:
        """The meta events of each kind."""
        if not self.events.has(META):
            return {}
        at = np.flatnonzero(self.events.status == META)
        kinds = self._bytes(self.events.start[at] + 1)
        return {kind: at[places] for kind, places in by_value(kinds)}

    @cached_property
    def controls(self) -> dict[int, IntArray]:
        """The control changes of each channel and number (channel * 128 + number); those of odd numbers not."""
        if not self.events.has(_CONTROL_CHANGE):
            return {}
        at = np.flatnonzero((self.events.status & 0xF0) == _CONTROL_CHANGE)
        at = at[self.first_data(at) <= MOST]
        channel = self.events.status[at].astype(np.int64) & 0x0F
        return {key: at[own] for key, own in by_value(channel * 128 + self.first_data(at))}

    def first_data(self, at: IntArray) -> IntArray:
        """The first data byte of the channel messages `at` (k,), as it stands in the file: above 127 in odd ones."""
        return self._bytes(self.events.start[at] + self.events.explicit[at])

    def last_data(self, at: IntArray) -> IntArray:
        """Their last data byte, which of programs and channel pressure is the first, too."""
        return self._bytes(self.events.start[at] + self.events.length[at] - 1)

    def _bytes(self, places: IntArray) -> IntArray:
        return np.frombuffer(self.data, np.uint8)[self.begin + places].astype(np.int64)


@dataclass(frozen=True)
class SmfFile:
    """A MIDI file's bytes with their structure; everything outside the MTrk chunks is kept by keeping `data`."""

    name: str
    data: bytes = field(repr=False)
    format: int  # 0, 1 or 2
    division: int  # ticks in a quarter note; above 0x7FFF it counts frames of SMPTE, see frame_time
    declared_tracks: int
    chunks: tuple[MidiChunk, ...] = field(repr=False)
    other_chunks: int = 0  # beside the tracks; some sequencers count theirs as tracks
    begin: int = 0  # where the MIDI file begins in the data, and ends: something may be wrapped around it
    end: int = 0
    charset: str = "utf_8"  # of its texts, as Python calls it
    charset_is_chosen: bool = False  # by a person; a guess does not hold for every text, see text_encoding
    frame_clock: FrameClock | None = None  # what turned the ticks of the file into those of its chunks

    @property
    def ppq(self) -> int:
        """Ticks in a quarter note, as the events of the chunks count."""
        return self.frame_clock.ppq if self.frame_clock else self.division

    @property
    def missing_tracks(self) -> int:
        """How many of the tracks that the header announces are not there."""
        return max(0, self.declared_tracks - len(self.chunks) - self.other_chunks)


def parse_smf(data: bytes, name: str = "MIDI data") -> SmfFile:
    """Read the structure of a Standard MIDI File; DuvError where it has none."""
    check_magic(data, name)
    begin, end = midi_span(data, name)
    end = min(end, len(data))
    header_length = int.from_bytes(data[begin + 4 : begin + 8], "big")
    if end - begin < _HEADER_SIZE or header_length < 6 or begin + 8 + header_length > end:
        raise DuvError("The MIDI header is incomplete", hint="copy or download the file again", file=name)
    fields = data[begin + 8 : begin + _HEADER_SIZE]
    smf_format, tracks, division = (int.from_bytes(fields[at : at + 2], "big") for at in (0, 2, 4))
    if smf_format > 2:
        raise DuvError(f"MIDI files of type {smf_format} do not exist; the file is damaged", hint=_RESAVE, file=name)
    if division & 0xFF == 0 and (division == 0 or division & 0x8000):
        unit = "frame" if division else "beat"
        raise DuvError(f"The file says that a {unit} has 0 ticks, so it has no time", hint=_RESAVE, file=name)
    chunks, others = _read_chunks(data, begin + 8 + header_length, end)
    return SmfFile(name, data, smf_format, division, tracks, chunks, others, begin, end)


def check_magic(data: bytes, name: str) -> None:
    """DuvError unless the bytes begin like a MIDI file; the first HEAD are enough to tell."""
    if not data:
        raise DuvError("The file is empty", hint="choose another file", file=name)
    if data[:4] != b"MThd" and not is_wrapped(data):
        raise DuvError("This is not a MIDI file", hint="choose a .mid file", file=name)


def chunk_of(body: bytes) -> MidiChunk:
    """A chunk of its own, of no file."""
    data = _MTRK + len(body).to_bytes(4, "big") + body
    return _read_chunk(data, 0, len(data))


def _read_chunks(data: bytes, at: int, limit: int) -> tuple[tuple[MidiChunk, ...], int]:
    """The MTrk chunks from `at` to `limit`, and how many other chunks there are.

    Where bytes make no chunk, it goes on with the next MTrk.
    """
    tracks: list[MidiChunk] = []
    others = 0
    while 0 <= at <= limit - _HEAD_SIZE and len(tracks) < _MOST_CHUNKS:
        if data.startswith(_MTRK, at):
            tracks.append(_read_chunk(data, at, limit))
            at = tracks[-1].end
        elif data.startswith(b"MThd", at):
            break  # another file glued behind this one
        elif _is_head(data, at, limit):
            others += 1
            at += _HEAD_SIZE + _length(data, at)
        else:
            at = data.find(_MTRK, at, limit)
    return tuple(tracks), others


def _length(data: bytes, at: int) -> int:
    """The length that the head of a chunk announces."""
    return int.from_bytes(data[at + 4 : at + _HEAD_SIZE], "big")


def _is_head(data: bytes, at: int, limit: int) -> bool:
    """Whether bytes look like the head of a chunk: of a track, or of another that ends before `limit`."""
    kind = data[at : at + 4]
    if kind in (_MTRK, b"MThd"):
        return True
    fits = at + _HEAD_SIZE + _length(data, at) <= limit
    return fits and is_chunk_name(kind)


def _read_chunk(data: bytes, at: int, limit: int) -> MidiChunk:
    """The chunk whose head stands at `at`. A length that leads to no other chunk is not trusted."""
    begin, announced = at + _HEAD_SIZE, at + _HEAD_SIZE + _length(data, at)
    trusted = announced == limit or (announced < limit and _is_head(data, announced, limit))
    end = min(announced, limit)
    events = scan_events(data, begin, end, b"" if trusted else _MTRK)
    stop = begin + events.stop
    # The length may end within the name of the next track.
    following = data.find(_MTRK, stop, min(stop + 4 if trusted else end + 3, limit))
    if 0 <= following < end:  # the length is too large, or was never filled in
        if not events.ended or stop < following:  # where the end is decides what makes sense before it
            events = scan_events(data, begin, following)
        return MidiChunk(data, at, following - begin, events)
    if not trusted and announced < limit and not events.ended:
        return _read_beyond(data, at, end, limit, events)
    missing = announced - end if announced < _NEVER_FILLED_IN else 0
    return MidiChunk(data, at, end - begin, events, missing)


def _read_beyond(data: bytes, at: int, end: int, limit: int, events: Events) -> MidiChunk:
    """The chunk with what lies between it and the next track, where its events go on there: its length is too small."""
    begin, following = at + _HEAD_SIZE, data.find(_MTRK, end, limit)
    following = limit if following < 0 else following
    longer = scan_events(data, begin, following)
    if longer.ended:
        return MidiChunk(data, at, longer.stop, scan_events(data, begin, begin + longer.stop))
    goes_on = len(longer) > len(events) and (events.runs_out or not len(events))
    return MidiChunk(data, at, following - begin, longer) if goes_on else MidiChunk(data, at, end - begin, events)
