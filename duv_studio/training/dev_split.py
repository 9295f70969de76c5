"""Which performances a model is judged on, and which the learned baseline may learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from duv_studio.engine.song import Family
from duv_studio.training.corpora import calibrates, gmd
from duv_studio.training.deadpan import deadpan_piece
from duv_studio.training.metrics import MIN_NOTES
from duv_studio.training.pairs import read_pairs
from duv_studio.training.piece import Piece
from duv_studio.training.played import PlayedTrack

PLAYERS = 2  # of one song; more of them would weigh no more
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

    @property
    def judges(self) -> frozenset[str]:
        """The pieces that no model was calibrated on; all of them where there are no such pieces."""
        names = frozenset(piece.name for piece in self.pieces if piece.judges)
        return names or frozenset(piece.name for piece in self.pieces)

    @property
    def free(self) -> bool:
        """Whether the players' own timing is kept, in most files."""
        return sum(piece.tracks[0].free for piece in self.pieces) > len(self.pieces) / 2


def corpus_splits(tracks: Iterable[PlayedTrack], part: str = "dev", limit: int | None = None) -> list[Split]:
    """One split per family and source, of at most `limit` songs, from the tracks of that part of the corpora."""
    songs: dict[tuple[Family, str], dict[str, list[PlayedTrack]]] = defaultdict(lambda: defaultdict(list))
    for track in tracks:
        if track.split == part and len(track) >= MIN_NOTES:
            songs[track.family, source(track)][track.song].append(track)
    return [
        Split(f"{family} · {name}", family, _pieces(by_name, limit), (family, name) in GATED, _corpus(by_name))
        for (family, name), by_name in sorted(songs.items())
    ]


def source(track: PlayedTrack) -> str:
    """The corpus, and whether nothing at all of the player was there to learn from."""
    unseen = track.corpus == "gmd" and track.player in gmd.UNSEEN
    return f"{track.corpus} unseen" if unseen else track.corpus


def _corpus(by_name: Mapping[str, Sequence[PlayedTrack]]) -> str:
    return next(track.corpus for of_song in by_name.values() for track in of_song)


def _pieces(by_name: Mapping[str, Sequence[PlayedTrack]], limit: int | None) -> tuple[Piece, ...]:
    chosen = spread(sorted(by_name), limit)
    return tuple(_piece(name, by_name[name]) for name in chosen)


def _piece(name: str, takes: Sequence[PlayedTrack]) -> Piece:
    piece = deadpan_piece(name, _some_players(takes), takes)
    return replace(piece, judges=not calibrates(takes[0]))


def _some_players(takes: Sequence[PlayedTrack]) -> list[PlayedTrack]:
    """The takes of at most PLAYERS of a song's players."""
    chosen = spread(sorted({take.player for take in takes}), PLAYERS)
    return [take for take in takes if take.player in chosen]


def pair_split(folder: Path, limit: int | None = None) -> Split:
    """The pairs of a folder; raises DuvError when there is none."""
    pieces = spread(read_pairs(folder), limit)
    family = pieces[0].family
    name = folder.parent.name if folder.name == "deadpan" else folder.name
    return Split(f"{family} · {name}", family, tuple(pieces), family in {family for family, _ in GATED})


def training_tracks(
    tracks: Iterable[PlayedTrack], split: Split, sets: Sequence[str] | None = None
) -> list[PlayedTrack]:
    """The training tracks like those of a split, out of the named data sets: what learned baselines learn from.

    They are of the same family and corpus. For a folder of pairs, or a corpus that is not among the sets, they are of
    any corpus whose timing is as free, or as strict.
    """
    train = [t for t in tracks if t.split == "train" and t.family is split.family and (not sets or _set(t) in sets)]
    own = [track for track in train if track.corpus == split.corpus]
    return own or [track for track in train if track.free == split.free]


def _set(track: PlayedTrack) -> str:
    return track.corpus.split()[0]


def spread(items: Sequence[_T], limit: int | None) -> list[_T]:
    """All items, or `limit` of them evenly spread over the whole."""
    if limit is None or len(items) <= limit:
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, limit).round().astype(int).tolist()]
