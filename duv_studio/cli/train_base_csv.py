"""`duv-studio train-base --csv-train … --csv-valid …`: from tables of notes to a base model in one file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from duv_studio.engine.features.note_features import FLOAT_FEATURES
from duv_studio.engine.model.device import chosen_device
from duv_studio.errors import DuvError
from duv_studio.training.base.csv_config import csv_recipe
from duv_studio.training.base.csv_export import write_model
from duv_studio.training.base.csv_rows import (
    FEATURES,
    feature_rows,
    read_csv,
    source_of,
)
from duv_studio.training.base.csv_stats import (
    Count,
    Moments,
    Stats,
    far_features,
    read_stats,
    summary,
    write_stats,
)
from duv_studio.training.base.trainer import BaseTrainer, check_checkpoint, fit
from duv_studio.training.base.validation import Probe
from duv_studio.training.config import BaseConfig
from duv_studio.training.data.corpora.registry import MIN_NOTES
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.windows import sample_features, song_key
from duv_studio.training.lora.fit.lightning_module import lightning_precision


def run(args: argparse.Namespace) -> int:
    """Train, or go on training, calibrate and write model, card and statistics; 1 when it was interrupted."""
    if args.out.is_dir():
        raise DuvError("is a folder", file=args.out, hint="--out names the model's file, such as duv_universal.ckpt")
    work = work_folder(args.out, args.work)
    if args.export_only:
        check_checkpoint(work)
    train, valid = tracks_of(args.csv_train), tracks_of(args.csv_valid)
    _tell_shared_songs(train, valid)
    _tell_unknown_lengths(train)
    config, device = _recipe(args, train), chosen_device(args.device)
    torch.set_num_threads(config.optimiser.threads)
    source = source_of(train, config.curriculum, config.optimiser.window, config.optimiser.seed)
    trainer = BaseTrainer(config, source, Probe(valid), work, device)
    stats = scale_from(trainer, args.stats_json, train, valid)
    _tell_start(args.epochs, config, train)
    if not fit(trainer, args.export_only):
        return 1
    args.out.parent.mkdir(parents=True, exist_ok=True)
    card = write_model(trainer, valid, args.out, stats, _command(args))
    print(f"The model is {args.out}; its card is {card}.", flush=True)
    return 0


def work_folder(out: Path, work: Path | None) -> Path:
    """Where log and checkpoint lie: beside the model unless it was said otherwise."""
    return work or out.with_name(f"{out.stem}_work")


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


def scale_from(trainer: BaseTrainer, path: Path, train: Sequence[PlayedTrack], valid: Sequence[PlayedTrack]) -> Stats:
    """Give the model the scale that the statistics tell; where there are none yet, they are measured and written."""
    measured = Moments(len(FLOAT_FEATURES))
    curriculum = trainer.config.curriculum
    measured.add(sample_features(trainer.source, curriculum.velocity, curriculum.duration))
    if path.exists():
        stats = read_stats(path)
        _tell_differences(stats, measured, path, count_of(train))
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


def _recipe(args: argparse.Namespace, train: Sequence[PlayedTrack]) -> BaseConfig:
    name, _ = lightning_precision("bf16", chosen_device(args.device).type)
    return csv_recipe(
        args.out.stem,
        train,
        (args.csv_train, args.csv_valid),
        size=args.size,
        epochs=args.epochs,
        batch_size=args.batch_size,
        lr=args.lr,
        seed=args.seed,
        precision="bf16" if name == "bf16-mixed" else "32",
        threads=torch.get_num_threads(),
    )


def _tell_start(epochs: int, config: BaseConfig, train: Sequence[PlayedTrack]) -> None:
    count, how = count_of(train), config.optimiser
    _say(
        f"{epochs} epochs of {count.notes:,} notes in {count.tracks:,} tracks: {how.steps:,} steps of"
        f" {how.batch_size} windows of up to {how.window} notes."
    )


def _tell_shared_songs(train: Sequence[PlayedTrack], valid: Sequence[PlayedTrack]) -> None:
    shared = {song_key(t) for t in train} & {song_key(t) for t in valid}
    if shared:
        names = ", ".join(sorted(song for _, song, _ in shared)[:3])
        _say(
            f"Warning: {len(shared)} of the validation songs are also trained on ({names}), so what is measured on"
            " them flatters the model; split by song."
        )


def _tell_differences(stats: Stats, measured: Moments, path: Path, train: Count) -> None:
    if far := far_features(stats, measured):
        _say(f"Warning: {path} was made from very different data, as {', '.join(far)} tell.")
    if stats.train.notes != train.notes:
        _say(
            f"{path} counts {stats.train.notes:,} training notes, the CSV file has {train.notes:,}; its scale is used."
        )


def _tell_unknown_lengths(train: Sequence[PlayedTrack]) -> None:
    if not any(np.isfinite(track.played_duration).any() for track in train):
        _say("Warning: no track tells how long its notes were held, so the durations of this model mean nothing.")


def _command(args: argparse.Namespace) -> str:
    names = ("csv_train", "csv_valid", "stats_json", "out", "epochs", "size", "batch_size", "lr", "seed")
    given = [(name, getattr(args, name)) for name in names]
    options = [f"--{name.replace('_', '-')} {value}" for name, value in given if value is not None]
    return " ".join(["duv-studio train-base", *options])


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
