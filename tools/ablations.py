"""Trains every recipe of resources/configs/ablations and prints what each did to held-out songs.

    python -m tools.ablations --data DATA --work WORK [NAME ...]

A recipe that is done is not trained again; one that was broken off goes on. One row a recipe, as in docs/model.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from duv_studio.cli.train_base import print_event
from duv_studio.engine.features.note_features import FLOAT_FEATURES
from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.paths import resource
from duv_studio.training.base.second_pass import two_passes
from duv_studio.training.base.trainer import BaseTrainer
from duv_studio.training.base.validation import Probe
from duv_studio.training.config import BaseConfig, load_config
from duv_studio.training.data.corpora.registry import load_corpora
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.windows import Batch, WindowSource, make_example, predict_batch, stack
from duv_studio.training.loss import expected_bin

COLUMNS = {  # heading -> measure, and the groups of held-out tracks that it is the mean of
    "piano score r": ("vel_r", ["piano/asap_NC"]),
    "pop r": ("vel_r", ["piano/pop909"]),
    "drums r": ("vel_r", ["drums/gmd"]),
    "unseen drummers r": ("vel_r", ["drums/gmd unseen"]),
    "guitar, bass, strings r": (
        "vel_r",
        [f"{f}/{c}" for f in ("guitar", "bass", "strings") for c in ("rwc_NC", "open_multitrack")],
    ),
    "filling r": ("vel_r", ["piano/asap_NC performed"]),
    "piano score articulation r": ("dur_r", ["piano/asap_NC"]),
    "pop articulation r": ("dur_r", ["piano/pop909"]),
    "sd of the mean": ("vel_sd", ["piano/asap_NC", "piano/pop909", "drums/gmd"]),
    "velocity loss": ("vel_loss", ["piano/asap_NC", "piano/pop909", "drums/gmd"]),
}
TRUST = {"r(out, human) given human": "identity", "r(out, in) given shuffled": "shuffled"}
TWICE = {"second pass: score r": "piano/asap_NC", "second pass: drums r": "drums/gmd"}
WINDOWS, NOTES = 48, 256


def main() -> None:
    """Train what is missing, then print the table."""
    args = _arguments()
    folder = resource("configs", "ablations")
    recipes = {p.stem: load_config(p) for p in sorted(folder.glob("*.yaml")) if not args.names or p.stem in args.names}
    torch.set_num_threads(args.threads)
    tracks: list[PlayedTrack] = []
    for name, config in recipes.items():
        done = args.work / name / "result.json"
        if not done.is_file():
            tracks = tracks or load_corpora(args.data, sorted({s for c in recipes.values() for s in c.sets}))
            done.parent.mkdir(parents=True, exist_ok=True)
            done.write_text(json.dumps(_run(config, tracks, done.parent)))
    _print({name: json.loads((args.work / name / "result.json").read_text()) for name in recipes})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--work", type=Path, required=True, help="where checkpoints and results go")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("names", nargs="*", help="recipes to run, by name without .yaml (default: all)")
    return parser.parse_args()


def _run(config: BaseConfig, tracks: Sequence[PlayedTrack], work: Path) -> dict[str, float]:
    mine = [t for t in tracks if t.corpus.split()[0] in config.sets]
    held_out = [t for t in mine if t.split == "dev"]
    o = config.optimiser
    source = WindowSource([t for t in mine if t.split == "train"], config.curriculum, o.window, o.seed)
    probe = Probe(held_out, context=config.curriculum.context_share > 0)
    trainer = BaseTrainer(config, source, probe, work)
    trainer.fit(print_event)
    result = probe.measure(trainer.average)
    chosen = [t for t in held_out if t.corpus in ("asap_NC", "pop909", "gmd") and len(t) >= NOTES]
    result |= {name: _trust(trainer.average, chosen, mode) for name, mode in TRUST.items()}
    result |= {name: _r_of_two(trainer.average, probe.batches[g]) for name, g in TWICE.items() if g in probe.batches}
    return result | {"steps": trainer.step, "minutes": trainer.seconds / 60}


@torch.inference_mode()
def _trust(model: DuvTransformer, tracks: Sequence[PlayedTrack], mode: str) -> float:
    """Correlation of the predicted mean with the input velocities, when those are the player's or shuffled."""
    rng = np.random.default_rng(0)
    picked = [tracks[i] for i in rng.permutation(len(tracks))[:WINDOWS]]
    batch = stack([make_example(t, rng, {mode: 1.0}, {"notated": 1.0}).window(0, NOTES) for t in picked])
    given = batch.examples.floats[..., FLOAT_FEATURES.index("vel_norm")]
    mean = expected_bin(predict_batch(model, batch).velocity.float()).numpy()
    return float(np.mean([np.corrcoef(m, g)[0, 1] for m, g in zip(mean, given, strict=True)]))


def _r_of_two(model: DuvTransformer, batch: Batch) -> float:
    """Correlation with the player after the second pass."""
    _, second = two_passes(model, batch)
    rows = zip(second.numpy(), batch.examples.deviation, batch.valid, strict=True)
    return float(np.mean([np.corrcoef(m[v], t[v])[0, 1] for m, t, v in rows]))


def _print(results: dict[str, dict[str, float]]) -> None:
    headings = [*COLUMNS, *TRUST, *TWICE, "minutes"]
    print("| recipe | " + " | ".join(headings) + " |")
    print("|---|" + "---|" * len(headings))
    for name, result in results.items():
        cells = [_cell(result, *COLUMNS[h]) for h in COLUMNS] + [f"{result[t]:.2f}" for t in TRUST]
        cells += [f"{result[t]:.3f}" if t in result else "–" for t in TWICE]
        print(f"| {name} | " + " | ".join(cells) + f" | {result['minutes']:.0f} |")


def _cell(result: dict[str, float], measure: str, groups: list[str]) -> str:
    values = [result[f"val_{measure}/{g}"] for g in groups if f"val_{measure}/{g}" in result]
    return f"{np.mean(values):.3f}" if values else "–"


if __name__ == "__main__":
    main()
