"""Prints how fast adapters are trained, and what of the time is spent outside the model: data, log, checkpoints.

python -m tests.benchmarks.bench_training [NOTES], from the root of the repository: real runs of the trainer on the GPU
where there is one, with the largest batch that fits, else on the processor, cut off after some seconds. Models have the
shapes that ship and random weights; tracks have NOTES notes each (400), for whole tracks are degraded to draw a window.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.windows import predict_batch, targets_of
from duv_studio.training.devices import Devices, devices
from duv_studio.training.lora.dataset.material import Material, base_recipe, gather, mixture
from duv_studio.training.lora.fit.fit import AdapterTrainer, TrainingOutcome, make_plan
from duv_studio.training.lora.fit.lora_injection import trainable_parameters
from duv_studio.training.lora.fit.model import make_trainable_model
from duv_studio.training.lora.fit.run_files import RunFiles
from duv_studio.training.lora.fit.run_log import RunLog
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.loss import losses
from duv_studio.training.precision import lightning_precision
from tests.benchmarks.random_models import RECIPES, write_model
from tests.lora_runs import rule_tracks, write_manifest

SONGS, NOTES = 20, 400
SECONDS, LEAST_STEPS = 6.0, 3  # of every run, beside its first step
MOST_WINDOWS = 8_192
WORKERS = (0, 1)


def main() -> None:
    """Print a line for every shape and number of workers."""
    notes = int(sys.argv[1]) if len(sys.argv) > 1 else NOTES
    on = devices("auto")
    machine = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {torch.get_num_threads()} threads"
    print(f"{on.name}, {machine}, torch {torch.__version__}, tracks of {notes:,} notes")
    columns = ("batch", 6), ("workers", 7), ("notes/s", 9), ("step, ms", 10), ("processor", 10), ("outside", 8)
    print(f"{'model':>6} {'precision':>10} " + " ".join(f"{title:>{width}}" for title, width in columns))
    for name in RECIPES:
        with tempfile.TemporaryDirectory() as folder:
            recipe = recipe_for(name, Path(folder), notes)
            size = largest_batch(recipe, on) if on.kind == "cuda" else recipe.trainer.batch_size
            for workers in WORKERS:
                print_run(name, with_batch(recipe, size), on, workers)


def recipe_for(name: str, folder: Path, notes: int) -> LoraRecipe:
    """The recipe that a user begins with, of a model of that size and of a made-up guitarist."""
    manifest = write_manifest(folder / "guitar.jsonl", rule_tracks(SONGS, notes))
    return LoraRecipe(
        base_checkpoint=str(write_model(name, folder)), manifest=(str(manifest),), output_dir=str(folder / "run")
    )


def with_batch(recipe: LoraRecipe, size: int) -> LoraRecipe:
    return recipe.model_copy(update={"trainer": recipe.trainer.model_copy(update={"batch_size": size})})


def print_run(name: str, recipe: LoraRecipe, on: Devices, workers: int) -> None:
    clock = Clock()
    fitted = run(recipe, on, workers, clock)
    precision, _ = lightning_precision(recipe.trainer.precision, on.kind)
    wall, processor = clock.per_step()
    speed = f"{notes_of_a_batch(recipe) / wall:9,.0f} {wall * 1e3:10.0f} {processor * 1e3:10.0f}"
    size = recipe.trainer.batch_size
    print(f"{name:>6} {precision:>10} {size:6d} {workers:7d} {speed} {fitted.outside_share:8.1%}", flush=True)


def run(recipe: LoraRecipe, on: Devices, workers: int, clock: Clock) -> TrainingOutcome:
    """Train until the clock says stop, without validation, which is not what is measured."""
    material = gather(recipe, Family.GUITAR)
    material = replace(material, split=replace(material.split, val=()))
    r, plan = make_plan(recipe, material)
    plan = replace(plan, steps_per_epoch=1_000_000, epochs=1)
    files = RunFiles(Path(recipe.output_dir))
    files.folder.mkdir(exist_ok=True)
    trainable = make_trainable_model(recipe, Family.GUITAR, r)
    log = RunLog(files.logs, workers)
    told = {"on_progress": lambda progress: None, "stop": clock.over, "finish_epoch": lambda: False}
    return AdapterTrainer(recipe, material, trainable, plan, files, log, on, workers, **told).run(resume=False)


class Clock:
    """Is asked after every step whether to go on, and takes the time from the first step's end to the last's."""

    def __init__(self) -> None:
        self.marks: list[tuple[float, float]] = []

    def over(self) -> bool:
        """True after SECONDS and at least LEAST_STEPS."""
        self.marks.append((time.perf_counter(), time.process_time()))
        return len(self.marks) >= LEAST_STEPS and self.marks[-1][0] - self.marks[0][0] > SECONDS

    def per_step(self) -> tuple[float, float]:
        """Seconds by the clock, and of the processor by the process that trains."""
        (wall, processor), (wall_end, processor_end) = self.marks[0], self.marks[-1]
        return (wall_end - wall) / (len(self.marks) - 1), (processor_end - processor) / (len(self.marks) - 1)


def notes_of_a_batch(recipe: LoraRecipe) -> float:
    """Real ones: where one voice alone is drawn, windows are not full."""
    mixed = mixture(recipe, gather(recipe, Family.GUITAR))
    return float(np.mean([mixed.batch(k).valid.sum() for k in range(8)]))


def largest_batch(recipe: LoraRecipe, on: Devices) -> int:
    """The most windows, a power of 2, that one step on the GPU has room for."""
    size = recipe.trainer.batch_size
    material = gather(recipe, Family.GUITAR)
    while size < MOST_WINDOWS and fits(with_batch(recipe, 2 * size), material, on):
        size *= 2
    return size


def fits(recipe: LoraRecipe, material: Material, on: Devices) -> bool:
    model = make_trainable_model(recipe, Family.GUITAR, recipe.lora.r).model.to(on.kind).train()
    mixed = mixture(recipe, material)
    try:
        with torch.autocast(on.kind, torch.bfloat16):
            batch = mixed.batch(0)
            found = losses(predict_batch(model, batch), targets_of(batch, model.device), base_recipe().loss)
        found.total.backward()
        torch.optim.AdamW(trainable_parameters(model).values()).step()
    except torch.OutOfMemoryError:
        return False
    finally:
        del model
        torch.cuda.empty_cache()
    return True


if __name__ == "__main__":
    main()
