"""Measures what is usual in the playing that the base learned from, and writes it where it ships.

    python -m tools.style_scale DATA

DATA holds one folder per data set; which of them, and how they are read, is said by the recipe of the base.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from duv_studio import paths
from duv_studio.engine.atomic import write_atomically
from duv_studio.training.config import load_config
from duv_studio.training.data.corpora.registry import load_corpora
from duv_studio.training.data.style import SCALE_FILE, scale_json


def main() -> None:
    """Read the training tracks of the recipe's sets, and write the scale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of the data sets")
    parser.add_argument("--config", type=Path, default=paths.resource("configs", "base.yaml"), help="the recipe")
    parser.add_argument("--out", type=Path, default=paths.resource(SCALE_FILE), help="the file to write")
    args = parser.parse_args()
    sets = load_config(args.config).sets
    tracks = [track for track in load_corpora(args.data, sets) if track.split == "train"]
    write_atomically(args.out, scale_json(tracks, sets).encode())
    print(f"{args.out}: {len(tracks):,} tracks of {', '.join(sets)}")


if __name__ == "__main__":
    main()
