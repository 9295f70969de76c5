"""The start of a run: from scratch, or from the checkpoint of an interrupted run of the same recipe, base and data."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any

from lightning.pytorch.utilities import rank_zero_only

from duv_studio.engine.adapters.header import weights_hash
from duv_studio.training.devices import Devices
from duv_studio.training.errors import UnfinishedRun
from duv_studio.training.lora.dataset.material import Material
from duv_studio.training.lora.fit.checkpoint_check import check_checkpoint
from duv_studio.training.lora.fit.lora_injection import trainable_parameters
from duv_studio.training.lora.fit.model import TrainableModel
from duv_studio.training.lora.fit.run_files import RUNNING, RunFiles, read_json, write_json
from duv_studio.training.lora.fit.run_log import next_version
from duv_studio.training.lora.recipe.schema import LoraRecipe


def prepare_run(
    recipe: LoraRecipe,
    material: Material,
    files: RunFiles,
    trainable: TrainableModel,
    on: Devices,
    restart: bool,
    report: Callable[[str], None],
) -> tuple[bool, int]:
    """Whether to resume, and the version of the log; every process finds the same. UnfinishedRun where it cannot."""
    before, mark = read_json(files.state), fingerprint_of(recipe, material, trainable)
    resume = os.path.lexists(files.resume) and not restart
    if resume:
        _check_mark(files, mark)
    processes = before.get("processes", on.processes)
    if resume and processes != on.processes:
        raise UnfinishedRun(
            f"holds an unfinished run that was made by {processes} at a time; by {on.processes} it would be another",
            hint="go on with the same --devices and --num-nodes, or begin anew with --restart",
            file=files.folder,
        )
    if resume:
        check_checkpoint(files.resume)
    version = int(before.get("version", 0)) if resume else next_version(files.logs)
    if resume:
        report("Going on where the run was interrupted.")
        _forget_result(files, report)
    else:
        keep_earlier(files, report)
    _write_state(
        files,
        {
            "status": RUNNING,
            "mark": mark,
            "version": version,
            "processes": on.processes,
            "recipe": recipe.model_dump(mode="json"),
            "family": str(material.family),
        },
    )
    return resume, version


@rank_zero_only
def keep_earlier(files: RunFiles, report: Callable[[str], None]) -> None:
    """Before a run begins anew: an adapter that lies in its folder stays, under another name."""
    finished, could_go_on = files.is_finished, files.resume.is_file()
    files.resume.unlink(missing_ok=True)  # first of all: a checkpoint belongs to the run that run.json names
    kept = files.keep_earlier()
    if could_go_on:
        report("The unfinished run that was here is given up, as this one begins anew.")
    if kept is not None:
        report(f"{'A finished' if finished else 'An unfinished'} {files.best.name} was here; it is kept as {kept}.")


@rank_zero_only
def _forget_result(files: RunFiles, report: Callable[[str], None]) -> None:
    """A run that goes on has no result until it ends: what was said of its earlier steps holds no more."""
    if read_json(files.result).get("verdict"):
        report("It was judged where it had stopped; that verdict goes, and the end is judged anew.")
    files.result.unlink(missing_ok=True)


@rank_zero_only
def _write_state(files: RunFiles, state: dict[str, Any]) -> None:
    write_json(files.state, state)


def check_same_run(recipe: LoraRecipe, material: Material, files: RunFiles, trainable: TrainableModel) -> None:
    """UnfinishedRun where the run in the folder is of another recipe, base or data."""
    _check_mark(files, fingerprint_of(recipe, material, trainable))


def _check_mark(files: RunFiles, mark: str) -> None:
    if read_json(files.state).get("mark") != mark:
        raise UnfinishedRun(
            "holds an unfinished run of another recipe, base or data",
            hint="train into another output_dir, or begin anew with --restart",
            file=files.folder,
        )


def fingerprint_of(recipe: LoraRecipe, material: Material, trainable: TrainableModel) -> str:
    """What a run is of: its recipe, data, base and what of it is trained."""
    base = "" if trainable.base is None else weights_hash(trainable.base)
    names = " ".join(trainable_parameters(trainable.model))
    text = "\n".join((recipe.model_dump_json(), material.digest, base, names))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
