"""Standard MIDI Files as they are: the whole file's bytes, and where its header, chunks and events lie in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from duv_studio.engine.midi.events import Events, scan_events
from duv_studio.errors import DuvError

_HEADER_SIZE = 14  # "MThd", its length, format, number of tracks, division
_MOST_CHUNKS = 0xFFFF  # the header cannot announce more
_RESAVE = "open it in a sequencer and save it again as a MIDI file"


@dataclass(frozen=True)
class MidiChunk:
    """One MTrk chunk. `offset` is where its 8-byte head stands in the file; `body` holds all that follows the head."""

    offset: int
    declared: int  # body length as the head announces it
    body: bytes = field(repr=False)
    events: Events = field(repr=False)
    overruns: bool  # the head announces more bytes than there are

    @property
    def end(self) -> int:
        """Offset in the file of the first byte after this chunk."""
        return self.offset + 8 + len(self.body)

    @property
    def unread(self) -> int:
        """How many bytes of the body could not be read, not counting what follows an end of track."""
        return 0 if self.events.ended else len(self.body) - self.events.stop

    @property
    def missing(self) -> int:
        """How many announced bytes the file does not hold."""
        return max(0, self.declared - len(self.body))

    @property
    def is_broken(self) -> bool:
        """Whether events were lost: the body breaks off or holds bytes that make no sense."""
        return self.unread > 0 or (self.missing > 0 and not self.events.ended)

    @property
    def end_tick(self) -> int:
        """Tick of the last readable event, 0 where there is none."""
        return int(self.events.tick[-1]) if len(self.events) else 0


@dataclass(frozen=True)
class SmfFile:
    """A MIDI file's bytes with their structure; everything outside the MTrk chunks is kept by keeping `data`."""

    name: str
    data: bytes = field(repr=False)
    format: int  # 0, 1 or 2
    ppq: int
    declared_tracks: int
    chunks: tuple[MidiChunk, ...] = field(repr=False)
    charset: str = "utf_8"  # of its texts, as Python calls it
    charset_is_chosen: bool = False  # by a person; a guess does not hold for every text, see text_encoding


def parse_smf(data: bytes, name: str = "MIDI data") -> SmfFile:
    """Read the structure of a Standard MIDI File; DuvError where it has none or counts time in SMPTE frames."""
    check_magic(data, name)
    header_length = int.from_bytes(data[4:8], "big")
    if len(data) < _HEADER_SIZE or header_length < 6 or 8 + header_length > len(data):
        raise DuvError("The MIDI header is incomplete", hint="copy or download the file again", file=name)
    smf_format, tracks, division = (int.from_bytes(data[at : at + 2], "big") for at in (8, 10, 12))
    if smf_format > 2:
        raise DuvError(f"MIDI files of type {smf_format} do not exist; the file is damaged", hint=_RESAVE, file=name)
    if division & 0x8000:
        raise DuvError("The file counts time in SMPTE frames, not in beats", hint=_RESAVE, file=name)
    if division == 0:
        raise DuvError("The file says that a beat has 0 ticks, so it has no time", hint=_RESAVE, file=name)
    chunks = tuple(_read_chunks(data, 8 + header_length))
    return SmfFile(name, data, smf_format, division, tracks, chunks)


def check_magic(data: bytes, name: str) -> None:
    """DuvError unless the bytes begin like a MIDI file; the first 12 are enough to tell."""
    if not data:
        raise DuvError("The file is empty", hint="choose another file", file=name)
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        raise DuvError("The file is RIFF-wrapped MIDI (RMID), which is not read here", hint=_RESAVE, file=name)
    if data[:4] != b"MThd":
        raise DuvError("This is not a MIDI file", hint="choose a .mid file", file=name)


def _read_chunks(data: bytes, at: int) -> Iterable[MidiChunk]:
    """Every MTrk chunk from `at` on, stepping over unknown chunks and, where bytes make no chunk, to the next MTrk."""
    found = 0
    while at >= 0 and at + 8 <= len(data) and found < _MOST_CHUNKS:
        kind, declared = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        if kind == b"MTrk":
            chunk = _read_chunk(data, at, declared)
            found += 1
            yield chunk
            at = chunk.end
        elif kind == b"MThd":
            return  # another file glued behind this one
        elif _is_chunk_name(kind) and at + 8 + declared <= len(data):
            at += 8 + declared
        else:
            at = data.find(b"MTrk", at)


def _is_chunk_name(kind: bytes) -> bool:
    return kind.isascii() and kind.decode("ascii").isprintable()


def _read_chunk(data: bytes, at: int, declared: int) -> MidiChunk:
    body = data[at + 8 : at + 8 + declared]
    overruns = len(body) < declared
    events = scan_events(body)
    if overruns and events.ended and body.startswith(b"MTrk", events.stop):
        # A length that was never filled in: the next track begins where this one ends.
        body = body[: events.stop]
    return MidiChunk(at, declared, body, events, overruns)
