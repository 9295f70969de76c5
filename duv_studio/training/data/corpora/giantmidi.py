"""GiantMIDI-Piano: pianists transcribed from recordings, most of them beside the score (Kong et al., TISMIR 2022).

Notes end where their sound ends, pedal included: they teach how long notes sound, never when keys are released.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Family, FloatArray
from duv_studio.training.data.corpora.common import limit_sustain
from duv_studio.training.data.corpora.own_clock import FREE_BEATS, clock_of, in_time, played_freely, tempo_at
from duv_studio.training.data.played_track import PlayedTrack, drop_doubles

CORPUS, PERFORMED = "giantmidi_eval", "giantmidi_eval performed"
# Whole recordings of works that (n)ASAP does not hold: a base that learns from both has not heard them elsewhere.
HELD_OUT = (
    "Chopin_Etudes_Op10",
    "Handel_Air_in_E_HWV425",
    "Haydn_Keyboard_Sonata_in_C_minor_Hob_XVI_20",
    "Schubert_Franz_Piano_Sonata_in_A_minor_D537",
)

DOUBTS = (
    "It was transcribed from recordings on YouTube by a model that had learned from MAESTRO (CC BY-NC-SA 4.0), and that"
    " it is free is its publisher's word; velocities are estimates, notes end where their sound ends, pedal included,"
    " and of Chopin's Polonaise-fantaisie and Liszt's Réminiscences de Don Juan 16 % of the notes were not found in the"
    " score."
)


def read(folder: Path) -> Iterator[PlayedTrack]:
    """Every recording in the pianist's own time, as PERFORMED; and as played from the score, where it is aligned."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        path, player = folder / row["midi"], row["youtube"]
        yield _free(path, player)
        table = path.with_suffix(".aligned.tsv")
        if table.is_file():
            yield _from_score(table, path.stem, player)


def _split_of(song: str) -> str:
    return "dev" if song.startswith(HELD_OUT) else "train"


def _free(path: Path, player: str) -> PlayedTrack:
    recording = midi_file.read(path)
    notes = [track.notes for track in recording.tracks]
    onset, end, pitch, velocity = (
        np.concatenate([getattr(n, name) for n in notes]) for name in ("onset", "end", "pitch", "velocity")
    )
    order = np.lexsort((pitch, onset))
    start, sounds_until = (recording.tempo.seconds(ticks[order]) for ticks in (onset, end))
    length = (sounds_until - start) * FREE_BEATS
    track = played_freely(
        (start - start[0]) * FREE_BEATS,
        length,
        length,
        pitch[order],
        velocity[order].astype(float),
        corpus=PERFORMED,
        song=path.stem,
        player=player,
        split=_split_of(path.stem),
    )
    unknown = np.full(len(track), np.nan)  # the pianist's lengths are the input's: there is nothing to learn
    return replace(track, played_duration=unknown, sustained_duration=unknown)


def _from_score(table: Path, song: str, player: str) -> PlayedTrack:
    notes = np.genfromtxt(table, delimiter="\t", names=True, encoding="utf-8")
    quarters, seconds = clock_of(notes["score_onset_qn"], notes["onset_s"])
    notes = notes[in_time(notes["score_onset_qn"], notes["onset_s"], quarters, seconds)]
    notes = notes[np.lexsort((notes["pitch"], notes["score_onset_qn"]))]
    onset, notated, pitch = notes["score_onset_qn"], notes["score_dur_qn"], notes["pitch"].astype(np.int64)

    def beats(times: FloatArray) -> FloatArray:
        return np.asarray(np.interp(times, seconds, quarters))

    sounding = np.maximum(beats(notes["onset_s"] + notes["dur_s"]) - beats(notes["onset_s"]), 1 / 64)
    held = np.minimum(sounding, notated)  # what lies beyond is the pedal's
    return drop_doubles(
        PlayedTrack(
            corpus=CORPUS,
            song=song,
            player=player,
            family=Family.PIANO,
            split=_split_of(song),
            onset=onset,
            duration=notated,
            pitch=pitch,
            velocity=notes["velocity"],
            played_duration=np.full(len(notes), np.nan),
            sustained_duration=limit_sustain(onset, pitch, held, held, notated),
            bar=notes["bar"].astype(np.int64),
            beat=notes["beat_qn"],
            bar_length=4 * notes["numerator"] / notes["denominator"],
            numerator=notes["numerator"].astype(np.int64),
            denominator=notes["denominator"].astype(np.int64),
            bpm=tempo_at(onset, quarters, seconds),
        )
    )
