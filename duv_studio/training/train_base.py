"""`duv-studio train-base`: from data sets to a base model."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.training.base_config import BaseConfig
    from duv_studio.training.trainer import Event


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `train-base`."""
    parser.add_argument("--config", type=Path, required=True, metavar="YAML", help="the recipe, for example base.yaml")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the data sets")
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER", help="log and checkpoints; a run resumes")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the model goes (default: WORK/model)")
    parser.add_argument("--steps", type=int, metavar="N", help="train this many steps instead of the recipe's")
    parser.add_argument(
        "--pairs",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="also evaluate on this folder of deadpan files with sidecars; may be given again",
    )
    parser.add_argument("--no-evaluation", action="store_true", help="leave the card without its tables")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: %(default)s)")
    parser.add_argument("--export-only", action="store_true", help="make the model from the last checkpoint as it is")


def run(args: argparse.Namespace) -> int:
    """Train, or go on training, calibrate, write the model, evaluate it into its card; 1 when it was interrupted."""
    folder = _train(args, _recipe(args))  # the data are let go of before the evaluation reads its own
    if folder is None:
        return 1
    print(f"The model is in {folder}.", flush=True)
    if not args.no_evaluation:
        from duv_studio.training.evaluated_card import evaluate_into_card
        from duv_studio.training.export import CARD_FILE

        evaluate_into_card(folder, args.data, [x for pairs in args.pairs for x in ("--pairs", str(pairs))])
        print(f"Its card, {folder / CARD_FILE}, holds what it reaches on songs that it never saw.")
    return 0


def _train(args: argparse.Namespace, config: BaseConfig) -> Path | None:
    """Train to the end and write the model; its folder, or None when it was interrupted."""
    import torch

    from duv_studio.engine.runtime import chosen_device
    from duv_studio.training.batches import WindowSource
    from duv_studio.training.corpora import calibrates, load_corpora
    from duv_studio.training.export import export_model
    from duv_studio.training.probe import Probe
    from duv_studio.training.trainer import BaseTrainer

    o = config.optimiser
    torch.set_num_threads(o.threads)
    tracks = load_corpora(args.data, config.sets)
    held_out = [t for t in tracks if t.split == "dev"]
    source = WindowSource([t for t in tracks if t.split == "train"], config.curriculum, o.window, o.seed)
    trainer = BaseTrainer(config, source, Probe(held_out), args.work, chosen_device(args.device))
    with _interrupt() as stopped:
        trainer.fit(print_event, (lambda: True) if args.export_only else stopped)
    if trainer.step < o.steps and not args.export_only:
        print(f"Stopped at step {trainer.step}; the same command goes on from there.", file=sys.stderr)
        return None
    folder: Path = args.out or args.work / "model"
    export_model(trainer, [t for t in held_out if calibrates(t)], folder, str(args.config))
    return folder


def _recipe(args: argparse.Namespace) -> BaseConfig:
    """The recipe, once everything is there that it or the options name; DuvError now rather than after hours."""
    from duv_studio.engine.models import find_model
    from duv_studio.training.base_config import load_config
    from duv_studio.training.evaluated_card import check_before_training
    from duv_studio.training.trainer import CHECKPOINT_FILE

    config = load_config(args.config)
    if args.steps is not None:
        if args.steps < 1:
            raise DuvError(f"--steps must be at least 1, not {args.steps}")
        config = config.model_copy(update={"optimiser": config.optimiser.model_copy(update={"steps": args.steps})})
    if args.export_only and not (args.work / CHECKPOINT_FILE).is_file():
        raise DuvError("there is no checkpoint to make a model from", file=args.work / CHECKPOINT_FILE)
    if config.start_from is not None:
        find_model(config.start_from)
    if not args.no_evaluation:
        check_before_training(args.pairs)
    return config


def print_event(event: Event) -> None:
    """One line per event, the step first."""
    numbers = "  ".join(f"{k} {v:.3f}" for k, v in event.metrics.items())
    print(f"{event.step}/{event.steps}  {event.seconds:.0f} s  {numbers}", file=sys.stderr, flush=True)


class _interrupt:  # noqa: N801 - reads as a statement: with _interrupt() as stopped
    """Turns the first Ctrl-C (or a polite kill) into a request that is answered after the running step."""

    def __enter__(self) -> Callable[[], bool]:
        self.asked = False
        self.before = {s: signal.signal(s, self._ask) for s in (signal.SIGINT, signal.SIGTERM)}
        return lambda: self.asked

    def _ask(self, *_: object) -> None:
        self.asked = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
