"""A pretty_midi object seen as a Song, so that it goes through the same corridor as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from duv_studio.engine.midi.instruments import DRUM_CHANNEL, guess_family
from duv_studio.engine.midi.metadata import SUSTAIN
from duv_studio.engine.midi.smf import SmfFile
from duv_studio.engine.midi.song import Notes, Song, Track
from duv_studio.engine.midi.time_maps import MeterMap, TempoMap

if TYPE_CHECKING:
    from pretty_midi import Instrument, Note, PrettyMIDI


def song_from_pretty_midi(pm: PrettyMIDI) -> tuple[Song, list[list[Note]]]:
    """The song, and for each of its tracks the pretty_midi notes in the order of Track.notes.

    Instruments without notes have no track. There are no bytes behind such a song: it cannot be encoded.
    """
    tracks: list[Track] = []
    notes: list[list[Note]] = []
    for number, instrument in enumerate(pm.instruments):
        if instrument.notes:
            track, own = _track(pm, instrument, number, len(tracks))
            tracks.append(track)
            notes.append(own)
    source = SmfFile("pretty_midi object", b"", 1, pm.resolution, len(tracks), ())
    end = max((int(t.notes.end.max()) for t in tracks), default=0)
    return Song(source, tuple(tracks), _tempo(pm), _meter(pm), end), notes


def _track(pm: PrettyMIDI, instrument: Instrument, number: int, index: int) -> tuple[Track, list[Note]]:
    spans = [(pm.time_to_tick(n.start), pm.time_to_tick(n.end), n) for n in instrument.notes]
    spans.sort(key=lambda s: (s[0], s[2].pitch))
    onset = np.array([s[0] for s in spans], np.int64)
    duration = np.maximum(np.array([s[1] for s in spans], np.int64) - onset, 0)
    own = [s[2] for s in spans]
    channel = DRUM_CHANNEL if instrument.is_drum else 0
    family, reason = guess_family(channel, instrument.program, instrument.name)
    order = np.arange(len(own))
    array = Notes(
        onset,
        duration,
        np.array([n.pitch for n in own], np.int64),
        np.array([n.velocity for n in own], np.int64),
        on_event=order,
        off_event=order,
    )
    pedal = any(c.number == SUSTAIN for c in instrument.control_changes)
    name = instrument.name.strip()
    port = number  # instruments of pretty_midi share no channel
    return Track(index, number, port, channel, name, instrument.program, family, reason, array, pedal), own


def _tempo(pm: PrettyMIDI) -> TempoMap:
    times, bpm = pm.get_tempo_changes()
    return TempoMap(pm.resolution, [(pm.time_to_tick(t), round(6e7 / b)) for t, b in zip(times, bpm, strict=True)])


def _meter(pm: PrettyMIDI) -> MeterMap:
    changes = [(pm.time_to_tick(s.time), s.numerator, s.denominator) for s in pm.time_signature_changes]
    return MeterMap(pm.resolution, changes)
