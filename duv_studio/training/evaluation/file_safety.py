"""What no musician would forgive, looked for in the files themselves: written, read back and laid beside the source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.smf import MidiChunk
from duv_studio.engine.midi.song import Notes, Song, Track
from duv_studio.engine.model.prediction import Prediction
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render

SHORTEST = 0.03  # seconds; a note may be shorter only if it was
CHECKS = (
    "notes added or lost",
    "new overlaps",
    "cut too short",
    "key-switches changed",
    "other events changed",
    "changed at intensity 0",
)
NOTE_OFF, NOTE_ON = 0x80, 0x90


def check_files(songs: Iterable[tuple[Song, Prediction]], settings: Settings) -> dict[str, int]:
    """How often each of CHECKS failed over humanized files, and how many files and notes were looked at."""
    total: Counter[str] = Counter({"files": 0, "notes": 0} | dict.fromkeys(CHECKS, 0))
    for song, prediction in songs:
        total.update(check_file(song, prediction, settings))
    return dict(total)


def check_file(song: Song, prediction: Prediction, settings: Settings) -> dict[str, int]:
    """The checks of one file, rendered with these settings, and of the same file with the intensity at 0."""
    data = midi_file.encode(song, render(song, prediction, settings))
    after = midi_file.parse(data)
    off = midi_file.encode(song, render(song, prediction, replace(settings, intensity=0.0)))
    found = {
        "files": 1,
        "notes": song.note_count,
        "notes added or lost": _difference(song, after),
        "other events changed": int(events_without_notes(song) != events_without_notes(after)),
        "changed at intensity 0": int(off != song.source.data),
    }
    if found["notes added or lost"]:
        return found  # the notes cannot be laid beside each other
    protected = [selected.protected for selected in select(song, settings)]
    pairs = list(zip(song.tracks, after.tracks, protected, strict=True))
    return found | {
        "new overlaps": count_new_overlaps(song, after),
        "cut too short": sum(_too_short(song, before.notes, played.notes) for before, played, _ in pairs),
        "key-switches changed": sum(_changed(before.notes, played.notes, mask) for before, played, mask in pairs),
    }


def _difference(song: Song, after: Song) -> int:
    """How many notes one file has and the other has not, by track, onset and pitch."""
    before, played = (Counter(note for track in s.tracks for note in _places(track)) for s in (song, after))
    return sum(((before - played) + (played - before)).values())


def _places(track: Track) -> list[tuple[str, int, int]]:
    return [(track.key, o, p) for o, p in zip(track.notes.onset.tolist(), track.notes.pitch.tolist(), strict=True)]


def events_without_notes(song: Song) -> list[list[tuple[int, int, bytes]]]:
    """Tick, status and data of every event that is no note, chunk by chunk."""
    return [_other_events(chunk) for chunk in song.source.chunks]


def _other_events(chunk: MidiChunk) -> list[tuple[int, int, bytes]]:
    events = chunk.events
    kind = events.status & 0xF0
    others = np.flatnonzero((kind != NOTE_OFF) & (kind != NOTE_ON))
    first = (events.start + events.explicit)[others]
    end = (events.start + events.length)[others]
    body = bytes(chunk.body)
    data = [body[a:b] for a, b in zip(first.tolist(), end.tolist(), strict=True)]
    return list(zip(events.tick[others].tolist(), events.status[others].tolist(), data, strict=True))


def count_new_overlaps(song: Song, after: Song) -> int:
    """Notes that reach into the next of their pitch on their channel, and did not in the source."""
    return int(np.sum(_reach_over(after.tracks) & ~_reach_over(song.tracks)))


def _reach_over(tracks: Sequence[Track]) -> NDArray[np.bool_]:
    """Which of all notes reach into another of their port, channel and pitch; in the order of these."""
    voice = np.concatenate([track.voice for track in tracks])
    onset, end = (np.concatenate([getattr(track.notes, name) for track in tracks]) for name in ("onset", "end"))
    order = np.lexsort((onset, voice))
    same = (np.diff(voice[order]) == 0) & (np.diff(onset[order]) > 0)
    reaches = np.zeros(len(order), dtype=bool)
    reaches[order[:-1]] = same & (end[order[:-1]] > onset[order[1:]])
    return reaches


def _too_short(song: Song, before: Notes, played: Notes) -> int:
    """Notes that were shortened to less than SHORTEST."""
    seconds = song.tempo.seconds
    was, now = (seconds(notes.end) - seconds(notes.onset) for notes in (before, played))
    tick = seconds(before.onset + 1) - seconds(before.onset)  # lengths are whole ticks
    return int(np.sum((now < SHORTEST - tick) & (now < was)))


def _changed(before: Notes, played: Notes, protected: NDArray[np.bool_]) -> int:
    other = (before.velocity != played.velocity) | (before.duration != played.duration)
    return int(np.sum(other & protected))
