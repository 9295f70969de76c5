"""A whole run: gather, decide, train or go on, finish. Knows nothing of terminals and windows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.utilities import rank_zero_only

from duv_studio.engine.adapters.header import IMPROVES
from duv_studio.engine.features.feature_groups import INPUTS
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.data.windows import sample_features
from duv_studio.training.devices import Devices
from duv_studio.training.lora.dataset.material import Material, gather, mixture
from duv_studio.training.lora.fit.callbacks import OnProgress
from duv_studio.training.lora.fit.errors import told_out_of_memory, told_troubles
from duv_studio.training.lora.fit.finalize import MODEL, Result, advice, finish, finish_statistics, result_lines
from duv_studio.training.lora.fit.fit import Fitting, planned
from duv_studio.training.lora.fit.lightning_module import Plan
from duv_studio.training.lora.fit.model import Student, make_student
from duv_studio.training.lora.fit.resume import begin
from duv_studio.training.lora.fit.run_files import INTERRUPTED, RunFiles, read_json, write_json
from duv_studio.training.lora.fit.run_log import RunLog
from duv_studio.training.lora.fit.sanity_checks import inventory
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.precision import lightning_precision

Tell = Callable[[str], None]


def train(
    recipe: LoraRecipe,
    family: Family,
    on: Devices,
    *,
    workers: int = 0,
    restart: bool = False,
    tell: Tell = lambda text: None,
    on_progress: OnProgress = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
    finish_epoch: Callable[[], bool] = lambda: False,
) -> Result | None:
    """Train as the recipe says, or go on where an interrupted run of the same recipe and data stood.

    `stop` is asked after every step and every unseen song that judges, `finish_epoch` after the validation of every
    epoch; a stopped run leaves its best adapter and can be resumed. `restart` starts over. Returns the result of
    it; None in processes that only help. DuvError for whatever prevents it, some of them of the kinds in problems.py.
    """
    _tell_machines_apart(on)
    say = rank_zero_only(tell)
    files = RunFiles(_folder(recipe))
    material = gather(recipe, family)
    for line in _about(material):
        say(line)
    if not material.tier.trains and not recipe.from_scratch:
        return _finished(files, recipe, finish_statistics(recipe, material, files, tell, stop), tell)
    r, plan = planned(recipe, material, on.processes)
    student = make_student(recipe, family, r, _rows(recipe, material))
    for line in (*_remarks(recipe, student, on), inventory(student.model), _steps(plan, on)):
        say(line)
    with told_troubles(files.folder):
        resume, version = begin(recipe, material, files, student, on, restart, say)
        log = RunLog(files.logs, version)
        fitting = Fitting(recipe, material, student, plan, files, log, on, workers, on_progress, stop, finish_epoch)
        with told_out_of_memory(recipe):
            fitted = fitting.run(resume)
        if not fitted.first:
            return None
        return _finished(files, recipe, finish(recipe, material, fitted, files, tell, stop), tell)


def _tell_machines_apart(on: Devices) -> None:
    """Let the first machine alone write and speak; Lightning would know only once it trains."""
    if on.nodes > 1:
        rank_zero_only.rank = rank_zero_only.rank or LightningEnvironment().node_rank()  # type: ignore[attr-defined]


def _folder(recipe: LoraRecipe) -> Path:
    folder = Path(recipe.output_dir)
    if folder.is_file():
        raise DuvError("is a file: the results need a folder", hint="change output_dir in the recipe", file=folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _about(material: Material) -> list[str]:
    split = material.split
    parts = (("learn from", split.train), ("stop and calibrate", split.val), ("judge", split.test))
    songs = ", ".join(f"{len({(t.corpus, t.song) for t in tracks})} to {what}" for what, tracks in parts)
    lines = [f"{str(material.family).capitalize()}: {material.notes:,} notes to learn from; songs: {songs}."]
    lines += [f"Left out, {why}: {number}" for why, number in material.dropped.most_common()]
    return [*lines, material.tier.sentence, *([split.sentence] if split.sentence else [])]


def _remarks(recipe: LoraRecipe, student: Student, on: Devices) -> list[str]:
    """What the recipe asks for and does not get."""
    _, precision = lightning_precision(recipe.trainer.precision, on.kind)
    remarks = [] if precision is None else [precision]
    if not student.is_adapter and recipe.features.inputs != tuple(INPUTS):
        remarks.append("A whole model is trained, which reads all features and no hints: features.inputs is not used.")
    return remarks


def _rows(recipe: LoraRecipe, material: Material) -> np.ndarray | None:
    """Features that give a model from scratch its scale."""
    if not recipe.from_scratch:
        return None
    mixed = mixture(recipe, material)
    return sample_features(mixed.own, mixed.curriculum.velocity, mixed.curriculum.duration)


def _steps(plan: Plan, on: Devices) -> str:
    return (
        f"{plan.steps} steps in {plan.epochs} epochs on {on.name}, {plan.warmup} of them to warm up,"
        f" learning rate {plan.lr:g}"
    )


def _finished(files: RunFiles, recipe: LoraRecipe, result: Result, tell: Tell) -> Result:
    result.write(files)
    if result.status != INTERRUPTED:
        files.resume.unlink(missing_ok=True)
    write_json(files.state, {**read_json(files.state), "status": result.status})
    for line in (*result_lines(result), *advice(result, recipe)):
        tell(line)
    is_adapter = result.about.get("kind") != MODEL
    if is_adapter and result.verdict is not None and result.verdict.word == IMPROVES:
        tell(f"To let it play by itself: duv-studio adapters --install {files.folder}")
    what = "adapter" if is_adapter else "model"
    tell(f"The best {what} is {files.best}." if files.best.is_file() else f"No {what} was made.")
    return result
