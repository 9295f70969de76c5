"""A whole run: gather the material, plan, train or resume, finish. Independent of terminal and window."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.utilities import rank_zero_only

from duv_studio.engine.features.feature_groups import INPUTS
from duv_studio.engine.main_guard import require_main_guard
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.data.windows import sample_features
from duv_studio.training.devices import Devices
from duv_studio.training.errors import training_errors
from duv_studio.training.lora.dataset.material import Material, gather, mixture
from duv_studio.training.lora.fit.callbacks import OnMessage, OnProgress
from duv_studio.training.lora.fit.finalize import finish, finish_statistics
from duv_studio.training.lora.fit.fit import AdapterTrainer, batch_size_warning, make_plan, step_memory_errors
from duv_studio.training.lora.fit.lightning_module import Plan
from duv_studio.training.lora.fit.model import TrainableModel, make_trainable_model
from duv_studio.training.lora.fit.result import MODEL, Result, advice, result_lines, stopped_sentence
from duv_studio.training.lora.fit.resume import keep_earlier, prepare_run
from duv_studio.training.lora.fit.run_files import INTERRUPTED, RunFiles, read_json, write_json
from duv_studio.training.lora.fit.run_log import RunLog
from duv_studio.training.lora.fit.sanity_checks import parameter_summary
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.precision import lightning_precision

FROM_SCRATCH = (
    "base_checkpoint: null trains the small network from scratch, with no base to start from or to compare with: it is"
    " judged against the metrical lookup, the mean of the training songs for each place in the bar or drum."
)


def train(
    recipe: LoraRecipe,
    family: Family,
    on: Devices,
    *,
    workers: int = 0,
    restart: bool = False,
    on_message: OnMessage = lambda text: None,
    on_progress: OnProgress = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
    finish_epoch: Callable[[], bool] = lambda: False,
) -> Result | None:
    """Train as the recipe says, or resume an interrupted run of the same recipe and data, unless `restart`.

    `stop` is called after every step and every song of the evaluation, `finish_epoch` after every validation; a run
    that they stop leaves its best adapter and can be resumed. Returns None in all processes but the first. Raises
    DuvError, of a kind in errors.py where help is possible.
    """
    if workers or (on.count > 1 and "spawn" in on.strategy):
        require_main_guard()
    _set_rank_of_machine(on)
    report = rank_zero_only(on_message)
    files = RunFiles(_folder(recipe))
    material = gather(recipe, family)
    for line in _about(material):
        report(line)
    if not material.tier.trains and not recipe.from_scratch:
        keep_earlier(files, report)
        return _finished(files, recipe, finish_statistics(recipe, material, files, on_message, stop), on_message)
    r, plan = make_plan(recipe, material, on.processes)
    trainable = make_trainable_model(recipe, family, r, feature_rows(recipe, material))
    for line in (*_remarks(recipe, material, trainable, on), parameter_summary(trainable.model), _steps(plan, on)):
        report(line)
    with training_errors(files.folder):
        resume, version = prepare_run(recipe, material, files, trainable, on, restart, report)
        log = RunLog(files.logs, version)
        trainer = AdapterTrainer(
            recipe, material, trainable, plan, files, log, on, workers, on_progress, stop, finish_epoch
        )
        with step_memory_errors(recipe):
            fitted = trainer.run(resume)
        if not fitted.first:
            return None
        return _finished(files, recipe, finish(recipe, material, fitted, files, on_message, stop), on_message)


def _set_rank_of_machine(on: Devices) -> None:
    """Let only the first machine write and report, before Lightning sets the rank itself."""
    if on.nodes > 1:
        rank_zero_only.rank = rank_zero_only.rank or LightningEnvironment().node_rank()  # type: ignore[attr-defined]


def _folder(recipe: LoraRecipe) -> Path:
    folder = Path(recipe.output_dir)
    if os.path.lexists(folder) and not folder.is_dir():  # a pipe or a link that leads nowhere, too
        raise DuvError("is no folder: the results need one", hint="change output_dir in the recipe", file=folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _about(material: Material) -> list[str]:
    split = material.split
    parts = (("learn from", split.train), ("stop and calibrate", split.val), ("judge", split.test))
    songs = ", ".join(f"{len({(t.corpus, t.song) for t in tracks})} to {what}" for what, tracks in parts)
    lines = [f"{str(material.family).capitalize()}: {material.notes:,} notes to learn from; songs: {songs}."]
    lines += [f"Left out, {why}: {number}" for why, number in material.dropped.most_common()]
    return [*lines, material.tier.sentence, *([split.sentence] if split.sentence else [])]


def _remarks(recipe: LoraRecipe, material: Material, trainable: TrainableModel, on: Devices) -> list[str]:
    """Keys of the recipe that cannot be followed, or that mean more than they seem to."""
    _, precision = lightning_precision(recipe.trainer.precision, on.kind)
    remarks = [*filter(None, [precision, batch_size_warning(recipe, material, on.processes)])]
    if recipe.from_scratch:
        remarks.append(FROM_SCRATCH)
    if not trainable.is_adapter and recipe.features.inputs != tuple(INPUTS):
        remarks.append("A whole model is trained, which reads all features and no hints: features.inputs is not used.")
    return remarks


def feature_rows(recipe: LoraRecipe, material: Material) -> np.ndarray | None:
    """Features (n, F) that set the scale of a model from scratch; None for a base."""
    if not recipe.from_scratch:
        return None
    mixed = mixture(recipe, material)
    return sample_features(mixed.own, mixed.curriculum.velocity, mixed.curriculum.duration)


def _steps(plan: Plan, on: Devices) -> str:
    return (
        f"{plan.steps} steps in {plan.epochs} epochs on {on.name}, {plan.warmup} of them to warm up,"
        f" learning rate {plan.lr:g}"
    )


def _finished(files: RunFiles, recipe: LoraRecipe, result: Result, on_message: OnMessage) -> Result:
    result.write(files)
    if result.status != INTERRUPTED:
        files.resume.unlink(missing_ok=True)
    write_json(files.state, {**read_json(files.state), "status": result.status})
    stopped = [stopped_sentence(result.about)] if result.status == INTERRUPTED else []
    for line in (*result_lines(result), *stopped, *advice(result, recipe), *_what_to_use(files, result)):
        on_message(line)
    return result


def _what_to_use(files: RunFiles, result: Result) -> Iterator[str]:
    is_adapter = result.about.get("kind") != MODEL
    what = "adapter" if is_adapter else "model"
    if not files.best.is_file():
        yield f"No {what} was made."
    elif result.status == INTERRUPTED:
        yield f"The {what} so far, which was not judged yet, is {files.best}."
    else:
        yield f"The best {what} is {files.best}."
