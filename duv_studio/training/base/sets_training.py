"""From data sets to a base model in a folder, whose card holds its evaluation and pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import torch

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.device import chosen_device
from duv_studio.training.base.export import CARD_FILE, TABLE_MARK, export_model
from duv_studio.training.base.trainer import BaseTrainer
from duv_studio.training.base.validation import Probe
from duv_studio.training.config import BaseConfig
from duv_studio.training.data.corpora.registry import calibrates, load_corpora
from duv_studio.training.data.pairs import read_pairs
from duv_studio.training.data.windows import WindowSource
from duv_studio.training.evaluation import discriminator
from duv_studio.training.evaluation.evaluate import EvaluationOptions, evaluate
from duv_studio.training.evaluation.plots import draw_families

PICTURES = "pictures"  # folder beside the card


def train_from_sets(
    config: BaseConfig,
    recipe: str,
    data: Path,
    work: Path,
    folder: Path,
    device: str,
    fit: Callable[[BaseTrainer], bool],
) -> bool:
    """Train on the data sets in `data`, calibrate, and write the model to `folder`; False where `fit` was stopped.

    `recipe` names the recipe in the card, `work` holds log and checkpoints. The recordings are freed at the end.
    """
    o = config.optimiser
    torch.set_num_threads(o.threads)
    tracks = load_corpora(data, config.sets)
    held_out = [t for t in tracks if t.split == "dev"]
    source = WindowSource([t for t in tracks if t.split == "train"], config.curriculum, o.window, o.seed)
    trainer = BaseTrainer(config, source, Probe(held_out), work, chosen_device(device))
    if not fit(trainer):
        return False
    export_model(trainer, [t for t in held_out if calibrates(t)], folder, recipe)
    return True


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
