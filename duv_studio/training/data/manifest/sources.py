"""Which MIDI files `enrich` reads, in which order: those of a folder, those that a list names, or one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from duv_studio.engine.midi import MIDI_SUFFIXES, is_apple_double
from duv_studio.engine.regular_file import NoSuchFile, read_text_lines
from duv_studio.errors import DuvError
from duv_studio.training.data.manifest.arrays import NO_DATA
from duv_studio.training.data.manifest.lines import LONGEST_LINE, song_of
from duv_studio.training.data.manifest.worker import Job

_LIST_HINT = 'every line names a MIDI file, such as {"file": "track_001.mid"}'


def jobs_of(source: Path) -> list[Job]:
    """The files of a folder and its folders by name, the file itself, or those of a JSONL list as they stand there."""
    if source.is_dir():
        return _in_folder(source)
    if source.suffix.lower() in MIDI_SUFFIXES:
        if not source.is_file():
            raise DuvError("There is no such file", hint="check the name", file=source)
        return [Job(str(source), source.name, song_of(source.name))]
    return _in_list(source)


def _in_folder(folder: Path) -> list[Job]:
    found = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(place, name) for name in names if name.lower().endswith(MIDI_SUFFIXES)]
    if all(is_apple_double(path.name) for path in found):
        raise DuvError(
            "There are no MIDI files in the folder", hint=f"it reads {', '.join(MIDI_SUFFIXES)}", file=folder
        )
    files = sorted((path.relative_to(folder).as_posix(), path) for path in found)
    return [Job(str(path), file, song_of(file)) for file, path in files]


def _in_list(path: Path) -> list[Job]:
    """Files are looked for beside the list, then from the working folder; one that is nowhere fails when it is read."""
    try:
        lines = enumerate(read_text_lines(path, LONGEST_LINE, "list of MIDI files"), start=1)
        jobs = [_job(text, number, path) for number, text in lines if text.strip()]
    except UnicodeDecodeError as error:
        raise DuvError(f"{NO_DATA}: it is no text", hint=_LIST_HINT, file=path, title=NO_DATA) from error
    except NoSuchFile as error:
        raise DuvError(error.message, hint="give a folder, a .jsonl or a MIDI file", file=path) from error
    if not jobs:
        raise DuvError(f"{NO_DATA}: the file is empty", hint=_LIST_HINT, file=path, title=NO_DATA)
    return jobs


def _job(text: str, number: int, listed_in: Path) -> Job:
    try:
        line: Any = json.loads(text)
    except (ValueError, RecursionError):
        line = None
    named = line.get("file") if isinstance(line, dict) else None
    if not isinstance(named, str) or not named or "\0" in named:
        message = f"{NO_DATA}: line {number} names no MIDI file"
        raise DuvError(message, hint=_LIST_HINT, file=listed_in, title=NO_DATA)
    beside = listed_in.parent / named
    path = beside if beside.is_file() or not Path(named).is_file() else Path(named)
    song, player = (line.get(key) for key in ("song", "player"))
    return Job(
        str(path),
        named,
        song if isinstance(song, str) and song else song_of(named),
        player if isinstance(player, str) else "",
    )
