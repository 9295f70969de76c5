"""What an earlier model knows of some families is learned from it; everything else from the players."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import ModelHeader, pack
from duv_studio.engine.model.library import MODEL_FILE
from duv_studio.engine.model.transformer import DuvTransformer, ModelConfig
from duv_studio.errors import DuvError
from duv_studio.training.base.export import card
from duv_studio.training.base.keep import Memory
from duv_studio.training.base.trainer import BaseTrainer
from duv_studio.training.base.validation import Probe
from duv_studio.training.config import BaseConfig
from duv_studio.training.data.degrade import PLAIN_DURATION, PLAIN_VELOCITY
from duv_studio.training.data.windows import Batch, WindowSource, make_example, predict_batch, stack
from tests.played_tracks import played_track

SHAPE = {"width": 32, "layers": 1, "heads": 2, "ff": 64, "dropout": 0.0}
CPU = torch.device("cpu")


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    """The folder of a model with random weights."""
    torch.manual_seed(1)
    network = DuvTransformer(ModelConfig(**SHAPE))  # type: ignore[arg-type]
    folder = tmp_path / "teacher"
    folder.mkdir()
    (folder / MODEL_FILE).write_bytes(pack(network, ModelHeader("teacher", "Teacher", "MIT", dict(SHAPE), {})))
    return folder


def batch_of(families: Sequence[Family], pitch: int | None = None) -> Batch:
    rng, examples = np.random.default_rng(0), []
    for seed, family in enumerate(families):
        track = played_track(notes=40 + seed, seed=seed, family=family)
        if pitch is not None:
            track = replace(track, pitch=np.full(len(track), pitch))
        examples.append(make_example(track, rng, PLAIN_VELOCITY, PLAIN_DURATION))
    return stack(examples)


def test_windows_of_the_named_families_are_kept(teacher: Path) -> None:
    memory = Memory(str(teacher), ["bass", "drums"], CPU)
    kept = memory.kept(batch_of([Family.BASS, Family.PIANO, Family.DRUMS, Family.GUITAR], pitch=42))
    assert kept.tolist() == [True, False, True, False]


@pytest.mark.parametrize(("pitch", "known"), [(42, True), (22, False), (26, False), (46, True)])
def test_of_the_edges_of_hats_it_knows_nothing(teacher: Path, pitch: int, known: bool) -> None:
    memory = Memory(str(teacher), ["drums", "bass"], CPU)
    assert memory.kept(batch_of([Family.DRUMS], pitch)).tolist() == [known]
    assert memory.kept(batch_of([Family.BASS], pitch)).tolist() == [True]  # a low note of a bass is no hat


def test_the_teachers_own_answer_is_the_best(teacher: Path) -> None:
    memory = Memory(str(teacher), ["bass"], CPU)
    batch = batch_of([Family.BASS, Family.BASS])
    every = torch.tensor([True, True])
    with torch.no_grad():
        own = predict_batch(memory.teacher, batch)
        best = memory.loss(own, batch, every, 0.7)
        for head in ("velocity", "key", "sustained"):
            wrong = replace(own, **{head: getattr(own, head).flip(-1)})
            assert memory.loss(wrong, batch, every, 0.7) > best


def test_a_student_comes_to_say_what_the_teacher_says(teacher: Path, tmp_path: Path) -> None:
    """The players of the bass are contradicted by the teacher, whose answers win."""
    config = BaseConfig.model_validate(
        {
            "name": "student",
            "sets": ["gmd"],
            "model": SHAPE,
            "optimiser": {"steps": 60, "batch_size": 4, "window": 64, "lr": 5e-3, "warmup_steps": 5, "precision": "32"},
            "curriculum": {
                "velocity": PLAIN_VELOCITY,
                "duration": PLAIN_DURATION,
                "families": {"bass": 1.0},
                "plain_share": 0.0,
            },
            "keep": {"model": str(teacher), "families": ["bass"]},
        }
    )
    tracks = [played_track(seed=k, family=Family.BASS) for k in range(3)]
    source = WindowSource(tracks, config.curriculum, 64, seed=0)
    trainer = BaseTrainer(config, source, Probe([]), tmp_path / "work")
    memory, batch = trainer.memory, batch_of([Family.BASS])
    assert memory is not None
    every = torch.tensor([True])

    def away() -> float:
        with torch.no_grad():
            return float(memory.loss(predict_batch(trainer.model.eval(), batch), batch, every, 0.7))

    with torch.no_grad():
        best = float(memory.loss(predict_batch(memory.teacher, batch), batch, every, 0.7))
    before = away()
    trainer.fit(lambda event: None)
    assert away() - best < 0.2 * (before - best)
    header = ModelHeader("student", "Student", "MIT", dict(SHAPE), {})
    assert f"Of bass it learned the answers of {teacher} instead of the players'" in card(trainer, header, "r.yaml")


def test_a_teacher_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DuvError, match="no model"):
        Memory(str(tmp_path / "nobody"), ["bass"], CPU)
