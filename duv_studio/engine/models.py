"""Which models there are: those that ship and those that the user keeps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from duv_studio import paths
from duv_studio.engine.checkpoint import read_header
from duv_studio.errors import DuvError

MODEL_FILE = "model.safetensors"
DEFAULT_MODEL = "base-open"


@dataclass(frozen=True)
class ModelInfo:
    """One line of the model picker."""

    name: str
    path: Path
    title: str
    licence: str


def list_models() -> list[ModelInfo]:
    """Every usable model, the default first; a broken file is left out here and explained when it is asked for."""
    found: dict[str, ModelInfo] = {}
    for root in _roots():
        for path in sorted(root.glob(f"*/{MODEL_FILE}")):
            try:
                header = read_header(path)
            except DuvError:
                continue
            found.setdefault(path.parent.name, ModelInfo(path.parent.name, path, header.title, header.licence))
    return sorted(found.values(), key=lambda m: (m.name != DEFAULT_MODEL, m.name))


def find_model(name_or_path: str | Path | None = None) -> Path:
    """The model file that a name, a folder or a file stands for; None stands for the default model."""
    wanted = DEFAULT_MODEL if name_or_path is None else name_or_path
    for root in _roots():
        named = root / wanted / MODEL_FILE
        if named.is_file():
            return named
    path = Path(wanted)
    if path.is_dir():
        path = path / MODEL_FILE
    if path.is_file():
        return path
    known = ", ".join(m.name for m in list_models()) or "none"
    raise DuvError(f'there is no model "{wanted}"', hint=f"give a model file or one of: {known}")


def _roots() -> tuple[Path, Path]:
    return paths.resource("models"), paths.user_models_dir()
