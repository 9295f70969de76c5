"""`duv-studio evaluate --adapter X --songs FOLDER`: does an adapter play somebody's own songs better than its base?"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from duv_studio.engine.adapters.header import (
    HARMS,
    LORA,
    AdapterHeader,
    pack_adapter,
)
from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi.song import Family
from duv_studio.engine.midi.suffixes import WITH_RIFF
from duv_studio.errors import DuvError
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import MIN_NOTES, Limit
from duv_studio.training.evaluation.competitors import Predictor
from duv_studio.training.evaluation.report import check_json_path
from duv_studio.training.lora.dataset.amount_tiers import amount
from duv_studio.training.lora.dataset.splits import Fingerprint, song_groups

MANIFEST_SUFFIX = ".jsonl"
_NO_LIMIT = Limit()
_OTHERS = ("data", "sets", "pairs", "outputs", "pictures", "gate")  # options of the other forms of the command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this form of the command."""
    form = parser.add_argument_group("an adapter on one's own songs")
    form.add_argument("--adapter", metavar="PATH|NAME", help="the adapter that is compared with its base")
    form.add_argument(
        "--songs", type=Path, metavar="FOLDER", help="MIDI files as they were played, or a manifest (.jsonl)"
    )
    form.add_argument(
        "--instrument", metavar="FAMILY", help="what it plays: tracks that do not say what they are count as that, too"
    )


def is_asked(args: argparse.Namespace) -> bool:
    """Whether the arguments are those of this form."""
    return args.adapter is not None or args.songs is not None or args.instrument is not None


@dataclass(frozen=True)
class Unseen:
    """Tracks that may judge an adapter, and in sentences what was left out and why."""

    tracks: tuple[PlayedTrack, ...]
    left_out: tuple[str, ...]


def run(args: argparse.Namespace) -> int:
    """Print tables and verdict; the exit status is 1 when the adapter harms."""
    _check(args)
    from duv_studio.engine.adapters.library import find_adapter, read_adapter_header
    from duv_studio.engine.adapters.resolve import base_of
    from duv_studio.engine.model.library import find_model
    from duv_studio.training.data.manifest.duplicates import fingerprint
    from duv_studio.training.lora.report import as_json, markdown
    from duv_studio.training.lora.verdict import judge, verdict

    path = find_adapter(args.adapter)
    header = read_adapter_header(path)
    base = base_of(path) if args.model is None else find_model(args.model)
    family = _family(args.instrument, header)
    unseen = unseen_by(header, list(_read(args.songs, family)), fingerprint, Limit(args.limit, args.notes or None))
    _introduce(header, unseen)
    if not unseen.tracks:
        raise DuvError(f"no song is left to judge the adapter by: none has an unseen {family} track", file=args.songs)
    judgement = judge(unseen.tracks, players_of(header, path, base), args.seed, _progress, targets=header.targets)
    said = verdict(judgement)
    print(markdown(judgement, said))
    if args.json:
        about = {"adapter": header.name, "base": header.base, "left_out": list(unseen.left_out)}
        text = json.dumps(about | as_json(judgement, said), indent=1, ensure_ascii=False)
        write_atomically(args.json, f"{text}\n".encode())
    return int(said.word == HARMS)


def _check(args: argparse.Namespace) -> None:
    if args.adapter is None or args.songs is None:
        raise DuvError("an adapter is judged by songs", hint="give both --adapter and --songs")
    for name in _OTHERS:
        if getattr(args, name):
            raise DuvError(f"--{name} and --adapter do not go together", hint="an adapter is judged by --songs alone")
    if not args.songs.exists():
        raise DuvError("there is no such folder or manifest", file=args.songs)
    check_json_path(args.json)


def _family(named: str | None, header: AdapterHeader) -> Family:
    if named not in (None, header.family):
        raise DuvError(f'the adapter "{header.name}" plays {header.family}, not {named}')
    return Family(header.family)


def _read(songs: Path, family: Family) -> Iterator[PlayedTrack]:
    """The family's tracks of a manifest, of a folder's MIDI files or of one; files that can't be read are left out."""
    from duv_studio.training.data.manifest.from_midi import played_tracks
    from duv_studio.training.data.manifest.lines import read_manifest

    if songs.suffix.lower() == MANIFEST_SUFFIX:
        yield from (track for track in read_manifest(songs, family) if track.family is family)
        return
    if songs.is_file():
        yield from played_tracks(songs, family)
        return
    for path in sorted(songs.rglob("*")):
        if path.suffix.lower() in WITH_RIFF:
            try:
                yield from played_tracks(path, family, song=path.relative_to(songs).with_suffix("").as_posix())
            except DuvError as e:
                print(f"left out: {e}", file=sys.stderr)


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


def _introduce(header: AdapterHeader, unseen: Unseen) -> None:
    notes = sum(len(track) for track in unseen.tracks)
    songs = len({(track.corpus, track.song) for track in unseen.tracks})
    made_of = "" if header.player is None else f", made of {amount(header.player.notes, header.player.files)}"
    print(f"{header.title or header.name}: {header.family}, for the base {header.base}{made_of}")
    for sentence in unseen.left_out:
        print(sentence)
    print(f"Judged by {amount(notes, songs).replace('file', 'song')} that it never saw.\n", flush=True)


def players_of(header: AdapterHeader, path: Path, base: Path) -> Mapping[str, Predictor]:
    """The base alone, the base with the statistics of the adapter's player where they are more than it, and with it."""
    from duv_studio.engine.humanizer.humanizer import Humanizer
    from duv_studio.training.lora.dataset.player_statistics import statistics_alone
    from duv_studio.training.lora.verdict import ADAPTER, BASE, STATISTICS_ONLY

    # The figures are the model's, not some machine's.
    players: dict[str, Predictor] = {BASE: Humanizer(base, precision="fp32", adapter="none")}
    if header.kind == LORA and header.player is not None:
        with tempfile.TemporaryDirectory() as folder:
            statistics = Path(folder, "statistics")
            write_atomically(statistics, pack_adapter({}, statistics_alone(header)))
            players[STATISTICS_ONLY] = Humanizer(base, precision="fp32", adapter=statistics)
    return players | {ADAPTER: Humanizer(base, precision="fp32", adapter=path)}


def _progress(done: int, total: int) -> None:
    """A line that counts on a terminal."""
    if sys.stderr.isatty():
        print(f"\r{done} of {total} songs", end="\n" if done == total else "", file=sys.stderr, flush=True)
