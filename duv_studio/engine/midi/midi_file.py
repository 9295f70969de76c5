"""MIDI files in and out: a Song from bytes, and the same bytes with edited velocities and note-offs from a Song."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi.frame_time import in_quarters
from duv_studio.engine.midi.metadata import tempo_changes, time_signatures
from duv_studio.engine.midi.parts import Part, parts_of
from duv_studio.engine.midi.recognition import Clues, recognise
from duv_studio.engine.midi.remarks import losses, notices
from duv_studio.engine.midi.smf import SmfFile, check_magic, parse_smf
from duv_studio.engine.midi.song import Performance, Song, Track, TrackPerformance
from duv_studio.engine.midi.text_encoding import with_charset
from duv_studio.engine.midi.time_maps import MeterMap, TempoMap
from duv_studio.engine.midi.velocity_meaning import velocity_note
from duv_studio.engine.midi.wrappers import HEAD
from duv_studio.engine.midi.writer import ChunkEdits, write_smf
from duv_studio.engine.regular_file import NoSuchFile, open_regular, read_regular
from duv_studio.errors import DuvError

LARGEST_FILE = 32 * 2**20  # bytes; some eight million events
_MOST_TOLD = 3  # losses of a file that has no notes
_WHAT = "MIDI file"


def read(path: str | Path, charset: str | None = None) -> Song:
    """Read a Standard MIDI File of type 0, 1 or 2 (RP-001), alone or within RIFF (.rmi), of at most 32 MB.

    Onsets and durations are ticks, velocities 1..127. What a damaged file lost is in `Song.warnings`, what is odd in it
    in `Song.notices`. `charset` is the encoding of its texts, such as "cp1251"; None guesses it. DuvError names the
    file and what is wrong with it, for instance that it holds no notes, or says that there is no such charset.
    """
    path = Path(path)
    song = parse(read_bytes(path), str(path), charset, file_name=path.stem)
    return replace(song, path=Path(os.path.abspath(path)))


def parse(data: bytes, name: str = "MIDI data", charset: str | None = None, *, file_name: str = "") -> Song:
    """The same from the bytes of a file; `name` stands for the file in errors.

    `file_name`, without suffix, may tell what the only track is where that has no name.
    """
    smf = with_charset(in_quarters(parse_smf(data, name)), charset)
    tracks = tuple(_tracks(smf, file_name))
    meter = MeterMap(smf.ppq, time_signatures(smf))
    warnings = tuple(losses(smf, meter, _music_end(tracks) or len(smf.chunks)))
    if not tracks:
        hint = " ".join(warnings[:_MOST_TOLD]) or "choose another file"
        raise DuvError("There are no notes in the file", hint=hint, file=name)
    tempo = TempoMap(smf.ppq, tempo_changes(smf))
    end_tick = max(chunk.end_tick for chunk in smf.chunks)
    return Song(smf, tracks, tempo, meter, end_tick, warnings=warnings, notices=tuple(notices(smf)))


def reread(song: Song, charset: str | None = None) -> Song:
    """The same song with its texts read in another charset, None to guess it again; its file is not touched."""
    file_name = song.path.stem if song.path else ""
    return replace(parse(song.source.data, song.source.name, charset, file_name=file_name), path=song.path)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that begins as a MIDI file does; DuvError where it is another, too large or unreadable."""
    try:
        with open_regular(path, _WHAT) as file:
            # The first bytes tell a film from a MIDI file before either is read whole.
            check_magic(file.read(HEAD), str(path))
        return read_regular(path, LARGEST_FILE, _WHAT)
    except NoSuchFile as error:
        raise DuvError("There is no such file", hint="check the name", file=path) from error
    except OSError as error:
        reason = error.strerror or error
        raise DuvError(f"The file could not be read: {reason}", hint="check the disk", file=path) from error


def _tracks(smf: SmfFile, file_name: str) -> Iterator[Track]:
    parts = tuple(parts_of(smf))
    is_one = len({(part.chunk, part.port, part.channel) for part in parts}) == 1
    for index, part in enumerate(parts):
        yield _track(index, part, smf, file_name if is_one else "")


def _track(index: int, part: Part, smf: SmfFile, file_name: str) -> Track:
    name = "" if part.part else part.name
    told = recognise(
        Clues(part.channel, part.program, name, part.own_name, part.switch, part.notes, smf.ppq, file_name)
    )
    return Track(
        index=index,
        chunk=part.chunk,
        port=part.port,
        channel=part.channel,
        name=part.name,
        program=part.program,
        family=told.family,
        family_reason=told.reason,
        notes=part.notes,
        pedal=part.pedal,
        part=part.part,
        kit=None if part.switch is None else part.switch.is_kit,
        doubt=told.doubt,
        velocity_note=velocity_note(told.family, part.program, name, part.notes, smf.chunks[part.chunk], part.channel),
    )


def _music_end(tracks: tuple[Track, ...]) -> int:
    """The number of the chunk after the last with notes."""
    last = (track.chunk if track.notes.chunk is None else int(track.notes.chunk.max()) for track in tracks)
    return max((1 + number for number in last), default=0)


def encode(song: Song, performance: Performance | None = None) -> bytes:
    """The song's file with the velocities and durations of `performance`, everything else as it was read.

    `performance` has an entry per track with `velocity` and `duration`, (n,) each, in units and ticks; None stands for
    the file as it was read. Unchanged notes keep their bytes, so without an edit the result is the input itself.
    Velocities are held within 1..127 and durations at 0 or more; a note without a note-off stays without one. A
    duration that would change another event becomes the nearest that does not (`note_off_moves`). ValueError where the
    performance has other numbers of notes.
    """
    if performance is None:
        return song.source.data
    by_chunk: dict[int, list[ChunkEdits]] = {}
    for track, played in zip(song.tracks, performance, strict=True):
        for number, edits in _edits(track, played):
            by_chunk.setdefault(number, []).append(edits)
    return write_smf(song.source, {number: _merge(edits) for number, edits in by_chunk.items()})


def write(song: Song, performance: Performance | None, path: str | Path, *, allow_source: bool = False) -> None:
    """Write `encode(song, performance)` to a file, whole or not at all.

    The file that the song was read from, under any name, is only replaced with `allow_source`. DuvError says why a file
    cannot be written.
    """
    if not allow_source and song.path is not None and _is_same_file(song.path, Path(path)):
        raise DuvError("This is the file that was read; it would be overwritten", hint="choose another name", file=path)
    write_atomically(path, encode(song, performance))


def _edits(track: Track, played: TrackPerformance) -> Iterator[tuple[int, ChunkEdits]]:
    """The notes of a track that are played otherwise than the file says, by number of the chunk."""
    notes, velocity, duration = track.notes, np.asarray(played.velocity), np.asarray(played.duration)
    if velocity.shape != notes.velocity.shape or duration.shape != notes.duration.shape:
        raise ValueError(f"a performance of {velocity.shape} and {duration.shape} notes for a track of {len(notes)}")
    velocity = velocity.astype(np.int64, casting="same_kind").clip(1, 127)
    # The limit keeps onset + duration within 64 bits; no delta time can be as long.
    duration = duration.astype(np.int64, casting="same_kind").clip(0, 2**53)
    louder = velocity != notes.velocity
    longer = (duration != notes.duration) & (notes.off_event >= 0)
    chunk = np.full(len(notes), track.chunk) if notes.chunk is None else notes.chunk
    for number in np.unique(chunk[louder | longer]).tolist():
        on, off = louder & (chunk == number), longer & (chunk == number)
        yield (
            number,
            ChunkEdits(notes.on_event[on], velocity[on], notes.off_event[off], (notes.onset + duration)[off]),
        )


def _merge(edits: list[ChunkEdits]) -> ChunkEdits:
    fields = ("on_event", "velocity", "off_event", "end_tick")
    return ChunkEdits(*(np.concatenate([getattr(edit, name) for edit in edits]) for name in fields))


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return False  # one of them does not exist (any more), so neither can be overwritten
