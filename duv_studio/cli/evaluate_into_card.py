"""Puts what `duv-studio evaluate` prints of a model into its card, below the mark, and its pictures beside it."""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from duv_studio.cli import evaluate
from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi.song import Family
from duv_studio.training.base.export import CARD_FILE, TABLE_MARK
from duv_studio.training.data.pairs import read_pairs
from duv_studio.training.evaluation import discriminator

PICTURES = "pictures"  # folder beside the card


def check_before_training(pairs: Sequence[Path]) -> None:
    """Say before hours of training what would spoil the card after them: DuvError where a folder holds no pairs."""
    for folder in pairs:
        read_pairs(folder)
    if not discriminator.available() or find_spec("matplotlib") is None:
        lost = "scikit-learn or matplotlib is not installed: the card will lack classifiers, boosted trees or pictures"
        print(lost, file=sys.stderr)


def evaluate_into_card(model: Path, data: Path, options: Sequence[str] = ()) -> None:
    """Evaluate the model in a folder on all data sets of `data`, with further options of the command.

    Without matplotlib there are no pictures.
    """
    folder = model.resolve()  # a bare name would stand for a model that ships
    drawn = folder / PICTURES
    if find_spec("matplotlib") is not None:
        options = [*options, "--pictures", str(drawn)]
        for old in _pictures(drawn):
            old.unlink()
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        evaluate.run(parser.parse_args(["--data", str(data), "--model", str(folder), *options]))
    card = folder / CARD_FILE
    above = card.read_text(encoding="utf-8").split(TABLE_MARK)[0]
    write_atomically(card, f"{above}{TABLE_MARK}\n\n{printed.getvalue().strip()}\n{_shown(drawn)}".encode())


def _shown(folder: Path) -> str:
    """The pictures of a folder beside the card as Markdown; "" where there are none."""
    drawn = _pictures(folder)
    shown = [f"![{path.stem}: player, model and random jitter]({folder.name}/{path.name})" for path in drawn]
    return "\n\n".join(["\n### Held-out passages", *shown]) + "\n" if shown else ""


def _pictures(folder: Path) -> list[Path]:
    return [path for family in Family if (path := folder / f"{family}.png").is_file()]
