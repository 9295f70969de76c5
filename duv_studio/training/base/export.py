"""From a finished training to a model folder: weights with their calibration, and a card that says how they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.model.checkpoint import ModelHeader, pack, read_header
from duv_studio.engine.model.library import LICENCE_FILE, MODEL_FILE, find_model
from duv_studio.training.base.trainer import BaseTrainer
from duv_studio.training.calibration.fit import calibrate
from duv_studio.training.config import BaseConfig
from duv_studio.training.data.corpora.registry import CORPORA
from duv_studio.training.data.played_track import PlayedTrack

LICENCE = "MIT"
NC_LICENCE = "CC BY-NC-SA 4.0"
NC_NOTE = "Not for commercial use: it learned from recordings that must not be used commercially."
NC_LINK = "https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode"
CARD_FILE = "README.md"
WHAT_IS_HELD_OUT = """\
Songs are held out whole, chosen by a hash of their name; of Groove the official validation split, and two drummers
altogether; of GiantMIDI-Piano four works, none of them in (n)ASAP; of (n)ASAP whole works, those of the
benchmark among them. Sets that were not played in real time are taken only where they look shaped: tracks of
open_multitrack with quality A or B, tracks of RWC with at least 12 velocities that spread by more than 5, in files that
keep to their annotated beats. Bars that were pasted count once."""
TABLE_MARK = "<!-- evaluation -->"  # what stands below it was printed by `duv-studio evaluate`


def export_model(trainer: BaseTrainer, tracks: Sequence[PlayedTrack], folder: Path, recipe: str) -> None:
    """Calibrate the averaged weights on `tracks`, write model and card and, if it needs one, LICENSE.

    `recipe` is the file that the trainer's config was read from. Of held-out tracks, only those that `calibrates` picks
    may come here: the others judge.
    """
    config = trainer.config
    sets = learned_from(config)
    free = all(CORPORA[name].may_ship for name in sets)
    model = trainer.average.cpu()
    header = ModelHeader(
        name=config.name,
        title=config.title,
        licence=LICENCE if free else NC_LICENCE,
        licence_note="" if free else NC_NOTE,
        shape={k: v for k, v in asdict(model.config).items()},
        rendering=calibrate(model, tracks),
        sets=sets,
        steps=trainer.step,
        seed=config.optimiser.seed,
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / MODEL_FILE, pack(model, header))
    write_atomically(folder / CARD_FILE, card(trainer, header, recipe).encode())
    if not free:
        write_atomically(folder / LICENCE_FILE, licence_text(header).encode())


def learned_from(config: BaseConfig) -> tuple[str, ...]:
    """The sets that the weights know: the recipe's, and those of the model that it starts from."""
    before = () if config.start_from is None else read_header(find_model(config.start_from)).sets
    return tuple(dict.fromkeys((*before, *config.sets)))


def licence_text(header: ModelHeader) -> str:
    """The LICENSE of a model that is not for everyone, with the credits that its data ask for."""
    credits = [f"  {name}: {CORPORA[name].credit} ({CORPORA[name].licence})" for name in header.sets]
    return "\n".join(
        [
            f"{header.title} ({header.name}): model weights of DUV Studio",
            "",
            "These weights are licensed under the Creative Commons Attribution-NonCommercial-ShareAlike 4.0",
            "International License (SPDX: CC-BY-NC-SA-4.0). The licence's text:",
            NC_LINK,
            "",
            "They are adapted from:",
            *credits,
            "",
            "The program that they are used with has a licence of its own (MIT) and does not contain them.",
            "",
        ]
    )


def card(trainer: BaseTrainer, header: ModelHeader, recipe: str) -> str:
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
            *data_rows(trainer, header),
            "",
            *doubts(header),
            WHAT_IS_HELD_OUT,
            "",
            "## Training",
            "",
            f"`duv-studio train-base --config {recipe} --data DATA --work WORK`: {header.steps:,} steps"
            f" of {how.batch_size} windows of {how.window} notes, seed {header.seed},"
            f" {trainer.seconds / 60:.0f} minutes on {where(trainer)}.",
            *_start(trainer),
            "",
            "## Calibration and kernels (fitted on one half of the held-out songs; the other half judges them)",
            "",
            *rendering_table(header),
            "",
            "## Evaluation",
            "",
            TABLE_MARK,
            "",
        ]
    )


def where(trainer: BaseTrainer) -> str:
    """What a training ran on, and in which numbers: those of the recipe only where the device has them."""
    device = "one GPU" if trainer.device.type == "cuda" else f"{trainer.config.optimiser.threads} CPU thread(s)"
    return f"{device} ({'bf16' if trainer.in_bf16 else '32 bits'})"


def _start(trainer: BaseTrainer) -> list[str]:
    start, keep = trainer.config.start_from, trainer.config.keep
    told = [] if start is None else [f"It started from the weights of {start}."]
    if keep.model is not None:
        of = ", ".join(keep.families)
        told.append(f"Of {of} it learned the answers of {keep.model} instead of the players', but for edges of hats.")
    return told


def data_rows(trainer: BaseTrainer, header: ModelHeader) -> list[str]:
    """A row per set, and one more where its recordings are also read in another form, as "SET FORM"."""
    tracks, notes = Counter[str](), Counter[str]()
    for track in trainer.source.tracks:
        tracks[track.corpus] += 1
        notes[track.corpus] += len(track)
    held_out = Counter(t.corpus for t in trainer.probe.tracks)
    others = sorted({*tracks, *held_out} - set(header.sets))
    forms = [(name, form) for name in header.sets for form in (name, *(x for x in others if x.split()[0] == name))]
    return [
        f"| {form} | {CORPORA[name].licence} | {CORPORA[name].credit} | {tracks[form]:,} | {notes[form]:,} |"
        f" {held_out[form]:,} |"
        for name, form in forms
    ]


def doubts(header: ModelHeader) -> list[str]:
    """A paragraph on every set that the weights learned from and that leaves questions open."""
    told = [(name, CORPORA[name].doubts) for name in header.sets]
    return [line for name, text in told if text for line in (f"Doubts about {name}: {text}", "")]


def rendering_table(header: ModelHeader) -> list[str]:
    """What was calibrated, a row for every family."""
    rows = [
        "| family | T velocity | T duration | spread velocity | spread duration"
        " | velocity: slow, fast, band, chord, chord band, own |",
        "|---|---|---|---|---|---|",
    ]
    for family, how in header.rendering.items():
        shares = ", ".join(f"{share:.2f}" for share in asdict(how.velocity_kernel).values())
        numbers = (how.velocity_temperature, how.duration_temperature, how.velocity_spread, how.duration_spread)
        rows.append(f"| {family} | " + " | ".join(f"{x:.2f}" for x in numbers) + f" | {shares} |")
    return rows
