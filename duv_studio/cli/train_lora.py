"""`duv-studio train-lora`: from a recipe and played songs to an adapter that is proved on songs it never saw."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from duv_studio.errors import DuvError
from duv_studio.training.interrupt import interrupt

if TYPE_CHECKING:
    from duv_studio.training.lora.fit.callbacks import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `train-lora`."""
    parser.add_argument(
        "--config", required=True, metavar="YAML", help="the recipe: a file, or the name of a preset: guitar_Lora.yaml"
    )
    parser.add_argument("--devices", default="auto", help="auto, cpu, cuda, or how many devices (default: %(default)s)")
    parser.add_argument(
        "--num-workers", type=int, default=0, metavar="N", help="processes that prepare batches (default: %(default)s)"
    )
    parser.add_argument("--num-nodes", type=int, default=1, metavar="N", help="machines (default: %(default)s)")
    parser.add_argument(
        "--strategy", default="auto", help="how several devices work together, such as ddp (default: %(default)s)"
    )
    parser.add_argument("--restart", action="store_true", help="begin anew where an interrupted run could go on")


def run(args: argparse.Namespace) -> int:
    """Train, check, judge and write; 1 when it was interrupted, learned nothing, or harms."""
    from duv_studio.training.lora.fit.run import train
    from duv_studio.training.lora.recipe.load import load_recipe

    recipe = load_recipe(args.config)
    if args.num_workers < 0:
        raise DuvError(f"--num-workers must be 0 or more, not {args.num_workers}")
    from duv_studio.training.devices import devices

    on = devices(args.devices, args.num_nodes, args.strategy)
    with interrupt() as stopped:
        result = train(
            recipe,
            recipe.family(args.config),
            on,
            workers=args.num_workers,
            restart=args.restart,
            tell=say,
            on_progress=Shown(),
            stop=stopped,
        )
    return int(result is not None and not result.ok)


def say(text: str) -> None:
    """What people should read."""
    print(text, flush=True)


@dataclass
class Shown:
    """Progress on the standard error: a line that changes on a terminal, a line per validation elsewhere."""

    last: dict[str, float] = field(default_factory=dict)

    def __call__(self, progress: Progress) -> None:
        self.last |= progress.metrics
        validated = any(name.startswith("val_") for name in progress.metrics)
        if not (validated or sys.stderr.isatty()):
            return
        left = "\r\x1b[K" if sys.stderr.isatty() else ""
        end = "\n" if validated else ""
        print(left + _line(progress, self.last), end=end, file=sys.stderr, flush=True)


def _line(progress: Progress, known: dict[str, float]) -> str:
    if progress.row != "adapter":
        return f"{progress.row}: {_numbers(progress.metrics)}"
    left = progress.seconds / max(progress.step, 1) * (progress.steps - progress.step)
    return f"{progress.step}/{progress.steps}  {_numbers(known)}  {_clock(left)} left"


def _numbers(metrics: Any) -> str:
    shown = {k: v for k, v in metrics.items() if k.endswith("_loss") and v == v}
    return "  ".join(f"{name} {value:.3f}" for name, value in shown.items())


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
