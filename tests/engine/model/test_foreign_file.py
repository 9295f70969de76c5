"""Files that are no models: what is said of each is true, and no code in them is run."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from duv_studio.engine.adapters.library import find_adapter, read_adapter_header
from duv_studio.engine.model.checkpoint import read_header
from duv_studio.engine.model.pickle_names import read_pickles
from duv_studio.errors import DuvError

LORA, NETWORK = "holds LoRA weights, but", "holds the weights of a network, but"
NONE, CODE = "holds no weights", "holds code, not only weights: it is not opened"
STATE = {"blocks.0.attn.q_proj.weight": torch.zeros(2, 2), "blocks.0.attn.q_proj.bias": torch.zeros(2)}


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("sprung",)


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def saved(held: Any, **how: Any) -> bytes:
    packed = io.BytesIO()
    torch.save(held, packed, **how)
    return packed.getvalue()


KINDS: list[tuple[bytes, str]] = [
    (b"", "is not a model or adapter file .*: it is empty"),
    ("ノート of a song\n".encode(), "is not a model or adapter file .*: it is text"),
    (b"x" * 4095 + "é".encode(), "it is text"),
    (b"\x89PNG\r\n\x1a\n" + bytes(50), "is not a model or adapter file .*: it is a picture"),
    (b"\xff\xd8\xff\xe0" + bytes(50), "it is a picture"),
    (b"MThd" + bytes(10), "it is a MIDI file"),
    (b"GGUF" + bytes(50), "it is a model of another program"),
    (b"version https://git-lfs.github.com/spec/v1\n", "it is a note of Git LFS"),
    (bytes(range(256)), r"is not a model or adapter file \(safetensors\) "),
    # Archives
    (b"PK\x03\x04 damaged", "is damaged: it begins as a zip archive, and is none"),
    (zipped({"song.txt": b"la"}), "is a zip archive without weights"),
    (zipped({}) + bytes(5), "is not a model"),
    (zipped({"song.pkl": b"no pickle"}), "is damaged: its pickle cannot be read"),
    (zipped({"a/data.pkl": pickle.dumps({"a.lora_A.weight": 1})}), LORA),
    (zipped({"a/data.pkl": pickle.dumps(Trap())}), CODE),
    (zipped({"a/data.pkl": bytes(500_000_000 >> 4)}), "is damaged: its pickle cannot be read"),
    (zipped({"a/data.pkl": pickle.dumps({}), "a/code/net.py": b"import os"}), CODE),
    # What torch writes
    (saved({"state_dict": {"a.lora_A.default.weight": torch.zeros(1)}}), LORA),
    (saved(STATE), NETWORK),
    (saved(OrderedDict(STATE)), NETWORK),
    (saved({"state_dict": STATE, "epoch": 3, "dtype": torch.float16, "size": torch.Size([2])}), NETWORK),
    (saved({name: torch.nn.Parameter(w.half()) for name, w in STATE.items()}), NETWORK),
    (saved(STATE, _use_new_zipfile_serialization=False), NETWORK),
    (saved(STATE, pickle_protocol=4), NETWORK),
    (saved(torch.zeros(3)), NONE),
    (saved({"state_dict": STATE, "callbacks": Trap()}), CODE),
    (saved(torch.nn.Linear(2, 2)), CODE),
    (saved(Trap(), _use_new_zipfile_serialization=False), CODE),
    # Plain pickles
    (pickle.dumps({"epoch": 3}), NONE),
    (pickle.dumps({"net.weight": [1.0, 2.0]}), NETWORK),
    (pickle.dumps({"net.weight": [1.0] * 300_000}), NETWORK),  # longer than what is looked at
    (pickle.dumps({"a": Trap()}), CODE),
    (pickle.dumps({"a": Trap()}, protocol=2), CODE),
    (pickle.dumps(Trap(), protocol=2)[:-1], CODE),  # breaks off
    (b"\x80\x02 damaged", "is damaged: its pickle cannot be read"),
    (b"\x80\x04\x95" + b"\xff" * 8, "is damaged: its pickle cannot be read"),
]


@pytest.mark.parametrize(("data", "words"), KINDS)
@pytest.mark.parametrize("read", [read_header, read_adapter_header], ids=["model", "adapter"])
def test_every_kind_of_file_is_called_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], read: Callable[[Path], object], data: bytes, words: str
) -> None:
    path = tmp_path / "x.ckpt"
    path.write_bytes(data)
    with pytest.raises(DuvError, match=words) as refused:
        read(path)
    assert refused.value.file == path and refused.value.hint
    assert capsys.readouterr().out == "", "no trap was sprung"


def test_the_adapter_of_another_program_says_what_it_lacks(tmp_path: Path) -> None:
    """A folder that PEFT writes holds such a file; neither base model nor instrument are in it."""
    path = tmp_path / "adapter_model.safetensors"
    save_file({"base_model.model.q_proj.lora_A.weight": np.zeros((2, 2), np.float32)}, path)
    for found in (path, find_adapter(tmp_path)):
        with pytest.raises(DuvError, match=LORA):
            read_adapter_header(found)


@given(st.binary(max_size=60))
def test_no_bytes_run_or_stop_the_reader_of_pickles(data: bytes) -> None:
    for start in (b"", b"\x80\x02", b"\x80\x04"):
        found = read_pickles(start + data)
        assert found is None or all(isinstance(text, str) for text in found.texts)
