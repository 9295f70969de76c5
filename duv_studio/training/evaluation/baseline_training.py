"""What the baselines that learn are taught for each split, and with that everyone who plays it."""

from __future__ import annotations

from collections.abc import Sequence

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.settings import Settings
from duv_studio.training.data.deadpan import deadpan_track
from duv_studio.training.data.evaluation_splits import EvaluationSplit, training_tracks, within
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.evaluation.baselines import Lookup, learn_lookup
from duv_studio.training.evaluation.boosting_baseline import Boosting, learn_boosting
from duv_studio.training.evaluation.competitors import Performers, Predictor
from duv_studio.training.evaluation.external_outputs import Outputs

LOOKUP_NOTES = 300_000  # more teach a table nothing new
PEDALLED = ("asap_NC",)  # where pianists let keys go and the pedal hold the sound, as in all folders of pairs


class Lessons:
    """What the baselines learned of each split; splits with the same training tracks share it."""

    def __init__(self, tracks: Sequence[PlayedTrack], sets: Sequence[str] | None) -> None:
        self.tracks, self.sets = tracks, sets
        self._learned: dict[tuple[int, ...], tuple[Lookup | None, Boosting | None]] = {}

    def performers(
        self, split: EvaluationSplit, model: Predictor, settings: Settings, outputs: Sequence[Outputs]
    ) -> Performers:
        """Everyone who plays the split."""
        lessons = training_tracks(self.tracks, split, self.sets)
        key = tuple(id(track) for track in lessons)
        if key not in self._learned:
            some = within(lessons, LOOKUP_NOTES)
            lookup = learn_lookup(deadpan_track(track) for track in some) if some else None
            self._learned[key] = lookup, learn_boosting(lessons)
        lookup, boosting = self._learned[key]
        return Performers(
            lookup,
            boosting,
            model,
            settings,
            outputs=outputs if split.corpus is None else (),
            pedal=split.family is Family.PIANO and not split.free and split.corpus in (None, *PEDALLED),
        )
