"""What other humanizers made of the files of a split: their MIDI files, read note by note beside ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import FloatArray, IntArray, Song
from duv_studio.errors import DuvError
from duv_studio.training.data.paired_piece import Piece, PieceTrack, Played
from duv_studio.training.evaluation.results import OURS

NEAR = 0.12  # seconds that an output may have moved an onset by
MOST_LOST = 0.5  # share of the notes; a file that lost more keeps another time and is matched by order
SUFFIXES = (".mid", ".midi")

# Start times of two files' notes of one pitch, (a,) and (b,), to places in either of those that belong together.
_Pairing = Callable[[FloatArray, FloatArray], tuple[IntArray, IntArray]]


@dataclass(frozen=True)
class _Notes:
    """n notes of a file: number of their track among those with notes, pitch, start and length in seconds, velocity."""

    track: IntArray
    pitch: IntArray
    start: FloatArray
    length: FloatArray
    velocity: FloatArray


@dataclass(frozen=True)
class ExternalOutputs:
    """A humanizer's name, and the folder of what it made of files, under their names."""

    name: str
    folder: Path

    def of(self, piece: Piece) -> list[Played] | None:
        """How it plays the piece; nan for notes that its file does not hold, None where there is no file."""
        found = self.file(piece)
        return None if found is None else read_output(found, piece)

    def file(self, piece: Piece) -> Path | None:
        """What it made of the piece."""
        files = [self.folder / f"{piece.name}{suffix}" for suffix in SUFFIXES]
        return next((file for file in files if file.is_file()), None)


def parse_all_external(texts: Sequence[str]) -> list[ExternalOutputs]:
    """Every NAME=FOLDER; DuvError when a name stands for two, or for a row that every evaluation has."""
    outputs = [parse_external(text) for text in texts]
    names = [of_one.name for of_one in outputs]
    taken = next((name for k, name in enumerate(names) if name in OURS or name in names[:k]), None)
    if taken is not None:
        raise DuvError(f'the name "{taken}" is taken', hint="give every --outputs a name of its own")
    return outputs


def check_names_match(outputs: Iterable[ExternalOutputs], pieces: Sequence[Piece]) -> None:
    """DuvError when a humanizer made nothing of any of the pieces: it would be left out without a word."""
    for of_one in outputs:
        if not any(of_one.file(piece) for piece in pieces):
            raise DuvError("none of these files is named like a pair", file=of_one.folder)


def parse_external(text: str) -> ExternalOutputs:
    """NAME=FOLDER; DuvError when there is no name or no such folder."""
    name, equals, folder = text.partition("=")
    if not name or not equals:
        raise DuvError(f'"{text}" is not NAME=FOLDER', hint="for example --outputs other=folder/of/midi/files")
    if not Path(folder).is_dir():
        raise DuvError("there is no such folder", file=folder)
    return ExternalOutputs(name, Path(folder))


def read_output(path: Path, piece: Piece) -> list[Played]:
    """How a file plays the notes of a piece whose tracks are those of one deadpan file."""
    written, heard = piece.tracks[0].song, midi_file.read(path)
    deadpan, output = _notes_of(written), _notes_of(heard)
    match = _match(deadpan, output, _by_time)
    retimed = float(np.mean(match < 0)) > MOST_LOST
    if retimed:
        match = _match(deadpan, output, _by_order)
    numbers = _track_numbers(written)
    return [_played(track, match[deadpan.track == numbers[track.index]], output, retimed) for track in piece.tracks]


def _played(track: PieceTrack, match: IntArray, output: _Notes, retimed: bool) -> Played:
    at = match[track.notes]
    found = at >= 0
    seconds, velocity = np.full(len(track), np.nan), np.full(len(track), np.nan)
    velocity[found] = output.velocity[at[found]]
    if not retimed:  # lengths on another clock cannot be compared
        seconds[found] = output.length[at[found]]
    return Played(velocity, track.log_ratio(seconds))


def _track_numbers(song: Song) -> dict[int, int]:
    """Place of each track with notes among them, by its index."""
    return {track.index: number for number, track in enumerate(t for t in song.tracks if len(t.notes))}


def _notes_of(song: Song) -> _Notes:
    """The notes of a file, track by track, in the order of Track.notes."""
    tracks = [track for track in song.tracks if len(track.notes)]
    start = [song.tempo.seconds(track.notes.onset) for track in tracks]
    end = [song.tempo.seconds(track.notes.end) for track in tracks]
    return _Notes(
        track=np.repeat(np.arange(len(tracks)), [len(track.notes) for track in tracks]),
        pitch=np.concatenate([track.notes.pitch for track in tracks]),
        start=np.concatenate(start),
        length=np.concatenate(end) - np.concatenate(start),
        velocity=np.concatenate([track.notes.velocity for track in tracks]).astype(np.float64),
    )


def _match(deadpan: _Notes, output: _Notes, pair: _Pairing) -> IntArray:
    """The output note of each deadpan note, -1 where there is none; tracks count where there are as many of them."""
    same_tracks = deadpan.track.max() == output.track.max()
    ours, theirs = ((n.track * 128 * same_tracks + n.pitch) for n in (deadpan, output))
    found = np.full(len(ours), -1, dtype=np.int64)
    for key in np.unique(ours):
        mine, candidates = np.flatnonzero(ours == key), np.flatnonzero(theirs == key)
        if len(candidates):
            one, other = pair(deadpan.start[mine], output.start[candidates])
            found[mine[one]] = candidates[other]
    return found


def _by_time(ours: FloatArray, theirs: FloatArray) -> tuple[IntArray, IntArray]:
    """The pairs of least distance in all, without those that are too far apart."""
    distance = np.abs(ours[:, None] - theirs[None, :])
    one, other = linear_sum_assignment(np.minimum(distance, NEAR * 2))
    near = distance[one, other] <= NEAR
    return one[near], other[near]


def _by_order(ours: FloatArray, theirs: FloatArray) -> tuple[IntArray, IntArray]:
    """The first with the first and so on, where there are as many."""
    if len(ours) != len(theirs):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.argsort(ours, kind="stable"), np.argsort(theirs, kind="stable")
