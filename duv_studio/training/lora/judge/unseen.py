"""The unseen songs of an adapter: read from a manifest or a folder, with other players where there are some."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from duv_studio.engine.adapters.header import LORA, AdapterHeader, pack_adapter
from duv_studio.engine.adapters.score_rows import ADAPTER, BASE, STATISTICS_ONLY
from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi import APPLE_DOUBLE, MIDI_SUFFIXES, is_apple_double
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.data.evaluation_splits import MIN_NOTES, Limit
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import Fingerprint, song_groups
from duv_studio.training.evaluation.competitors import Predictor

MANIFEST_SUFFIX = ".jsonl"
_NO_LIMIT = Limit()


@dataclass(frozen=True)
class Unseen:
    """Tracks that may judge an adapter, and in sentences what was left out and why."""

    tracks: tuple[PlayedTrack, ...]
    left_out: tuple[str, ...]


def read_songs(songs: Path, family: Family, skipped: Callable[[DuvError], None]) -> Iterator[PlayedTrack]:
    """The family's tracks of a manifest, of a folder's MIDI files or of one; `skipped` hears of unreadable files."""
    from duv_studio.training.data.manifest.from_midi import played_tracks
    from duv_studio.training.data.manifest.lines import read_manifest

    if songs.suffix.lower() == MANIFEST_SUFFIX:
        yield from (track for track in read_manifest(songs, family) if track.family is family)
        return
    if songs.is_file():
        yield from played_tracks(songs, family)
        return
    for path in sorted(songs.rglob("*")):
        if path.suffix.lower() in MIDI_SUFFIXES and is_apple_double(path.name):
            skipped(DuvError(APPLE_DOUBLE, file=path))
        elif path.suffix.lower() in MIDI_SUFFIXES:
            try:
                yield from played_tracks(path, family, song=path.relative_to(songs).with_suffix("").as_posix())
            except DuvError as e:
                skipped(e)


def unseen_by(
    header: AdapterHeader, tracks: Sequence[PlayedTrack], fingerprint: Fingerprint, limit: Limit = _NO_LIMIT
) -> Unseen:
    """The tracks of songs that the adapter neither learned from nor was chosen by, each performance once."""
    tracks = [track for track in tracks if len(track) >= MIN_NOTES]
    known = set(header.songs)
    seen: list[str] = []
    songs: dict[str, list[PlayedTrack]] = defaultdict(list)
    doubles = 0
    for name, members in sorted(song_groups(tracks, fingerprint).items()):
        marks = [fingerprint(tracks[i]) for i in members]
        if known.intersection(marks):
            seen.append(name)
            continue
        first = {mark: i for mark, i in reversed(list(zip(marks, members, strict=True)))}
        songs[name] = [tracks[i] for i in sorted(first.values())]
        doubles += len(members) - len(first)
    sizes = [sum(map(len, takes)) for takes in songs.values()]
    chosen = limit.of(list(songs.values()), sizes)
    return Unseen(
        tuple(track for takes in chosen for track in takes), tuple(_left_out(seen, doubles, len(songs), len(chosen)))
    )


def _left_out(seen: Sequence[str], doubles: int, songs: int, chosen: int) -> Iterator[str]:
    if seen:
        yield f"Left out: {len(seen)} of {len(seen) + songs} songs, which the adapter learned from or was chosen by."
    if doubles:
        yield f"Left out: {doubles} tracks that are the same performance as another."
    if chosen < songs:
        yield f"Of {songs} unseen songs {chosen} were taken, evenly spread (--limit and --notes say how many)."


def players_of(header: AdapterHeader, path: Path, base: Path) -> Mapping[str, Predictor]:
    """The base alone, the base with the statistics of the adapter's player where they are more than it, and with it."""
    from duv_studio.engine.humanizer.humanizer import Humanizer
    from duv_studio.training.lora.dataset.player_statistics import statistics_alone

    # The figures are the model's, not some machine's.
    players: dict[str, Predictor] = {BASE: Humanizer(base, precision="fp32", adapter="none")}
    if header.kind == LORA and header.player is not None:
        with tempfile.TemporaryDirectory() as folder:
            statistics = Path(folder, "statistics")
            write_atomically(statistics, pack_adapter({}, statistics_alone(header)))
            players[STATISTICS_ONLY] = Humanizer(base, precision="fp32", adapter=statistics)
    return players | {ADAPTER: Humanizer(base, precision="fp32", adapter=path)}
