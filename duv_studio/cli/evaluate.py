"""`duv-studio evaluate`: how near a model comes to human players it never heard, beside what it must beat."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from duv_studio.cli import evaluate_adapter
from duv_studio.cli.output import say, say_or_stop, tell, wrote
from duv_studio.cli.parser import seed, whole_number
from duv_studio.cli.progress import counter
from duv_studio.cli.text import fit_columns
from duv_studio.engine.music.settings import Settings, check_share
from duv_studio.errors import DuvError
from duv_studio.training.data.evaluation_splits import Limit
from duv_studio.training.evaluation import discriminator
from duv_studio.training.evaluation.evaluate import EvaluationOptions, evaluate
from duv_studio.training.evaluation.external_outputs import parse_all_external
from duv_studio.training.evaluation.report import check_json_path, save_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    defaults = Settings()
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="the data sets, one folder each")
    parser.add_argument("--sets", metavar="NAMES", help="which of them, by comma (default: all that are there)")
    parser.add_argument("--split", default="dev", choices=("dev", "train"), help="which part of them (default: dev)")
    parser.add_argument(
        "--pairs",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="deadpan X.mid files with X.csv sidecars that hold the human's notes; may be given again",
    )
    parser.add_argument(
        "--outputs",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="another humanizer's MIDI files of the pairs, under the same names: a row beside ours; may be given again",
    )
    parser.add_argument("--model", metavar="PATH|NAME", help="the model (default: the one that is shipped)")
    # At less than 1 the written file is blended in, and the figures say less of the model.
    parser.add_argument("--intensity", type=float, default=1.0, help="0..1 (default: %(default)s)")
    parser.add_argument("--seed", type=seed, default=defaults.seed, help="of every random draw (default: %(default)s)")
    parser.add_argument("--limit", type=whole_number(1), metavar="N", help="at most N files of each split")
    parser.add_argument(
        "--notes",
        type=whole_number(0),
        default=50_000,
        metavar="N",
        help="files of about N notes of each split, 0: all (%(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures, file by file, to this file")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw a passage of each family into it")
    parser.add_argument("--no-proofs", action="store_true", help="do not ask for copying, context and seeds")
    parser.add_argument("--no-auc", action="store_true", help="leave out the classifiers, which take most of the time")
    parser.add_argument("--gate", action="store_true", help="exit with 1 when the model must not be released")
    evaluate_adapter.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the tables and return the exit status: 1 when `--gate` is given and a gate is not passed."""
    if evaluate_adapter.is_requested(args):
        return evaluate_adapter.run(args)
    _check(args)
    lasting = args.json or args.pictures or args.gate
    write = say if lasting else say_or_stop
    found = evaluate(_options(args), lambda text: write(fit_columns(text)), counter("files"))
    if args.pictures:
        from duv_studio.training.evaluation.plots import draw_families

        draw_families(args.pictures, found.results)
        wrote(args.pictures)
    if args.json:
        names = ("intensity", "limit", "notes", "split", "seed")
        about = {"model": found.model} | {name: getattr(args, name) for name in names}
        save_json(args.json, found.results, about, found.checks, found.reached, found.proofs)
        wrote(args.json)
    return int(args.gate and not found.passed)


def _check(args: argparse.Namespace) -> None:
    """Say at once what would go wrong after minutes."""
    if args.data is None and not args.pairs:
        raise DuvError("there is nothing to evaluate on", hint="name a folder with --data or --pairs")
    if args.outputs and not args.pairs:
        raise DuvError("other humanizers are compared on pairs only", hint="name their folder with --pairs")
    check_share("intensity", args.intensity)
    check_json_path(args.json)
    if not args.no_auc and not discriminator.available():
        tell("scikit-learn is not installed: there will be no AUC and no gradient boosting")
    if args.pictures and args.pictures.is_file():
        raise DuvError("this is a file", hint="give --pictures the name of a folder", file=args.pictures)
    if args.pictures and find_spec("matplotlib") is None:
        raise DuvError("pictures need matplotlib", hint="install duv-studio[evaluation]")


def _options(args: argparse.Namespace) -> EvaluationOptions:
    return EvaluationOptions(
        data=args.data,
        sets=None if args.sets is None else tuple(name for name in args.sets.split(",") if name),
        split=args.split,
        pairs=tuple(args.pairs),
        outputs=tuple(parse_all_external(args.outputs)),
        model=args.model,
        settings=Settings(intensity=args.intensity, seed=args.seed, performed_durations=True),
        limit=Limit(args.limit, args.notes or None),
        classify=not args.no_auc,
        check=not args.no_proofs,
        for_release=args.gate,
    )
