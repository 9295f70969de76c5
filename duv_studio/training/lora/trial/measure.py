"""The steps of a trial: the same batch, loss and optimiser as in a training, on a model that is thrown away."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from duv_studio.training.data.windows import Batch, sample_features
from duv_studio.training.devices import Devices
from duv_studio.training.lora.dataset.material import Material, mixture
from duv_studio.training.lora.fit.fit import batch_size_warning, make_plan, step_memory_errors
from duv_studio.training.lora.fit.lightning_module import AdapterModule
from duv_studio.training.lora.fit.lora_injection import trainable_parameters
from duv_studio.training.lora.fit.losses import MOST_WINDOWS
from duv_studio.training.lora.fit.model import make_trainable_model
from duv_studio.training.lora.fit.sanity_checks import check_gradient
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.lora.trial.machine import growth
from duv_studio.training.lora.trial.report import TrainedPart, Trial, left_out
from duv_studio.training.precision import lightning_precision

_HALF = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}  # Lightning's names


def measure(recipe: LoraRecipe, material: Material, on: Devices, workers: int, check: Callable[[], None]) -> Trial:
    """Build the model and time it; `check` is called between the slow parts and may raise."""
    mixed = mixture(recipe, material)
    r, plan = make_plan(recipe, material, on.processes)
    rows = None
    if recipe.from_scratch:
        rows = sample_features(mixed.own, mixed.curriculum.velocity, mixed.curriculum.duration)
    trainable = make_trainable_model(recipe, material.family, r, rows)
    check()
    with step_memory_errors(recipe):
        bench = Bench(AdapterModule(trainable.model, plan), on, recipe)
        times = bench.times(mixed.batch, workers, check)
    validation = _validation_windows(material, recipe.trainer.max_len) / recipe.trainer.batch_size * times.forward
    epoch = plan.steps_per_epoch * times.step + validation
    lacking, format_words = _precision(recipe, on)
    costly = batch_size_warning(recipe, material, on.processes)
    warnings = [w for w in (lacking, costly, material.split.sentence) if w]
    sentences = [*filter(None, [format_words]), *left_out(material)]
    (warnings if material.tier.warns else sentences).insert(0, material.tier.sentence)
    return Trial(
        seconds_per_step=times.step,
        seconds_per_epoch=epoch,
        steps=plan.steps,
        epochs=plan.epochs,
        total_seconds=plan.epochs * epoch + validation,
        peak_bytes=bench.peak_bytes,
        trainable=sum(p.numel() for p in trainable_parameters(trainable.model).values()),
        parameters=sum(p.numel() for p in trainable.model.parameters()),
        parts=trained_parts(trainable.model),
        device=on.name,
        sentences=tuple(sentences),
        warnings=tuple(warnings),
    )


def trained_parts(model: nn.Module) -> tuple[TrainedPart, ...]:
    """What is trained by kind of layer: block numbers and the names of LoRA's two factors are left out."""
    layers: dict[str, set[str]] = {}
    numbers: dict[str, int] = {}
    for name, parameter in trainable_parameters(model).items():
        layer = name.partition(".lora_")[0].removesuffix(".weight").removesuffix(".bias")
        kind = ".".join(part for part in layer.split(".") if not part.isdigit()).removeprefix("blocks.")
        layers.setdefault(kind, set()).add(layer)
        numbers[kind] = numbers.get(kind, 0) + parameter.numel()
    return tuple(TrainedPart(kind, len(names), numbers[kind]) for kind, names in layers.items())


@dataclass(frozen=True)
class Times:
    """Seconds of a step of the training, and of a look at as many windows without learning."""

    step: float
    forward: float


@dataclass
class Bench:
    """A training without Lightning around it: nothing is logged, saved or kept."""

    training: AdapterModule
    on: Devices
    recipe: LoraRecipe
    peak_bytes: int = 0
    _optimiser: Any = field(init=False)
    _scaler: Any = field(init=False)
    _half: torch.dtype | None = field(init=False)

    def __post_init__(self) -> None:
        self._half = _HALF.get(lightning_precision(self.recipe.trainer.precision, self.on.kind)[0])
        self.training.model.to(self.on.kind).train()
        self._optimiser = self.training.configure_optimizers()["optimizer"]
        self._scaler = torch.amp.GradScaler(self.on.kind, enabled=self._half is torch.float16)

    def times(self, batch: Callable[[int], Batch], workers: int, check: Callable[[], None]) -> Times:
        """Learn from two batches, the second against the clock: the first pays for what is done only once."""
        with self._counting():
            self.learn(batch(0))
        check()
        began = time.perf_counter()
        second = batch(1)
        made = time.perf_counter()
        self.learn(second)
        learned = time.perf_counter() - made
        check()
        making = made - began
        # Workers make batches beside the training, which waits only where they are too few.
        step = max(learned, making / workers) if workers else learned + making
        return Times(step, self._look(second))

    def learn(self, batch: Batch) -> None:
        """One step, forward, backward and optimiser; DuvError where it could not learn."""
        with self._computing():
            loss = self.training.training_step(batch, 0)["loss"]
        self._scaler.scale(loss).backward()
        self._scaler.unscale_(self._optimiser)
        check_gradient(self.training.model, 0)
        nn.utils.clip_grad_norm_(list(self._weights()), self.recipe.trainer.grad_clip_norm or math.inf)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        self._optimiser.zero_grad(set_to_none=True)
        self._wait()

    def _look(self, batch: Batch) -> float:
        began = time.perf_counter()
        with torch.no_grad(), self._computing():
            self.training.training_step(batch, 0)
        self._wait()
        return time.perf_counter() - began

    def _computing(self) -> torch.autocast:
        return torch.autocast(self.on.kind, dtype=self._half, enabled=self._half is not None)

    def _weights(self) -> Iterator[nn.Parameter]:
        yield from trainable_parameters(self.training.model).values()

    def _wait(self) -> None:
        """GPUs work behind the program's back."""
        if self.on.kind != "cpu":
            getattr(torch, self.on.kind).synchronize()

    @contextmanager
    def _counting(self) -> Iterator[None]:
        """Find how much memory a step takes: a GPU tells its peak, and Linux how much the program grows.

        Where neither does, what is kept for the backward pass is counted, which is the greater part.
        """
        if self.on.kind == "cuda":
            torch.cuda.reset_peak_memory_stats()
            yield
            self.peak_bytes = torch.cuda.max_memory_reserved()
            return
        weights = {p.untyped_storage().data_ptr() for p in self.training.model.parameters()}
        kept: dict[int, int] = {}

        def keep(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in weights:
                kept[storage.data_ptr()] = storage.nbytes()
            return tensor

        with growth() as grown, torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            yield
        whole = sum(p.numel() * p.element_size() for p in self.training.model.parameters())
        learning = sum(p.numel() * p.element_size() for p in self._weights())
        counted = 3 * learning + sum(kept.values())  # a gradient, AdamW's two moments, activations
        self.peak_bytes = whole + max(counted, grown.bytes)


def _precision(recipe: LoraRecipe, on: Devices) -> tuple[str, str]:
    """What to say where the device lacks the number format that was asked for, and where it has it."""
    asked = recipe.trainer.precision
    _, lacking = lightning_precision(asked, on.kind)
    called = "32-bit numbers" if asked == "32" else asked
    return (lacking, "") if lacking else ("", f"Matrix products are computed in {called}, as the recipe asks.")


def _validation_windows(material: Material, size: int) -> int:
    """As many as `Validation` looks at."""
    windows = sum(max(math.ceil((len(track) - size // 2) / size), 1) for track in material.split.val)
    return min(windows, MOST_WINDOWS)
