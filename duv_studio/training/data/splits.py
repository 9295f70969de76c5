"""Which songs an adapter learns from, which stop and calibrate it, and which judge it: whole songs, never windows."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from duv_studio.errors import DuvError
from duv_studio.training.data.corpora.registry import CORPORA
from duv_studio.training.data.played_track import PlayedTrack, split_of

LEAST_JUDGES = 3  # songs; fewer have no interval
JUDGED_FROM = 10  # songs from which on so many can be spared
LEAST_SONGS = 3  # one for each part
_NO_TEST = (
    "No song is left to judge the adapter by, so nobody can say whether it helps: that takes at least 3 different songs"
)

Fingerprint = Callable[[PlayedTrack], str]


@dataclass(frozen=True)
class Split:
    """The tracks of an adapter's training by what they are for; `sentence` says what the split lacks, "" if nothing."""

    train: tuple[PlayedTrack, ...]  # to learn from
    val: tuple[PlayedTrack, ...]  # to stop early and to calibrate
    test: tuple[PlayedTrack, ...]  # for the verdict alone
    sentence: str = ""


def split_songs(
    tracks: Sequence[PlayedTrack], train_split: float, seed: int, fingerprint: Fingerprint | None = None
) -> Split:
    """Part the tracks by song; `train_split` (0..1) is the share of songs to learn from, as far as enough are left.

    All takes and tracks of a song stay together, as do songs that hold the same performance (`fingerprint`). Tracks
    that someone split before ("dev" where any says so) stay split. The same seed and names give the same parts, and
    another song moves few of them. DuvError when there is nothing to learn from.
    """
    if not tracks:
        raise DuvError("there are no tracks to learn from")
    groups = song_groups(tracks, fingerprint)
    held = {name for name, members in groups.items() if any(tracks[i].split == "dev" for i in members)}
    held = held if any(map(_is_decided, tracks)) else set()
    names = sorted(held or groups, key=lambda name: song_place(name, seed))
    if held and len(held) == len(groups):
        raise DuvError('every song is held out ("dev"): there is nothing to learn from')
    # What is held out of the songs that the base learned from must also stop and calibrate: of the others it knows too
    # much, and an adapter would seem surer of itself than it is.
    val, test = _sizes_of_dev(len(names)) if held else _sizes(len(names), train_split)
    # Tests come from one end of the order and validation from the other, so that one more song moves neither far.
    part = dict.fromkeys(names[:test], "test") | dict.fromkeys(names[len(names) - val :], "val")
    found: dict[str, list[int]] = defaultdict(list)
    for name, members in groups.items():
        found[part.get(name, "train")] += members
    chosen = {name: tuple(tracks[i] for i in sorted(members)) for name, members in found.items()}
    sentence = "" if test else f"{_NO_TEST}, you have {len(groups)}."
    return Split(chosen.get("train", ()), chosen.get("val", ()), chosen.get("test", ()), sentence)


def song_groups(tracks: Sequence[PlayedTrack], fingerprint: Fingerprint | None = None) -> dict[str, list[int]]:
    """Which tracks must stay together: those of a song, and those of all songs that hold the same performance."""
    home: dict[str, str] = {}  # song or performance -> one that it stays with

    def root(name: str) -> str:
        while home.setdefault(name, name) != name:
            name = home[name]
        return name

    if fingerprint is not None:
        for track in tracks:
            last, first = sorted((root(song_name(track)), root(f"\0{fingerprint(track)}")), reverse=True)
            home[first] = last  # a song's name, which sorts after every fingerprint, stays the root
    groups: dict[str, list[int]] = defaultdict(list)
    for i, track in enumerate(tracks):
        groups[root(song_name(track))].append(i)
    return dict(groups)


def song_name(track: PlayedTrack) -> str:
    """The song of a track among those of all sets."""
    return f"{track.corpus}/{track.song}"


def _is_decided(track: PlayedTrack) -> bool:
    """Whether someone said of a track that it is to be held out or not: data sets do; else chance by its name did."""
    named = track.corpus.split()[:1]  # a line of a manifest may leave it empty
    return any(name in CORPORA for name in named) or track.split != split_of(track.corpus, track.song)


def song_place(name: str, seed: int) -> str:
    """Where a song stands in the order: by a hash, so that it depends on no other song."""
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).hexdigest()


def _sizes(songs: int, train_split: float) -> tuple[int, int]:
    """How many songs validate and how many test, at least one being left to learn from."""
    if songs < LEAST_SONGS:
        return songs - 1, 0
    held = round(songs * (1 - train_split))
    test = max(held - held // 2, LEAST_JUDGES if songs >= JUDGED_FROM else 1)
    val = max(held // 2, 1)
    test = min(test, max(songs - 2, 1))
    return min(val, songs - 1 - test), test


def _sizes_of_dev(songs: int) -> tuple[int, int]:
    """The same where the songs are held out already: half of each, but enough to judge by before more to validate."""
    if songs == 1:
        return 1, 0
    test = max(songs - songs // 2, min(LEAST_JUDGES, songs - 1))
    return songs - test, test
