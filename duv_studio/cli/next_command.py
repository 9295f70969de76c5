"""The command that comes after one that is done, with the very paths, so that it can be copied."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from itertools import islice
from pathlib import Path

from duv_studio.paths import resource

_LOOKED_AT = 1000  # lines of a manifest that tell what it mostly holds


def next_command(*words: object, to: str = "") -> str:
    """A line that names a command; `to` says what it is for."""
    command = shlex.join(["duv-studio", *map(str, words)])
    return f"Next{f', to {to}' if to else ''}: {command}"


def after_enrich(manifest: Path, instrument: str | None, tables: tuple[Path, Path, Path] | None) -> str:
    """To train from what was made: a base from tables, or an adapter from the manifest."""
    if tables is not None:
        train, valid, stats = tables
        named = ("--csv-train", train, "--csv-valid", valid, "--stats-json", stats)
        return next_command("train-base", *named, "--out", manifest.with_name(f"{manifest.stem}_base.ckpt"))
    family = (instrument or main_family(manifest)).lower()
    recipe = f"{family or 'my'}_Lora.yaml"
    own = "" if resource("configs", recipe).is_file() else "train by a recipe of your own, for which none ships"
    return next_command("train-lora", "--config", recipe, "--manifest", manifest, to=own)


def main_family(manifest: Path) -> str:
    """The instrument of most of a manifest's first tracks."""
    with manifest.open(encoding="utf-8") as lines:
        found = Counter(str(json.loads(line).get("instrument", "")) for line in islice(lines, _LOOKED_AT))
    return found.most_common(1)[0][0] if found else ""


def after_base(model: Path) -> str:
    """To hear a base model."""
    return next_command("humanize", "song.mid", "-o", "played.mid", "--model", model)


def after_adapter(best: Path, base: str | None, improves: bool, whole_model: bool) -> str:
    """To let an adapter play by itself that improves its base, to hear any other."""
    if whole_model:
        return after_base(best)
    if improves:
        return next_command("adapters", "--install", best.parent, to="let it play by itself")
    own_base = ("--model", base) if base is not None and Path(base).is_file() else ()
    return next_command("humanize", "song.mid", "-o", "played.mid", "--adapter", best, *own_base)
