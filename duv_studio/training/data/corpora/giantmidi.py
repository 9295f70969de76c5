"""GiantMIDI-Piano's evaluation files: pianists transcribed from recordings, most beside their score (Kong et al., 2022).

Note ends are where the sound ends, pedal included: they teach how long notes sound, never when keys are released.
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
from duv_studio.training.data.corpora.own_clock import FREE_BEATS, WORST, clock_of, played_freely, tempo_at
from duv_studio.training.data.played_track import PlayedTrack, drop_doubles

CORPUS, PERFORMED = "giantmidi_eval", "giantmidi_eval performed"
# Whole recordings of works that (n)ASAP does not hold: a base that learns from both has not heard them elsewhere.
HELD_OUT = (
    "Chopin_Etudes_Op10",
    "Handel_Air_in_E_HWV425",
    "Haydn_Keyboard_Sonata_in_C_minor_Hob_XVI_20",
    "Schubert_Franz_Piano_Sonata_in_A_minor_D537",
)
_COLUMNS = "onset_s dur_s pitch velocity score_onset_qn score_dur_qn bar beat_qn numerator denominator".split()


def read(folder: Path) -> Iterator[PlayedTrack]:
    """Two tracks a file: as played from the score, where it is aligned, and, as PERFORMED, in the pianist's time."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        path, player = folder / row["midi"], row["youtube"]
        song = path.stem
        yield _free(path, song, player)
        table = path.with_suffix(".aligned.tsv")
        if table.is_file():
            yield _from_score(table, song, player)


def _split_of(song: str) -> str:
    return "dev" if song.startswith(HELD_OUT) else "train"


def _free(path: Path, song: str, player: str) -> PlayedTrack:
    read = midi_file.read(path)
    notes = [track.notes for track in read.tracks]
    onset, end, pitch, velocity = (
        np.concatenate([getattr(n, name) for n in notes]) for name in ("onset", "end", "pitch", "velocity")
    )
    order = np.lexsort((pitch, onset))
    start, length = read.tempo.seconds(onset[order]), read.tempo.seconds(end[order]) - read.tempo.seconds(onset[order])
    beats, sounding = (start - start[0]) * FREE_BEATS, length * FREE_BEATS
    about = {"corpus": PERFORMED, "song": song, "player": player, "split": _split_of(song)}
    track = played_freely(beats, sounding, sounding, pitch[order], velocity[order].astype(float), **about)
    unknown = np.full(len(track), np.nan)
    return replace(track, played_duration=unknown, sustained_duration=unknown)  # what is given is not to be learned


def _from_score(table: Path, song: str, player: str) -> PlayedTrack:
    cells = np.genfromtxt(table, delimiter="\t", skip_header=1)
    column = dict(zip(_COLUMNS, cells.T, strict=True))
    quarters, seconds = clock_of(column["score_onset_qn"], column["onset_s"])
    late = np.abs(column["onset_s"] - np.interp(column["score_onset_qn"], quarters, seconds))
    column = {name: values[late < WORST] for name, values in column.items()}
    order = np.lexsort((column["pitch"], column["score_onset_qn"]))
    column = {name: values[order] for name, values in column.items()}
    onset, notated, pitch = column["score_onset_qn"], column["score_dur_qn"], column["pitch"].astype(np.int64)

    def beats(times: FloatArray) -> FloatArray:
        return np.asarray(np.interp(times, seconds, quarters))

    sounding = np.maximum(beats(column["onset_s"] + column["dur_s"]) - beats(column["onset_s"]), 1 / 64)
    held = np.minimum(sounding, notated)  # what lies beyond is the pedal's
    n, numerator, denominator = len(onset), column["numerator"], column["denominator"]
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
            velocity=column["velocity"],
            played_duration=np.full(n, np.nan),
            sustained_duration=limit_sustain(onset, pitch, held, sounding, notated),
            bar=column["bar"].astype(np.int64),
            beat=column["beat_qn"],
            bar_length=4 * numerator / denominator,
            numerator=numerator.astype(np.int64),
            denominator=denominator.astype(np.int64),
            bpm=tempo_at(onset, quarters, seconds),
        )
    )
