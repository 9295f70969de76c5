"""Puts what `duv-studio evaluate` prints of a model into its card, below the mark, and its pictures beside it."""

from __future__ import annotations

import argparse
import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.training import evaluate
from duv_studio.training.export import CARD_FILE, TABLE_MARK


def evaluate_into_card(model: Path, data: Path, options: Sequence[str] = ()) -> None:
    """Evaluate the model in a folder on all data sets of `data`, with further options of the command."""
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        evaluate.run(parser.parse_args(["--data", str(data), "--model", str(model), *options]))
    card = model / CARD_FILE
    above = card.read_text(encoding="utf-8").split(TABLE_MARK)[0]
    write_atomically(card, f"{above}{TABLE_MARK}\n\n{printed.getvalue().strip()}\n".encode())
