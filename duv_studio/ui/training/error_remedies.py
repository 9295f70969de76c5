"""Remedies for a failed training: a sentence, a button, and what its click changes in the recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duv_studio.training.errors import DeviceLost, DiskFull, NotANumber, OutOfMemory, UnfinishedRun
from duv_studio.ui.i18n import tr

if TYPE_CHECKING:
    from duv_studio.training.lora.recipe.schema import LoraRecipe

FEWEST_NOTES = 16  # of a window, as the recipe allows
CALMER = 4.0  # by which the learning rate is divided


@dataclass(frozen=True)
class Remedy:
    """A click writes `edits` into the recipe and starts again: from the beginning with `restart`, else where it stood.

    `choose_data` leads to the data instead; `devices` are others to run on.
    """

    sentence: str
    button: str
    edits: tuple[tuple[str, Any], ...] = ()
    restart: bool = False
    devices: str | None = None
    choose_data: bool = False


def remedies(error: Exception, recipe: LoraRecipe) -> tuple[Remedy, ...]:
    """What may be offered, the likeliest help first; nothing where only a person can know."""
    if isinstance(error, OutOfMemory | MemoryError):
        return _less_memory(recipe)
    if isinstance(error, NotANumber):
        return (_calmer(recipe),)
    if isinstance(error, DiskFull):
        return (Remedy(tr("Make room on the disk, then go on; nothing that was learned is lost."), tr("Go On")),)
    if isinstance(error, DeviceLost):
        return (Remedy(tr("It can go on without the GPU, more slowly."), tr("Go On with the CPU"), devices="cpu"),)
    if isinstance(error, UnfinishedRun):
        return _unfinished(recipe)
    return _data_gone(error, recipe)


def _less_memory(recipe: LoraRecipe) -> tuple[Remedy, ...]:
    t = recipe.trainer
    if t.batch_size > 1:
        fewer = t.batch_size // 2
        sentence = tr("Half as many windows in a step, {n}, need about half the memory.", n=fewer)
        return (Remedy(sentence, tr("Halve the Batch"), (("trainer.batch_size", fewer),), restart=True),)
    if t.max_len > FEWEST_NOTES:
        shorter = max(t.max_len // 2, FEWEST_NOTES)
        sentence = tr("Windows half as long, {n} notes, need half the memory or less.", n=shorter)
        return (Remedy(sentence, tr("Halve the Windows"), (("trainer.max_len", shorter),), restart=True),)
    return ()


def _calmer(recipe: LoraRecipe) -> Remedy:
    t = recipe.trainer
    slower = float(f"{t.lr / CALMER:.2g}")
    if t.precision == "32":
        sentence = tr("A learning rate of {lr} takes smaller steps.", lr=f"{slower:g}")
        return Remedy(sentence, tr("Lower the Learning Rate"), (("trainer.lr", slower),), restart=True)
    edits = (("trainer.lr", slower), ("trainer.precision", "32"))
    sentence = tr("A learning rate of {lr} and exact numbers (precision 32) keep it steady.", lr=f"{slower:g}")
    return Remedy(sentence, tr("Train More Carefully"), edits, restart=True)


def _unfinished(recipe: LoraRecipe) -> tuple[Remedy, ...]:
    folder = free_folder(Path(recipe.output_dir))
    return (
        Remedy(
            tr("The unfinished run stays as it is when this one has a folder of its own, {name}.", name=folder.name),
            tr("Use a New Folder"),
            (("output_dir", folder.as_posix()),),
        ),
        Remedy("", tr("Replace It"), restart=True),
    )


def free_folder(folder: Path) -> Path:
    """Return the first of "name_2", "name_3" … that does not exist."""
    stem, _, number = folder.name.rpartition("_")
    stem, first = (stem, int(number) + 1) if stem and number.isdigit() else (folder.name, 2)
    return next(p for n in range(first, first + 10_000) if not (p := folder.with_name(f"{stem}_{n}")).exists())


def _data_gone(error: Exception, recipe: LoraRecipe) -> tuple[Remedy, ...]:
    file = getattr(error, "file", None)
    named = {Path(name) for name in (*recipe.manifest, recipe.replay.manifest or "") if name}
    if file not in named or Path(file).exists():
        return ()
    return (
        Remedy(tr("If it lies on a disk or a share that went away, bring it back and go on."), tr("Try Again")),
        Remedy("", tr("Choose Other Data"), choose_data=True),
    )
