"""What an adapter file says of itself is checked from its header alone, and its weights against the base model."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from duv_studio import paths
from duv_studio.cli import main
from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.adapters.header import ADAPTER_KEY, PlayerStatistics
from duv_studio.engine.adapters.library import (
    ADAPTER_FILE,
    automatic_with,
    broken_adapters,
    left_out_with,
    load_adapter,
    read_adapter_header,
)
from duv_studio.engine.adapters.lora_merge import merged
from duv_studio.engine.adapters.user_library import install_adapter, retitle_adapter
from duv_studio.engine.midi.midi_file import parse
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import Rendering, load
from duv_studio.engine.model.tensor_file import WEIGHTS_KEY
from duv_studio.errors import DuvError
from tests.adapters_made import MODULES, adapter_weights, header_for, make_adapter, make_base
from tests.midi_builder import TrackSpec, build_song

Weights = dict[str, NDArray[Any]]
FIRST = MODULES[0]


@pytest.fixture
def base() -> Path:
    return make_base()


def said_of(base: Path) -> dict[str, Any]:
    player = PlayerStatistics(300, 2, 70.0, 9.0, -0.1)
    return json.loads(json.dumps(asdict(header_for(base, rendering=Rendering(), player=player))))


def sound_weights() -> Weights:
    return {name: weight.numpy() for name, weight in adapter_weights().items()}


def written(path: Path, said: dict[str, Any], weights: Weights) -> Path:
    save_file(weights, path, metadata={ADAPTER_KEY: json.dumps(said)})
    return path


FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"alpha": 1e300}, "alpha is 1e[+]300; it must be a number from 0 to 10000"),
    ({"alpha": float("nan")}, "its description holds NaN, which is no number"),
    ({"alpha": float("-inf")}, "its description holds -Infinity, which is no number"),
    ({"alpha": -8.0}, "alpha is -8.0; it must be"),
    ({"alpha": "8"}, 'alpha is "8"; it must be'),
    ({"alpha": True}, "alpha is true; it must be"),
    ({"r": 0}, "r is 0; it must be at least 1"),
    ({"r": -4}, "r is -4; it must be a whole number from 0"),
    ({"r": 4.0}, "r is 4.0; it must be a whole number"),
    ({"r": 2**63}, "r is 9223372036854775808; it must be"),
    ({"family": 3}, "family is 3; it must be one of piano"),
    ({"kind": "magic"}, 'kind is "magic"; it must be one of lora, statistics'),
    ({"verdict": "wonderful"}, 'verdict is "wonderful"; it must be "" or one of improves, no clear change, harms'),
    ({"targets": ["velocity", "velocity"]}, "targets names something twice"),
    ({"targets": "velocity"}, 'targets is "velocity"; it must be a list'),
    ({"modules": [*MODULES, FIRST]}, "modules names something twice"),
    ({"modules": [1]}, r"modules\[1\] is 1; it must be text"),
    ({"modules": []}, "modules is empty; it must name what is adapted"),
    ({"inputs": {"pitch": 1}}, "inputs is an object with named fields; it must be a list"),
    ({"songs": [7]}, r"songs\[1\] is 7; it must be text"),
    ({"trained_on": None}, "trained_on is null; it must be a list"),
    ({"rendering": 1}, "rendering is 1; it must be an object"),
    (
        {"rendering": asdict(Rendering()) | {"velocity_temperature": 0}},
        "rendering.velocity_temperature is 0; it must be",
    ),
    ({"player": {"notes": 1}}, "the field player.files is missing"),
    ({"player": asdict(PlayerStatistics(-1, 2, 70.0, 9.0, 0.1))}, "player.notes is -1; it must be a whole number"),
    ({"player": asdict(PlayerStatistics(1, 2, 1e300, 9.0, 0.1))}, "player.level is 1e[+]300; it must be a number"),
    ({"kind": "statistics", "player": None}, "player is null; an adapter of statistics must have one"),
    ({"scores": {"base": 1}}, "scores.base is 1; it must be an object"),
    ({"scores": {"base": {"r": "good"}}}, 'scores.base.r is "good"; it must be a number'),
    ({"versions": {"torch": 2}}, "versions.torch is 2; it must be text"),
    ({"created": 2026}, "created is 2026; it must be text"),
    ({"base_hash": None}, "base_hash is null; it must be text"),
    ({"title": "x" * 10_001}, "title has 10001 characters; there may be 10000"),
    ({"modules": ["a\nb"]}, r'modules\[1\] is "a\\nb"; it must be text without control characters'),
    ({"inputs": ["\ud800"]}, r"inputs\[1\] holds half of a character"),
    ({"odd": 1}, "there is no field odd; the fields are name"),
]


@pytest.mark.parametrize(("change", "words"), FIELDS)
def test_a_field_that_makes_no_sense_is_named(base: Path, tmp_path: Path, change: dict[str, Any], words: str) -> None:
    path = written(tmp_path / "odd.safetensors", said_of(base) | change, sound_weights())
    for use in (read_adapter_header, load_adapter, install_adapter):
        with pytest.raises(DuvError, match=words) as refused:
            use(path)
        assert refused.value.file == path and "makes no sense" in refused.value.message


@pytest.mark.parametrize("name", ["name", "base", "modules", "rendering", "player"])
def test_a_field_that_is_missing_is_named(base: Path, tmp_path: Path, name: str) -> None:
    said = {key: value for key, value in said_of(base).items() if key != name}
    with pytest.raises(DuvError, match=f"the field {name} is missing"):
        read_adapter_header(written(tmp_path / "odd.safetensors", said, sound_weights()))


A, B = f"{FIRST}.lora_A.weight", f"{FIRST}.lora_B.weight"
TENSORS: list[tuple[Callable[[Weights], Weights], str]] = [
    (lambda w: {name: x for name, x in w.items() if name != A}, f"the tensor {A} is missing"),
    (lambda w: w | {"odd": np.zeros(1, np.float32)}, 'there is no tensor "odd"'),
    (lambda w: w | {A: np.zeros((8, 32), np.float32)}, r"has the shape \[8, 32\]; it must be \[4, 32\]"),
    (lambda w: w | {B: np.zeros((32, 8), np.float32)}, r"has the shape \[32, 8\]; it must be \[32, 4\]"),
    (lambda w: w | {A: np.zeros(4, np.float32)}, r"has the shape \[4\]; it must be \[4, 1\]"),
    (lambda w: w | {A: np.zeros((4, 32), np.int64)}, f"{A} is of type I64; it must be one of F16, BF16, F32"),
]


@pytest.mark.parametrize(("change", "words"), TENSORS)
def test_tensors_that_do_not_fit_are_named(
    base: Path, tmp_path: Path, change: Callable[[Weights], Weights], words: str
) -> None:
    path = written(tmp_path / "odd.safetensors", said_of(base), change(sound_weights()))
    with pytest.raises(DuvError, match=f"does not hold the weights that it describes: .*{words}"):
        read_adapter_header(path)


MERGED: list[tuple[dict[str, Any], Weights, str]] = [
    (
        {"modules": ["blocks.7.ff.in"]},
        {"blocks.7.ff.in.lora_A.weight": np.ones((4, 32)), "blocks.7.ff.in.lora_B.weight": np.ones((48, 4))},
        "the base model has no layer blocks.7.ff.in",
    ),
    (
        {"modules": ["blocks.0.norm_ff"]},
        {"blocks.0.norm_ff.lora_A.weight": np.ones((4, 1)), "blocks.0.norm_ff.lora_B.weight": np.ones((32, 4))},
        "the base model has no layer blocks.0.norm_ff",
    ),
    (
        {"modules": [FIRST], "r": 1},
        {A: np.ones((1, 10**6)), B: np.ones((10**6, 1))},  # 4 TB when they are multiplied
        r"blocks.0.attn.q_proj is \[1000000, 1000000\] in the adapter and \[32, 32\] in the base model",
    ),
    (
        {"modules": [FIRST], "r": 1},
        {A: np.full((1, 32), 3e38), B: np.full((32, 1), 3e38)},
        "with it the weights of blocks.0.attn.q_proj are beyond all numbers",
    ),
]


@pytest.mark.parametrize(("change", "weights", "words"), MERGED)
def test_what_does_not_fit_the_base_is_named_before_it_is_multiplied(
    base: Path, tmp_path: Path, change: dict[str, Any], weights: Weights, words: str
) -> None:
    as_stored = {name: w.astype(np.float32) for name, w in weights.items()}
    path = written(tmp_path / "odd.safetensors", said_of(base) | change, as_stored)
    network, _ = load(base)
    with pytest.raises(DuvError, match=f'the adapter "my-guitar" does not fit the base model: {words}'):
        merged(network, *load_adapter(path))


# The checksum


def test_flipped_bits_are_found_and_not_installed(base: Path, tmp_path: Path) -> None:
    path = make_adapter(base, path=tmp_path / "a.safetensors")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    for use in (load_adapter, install_adapter, lambda p: retitle_adapter(p, "Another")):
        with pytest.raises(DuvError, match="is damaged: its weights are not those that it was written with"):
            use(path)
    assert path.read_bytes() == data and not (paths.user_adapters_dir() / "my-guitar").exists()


def test_another_title_keeps_the_weights_and_gives_old_files_a_checksum(base: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "old.safetensors", said_of(base), sound_weights())
    assert WEIGHTS_KEY.encode() not in path.read_bytes()
    retitle_adapter(path, "Another")
    weights, header = load_adapter(path)
    assert header.title == "Another" and WEIGHTS_KEY.encode() in path.read_bytes()
    assert all(torch.equal(weights[name], weight) for name, weight in adapter_weights().items())


# What plays by itself


def damaged(path: Path) -> Path:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    return path


def without_numbers(base: Path, path: Path) -> Path:
    path.parent.mkdir(parents=True)
    weights = sound_weights()
    weights[B][0, 0] = np.inf
    return written(path, said_of(base) | {"created": "2031-01-01"}, weights)


def of_another_shape(base: Path, path: Path) -> Path:
    path.parent.mkdir(parents=True)
    odd = {name.replace("blocks.0", "blocks.5"): w for name, w in sound_weights().items()}
    modules = [name.replace("blocks.0", "blocks.5") for name in MODULES]
    return written(path, said_of(base) | {"modules": modules, "created": "2032-01-01"}, odd)


def test_a_damaged_adapter_leaves_the_next_one_playing(base: Path) -> None:
    own = paths.user_adapters_dir()
    sound = make_adapter(base, name="sound")
    damaged(make_adapter(base, name="damaged", created="2030-01-01"))
    without_numbers(base, own / "endless" / ADAPTER_FILE)
    of_another_shape(base, own / "odd" / ADAPTER_FILE)
    assert automatic_with(base) == {Family.GUITAR: sound}
    assert {file.path.parent.name: file.why.split(":")[0] for file in left_out_with(base)} == {
        "damaged": "is damaged",
        "endless": "some of its weights are no numbers",
        "odd": "does not fit the base model",
    }
    assert [file.path.parent.name for file in broken_adapters()] == ["damaged", "endless"]
    for name in ("damaged", "endless", "odd"):
        with pytest.raises(DuvError, match=r"is damaged|are no numbers|does not fit"):
            Humanizer(base, adapter=name).predict(parse(build_song([NOTES])), Settings())


NOTES = TrackSpec([(240 * i, 200, 60 + i % 5, 60) for i in range(24)], name="Guitar", program=25)


def test_humanize_plays_the_base_and_says_what_is_left_out(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song, target = tmp_path / "song.mid", tmp_path / "played.mid"
    song.write_bytes(build_song([NOTES]))
    asked = ["humanize", str(song), "-o", str(target), "--model", "tiny"]
    assert main([*asked, "--adapter", "none"]) == 0
    alone = target.read_bytes()
    path = damaged(make_adapter(base))
    target.unlink()
    capsys.readouterr()
    assert main(asked) == 0
    assert target.read_bytes() == alone
    assert f"{path}: does not play, since it is damaged" in capsys.readouterr().err
    assert main([*asked, "--adapter", "none"]) == 0 and capsys.readouterr().err == ""
