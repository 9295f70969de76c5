"""Writing a MIDI file again with edited velocities and moved note-offs; all other bytes are copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.events import MAX_DELTA, ByteArray, IntArray
from duv_studio.engine.midi.frame_clock import FrameClock
from duv_studio.engine.midi.note_off_moves import Moves, plan_moves
from duv_studio.engine.midi.smf import MidiChunk, SmfFile
from duv_studio.engine.midi.wrappers import rewrapped

_END_OF_TRACK = b"\xff\x2f\x00"


@dataclass(frozen=True)
class ChunkEdits:
    """What changes in one chunk: velocities (1..127) of note-ons, and ticks at which note-offs wish to stand."""

    on_event: IntArray  # (v,)
    velocity: IntArray  # (v,)
    off_event: IntArray  # (d,)
    end_tick: IntArray  # (d,)


def write_smf(smf: SmfFile, edits: Mapping[int, ChunkEdits]) -> bytes:
    """The file's bytes with `edits` (by number of the chunk) applied; without any, the very bytes that were read.

    Chunks without edits keep their bytes, and those with edits what could not be read of them. A file that was cut off
    is mended as soon as anything is edited: the header announces the chunks that are there, the last chunk the bytes
    that it has, and it has an end of track behind its last whole event.
    """
    if not edits:
        return smf.data
    parts: list[bytes | memoryview] = []
    source, at = memoryview(smf.data), smf.begin
    for number, chunk in enumerate(smf.chunks):
        if number in edits or chunk.missing:
            body = _mended(chunk, _edited(chunk, edits.get(number), smf.frame_clock))
            parts += [source[at : chunk.offset], b"MTrk" + len(body).to_bytes(4, "big"), body]
            at = chunk.end
    midi = b"".join([*parts, source[at : smf.end]])
    if smf.missing_tracks:
        midi = midi[:10] + len(smf.chunks).to_bytes(2, "big") + midi[12:]
    return rewrapped(smf.data, smf.begin, smf.end, midi)


def _edited(chunk: MidiChunk, edits: ChunkEdits | None, clock: FrameClock | None) -> bytes:
    """The readable bytes of the chunk, up to its last event, with the edits."""
    readable = chunk.body[: chunk.events.stop]
    if edits is None:
        return bytes(readable)
    raw = np.frombuffer(readable, np.uint8).copy()
    raw[chunk.events.start[edits.on_event] + chunk.events.explicit[edits.on_event] + 1] = edits.velocity
    moves = plan_moves(chunk, edits.off_event, edits.end_tick)
    return _with_moves(chunk, raw, moves, clock) if len(moves.event) else raw.tobytes()


def _mended(chunk: MidiChunk, readable: bytes) -> bytes:
    """The chunk's new body, with what was not read at its end: other programs may know what that is."""
    end = b"\x00" + _END_OF_TRACK if chunk.is_cut_off else b""
    return b"".join([readable, end, chunk.body[chunk.events.stop :]])


def _with_moves(chunk: MidiChunk, raw: ByteArray, moves: Moves, clock: FrameClock | None) -> bytes:
    """The bytes of the events in their new order, with delta times and, where needed, status bytes to match."""
    events = chunk.events
    order, tick = _new_order(chunk, moves)
    old_tick = events.tick
    if clock:
        tick, old_tick = np.maximum.accumulate(clock.in_file(tick)), clock.in_file(old_tick)
    delta = np.diff(tick, prepend=0)
    if delta.max() > MAX_DELTA:
        # A gap of more than 268 million ticks cannot be written without an event in it: leave all note-offs alone.
        return raw.tobytes()
    old_delta = np.diff(old_tick, prepend=0)[order]
    width = np.where(delta == old_delta, events.start[order] - events.delta_start[order], _varlen_width(delta))
    add_status = _needs_status(chunk, order)
    length = events.length[order]
    end = np.cumsum(width + add_status + length)
    out = np.zeros(int(end[-1]), np.uint8)
    _put_varlens(out, end - length - add_status - width, width, delta)
    out[(end - length - 1)[add_status]] = events.status[order][add_status]
    _copy_runs(raw, events.start[order], out, end - length, length)
    return out.tobytes()


def _new_order(chunk: MidiChunk, moves: Moves) -> tuple[IntArray, IntArray]:
    """The events in their new order and their ticks in that order."""
    tick = chunk.events.tick.copy()
    tick[moves.event] = moves.tick
    place = 2 * np.arange(len(tick)) + 1
    place[moves.event] = 2 * moves.before
    order = np.lexsort((np.arange(len(tick)), tick, place))
    return order, tick[order]


def _needs_status(chunk: MidiChunk, order: IntArray) -> NDArray[np.bool_]:
    """Where, in the new order, an event without a status byte would no longer be read as what it is.

    That is so after a channel message of another status, and after a meta or system event, which ends running status,
    unless one stood before the event already and the file relied on readers that do not mind.
    """
    events = chunk.events
    is_channel, status = events.is_channel, events.status
    last_channel = np.maximum.accumulate(np.where(is_channel[order], np.arange(len(order)), -1))
    running = np.append(-1, np.where(last_channel >= 0, status[order][last_channel], -1))[:-1]
    was_broken = np.append(False, ~is_channel)[:-1][order]
    is_broken = np.append(False, ~is_channel[order])[:-1]
    needs: NDArray[np.bool_] = ~events.explicit[order] & ((running != status[order]) | (is_broken & ~was_broken))
    return needs


def _varlen_width(values: IntArray) -> IntArray:
    return 1 + (values >= 1 << 7).astype(np.int64) + (values >= 1 << 14) + (values >= 1 << 21)


def _put_varlens(out: ByteArray, at: IntArray, width: IntArray, values: IntArray) -> None:
    """Write variable-length quantities, each padded to its width."""
    for k in range(int(width.max())):
        inside = width > k
        shift = np.minimum(7 * (width[inside] - 1 - k), 56)
        digit = values[inside] >> shift & 0x7F
        out[at[inside] + k] = digit | np.where(k < width[inside] - 1, 0x80, 0)


def _copy_runs(source: ByteArray, start: IntArray, target: ByteArray, at: IntArray, length: IntArray) -> None:
    """Copy source[start : start + length] to target[at : at + length] for every run."""
    first = np.cumsum(length) - length
    inside = np.arange(int(length.sum())) - np.repeat(first, length)
    target[np.repeat(at, length) + inside] = source[np.repeat(start, length) + inside]
