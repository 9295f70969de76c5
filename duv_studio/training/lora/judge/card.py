"""The card (README.md) of an adapter: what it learned from, how it was made, and what was measured of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from duv_studio.engine.adapters.header import IMPROVES, STATISTICS, AdapterHeader, PlayerStatistics
from duv_studio.engine.adapters.score_rows import ADAPTER, BASE
from duv_studio.training.data.corpora.registry import CORPORA
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import Split, song_name
from duv_studio.training.evaluation.markdown_table import number
from duv_studio.training.lora.dataset.amount_tiers import amount
from duv_studio.training.lora.judge.judge import Judgement
from duv_studio.training.lora.judge.report import COLUMNS, markdown
from duv_studio.training.lora.judge.verdict import MEASURES, Verdict

OWN_LICENCE = "the owner's"
_COVERED = 0.8  # share of notes that the middle 80 % of honest distributions hold


@dataclass(frozen=True)
class DataSet:
    """A set that an adapter learned from; `parts` are (songs, notes) to learn from, to validate, and to judge by."""

    name: str
    licence: str
    credit: str
    parts: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


def data_sets(split: Split) -> list[DataSet]:
    """The sets of a split with the licence and credit that they ask for, and how much of each was used for what."""
    parts = (split.train, split.val, split.test)
    names = dict.fromkeys(track.corpus for part in parts for track in part)
    return [_data_set(name, [[track for track in part if track.corpus == name] for part in parts]) for name in names]


def _data_set(name: str, parts: Sequence[Sequence[PlayedTrack]]) -> DataSet:
    corpus = CORPORA.get(name.split()[0])
    train, val, test = ((len({song_name(t) for t in part}), sum(map(len, part))) for part in parts)
    licence, credit = (OWN_LICENCE, "–") if corpus is None else (corpus.licence, corpus.credit)
    return DataSet(name, licence, credit, (train, val, test))


def adapter_card(
    header: AdapterHeader, judgement: Judgement, said: Verdict, *, command: str, data: Sequence[DataSet]
) -> str:
    """The card in Markdown, all of it from what was run; `command` made the adapter."""
    sections = (
        [f"# {header.title or header.name} ({header.name})", "", *_about(header, said)],
        ["## Data", "", *_data(data)],
        ["## Training", "", *_training(header, command)],
        [f"## On {len(judgement.songs)} songs that it never saw", "", markdown(judgement, said)],
        ["## Where it is no better", "", *shortcomings(judgement)],
    )
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _about(header: AdapterHeader, said: Verdict) -> Iterator[str]:
    what = (
        "Statistics of a player without weights" if header.kind == STATISTICS else f"A LoRA adapter of rank {header.r}"
    )
    licence = f" Licence: {header.licence}." if header.licence else ""
    note = f" {header.licence_note}" if header.licence_note else ""
    yield (
        f"{what} for {header.family}, of the base model {header.base} (weights {header.base_hash[:12]})."
        f" It moves {' and '.join(header.targets)}.{licence}{note}"
    )
    if said.word != IMPROVES:
        yield ""
        yield f"Verdict: {said.word}. It was not shown to improve on the base, so it does not ship."


def _data(data: Sequence[DataSet]) -> Iterator[str]:
    yield "| set | licence | credit | learned from | stopped and calibrated by | judged by |"
    yield "|---|---|---|---:|---:|---:|"
    for of_set in data:
        cells = (amount(notes, songs).replace("file", "song") for songs, notes in of_set.parts)
        yield f"| {of_set.name} | {of_set.licence} | {of_set.credit} | {' | '.join(cells)} |"
    yield ""
    yield "Songs are split whole: no take of a song that judges was learned from."


def _training(header: AdapterHeader, command: str) -> Iterator[str]:
    versions = ", ".join(f"{name} {version}" for name, version in header.versions.items())
    steps = f"{header.steps:,} steps, " if header.kind != STATISTICS else ""
    yield f"`{command}`: {steps}seed {header.seed}{f', {header.created}' if header.created else ''}."
    if versions:
        yield f"Made with {versions}."
    if header.inputs and header.kind != STATISTICS:
        yield f"It reads {', '.join(header.inputs)}."
    if header.player is not None:
        yield f"The playing that it learned from: {_played(header.player)}."


def _played(player: PlayerStatistics) -> str:
    held = "" if player.articulation is None else f", lengths {player.articulation:+.2f} octaves from the written ones"
    spread = f"mean velocity {player.level:.0f}, which differs by {player.spread:.1f} within a track"
    return f"{amount(player.notes, player.files).replace('file', 'song')}, {spread}{held}"


def shortcomings(judgement: Judgement) -> list[str]:
    """The measures that are worse with the adapter than with the base, and the songs that are, as a Markdown list."""
    base, ours = judgement.row(BASE), judgement.row(ADAPTER)
    if base is None or ours is None or not judgement.songs:
        return ["Nothing was measured."]
    lines = [
        f"- {heading}: {number(base.mean[m], form)} with the base, {number(ours.mean[m], form)} with the adapter."
        for m, heading, form in COLUMNS
        if m in base.mean and m in ours.mean and not _away(m)(ours.mean[m]) <= _away(m)(base.mean[m])
    ]
    lines += [line for measure in MEASURES if (line := _worst_song(judgement, measure.name))]
    return lines or ["None of these measures is worse than the base's, and no song is."]


def _worst_song(judgement: Judgement, measure: str) -> str:
    """In how many songs a measure got worse, and most of all in which; "" where in none."""
    base, ours = judgement.row(BASE), judgement.row(ADAPTER)
    if base is None or ours is None:
        return ""
    away = _away(measure)
    both = {
        s: (m[measure], ours.files[s][measure])
        for s, m in base.files.items()
        if measure in m and measure in ours.files[s]
    }
    worse = {song: away(after) - away(before) for song, (before, after) in both.items() if away(after) > away(before)}
    if not worse:
        return ""
    song = max(worse, key=lambda name: worse[name])
    before, after = both[song]
    heading, form = next((h, f) for m, h, f in COLUMNS if m == measure)
    most = f"most of all in {song}: {before:{form}} to {after:{form}}"
    return f"- {heading} is worse in {len(worse)} of {len(both)} songs, {most}."


def _away(measure: str) -> Callable[[float], float]:
    """How far a figure is from the best that it could be."""
    if measure.endswith("sd_ratio"):
        return lambda value: abs(math.log(max(value, 1e-6)))
    if "cover" in measure:
        return lambda value: abs(value - _COVERED)
    return (lambda value: -value) if "_r" in measure else (lambda value: value)
