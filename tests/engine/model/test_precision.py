"""Number formats: which one is chosen, how near they come to float32, and that they give the same bits."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from duv_studio import paths
from duv_studio.engine.features.note_features import features
from duv_studio.engine.model import precision, precision_choice
from duv_studio.engine.model.inference import predict_track
from duv_studio.engine.model.precision import PRECISION_VARIABLE, Precision, cpu_has_bf16
from duv_studio.engine.model.precision_choice import chosen_precision
from duv_studio.engine.model.quantized_linear import Bf16Linear, Int8Linear, in_precision
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig
from duv_studio.errors import DuvError
from tests.played_tracks import played_track

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(scope="module")
def model() -> DuvTransformer:
    torch.manual_seed(0)
    network = DuvTransformer(ModelConfig(width=64, layers=2, heads=2, ff=128)).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.data *= 4  # as it starts, a network says nearly the same of every note
    return network


@pytest.fixture
def auto(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests run in float32 unless they say otherwise."""
    monkeypatch.setenv(PRECISION_VARIABLE, "auto")


def instructions(monkeypatch: pytest.MonkeyPatch, *, bf16: bool) -> None:
    """Let the processor have instructions for bf16 or not."""
    monkeypatch.setattr(precision_choice, "cpu_has_bf16", lambda: bf16)


@pytest.mark.usefixtures("auto")
@pytest.mark.parametrize(("bf16", "expected"), [(True, Precision.BF16), (False, Precision.FP32)])
def test_the_processor_decides(monkeypatch: pytest.MonkeyPatch, bf16: bool, expected: Precision) -> None:
    instructions(monkeypatch, bf16=bf16)
    assert chosen_precision(CPU) is expected
    assert not paths.user_data_dir().exists() or not list(paths.user_data_dir().iterdir())


@pytest.mark.usefixtures("auto")
def test_the_load_of_the_machine_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """No clock is read: what is measured on a busy machine differs from one start to the next."""

    def no_clock() -> float:
        raise AssertionError("a clock was read")

    for clock in ("perf_counter", "thread_time", "process_time", "monotonic", "time"):
        monkeypatch.setattr(time, clock, no_clock)
    assert chosen_precision(CPU) is chosen_precision(CPU)


@pytest.mark.usefixtures("auto")
def test_a_format_may_be_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    instructions(monkeypatch, bf16=True)
    assert chosen_precision(CPU, "int8") is Precision.INT8
    monkeypatch.setenv(PRECISION_VARIABLE, "int8")
    assert chosen_precision(CPU) is Precision.INT8
    assert chosen_precision(CPU, "fp32") is Precision.FP32
    assert chosen_precision(CPU, "auto") is Precision.BF16


@pytest.mark.usefixtures("auto")
def test_formats_are_a_matter_of_the_cpu() -> None:
    assert chosen_precision(CUDA) is Precision.FP32
    with pytest.raises(DuvError, match="CPU only"):
        chosen_precision(CUDA, "bf16")


def test_a_format_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRECISION_VARIABLE, "fp7")
    with pytest.raises(DuvError, match="fp7") as caught:
        chosen_precision(CPU)
    assert "auto, fp32, bf16, int8" in str(caught.value.hint)


# ---- the formats themselves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", [Precision.BF16, Precision.INT8])
def test_a_coarser_format_says_nearly_the_same(model: DuvTransformer, precision: Precision) -> None:
    read = features(played_track(300).table())
    exact = predict_track(model, read).velocity
    coarse = predict_track(in_precision(model, precision), read).velocity
    from_exact, from_neighbour = (np.abs(exact - other).sum(axis=1).mean() for other in (coarse, np.roll(exact, 1, 0)))
    assert 0 < from_exact < 0.1 * from_neighbour


def test_float32_is_the_model_itself_and_others_leave_it_alone(model: DuvTransformer) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert in_precision(model, Precision.FP32) is model
    coarse = in_precision(model, Precision.INT8)
    kinds = [type(m) for m in coarse.modules()]
    assert kinds.count(Int8Linear) == 6 * model.config.layers
    assert coarse.head_vel is not model.head_vel and isinstance(coarse.head_vel, torch.nn.Linear)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("kind", [Bf16Linear, Int8Linear])
def test_a_layer_comes_near_the_exact_one(kind: type[Bf16Linear] | type[Int8Linear]) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(96, 40)
    x = torch.randn(2, 7, 96)
    error = (kind(layer)(x) - layer(x)).detach()
    assert error.shape == (2, 7, 40) and 0 < float(error.abs().max()) < 0.03


def test_a_loud_note_blurs_no_other() -> None:
    torch.manual_seed(0)
    layer = Int8Linear(torch.nn.Linear(32, 8))
    x = torch.randn(1, 5, 32)
    louder = x.clone()
    louder[0, 2] *= 1e4
    others = [0, 1, 3, 4]
    assert torch.equal(layer(x)[0, others], layer(louder)[0, others])
    assert torch.isfinite(layer(torch.zeros(1, 1, 32))).all()


@pytest.fixture
def threads() -> Iterator[None]:
    """Puts the number of threads back."""
    number = torch.get_num_threads()
    yield
    torch.set_num_threads(number)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("precision", Precision)
def test_the_number_of_threads_changes_no_bit(precision: Precision) -> None:
    torch.manual_seed(0)  # large enough that torch would split its products among threads
    network = in_precision(DuvTransformer(ModelConfig(width=256, layers=1, heads=8, ff=1024)).eval(), precision)
    read = features(played_track(900).table())
    found = []
    for number in (1, 2, 5):
        torch.set_num_threads(number)
        found.append(predict_track(network, read))
    for rows in found[1:]:
        for head in ("velocity", "key", "sustained"):
            np.testing.assert_array_equal(getattr(rows, head), getattr(found[0], head))


def test_the_processor_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision.platform, "machine", lambda: "x86_64")
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: False, raising=False)
    assert not cpu_has_bf16()
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True, raising=False)
    assert cpu_has_bf16()
    monkeypatch.setattr(precision.platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(precision, "_arm_features", lambda: {"asimd", "bf16"})
    assert cpu_has_bf16()
    monkeypatch.setattr(precision, "_arm_features", lambda: {"asimd"})
    assert not cpu_has_bf16()
