"""Humanizing PrettyMIDI objects."""

from __future__ import annotations

import copy
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from duv_studio.engine.adapters.resolve import AUTOMATIC, ModelChoice, choose
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.midi.instruments import DRUM_CHANNEL, guess_family
from duv_studio.engine.midi.metadata import SUSTAIN
from duv_studio.engine.midi.smf import SmfFile
from duv_studio.engine.midi.song import Notes, Song, Track
from duv_studio.engine.midi.time_maps import MeterMap, TempoMap
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings, check_settings

if TYPE_CHECKING:
    from pretty_midi import Instrument, Note, PrettyMIDI


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
) -> PrettyMIDI:
    """A humanized copy of `pm`, which is left alone; only note velocities and ends differ.

    `model_path` is a model's name, folder or file (None: the model that ships), or those of an adapter, such as the
    duv_lora_best.ckpt of a training: then the model that it was made for is found. `adapter` "auto" lets adapters play
    that improve the model, "none" none of them, and a name, folder or file is one that plays its family.

    `intensity` 0..1 blends with what `pm` holds, and up to 1.5 it exaggerates; `velocity` and `duration` 0..1 are the
    shares of it that reach either. The regular expressions are searched in the names of instruments, or of their
    General MIDI programs where they have none. `variation` 0..1 and `seed` choose the performance: the same seed gives
    the same notes. `level` -40..40 makes all louder or softer, in velocity units at intensity 1; at 0 tracks keep their
    level. `dynamics` -2 (calm) .. 2 (lively) and `articulation` -2 (staccato) .. 2 (legato) ask for a kind of player;
    None leaves it to the music. Raises DuvError for a wrong expression, a value out of range, or a model or adapter
    that cannot be loaded.
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
    )
    result = copy.deepcopy(pm)
    song, notes = song_from_pretty_midi(result)
    check_settings(settings)  # a wrong argument is one, even where nothing is to be done
    select(song, settings)
    if intensity == 0 or not song.tracks:
        return result
    performance = _humanizer(choose(model_path, adapter), model_path, adapter).humanize(song, settings)
    for track, played, own in zip(song.tracks, performance, notes, strict=True):
        ends = track.notes.onset + played.duration
        for k in np.flatnonzero(played.velocity != track.notes.velocity):
            own[k].velocity = int(played.velocity[k])
        for k in np.flatnonzero(played.duration != track.notes.duration):
            own[k].end = float(song.tempo.seconds(ends[k : k + 1])[0])
    return result


@lru_cache(maxsize=2)
def _humanizer(choice: ModelChoice, model: str | Path | None, adapter: str | Path) -> Humanizer:
    """The one in use for as long as none of its files (`choice`) is written anew."""
    return Humanizer(model, adapter=adapter)


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
