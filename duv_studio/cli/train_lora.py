"""`duv-studio train-lora`: from a recipe and played songs to an adapter that is proved on songs it never saw."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.cli.guard import interrupt
from duv_studio.cli.next_command import after_adapter
from duv_studio.cli.output import say, tell, wrote
from duv_studio.cli.progress import LINE_STEPS, Progress, counter
from duv_studio.engine.adapters.header import HARMS, IMPROVES
from duv_studio.errors import Cancelled, DuvError

if TYPE_CHECKING:
    from duv_studio.training.lora.fit.callbacks import Progress as Event
    from duv_studio.training.lora.fit.result import Result
    from duv_studio.training.lora.recipe.schema import LoraRecipe

_USUAL = {  # of the options that have a default
    "manifest": None,
    "devices": "auto",
    "num_workers": 0,
    "num_nodes": 1,
    "strategy": "auto",
}


# Rows of the log that are measured once, on the songs that are kept aside, and what they are called here.
_BEATEN = {"identity": "notes left as they are, which is to be beaten:", "base": "the base, which is to be beaten:"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `train-lora`."""
    parser.add_argument(
        "--config", required=True, metavar="YAML", help="the recipe: a file, or the name of a preset: guitar_Lora.yaml"
    )
    parser.set_defaults(**_USUAL)
    parser.add_argument("--manifest", metavar="JSONL", help="the manifest to learn from, instead of the recipe's")
    parser.add_argument("--devices", help="auto, cpu, cuda, or how many devices (default: %(default)s)")
    parser.add_argument(
        "--num-workers", type=int, metavar="N", help="processes that prepare batches (default: %(default)s)"
    )
    parser.add_argument("--num-nodes", type=int, metavar="N", help="machines (default: %(default)s)")
    parser.add_argument("--strategy", help="how several devices work together, such as ddp (default: %(default)s)")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--restart", action="store_true", help="begin anew where an interrupted run could go on")
    way.add_argument("--judge", action="store_true", help="train no more: judge an interrupted run as it stands")


def run(args: argparse.Namespace) -> int:
    """Train, check, judge and write; 1 when it was interrupted, learned nothing, or harms."""
    if args.judge:
        return _judge(args)
    from duv_studio.training.lora.fit.run import train
    from duv_studio.training.lora.fit.run_files import INTERRUPTED

    recipe = _recipe(args)
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
    if result is not None and result.status == INTERRUPTED:
        say(f"This command goes on from there: {_command(args)}")
        say(f"To judge it as it stands: {_command(args)} --judge")
    elif result is not None and result.ok:
        say(_next(recipe, result))
    return int(result is not None and not result.ok)


def _recipe(args: argparse.Namespace) -> LoraRecipe:
    """The recipe, with the manifest of the arguments where they name one."""
    from duv_studio.training.lora.recipe.load import load_recipe

    recipe = load_recipe(args.config)
    return recipe if args.manifest is None else recipe.model_copy(update={"manifest": (args.manifest,)})


def _next(recipe: LoraRecipe, result: Result) -> str:
    """The command that uses what was made."""
    from duv_studio.training.lora.fit.result import MODEL
    from duv_studio.training.lora.fit.run_files import RunFiles

    improves = result.verdict is not None and result.verdict.word == IMPROVES
    best = RunFiles(Path(recipe.output_dir)).best
    return after_adapter(best, recipe.base_checkpoint, improves, result.about.get("kind") == MODEL)


def _judge(args: argparse.Namespace) -> int:
    """Judge what an interrupted run has made so far; 1 when that harms."""
    from duv_studio.training.lora.fit.judge_run import judge_stopped

    recipe = _recipe(args)
    try:
        with interrupt() as stopped:
            result = judge_stopped(
                recipe,
                recipe.family(args.config),
                on_message=say,
                on_song=partial(counter("songs"), "judged"),
                stop=stopped,
            )
    except Cancelled:
        tell(f"Stopped before it was judged. To judge it: {_command(args)} --judge")
        raise
    wrote(Path(recipe.output_dir))
    say(f"This command goes on from there: {_command(args)}")
    return int(result.verdict is not None and result.verdict.word == HARMS)


def _command(args: argparse.Namespace) -> str:
    """The command that goes on with a run, for a shell; as it was given, but never with --restart."""
    words = ["duv-studio", "train-lora", "--config", str(args.config)]
    for name, usual in _USUAL.items():
        if (value := getattr(args, name)) != usual:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)


class _Reporter:
    """Shows the steps of a training: a bar on a terminal, lines elsewhere, and everywhere one per validation."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._losses: dict[str, float] = {}
        self._steps_began = False

    def __call__(self, event: Event) -> None:
        """Show one event of the trainer."""
        losses = {name: value for name, value in event.metrics.items() if name.endswith("_loss") and value == value}
        self._losses |= losses
        if self._bar is None:
            self._bar = Progress("steps", event.steps, event.step, every=LINE_STEPS)
        if event.row == "adapter" and not self._steps_began:
            self._steps_began = True
            self._bar.begin()
        if any(name.startswith("val_") for name in event.metrics):
            adapts = event.row == "adapter"
            where = f"{event.step}/{event.steps}" if adapts else _BEATEN.get(event.row, event.row)
            self._bar.line(f"{where}  {_numbers(self._losses if adapts else losses)}")
        self._bar.to(event.step, _numbers(self._losses))

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


def _numbers(losses: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in losses.items())
