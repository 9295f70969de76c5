"""Files that are no safetensors files of ours: what they are and what they lack, without running code in them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from duv_studio.engine.model.pickle_names import read_pickles
from duv_studio.errors import DuvError

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"
_MOST_PICKLE = 1 << 20  # bytes that are looked at; a network of 10,000 tensors has as many
_MOST_TEXT = 4096
_KINDS = {
    b"\x89PNG": "it is a picture",
    b"\xff\xd8\xff": "it is a picture",
    b"GIF8": "it is a picture",
    b"MThd": "it is a MIDI file",
    b"RIFF": "it is a sound, a film or a picture (RIFF)",
    b"%PDF": "it is a PDF document",
    b"\x1f\x8b": "it is compressed by gzip",
    b"7z\xbc\xaf": "it is a 7z archive",
    b"Rar!": "it is a RAR archive",
    b"GGUF": "it is a model of another program (GGUF)",
    b"\x89HDF": "it is a model of another program (HDF5)",
    b"version https://git-lfs": "it is a note of Git LFS where a file is to be, not the file",
}
_SAFETENSORS = "use safetensors files, which duv-studio train-lora and train-base write"


def trouble_with(path: Path, file: BinaryIO) -> DuvError:
    """Why an open file that is no safetensors file cannot be used. Never runs code that it may hold."""
    file.seek(0)
    start = file.read(_MOST_TEXT)
    if start.startswith(_ZIP):
        return _trouble_with_zip(path, file)
    if start.startswith(_PICKLE):
        return _trouble_with_pickle(path, start + file.read(_MOST_PICKLE))
    what = next((kind for magic, kind in _KINDS.items() if start.startswith(magic)), "")
    if not what:
        what = "it is empty" if not start else "it is text" if _is_text(start) else ""
    message = "is not a model or adapter file (safetensors)"
    return DuvError(f"{message}: {what}" if what else message, file=path, hint="choose another one")


def what_is_missing(keys: Iterable[str], path: Path) -> DuvError:
    """What weights of these names lack to be used."""
    names = list(keys)
    if any("lora_" in name for name in names):
        return DuvError(
            "holds LoRA weights, but does not say which base model, instrument and features they are for",
            file=path,
            hint="train it again: what duv-studio train-lora writes says so",
        )
    if any(name.endswith((".weight", ".bias")) for name in names):
        return DuvError(
            "holds the weights of a network, but not its shape, features and rendering",
            file=path,
            hint="train it again: what duv-studio train-base writes says so",
        )
    return DuvError("holds no weights of a model or adapter", file=path, hint="choose another file")


def _trouble_with_zip(path: Path, file: BinaryIO) -> DuvError:
    """Of an archive, by the pickle in it: checkpoints of torch are such archives."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            pickle = next((name for name in names if name.endswith(".pkl")), None)
            if pickle is None:
                return DuvError("is a zip archive without weights", file=path, hint="choose another file")
            if any("/code/" in name and name.endswith(".py") for name in names):
                return _code(path)
            with archive.open(pickle) as member:
                return _trouble_with_pickle(path, member.read(_MOST_PICKLE))
    except Exception:  # damaged archives fail in every way
        return DuvError("is damaged: it begins as a zip archive, and is none", file=path, hint="choose another file")


def _trouble_with_pickle(path: Path, data: bytes) -> DuvError:
    found = read_pickles(data)
    if found is None:
        return DuvError("is damaged: its pickle cannot be read", file=path, hint="choose another file")
    if found.code:
        return _code(path)
    return what_is_missing(found.texts, path)


def _code(path: Path) -> DuvError:
    return DuvError("holds code, not only weights: it is not opened", file=path, hint=_SAFETENSORS)


def _is_text(start: bytes) -> bool:
    try:
        said = start.decode()
    except UnicodeDecodeError as e:
        if e.start < len(start) - 3:  # not a character that is cut in two
            return False
        said = start[: e.start].decode()
    return all(c.isprintable() or c.isspace() for c in said)
