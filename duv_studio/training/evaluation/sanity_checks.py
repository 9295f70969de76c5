"""Proof that a model neither copies what it reads nor plays everything alike: what its answers must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from duv_studio.engine.music.settings import Settings
from duv_studio.training.data.evaluation_splits import MIN_NOTES
from duv_studio.training.data.paired_piece import Piece
from duv_studio.training.evaluation.competitors import Predictor
from duv_studio.training.evaluation.probes import Network, ask, context
from duv_studio.training.evaluation.release_gates import Gate
from duv_studio.training.evaluation.targets import Bounds

COUNTED = ("same_seed", "alone", "off")  # summed over tracks, not averaged

Answers = Mapping[str, float]


@dataclass(frozen=True)
class Proof:
    """A question, the answer, and what it must be; no release goes without those that are a `condition`."""

    question: str
    measured: float
    wanted: Bounds
    condition: bool = False

    @property
    def passed(self) -> bool:
        return self.wanted.hold(self.measured)  # nan is held by nothing


@dataclass(frozen=True)
class _Wanted:
    measure: str
    question: str
    bounds: Bounds
    condition: bool = False


_WANTED = (
    _Wanted("human_r", "human input comes back: r(out, human)", Bounds(0.95), condition=True),
    _Wanted("human_sd", "human input comes back: sd ratio", Bounds(0.95, 1.05)),
    _Wanted("shuffled_r", "shuffled input is not believed: r(out, shuffled)", Bounds(high=0.5), condition=True),
    _Wanted("accent", "written downbeats are heard: r(out, accents), gained over flat input", Bounds(0.25)),
    _Wanted("flat_sd", "flat input: sd ratio at variation 0", Bounds(0.85, 1.15)),
    _Wanted("flat_sd_varied", "flat input: sd ratio at variation 0.5", Bounds(0.85, 1.15)),
    _Wanted("gain", "flat input: share of the flat file's error that the expectation takes away", Bounds(0.12)),
    _Wanted("context", "r lost when notes keep their features and change places", Bounds(0.05)),
    _Wanted("cover_80", "share of notes within the 80 % interval", Bounds(0.76, 0.84)),
    _Wanted("seeds", "share of notes that another seed plays otherwise", Bounds(0.1)),
    _Wanted("same_seed", "files that the same seed writes otherwise", Bounds(high=0), condition=True),
    _Wanted("alone", "tracks that change when they are humanized alone", Bounds(high=0), condition=True),
    _Wanted("off", "files that intensity 0 changes", Bounds(high=0), condition=True),
)


def prove(model: Predictor, pieces: Sequence[Piece], settings: Settings, network: Network | None = None) -> list[Proof]:
    """Ask everything of the pieces' tracks; answers are means over tracks, or counts of files.

    Without a `network`, which reads features, nothing is said of context.
    """
    tracks = [track for piece in pieces for track in piece.tracks if len(track) >= MIN_NOTES]
    answers = [ask(model, track, settings) for track in tracks]
    if network is not None:
        answers += [{"context": context(track, network)} for track in tracks]
    found = _together(answers)
    return [Proof(w.question, found[w.measure], w.bounds, w.condition) for w in _WANTED if w.measure in found]


def _together(answers: Sequence[Answers]) -> dict[str, float]:
    names = dict.fromkeys(name for of_track in answers for name in of_track)
    values = {name: [of_track[name] for of_track in answers if name in of_track] for name in names}
    return {name: float(np.sum(v) if name in COUNTED else np.mean(v)) for name, v in values.items()}


def proof_table(proofs: Sequence[Proof]) -> str:
    """The proofs as a Markdown table."""
    head = ["| question | answer | wanted | verdict |", "|---|---:|---|---|"]
    return "\n".join([*head, *(_proof_line(proof) for proof in proofs)])


def _proof_line(proof: Proof) -> str:
    verdict = "yes" if proof.passed else "NO" if proof.condition else "no"
    return f"| {proof.question} | {proof.measured:.3f} | {proof.wanted} | {verdict} |"


def conditions(family: str, proofs: Sequence[Proof]) -> list[Gate]:
    """The proofs that no release goes without."""
    return [
        Gate(proof.passed, f"{family}: {proof.question} {proof.measured:.3f}, wanted {proof.wanted}")
        for proof in proofs
        if proof.condition
    ]
