"""What is no number is never played: any file is refused, or its predictions are finite."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from duv_studio.engine import Humanizer, Settings
from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Song
from duv_studio.engine.model.checkpoint import MODEL_KEY
from duv_studio.engine.model.tensor_file import tensor_file
from duv_studio.errors import DuvError
from tests.adapters_made import hide_shipped, make_adapter, make_base
from tests.midi_builder import TrackSpec, build_song


@cache
def song() -> Song:
    notes = [(240 * i, 200, 60 + i % 5, 60 + i % 7) for i in range(24)]
    return midi_file.parse(build_song([TrackSpec(notes, name="Guitar", program=25)]))


def overflowing(base: Path) -> None:
    """Weights that are numbers, and so large that nothing they make is."""
    with tensor_file(base) as file:
        data, said = file.read(), file.metadata
    weights = {name: w.astype(np.float32) for name, w in load(data).items()}
    weights["blocks.1.ff.out.weight"][:] = 3e38
    base.write_bytes(save(weights, metadata={MODEL_KEY: said[MODEL_KEY]}))


def test_a_model_that_predicts_no_numbers_is_named_and_not_played() -> None:
    base = make_base()
    overflowing(base)
    model = Humanizer(base, adapter="none")
    with pytest.raises(DuvError, match='the model "tiny" predicts no finite numbers for guitar, which cannot be'):
        model.predict(song(), Settings())


def test_so_is_an_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_shipped(monkeypatch, tmp_path / "none")
    base = make_base()
    make_adapter(base, modules=("blocks.0.ff.in", "blocks.0.ff.out"), alpha=4.0, size=1e30)
    with pytest.raises(DuvError, match='the model "tiny" with the adapter "my-guitar" predicts no finite numbers'):
        Humanizer(base).predict(song(), Settings())
    assert Humanizer(base, adapter="none").predict(song(), Settings())


@cache
def sound() -> bytes:
    from duv_studio.engine.model.checkpoint import ModelHeader, Rendering, pack
    from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig

    shape = {"width": 16, "layers": 1, "heads": 2, "ff": 8}
    return pack(DuvTransformer(ModelConfig(**shape)), ModelHeader("x", "X", "MIT", shape, {"guitar": Rendering()}))


def plays_or_is_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        prediction = Humanizer(path, adapter="none").predict(song(), Settings())
    except DuvError as error:
        assert error.message and "\n" not in str(error)
        return
    assert prediction
    for track in prediction.values():
        assert np.isfinite(track.velocity_cdf).all() and np.isfinite(track.duration_cdf).all()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 2**20), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4), st.booleans()
)
def test_any_bytes_are_refused_or_play(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]], checked: bool
) -> None:
    data = bytearray(sound() if checked else unchecked())
    for place, odd in changes:
        place %= len(data)
        data[place : place + len(odd)] = odd
    plays_or_is_refused(tmp_path_factory.getbasetemp() / "mutated.safetensors", bytes(data))


@cache
def unchecked() -> bytes:
    """The same without a checksum, so that changed weights come through."""
    return save(load(sound()), metadata={MODEL_KEY: description()})


@cache
def description() -> str:
    begin = 8 + int.from_bytes(sound()[:8], "little")
    return str(json.loads(sound()[8:begin])["__metadata__"][MODEL_KEY])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100)
@given(st.data())
def test_any_description_is_refused_or_plays(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    said: Any = json.loads(description())
    inner, name = said, data.draw(st.sampled_from(sorted(said)))
    while isinstance(inner[name], dict) and inner[name] and data.draw(st.booleans()):
        inner = inner[name]
        name = data.draw(st.sampled_from(sorted(inner)))
    inner[name] = data.draw(VALUES)
    packed = save(load(sound()), metadata={MODEL_KEY: json.dumps(said)})
    plays_or_is_refused(tmp_path_factory.getbasetemp() / "described.safetensors", packed)
