"""From one MIDI file to its manifest lines, as the processes of `enrich` do it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from duv_studio.engine.features.note_features import State, velocity_state
from duv_studio.engine.features.song_hints import sections_of
from duv_studio.engine.midi import APPLE_DOUBLE, is_apple_double, midi_file
from duv_studio.engine.midi.song import Family, Song
from duv_studio.errors import DuvError
from duv_studio.training.data.manifest.filters import Filters
from duv_studio.training.data.manifest.from_midi import MIN_NOTES, family_in, on_grid, played_track
from duv_studio.training.data.manifest.guide_features import with_hints
from duv_studio.training.data.manifest.lines import line_of
from duv_studio.training.data.played_track import PlayedTrack

FLAT = "one velocity for all its notes: nobody played it"


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read, and what is known of it."""

    path: str
    file: str  # what lines and report call it
    song: str
    player: str = ""


@dataclass(frozen=True)
class Choice:
    """Which tracks are wanted."""

    family: Family | None
    filters: Filters
    keep_flat: bool = False


def enrich_files(jobs: tuple[Job, ...], choice: Choice) -> tuple[Outcome, ...]:
    """The outcomes of some files; one that cannot be read says why, whatever is wrong with it."""
    return tuple(_enrich_file(job, choice) for job in jobs)


def _enrich_file(job: Job, choice: Choice) -> Outcome:
    if is_apple_double(Path(job.path).name):
        return Outcome(job.file, skipped=APPLE_DOUBLE)
    try:
        song = midi_file.read(Path(job.path))
        results = list(_tracks(song, job, choice))
    except DuvError as error:
        return Outcome(job.file, error=f"{error.message} ({error.hint})" if error.hint else error.message)
    except Exception as error:  # one strange file among 100,000 must not stop the others
        return Outcome(job.file, error=f"something went wrong inside the program: {type(error).__name__}: {error}")
    return Outcome(
        job.file,
        kept=tuple(result for result in results if isinstance(result, Kept)),
        dropped=tuple(result for result in results if isinstance(result, Dropped)),
        warnings=song.warnings + song.notices,
    )


def _tracks(song: Song, job: Job, choice: Choice) -> Iterator[Kept | Dropped]:
    for track in song.tracks:
        name = track.name or f"track {track.index + 1}"
        family = family_in(track, choice.family)
        if family is None:
            yield Dropped(name, f"it is {track.family}")
        elif len(track.notes) < max(MIN_NOTES, choice.filters.min_notes):
            yield Dropped(name, f"fewer than {max(MIN_NOTES, choice.filters.min_notes)} notes")
        else:
            played = played_track(song, replace(track, family=family), song=job.song, player=job.player)
            grid = round(on_grid(track.notes.onset, song.ppq), 3)
            yield chosen(played, job.file, name, sections_of(song).source, choice, on_grid=grid)


def chosen(
    track: PlayedTrack, file: str, name: str, section_source: str, choice: Choice, **more: float
) -> Kept | Dropped:
    """The track's line, `more` being further keys of it, or why it is left out."""
    reason = choice.filters.reason(track)
    if reason is None and not choice.keep_flat and (velocity_state(track.velocity) == State.UNKNOWN).all():
        reason = FLAT
    if reason is not None:
        return Dropped(name, reason)
    line = line_of(track, file=file, section_source=section_source) | {"track": name, **more}
    text = json.dumps(line, separators=(",", ":"), allow_nan=False)
    return Kept(name, line["fingerprint"], len(track), section_source, text)


def set_track(track: PlayedTrack, choice: Choice) -> Outcome:
    """The outcome of one track of a data set, which counts as a file of its own."""
    file = f"{track.corpus}/{track.song}"
    if choice.family is not None and track.family is not choice.family:
        return Outcome(file, dropped=(Dropped(str(track.family), f"it is {track.family}"),))
    hinted, source = with_hints(track)
    result = chosen(hinted, file, str(track.family), source, choice)
    kept = (result,) if isinstance(result, Kept) else ()
    return Outcome(file, kept, (result,) if isinstance(result, Dropped) else ())


@dataclass(frozen=True)
class Kept:
    """A track's line, and what tells whether it is a copy."""

    track: str  # its name, or its number where it has none
    fingerprint: str
    notes: int
    section_source: str
    text: str  # the line, without its end


@dataclass(frozen=True)
class Dropped:
    """A track that was left out."""

    track: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """Everything that a manifest and its report hold of one file."""

    file: str
    kept: tuple[Kept, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    error: str = ""  # why nothing of the file could be read
    skipped: str = ""  # why nothing in it is music, which is no mistake
