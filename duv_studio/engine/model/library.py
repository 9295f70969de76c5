"""Which models there are: those that ship and those that the user keeps."""

from __future__ import annotations

import os
import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from duv_studio import paths
from duv_studio.engine.model.checkpoint import ModelHeader, read_header
from duv_studio.engine.model.installed_files import BrokenFile, read_installed
from duv_studio.errors import DuvError

MODEL_FILE = "model.safetensors"
LICENCE_FILE = "LICENSE"
DEFAULT_MODEL = "base-open"
_VERSION = re.compile(r"-v\d+$")  # of a model that was succeeded by one without it


@dataclass(frozen=True)
class ModelInfo:
    """One line of the model picker."""

    name: str
    path: Path
    title: str
    licence: str
    licence_note: str = ""  # a sentence, where the licence's name does not say it all
    licence_file: Path | None = None  # the whole text, where the model's folder holds one
    commercial: bool = True  # whether the licence lets it be used for money
    parameters: int = 0  # 0: its file does not say


def list_models() -> list[ModelInfo]:
    """Every usable model, the default first and earlier versions last; `broken_models` tells which are left out."""
    found: dict[str, ModelInfo] = {}
    for path, header in read_installed(model_roots(), MODEL_FILE, read_header)[0]:
        found.setdefault(path.parent.name, _info(path, header))
    return sorted(found.values(), key=lambda m: (m.name != DEFAULT_MODEL, _is_earlier(m.name, found), m.name))


def broken_models() -> list[BrokenFile]:
    """The models that are installed and cannot be used."""
    return read_installed(model_roots(), MODEL_FILE, read_header)[1]


def find_model(name_or_path: str | Path | None = None) -> Path:
    """The model file that a name, a folder or a file stands for; None stands for the default model.

    A name is that of a folder below the models that ship or the user's own; DuvError tells which there are.
    """
    wanted = Path(DEFAULT_MODEL if name_or_path is None else name_or_path)
    if len(wanted.parts) == 1:
        for root in model_roots():
            if os.path.lexists(root / wanted / MODEL_FILE):
                return root / wanted / MODEL_FILE
    for path in (wanted / MODEL_FILE, wanted):
        if os.path.lexists(path) and not (path == wanted and os.path.isdir(path)):
            return path  # whatever it is: who opens it says what is wrong
    known = ", ".join(m.name for m in list_models()) or "none is installed"
    folder = f", a folder without {MODEL_FILE}" if os.path.isdir(wanted) else ""
    raise DuvError(f'there is no model "{wanted}"{folder}', hint=f"give a model file or a name: {known}")


def _is_earlier(name: str, names: Container[str]) -> bool:
    """Whether a name is that of another model with a version behind it."""
    version = _VERSION.search(name)
    return version is not None and name[: version.start()] in names


def _info(path: Path, header: ModelHeader) -> ModelInfo:
    text = path.parent / LICENCE_FILE
    return ModelInfo(
        name=path.parent.name,
        path=path,
        title=header.title,
        licence=header.licence,
        licence_note=header.licence_note,
        licence_file=text if os.path.isfile(text) else None,
        commercial=header.commercial,
        parameters=header.parameters,
    )


def model_roots() -> tuple[Path, Path]:
    """Return the folders in which models lie: those that ship, and the user's own."""
    return paths.resource("models"), paths.user_models_dir()
