"""A song and how it is played, as the notes that are to sound: in frames, with presets, pedals, channels worked in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.channel_messages import ALL_SOUND_OFF
from duv_studio.engine.midi.events import IntArray, by_value
from duv_studio.engine.midi.note_pairing import first_events
from duv_studio.engine.midi.song import Performance, Song, Track, TrackPerformance
from duv_studio.sound import RATE
from duv_studio.sound.schedule.chokes import chokes, exclusive_classes, one_number, silenced
from duv_studio.sound.schedule.ends import NEVER, Keys, sounding_ends
from duv_studio.sound.schedule.frames import LONGEST, frames_of
from duv_studio.sound.schedule.lanes import Lane, lanes_of
from duv_studio.sound.schedule.lines import Steps
from duv_studio.sound.schedule.listening import Listening
from duv_studio.sound.schedule.messages import FIRST_IN_TICK, LAST_IN_TICK, SOFT
from duv_studio.sound.schedule.sounds import KIT_BANK, presets
from duv_studio.sound.synth.tone import NO_CURVE, Curve, Tone

_LENGTH_STEP = 64  # frames: lengths are rounded, so that equal notes are equal tones in spite of the tempo's fractions
_SHORTEST = 448  # frames, 10 ms: what a note of no length sounds, as other players have it
_SOFTER = 0.8  # velocity of a note that is struck while the soft pedal (CC 67) is down
_DOWN = 64
_BENT_BEYOND = 2 * RATE  # frames after its end for which a dying note follows bends


class SynthFacts(Protocol):
    """What a synthesizer says of its presets."""

    def exclusive_class(self, bank: int, program: int, key: int, velocity: int) -> int:
        """The class within which a new note of a channel silences the older, 0 for none."""

    def listens_to(self, bank: int, program: int) -> frozenset[int]:
        """The controllers that the preset's modulators read."""


@dataclass(frozen=True, eq=False)
class TrackScore:
    """The n notes of one track as they sound, in the order of Track.notes. Every array is (n,) int64."""

    start: IntArray  # frames from the beginning of the song
    stop: IntArray  # where the key, or the pedal that holds it, lets go; multiples of 64 behind the start
    choke: IntArray  # where another note or message silences it, NEVER for most
    bank: IntArray
    program: IntArray
    key: IntArray
    velocity: IntArray
    lane: IntArray  # index in `lanes`
    lanes: tuple[Lane, ...]
    listens: Mapping[tuple[int, int], frozenset[int]]  # (bank, program) -> controllers

    def __len__(self) -> int:
        return len(self.start)

    @property
    def is_played(self) -> NDArray[np.bool_]:
        """(n,) which notes begin within the longest song; damaged files count in years."""
        return np.asarray(self.start < LONGEST)

    @cached_property
    def rows(self) -> IntArray:
        """Everything that decides how the notes sound, (n, 8): equal rows sound equal."""
        lane = np.array([lane.digest for lane in self.lanes], np.int64)[self.lane]
        columns = (self.start, self.stop, self.choke, self.bank, self.program, self.key, self.velocity, lane)
        return np.stack(columns, axis=1) if len(self) else np.zeros((0, len(columns)), np.int64)

    @cached_property
    def digest(self) -> bytes:
        """Names the sound of the track, the same for equal tracks."""
        return blake2b(self.rows.tobytes(), digest_size=16).digest()

    def tone(self, note: int) -> Tone:
        """What a synthesizer is to sound for a note."""
        start, stop = int(self.start[note]), int(self.stop[note])
        lane = self.lanes[self.lane[note]]
        bank, program = int(self.bank[note]), int(self.program[note])
        return Tone(
            bank=bank,
            program=program,
            key=int(self.key[note]),
            velocity=int(self.velocity[note]),
            length=(stop - start) / RATE,
            controllers=lane.controllers(start, self.listens[bank, program]),
            bend=_curve(lane.bend, start, stop + _BENT_BEYOND),
            wheel=_curve(lane.wheel, start, stop + _BENT_BEYOND),
        )


def schedule(song: Song, performance: Performance, listening: Listening, facts: SynthFacts) -> tuple[TrackScore, ...]:
    """One score per Song.tracks, for velocities and durations in ticks as in `performance`.

    All else is the file's: programs, pedals, controllers, bends. They reach the notes of their channel (and port) in
    all chunks; those of an MPE zone's master the notes of its members.
    """
    file = _File(first_events(song.source.chunks), _end(song, performance))
    scores = [
        _score(song, track, played, listening.programs.get(track.index), facts, file)
        for track, played in zip(song.tracks, performance, strict=True)
    ]
    return tuple(_choked(song, scores, facts))


@dataclass(frozen=True)
class _File:
    """What all tracks need of a file: where the events of each chunk begin among all, and its last tick as played."""

    first: IntArray
    end: int


def _end(song: Song, performance: Performance) -> int:
    """The last tick of a song, which longer notes move."""
    ends = [
        int((track.notes.onset + np.asarray(played.duration)).max(initial=0))
        for track, played in zip(song.tracks, performance, strict=True)
    ]
    return max([song.end_tick, *ends])


def _score(
    song: Song, track: Track, played: TrackPerformance, chosen: int | None, facts: SynthFacts, file: _File
) -> TrackScore:
    notes, count = track.notes, len(track.notes)
    channel = np.full(count, track.channel) if notes.channel is None else notes.channel
    stop_tick, soft = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    bank, program, place = (np.zeros(count, np.int64) for _ in range(3))
    lanes: list[Lane] = []
    keys = _keys(track, played, file.first)
    for number, own in by_value(channel):
        lane = lanes_of(song).of(track, number)
        place[own] = len(lanes)
        lanes.append(lane)
        of_lane = Keys(
            *(array[own] for array in (keys.on_tick, keys.on_place, keys.off_tick, keys.off_place, keys.pitch))
        )
        stop_tick[own] = sounding_ends(of_lane, lane.messages, file.end)
        soft[own] = lane.messages.value_at(SOFT, of_lane.on_tick, 0) >= _DOWN
        found = presets(song, track, own, number, lane.messages, chosen)
        bank[own], program[own] = found.bank, found.program
    start = frames_of(song.tempo, notes.onset)
    velocity = np.clip(np.asarray(played.velocity, np.int64), 1, 127)
    softer = np.maximum(np.rint(velocity * _SOFTER), 1).astype(np.int64)
    kinds = set(zip(bank.tolist(), program.tolist(), strict=True))
    return TrackScore(
        start=start,
        stop=start + _lengths(frames_of(song.tempo, stop_tick) - start),
        choke=np.full(count, NEVER, np.int64),
        bank=bank,
        program=program,
        key=notes.pitch,
        velocity=np.where(soft & (bank != KIT_BANK), softer, velocity),
        lane=place,
        lanes=tuple(lanes),
        listens={kind: facts.listens_to(*kind) for kind in kinds},
    )


def _keys(track: Track, played: TrackPerformance, first: IntArray) -> Keys:
    """The keys of a track. A note-off that moves comes first in its tick, as it is written."""
    notes = track.notes
    chunk = np.full(len(notes), track.chunk) if notes.chunk is None else notes.chunk
    duration = np.maximum(np.asarray(played.duration, np.int64), 0)
    moved, endless = duration != notes.duration, notes.off_event < 0
    off_place = np.where(moved, FIRST_IN_TICK, np.where(endless, LAST_IN_TICK, first[chunk] + notes.off_event))
    return Keys(notes.onset, first[chunk] + notes.on_event, notes.onset + duration, off_place, notes.pitch)


def _lengths(frames: IntArray) -> IntArray:
    return np.maximum(np.rint(frames / _LENGTH_STEP).astype(np.int64) * _LENGTH_STEP, _SHORTEST)


def _choked(song: Song, scores: list[TrackScore], facts: SynthFacts) -> list[TrackScore]:
    """With the notes that others silence: within a channel, whichever tracks they stand in."""
    count = [len(score) for score in scores]
    if not sum(count):
        return scores
    table = np.concatenate([np.stack([s.bank, s.program, s.key, s.velocity], axis=1) for s in scores])
    start = np.concatenate([score.start for score in scores])
    channel = np.concatenate([_channels(song, track) for track in song.tracks])
    kind = exclusive_classes(table, facts.exclusive_class)
    exclusive = np.flatnonzero(kind)
    choke = np.full(len(start), NEVER, np.int64)
    if len(exclusive):
        group = one_number(np.stack([channel, table[:, 0], table[:, 1], kind], axis=1)[exclusive])
        choke[exclusive] = chokes(start[exclusive], group)
    parts = np.split(choke, np.cumsum(count)[:-1])
    return [_silenced(score, part) for score, part in zip(scores, parts, strict=True)]


def _channels(song: Song, track: Track) -> IntArray:
    """A number for the channel of each note, (n,), the same where notes of several tracks share it."""
    channel = np.full(len(track.notes), track.channel) if track.notes.channel is None else track.notes.channel
    sequence = track.chunk if song.source.format == 2 else 0
    return (sequence * 256 + track.port) * 16 + channel


def _silenced(score: TrackScore, choke: IntArray) -> TrackScore:
    """With what chokes its notes, and the messages that silence all of a channel."""
    for number, lane in enumerate(score.lanes):
        frames = lane.frame[lane.messages.number == ALL_SOUND_OFF]
        if len(frames):
            own = score.lane == number
            choke[own] = np.minimum(choke[own], silenced(score.start[own], frames))
    return replace(score, choke=choke)


def _curve(steps: Steps, start: int, stop: int) -> Curve:
    """The part of some steps that a note hears, in seconds since it began."""
    points = steps.between(start, stop)
    return Curve(tuple((frame / RATE, value) for frame, value in points)) if points else NO_CURVE
