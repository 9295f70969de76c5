"""From a finished training to a model folder: weights with their calibration, and a card that says how they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.checkpoint import ModelHeader, pack
from duv_studio.engine.models import MODEL_FILE
from duv_studio.training.calibrate import calibrate
from duv_studio.training.corpora import CORPORA
from duv_studio.training.played import PlayedTrack
from duv_studio.training.trainer import BaseTrainer

LICENCE, NO_LICENCE = "MIT", "not for distribution"
CARD_FILE = "README.md"
TABLE_MARK = "<!-- evaluation -->"  # what stands below it was printed by `duv-studio evaluate`


def export_model(trainer: BaseTrainer, tracks: Sequence[PlayedTrack], folder: Path) -> None:
    """Calibrate the averaged weights on held-out `tracks` and write the model and its card into `folder`."""
    config = trainer.config
    header = ModelHeader(
        name=config.name,
        title=config.title,
        licence=LICENCE if all(CORPORA[name].may_ship for name in config.sets) else NO_LICENCE,
        shape={k: v for k, v in asdict(trainer.average.config).items()},
        rendering=calibrate(trainer.average, tracks),
        sets=tuple(config.sets),
        steps=trainer.step,
        seed=config.optimiser.seed,
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / MODEL_FILE, pack(trainer.average, header))
    write_atomically(folder / CARD_FILE, card(trainer, header).encode())


def card(trainer: BaseTrainer, header: ModelHeader) -> str:
    """The model card in Markdown, all of it from what was run."""
    sizes = sum(p.numel() for p in trainer.average.parameters())
    shape, how = trainer.average.config, trainer.config.optimiser
    return "\n".join(
        [
            f"# {header.title} ({header.name})",
            "",
            f"A transformer that reads a phrase and predicts velocity and duration of every note: {sizes:,} parameters"
            f" ({shape.layers} blocks, width {shape.width}). Weights: {header.licence}.",
            "",
            "## Data",
            "",
            "| set | licence | credit | tracks | notes | held out (tracks) |",
            "|---|---|---|---|---|---|",
            *_data_rows(trainer, header),
            "",
            "Songs are held out whole, chosen by a hash of their name; Groove by its official validation split.",
            "",
            "## Training",
            "",
            "`duv-studio train-base --config resources/configs/base.yaml --data DATA --work WORK`:"
            f" {header.steps:,} steps of {how.batch_size} windows of {how.window} notes, seed {header.seed},"
            f" {trainer.seconds / 60:.0f} minutes on {how.threads} CPU thread(s) ({how.precision}).",
            "",
            "## Calibration and kernels (fitted on the held-out songs)",
            "",
            "| family | T velocity | T duration | velocity: slow, fast, band, chord, chord band, own |",
            "|---|---|---|---|",
            *_rendering_rows(header),
            "",
            "## Evaluation",
            "",
            TABLE_MARK,
            "",
        ]
    )


def _data_rows(trainer: BaseTrainer, header: ModelHeader) -> list[str]:
    tracks, notes = Counter[str](), Counter[str]()
    for track in trainer.source.tracks:
        tracks[track.corpus] += 1
        notes[track.corpus] += len(track)
    held_out = Counter(t.corpus for t in trainer.probe.tracks)
    return [
        f"| {name} | {CORPORA[name].licence} | {CORPORA[name].credit} | {tracks[name]:,} | {notes[name]:,} |"
        f" {held_out[name]:,} |"
        for name in header.sets
    ]


def _rendering_rows(header: ModelHeader) -> list[str]:
    rows = []
    for family, how in header.rendering.items():
        shares = ", ".join(f"{share:.2f}" for share in asdict(how.velocity_kernel).values())
        rows.append(f"| {family} | {how.velocity_temperature:.2f} | {how.duration_temperature:.2f} | {shares} |")
    return rows
