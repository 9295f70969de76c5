"""Fixtures for whole trainings: a tiny base, and recipes that train in about a second."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from duv_studio.training.data.played_track import PlayedTrack
from tests.lora_runs import TRAINER, NewRun, Run, rule_tracks, write_base, write_manifest


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File of a base of two layers."""
    return write_base(tmp_path_factory.mktemp("base") / "tiny.safetensors")


@pytest.fixture
def new_run(tmp_path: Path, tiny_base: Path) -> NewRun:
    """Makes runs: `new_run(tracks, key=value …)` has a folder of its own."""

    def make(tracks: Sequence[PlayedTrack] | None = None, **changes: Any) -> Run:
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        manifest = write_manifest(folder / "guitar.jsonl", rule_tracks() if tracks is None else tracks)
        recipe = {"base_checkpoint": str(tiny_base), "manifest": str(manifest), "trainer": TRAINER}
        run = Run(folder, recipe)
        return run.changed(output_dir=str(run.output), **changes)

    return make
