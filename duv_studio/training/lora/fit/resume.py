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
    fingerprint = _fingerprint(recipe, material, trainable)
    before = read_json(files.state)
    resume = os.path.lexists(files.resume) and not restart
    if resume and before.get("mark") != fingerprint:
        raise UnfinishedRun(
            "holds an unfinished run of another recipe, base or data",
            hint="train into another output_dir, or begin anew with --restart",
            file=files.folder,
        )
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
    if not resume:
        keep_earlier(files, report)
        _delete_checkpoint(files)  # before the new state: a checkpoint belongs to the run that run.json names
    _write_state(
        files,
        {
            "status": RUNNING,
            "mark": fingerprint,
            "version": version,
            "processes": on.processes,
            "recipe": recipe.model_dump(mode="json"),
            "family": str(material.family),
        },
    )
    return resume, version


@rank_zero_only
def keep_earlier(files: RunFiles, report: Callable[[str], None]) -> None:
    """Before a run begins anew: an adapter that was finished in its folder stays, under another name."""
    kept = files.keep_earlier()
    if kept is not None:
        report(f"A finished {files.best.name} was here; it is kept as {kept}.")


@rank_zero_only
def _write_state(files: RunFiles, state: dict[str, Any]) -> None:
    write_json(files.state, state)


@rank_zero_only
def _delete_checkpoint(files: RunFiles) -> None:
    files.resume.unlink(missing_ok=True)


def _fingerprint(recipe: LoraRecipe, material: Material, trainable: TrainableModel) -> str:
    base = "" if trainable.base is None else weights_hash(trainable.base)
    names = " ".join(trainable_parameters(trainable.model))
    text = "\n".join((recipe.model_dump_json(), material.digest, base, names))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
