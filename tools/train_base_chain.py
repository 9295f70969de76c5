"""Trains a base model from the archives, after the models that it goes on from and that are not there yet.

    python -m tools.train_base_chain base.yaml --data DATA --work WORK

Models lie in WORK/models, log and checkpoints of each in WORK/NAME. What is done is not trained again, and what
was broken off goes on; a model that ships counts as done unless it is the one that was asked for.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from duv_studio.engine.model.library import MODEL_FILE
from duv_studio.paths import resource
from duv_studio.training.config import BaseConfig, load_config


def recipes() -> dict[str, Path]:
    """The recipe of every model by the model's name."""
    return {load_config(path).name: path for path in _files()}


def _files() -> Iterator[Path]:
    for path in sorted(resource("configs").glob("*.yaml")):
        if "_Lora" not in path.name:
            yield path


def way_to(recipe: Path) -> list[BaseConfig]:
    """The models that a recipe needs, each after those that it needs itself, and at the end the recipe's own."""
    config, known = load_config(recipe), recipes()
    needed = dict.fromkeys(filter(None, (config.start_from, config.keep.model)))
    way = [step for name in needed if name in known for step in way_to(known[name])]
    return [*{step.name: step for step in way}.values(), config]


def main() -> int:
    """Train what is missing, one model after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", help="one of resources/configs, such as base.yaml")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--work", type=Path, required=True, help="folder of models, logs and checkpoints")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    args = parser.parse_args()
    work = args.work.resolve()
    *before, last = way_to(resource("configs", args.recipe))
    for config in [*(step for step in before if not _is_there(step.name, work)), last]:
        out = work / "models" / config.name
        command = [sys.executable, "-m", "duv_studio", "train-base", "--config", str(recipes()[config.name])]
        command += ["--data", str(args.data.resolve()), "--work", str(work / config.name), "--out", str(out)]
        command += ["--device", args.device, *([] if config is last else ["--no-evaluation"])]
        print(" ".join(command), flush=True)
        if status := subprocess.run(command, env=os.environ | {"DUV_STUDIO_HOME": str(work)}).returncode:
            return status
    return 0


def _is_there(name: str, work: Path) -> bool:
    return any((folder / name / MODEL_FILE).is_file() for folder in (resource("models"), work / "models"))


if __name__ == "__main__":
    sys.exit(main())
