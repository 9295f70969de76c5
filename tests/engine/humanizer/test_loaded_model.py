"""Making a model ready: devices that are there and devices that are not."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from duv_studio import paths
from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.features.note_features import Features, features
from duv_studio.engine.humanizer import loaded_model as runtime
from duv_studio.engine.midi import midi_file
from duv_studio.engine.model import inference as predictor
from duv_studio.engine.model import precision_choice
from duv_studio.engine.model.device import chosen_device
from duv_studio.engine.model.inference import predict_track, window_spans
from duv_studio.engine.model.precision import PRECISION_VARIABLE, Precision
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig
from duv_studio.errors import DuvError
from tests.played_tracks import played_track


def cuda_devices(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)


def test_auto_takes_cuda_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda_devices(monkeypatch, 0)
    assert chosen_device("auto") == torch.device("cpu")
    cuda_devices(monkeypatch, 1)
    assert chosen_device("auto") == torch.device("cuda")
    assert chosen_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(("name", "there"), [("cuda", 0), ("cuda:1", 1)])
def test_cuda_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, there: int) -> None:
    cuda_devices(monkeypatch, there)
    with pytest.raises(DuvError, match=f"no device {name} on this machine"):
        chosen_device(name)
    cuda_devices(monkeypatch, there + 1)
    assert chosen_device(name) == torch.device(name)


@pytest.mark.parametrize("name", ["abacus", "", "cuda:x", "meta"])
def test_other_devices_are_refused(name: str) -> None:
    with pytest.raises(DuvError, match=r"no device called|do not run on"):
        chosen_device(name)


@pytest.mark.parametrize(("bf16", "format"), [(True, Precision.BF16), (False, Precision.FP32)])
def test_the_format_that_was_chosen_is_the_one_that_plays(
    monkeypatch: pytest.MonkeyPatch, bf16: bool, format: Precision
) -> None:
    monkeypatch.setenv(PRECISION_VARIABLE, "auto")
    monkeypatch.setattr(precision_choice, "cpu_has_bf16", lambda: bf16)
    song = midi_file.read(paths.resource("demo", "demo.mid"))
    chosen, forced = Humanizer(), Humanizer(precision=format)
    assert chosen.precision is format
    played = [midi_file.encode(song, h.humanize(song, Settings(intensity=1.0))) for h in (chosen, forced)]
    assert played[0] == played[1]


@pytest.mark.parametrize("precision", list(Precision))
def test_a_network_on_another_device_is_a_copy(precision: Precision) -> None:
    """The one that was read is shared by all that is made of it."""
    read = DuvTransformer(ModelConfig(width=16, layers=1, heads=2, ff=16))
    copied = runtime.placed(read, precision, torch.device("meta"))
    assert copied.device.type == "meta" and copied.reads_floats.device.type == "meta"
    assert {weight.device.type for weight in read.state_dict().values()} == {"cpu"}


def test_cuda_takes_windows_in_batches_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a network that only says that it is elsewhere: nothing of it is run."""
    monkeypatch.setattr(predictor, "CUDA_BATCH", 4)
    network = SimpleNamespace(device=torch.device("cuda"))
    notes = Features(np.zeros((2000, 1), np.float32), np.zeros((2000, 1), np.int64), np.zeros(2000, np.float32), 64.0)
    inputs = [predictor.NetworkInput(network, notes)] * 2  # type: ignore[arg-type]
    monkeypatch.setattr(predictor, "run_windows", lambda _, windows: [{"start": w.start} for w in windows])
    calls = list(predictor.window_batches(inputs))
    assert [len(windows) for windows, _ in calls] == [4, 4, 4, 4, 4, 2]
    for windows, found in calls:
        assert [rows["start"] for rows in found] == [window.start for window in windows]
    for index in range(2):
        spans = [(w.start, w.stop) for windows, _ in calls for w in windows if w.network_input == index]
        assert spans == window_spans(2000)


def test_predicting_leaves_torch_its_threads() -> None:
    """The number of threads that torch gives to threads to come is one for the whole process."""
    found: list[int] = []

    def look() -> None:
        thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
        thread.start()
        thread.join()

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        look()
        predict_track(
            DuvTransformer(ModelConfig(width=16, layers=1, heads=2, ff=16)), features(played_track(9).table())
        )
        look()
        assert found == [3, 3] and torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
