"""Safetensors files: the header is read and checked before a single tensor is, and the tensors against the header."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from duv_studio.engine.model.foreign_file import trouble_with
from duv_studio.engine.model.header_rules import Misfit, fields, items, mapping, one_of, parse_header, text, whole
from duv_studio.engine.model.shape import MOST_PARAMETERS, TensorShape
from duv_studio.engine.regular_file import open_regular
from duv_studio.errors import DuvError

WEIGHTS_KEY = "duv-weights"  # of the metadata: the checksum of the weights
METADATA = "__metadata__"
MOST_HEADER = 16 << 20  # bytes; one that names 400,000 songs that were learned from is as long
MOST_WEIGHTS = 4 * MOST_PARAMETERS  # bytes
_PREFIX = 8  # bytes of the header's length
_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8,
}  # fmt: skip
# Of the types that weights may have: how they are read as whole numbers, and the exponent of what is no finite number.
_EXPONENTS = {"F16": ("<u2", 0x7C00), "BF16": ("<u2", 0x7F80), "F32": ("<u4", 0x7F80_0000)}
WEIGHT_TYPES = tuple(_EXPONENTS)
_CHOOSE = "choose another file"
_DAMAGED = "get the file again: it was changed since it was written"
_SIZE = whole(0, 1 << 48)
_RULE = fields(
    {
        "dtype": one_of(tuple(_BYTES)),
        "shape": items(_SIZE, 16),
        "data_offsets": items(_SIZE, 2, 2),
    }
)


@dataclass(frozen=True)
class TensorEntry:
    """One tensor, as the header describes it."""

    dtype: str
    shape: TensorShape
    begin: int  # bytes from the beginning of the weights
    end: int


@dataclass(frozen=True)
class TensorFile:
    """A safetensors file that is open: its header holds what the format asks for, its weights were not looked at."""

    path: Path
    metadata: dict[str, str]
    tensors: dict[str, TensorEntry]
    file: BinaryIO
    header_size: int  # bytes, with the length before it
    weights_size: int

    def read(self) -> bytes:
        """All bytes of the file; DuvError where a weight is no finite number or the checksum says that some changed."""
        data, weights = self._read()
        self._check_digest(weights, only_if_stated=True)
        _check_finite(self.path, self.tensors, weights)
        return data

    def digest(self) -> str:
        """What `weights_hash` returns; DuvError where the file says that it was written with other weights."""
        return self._check_digest(self._read()[1])

    def _read(self) -> tuple[bytes, memoryview]:
        if self.weights_size > MOST_WEIGHTS:
            raise DuvError(f"its weights are larger than {MOST_WEIGHTS // 1_000_000} MB", file=self.path, hint=_CHOOSE)
        try:
            self.file.seek(0)
            data = self.file.read(self.header_size + self.weights_size + 1)
        except OSError as e:
            raise DuvError(f"cannot be read: {e.strerror}", file=self.path, hint=_CHOOSE) from e
        if len(data) != self.header_size + self.weights_size:
            raise DuvError("was changed while it was read", file=self.path, hint="try again")
        return data, memoryview(data)[self.header_size :]

    def _check_digest(self, weights: memoryview, *, only_if_stated: bool = False) -> str:
        stated = self.metadata.get(WEIGHTS_KEY)
        if stated is None and only_if_stated:
            return ""
        found = _digest(self.tensors, weights)
        if stated not in (None, found):
            message = "is damaged: its weights are not those that it was written with"
            raise DuvError(message, file=self.path, hint=_DAMAGED)
        return found

    def check_tensors(self, expected: Mapping[str, TensorShape]) -> None:
        """Misfit unless it holds just these tensors, of these shapes, and of a type that weights may have."""
        for name, shape in expected.items():
            found = self.tensors.get(name)
            if found is None:
                raise Misfit(f"the tensor {name} is missing")
            if found.shape != shape:
                raise Misfit(f"the tensor {name} has the shape {_shown(found.shape)}; it must be {_shown(shape)}")
            if found.dtype not in WEIGHT_TYPES:
                raise Misfit(f"the tensor {name} is of type {found.dtype}; it must be one of {', '.join(WEIGHT_TYPES)}")
        over = next((name for name in self.tensors if name not in expected), None)
        if over is not None:
            raise Misfit(f"there is no tensor {json.dumps(over[:80])} in such a network")


@contextmanager
def tensor_file(path: Path, what: str = "model file") -> Iterator[TensorFile]:
    """A safetensors file by its header; DuvError says what is wrong with it. No tensor is read.

    `what` it should be stands in the sentences.
    """
    with open_regular(path, what) as file:
        try:
            opened = _opened(path, file)
        except Misfit as e:
            raise DuvError(f"is not a {what} (safetensors): {e}", file=path, hint=_CHOOSE) from e
        except OSError as e:
            raise DuvError(f"cannot be read: {e.strerror}", file=path, hint=_CHOOSE) from e
        yield opened


def weights_hash(path: Path) -> str:
    """Names a model's weights: the same whatever else its file says, so that a new card or calibration changes nothing.

    Over the tensors' names, types, shapes and bytes. DuvError when the file is no safetensors file, or is damaged.
    """
    with tensor_file(path) as file:
        return file.digest()


def with_metadata(data: bytes, metadata: Mapping[str, str]) -> bytes:
    """A safetensors file's bytes with other metadata, and the checksum of its weights among them."""
    begin = _PREFIX + int.from_bytes(data[:_PREFIX], "little")
    layout: dict[str, Any] = json.loads(data[_PREFIX:begin])
    layout.pop(METADATA, None)
    weights = memoryview(data)[begin:]
    said = {**metadata, WEIGHTS_KEY: _digest(_entries(layout), weights)}
    header = json.dumps({METADATA: said, **layout}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % _PREFIX)  # the format keeps weights at multiples of 8
    return b"".join((len(header).to_bytes(_PREFIX, "little"), header, weights))


def _opened(path: Path, file: BinaryIO) -> TensorFile:
    size = os.fstat(file.fileno()).st_size
    start = file.read(_PREFIX + 1)
    if len(start) <= _PREFIX or start[_PREFIX:] != b"{":
        raise trouble_with(path, file)
    length = int.from_bytes(start[:_PREFIX], "little")
    if length > MOST_HEADER:
        raise Misfit(f"its header has {length} bytes; there may be {MOST_HEADER}")
    if length > size - _PREFIX:
        raise Misfit(f"it breaks off: its header has {length} bytes, and the file only {size}")
    file.seek(_PREFIX)
    layout = parse_header(_text(file.read(length)), "its header")
    if not isinstance(layout, dict):
        raise Misfit("its header describes no tensors")
    metadata = layout.pop(METADATA, None) or {}
    mapping(text(MOST_HEADER))(metadata, METADATA)
    tensors = _entries(layout)
    weights_size = _check_cover(tensors, size - _PREFIX - length)
    return TensorFile(path, metadata, tensors, file, _PREFIX + length, weights_size)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as e:
        raise Misfit(f"byte {data[e.start]:#04x} of its header is not UTF-8") from e


def _entries(layout: Mapping[str, Any]) -> dict[str, TensorEntry]:
    found = {}
    for name, entry in layout.items():
        where = f"tensor {json.dumps(name[:80])}"
        _RULE(entry, where)
        begin, end = entry["data_offsets"]
        found[name] = TensorEntry(entry["dtype"], tuple(entry["shape"]), begin, end)
        wanted = math.prod(entry["shape"]) * _BYTES[entry["dtype"]]
        if end - begin != wanted:
            raise Misfit(f"{where} has {end - begin} bytes; its shape and type ask for {wanted}")
    return found


def _check_cover(tensors: Mapping[str, TensorEntry], size: int) -> int:
    """The bytes of all weights, which lie end to end and are all that the file holds."""
    place = 0
    for name, entry in sorted(tensors.items(), key=lambda pair: (pair[1].begin, pair[1].end)):
        if entry.begin != place:
            raise Misfit(f"tensor {json.dumps(name[:80])} begins at byte {entry.begin}; it must begin at {place}")
        place = entry.end
    if place != size:
        what = "it breaks off" if size < place else "something follows its weights"
        raise Misfit(f"{what}: it holds {size} bytes of weights, and its header describes {place}")
    return place


def _digest(tensors: Mapping[str, TensorEntry], weights: memoryview) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name, entry in sorted(tensors.items()):
        digest.update(f"{name} {entry.dtype} {list(entry.shape)}\n".encode())
        digest.update(weights[entry.begin : entry.end])
    return digest.hexdigest()


def _check_finite(path: Path, tensors: Mapping[str, TensorEntry], weights: memoryview) -> None:
    for name, entry in tensors.items():
        if entry.dtype in _EXPONENTS and not _is_finite(entry, weights):
            raise DuvError(
                f"some of its weights are no numbers: the tensor {name} holds NaN or infinity, and finite numbers"
                " must be there",
                file=path,
                hint="train it again",
            )


def _is_finite(entry: TensorEntry, weights: memoryview) -> bool:
    kind, exponent = _EXPONENTS[entry.dtype]
    bits = np.frombuffer(weights[entry.begin : entry.end], kind)
    return not bits.size or int((bits & exponent).max()) != exponent


def _shown(shape: Iterable[int]) -> str:
    return f"[{', '.join(map(str, shape))}]"
