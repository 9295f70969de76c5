"""Number formats: which one is chosen and kept, how near they come to float32, and that they give the same bits."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from duv_studio import paths
from duv_studio.engine.features.note_features import features
from duv_studio.engine.model import precision_choice
from duv_studio.engine.model.inference import predict_track
from duv_studio.engine.model.precision import PRECISION_VARIABLE, Precision
from duv_studio.engine.model.precision_choice import chosen_precision, fastest, measure
from duv_studio.engine.model.quantized_linear import Bf16Linear, Int8Linear, in_precision
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig
from duv_studio.errors import DuvError
from tests.played_tracks import played_track

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
FAST_BF16 = {Precision.FP32: 0.040, Precision.BF16: 0.020, Precision.INT8: 0.019}
FAST_INT8 = {Precision.FP32: 0.040, Precision.BF16: 0.080, Precision.INT8: 0.019}


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


def times(monkeypatch: pytest.MonkeyPatch, seconds: dict[Precision, float]) -> list[DuvTransformer]:
    """Let a measurement find these times; what was measured is listed."""
    measured: list[DuvTransformer] = []

    def told(model: DuvTransformer) -> dict[Precision, float]:
        measured.append(model)
        return seconds

    monkeypatch.setattr(precision_choice, "measure", told)
    return measured


@pytest.mark.parametrize(
    ("fp32", "bf16", "int8", "best"),
    [
        (4.0, 2.0, 1.9, "bf16"),  # int8 is no more than a little faster still
        (4.0, 2.0, 1.0, "int8"),
        (4.0, 9.0, 2.0, "int8"),
        (4.0, 3.8, 3.6, "fp32"),
        (1.0, 2.0, 3.0, "fp32"),
    ],
)
def test_each_step_down_must_be_worth_it(fp32: float, bf16: float, int8: float, best: str) -> None:
    assert fastest({Precision.FP32: fp32, Precision.BF16: bf16, Precision.INT8: int8}) == best


def test_formats_that_a_machine_lacks_are_not_chosen() -> None:
    assert fastest({Precision.FP32: 4.0, Precision.INT8: 1.0}) is Precision.INT8
    assert fastest({Precision.FP32: 4.0}) is Precision.FP32


@pytest.mark.usefixtures("auto")
def test_the_choice_is_measured_once_and_kept(model: DuvTransformer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen_after(model, monkeypatch, FAST_BF16) is Precision.BF16
    measured = times(monkeypatch, FAST_INT8)
    assert chosen_precision(model, CPU) is Precision.BF16 and not measured
    wider = DuvTransformer(ModelConfig(width=96, layers=1, heads=2, ff=32))
    assert chosen_precision(wider, CPU) is Precision.INT8 and measured == [wider]
    (first, second) = sorted(kept_files(), key=lambda f: f.stat().st_mtime_ns)
    assert json.loads(first.read_text())["milliseconds"] == {"fp32": 40.0, "bf16": 20.0, "int8": 19.0}
    assert json.loads(second.read_text())["shape"]["width"] == 96


def chosen_after(model: DuvTransformer, monkeypatch: pytest.MonkeyPatch, seconds: dict[Precision, float]) -> Precision:
    """The choice after a measurement that has to be made."""
    for file in kept_files():
        file.unlink()
    measured = times(monkeypatch, seconds)
    choice = chosen_precision(model, CPU)
    assert measured == [model]
    return choice


def kept_files() -> list[Path]:
    """Everything in the folder where choices are kept, unfinished files too."""
    folder = paths.user_data_dir() / "precision"
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.mark.usefixtures("auto")
def test_another_torch_or_processor_is_measured_anew(model: DuvTransformer, monkeypatch: pytest.MonkeyPatch) -> None:
    times(monkeypatch, FAST_BF16)
    chosen_precision(model, CPU)
    monkeypatch.setattr(torch, "__version__", "99.0")
    times(monkeypatch, FAST_INT8)
    assert chosen_precision(model, CPU) is Precision.INT8


@pytest.mark.usefixtures("auto")
@pytest.mark.parametrize("content", ["", "{", "[]", '{"precision": "fp7"}', "null"])
def test_a_damaged_choice_is_measured_anew(
    model: DuvTransformer, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    chosen_after(model, monkeypatch, FAST_BF16)
    (file,) = kept_files()
    file.write_text(content)
    times(monkeypatch, FAST_INT8)
    assert chosen_precision(model, CPU) is Precision.INT8
    assert json.loads(file.read_text())["precision"] == "int8"


@pytest.mark.usefixtures("auto")
@pytest.mark.parametrize("links", [True, False])
def test_of_two_processes_the_first_decides(
    model: DuvTransformer, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    chosen_after(model, monkeypatch, FAST_BF16)
    (file,) = kept_files()
    first = file.read_bytes()
    file.unlink()

    def meanwhile(_: DuvTransformer) -> dict[Precision, float]:
        if links:
            file.write_bytes(first)
        return FAST_INT8

    def no_links(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(precision_choice, "measure", meanwhile)
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    expected = Precision.BF16 if links else Precision.INT8
    assert chosen_precision(model, CPU) is expected
    assert kept_files() == [file] and json.loads(file.read_text())["precision"] == expected


@pytest.mark.usefixtures("auto")
def test_what_cannot_be_kept_is_not_chosen(
    model: DuvTransformer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DUV_STUDIO_HOME", str(tmp_path / "file" / "home"))
    measured = times(monkeypatch, FAST_BF16)
    assert chosen_precision(model, CPU) is Precision.FP32 and not measured


@pytest.mark.usefixtures("auto")
def test_a_format_may_be_forced(model: DuvTransformer, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = times(monkeypatch, FAST_BF16)
    assert chosen_precision(model, CPU, "int8") is Precision.INT8
    monkeypatch.setenv(PRECISION_VARIABLE, "int8")
    assert chosen_precision(model, CPU) is Precision.INT8
    assert chosen_precision(model, CPU, "fp32") is Precision.FP32
    assert not measured
    assert chosen_precision(model, CPU, "auto") is Precision.BF16


@pytest.mark.usefixtures("auto")
def test_formats_are_a_matter_of_the_cpu(model: DuvTransformer) -> None:
    assert chosen_precision(model, CUDA) is Precision.FP32
    with pytest.raises(DuvError, match="CPU only"):
        chosen_precision(model, CUDA, "bf16")


def test_a_format_that_does_not_exist_is_named(model: DuvTransformer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRECISION_VARIABLE, "fp7")
    with pytest.raises(DuvError, match="fp7") as caught:
        chosen_precision(model, CPU)
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


def test_a_machine_too_slow_for_the_trial_computes_in_float32(
    model: DuvTransformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision_choice, "BUDGET_S", 0.0)
    assert measure(model).keys() == {Precision.FP32}


def test_a_measurement_tells_every_format_that_there_is(model: DuvTransformer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert measure(model).keys() >= {Precision.FP32}
    assert all(0 < seconds < 10 for seconds in measure(model).values())

    def broken(*_: object) -> None:
        raise RuntimeError("not implemented for this processor")

    monkeypatch.setattr(torch, "_int_mm", broken)
    assert Precision.INT8 not in measure(model)
