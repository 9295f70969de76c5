"""`duv-studio train-base`: from data sets, or tables of notes, to a base model."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.cli.guard import interrupt
from duv_studio.cli.next_command import after_base
from duv_studio.cli.output import say, tell, wrote
from duv_studio.errors import DuvError
from duv_studio.time_left import about

if TYPE_CHECKING:
    from duv_studio.training.base.trainer import BaseTrainer, Event
    from duv_studio.training.config import BaseConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `train-base`: a recipe and data sets, or else tables of notes."""
    sets = parser.add_argument_group("from data sets, by a recipe")
    sets.add_argument("--config", type=Path, metavar="YAML", help="the recipe, for example base-v1.yaml")
    sets.add_argument("--data", type=Path, metavar="FOLDER", help="folder of the data sets")
    sets.add_argument("--steps", type=int, metavar="N", help="train this many steps instead of the recipe's")
    sets.add_argument(
        "--pairs",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="also evaluate on this folder of deadpan files with sidecars; may be given again",
    )
    sets.add_argument("--no-evaluation", action="store_true", help="leave the card without its tables")
    _add_csv_arguments(parser.add_argument_group("from tables of notes"))
    both = parser.add_argument_group("from either")
    both.add_argument(
        "--out", type=Path, metavar="PATH", help="the model's folder (default: WORK/model); from tables: its file"
    )
    both.add_argument(
        "--work", type=Path, metavar="FOLDER", help="log and checkpoints; a run resumes (from tables: beside --out)"
    )
    both.add_argument("--device", default="auto", help="auto, cpu or cuda (default: %(default)s)")
    both.add_argument("--export-only", action="store_true", help="make the model from the last checkpoint as it is")


def _add_csv_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--csv-train", type=Path, metavar="CSV", help="notes to learn from, a row each")
    group.add_argument("--csv-valid", type=Path, metavar="CSV", help="notes of other songs, to judge and calibrate by")
    group.add_argument(
        "--stats-json", type=Path, metavar="JSON", help="scale of the features; written where it is not there yet"
    )
    group.add_argument("--epochs", type=int, default=20, metavar="N", help="passes over the notes (default: 20)")
    group.add_argument("--batch-size", type=int, metavar="N", help="windows per step (default: 16)")
    group.add_argument("--lr", type=float, metavar="X", help="peak learning rate (default: 1e-3)")
    group.add_argument("--seed", type=int, metavar="N", help="what chance depends on (default: 42)")
    group.add_argument("--size", choices=["base", "lite"], default="base", help="about 5M or 2M parameters")


def run(args: argparse.Namespace) -> int:
    """Train, or go on training, calibrate and write the model; 1 when it was interrupted."""
    return _from_tables(args) if _wants_tables(args) else _from_sets(args)


def _from_tables(args: argparse.Namespace) -> int:
    from duv_studio.training.base.csv_training import CsvOptions, train_from_tables
    from duv_studio.training.base.trainer import check_checkpoint

    options = CsvOptions(
        args.csv_train,
        args.csv_valid,
        args.stats_json,
        args.out,
        args.work,
        args.epochs,
        args.size,
        args.batch_size,
        args.lr,
        args.seed,
        args.device,
    )
    if args.export_only:
        check_checkpoint(options.work_folder)
    card = train_from_tables(options, partial(_fit, export_only=args.export_only), _note)
    if card is None:
        return 1
    wrote(args.out, card)
    say(f"The model is {args.out}; its card is {card}.")
    say(after_base(args.out))
    return 0


def _from_sets(args: argparse.Namespace) -> int:
    from duv_studio.training.base.sets_training import evaluate_into_card, train_from_sets

    config, folder = _recipe(args), args.out or args.work / "model"
    fit = partial(_fit, export_only=args.export_only)
    if not train_from_sets(config, str(args.config), args.data, args.work, folder, args.device, fit):
        return 1
    wrote(folder)
    say(f"The model is in {folder}.")
    if not args.no_evaluation:
        from duv_studio.training.base.export import CARD_FILE

        evaluate_into_card(folder, args.data, args.pairs)
        say(f"Its card, {folder / CARD_FILE}, holds what it reaches on songs that it never saw.")
    say(after_base(folder))
    return 0


def _fit(trainer: BaseTrainer, export_only: bool) -> bool:
    """Train to the end, or only go back to the last checkpoint; False when it was interrupted."""
    with interrupt() as stopped:
        trainer.fit(print_event, (lambda: True) if export_only else stopped)
    if trainer.finished or export_only:
        return True
    _note(f"Stopped at step {trainer.step}; the same command goes on from there.")
    return False


def print_event(event: Event) -> None:
    """One line per event, the step first; where there is no terminal, also for those without numbers."""
    if not event.metrics and sys.stderr.isatty():
        return
    left = [f"{about(event.left)} left"] if event.left > 0 else []
    numbers = [f"{name} {value:.3f}" for name, value in event.metrics.items()]
    _note("  ".join([f"{event.step}/{event.steps}", f"{event.seconds:.0f} s", *left, *numbers]))


def _note(sentence: str) -> None:
    tell(sentence)


def _wants_tables(args: argparse.Namespace) -> bool:
    """Which of the two forms was asked for; DuvError when it is half of one, or something of both."""
    tables = {"--csv-train": args.csv_train, "--csv-valid": args.csv_valid, "--stats-json": args.stats_json}
    sets = {"--config": args.config, "--data": args.data}
    requested = [name for name, value in tables.items() if value is not None]
    other = [name for name, value in (sets | {"--steps": args.steps}).items() if value is not None]
    if requested and (other or args.pairs):
        raise DuvError(
            f"{requested[0]} and {(other or ['--pairs'])[0]} belong to two ways of training; choose one of them"
        )
    needed = tables | {"--out": args.out} if requested else sets | {"--work": args.work}
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        raise DuvError(
            f"the following arguments are required: {', '.join(missing)}",
            hint="it takes --config, --data and --work, or else --csv-train, --csv-valid, --stats-json and --out",
        )
    return bool(requested)


def _recipe(args: argparse.Namespace) -> BaseConfig:
    """The recipe, once everything is there that it or the options name; DuvError now rather than after hours."""
    from duv_studio.engine.model.library import find_model
    from duv_studio.engine.music.settings import check_family
    from duv_studio.training.base.trainer import check_checkpoint
    from duv_studio.training.config import load_config

    config = load_config(args.config)
    if args.steps is not None:
        if args.steps < 1:
            raise DuvError(f"--steps must be at least 1, not {args.steps}")
        config = config.model_copy(update={"optimiser": config.optimiser.model_copy(update={"steps": args.steps})})
    if args.export_only:
        check_checkpoint(args.work)
    for name in (config.start_from, config.keep.model):
        if name is not None:
            find_model(name)
    for family in config.keep.families:
        check_family(family, "a family of keep")
    if not args.no_evaluation:
        from duv_studio.training.base.sets_training import check_pairs

        if lost := check_pairs(args.pairs):
            _note(lost)
    return config
