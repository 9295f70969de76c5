"""What a model file says of itself is checked from its header alone: a row for everything that may be wrong there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from duv_studio.engine.model import checkpoint
from duv_studio.engine.model.checkpoint import ModelHeader, Rendering, load, pack, read_header
from duv_studio.engine.model.library import list_models
from duv_studio.engine.model.shape import ModelConfig, linear_shapes, tensor_shapes
from duv_studio.engine.model.tensor_file import WEIGHTS_KEY, weights_hash
from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.errors import DuvError

SHAPE = {"width": 16, "layers": 1, "heads": 2, "ff": 8}
Weights = dict[str, NDArray[Any]]
Said = dict[str, Any]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Said, Weights]:
    """What a sound model file says, and its weights."""
    torch.manual_seed(0)
    header = ModelHeader("tiny", "Tiny", "MIT", SHAPE, {"piano": Rendering()}, ("made",))
    path = tmp_path_factory.mktemp("whole") / "model.safetensors"
    path.write_bytes(pack(DuvTransformer(ModelConfig(**SHAPE)), header))
    return json.loads(json.dumps(asdict(header))), load_file(path)


def written(path: Path, said: Any, weights: Weights) -> Path:
    packed = said if isinstance(said, str) else json.dumps(said)
    path.write_bytes(save(weights, metadata={"duv": packed}))
    return path


def changed(said: Said, place: str, value: Any) -> Said:
    """The same with another value at "shape.width"; `...` takes the field away."""
    said = json.loads(json.dumps(said))
    *way, last = place.split(".")
    inner = said
    for step in way:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return said


HUGE, NESTED = 10**30, json.loads("[" * 300 + "]" * 300)
FIELDS: list[tuple[str, Any, str]] = [
    ("name", 7, 'name is 7; it must be text'),
    ("title", None, "title is null; it must be text"),
    ("licence", ["MIT"], "licence is a list; it must be text"),
    ("licence_note", "x" * 20_000, "licence_note has 20000 characters; there may be 10000"),
    ("shape.clocks", "\ud800", r'shape.clocks is "\\ud800"; it must be'),
    ("title", ..., "the field title is missing"),
    ("colour", "red", "there is no field colour; the fields are name, title"),
    ("steps", True, "steps is true; it must be a whole number"),
    ("steps", -1, "steps is -1; it must be a whole number from 0"),
    ("steps", "8", 'steps is "8"; it must be a whole number'),
    ("seed", 1.5, "seed is 1.5; it must be a whole number"),
    ("seed", 2**64, "seed is 18446744073709551616; it must be"),
    ("parameters", HUGE, "parameters is 1000000000000000000000000000000; it must be"),
    ("sets", "made", 'sets is "made"; it must be a list'),
    ("sets", ["made", 3], r"sets\[2\] is 3; it must be text"),
    ("sets", NESTED, "nested deeper than 100 levels"),
    ("sets", [["made"]], r"sets\[1\] is a list; it must be text"),
    ("floats", {"register": 1}, "floats is an object with named fields; it must be a list"),
    ("indices", [1], "indices is a list; it must be an object"),
    ("schema", True, "made for another version of DUV Studio"),
    ("schema", "1", "made for another version of DUV Studio"),
    ("schema", [1], "made for another version of DUV Studio"),
    ("schema", ..., r"it does not say its version \(schema\)"),
    ("shape", None, "shape is null; it must be an object"),
    ("shape.depth", 3, "there is no field shape.depth; the fields are width"),
    ("shape.width", 0, "shape.width is 0; it must be a whole number from 4 to 4096"),
    ("shape.width", 20_000, "shape.width is 20000; it must be a whole number from 4 to 4096"),
    ("shape.width", "wide", 'shape.width is "wide"; it must be a whole number'),
    ("shape.width", 16.0, r"shape.width is 16.0; it must be a whole number"),
    ("shape.width", True, "shape.width is true; it must be a whole number"),
    ("shape.width", 18, "the width must be a multiple of twice the heads"),
    ("shape.layers", 10**9, "shape.layers is 1000000000; it must be a whole number from 1 to 128"),
    ("shape.layers", -1, "shape.layers is -1; it must be a whole number from 1"),
    ("shape.heads", 0, "shape.heads is 0; it must be a whole number from 2"),
    ("shape.heads", 5, "shape.heads is 5; it must be even"),
    ("shape.heads", 6, "shape.heads is 6 and shape.width 16"),
    ("shape.heads", 16, "the width must be a multiple of twice the heads"),
    ("shape.ff", 2**63, "shape.ff is 9223372036854775808; it must be"),
    ("shape.dropout", 1, "shape.dropout is 1; it must be a number of at least 0 and below 1"),
    ("shape.dropout", -0.1, "shape.dropout is -0.1; it must be a number"),
    ("shape.feature_dropout", "0", 'shape.feature_dropout is "0"; it must be a number'),
    ("shape.feature_bins", 10**6, "shape.feature_bins is 1000000; it must be"),
    ("shape", {"width": 4096, "layers": 128, "heads": 2}, "a network of this shape has [0-9,]* parameters; there may"),
    ("shape.stem", [], "shape.stem is a list; it must be a whole number"),
    ("shape.clocks", "wall", 'shape.clocks is "wall"; it must be one of both, index, beat'),
    ("rendering", [], "rendering is a list; it must be an object"),
    ("rendering.kazoo", asdict(Rendering()), "there is no rendering.kazoo; the name must be one of piano"),
    ("rendering.piano", 3, "rendering.piano is 3; it must be an object"),
    ("rendering.piano.speed", 3, "there is no field rendering.piano.speed"),
    ("rendering.piano.velocity_temperature", 0, "velocity_temperature is 0; it must be a number from 0.05 to 20"),
    ("rendering.piano.velocity_temperature", -1.0, "velocity_temperature is -1.0; it must be"),
    ("rendering.piano.duration_temperature", 1e300, "duration_temperature is 1e[+]300; it must be"),
    ("rendering.piano.duration_temperature", float("nan"), "holds NaN, which is no number"),
    ("rendering.piano.duration_temperature", float("inf"), "holds Infinity, which is no number"),
    ("rendering.piano.duration_temperature", False, "duration_temperature is false; it must be"),
    ("rendering.piano.velocity_spread", -0.5, "velocity_spread is -0.5; it must be a number from 0 to 10"),
    ("rendering.piano.duration_spread", "wide", 'duration_spread is "wide"; it must be a number'),
    ("rendering.piano.velocity_kernel", ..., "the field rendering.piano.velocity_kernel is missing"),
    ("rendering.piano.velocity_kernel.slow", 1.5, "velocity_kernel.slow is 1.5; it must be a number from 0 to 1"),
    ("rendering.piano.velocity_kernel.own", 0.9, "the shares of rendering.piano.velocity_kernel add up to 1.6"),
    ("rendering.piano.duration_kernel.own", ..., "the field rendering.piano.duration_kernel.own is missing"),
    ("rendering.piano.duration_kernel.odd", 0.0, "there is no field rendering.piano.duration_kernel.odd"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "words"), FIELDS)
def test_a_field_that_makes_no_sense_is_named(
    whole: tuple[Said, Weights], tmp_path: Path, place: str, value: Any, words: str
) -> None:
    said, weights = whole
    path = written(tmp_path / "odd.safetensors", changed(said, place, value), weights)
    for use in (read_header, load):
        with pytest.raises(DuvError, match=words) as refused:
            use(path)
        assert refused.value.file == path and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        ("", "its description is not JSON"),
        ("{not json", "its description is not JSON"),
        ("[]", "does not say its version"),
        ("null", "does not say its version"),
        ('{"schema": 1, "schema": 1}', 'its description holds the field "schema" twice'),
        ('{"schema": ' + "[" * 100_000 + "]" * 100_000 + "}", "its description is nested deeper than 100 levels"),
        ('{"schema": ' + "9" * 10_000 + "}", "its description holds a number with too many digits"),
    ],
    ids=["empty", "no json", "list", "null", "twice", "deep", "long"],
)
def test_a_description_that_is_none_is_refused(
    whole: tuple[Said, Weights], tmp_path: Path, packed: str, words: str
) -> None:
    with pytest.raises(DuvError, match=words):
        read_header(written(tmp_path / "odd.safetensors", packed, whole[1]))


def test_a_number_beyond_all_is_refused(whole: tuple[Said, Weights], tmp_path: Path) -> None:
    packed = json.dumps(whole[0]).replace('"velocity_spread": 1.0', '"velocity_spread": 1e999')
    with pytest.raises(DuvError, match="velocity_spread is beyond all numbers; it must be a number from 0 to 10"):
        read_header(written(tmp_path / "odd.safetensors", packed, whole[1]))


def _without(name: str) -> Callable[[Weights], Weights]:
    return lambda weights: {key: w for key, w in weights.items() if key != name}


def _with(name: str, value: NDArray[Any]) -> Callable[[Weights], Weights]:
    return lambda weights: weights | {name: value}


TENSORS: list[tuple[Callable[[Weights], Weights], str]] = [
    (_without("norm.bias"), "the tensor norm.bias is missing"),
    (_without("blocks.0.ff.in.weight"), "the tensor blocks.0.ff.in.weight is missing"),
    (lambda _: {"a": np.zeros(1, np.float32)}, "the tensor embed_floats.mean is missing"),
    (_with("norm.odd", np.zeros(1, np.float16)), 'there is no tensor "norm.odd" in such a network'),
    (_with("norm.bias", np.zeros(15, np.float16)), r"norm.bias has the shape \[15\]; it must be \[16\]"),
    (_with("norm.bias", np.zeros((1, 16), np.float16)), r"norm.bias has the shape \[1, 16\]; it must be \[16\]"),
    (_with("norm.bias", np.zeros((), np.float16)), r"norm.bias has the shape \[\]; it must be \[16\]"),
    (_with("norm.bias", np.zeros(16, np.float64)), "norm.bias is of type F64; it must be one of F16, BF16, F32"),
    (_with("norm.bias", np.zeros(16, np.int32)), "norm.bias is of type I32; it must be"),
    (_with("norm.bias", np.zeros(16, np.bool_)), "norm.bias is of type BOOL; it must be"),
]


@pytest.mark.parametrize(("change", "words"), TENSORS)
def test_tensors_that_do_not_fit_the_shape_are_named(
    whole: tuple[Said, Weights], tmp_path: Path, change: Callable[[Weights], Weights], words: str
) -> None:
    said, weights = whole
    with pytest.raises(DuvError, match=words):
        read_header(written(tmp_path / "odd.safetensors", said, change(weights)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["embed_floats.mean", "head_vel.weight"])
def test_weights_that_are_no_finite_numbers_are_refused(
    whole: tuple[Said, Weights], tmp_path: Path, name: str, value: float
) -> None:
    said, weights = whole
    odd = weights[name].copy()
    odd.flat[-1] = value
    path = written(tmp_path / "odd.safetensors", said, weights | {name: odd})
    with pytest.raises(DuvError, match=f"the tensor {name} holds NaN or infinity"):
        load(path)


def test_a_scale_that_divides_by_nothing_is_refused(whole: tuple[Said, Weights], tmp_path: Path) -> None:
    said, weights = whole
    std = weights["embed_floats.std"].copy()
    std[3] = 0
    with pytest.raises(DuvError, match=r"embed_floats\.std holds numbers that are not above 0"):
        load(written(tmp_path / "odd.safetensors", said, weights | {"embed_floats.std": std}))


# Nothing is built before everything was checked


def test_a_small_file_that_describes_a_huge_network_takes_no_memory(
    whole: tuple[Said, Weights], tmp_path: Path
) -> None:
    said = changed(whole[0], "shape", {"width": 1024, "layers": 7, "heads": 2, "ff": 4096})
    path = written(tmp_path / "huge.safetensors", said, {"a": np.zeros(1, np.float32)})
    assert path.stat().st_size < 5000
    code = (
        "import sys, tracemalloc; from pathlib import Path\n"
        "from duv_studio.engine.model.checkpoint import load\n"
        "from duv_studio.errors import DuvError\n"
        "tracemalloc.start()\n"
        "try: load(Path(sys.argv[1]))\n"
        "except DuvError as e: print(e)\n"
        "assert 'torch' not in sys.modules, 'a network was built'\n"
        "print(tracemalloc.get_traced_memory()[1])"
    )
    said_of_it, peak = subprocess.run(
        [sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert "its weights do not fit the model that it describes: the tensor" in said_of_it
    assert int(peak) < 5_000_000


def test_weights_are_not_read_before_the_header_is_checked(
    whole: tuple[Said, Weights], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint.TensorFile, "read", lambda self: pytest.fail("the weights were read"))
    with pytest.raises(DuvError, match="heads"):
        load(written(tmp_path / "odd.safetensors", changed(whole[0], "shape.heads", 5), whole[1]))


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(**SHAPE),
        ModelConfig(width=24, layers=3, heads=4, ff=10, feature_bins=3),
        ModelConfig(width=32, layers=2, heads=2, ff=8, feature_bins=5, stem=7, clocks="beat"),
        ModelConfig(width=32, layers=1, heads=2, ff=8, stem=9),
    ],
)
def test_the_tensors_are_those_of_the_network(config: ModelConfig) -> None:
    network = DuvTransformer(config)
    assert tensor_shapes(config) == {name: tuple(t.shape) for name, t in network.state_dict().items()}
    layers = {name: m for name, m in network.named_modules() if isinstance(m, torch.nn.Linear)}
    assert linear_shapes(config) == {name: (m.out_features, m.in_features) for name, m in layers.items()}


# The checksum


def test_flipped_bits_are_found(whole: tuple[Said, Weights], tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(pack(DuvTransformer(ModelConfig(**SHAPE)), ModelHeader("x", "X", "MIT", SHAPE, {})))
    load(path)
    data = bytearray(path.read_bytes())
    for place in (-1, -2000):
        data[place] ^= 1
        path.write_bytes(data)
        for use in (load, weights_hash):
            with pytest.raises(DuvError, match="is damaged: its weights are not those that it was written with"):
                use(path)
        data[place] ^= 1


def test_files_without_a_checksum_are_read(whole: tuple[Said, Weights], tmp_path: Path) -> None:
    path = written(tmp_path / "old.safetensors", *whole)
    assert load(path)[1].name == "tiny" and WEIGHTS_KEY.encode() not in path.read_bytes()


def test_the_checksum_names_the_weights_and_no_more(tmp_path: Path) -> None:
    network = DuvTransformer(ModelConfig(**SHAPE))
    header = ModelHeader("x", "X", "MIT", SHAPE, {})
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(pack(network, header))
    other.write_bytes(pack(network, replace(header, title="Y", licence_note="of another card")))
    assert weights_hash(one) == weights_hash(other)
    assert f'"{WEIGHTS_KEY}":"{weights_hash(one)}"'.encode() in one.read_bytes()


@pytest.mark.parametrize("info", list_models(), ids=lambda info: info.name)
def test_models_that_ship_hold_their_checksum(info: Any) -> None:
    assert WEIGHTS_KEY.encode() in info.path.read_bytes()[:20_000]
    weights_hash(info.path)
