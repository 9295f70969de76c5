"""Resolves which base model and which adapters play a song, and what to call them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from duv_studio.engine.adapters.fitting_model import called, fitting_model
from duv_studio.engine.adapters.header import IMPROVES, AdapterHeader
from duv_studio.engine.adapters.library import automatic_with, find_adapter, is_adapter, known_hash, read_adapter_header
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import ModelHeader, read_header
from duv_studio.engine.model.library import MODEL_FILE, find_model, list_models
from duv_studio.errors import DuvError

AUTOMATIC, NO_ADAPTER = "auto", "none"
_MOST_FILES = 200  # that are looked at beside an adapter
_BESIDE = ("*.safetensors", "*.ckpt", f"*/{MODEL_FILE}")
_MOST_NAMES = 2  # more adapters are counted
_NOT_COMMERCIAL = "not for commercial use"


@dataclass(frozen=True)
class FileState:
    """A file as it is now: another one once it is rewritten."""

    path: Path
    mtime_ns: int
    size: int


@dataclass(frozen=True)
class ModelChoice:
    """A base model's file, and the adapters' files by family."""

    base: FileState
    adapters: tuple[tuple[Family, FileState], ...] = ()


def choose(model: str | Path | None = None, adapter: str | Path = AUTOMATIC) -> ModelChoice:
    """What plays when `model` and `adapter` are asked for, as `Humanizer` takes them.

    DuvError when one of them is not there, is no such file, or was not made for the other.
    """
    as_model = adapter_instead_of_model(model)
    named = [] if as_model is None else [as_model]
    if adapter not in (AUTOMATIC, NO_ADAPTER):
        named.append(find_adapter(adapter))
    base = find_model(model) if as_model is None else base_model_of(as_model)
    playing = {} if adapter == NO_ADAPTER else automatic_with(base)
    asked: dict[Family, Path] = {}
    for path in named:
        family = _family_with(base, path)
        if asked.setdefault(family, path) != path:
            raise DuvError(f"two adapters for {family} cannot play at once", hint="name one of them", file=path)
    adapters = sorted((playing | asked).items())
    return ModelChoice(_state(base), tuple((family, _state(path)) for family, path in adapters))


def base_model_of(adapter: Path) -> Path:
    """The base model's file that an adapter was made for: installed, beside the adapter or a folder above it.

    DuvError names the one that is missing.
    """
    header = read_adapter_header(adapter)
    if (installed := fitting_model(header)) is not None:
        return installed.path
    namesake = any(read_header(model.path).name == header.base for model in list_models())
    for path in _beside(adapter):
        try:
            if known_hash(path) == header.base_hash:
                return path
            namesake = namesake or read_header(path).name == header.base
        except DuvError:  # damaged: it is no base for anything
            continue
    other = "; the one of that name that is there has other weights" if namesake else ""
    raise DuvError(
        f'its base model "{header.base}" is missing{other}',
        file=adapter,
        hint="install that model, or put its file beside the adapter",
    )


def check_adapter_fits(header: AdapterHeader, base: Path) -> None:
    """DuvError when an adapter was made for another base model; it names the one that fits where that is installed."""
    if header.base_hash == known_hash(base):
        return
    loaded, fitting = read_header(base).name, fitting_model(header)
    if fitting is not None:
        made_for = f"{called(fitting)}, which is installed"
        raise DuvError(
            f'"{header.name}" was made for the base model {made_for}, and "{loaded}" is loaded',
            hint=f"choose that model, or give --model {fitting.name}",
        )
    told = f'"{header.name}" was made for the base model "{header.base}", and "{loaded}" is loaded'
    if loaded == header.base:
        told = f'"{header.name}" was made for another version of the base model "{loaded}" than the one that is loaded'
    raise DuvError(told, hint="choose another adapter, or give this one as the model: then its base is looked for")


def adapter_instead_of_model(model: str | Path | None) -> Path | None:
    """The adapter's file that is meant where a model is asked for, None where a model is; DuvError when neither."""
    if model is None:
        return None
    try:
        path = find_model(model)
    except DuvError as no_model:
        try:
            return find_adapter(model)
        except DuvError:
            raise no_model from None
    return path if is_adapter(path) else None


def _family_with(base: Path, adapter: Path) -> Family:
    header = read_adapter_header(adapter)
    check_adapter_fits(header, base)
    return Family(header.family)


def _beside(adapter: Path) -> Iterator[Path]:
    """Model files in the folder of an adapter and in the one above, where trainings put them."""
    folders = (adapter.absolute().parent, adapter.absolute().parent.parent)
    files = (path for folder in folders for pattern in _BESIDE for path in sorted(folder.glob(pattern)))
    for path in islice(files, _MOST_FILES):
        try:
            read_header(path)
        except DuvError:
            continue
        yield path


def _state(path: Path) -> FileState:
    try:
        state = path.stat()
    except OSError as e:
        raise DuvError("cannot be read", file=path) from e
    return FileState(path, state.st_mtime_ns, state.st_size)


def named(model: ModelHeader, adapters: Mapping[Family, AdapterHeader]) -> str:
    """The model's name and those of its adapters."""
    if len(adapters) > _MOST_NAMES:
        return f"{model.name} + {len(adapters)} adapters"
    return " + ".join([model.name, *(adapter.name for adapter in adapters.values())])


def described(model: ModelHeader, adapters: Mapping[Family, AdapterHeader]) -> str:
    """Title and licence of the model, and which adapter plays what, with its verdict unless it is that it improves."""
    words = [model.title, model.licence, "" if model.commercial else _NOT_COMMERCIAL]
    words += [about(adapter, alone=model.commercial) for adapter in adapters.values()]
    return " · ".join(word for word in words if word)


def about(adapter: AdapterHeader, *, alone: bool = True) -> str:
    """What an adapter plays, its title, and what one should know of it; `alone`: also whom its licence keeps out."""
    doubts = [] if adapter.verdict == IMPROVES else [adapter.verdict or "never judged"]
    if alone and not adapter.commercial:
        doubts.append(_NOT_COMMERCIAL)
    return f"{adapter.family} adapter “{adapter.title}”" + (f" ({', '.join(doubts)})" if doubts else "")
