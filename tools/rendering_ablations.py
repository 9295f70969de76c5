"""Renders the same predictions in several ways and prints what each does to held-out songs (ablation A2).

    python -m tools.rendering_ablations --data DATA [--model NAME] [--sets pop909,gmd] [--notes N]

Nothing is trained: what differs is how a performance is drawn from the distributions.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.model.prediction import Kernel, Prediction, TrackPrediction
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import render
from duv_studio.training.data.corpora.registry import load_corpora
from duv_studio.training.data.evaluation_splits import Limit, corpus_splits
from duv_studio.training.data.paired_piece import Piece
from duv_studio.training.evaluation.comparison import compare_split
from duv_studio.training.evaluation.competitors import PiecePerformances, songs_of
from duv_studio.training.evaluation.results import EXPECTED, SplitResult

COLUMNS = {  # heading -> measure and format
    "r": ("velocity_r", ".3f"),
    "r local": ("velocity_r_local", ".3f"),
    "sd ratio": ("velocity_sd_ratio", ".2f"),
    "AUC of notes": ("auc_velocity", ".3f"),
    "AUC of phrases": ("auc_phrase", ".3f"),
    "memory at 1 note": ("memory_1", "+.2f"),
}
ALONE = Kernel(slow=0, fast=0, band=0, chord=0, chord_band=0, own=1)
WAVE = replace(ALONE, fast=1, own=0)


def _same(of_track: TrackPrediction) -> TrackPrediction:
    return of_track


def _with(**changes: object) -> Callable[[TrackPrediction], TrackPrediction]:
    return lambda of_track: replace(of_track, **changes)  # type: ignore[arg-type]


WAYS: Mapping[str, tuple[float, Callable[[TrackPrediction], TrackPrediction]]] = {
    "the mean": (0.0, _with(velocity_spread=0.0, duration_spread=0.0)),
    "the mean, gain-matched (variation 0)": (0.0, _same),
    "every note by itself, variation 0.5": (0.5, _with(velocity_kernel=ALONE, duration_kernel=ALONE)),
    "one wave over all notes, variation 0.5": (0.5, _with(velocity_kernel=WAVE, duration_kernel=WAVE)),
    "no spread factor, variation 0.5": (0.5, _with(velocity_spread=1.0, duration_spread=1.0)),
    "fitted kernel, variation 0.25": (0.25, _same),
    "fitted kernel, variation 0.5": (0.5, _same),
    "fitted kernel, variation 0.75": (0.75, _same),
    "fitted kernel, variation 1": (1.0, _same),
    "every note by itself, variation 1": (1.0, _with(velocity_kernel=ALONE, duration_kernel=ALONE)),
}


@dataclass(frozen=True)
class Renderings:
    """Plays a piece in all WAYS, from one prediction."""

    model: Humanizer
    settings: Settings

    def play(self, piece: Piece) -> PiecePerformances:
        """All performances of a piece."""
        songs = songs_of(piece)
        ours = {key: self.model.predict(song, self.settings) for key, song in songs.items()}
        performances = {}
        for name, (variation, changed) in WAYS.items():
            settings = replace(self.settings, variation=variation)
            rendered = {key: render(song, _changed(ours[key], changed), settings) for key, song in songs.items()}
            performances[name] = [track.read(rendered[id(track.song)][track.index]) for track in piece.tracks]
        return PiecePerformances(performances, {EXPECTED: ours})


def _changed(prediction: Prediction, change: Callable[[TrackPrediction], TrackPrediction]) -> Prediction:
    return {index: change(of_track) for index, of_track in prediction.items()}


def main() -> None:
    """Print one table for each split."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--sets", default="pop909,gmd", help="which of them, by comma (default: %(default)s)")
    parser.add_argument("--model", help="the model (default: the one that ships)")
    parser.add_argument("--notes", type=int, default=30_000, help="songs of about N notes of each split")
    args = parser.parse_args()
    renderings = Renderings(Humanizer(args.model, precision="fp32", adapter="none"), Settings(intensity=1.0))
    for split in corpus_splits(load_corpora(args.data, args.sets.split(",")), limit=Limit(notes=args.notes)):
        print(table(compare_split(split, renderings, lambda *_: None)), flush=True)


def table(result: SplitResult) -> str:
    """The split's ways as a Markdown table."""
    head = [f"**{result.name}**", "", f"| rendering | {' | '.join(COLUMNS)} |", "|---" + "|---:" * len(COLUMNS) + "|"]
    lines = []
    for way in WAYS:
        cells = (format(result.mean(way, measure), form) for measure, form in COLUMNS.values())
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join([*head, *lines, ""])


if __name__ == "__main__":
    main()
