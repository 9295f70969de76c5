"""Writes the model of a training from CSV files to the one file that was asked for, and its card beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.model.checkpoint import ModelHeader, pack
from duv_studio.training.base.csv_stats import Stats
from duv_studio.training.base.export import rendering_table, where
from duv_studio.training.base.trainer import BaseTrainer
from duv_studio.training.calibration.fit import calibrate
from duv_studio.training.data.played_track import PlayedTrack

LICENCE = "as its data"
LICENCE_NOTE = "It learned from data of your own: who may use it is for you to say."


def write_model(trainer: BaseTrainer, valid: Sequence[PlayedTrack], out: Path, stats: Stats, command: str) -> Path:
    """Calibrate on the validation tracks, write the model to `out` and return the path of the card."""
    model = trainer.average.cpu()
    header = ModelHeader(
        name=trainer.config.name,
        title=trainer.config.title,
        licence=LICENCE,
        licence_note=LICENCE_NOTE,
        shape=asdict(model.config),
        rendering=calibrate(model, valid),
        steps=trainer.step,
        seed=trainer.config.optimiser.seed,
    )
    write_atomically(out, pack(model, header))
    beside = out.with_suffix(".md")
    write_atomically(beside, card(trainer, header, stats, command).encode())
    return beside


def card(trainer: BaseTrainer, header: ModelHeader, stats: Stats, command: str) -> str:
    """The model card in Markdown, all of it from what was run."""
    how = trainer.config.optimiser
    sizes = sum(p.numel() for p in trainer.average.parameters())
    return "\n".join(
        [
            f"# {header.title}",
            "",
            f"A base model of DUV Studio: {sizes:,} parameters. {header.licence_note}",
            "",
            "## Data",
            "",
            "| file | tracks | notes |",
            "|---|---|---|",
            *_data_rows(trainer, stats),
            "",
            "## Training",
            "",
            f"`{command}`: {header.steps:,} steps of {how.batch_size} windows of {how.window} notes,"
            f" seed {header.seed}, {trainer.seconds / 60:.0f} minutes on {where(trainer)} ({how.precision}).",
            "",
            "## Calibration and kernels (fitted on the validation file)",
            "",
            *rendering_table(header),
            "",
        ]
    )


def _data_rows(trainer: BaseTrainer, stats: Stats) -> list[str]:
    files = zip(trainer.config.sets, (stats.train, stats.valid), strict=True)
    return [f"| {name} | {count.tracks:,} | {count.notes:,} |" for name, count in files]
