"""Which performances a model is judged on, and which the learned baseline may learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from duv_studio.engine.song import Family
from duv_studio.training.deadpan import deadpan_piece
from duv_studio.training.metrics import MIN_NOTES
from duv_studio.training.pairs import read_pairs
from duv_studio.training.piece import Piece
from duv_studio.training.played import PlayedTrack

GATED = {(Family.PIANO, "pop909"), (Family.DRUMS, "gmd")}

_T = TypeVar("_T")


@dataclass(frozen=True)
class Split:
    """Held-out files of one family from one source; the `gated` ones decide whether a model may be released."""

    name: str
    family: Family
    pieces: tuple[Piece, ...]
    gated: bool
    corpus: str | None = None  # None for a folder of pairs


def corpus_splits(tracks: Iterable[PlayedTrack], part: str = "dev", limit: int | None = None) -> list[Split]:
    """One split per family and corpus, of at most `limit` songs, from the tracks of that part of the corpora."""
    songs: dict[tuple[Family, str], dict[str, list[PlayedTrack]]] = defaultdict(lambda: defaultdict(list))
    for track in tracks:
        if track.split == part and len(track) >= MIN_NOTES:
            songs[track.family, track.corpus][track.song].append(track)
    return [
        Split(f"{family} · {corpus}", family, _pieces(by_name, limit), (family, corpus) in GATED, corpus)
        for (family, corpus), by_name in sorted(songs.items())
    ]


def _pieces(by_name: dict[str, list[PlayedTrack]], limit: int | None) -> tuple[Piece, ...]:
    return tuple(deadpan_piece(name, by_name[name]) for name in spread(sorted(by_name), limit))


def pair_split(folder: Path, limit: int | None = None) -> Split:
    """The pairs of a folder; raises DuvError when there is none."""
    pieces = spread(read_pairs(folder), limit)
    family = pieces[0].family
    name = folder.parent.name if folder.name == "deadpan" else folder.name
    return Split(f"{family} · {name}", family, tuple(pieces), family in {family for family, _ in GATED})


def training_tracks(tracks: Iterable[PlayedTrack], split: Split) -> list[PlayedTrack]:
    """The training tracks like those of a split: what learned baselines learn from.

    They are of the same family and corpus, or of any corpus when the split is a folder of pairs.
    """
    train = [track for track in tracks if track.split == "train" and track.family is split.family]
    return [track for track in train if split.corpus in (None, track.corpus)]


def spread(items: Sequence[_T], limit: int | None) -> list[_T]:
    """All items, or `limit` of them evenly spread over the whole."""
    if limit is None or len(items) <= limit:
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, limit).round().astype(int).tolist()]
