"""`duv-studio evaluate --adapter X --songs FOLDER`: does an adapter play someone's own songs better than its base?"""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from duv_studio.cli.output import say, tell, wrote
from duv_studio.cli.progress import counter
from duv_studio.cli.text import fit_columns
from duv_studio.engine.adapters.header import HARMS, AdapterHeader
from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.data.evaluation_splits import Limit
from duv_studio.training.evaluation.report import check_json_path
from duv_studio.training.lora.dataset.amount_tiers import amount
from duv_studio.training.lora.judge.unseen import Unseen, players_of, read_songs, unseen_by

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


def is_requested(args: argparse.Namespace) -> bool:
    """Whether the arguments are those of this form."""
    return args.adapter is not None or args.songs is not None or args.instrument is not None


def run(args: argparse.Namespace) -> int:
    """Print tables and verdict; the exit status is 1 when the adapter harms."""
    _check(args)
    from duv_studio.engine.adapters.library import find_adapter, read_adapter_header
    from duv_studio.engine.adapters.resolve import base_model_of
    from duv_studio.engine.model.library import find_model
    from duv_studio.training.data.manifest.filters import fingerprint
    from duv_studio.training.lora.judge.report import as_json, markdown
    from duv_studio.training.lora.judge.verdict import judge, verdict

    path = find_adapter(args.adapter)
    header = read_adapter_header(path)
    base = base_model_of(path) if args.model is None else find_model(args.model)
    family = _family(args.instrument, header)
    tracks = list(read_songs(args.songs, family, lambda e: tell(f"left out: {e}")))
    unseen = unseen_by(header, tracks, fingerprint, Limit(args.limit, args.notes or None))
    _introduce(header, unseen)
    if not unseen.tracks:
        raise DuvError(f"no song is left to judge the adapter by: none has an unseen {family} track", file=args.songs)
    judgement = judge(
        unseen.tracks,
        players_of(header, path, base),
        args.seed,
        partial(counter("songs"), "judged"),
        targets=header.targets,
    )
    said = verdict(judgement)
    say(fit_columns(markdown(judgement, said)))
    if args.json:
        about = {"adapter": header.name, "base": header.base, "left_out": list(unseen.left_out)}
        text = json.dumps(about | as_json(judgement, said), indent=1, ensure_ascii=False)
        write_atomically(args.json, f"{text}\n".encode())
        wrote(args.json)
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


def _introduce(header: AdapterHeader, unseen: Unseen) -> None:
    notes = sum(len(track) for track in unseen.tracks)
    songs = len({(track.corpus, track.song) for track in unseen.tracks})
    made_of = "" if header.player is None else f", made of {amount(header.player.notes, header.player.files)}"
    say(f"{header.title or header.name}: {header.family}, for the base {header.base}{made_of}")
    for sentence in unseen.left_out:
        say(sentence)
    say(f"Judged by {amount(notes, songs).replace('file', 'song')} that it never saw.\n")
