"""Proof that a model neither copies what it reads nor plays everything alike: what its answers must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from duv_studio.engine.music.settings import Settings
from duv_studio.training.data.evaluation_splits import MIN_NOTES
from duv_studio.training.data.paired_piece import Piece
from duv_studio.training.evaluation.competitors import Predictor
from duv_studio.training.evaluation.markdown_table import table
from duv_studio.training.evaluation.probes import Network, context, probe_track
from duv_studio.training.evaluation.release_gates import Gate
from duv_studio.training.evaluation.targets import Bounds

COUNTED = ("same_seed", "alone", "off")  # summed over tracks, not averaged

Measures = Mapping[str, float]


@dataclass(frozen=True)
class SanityCheck:
    """A question, the answer, and what it must be; no release goes without those that are a `condition`."""

    question: str
    measured: float
    wanted: Bounds
    condition: bool = False

    @property
    def passed(self) -> bool:
        return self.wanted.contains(self.measured)  # nan is held by nothing


@dataclass(frozen=True)
class Requirement:
    """A measure of a sanity check with the bounds it must keep; a `condition` of a release where it is one."""

    measure: str
    question: str
    bounds: Bounds
    condition: bool = False


REQUIREMENTS = (
    Requirement("human_r", "human input comes back: r(out, human)", Bounds(0.95), condition=True),
    Requirement("human_sd", "human input comes back: sd ratio", Bounds(0.95, 1.05)),
    Requirement("shuffled_r", "shuffled input is not believed: r(out, shuffled)", Bounds(high=0.5), condition=True),
    Requirement("accent", "written downbeats are heard: r(out, accents) above flat input", Bounds(0.25)),
    Requirement("flat_sd", "flat input: sd ratio at variation 0", Bounds(0.85, 1.15)),
    Requirement("flat_sd_varied", "flat input: sd ratio at variation 0.5", Bounds(0.85, 1.15)),
    Requirement("gain", "flat input: share of a flat file's error that is taken away", Bounds(0.12)),
    Requirement("context", "r lost when notes keep their features and change places", Bounds(0.05)),
    Requirement("cover_80", "share of notes within the 80 % interval", Bounds(0.76, 0.84)),
    Requirement("seeds", "share of notes that another seed plays otherwise", Bounds(0.1)),
    Requirement("same_seed", "files that the same seed writes otherwise", Bounds(high=0), condition=True),
    Requirement("alone", "tracks that change when they are humanized alone", Bounds(high=0), condition=True),
    Requirement("off", "files that intensity 0 changes", Bounds(high=0), condition=True),
)


def run_sanity_checks(
    model: Predictor, pieces: Sequence[Piece], settings: Settings, network: Network | None = None
) -> list[SanityCheck]:
    """Ask everything of the pieces' tracks; answers are means over tracks, or counts of files.

    Without a `network`, which reads features, nothing is said of context.
    """
    tracks = [track for piece in pieces for track in piece.tracks if len(track) >= MIN_NOTES]
    answers = [probe_track(model, track, settings) for track in tracks]
    if network is not None:
        answers += [{"context": context(track, network)} for track in tracks]
    found = _together(answers)
    return [
        SanityCheck(w.question, found[w.measure], w.bounds, w.condition) for w in REQUIREMENTS if w.measure in found
    ]


def _together(answers: Sequence[Measures]) -> dict[str, float]:
    names = dict.fromkeys(name for of_track in answers for name in of_track)
    values = {name: [of_track[name] for of_track in answers if name in of_track] for name in names}
    return {name: float(np.sum(v) if name in COUNTED else np.mean(v)) for name, v in values.items()}


def sanity_check_table(proofs: Sequence[SanityCheck]) -> str:
    """The proofs as a Markdown table."""
    head = ["question", "answer", "wanted", "verdict"]
    return "\n".join(table(head, [_proof_cells(proof) for proof in proofs], left=(0, 2, 3)))


def _proof_cells(proof: SanityCheck) -> list[str]:
    verdict = "yes" if proof.passed else "NO" if proof.condition else "no"
    return [proof.question, f"{proof.measured:.3f}", str(proof.wanted), verdict]


def required_gates(family: str, proofs: Sequence[SanityCheck]) -> list[Gate]:
    """The proofs that no release goes without."""
    return [
        Gate(proof.passed, f"{family}: {proof.question} {proof.measured:.3f}, wanted {proof.wanted}")
        for proof in proofs
        if proof.condition
    ]
