"""`duv-studio train-lora`: from a recipe and played songs to an adapter that is proved on songs it never saw."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.cli.guard import interrupt
from duv_studio.cli.output import say, wrote
from duv_studio.cli.progress import Progress
from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.training.lora.fit.callbacks import Progress as Event


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
    with interrupt() as stopped, closing(_Reporter()) as reporter:
        result = train(
            recipe,
            recipe.family(args.config),
            on,
            workers=args.num_workers,
            restart=args.restart,
            on_message=say,
            on_progress=reporter,
            stop=stopped,
        )
    wrote(Path(recipe.output_dir))
    return int(result is not None and not result.ok)


class _Reporter:
    """Shows the steps of a training: a bar on a terminal, and everywhere a line per validation."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._losses: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        """Show one event of the trainer."""
        losses = {name: value for name, value in event.metrics.items() if name.endswith("_loss") and value == value}
        self._losses |= losses
        if self._bar is None:
            self._bar = Progress("steps", event.steps, event.step, lines=False)
        if any(name.startswith("val_") for name in event.metrics):
            adapts = event.row == "adapter"
            where = f"{event.step}/{event.steps}" if adapts else event.row
            self._bar.line(f"{where}  {_numbers(self._losses if adapts else losses)}")
        self._bar.to(event.step, _numbers(self._losses))

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


def _numbers(losses: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in losses.items())
