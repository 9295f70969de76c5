"""The user's own adapters: installing, removing, titles and notes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path

from duv_studio import paths
from duv_studio.engine.adapters.header import ADAPTER_KEY, AdapterHeader
from duv_studio.engine.adapters.library import ADAPTER_FILE, find_adapter, read_adapter_header, read_whole_adapter
from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.model.installed_files import read_installed
from duv_studio.engine.model.tensor_file import tensor_file, with_metadata
from duv_studio.engine.names_inside import is_device
from duv_studio.engine.regular_file import read_regular
from duv_studio.errors import DuvError

NOTES_FILE = "notes.txt"
_MOST_NOTES = 2**20  # bytes
_LONGEST = 200  # bytes of a folder's name: most systems allow 255, and a number may follow
_FORBIDDEN = re.compile(r"[^\w.\- ]+")
_NAME = re.compile(r"[\w][\w.\- ]*")
MOST_TITLE = 1000  # characters
_LONGEST_NAME = 255  # bytes of a folder's name, on most systems


def add_adapter(source: str | Path, title: str | None = None, *, replacing: bool = False) -> Path:
    """Put an adapter among the user's own; returns its file there.

    One that is there already is only given `title`. Another adapter of that name stays and the new one is numbered,
    unless it is `replacing` it. DuvError when it is no adapter or cannot be written.
    """
    path = find_adapter(source)
    header = read_adapter_header(path)
    wanted = (title or "").strip() or header.title or header.name
    folder = folder_name(wanted if title else header.name)
    there = None if replacing else find_installed_copy(header)
    if there is not None:
        if title:
            retitle_adapter(there, wanted)
        return there
    if not replacing:
        number = _first_free(lambda n: not _file(_numbered(folder, n)).exists())
        folder, wanted = _numbered(folder, number), _numbered(wanted, number)
    target = install_adapter(path, folder)
    if wanted != header.title:
        retitle_adapter(target, wanted)
    return target


def find_installed_copy(header: AdapterHeader) -> Path | None:
    """The user's own adapter that came from the same training, whatever its title; None when there is none."""
    for path, found in read_installed([paths.user_adapters_dir()], ADAPTER_FILE, read_adapter_header)[0]:
        if header.created and replace(found, title=header.title) == header:
            return path
    return None


def title_is_taken(title: str) -> bool:
    """Whether an adapter of the user's lies where one of this title would be put."""
    return _file(folder_name(title)).exists()


def folder_name(title: str) -> str:
    """The name of a folder for a title: letters, digits and . _ - of any script stay."""
    name = _FORBIDDEN.sub("-", title.strip()).encode()[:_LONGEST].decode(errors="ignore").strip(" .-")
    if not name or not re.match(r"\w", name) or is_device(name):
        name = f"adapter-{name}".rstrip("-. ")
    return name


def retitle_adapter(path: Path, title: str) -> None:
    """Give an adapter file another title; its weights and all else that it says stay. DuvError when that fails."""
    header = read_adapter_header(path)
    title = title.strip()
    if not title:
        raise DuvError("an adapter needs a name that people can read", file=path)
    if len(title) > MOST_TITLE:
        raise DuvError(f"a name may have {MOST_TITLE} characters, and this one has {len(title)}", file=path)
    if title == header.title:
        return
    with tensor_file(path) as file:
        data, said = file.read(), file.metadata
    changed = json.dumps(asdict(replace(header, title=title)))
    write_atomically(path, with_metadata(data, said | {ADAPTER_KEY: changed}))


def read_notes(adapter: Path) -> str:
    """What its owner noted down about an adapter file, or about the run that it is the result of; "" when nothing."""
    try:
        return read_regular(adapter.parent / NOTES_FILE, _MOST_NOTES, "file of notes").decode().replace("\r\n", "\n")
    except (DuvError, ValueError):
        return ""


def write_notes(adapter: Path, text: str) -> None:
    """Keep notes beside an adapter file; none leave no file. DuvError when they cannot be written."""
    path = adapter.parent / NOTES_FILE
    text = text.strip()
    if text:
        write_atomically(path, (text + "\n").encode())
    elif path.is_file():
        try:
            path.unlink()
        except OSError as e:
            raise DuvError("The notes could not be deleted", file=path) from e


def _file(folder: str) -> Path:
    return paths.user_adapters_dir() / folder / ADAPTER_FILE


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


def _first_free(is_free: Callable[[int], bool]) -> int:
    return next(number for number in count(1) if is_free(number))


def install_adapter(name_or_path: str | Path, name: str | None = None) -> Path:
    """Copy an adapter into the user's folder under `name`, by default its own; returns the new file.

    DuvError when it is no adapter, or its name cannot be a folder's. One of that name is replaced.
    """
    source = find_adapter(name_or_path)
    header, data = read_whole_adapter(source)
    chosen = header.name if name is None else name
    if not _may_be_a_folder(chosen) or chosen.endswith((".", " ")):
        raise DuvError(f'"{chosen}" cannot be the name of an adapter', hint="use letters, digits and . _ -")
    target = paths.user_adapters_dir() / chosen / ADAPTER_FILE
    if target.exists() and target.samefile(source):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, data)
    return target


def remove_adapter(name: str) -> Path:
    """Delete one of the user's own adapters; returns the folder that is gone. DuvError when there is none."""
    folder = paths.user_adapters_dir() / name
    if not _may_be_a_folder(name) or not (folder / ADAPTER_FILE).is_file():
        raise DuvError(f'there is no adapter of your own called "{name}"', hint="'duv-studio adapters' lists them")
    shutil.rmtree(folder)
    return folder


def _may_be_a_folder(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and len(name.encode()) <= _LONGEST_NAME
