"""Safetensors files: whatever is wrong with their bytes is a sentence, before any tensor is made."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError, deserialize
from safetensors.numpy import load, save

from duv_studio.engine.model.tensor_file import WEIGHTS_KEY, tensor_file, weights_hash, with_metadata
from duv_studio.errors import DuvError

WEIGHTS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(4, np.float16), "c": np.zeros(0, np.float32)}
SOUND = save(WEIGHTS, metadata={"said": "this"})
ENTRY = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


def made(header: Any, weights: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + weights


def opened(path: Path, data: bytes) -> dict[str, str]:
    path.write_bytes(data)
    with tensor_file(path) as file:
        file.read()
        return file.metadata


BYTES: list[tuple[bytes, str]] = [
    (b"", "not a model or adapter file .*: it is empty"),
    (b"\x00" * 7, "not a model or adapter file"),
    (b"\x00" * 64, "not a model or adapter file"),
    (made({}, length=2**63), "its header has 9223372036854775808 bytes; there may be 16777216"),
    (made({}, length=2**64 - 1), "its header has 18446744073709551615 bytes"),
    (made({}, length=100_000), "its header has 100000 bytes, and the file only 10"),
    (made({}, length=9), "its header has 9 bytes, and the file only 10"),
    (SOUND[:100], "its header has [0-9]+ bytes, and the file only 100"),
    (SOUND[:-1], "it breaks off: it holds 31 bytes of weights, and its header describes 32"),
    (SOUND + b"\0", "something follows its weights: it holds 33 bytes of weights, and its header describes 32"),
    (made(b"{not json"), "its header is not JSON"),
    (made(b"{"), "its header is not JSON"),
    (made(b'{"a": NaN}'), "its header holds NaN, which is no number"),
    (made(b'{"\xff": 1}'), "byte 0xff of its header is not UTF-8"),
    (made(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "its header is nested deeper than 100 levels"),
    (made(b'{"a": 1, "a": 1}'), 'its header holds the field "a" twice'),
    (made(b'{"__metadata__": {"x": "1", "x": "2"}}'), 'its header holds the field "x" twice'),
    (made({"__metadata__": {"x": 1}}), "__metadata__.x is 1; it must be text"),
    (made({"__metadata__": ["x"]}), "__metadata__ is a list; it must be an object"),
    (made({"__metadata__": {"x": {"y": "z"}}}), "__metadata__.x is an object with named fields; it must be text"),
    (made({"a": 7}), 'tensor "a" is 7; it must be an object'),
    (made({"a": {}}), 'the field tensor "a".dtype is missing'),
    (made({"a": ENTRY | {"odd": 1}}, bytes(4)), 'there is no field tensor "a".odd'),
    (made({"a": ENTRY | {"dtype": "F12"}}, bytes(4)), 'tensor "a".dtype is "F12"; it must be one of BOOL'),
    (made({"a": ENTRY | {"dtype": 32}}, bytes(4)), 'tensor "a".dtype is 32; it must be one of'),
    (made({"a": ENTRY | {"shape": 1}}, bytes(4)), 'tensor "a".shape is 1; it must be a list'),
    (made({"a": ENTRY | {"shape": [-1]}}, bytes(4)), r'tensor "a".shape\[1\] is -1; it must be a whole number'),
    (made({"a": ENTRY | {"shape": [True]}}, bytes(4)), r'tensor "a".shape\[1\] is true; it must be a whole number'),
    (made({"a": ENTRY | {"shape": [1.0]}}, bytes(4)), r'tensor "a".shape\[1\] is 1.0; it must be a whole number'),
    (made({"a": ENTRY | {"shape": [2**70]}}, bytes(4)), r'tensor "a".shape\[1\] is 1180591620717411303424; it must'),
    (made({"a": ENTRY | {"shape": [1] * 17}}, bytes(4)), 'tensor "a".shape holds 17 entries; there may be 16'),
    (made({"a": ENTRY | {"shape": [2]}}, bytes(4)), 'tensor "a" has 4 bytes; its shape and type ask for 8'),
    (made({"a": ENTRY | {"shape": [2**40, 2**40]}}, bytes(4)), 'tensor "a" has 4 bytes; its shape and type ask for'),
    (made({"a": ENTRY | {"data_offsets": [0]}}, bytes(4)), "data_offsets is too short|must hold at least 2"),
    (made({"a": ENTRY | {"data_offsets": [4, 0]}}, bytes(4)), 'tensor "a" has -4 bytes'),
    (made({"a": ENTRY | {"data_offsets": [1, 5]}}, bytes(5)), 'tensor "a" begins at byte 1; it must begin at 0'),
    (made({"a": ENTRY, "b": ENTRY}, bytes(4)), 'tensor "b" begins at byte 0; it must begin at 4'),
    (made({"a": ENTRY}), "it holds 0 bytes of weights, and its header describes 4"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "words"), BYTES)
def test_bytes_that_are_no_whole_file_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    for use in (opened, lambda path, data: weights_hash(path)):
        with pytest.raises(DuvError, match=words) as refused:
            (tmp_path / "x").write_bytes(data)
            use(tmp_path / "x", data)
        assert refused.value.file == tmp_path / "x" and refused.value.hint


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "there is no such model file"),
        (Path.mkdir, "is a folder, not a file"),
        (os.mkfifo, "is a pipe, not a file"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file"),
        (lambda path: path.symlink_to(path), "cannot be read: Too many levels"),
        (lambda path: path.symlink_to("gone"), "is a link that leads nowhere"),
    ],
    ids=["missing", "folder", "pipe", "device", "loop", "dangling"],
)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], None], words: str) -> None:
    make(tmp_path / "x")
    with pytest.raises(DuvError, match=words), tensor_file(tmp_path / "x"):
        pass


def test_a_sparse_file_of_terabytes_is_not_read(tmp_path: Path) -> None:
    size = 1 << 40
    data = made({"a": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}})
    with (tmp_path / "x").open("wb") as file:
        file.write(data)
        file.truncate(len(data) + size)
    with pytest.raises(DuvError, match="its weights are larger than 400 MB"):
        weights_hash(tmp_path / "x")


def test_a_sound_file_is_read_and_its_weights_stay(tmp_path: Path) -> None:
    assert opened(tmp_path / "x", SOUND) == {"said": "this"}
    other = with_metadata(SOUND, {"said": "that", "name": "é"})
    assert opened(tmp_path / "y", other) == {"said": "that", "name": "é", WEIGHTS_KEY: weights_hash(tmp_path / "x")}
    assert weights_hash(tmp_path / "y") == weights_hash(tmp_path / "x")
    again = load(other)
    assert again.keys() == WEIGHTS.keys() and all(np.array_equal(again[name], w) for name, w in WEIGHTS.items())
    assert with_metadata(other, {"said": "that", "name": "é"}) == other


@given(st.binary(max_size=40), st.integers(0, len(SOUND) - 1), st.integers(0, 30))
def test_what_is_accepted_the_library_accepts_too(
    tmp_path_factory: pytest.TempPathFactory, odd: bytes, at: int, gone: int
) -> None:
    data = SOUND[:at] + odd + SOUND[at + gone :]
    path = tmp_path_factory.getbasetemp() / "mutated"
    try:
        opened(path, data)
    except DuvError as error:
        assert error.message
        return
    try:
        deserialize(data)
    except SafetensorError as error:
        pytest.fail(f"we accept what safetensors refuses: {error}")
