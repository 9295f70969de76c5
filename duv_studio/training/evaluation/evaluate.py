"""A whole evaluation of a model: beside players, baselines and other humanizers, with what decides about a release."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from duv_studio.engine.model.checkpoint import read_header
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from duv_studio.training.data.corpora import registry
from duv_studio.training.data.evaluation_splits import EvaluationSplit, Limit, corpus_splits, pair_split, spread
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.evaluation.comparison import compare
from duv_studio.training.evaluation.external_outputs import ExternalOutputs, check_names_match
from duv_studio.training.evaluation.probes import load_network
from duv_studio.training.evaluation.release_gates import Gate, gate_lines, release_gates
from duv_studio.training.evaluation.results import SplitResult
from duv_studio.training.evaluation.sanity_checks import (
    SanityCheck,
    required_gates,
    run_sanity_checks,
    sanity_check_table,
)
from duv_studio.training.evaluation.tables import markdown
from duv_studio.training.evaluation.targets import Target, measured_targets, target_table

if TYPE_CHECKING:
    from duv_studio.engine.humanizer.humanizer import Humanizer

Progress = Callable[[str, int, int], None]  # what is measured, files done, files in all
CHECKED_FILES = 8  # of a split, for the checks that read a file many times


@dataclass(frozen=True)
class EvaluationOptions:
    """What a model is evaluated on, and how far."""

    data: Path | None = None  # folder of the data sets
    sets: tuple[str, ...] | None = None  # of them; None: all that are there
    split: str = "dev"
    pairs: tuple[Path, ...] = ()  # folders of deadpan files with sidecars
    outputs: tuple[ExternalOutputs, ...] = ()  # other humanizers' files of the pairs
    model: str | Path | None = None  # None: the default
    settings: Settings = field(default_factory=lambda: Settings(intensity=1.0, performed_durations=True))
    limit: Limit = field(default_factory=lambda: Limit(notes=50_000))
    classify: bool = True  # train classifiers of human or not, which takes most of the time
    check: bool = True  # run the checks for copying, context and seeds
    for_release: bool = False  # refuse what could not decide about a release


@dataclass(frozen=True)
class Evaluation:
    """What was found; `checks` decide about a release."""

    model: str
    results: tuple[SplitResult, ...]
    checks: tuple[Gate, ...]
    reached: tuple[Target, ...]
    proofs: Mapping[str, Sequence[SanityCheck]]

    @property
    def passed(self) -> bool:
        """Whether every check allows a release."""
        return all(check.passed for check in self.checks)


def evaluate(
    options: EvaluationOptions,
    write: Callable[[str], None],
    progress: Progress = lambda name, done, total: None,
) -> Evaluation:
    """Evaluate a model, and `write` every part of the report as Markdown when it is ready.

    DuvError where there is nothing to evaluate on.
    """
    tracks, splits = _load(options)
    pairs = [piece for split in splits if split.corpus is None for piece in split.pieces]
    check_names_match(options.outputs, pairs)
    from duv_studio.engine.humanizer.humanizer import Humanizer

    # The figures are the model's alone, without adapters.
    model = Humanizer(options.model, precision="fp32", adapter="none")
    settings = options.settings
    write(f"{model.description}\nintensity {settings.intensity:g}, seed {settings.seed}\n")
    results = []
    fitted = read_header(model.path).sets  # baselines must know no more and no less
    compared = compare(
        model, settings, splits, tracks, progress, options.classify, outputs=options.outputs, sets=fitted
    )
    for result in compared:
        results.append(result)
        write(markdown(result, settings.seed) + "\n")
    proofs = _checked(model, splits, settings, write, progress) if options.check else {}
    checks = (
        *release_gates(results),
        *(gate for name, found in proofs.items() for gate in required_gates(name, found)),
    )
    reached = tuple(measured_targets(results, settings.seed))
    write(f"### What was aimed at\n\n{target_table(reached)}\n\n```text\n{gate_lines(checks)}\n```")
    return Evaluation(model.name, tuple(results), checks, reached, proofs)


def _checked(
    model: Humanizer,
    splits: Sequence[EvaluationSplit],
    settings: Settings,
    write: Callable[[str], None],
    progress: Progress,
) -> dict[str, list[SanityCheck]]:
    """Run the checks on files of the gated splits that no model was calibrated on."""
    found = {}
    for split in splits:
        if split.gated:
            pieces = spread([piece for piece in split.pieces if piece.name in split.judges], CHECKED_FILES)
            found[split.name] = run_sanity_checks(model, pieces, settings, load_network(model.path))
            progress(f"proofs, {split.name}", len(pieces), len(pieces))
            write(f"### {split.name}: is it copied, is it heard?\n\n{sanity_check_table(found[split.name])}\n")
    return found


def _load(options: EvaluationOptions) -> tuple[list[PlayedTrack], list[EvaluationSplit]]:
    tracks: list[PlayedTrack] = []
    if options.data is not None:
        tracks = registry.load_corpora(options.data, options.sets or sets_in(options.data))
    pairs = [pair_split(folder, options.limit) for folder in options.pairs]
    splits = [*corpus_splits(tracks, options.split, options.limit), *pairs]
    if not splits:
        raise DuvError(f"the data sets hold no track to evaluate on in their {options.split} part")
    if options.for_release and not any(split.gated for split in splits):
        raise DuvError("none of this decides about a release", hint="--gate needs the piano of pop909 or drums of gmd")
    return tracks, splits


def sets_in(folder: Path) -> tuple[str, ...]:
    """The data sets that a folder holds; DuvError for none."""
    there = tuple(name for name in registry.CORPORA if (folder / name).is_dir())
    if not there:
        known = ", ".join(registry.CORPORA)
        raise DuvError("none of the data sets is in this folder", hint=f"expected {known}", file=folder)
    return there
