"""What a recipe's manifest holds for one instrument: tracks that pass the filters, split by song, and the batches."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from duv_studio import paths
from duv_studio.engine.midi.instrument_names import family_of_name
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.config import BaseConfig, Curriculum, load_config
from duv_studio.training.data.manifest.filters import Filters, fingerprint
from duv_studio.training.data.manifest.lines import read_manifest
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import Split, song_name, split_songs
from duv_studio.training.data.style import shipped_scale
from duv_studio.training.data.windows import WindowSource
from duv_studio.training.lora.dataset.amount_tiers import Tier, tier
from duv_studio.training.lora.dataset.batch_mixture import Mixture
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.lora.recipe.sections import hint_names

HELD_OUT = "of the music to replay: its song is held out"


@dataclass(frozen=True)
class Material:
    """All that a training learns from and is measured on."""

    family: Family
    split: Split
    tier: Tier
    replay: tuple[PlayedTrack, ...]
    dropped: Counter[str]  # why -> how many tracks of the manifest were left out
    fingerprints: tuple[str, ...]  # of what was learned from or chosen by

    @property
    def digest(self) -> str:
        """Names the material, all of every track and their order: a run goes on only with the same."""
        digest = hashlib.blake2b(digest_size=16)
        for part in (self.split.train, self.split.val, self.replay):
            digest.update(f"{len(part)} tracks\n".encode())
            for track in part:
                _add(digest, track)
        return digest.hexdigest()

    @property
    def lengths_known(self) -> bool:
        """Whether any note that is learned from tells how long it was held; those of drums never do."""
        return any(bool(np.isfinite(track.played_duration).any()) for track in self.split.train)

    @property
    def notes(self) -> int:
        return sum(len(track) for track in self.split.train)


def base_recipe() -> BaseConfig:
    """How the base learned: adapters are taught with the same degradation and the same loss."""
    return load_config(paths.resource("configs", "base.yaml"))


def gather(recipe: LoraRecipe, family: Family) -> Material:
    """Read the recipe's manifests; DuvError when they hold nothing to learn from."""
    tracks, dropped = _tracks(recipe, family)
    split = split_songs(tracks, recipe.train_split, recipe.trainer.seed, fingerprint)
    replay = _replayed(recipe, split, dropped)
    learned = [*split.train, *split.val, *(track for track in replay if track.family is family)]
    return Material(
        family=family,
        split=split,
        tier=tier(sum(len(track) for track in tracks), len({song_name(track) for track in tracks})),
        replay=replay,
        dropped=dropped,
        fingerprints=tuple(sorted({fingerprint(track) for track in learned})),
    )


def _replayed(recipe: LoraRecipe, split: Split, dropped: Counter[str]) -> tuple[PlayedTrack, ...]:
    """The music that is mixed in, without the songs and performances that validate and judge."""
    if not recipe.replay.manifest:
        return ()
    held = [*split.val, *split.test]
    names, marks = {song_name(track) for track in held}, {fingerprint(track) for track in held}
    kept = []
    for track in _read((recipe.replay.manifest,)):
        if song_name(track) in names or fingerprint(track) in marks:
            dropped[HELD_OUT] += 1
        else:
            kept.append(track)
    return tuple(kept)


def _add(digest: hashlib.blake2b, track: PlayedTrack) -> None:
    """All that a training reads of a track."""
    for name, value in sorted((track.__dict__ | dict(track.hints)).items()):
        if name != "hints":
            digest.update(name.encode() + (value.tobytes() if isinstance(value, np.ndarray) else str(value).encode()))


def _tracks(recipe: LoraRecipe, family: Family) -> tuple[list[PlayedTrack], Counter[str]]:
    filters = Filters(**recipe.filters.model_dump())
    kept: list[PlayedTrack] = []
    seen: set[str] = set()
    dropped: Counter[str] = Counter()
    for track in _read(recipe.manifest, family):
        why = _why_not(track, family, filters)
        if why is None and (mark := fingerprint(track)) in seen:
            why = "the same performance again"
        if why is None:
            seen.add(mark)
            kept.append(track)
        else:
            dropped[why] += 1
    if not kept:
        reasons = "; ".join(f"{why}: {number}" for why, number in dropped.most_common())
        raise DuvError(
            f"No data loaded from manifest: none of its tracks can be used for {family} ({reasons})",
            hint="check instrument and filters in the recipe, or make the manifest again with 'duv-studio enrich'",
            file=Path(recipe.manifest[0]),
        )
    return kept, dropped


def _why_not(track: PlayedTrack, family: Family, filters: Filters) -> str | None:
    if track.family is not family:
        return f"it is {track.family}"
    return filters.reason(track)


def _read(manifests: Sequence[str], family: Family | None = None) -> Iterable[PlayedTrack]:
    """Their tracks; lines that name no instrument are what the file's name says, else `family`."""
    for path in map(Path, manifests):
        yield from read_manifest(path, family_of_name(path.stem) or family)


def mixture(recipe: LoraRecipe, material: Material) -> Mixture:
    """The batches that the recipe asks for, degraded as the base's were."""
    t, hints = recipe.trainer, hint_names(recipe.features.inputs)
    curriculum = base_recipe().curriculum.model_copy(update={"most_epochs": {}, "plain_share": 0.0})
    own = curriculum.model_copy(update={"families": {str(material.family): 1.0}, "corpora": {}})
    return Mixture(
        own=_source(material.split.train, own, t.max_len, t.seed, hints),
        replay=_source(material.replay, curriculum, t.max_len, t.seed + 1, hints) if material.replay else None,
        size=t.batch_size,
        replayed=min(round(recipe.replay.share * t.batch_size), t.batch_size - 1),
        curriculum=curriculum,
    )


def _source(
    tracks: Sequence[PlayedTrack], curriculum: Curriculum, window: int, seed: int, hints: Sequence[str]
) -> WindowSource:
    """Windows whose styles are measured on the scale that the base learned: a player is lively among all players."""
    source = WindowSource(tracks, curriculum, window, seed, hints)
    source.styles = shipped_scale()
    return source
