"""Files that count time in SMPTE frames, as if they counted it in quarter notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from duv_studio.engine.midi.events import frozen
from duv_studio.engine.midi.frame_clock import USEC_WITHOUT_TEMPO, FrameClock, frame_rate
from duv_studio.engine.midi.metadata import tempo_changes
from duv_studio.engine.midi.smf import MidiChunk, SmfFile


def in_quarters(smf: SmfFile) -> SmfFile:
    """The file with the ticks of its events in parts of a quarter note; one that counts so anyway is returned itself.

    Its seconds are those of its frames. Its beats are those of its tempo, which does not change them.
    """
    rate = frame_rate(smf.division)
    if rate is None:
        return smf
    clock = FrameClock(rate, tempo_changes(smf))
    chunks = tuple(_counted(chunk, clock) for chunk in smf.chunks)
    return replace(smf, chunks=chunks, frame_clock=clock)


def _counted(chunk: MidiChunk, clock: FrameClock) -> MidiChunk:
    return replace(chunk, events=replace(chunk.events, tick=frozen(clock.ticks(chunk.events.tick))))


def frame_notices(smf: SmfFile) -> Iterator[str]:
    """The sentence that says how time is counted in the file, where that is by frames."""
    if smf.frame_clock is None:
        return
    has_tempo = next(tempo_changes(smf), None) is not None
    beats = (
        "its tempo tells only where its beats are"
        if has_tempo
        else f"it has no tempo, so {6e7 / USEC_WITHOUT_TEMPO:g} beats a minute are assumed"
    )
    yield f"Time is counted by SMPTE, {smf.frame_clock.rate} ticks each; {beats}."
