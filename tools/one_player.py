"""`python -m tools.one_player SET PLAYER --data FOLDER --output JSONL`: a manifest of one player of a data set.

As if it were someone's own playing: its songs are split again. The two drummers of gmd that no base learned from show
what an adapter does for a player who is new to the base:

    python -m tools.one_player gmd drummer3 --data DATA --output manifests/drummer3.jsonl
    duv-studio train-lora --config resources/adapters/one_player.yaml
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from duv_studio.training.data.corpora.registry import load_corpora
from duv_studio.training.data.manifest.lines import OWN, line_of


def main() -> None:
    """Write the manifest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set")
    parser.add_argument("player")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    played = [t for t in load_corpora(args.data, [args.set]) if t.player == args.player]
    lines = (json.dumps(line_of(replace(track, corpus=OWN, split="train"))) for track in played)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(args.output, "".join(f"{line}\n" for line in lines).encode())
    print(f"{len(played)} tracks, {sum(map(len, played))} notes: {args.output}")


if __name__ == "__main__":
    main()
