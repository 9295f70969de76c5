"""Files of models and adapters: refused in a sentence or played with finite numbers, and no harm to anything else."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import ClassVar

import numpy as np

from duv_studio import paths
from duv_studio.engine.midi import midi_file
from duv_studio.engine.model.prediction import Prediction
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from tests.fuzz.homes import move_home
from tests.fuzz.hunt import Broken, Hunt, Mutator
from tests.fuzz.hunts.humanize import check_performance
from tests.fuzz.mutations.tensors import TENSORS, with_header
from tests.midi_builder import TrackSpec, build_song


class ModelHunt(Hunt):
    """The same bytes as a model, as an adapter, and as one that lies among the user's own."""

    name = "models"
    suffixes = (".safetensors", ".ckpt", ".pt")
    seconds: ClassVar[float] = 10.0
    megabytes: ClassVar[int] = 1024
    share = 2.0
    mutators: ClassVar[Sequence[Mutator]] = TENSORS
    most_mutations: ClassVar[int] = 3

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        home = move_home(folder / "home")
        shipped = paths.resource
        # Models that ship are sound, and reading them again and again takes most of the time.
        paths.resource = lambda *parts: shipped(
            "nowhere" if parts[0] in ("models", "adapters") else parts[0], *parts[1:]
        )
        from tests.adapters_made import make_adapter, make_base, make_statistics

        self._base = make_base()
        self._made = [self._base, make_adapter(self._base), make_statistics(self._base, "bass")]
        self._made.append(
            make_adapter(self._base, "piano", r=1, modules=("blocks.0.ff.in",), inputs=("pitch", "swing_hint"))
        )
        self._as_model = home / "models" / "odd" / "model.safetensors"
        self._as_adapter = home / "adapters" / "odd" / "adapter.safetensors"
        for path in (self._as_model, self._as_adapter):
            path.parent.mkdir(parents=True)
        tracks = [TrackSpec([(120 * k, 100, 60 + k % 9, 64) for k in range(40)], k, program=25 * k) for k in range(2)]
        self._song = midi_file.parse(build_song(tracks))

    def seeds(self, seed: int) -> list[bytes]:
        return [*(path.read_bytes() for path in self._made), *_foreign()]

    def pieces(self, data: bytes) -> list[bytes]:
        return [data[i : i + 1] for i in range(len(data))] if len(data) < 4000 else [data]

    def check(self, data: bytes, dice: Random) -> None:
        self._as_model.write_bytes(data)
        self._as_adapter.write_bytes(data)
        self._check_others()
        answers = [self._play(model=self._as_model), self._play(model=self._base, adapter=self._as_adapter)]
        self._describe()
        for error in answers:
            if error is not None:
                raise error  # whose sentence is looked at

    def _check_others(self) -> None:
        """What lies among the user's own is listed or told, and others can be used beside it."""
        from duv_studio.engine.adapters.library import broken_adapters, list_adapters
        from duv_studio.engine.adapters.resolve import choose
        from duv_studio.engine.model.library import broken_models, list_models

        try:
            models, adapters = list_models(), list_adapters()
            broken_models(), broken_adapters()
            choose(self._base)
        except DuvError as error:
            raise Broken(f"a broken file breaks no other: {error}") from error
        if "tiny" not in [m.name for m in models] or "my-bass" not in [a.name for a in adapters]:
            raise Broken("sound files are listed beside a broken one")

    def _describe(self) -> None:
        from duv_studio.engine.adapters.library import list_adapters
        from duv_studio.engine.adapters.resolve import about

        for info in list_adapters():
            about(info.header)

    def _play(self, **files: Path) -> DuvError | None:
        from duv_studio.engine.humanizer.humanizer import Humanizer

        settings = Settings(intensity=1.5, variation=1.0)
        try:
            humanizer = Humanizer(**files, precision="fp32")
            prediction = humanizer.predict(self._song, settings)
            check_finite(prediction)
            check_performance(self._song, humanizer.humanize(self._song, settings))
        except DuvError as error:
            return error
        return None


def check_finite(prediction: Prediction) -> None:
    """Distributions that one can draw from."""
    for found in prediction.values():
        for name in ("velocity", "duration"):
            cdf, edges = getattr(found, f"{name}_cdf"), getattr(found, f"{name}_edges")
            if not (np.isfinite(cdf).all() and np.isfinite(edges).all()):
                raise Broken(f"a prediction is finite: {name}")
            if not np.isfinite(getattr(found, f"{name}_spread")):
                raise Broken(f"a spread is finite: {name}")


def _foreign() -> list[bytes]:
    """Files that other programs call models, and none at all."""
    import torch

    held = io.BytesIO()
    torch.save({"state_dict": {"a.weight": torch.zeros(2, 2)}}, held)
    old = io.BytesIO()
    torch.save({"a.lora_A.weight": torch.zeros(2)}, old, _use_new_zipfile_serialization=False)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("notes.txt", b"a" * 10_000)
    plain = with_header({"a.weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, bytes(8))
    return [held.getvalue(), old.getvalue(), archive.getvalue(), plain, b"", b"MThd", json.dumps({"a": 1}).encode()]
