"""What is said of a file when it is read: what was lost of it, and what is odd but no loss."""

from __future__ import annotations

from collections.abc import Iterator

from duv_studio.engine.midi.frame_time import frame_notices
from duv_studio.engine.midi.smf import MidiChunk, SmfFile
from duv_studio.engine.midi.time_maps import MeterMap

_MOST_NAMED = 4  # tracks


def losses(smf: SmfFile, meter: MeterMap, music: int) -> Iterator[str]:
    """One sentence for each thing that could not be read; no chunk from number `music` on has any notes."""
    for number, chunk in enumerate(smf.chunks):
        if chunk.is_broken and not (number >= music and _is_private(smf, number)):
            bar = int(meter.position(chunk.end_tick).bar) + 1
            yield f"Track {number + 1} breaks off at bar {bar}; {_loss(chunk)}."
    if smf.missing_tracks:
        yield f"The file announces {smf.declared_tracks} tracks and holds {len(smf.chunks)}."


def notices(smf: SmfFile) -> Iterator[str]:
    """One sentence for each thing that is read, and kept, otherwise than the standard has it."""
    yield from frame_notices(smf)
    odd = {number: chunk.events.odd for number, chunk in enumerate(smf.chunks, start=1) if chunk.events.odd}
    if odd:
        yield _odd_messages(sum(odd.values()), _tracks(list(odd)))


def _odd_messages(count: int, where: str) -> str:
    if count == 1:
        return f"1 message in {where} has a data byte above 127, which MIDI does not know; it is kept as it is."
    return (
        f"{count:,} messages in {where} have data bytes above 127, which MIDI does not know; they are kept as they are."
    )


def _is_private(smf: SmfFile, number: int) -> bool:
    """Whether a chunk is one in which a sequencer keeps data of its own, behind the music.

    It is there as a whole, but makes no sense, or is more than the header announces.
    """
    chunk = smf.chunks[number]
    return not chunk.missing and (number >= smf.declared_tracks or not chunk.events.is_channel.any())


def _tracks(numbers: list[int]) -> str:
    """Where something is, such as "track 2" or "tracks 1, 2 and 5"."""
    if len(numbers) == 1:
        return f"track {numbers[0]}"
    if len(numbers) > _MOST_NAMED:
        return f"{len(numbers):,} tracks"
    return f"tracks {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _loss(chunk: MidiChunk) -> str:
    parts = []
    if chunk.unread:
        parts.append(f"{_bytes(chunk.unread)} could not be read")
    if chunk.missing:
        parts.append(f"{_bytes(chunk.missing)} {'is' if chunk.missing == 1 else 'are'} missing")
    return ", ".join(parts)


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"
