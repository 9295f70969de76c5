"""`python -m tools.ship_adapter`: judges a trained adapter by unseen songs, writes its card, and ships it if it helps.

    python -m tools.ship_adapter RECIPE --into resources/adapters/guitar --songs manifests/more_unseen.jsonl

The recipe is the one that it was trained by, run from the same folder; `--songs` are manifests of songs that neither
adapter nor base learned from. An adapter that does not clearly improve its base leaves a card, and nothing else.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from duv_studio.engine.adapters.header import IMPROVES, pack_adapter
from duv_studio.engine.adapters.library import ADAPTER_FILE, load_adapter
from duv_studio.engine.adapters.resolve import base_model_of
from duv_studio.engine.atomic import write_atomically
from duv_studio.training.data.evaluation_splits import spread
from duv_studio.training.data.manifest.lines import read_manifest
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import song_name
from duv_studio.training.lora.dataset.material import gather
from duv_studio.training.lora.fit.run_files import RunFiles
from duv_studio.training.lora.judge.card import adapter_card, data_sets
from duv_studio.training.lora.judge.report import scores_of
from duv_studio.training.lora.judge.unseen import players_of
from duv_studio.training.lora.judge.verdict import judge, verdict
from duv_studio.training.lora.recipe.load import load_recipe

LICENCE = "MIT"


def main() -> None:
    """Judge, and write card and adapter, or the card alone."""
    args = _arguments()
    recipe = load_recipe(args.recipe)
    files = RunFiles(Path(recipe.output_dir))
    material = gather(recipe, recipe.family(args.recipe))
    weights, header = load_adapter(files.best)
    more = [t for path in args.songs for t in read_manifest(path) if t.family is material.family]
    unseen = (*_some(material.split.test, args.limit), *_some(more, args.limit))
    judgement = judge(
        unseen, players_of(header, files.best, base_model_of(files.best)), header.seed, targets=header.targets
    )
    said = verdict(judgement)
    header = replace(header, licence=LICENCE, verdict=said.word, scores=scores_of(judgement))
    split = replace(material.split, test=unseen)
    args.into.mkdir(parents=True, exist_ok=True)
    command = f"duv-studio train-lora --config {args.into.as_posix()}/recipe.yaml"
    card = adapter_card(header, judgement, said, command=command, data=data_sets(split))
    write_atomically(args.into / "README.md", card.encode())
    write_atomically(args.into / "recipe.yaml", Path(args.recipe).read_bytes())
    target = args.into / ADAPTER_FILE
    if said.word == IMPROVES:
        write_atomically(target, pack_adapter(weights, header))
    else:
        target.unlink(missing_ok=True)
    print(f"{said.word}: {args.into}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe")
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--songs", type=Path, action="append", default=[], metavar="JSONL")
    parser.add_argument("--limit", type=int, default=40, metavar="N", help="songs of each kind, evenly spread")
    return parser.parse_args()


def _some(tracks: tuple[PlayedTrack, ...] | list[PlayedTrack], songs: int) -> list[PlayedTrack]:
    names = sorted({song_name(track) for track in tracks})
    chosen = set(spread(names, min(songs, len(names)))) if names else set()
    return [track for track in tracks if song_name(track) in chosen]


if __name__ == "__main__":
    main()
