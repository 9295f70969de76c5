"""The data sets that models learn from, each a switch, each with the licence that decides where its weights may go."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from duv_studio.errors import DuvError
from duv_studio.training.data.corpora import asap, bach_violin, giantmidi, gmd, open_multitrack, pop909, rwc
from duv_studio.training.data.played_track import PlayedTrack, split_of

MIN_NOTES = 8  # a shorter track has no phrase to learn from


@dataclass(frozen=True)
class Corpus:
    """A data set: how it is read, and what its licence says of weights trained on it."""

    name: str
    read: Callable[[Path], Iterator[PlayedTrack]]
    licence: str
    credit: str
    may_ship: bool
    played: bool  # by players, in real time; else transcribed by ear, or shaped by hand
    doubts: str = ""  # what its users should know of where it comes from, for the cards


CORPORA = {
    c.name: c
    for c in (
        Corpus("gmd", gmd.read, "CC BY 4.0", "Groove MIDI Dataset, Google Magenta", True, True),
        Corpus("pop909", pop909.read, "MIT", "POP909, Music X Lab", True, True),
        Corpus(
            "open_multitrack",
            open_multitrack.read,
            "Artistic-1.0, CC BY 4.0, BSD-3-Clause",
            "Simutrans, Tanner Helland, EasyRPG RTP, Freedoom",
            True,
            False,
        ),
        Corpus(
            "bach_violin_audio",
            bach_violin.read,
            "CC BY 3.0",
            "Bach Violin Dataset; John Garner, MinJi Kim",
            True,
            True,
        ),
        Corpus(
            giantmidi.CORPUS,
            giantmidi.read,
            "CC BY 4.0",
            "GiantMIDI-Piano, Qiuqiang Kong et al., ByteDance",
            True,
            True,
            giantmidi.DOUBTS,
        ),
        Corpus(
            "asap_NC",
            asap.read,
            "CC BY-NC-SA 4.0",
            "(n)ASAP v2.1; Foscarin et al., Peter et al., Institute of Computational Perception, JKU Linz",
            False,
            True,
        ),
        Corpus(
            "rwc_NC",
            rwc.read,
            "CC BY-NC 4.0",
            "RWC Music Database; Goto et al., AIST; RWC 2.0, Balke et al.",
            False,
            False,
        ),
    )
}


def calibrates(track: PlayedTrack) -> bool:
    """Whether a held-out track is for calibration; the others judge what was calibrated, and nothing else touches them.

    Half of the held-out songs, by a hash of their names; never a work of the benchmark or a drummer unseen in training.
    """
    reserved = track.song in asap.HELD_OUT or track.player in gmd.UNSEEN
    return not reserved and split_of(f"calibration/{track.corpus}", track.song, share=2) == "dev"


def load_corpora(folder: Path, sets: Iterable[str], cache: Path | None = None) -> list[PlayedTrack]:
    """Every played track of the named sets; `folder` holds one folder per set, packed (`SET.tar.xz`) or unpacked."""
    tracks = [t for name in sets for t in _corpus(name).read(_unpacked(folder, name, cache))]
    return [t for t in tracks if len(t) >= MIN_NOTES]


def _corpus(name: str) -> Corpus:
    if name not in CORPORA:
        raise DuvError(f'there is no data set "{name}"', hint=f"the known ones are {', '.join(CORPORA)}")
    return CORPORA[name]


def _unpacked(folder: Path, name: str, cache: Path | None) -> Path:
    archive = folder / name / f"{name}.tar.xz"
    if not archive.is_file():
        if (folder / name).is_dir():
            return _inner(folder / name, name)
        raise DuvError(f'the data set "{name}" is not there', file=folder, hint=f"expected {archive}")
    target = (cache or platformdirs.user_cache_path("duv-studio") / "corpora") / f"{name}-{archive.stat().st_size}"
    if not target.is_dir():
        partial = target.with_name(target.name + ".partial")
        partial.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as packed:
            # Debian 12's Python 3.11.2 has no filters yet; there the archive is taken as it is.
            packed.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
            packed.extractall(partial)
        partial.rename(target)
    return _inner(target, name)


def _inner(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).is_dir() else folder
