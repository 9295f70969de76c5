"""Makes of a played track the file that a user would have sequenced: its score, with one velocity for all notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.events import variable_length
from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Song
from duv_studio.training.data.paired_piece import Piece, PieceTrack, Played, piece_track
from duv_studio.training.data.played_track import PlayedTrack

MIN_COMMON, COMMON_SHARE = 100, 0.8  # notes, and share of the shorter performance, that make it the same music
STEPS = 96  # per quarter: two notes of one pitch on the same step are the same note
PPQ = 480
DRUM_CHANNEL = 9
PROGRAMS = {
    Family.PIANO: 0,
    Family.GUITAR: 25,
    Family.BASS: 33,
    Family.STRINGS: 48,
    Family.OTHER: 73,
    Family.PERCUSSION: 117,
}

_Event = tuple[int, bytes]  # tick, message


@dataclass(frozen=True)
class Sheet:
    """A played track's notes on the tick grid, by onset, then pitch; every array is (n,) but `rows`."""

    rows: IntArray  # which notes of the played track these are: doubles of a pitch on one tick are left out
    onset: IntArray  # ticks
    end: IntArray  # ticks
    pitch: IntArray
    velocity: int  # the human's median


def deadpan_piece(name: str, played: Sequence[PlayedTrack], takes: Sequence[PlayedTrack] = ()) -> Piece:
    """The tracks of one family that were played in one song (or take), each with a deadpan file of its own.

    `takes` are all that were played of the song: other players' tell what a human knows of another human.
    """
    tracks = tuple(deadpan_track(track, takes) for track in played)
    return Piece(name, played[0].family, tracks, player=played[0].player)


def deadpan_track(played: PlayedTrack, takes: Sequence[PlayedTrack] = ()) -> PieceTrack:
    """The notes of the deadpan file beside how they were played, by this player and in the takes of others."""
    sheet = _sheet(played)
    song = _song(played, sheet)
    track = next(track for track in song.tracks if len(track.notes))
    deadpan = piece_track(song, track, np.arange(len(track.notes)))
    if not np.array_equal(deadpan.pitch, sheet.pitch):
        raise AssertionError(f"the deadpan file of {played.song} does not hold the notes it was made of")
    length = deadpan.length / np.maximum(deadpan.duration, 1 / PPQ)  # seconds a quarter, while the note is held
    rows = sheet.rows
    unknown = np.full(len(rows), np.nan)  # a player's own timing comes with the player's own lengths: none is taken
    human = deadpan.played_by(
        played.velocity[rows],
        unknown if played.free else played.played_duration[rows] * length,
        unknown if played.free else played.sustained_duration[rows] * length,
    )
    return replace(human, others=players_of(played, rows, takes))


def deadpan_song(played: PlayedTrack) -> Song:
    """The track's score as a MIDI file that was read: notated lengths, one velocity, its family's program."""
    return _song(played, _sheet(played))


def _song(played: PlayedTrack, sheet: Sheet) -> Song:
    chunks = [_chunk(_conductor(played)), _chunk(_notes(played, sheet))]
    header = b"MThd" + _numbers(6, 4) + _numbers(1, 2) + _numbers(len(chunks), 2) + _numbers(PPQ, 2)
    return midi_file.parse(header + b"".join(chunks), played.song)


def _sheet(played: PlayedTrack) -> Sheet:
    onset = _ticks(played.onset) + _head_start(played)
    order = np.lexsort((played.pitch, onset))
    rows = order[_first_of_each(onset[order], played.pitch[order])]
    end = np.maximum(onset + _ticks(played.duration), onset + 1)
    return Sheet(
        rows=rows,
        onset=onset[rows],
        end=_before_next(onset[rows], end[rows], played.pitch[rows]),
        pitch=played.pitch[rows],
        velocity=int(np.clip(np.round(np.median(played.velocity)), 1, 127)),
    )


def _ticks(beats: FloatArray) -> IntArray:
    return np.asarray(np.round(beats * PPQ), dtype=np.int64)


def _head_start(played: PlayedTrack) -> int:
    """Ticks that move the whole track so that its first bar line does not lie before the start of the file."""
    bar_line = _ticks(played.onset - played.beat)
    missing = max(0, -int(bar_line.min()))
    bar = int(_ticks(played.bar_length)[0])
    return -(-missing // bar) * bar


def _first_of_each(onset: IntArray, pitch: IntArray) -> NDArray[np.bool_]:
    """True for the first note of a pitch on a tick; both (n,), sorted by onset, then pitch."""
    first = np.ones(len(onset), dtype=bool)
    first[1:] = (np.diff(onset) != 0) | (np.diff(pitch) != 0)
    return first


def _before_next(onset: IntArray, end: IntArray, pitch: IntArray) -> IntArray:
    """Ends (n,), at least one tick before the next onset of the same pitch, but never before the note has begun."""
    order = np.lexsort((onset, pitch))
    limit = np.full(len(onset), np.iinfo(np.int64).max)
    same = pitch[order[1:]] == pitch[order[:-1]]
    limit[order[:-1][same]] = onset[order[1:][same]] - 1
    return np.asarray(np.maximum(np.minimum(end, limit), onset + 1), dtype=np.int64)


def _conductor(played: PlayedTrack) -> list[_Event]:
    """Tempo and time signatures: a signature wherever the meter changes or the bar lines fall out of step."""
    shift = _head_start(played)
    tempo = [(tick + shift, _tempo(bpm)) for tick, bpm in _changes(_ticks(played.onset), np.round(played.bpm, 3))]
    return [(0, _tempo(float(played.bpm[0]))), *_signatures(played, shift), *tempo[1:]]


def _changes(ticks: IntArray, values: FloatArray) -> list[tuple[int, float]]:
    changed = np.concatenate([[True], np.diff(values) != 0])
    return list(zip(ticks[changed].tolist(), values[changed].tolist(), strict=True))


def _signatures(played: PlayedTrack, shift: int) -> list[_Event]:
    events: list[_Event] = []
    line, length, meter = 0, 0, (0, 0)
    for tick, ticks, *new_meter in _bars(played, shift):
        in_step = length > 0 and (tick - line) % length == 0
        if not in_step or meter != tuple(new_meter):
            at = tick if events else tick % ticks  # the first meter holds from the start of the file
            numerator, denominator = new_meter
            events.append((at, _meta(0x58, bytes([numerator, denominator.bit_length() - 1, 24, 8]))))
            meter = (numerator, denominator)
        line, length = tick, ticks
    return events


def _bars(played: PlayedTrack, shift: int) -> list[tuple[int, int, int, int]]:
    """Bar line and length in ticks, numerator and denominator of every bar that holds a note."""
    first = np.concatenate([[True], np.diff(played.bar) != 0])
    line, length = _ticks(played.onset - played.beat) + shift, _ticks(played.bar_length)
    columns = (line, length, played.numerator, played.denominator)
    return list(zip(*(column[first].tolist() for column in columns), strict=True))


def _notes(played: PlayedTrack, sheet: Sheet) -> list[_Event]:
    """Program and notes; at one tick note-offs stand before note-ons."""
    channel = DRUM_CHANNEL if played.family is Family.DRUMS else 0
    notes = list(zip(sheet.onset.tolist(), sheet.end.tolist(), sheet.pitch.tolist(), strict=True))
    ons = [(on, 1, bytes([0x90 | channel, pitch, sheet.velocity])) for on, _, pitch in notes]
    offs = [(off, 0, bytes([0x80 | channel, pitch, 64])) for _, off, pitch in notes]
    program = bytes([0xC0 | channel, PROGRAMS.get(played.family, 0)])
    in_order = sorted([*ons, *offs], key=lambda event: event[:2])
    return [(0, program), *((tick, message) for tick, _, message in in_order)]


def _chunk(events: Iterable[_Event]) -> bytes:
    body, now = bytearray(), 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        body += variable_length(tick - now) + message
        now = tick
    body += b"\0" + _meta(0x2F, b"")
    return b"MTrk" + _numbers(len(body), 4) + bytes(body)


def _tempo(bpm: float) -> bytes:
    return _meta(0x51, _numbers(int(np.clip(round(60e6 / bpm), 1, 0xFFFFFF)), 3))


def _meta(kind: int, data: bytes) -> bytes:
    return bytes([0xFF, kind, len(data)]) + data


def _numbers(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def person(player: str) -> str:
    """Who plays: takes of one pianist are named by a surname and a number."""
    found = re.match(r"\D+", player)
    return found.group() if found else player


def players_of(played: PlayedTrack, rows: IntArray, takes: Sequence[PlayedTrack]) -> tuple[Played, ...]:
    """How others played notes `rows` (n,) of a track, from the takes of its song by other people, the next name first.

    Velocities (n,) are moved to this player's level; notes that someone did not play are nan.
    """
    people = {person(take.player) for take in takes} - {person(played.player), ""}
    if not people or played.free:
        return ()
    takes = sorted(
        (t for t in takes if person(t.player) in people), key=lambda t: (t.player <= played.player, t.player)
    )
    found = (_same_notes(played, rows, take) for take in takes)
    return tuple(other for other in found if other is not None)


def _same_notes(played: PlayedTrack, rows: IntArray, take: PlayedTrack) -> Played | None:
    places = {key: place for place, key in enumerate(_keys(take))}
    at = np.array([places.get(key, -1) for key in _keys(played.take(rows))], dtype=np.int64)
    common = at >= 0
    if common.sum() < max(MIN_COMMON, COMMON_SHARE * min(len(rows), len(take))):
        return None
    velocity, log_ratio = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    theirs = take.velocity[at[common]]
    velocity[common] = theirs + np.round(played.velocity[rows[common]].mean() - theirs.mean())
    log_ratio[common] = np.log(take.played_duration[at[common]] / take.duration[at[common]])
    return Played(velocity, log_ratio)


def _keys(track: PlayedTrack) -> list[tuple[int, int]]:
    steps = np.round(track.onset * STEPS).astype(np.int64)
    return list(zip(steps.tolist(), track.pitch.tolist(), strict=True))
