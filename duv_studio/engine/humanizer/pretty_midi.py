"""Humanizing PrettyMIDI objects."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from duv_studio.engine.adapters.fitting_model import left_behind
from duv_studio.engine.adapters.resolve import AUTOMATIC, NO_ADAPTER, ModelChoice, choose
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.midi.events import END_OF_TRACK, META, variable_length
from duv_studio.engine.midi.instruments import DRUM_CHANNEL
from duv_studio.engine.midi.metadata import SUSTAIN
from duv_studio.engine.midi.note_pairing import PORT_META
from duv_studio.engine.midi.recognition import Clues, recognise
from duv_studio.engine.midi.smf import MidiChunk, SmfFile, chunk_of
from duv_studio.engine.midi.song import Family, Notes, Song, Track
from duv_studio.engine.midi.text_encoding import mend_latin_1
from duv_studio.engine.midi.time_maps import MeterMap, TempoMap
from duv_studio.engine.model.device import DEFAULT
from duv_studio.engine.music.family_overrides import families_of
from duv_studio.engine.music.part_rows import Row, parse_rules
from duv_studio.engine.music.part_rules import settings_with
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import AUTO, Settings, check_family, check_settings

if TYPE_CHECKING:
    from pretty_midi import Note, PrettyMIDI

_MOST_PORTS = 255  # that a file can tell apart


def apply_duv_to_pretty_midi(
    pm: PrettyMIDI,
    model_path: str | Path | None = None,
    intensity: float = 0.9,
    include_regex: str | None = None,
    exclude_regex: str | None = None,
    *,
    velocity: float = 1.0,
    duration: float = 1.0,
    variation: float = 0.5,
    seed: int = 0,
    level: float = 0.0,
    dynamics: float | None = None,
    articulation: float | None = None,
    adapter: str | Path = AUTOMATIC,
    device: str = DEFAULT,
    precision: str | None = None,
    families: Mapping[str, Family | str] | None = None,
    parts: Sequence[Row] = (),
    performed_durations: bool = False,
    lengths: str = AUTO,
) -> PrettyMIDI:
    """Return a humanized copy of a PrettyMIDI object; only velocities and ends of notes differ, `pm` is not changed.

    Args:
        pm: the music; velocities 1..127, times in seconds.
        model_path: name, folder or file of a model, or of an adapter such as a training's duv_lora_best.ckpt, whose
            base is then found; None for the default model.
        intensity: 0..1.5, from `pm` as it is (0) to the performance of the model (1), and beyond.
        include_regex: regular expression, searched in the names of instruments, or in the names of their General MIDI
            programs where they have none; others keep their notes.
        exclude_regex: likewise; those keep their notes.
        velocity: 0..1, share of the intensity that reaches velocities.
        duration: 0..1, share of the intensity that reaches durations.
        variation: 0..1, from the one most expected performance to as varied as players are.
        seed: 0..2^32 - 1, which performance is drawn; the same seed gives the same notes.
        level: -40..40 velocity units, louder or softer at intensity 1; at 0 every track keeps its level.
        dynamics: -2 (calm) .. 2 (lively), in standard deviations among players; None leaves it to the music.
        articulation: -2 (staccato) .. 2 (legato), likewise.
        adapter: "auto" for adapters that improve the model, "none", or name, folder or file of one.
        device: "cpu", "cuda" or "auto". Only on a CPU do the same bytes come out everywhere.
        precision: "fp32", "bf16", "int8" or "auto"; None for DUV_STUDIO_PRECISION of the environment, or else "auto".
        families: regular expression on the name of an instrument -> "piano", "guitar", "bass", "strings", "drums",
            "percussion" or "other", where the guess is wrong; the last that matches counts.
        parts: rows about instruments, as {"match": "(?i)drums", "protect": "kick"} or "(?i)drums: protect=kick": a
            regular expression on names, and of `velocity`, `duration` and `intensity` (0..1, shares of those above),
            `protect` and `keyswitch` (pitches such as "C1", 24 or "C0-B0", pieces of the drum kit, lists of them,
            "none"), `family` and `include` whichever it sets. Later rows win by field.
        performed_durations: also change the lengths of instruments that were performed without a grid.
        lengths: of pianos, "keys" until they are let go, "sound" until it ends, "auto" for the keys' where there is a
            sustain pedal and else the sound's.

    A UserWarning names adapters of one's own that no longer play by themselves, as their model was trained anew.

    Raises:
        DuvError: for a wrong expression, a value out of range, an expression of `families` or `parts` that matches no
            instrument, or a model, adapter or device that cannot be used.
    """
    settings = Settings(
        intensity=intensity,
        velocity=velocity,
        duration=duration,
        variation=variation,
        seed=seed,
        level=level,
        dynamics=dynamics,
        articulation=articulation,
        include=include_regex,
        exclude=exclude_regex,
        performed_durations=performed_durations,
        lengths=lengths,
    )
    result = copy.deepcopy(pm)
    song, notes = song_from_pretty_midi(result)
    if families:
        chosen = [(name, check_family(family, f'the family of "{name}"')) for name, family in families.items()]
        settings = replace(settings, track_family=families_of(song, chosen))
    settings = settings_with(song, settings, parse_rules(parts))
    check_settings(settings)  # a wrong argument is one, even where nothing is to be done
    select(song, settings)
    if intensity == 0 or not song.tracks:
        return result
    humanizer = _humanizer(choose(model_path, adapter), model_path, adapter, device, precision)
    performance = humanizer.humanize(song, settings)
    end = pm.get_end_time()
    for track, played, own in zip(song.tracks, performance, notes, strict=True):
        ends = track.notes.onset + played.duration
        for k in np.flatnonzero(played.velocity != track.notes.velocity):
            own[k].velocity = int(played.velocity[k])
        for k in np.flatnonzero(played.duration != track.notes.duration):
            # Ticks are rounded: the last of them may lie a moment behind the end.
            own[k].end = min(float(song.tempo.seconds(ends[k : k + 1])[0]), end)
    return result


@lru_cache(maxsize=2)
def _humanizer(
    choice: ModelChoice, model: str | Path | None, adapter: str | Path, device: str, precision: str | None
) -> Humanizer:
    """The last humanizers are kept until one of their files (`choice`) is written again."""
    made = Humanizer(model, device, precision, adapter)
    if adapter != NO_ADAPTER:
        for left in left_behind(made.path, frozenset(Family) - made.adapters.keys()):
            warnings.warn(str(left), stacklevel=3)
    return made


def song_from_pretty_midi(pm: PrettyMIDI) -> tuple[Song, list[list[Note]]]:
    """The song, and for each of its tracks the pretty_midi notes in the order of Track.notes.

    Instruments without notes have no track. No file is behind such a song, only controllers and ends of tracks: it
    cannot be encoded.
    """
    tracks: list[Track] = []
    notes: list[list[Note]] = []
    names = mend_latin_1([instrument.name for instrument in pm.instruments])  # pretty_midi reads all as Latin-1
    for number, instrument in enumerate(pm.instruments):
        if instrument.notes:
            track, own = _track(pm, number, len(tracks), names[number].strip())
            tracks.append(track)
            notes.append(own)
    chunks = tuple(_controllers(pm, number) for number in range(len(pm.instruments)))
    source = SmfFile("pretty_midi object", b"", 1, pm.resolution, len(chunks), chunks)
    end = max((int(t.notes.end.max()) for t in tracks), default=0)
    return Song(source, tuple(tracks), _tempo(pm), _meter(pm), end), notes


def _track(pm: PrettyMIDI, number: int, index: int, name: str) -> tuple[Track, list[Note]]:
    instrument = pm.instruments[number]
    spans = [(pm.time_to_tick(n.start), pm.time_to_tick(n.end), n) for n in instrument.notes]
    spans.sort(key=lambda s: (s[0], s[2].pitch))
    onset = np.array([s[0] for s in spans], np.int64)
    duration = np.maximum(np.array([s[1] for s in spans], np.int64) - onset, 0)
    own = [s[2] for s in spans]
    channel = DRUM_CHANNEL if instrument.is_drum else 0
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
    program = instrument.program
    what = recognise(Clues(channel, program, name, notes=array, ppq=pm.resolution))
    port = number  # instruments of pretty_midi share no channel
    track = Track(index, number, port, channel, name, program, what.family, what.reason, array, pedal, doubt=what.doubt)
    return track, own


def _controllers(pm: PrettyMIDI, number: int) -> MidiChunk:
    """An instrument's controllers, such as its pedal, in a chunk that ends with the instrument."""
    instrument = pm.instruments[number]
    channel = DRUM_CHANNEL if instrument.is_drum else 0
    sent = [(pm.time_to_tick(c.time), c.number & 0x7F, c.value & 0x7F) for c in instrument.control_changes]
    end = max([pm.time_to_tick(instrument.get_end_time()), *(tick for tick, _, _ in sent)])
    body, now = bytes([0, META, PORT_META, 1, min(number, _MOST_PORTS)]), 0
    for tick, controller, value in sorted(sent, key=lambda change: change[0]) if number <= _MOST_PORTS else []:
        body += variable_length(tick - now) + bytes([0xB0 | channel, controller, value])
        now = tick
    body += variable_length(end - now) + bytes([META, END_OF_TRACK, 0])
    return chunk_of(body)


def _tempo(pm: PrettyMIDI) -> TempoMap:
    times, bpm = pm.get_tempo_changes()
    return TempoMap(pm.resolution, [(pm.time_to_tick(t), round(6e7 / b)) for t, b in zip(times, bpm, strict=True)])


def _meter(pm: PrettyMIDI) -> MeterMap:
    changes = [(pm.time_to_tick(s.time), s.numerator, s.denominator) for s in pm.time_signature_changes]
    return MeterMap(pm.resolution, changes)
