"""`duv-studio evaluate`: how near a model comes to human players it never heard, beside what it must beat."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.cli import evaluate_adapter as evaluation
from duv_studio.engine.model.checkpoint import read_header
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.music.settings_checks import check_share
from duv_studio.errors import DuvError
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import (
    Limit,
    Split,
    corpus_splits,
    pair_split,
    spread,
)
from duv_studio.training.evaluation import discriminator
from duv_studio.training.evaluation.comparison import compare
from duv_studio.training.evaluation.external_outputs import Outputs, check_named_alike, parse_all
from duv_studio.training.evaluation.probes import network_of
from duv_studio.training.evaluation.release_gates import Gate, gate_lines, gates
from duv_studio.training.evaluation.report import check_json_path, save_json
from duv_studio.training.evaluation.results import SplitResult
from duv_studio.training.evaluation.sanity_checks import (
    Proof,
    conditions,
    proof_table,
    prove,
)
from duv_studio.training.evaluation.tables import markdown
from duv_studio.training.evaluation.targets import Mark, mark_table, marks

if TYPE_CHECKING:
    from duv_studio.engine.humanizer.humanizer import Humanizer


PROVEN = 8  # files of a split that the questions are asked of


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
    parser.add_argument("--seed", type=_seed, default=defaults.seed, help="of every random draw (default: %(default)s)")
    parser.add_argument("--limit", type=_positive, metavar="N", help="at most N files of each split")
    parser.add_argument(
        "--notes",
        type=_whole,
        default=50_000,
        metavar="N",
        help="files of about N notes of each split, 0: all (%(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures, file by file, to this file")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw a passage of each family into it")
    parser.add_argument("--no-proofs", action="store_true", help="do not ask for copying, context and seeds")
    parser.add_argument("--no-auc", action="store_true", help="leave out the classifiers, which take most of the time")
    parser.add_argument("--gate", action="store_true", help="exit with 1 when the model must not be released")
    evaluation.add_arguments(parser)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


def _whole(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdigit() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 to {2**32 - 1}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Print the tables and return the exit status: 1 when `--gate` is given and a gate is not passed."""
    if evaluation.is_asked(args):
        return evaluation.run(args)
    others = _check(args)
    tracks, splits = _load(args)
    check_named_alike(others, [piece for split in splits if split.corpus is None for piece in split.pieces])
    from duv_studio.engine.humanizer.humanizer import Humanizer

    model = Humanizer(args.model, precision="fp32", adapter="none")  # the figures are the model's alone
    settings = replace(Settings(), seed=args.seed, intensity=args.intensity)
    print(f"{model.description}\nintensity {args.intensity:g}, seed {args.seed}\n", flush=True)
    results = []
    sets = read_header(model.path).sets  # what the model learned from; baselines are to know no more and no less
    for result in compare(model, settings, splits, tracks, _progress, not args.no_auc, outputs=others, sets=sets):
        results.append(result)
        print(markdown(result, args.seed) + "\n", flush=True)
    proofs = {} if args.no_proofs else _prove(model, splits, settings)
    checks = [*gates(results), *(gate for name, found in proofs.items() for gate in conditions(name, found))]
    reached = marks(results, args.seed)
    print(f"### What was aimed at\n\n{mark_table(reached)}\n\n```text\n{gate_lines(checks)}\n```")
    _save(args, model.name, results, checks, reached, proofs)
    return int(args.gate and not all(check.passed for check in checks))


def _prove(model: Humanizer, splits: Sequence[Split], settings: Settings) -> dict[str, list[Proof]]:
    """Ask the questions of files of the gated splits that no model was calibrated on, and print the answers."""
    found = {}
    for split in splits:
        if split.gated:
            pieces = spread([piece for piece in split.pieces if piece.name in split.judges], PROVEN)
            found[split.name] = prove(model, pieces, settings, network_of(model.path))
            _progress(f"proofs, {split.name}", len(pieces), len(pieces))
            print(f"### {split.name}: is it copied, is it heard?\n\n{proof_table(found[split.name])}\n", flush=True)
    return found


def _save(
    args: argparse.Namespace,
    model: str,
    results: Sequence[SplitResult],
    checks: Sequence[Gate],
    reached: Sequence[Mark],
    proofs: Mapping[str, Sequence[Proof]],
) -> None:
    if args.pictures:
        from duv_studio.training.evaluation.plots import draw_families

        draw_families(args.pictures, results)
    if args.json:
        about = {"model": model, "intensity": args.intensity, "limit": args.limit, "notes": args.notes}
        save_json(args.json, results, about | {"split": args.split, "seed": args.seed}, checks, reached, proofs)


def _check(args: argparse.Namespace) -> list[Outputs]:
    """Say at once what would go wrong after minutes; returns the other humanizers to compare with."""
    if args.data is None and not args.pairs:
        raise DuvError("there is nothing to evaluate on", hint="name a folder with --data or --pairs")
    if args.outputs and not args.pairs:
        raise DuvError("other humanizers are compared on pairs only", hint="name their folder with --pairs")
    check_share("intensity", args.intensity)
    check_json_path(args.json)
    if not args.no_auc and not discriminator.available():
        print("scikit-learn is not installed: there will be no AUC and no gradient boosting", file=sys.stderr)
    if args.pictures and args.pictures.is_file():
        raise DuvError("this is a file", hint="give --pictures the name of a folder", file=args.pictures)
    if args.pictures and find_spec("matplotlib") is None:
        raise DuvError("pictures need matplotlib", hint="install duv-studio[evaluation]")
    return parse_all(args.outputs)


def _load(args: argparse.Namespace) -> tuple[list[PlayedTrack], list[Split]]:
    tracks: list[PlayedTrack] = []
    if args.data is not None:
        from duv_studio.training.data.corpora.registry import load_corpora

        tracks = load_corpora(args.data, _wanted(args.data, args.sets))
    limit = Limit(args.limit, args.notes or None)
    pairs = [pair_split(folder, limit) for folder in args.pairs]
    splits = [*corpus_splits(tracks, args.split, limit), *pairs]
    if not splits:
        raise DuvError(f"the data sets hold no track to evaluate on in their {args.split} part")
    if args.gate and not any(split.gated for split in splits):
        raise DuvError("none of this decides about a release", hint="--gate needs the piano of pop909 or drums of gmd")
    return tracks, splits


def _wanted(folder: Path, sets: str | None) -> list[str]:
    """The named data sets, or all that the folder holds."""
    from duv_studio.training.data.corpora.registry import CORPORA

    if sets is not None:
        return [name for name in sets.split(",") if name]
    there = [name for name in CORPORA if (folder / name).is_dir()]
    if not there:
        raise DuvError("none of the data sets is in this folder", hint=f"expected {', '.join(CORPORA)}", file=folder)
    return there


def _progress(split: str, done: int, total: int) -> None:
    """A line that counts on a terminal; a line per split elsewhere."""
    if sys.stderr.isatty():
        print(f"\r{split}: {done} of {total} files", end="\n" if done == total else "", file=sys.stderr, flush=True)
    elif done == total:
        print(f"{split}: {total} files", file=sys.stderr, flush=True)
