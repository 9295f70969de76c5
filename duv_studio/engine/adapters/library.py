"""Which adapters there are, what their files say, and which of them play without being asked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio import paths
from duv_studio.engine.adapters.header import (
    ADAPTER_KEY,
    IMPROVES,
    AdapterHeader,
    adapter_header,
    check_layers,
    weights_hash,
)
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import MODEL_KEY, read_header
from duv_studio.engine.model.foreign_file import what_is_missing
from duv_studio.engine.model.installed_files import BrokenFile, read_installed
from duv_studio.engine.model.shape import ModelConfig, TensorShape, linear_shapes
from duv_studio.engine.model.tensor_file import TensorFile, tensor_file
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from torch import Tensor

ADAPTER_FILE = "adapter.safetensors"
PEFT_FILE = "adapter_model.safetensors"  # that peft writes: found to say what it lacks
TRAINED_FILE = "duv_lora_best.ckpt"  # in the folder that a training writes
_WHAT = "adapter file"
Layers = tuple[tuple[str, TensorShape], ...]  # `linear_shapes` of a base model, () where they are not known


@dataclass(frozen=True)
class AdapterInfo:
    """One adapter that is installed."""

    name: str  # of its folder
    path: Path
    header: AdapterHeader
    own: bool  # the user's, not one that ships

    @property
    def family(self) -> Family:
        """The instruments that it plays."""
        return Family(self.header.family)


def list_adapters() -> list[AdapterInfo]:
    """Every usable adapter by family and name, one of the user's own before one of that name that ships.

    `broken_adapters` tells which are left out.
    """
    found: dict[str, AdapterInfo] = {}
    for info in _installed():
        found.setdefault(info.name, info)
    return sorted(found.values(), key=lambda info: (info.header.family, info.name))


def broken_adapters() -> list[BrokenFile]:
    """The adapters that are installed and cannot be used; their weights are looked at, too."""
    whole, broken = read_installed([root for root, _ in _roots()], ADAPTER_FILE, read_adapter_header)
    damaged = [BrokenFile(path, damage) for path, _ in whole if (damage := _damage_of(path))]
    return sorted([*broken, *damaged], key=lambda file: file.path)


def find_adapter(name_or_path: str | Path) -> Path:
    """The adapter file that a name, a folder or a file stands for; DuvError tells which names there are.

    A name is that of a folder below the user's own adapters or those that ship; of a folder that a training wrote,
    the best adapter is meant.
    """
    wanted = Path(name_or_path)
    folders = [root / wanted for root, _ in _roots()] if len(wanted.parts) == 1 else []
    for path in (
        *(folder / ADAPTER_FILE for folder in folders),
        wanted / ADAPTER_FILE,
        wanted / TRAINED_FILE,
        wanted / PEFT_FILE,
        wanted,
    ):
        if os.path.lexists(path) and not (path == wanted and os.path.isdir(path)):
            return path  # whatever it is: who opens it says what is wrong
    known = ", ".join(info.name for info in list_adapters()) or "none is installed"
    folder = f", a folder without {ADAPTER_FILE}" if os.path.isdir(wanted) else ""
    raise DuvError(f'there is no adapter "{wanted}"{folder}', hint=f"give an adapter file or a name: {known}")


def automatic(base_hash: str, layers: Layers = ()) -> dict[Family, Path]:
    """The adapter that plays each family with this base when none is named.

    Only those that were made for it, proved to improve it and are whole; of them the user's newest, else the one that
    ships. Where the base's `layers` are given, they must fit.
    """
    return _newest(_proved(), base_hash, layers)


def automatic_with(base: Path) -> dict[Family, Path]:
    """The same for a base model's file, which is not read where no adapter could play."""
    proved = _proved()
    return _newest(proved, *_base_of(base)) if proved else {}


def left_out_with(base: Path) -> list[BrokenFile]:
    """The adapters that would play with a base model if they were not damaged."""
    proved = _proved()
    if not proved:
        return []
    base_hash, layers = _base_of(base)
    found = ((info.path, _damage_of(info.path, layers)) for info in proved if info.header.base_hash == base_hash)
    return [BrokenFile(path, damage) for path, damage in found if damage]


def known_hash(base: Path) -> str:
    """`weights_hash`, worked out once for as long as the file stays as it is."""
    try:
        state = base.stat()
    except OSError:
        return weights_hash(base)  # which says what is wrong
    return _hash(base, state.st_mtime_ns, state.st_size)


def read_adapter_header(path: Path) -> AdapterHeader:
    """The header of an adapter file, without its weights and without torch; DuvError when it is no adapter of ours."""
    with tensor_file(path, _WHAT) as file:
        return _header_of(file)


def _header_of(file: TensorFile) -> AdapterHeader:
    if MODEL_KEY in file.metadata:
        raise DuvError("is a whole model, not an adapter", file=file.path, hint="give it as the model")
    if ADAPTER_KEY not in file.metadata:
        raise what_is_missing(file.tensors, file.path)
    return adapter_header(file)


def read_whole_adapter(path: Path) -> tuple[AdapterHeader, bytes]:
    """An adapter's header and all bytes of its file; DuvError also where its weights are damaged."""
    with tensor_file(path, _WHAT) as file:
        return _header_of(file), file.read()


def load_adapter(path: Path) -> tuple[dict[str, Tensor], AdapterHeader]:
    """An adapter's weights in float32, on the CPU, and its header; as `pack_adapter` takes them."""
    header, data = read_whole_adapter(path)

    from safetensors.torch import load

    return {name: weight.float() for name, weight in load(data).items()}, header


def is_adapter(path: Path) -> bool:
    """Whether a file calls itself an adapter; DuvError when it is no safetensors file."""
    with tensor_file(path, "model or adapter file") as file:
        return ADAPTER_KEY in file.metadata


def _installed() -> Iterator[AdapterInfo]:
    """All that can be read, the user's own first; names may come twice."""
    for root, own in _roots():
        for path, header in read_installed([root], ADAPTER_FILE, read_adapter_header)[0]:
            yield AdapterInfo(path.parent.name, path, header, own)


def _proved() -> list[AdapterInfo]:
    """Those that improve the base that they were made for."""
    return [info for info in _installed() if info.header.verdict == IMPROVES]


def _newest(proved: Iterable[AdapterInfo], base_hash: str, layers: Layers) -> dict[Family, Path]:
    fitting = (info for info in proved if info.header.base_hash == base_hash)
    usable = [info for info in fitting if not _damage_of(info.path, layers)]
    return {info.family: info.path for info in sorted(usable, key=lambda info: (info.own, _made_at(info)))}


def _base_of(base: Path) -> tuple[str, Layers]:
    layers = linear_shapes(ModelConfig(**read_header(base).shape))  # type: ignore[arg-type]
    return known_hash(base), tuple(layers.items())


def _damage_of(path: Path, layers: Layers = ()) -> str:
    """Why an adapter whose header is sound cannot play all the same; worked out once for as long as its file stays."""
    try:
        state = path.stat()
    except OSError as e:
        return f"cannot be read: {e.strerror}"
    return _damage(path, state.st_mtime_ns, state.st_size, layers)


@lru_cache(maxsize=256)
def _damage(path: Path, mtime_ns: int, size: int, layers: Layers) -> str:
    try:
        with tensor_file(path, _WHAT) as file:
            header = _header_of(file)
            if layers:
                check_layers(header, file, dict(layers))
            file.read()
    except DuvError as e:
        return e.message
    return ""


def _made_at(info: AdapterInfo) -> float:
    try:
        return datetime.fromisoformat(info.header.created).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


@lru_cache(maxsize=16)
def _hash(base: Path, mtime_ns: int, size: int) -> str:
    return weights_hash(base)


def _roots() -> tuple[tuple[Path, bool], ...]:
    """Folders of adapters, and whether they are the user's own."""
    return (paths.user_adapters_dir(), True), (paths.resource("adapters"), False)
