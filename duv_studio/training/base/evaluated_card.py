"""Puts an evaluation of a model into its card, below the mark, and its pictures beside the card."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi.song import Family
from duv_studio.training.base.export import CARD_FILE, TABLE_MARK
from duv_studio.training.data.pairs import read_pairs
from duv_studio.training.evaluation import discriminator
from duv_studio.training.evaluation.evaluate import EvaluationOptions, evaluate
from duv_studio.training.evaluation.plots import draw_families

PICTURES = "pictures"  # folder beside the card


def check_pairs(pairs: Sequence[Path]) -> str:
    """What the card will lack, as a sentence, or ""; DuvError where a folder holds no pairs.

    To be known before hours of training, not after them.
    """
    for folder in pairs:
        read_pairs(folder)
    if discriminator.available() and find_spec("matplotlib") is not None:
        return ""
    return "scikit-learn or matplotlib is not installed: the card will lack classifiers, boosted trees or pictures"


def evaluate_into_card(model: Path, data: Path, pairs: Sequence[Path] = ()) -> None:
    """Evaluate the model in a folder on all data sets of `data` and on `pairs`. Pictures need matplotlib."""
    folder = model.resolve()  # a bare name would stand for a model that ships
    parts: list[str] = []
    found = evaluate(EvaluationOptions(data=data, model=folder, pairs=tuple(pairs)), parts.append)
    drawn = folder / PICTURES
    if find_spec("matplotlib") is not None:
        for old in _pictures(drawn):
            old.unlink()
        draw_families(drawn, found.results)
    card = folder / CARD_FILE
    above = card.read_text(encoding="utf-8").split(TABLE_MARK)[0]
    text = "\n".join(parts).strip()
    write_atomically(card, f"{above}{TABLE_MARK}\n\n{text}\n{_shown(drawn)}".encode())


def _shown(folder: Path) -> str:
    """The pictures of a folder beside the card as Markdown; "" where there are none."""
    drawn = _pictures(folder)
    shown = [f"![{path.stem}: player, model and random jitter]({folder.name}/{path.name})" for path in drawn]
    return "\n\n".join(["\n### Held-out passages", *shown]) + "\n" if shown else ""


def _pictures(folder: Path) -> list[Path]:
    return [path for family in Family if (path := folder / f"{family}.png").is_file()]
