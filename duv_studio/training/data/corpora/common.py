"""From a MIDI file on a known grid to a played track."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from duv_studio.engine.midi.metadata import SUSTAIN, controller_changes
from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Song, Track
from duv_studio.training.data.played_track import NOTE_VALUES, PlayedTrack, notated_duration, split_of

PEDAL_DOWN = 64  # a sustain value from here up holds the sound


def played_from_song(
    song: Song, track: Track, onset: FloatArray, *, corpus: str, song_id: str, player: str
) -> PlayedTrack:
    """The notes of a track whose file carries its own beat grid; `onset` (n,) are the quantised onsets in beats."""
    order = np.lexsort((track.notes.pitch, onset))
    onset = np.maximum(onset[order], 0)
    ticks = np.round(onset * song.ppq).astype(np.int64)
    place = song.meter.position(ticks)
    played = np.maximum(track.notes.duration[order] / song.ppq, 1 / 64)
    notated = notated_duration(played, onset)
    pedal = controller_changes(song.source.chunks[track.chunk], track.channel, SUSTAIN)
    ends = sustained_ends(track.notes.end[order], *pedal) / song.ppq
    sustained = np.maximum(ends - track.notes.onset[order] / song.ppq, 1 / 64)
    pitch = track.notes.pitch[order]
    return PlayedTrack(
        corpus=corpus,
        song=song_id,
        player=player,
        family=track.family,
        split=split_of(corpus, song_id),
        onset=onset,
        duration=notated,
        pitch=pitch,
        velocity=track.notes.velocity[order].astype(float),
        played_duration=played,
        sustained_duration=limit_sustain(onset, pitch, played, sustained, notated),
        bar=place.bar,
        beat=place.beat,
        bar_length=place.length,
        numerator=place.numerator,
        denominator=place.denominator,
        bpm=song.tempo.bpm_at(ticks),
        pedal=len(pedal[0]) > 0,
    )


def sustained_ends(ends: IntArray, ticks: IntArray, values: IntArray) -> IntArray:
    """When the sound of notes that are released at `ends` (n,) stops, given the pedal's changes; all in ticks."""
    if not len(ticks):
        return ends
    state = np.searchsorted(ticks, ends, side="right") - 1
    down = (state >= 0) & (values[np.maximum(state, 0)] >= PEDAL_DOWN)
    ups = ticks[values < PEDAL_DOWN]
    following = np.searchsorted(ups, ends, side="left")
    released = np.append(ups, ends.max(initial=0))[following]
    return np.where(down, np.maximum(released, ends), ends)


def limit_sustain(
    onset: FloatArray, pitch: IntArray, played: FloatArray, sustained: FloatArray, notated: FloatArray
) -> FloatArray:
    """How long notes (n,) would be held without a pedal: what the pedal adds counts up to what is written.

    Everything in beats. A sounding length ends at the next note of its pitch.
    """
    order = np.lexsort((onset, pitch))
    until_next = np.full(len(onset), float(2 * NOTE_VALUES[-1]))
    step = np.diff(onset[order])
    same = (np.diff(pitch[order]) == 0) & (step > 0)
    until_next[order[:-1][same]] = step[same]
    return np.asarray(np.minimum(np.maximum(played, np.minimum(sustained, notated)), until_next))


def is_family(name: str) -> Family:
    """The family that a manifest names; anything else counts as OTHER."""
    return Family(name) if name in tuple(Family) else Family.OTHER


def without_lengths(track: PlayedTrack) -> PlayedTrack:
    """A drum track's note lengths are its trigger's and mean nothing."""
    unknown = np.full(len(track), np.nan)
    return replace(track, duration=np.full(len(track), 0.25), played_duration=unknown, sustained_duration=unknown)
