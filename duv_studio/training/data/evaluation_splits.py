"""Which performances a model is judged on, and which the learned baseline may learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.corpora import gmd
from duv_studio.training.data.corpora.registry import calibrates
from duv_studio.training.data.deadpan import deadpan_piece
from duv_studio.training.data.paired_piece import Piece
from duv_studio.training.data.pairs import read_pairs
from duv_studio.training.data.played_track import PlayedTrack

MIN_NOTES = 30  # a shorter track says too little to be scored
PLAYERS = 1  # of a song is measured, and the others say what humans know: more songs say more than more players
GATED = {(Family.PIANO, "pop909"), (Family.DRUMS, "gmd")}

_T = TypeVar("_T")


@dataclass(frozen=True)
class Limit:
    """How much of a split is looked at: so many songs, and songs of about so many notes; None: all."""

    songs: int | None = None
    notes: int | None = None

    def of(self, items: Sequence[_T], sizes: Sequence[int]) -> list[_T]:
        """Some of the items, evenly spread over them; `sizes` are their numbers of notes."""
        most = len(items) if self.songs is None else self.songs
        if self.notes is not None and sum(sizes) > self.notes:
            most = min(most, max(1, self.notes * len(items) // sum(sizes)))
        return spread(items, most)


@dataclass(frozen=True)
class EvaluationSplit:
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
    def all_calibrate(self) -> bool:
        """Whether there is no piece that no model was calibrated on."""
        return not any(piece.judges for piece in self.pieces)

    @property
    def free(self) -> bool:
        """Whether the players' own timing is kept, in most files."""
        return sum(piece.tracks[0].free for piece in self.pieces) > len(self.pieces) / 2


def corpus_splits(tracks: Iterable[PlayedTrack], part: str = "dev", limit: Limit = Limit()) -> list[EvaluationSplit]:
    """One split per family and source, of at most `limit`, from the tracks of that part of the corpora."""
    songs: dict[tuple[Family, str], dict[str, list[PlayedTrack]]] = defaultdict(lambda: defaultdict(list))
    for track in tracks:
        if track.split == part and len(track) >= MIN_NOTES:
            songs[track.family, source(track)][track.song].append(track)
    return [
        EvaluationSplit(
            f"{family} · {name}", family, _pieces(by_name, limit), (family, name) in GATED, _corpus(by_name)
        )
        for (family, name), by_name in sorted(songs.items())
    ]


def source(track: PlayedTrack) -> str:
    """The corpus, and whether nothing at all of the player was there to learn from."""
    unseen = track.corpus == "gmd" and track.player in gmd.UNSEEN
    return f"{track.corpus} unseen" if unseen else track.corpus


def _corpus(by_name: Mapping[str, Sequence[PlayedTrack]]) -> str:
    return next(track.corpus for of_song in by_name.values() for track in of_song)


def _pieces(by_name: Mapping[str, Sequence[PlayedTrack]], limit: Limit) -> tuple[Piece, ...]:
    names = sorted(by_name)
    some = {name: _some_players(by_name[name]) for name in names}
    chosen = limit.of(names, [sum(len(track) for track in some[name]) for name in names])
    return tuple(_piece(name, some[name], by_name[name]) for name in chosen)


def _piece(name: str, played: Sequence[PlayedTrack], takes: Sequence[PlayedTrack]) -> Piece:
    piece = deadpan_piece(name, played, takes)
    # A recording with its player's own timing shares its velocities with the one on the score, which may calibrate.
    return replace(piece, judges=not calibrates(replace(takes[0], corpus=_set(takes[0]))))


def _some_players(takes: Sequence[PlayedTrack]) -> list[PlayedTrack]:
    """The takes of at most PLAYERS of a song's players."""
    chosen = spread(sorted({take.player for take in takes}), PLAYERS)
    return [take for take in takes if take.player in chosen]


def pair_split(folder: Path, limit: Limit = Limit()) -> EvaluationSplit:
    """The pairs of a folder; raises DuvError when there is none."""
    found = read_pairs(folder)
    pieces = limit.of(found, [piece.note_count for piece in found])
    family = pieces[0].family
    name = folder.parent.name if folder.name == "deadpan" else folder.name
    split = EvaluationSplit(f"{family} · {name}", family, tuple(pieces), family in {family for family, _ in GATED})
    return replace(split, gated=split.gated and not split.free)


def training_tracks(
    tracks: Iterable[PlayedTrack], split: EvaluationSplit, sets: Sequence[str] | None = None
) -> list[PlayedTrack]:
    """The training tracks like those of a split, out of the named data sets: what learned baselines learn from.

    They are of the same family and corpus. For a folder of pairs, or a corpus that is not among the sets, they are of
    any corpus whose timing is as free, or as strict, or else of any.
    """
    train = [t for t in tracks if t.split == "train" and t.family is split.family and (not sets or _set(t) in sets)]
    own = [track for track in train if track.corpus == split.corpus]
    return own or [track for track in train if track.free == split.free] or train


def _set(track: PlayedTrack) -> str:
    """The data set, in whatever form its recordings are read."""
    return track.corpus.split()[0]


def spread(items: Sequence[_T], limit: int | None) -> list[_T]:
    """All items, or `limit` of them evenly spread over the whole."""
    if limit is None or len(items) <= limit:
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, limit).round().astype(int).tolist()]


def within(tracks: Sequence[PlayedTrack], notes: int) -> list[PlayedTrack]:
    """About so many notes' worth of the tracks, evenly spread over them."""
    return Limit(notes=notes).of(tracks, [len(track) for track in tracks])
