"""What was done to a bank, as the tables of its card."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby

import numpy as np
import soundfile

from tools.make_soundfont.keep import Tables, with_presets
from tools.make_soundfont.samples import Sample, Way, change, decibels
from tools.make_soundfont.tables import Table

LEVEL_DB = 0.2  # the most that the level of a sample may change

_SUCH_AS = 3


def report(data: bytes, left_out: Table, tables: Tables, samples: list[Sample], quality: float) -> str:
    """The tables of the card: size and sum, what was left out, what became of the samples, how presets differ."""
    presets = tables["phdr"][:-1]
    kits = int(np.sum(presets["bank"] == 128))
    facts = (
        ("size", f"{len(data):,} bytes"),
        ("SHA-256", f"`{hashlib.sha256(data).hexdigest()}`"),
        ("presets", f"{len(presets)}: {len(presets) - kits} instruments and {kits} drum kits"),
        ("samples", f"{len(samples):,}, {sum(s.frames for s in samples):,} frames"),
        ("encoded with", f"soundfile {soundfile.__version__}, {soundfile.__libsndfile_version__}; quality {quality:g}"),
    )
    return "\n".join(
        (
            *_table(("", ""), facts),
            "",
            *_table(("samples", "number", "frames", "bytes"), _ways(samples)),
            "",
            *_table(("bank left out", "presets", "such as"), _banks(left_out)),
            "",
            *_table(("", "median", "most", "where"), _differences(tables, samples)),
        )
    )


def _table(heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _ways(samples: list[Sample]) -> tuple[tuple[str, ...], ...]:
    rows = []
    for way in Way:
        some = [sample for sample in samples if sample.way is way]
        frames, size = sum(s.frames for s in some), sum(len(s.data) for s in some)
        rows.append((str(way), f"{len(some):,}", f"{frames:,}", f"{size:,}"))
    return tuple(rows)


def _banks(presets: Table) -> tuple[tuple[str, ...], ...]:
    ordered = np.sort(presets, order=["bank", "program"])
    rows = []
    for bank, group in groupby(ordered, lambda row: int(row["bank"])):
        names = [row["name"].decode("latin-1") for row in group]
        rows.append((str(bank), str(len(names)), ", ".join(names[:_SUCH_AS])))
    return tuple(rows)


def _differences(tables: Tables, samples: list[Sample]) -> tuple[tuple[str, ...], ...]:
    names = [header["name"].decode("latin-1") for header in tables["shdr"][:-1]]
    levels = {name: abs(change(sample)) for name, sample in zip(names, samples, strict=True)}
    noises = {name: decibels(s.error, s.power) for name, s in zip(names, samples, strict=True) if s.error}
    of_presets: dict[str, float] = {}
    noise_of_presets: dict[str, float] = {}
    for number, preset in enumerate(tables["phdr"][:-1]):
        _, used = with_presets(tables, np.arange(len(tables["phdr"]) - 1) == number)
        some = [samples[index] for index in used]
        before, after, error = (sum(getattr(s, part) for s in some) for part in ("power", "new_power", "error"))
        name = f"{preset['bank']}:{preset['program']} {preset['name'].decode('latin-1')}"
        of_presets[name] = abs(decibels(after, before))
        noise_of_presets[name] = decibels(error, before)
    return (
        _row("level of a sample, dB", levels),
        _row("level of a preset's samples, dB", of_presets),
        _row("difference below a sample, dB", noises),
        _row("difference below a preset's samples, dB", noise_of_presets),
    )


def _row(what: str, values: dict[str, float]) -> tuple[str, ...]:
    worst = max(values, key=values.__getitem__)
    return what, f"{np.median(list(values.values())):.2f}", f"{values[worst]:.2f}", worst
