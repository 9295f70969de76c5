"""Folders of pairs: a deadpan X.mid, and beside it X.csv that ties each of its notes to a human's performance."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from duv_studio.engine.midi import is_apple_double, midi_file
from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Song, Track
from duv_studio.engine.regular_file import read_text_lines
from duv_studio.errors import DuvError
from duv_studio.training.data.paired_piece import Piece, PieceTrack, piece_track
from duv_studio.training.data.played_track import whole_text

Sidecar = dict[str, FloatArray]  # column -> (rows,)

_LONGEST_LINE = 2**20  # characters
COLUMNS = ("track", "pitch", "h_on", "h_off", "h_vel", "d_on")  # h_: the human's, d_: the deadpan file's, in seconds
NEAR = 0.01  # seconds between a row's deadpan onset and that of its note


def read_pairs(folder: Path) -> list[Piece]:
    """Every pair of a folder, by name; raises DuvError when there is none, or a sidecar does not fit its file."""
    names = (path for path in folder.glob("*.mid") if not is_apple_double(path.name))
    files = sorted(path for path in names if path.with_suffix(".csv").exists())
    if not files:
        raise DuvError("no pair of a .mid file and its .csv sidecar is in this folder", file=folder)
    return [read_pair(path) for path in files]


def read_pair(path: Path) -> Piece:
    """The pair of a deadpan MIDI file and the .csv beside it."""
    song, sidecar = midi_file.read(path), read_sidecar(path.with_suffix(".csv"))
    played = [track for track in song.tracks if len(track.notes)]
    rows = [np.flatnonzero(sidecar["track"] == number) for number in range(len(played))]
    tracks = tuple(_pair_track(song, t, sidecar, r) for t, r in zip(played, rows, strict=True) if len(r))
    found = sum(len(track) for track in tracks)
    if not found or found < 0.5 * len(sidecar["track"]):
        raise DuvError(f"only {found} of {len(sidecar['track'])} sidecar rows fit a note of the MIDI file", file=path)
    return Piece(whole_text(path.stem), _main_family(song, tracks), tracks)


def read_sidecar(path: Path) -> Sidecar:
    """The needed columns of a sidecar; raises DuvError when one is missing or holds no number."""
    try:
        rows = list(csv.DictReader(read_text_lines(path, _LONGEST_LINE, "sidecar", newline="")))
        return {name: np.array([float(row[name]) for row in rows]) for name in COLUMNS}
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise DuvError(f"not a sidecar of a deadpan file: {error}", file=path) from error


def _pair_track(song: Song, track: Track, sidecar: Sidecar, rows: IntArray) -> PieceTrack:
    """The track's notes that a row belongs to, with the human's velocities and lengths."""
    note_of_row = _match(song, track, sidecar, rows)
    found = note_of_row >= 0
    row_of_note = dict(zip(note_of_row[found].tolist(), rows[found].tolist(), strict=True))
    deadpan = piece_track(song, track, list(row_of_note))
    row = np.array([row_of_note[note] for note in deadpan.notes.tolist()], dtype=np.int64)
    return deadpan.played_by(sidecar["h_vel"][row], sidecar["h_off"][row] - sidecar["h_on"][row])


def _match(song: Song, track: Track, sidecar: Sidecar, rows: IntArray) -> IntArray:
    """The note of each row (-1: none): of the same pitch, not taken yet, at the same time."""
    seconds = song.tempo.seconds(track.notes.onset).tolist()
    waiting: dict[int, list[int]] = defaultdict(list)
    for note, pitch in enumerate(track.notes.pitch.tolist()):
        waiting[pitch].append(note)
    matched = np.full(len(rows), -1, dtype=np.int64)
    for place, (pitch, start) in enumerate(zip(sidecar["pitch"][rows], sidecar["d_on"][rows], strict=True)):
        candidates = waiting[int(pitch)]
        nearest = min(candidates, key=lambda note: abs(seconds[note] - start), default=None)
        if nearest is not None and abs(seconds[nearest] - start) <= NEAR:
            matched[place] = nearest
            candidates.remove(nearest)
    return matched


def _main_family(song: Song, tracks: tuple[PieceTrack, ...]) -> Family:
    """The family that holds most of the notes."""
    notes: dict[Family, int] = defaultdict(int)
    for track in tracks:
        notes[song.tracks[track.index].family] += len(track)
    return max(notes, key=lambda family: notes[family])
