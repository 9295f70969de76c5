"""Trains a base model from tables of notes (CSV) and writes the model, its card and statistics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.features.note_features import FLOAT_FEATURES
from duv_studio.engine.model.checkpoint import ModelHeader, pack
from duv_studio.engine.model.device import chosen_device
from duv_studio.errors import DuvError
from duv_studio.training.base.csv_config import csv_recipe
from duv_studio.training.base.csv_rows import FEATURES, feature_rows, read_csv, source_of
from duv_studio.training.base.csv_stats import Count, Moments, Stats, far_features, read_stats, summary, write_stats
from duv_studio.training.base.export import rendering_table, where
from duv_studio.training.base.trainer import BaseTrainer
from duv_studio.training.base.validation import Probe
from duv_studio.training.calibration.fit import calibrate
from duv_studio.training.config import BaseConfig
from duv_studio.training.data.corpora.registry import MIN_NOTES
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.windows import sample_features, song_key
from duv_studio.training.precision import has_format

Say = Callable[[str], None]
LICENCE = "as its data"
LICENCE_NOTE = "It learned from data of your own: who may use it is for you to say."


@dataclass(frozen=True)
class CsvOptions:
    """Where the tables are, where the model goes, and what the recipe leaves open."""

    train: Path
    valid: Path
    stats: Path  # written where it is missing
    out: Path  # the model's file
    work: Path | None = None  # log and checkpoint; None: beside `out`
    epochs: int = 20
    size: str = "base"
    batch_size: int | None = None
    lr: float | None = None
    seed: int | None = None
    device: str = "auto"

    @property
    def work_folder(self) -> Path:
        """The folder of log and checkpoint."""
        return self.work or self.out.with_name(f"{self.out.stem}_work")

    @property
    def command(self) -> str:
        """The command line that asks for the same, for the card."""
        given = (
            ("csv-train", self.train),
            ("csv-valid", self.valid),
            ("stats-json", self.stats),
            ("out", self.out),
            ("epochs", self.epochs),
            ("size", self.size),
            ("batch-size", self.batch_size),
            ("lr", self.lr),
            ("seed", self.seed),
        )
        return " ".join(["duv-studio train-base", *(f"--{name} {value}" for name, value in given if value is not None)])


def train_from_tables(options: CsvOptions, fit: Callable[[BaseTrainer], bool], say: Say) -> Path | None:
    """Train, calibrate and write model, card and statistics; the card's path, None where `fit` was stopped early.

    `fit` runs the trainer and tells whether a model is to be made. DuvError for tables that cannot be learned from.
    """
    if options.out.is_dir():
        raise DuvError("is a folder", file=options.out, hint="--out names the model's file, such as duv_universal.ckpt")
    train, valid = tracks_of(options.train), tracks_of(options.valid)
    _warn_of_shared_songs(train, valid, say)
    _warn_of_unknown_lengths(train, say)
    config, device = _recipe(options, train), chosen_device(options.device)
    torch.set_num_threads(config.optimiser.threads)
    source = source_of(train, config.curriculum, config.optimiser.window, config.optimiser.seed)
    trainer = BaseTrainer(config, source, Probe(valid), options.work_folder, device)
    stats = scale_from(trainer, options.stats, train, valid, say)
    count, how = count_of(train), config.optimiser
    say(
        f"{options.epochs} epochs of {count.notes:,} notes in {count.tracks:,} tracks: {how.steps:,} steps of"
        f" {how.batch_size} windows of up to {how.window} notes."
    )
    if not fit(trainer):
        return None
    options.out.parent.mkdir(parents=True, exist_ok=True)
    return write_model(trainer, valid, options.out, stats, options.command)


def tracks_of(path: Path) -> list[PlayedTrack]:
    """The tracks of a CSV file that can be learned from; DuvError when there is none."""
    tracks = [t for t in read_csv(path) if len(t) >= MIN_NOTES and np.ptp(t.velocity) > 0]
    if not tracks:
        raise DuvError(
            f"No data loaded: no track has {MIN_NOTES} notes of more than one velocity",
            file=path,
            hint="check the columns track_id, velocity and dur_beats, or write it anew with duv-studio enrich",
        )
    return tracks


def scale_from(
    trainer: BaseTrainer, path: Path, train: Sequence[PlayedTrack], valid: Sequence[PlayedTrack], say: Say
) -> Stats:
    """Give the model the scale that the statistics tell; where there are none yet, they are measured and written."""
    measured = Moments(len(FLOAT_FEATURES))
    curriculum = trainer.config.curriculum
    measured.add(sample_features(trainer.source, curriculum.velocity, curriculum.duration))
    if path.exists():
        stats = read_stats(path)
        _warn_of_differences(stats, measured, path, count_of(train), say)
    else:
        features = Moments(len(FEATURES))
        for track in train:
            features.add(feature_rows(track))
        inputs = summary(FLOAT_FEATURES, measured)
        stats = Stats(count_of(train), count_of(valid), summary(FEATURES, features), inputs)
        write_stats(path, stats)
    mean, std = (torch.from_numpy(x).float() for x in stats.scale())
    for model in (trainer.model, trainer.average):
        model.embed_floats.mean.copy_(mean)
        model.embed_floats.std.copy_(std)
    return stats


def count_of(tracks: Sequence[PlayedTrack]) -> Count:
    """How much there is of them."""
    return Count(len(tracks), sum(map(len, tracks)))


def _recipe(options: CsvOptions, train: Sequence[PlayedTrack]) -> BaseConfig:
    in_bf16 = has_format("bf16", chosen_device(options.device).type)
    return csv_recipe(
        options.out.stem,
        train,
        (options.train, options.valid),
        size=options.size,
        epochs=options.epochs,
        batch_size=options.batch_size,
        lr=options.lr,
        seed=options.seed,
        precision="bf16" if in_bf16 else "32",
        threads=torch.get_num_threads(),
    )


def _warn_of_shared_songs(train: Sequence[PlayedTrack], valid: Sequence[PlayedTrack], say: Say) -> None:
    shared = {song_key(t) for t in train} & {song_key(t) for t in valid}
    if shared:
        names = ", ".join(sorted(song for _, song, _ in shared)[:3])
        say(
            f"Warning: {len(shared)} of the validation songs are also trained on ({names}), so what is measured on"
            " them flatters the model; split by song."
        )


def _warn_of_differences(stats: Stats, measured: Moments, path: Path, train: Count, say: Say) -> None:
    if far := far_features(stats, measured):
        say(f"Warning: {path} was made from very different data, as {', '.join(far)} tell.")
    if stats.train.notes != train.notes:
        say(f"{path} counts {stats.train.notes:,} training notes, the CSV file has {train.notes:,}; its scale is used.")


def _warn_of_unknown_lengths(train: Sequence[PlayedTrack], say: Say) -> None:
    if not any(np.isfinite(track.played_duration).any() for track in train):
        say("Warning: no track tells how long its notes were held, so the durations of this model mean nothing.")


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
            f" seed {header.seed}, {trainer.seconds / 60:.0f} minutes on {where(trainer)}.",
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
