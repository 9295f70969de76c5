"""The notes of several parts as those of one, and where each part's notes are in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from duv_studio.engine.features.note_features import NoteTable, free_timing, strokes_of
from duv_studio.engine.midi.song import IntArray, Notes, Track
from duv_studio.engine.music.chords import chord_ids, with_strokes

Places = tuple[IntArray, ...]  # per part, where each of its notes stands among all


def merge_tables(parts: Sequence[NoteTable]) -> tuple[NoteTable, Places]:
    """The notes of all parts in one table, and the place in it of every part's notes.

    Velocities are moved so that every part has the level of the whole: how loud the parts are among each other is
    their owner's balance and no one's accent.
    """
    if len(parts) == 1:
        return parts[0], (np.arange(len(parts[0])),)
    level = float(np.concatenate([part.velocity for part in parts]).mean())
    level_with = [replace(part, velocity=part.velocity - part.velocity.mean() + level) for part in parts]
    order, places = _interleave([part.onset for part in parts], [part.pitch for part in parts])
    arrays: dict[str, Any] = {
        f.name: np.concatenate([getattr(part, f.name) for part in level_with])[order]
        for f in fields(NoteTable)
        if isinstance(getattr(parts[0], f.name), np.ndarray)
    }
    pedal = any(part.pedal for part in parts)
    merged = replace(parts[0], **arrays, pedal=pedal)
    chord = with_strokes(chord_ids(merged.onset), strokes_of(merged))
    return replace(merged, free=free_timing(merged.onset, chord)), places


def merge_tracks(parts: Sequence[Track]) -> tuple[Track, Places]:
    """The first track with the notes of all of them, and the place among them of every part's notes."""
    if len(parts) == 1:
        return parts[0], (np.arange(len(parts[0].notes)),)
    order, places = _interleave([part.notes.onset for part in parts], [part.notes.pitch for part in parts])
    columns = {f.name: [getattr(part.notes, f.name) for part in parts] for f in fields(Notes)}
    # Where a note comes from is lost where one of the parts leaves it to its track to say.
    known = {name: own for name, own in columns.items() if not any(array is None for array in own)}
    arrays = {name: np.concatenate(own)[order] for name, own in known.items()}
    return replace(parts[0], notes=Notes(**arrays)), places


def _interleave(onsets: Sequence[np.ndarray], pitches: Sequence[np.ndarray]) -> tuple[IntArray, Places]:
    """The order by onset, pitch and part of all notes, and the place of every part's notes in that order."""
    part = np.repeat(np.arange(len(onsets)), [len(own) for own in onsets])
    order = np.lexsort((part, np.concatenate(pitches), np.concatenate(onsets)))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return order, tuple(place[part == k] for k in range(len(onsets)))
