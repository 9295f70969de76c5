"""Random MIDI files, as raw bytes, with everything in them that a lossless reader could trip over."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.midi_builder import chunk, header, meta, sysex, varlen

Timed = tuple[int, bytes]  # delta ticks, bytes

_TEXTS = [
    b"Piano",
    "ピアノ".encode("cp932"),
    "弦".encode("cp932"),
    "Flöte".encode(),
    b"Fl\xf6te \xe9",
    b"",
    b"\x80\xff",
]
_DELTAS = [0] * 12 + [1, 1, 2, 3, 5, 6] * 2 + [7, 100, 127, 128, 480, 16383, 16384, 2097152]
_ENDS = [varlen(delta) + meta(0x2F) for delta in (0, 0, 3, 500)]
_TAILS = [b"", b"", b"\x00", b"\x00\x90\x3c", b"junk"]


def _notes(channels: list[int]) -> list[list[bytes]]:
    """Ons and offs on two pitches, so that they overlap; offs of both forms, notes of no length, offs of nothing."""
    events = []
    for channel in channels:
        on, off = 0x90 | channel, 0x80 | channel
        for pitch in (60, 60, 64):
            events += [[bytes([on, pitch, velocity])] for velocity in (1, 40, 64, 127)]
            events += [[bytes([off, pitch, velocity])] for velocity in (0, 40, 64)]
            ons, ends, silent = bytes([on, pitch, 33]), bytes([off, pitch, 9]), bytes([on, pitch, 0])
            events += [[silent], [ons, ends], [ons, silent], [ons, ends, silent], [ons, ons, silent, silent]]
    return events


def _controls(channels: list[int]) -> list[list[bytes]]:
    """Aftertouch of both kinds, controllers, programs, pitch bend."""
    kinds = ([0xA0, 60, 5], [0xB0, 64, 127], [0xB0, 7, 100], [0xC0, 33], [0xC0, 0], [0xD0, 77], [0xE0, 0, 64])
    return [[bytes([kind[0] | channel, *kind[1:]])] for channel in channels for kind in kinds]


def _metas() -> list[list[bytes]]:
    """Texts, lyrics and markers, tempo and meter good and bad, channel prefixes, kinds that no one knows."""
    events = [[meta(kind, raw)] for kind in (1, 3, 4, 5, 6) for raw in _TEXTS]
    events += [[meta(kind, raw)] for kind in (0x00, 0x54, 0x59, 0x60, 0x7F) for raw in (b"", b"\x00\xff\x2f\x00\x90")]
    events += [[meta(0x51, usec.to_bytes(3, "big"))] for usec in (0, 1, 500_000, 0xFFFFFF)]
    events += [[meta(0x58, bytes([n, d, 24, 8]))] for n, d in ((3, 2), (6, 3), (0, 2), (13, 5), (4, 9), (255, 0))]
    events += [[meta(0x20, bytes([channel])), meta(4, raw)] for channel in (0, 1, 9) for raw in _TEXTS[:2]]
    return events


def _system() -> list[list[bytes]]:
    """System exclusive messages, whole and split over packets, and escapes."""
    whole = [[sysex(raw + b"\xf7")] for raw in (b"", b"\x7e\x7f\x09\x01", b"\x41" * 200)]
    split = [[sysex(b"\x43\x12"), sysex(b"\x00", 0xF7), sysex(b"\xf7", 0xF7)], [sysex(b""), sysex(b"\x01\xf7", 0xF7)]]
    escapes = [[sysex(raw, 0xF7)] for raw in (b"", b"\xf3\x01", b"\x90\x3c\x40", b"\xfa")]
    return [*whole, *split, *escapes, [sysex(b"\x01")]]


def _pool(channels: list[int]) -> st.SearchStrategy[list[bytes]]:
    notes, controls, metas, system = _notes(channels), _controls(channels), _metas(), _system()
    ports = [[meta(0x21, bytes([port]))] for port in (0, 0, 1, 2)]
    choices = [st.sampled_from(events) for events in (*[notes] * 6, controls, metas, ports, system)]
    return st.one_of(choices)


_ONE_CHANNEL, _FEW_CHANNELS, _ALL_CHANNELS = _pool([0]), _pool([0, 0, 1, 9]), _pool(list(range(16)))


@st.composite
def track_bodies(draw: st.DrawFn, groups: st.SearchStrategy[list[bytes]], most: int = 30) -> bytes:
    """The body of one MTrk chunk, in some habit of running status and padding."""
    chosen = draw(st.lists(st.tuples(groups, st.sampled_from(_DELTAS), st.sampled_from(_DELTAS)), max_size=most))
    use_running, pad = draw(st.sampled_from([True, True, False])), draw(st.sampled_from([None, 2, 3, 4]))
    body, running = b"", 0
    for group, first_delta, next_delta in chosen:
        for event, delta in zip(group, [first_delta, next_delta, 0, next_delta], strict=False):
            drop_status = use_running and event[0] == running
            body += varlen(delta, pad if pad and delta % 2 == 0 else 1) + (event[1:] if drop_status else event)
            running = event[0] if event[0] < 0xF0 else 0
    has_end = draw(st.sampled_from([True, True, True, False]))
    return body + draw(st.sampled_from(_ENDS)) + draw(st.sampled_from(_TAILS)) if has_end else body


@st.composite
def midi_files(draw: st.DrawFn) -> bytes:
    """A whole file with at least one note: type 0 with all channels, or type 1 or 2 with a few tracks."""
    smf_format = draw(st.integers(0, 2))
    ppq = draw(st.sampled_from([1, 24, 96, 480, 960, 0x7FFF]))
    if smf_format == 0:
        bodies = [draw(track_bodies(_ALL_CHANNELS, most=50))]
    else:
        groups = draw(st.sampled_from([_ONE_CHANNEL, _FEW_CHANNELS]))
        bodies = draw(st.lists(track_bodies(groups), min_size=1, max_size=3))
    channels = range(16) if smf_format == 0 and draw(st.booleans()) else range(1)
    offs = draw(st.sampled_from([b"\x03\x80\x3c\x00", b"\x00\x90\x3c\x00", b""]))
    sure = b"".join(_on_channel(b"\x00\x90\x3c\x40", c) + _on_channel(offs, c) for c in channels)
    bodies[-1] = sure + bodies[-1]
    unknown = st.sampled_from([b"", b"", chunk(b"XFIH", b"\x01MTrk\x02"), chunk(b"ABCD", b"")])
    data = header(smf_format, len(bodies), ppq, draw(st.sampled_from([b"", b"", b"\x00\x07more"])))
    data += b"".join(draw(unknown) + chunk(b"MTrk", body) for body in bodies)
    return data + draw(st.sampled_from([b"", b"", b"\x00", b"\x1a\x1a\x1a", b"\x00" * 20, chunk(b"XFKM", b"karaoke")]))


def _on_channel(timed: bytes, channel: int) -> bytes:
    return timed[:1] + bytes([timed[1] | channel]) + timed[2:] if timed else timed


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """A file of `midi_files` with bytes changed, cut out or put in, or cut off."""
    data = bytearray(draw(midi_files()))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        how = draw(st.sampled_from(["change", "change", "cut", "insert", "end"]))
        if how == "change" and data:
            data[at] = draw(st.integers(0, 255))
        elif how == "cut":
            del data[at : at + draw(st.integers(1, 5))]
        elif how == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=5))
        elif at > 30:
            del data[at:]
    return bytes(data)
