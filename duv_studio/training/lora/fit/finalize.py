"""After the training: calibrates and judges the adapter, and writes it with its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from duv_studio.engine.adapters.header import AdapterHeader, PlayerStatistics, pack_adapter, weights_hash
from duv_studio.engine.adapters.library import read_adapter_header
from duv_studio.engine.adapters.score_rows import ADAPTER, BASE
from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.model.checkpoint import Rendering, read_header
from duv_studio.errors import Cancelled
from duv_studio.training.calibration.fit import calibrate
from duv_studio.training.data.deadpan import deadpan_track
from duv_studio.training.data.evaluation_splits import within
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.evaluation.baselines import LookupTable, fit_lookup
from duv_studio.training.evaluation.competitors import LOOKUP_NOTES, Predictor
from duv_studio.training.lora.dataset.material import Material
from duv_studio.training.lora.dataset.player_statistics import player_statistics, statistics_adapter
from duv_studio.training.lora.fit.callbacks import OnMessage
from duv_studio.training.lora.fit.fit import TrainingOutcome
from duv_studio.training.lora.fit.model import TrainableModel, base_path, versions
from duv_studio.training.lora.fit.result import MODEL, Result
from duv_studio.training.lora.fit.run_files import FAILED, FINISHED, INTERRUPTED, RunFiles, write_json
from duv_studio.training.lora.judge.report import scores_of
from duv_studio.training.lora.judge.unseen import players_of
from duv_studio.training.lora.judge.verdict import Judgement, Verdict, judge, verdict
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.lora.recipe.sections import hint_names

ENOUGH_TO_CALIBRATE = 2_000  # notes of validation songs; with fewer, songs that were learned from help out

ShouldStop = Callable[[], bool]
OnSong = Callable[[int, int], None]  # songs that have judged, songs in all


def finish(
    recipe: LoraRecipe,
    material: Material,
    fitted: TrainingOutcome,
    files: RunFiles,
    on_message: OnMessage,
    stop: ShouldStop,
) -> Result:
    """Write what was trained, and what is known of it; a stopped run leaves a usable best adapter and no verdict."""
    trainable = fitted.trainable
    best = trainable.state()
    about = _about(fitted)
    if fitted.stopped:
        _write(trainable, material, files, fitted, None, best)
        return Result(INTERRUPTED, tuple(fitted.checks), None, None, about)
    rendering = calibrated(trainable, material)
    player = player_statistics(material.split.train)
    _write(trainable, material, files, fitted, rendering, best, player=player)
    write_json(files.scaler(material.family), trainable.scaler(rendering, player))
    try:
        judgement, word = judged(recipe, material, files, on_message, stop, is_adapter=trainable.is_adapter)
    except Cancelled:
        return Result(INTERRUPTED, tuple(fitted.checks), None, None, about)
    if word is not None and judgement is not None:
        more = {"player": player, "verdict": word.word, "scores": scores_of(judgement)}
        _write(trainable, material, files, fitted, rendering, best, **more)
    status = FINISHED if all(check.passed for check in fitted.checks) else FAILED
    return Result(status, tuple(fitted.checks), word, judgement, about)


def finish_statistics(
    recipe: LoraRecipe, material: Material, files: RunFiles, on_message: OnMessage, stop: ShouldStop
) -> Result:
    """With little playing nothing is trained: the adapter holds statistics alone, and is judged all the same."""
    player = player_statistics(material.split.train)
    header = _statistics_header(recipe, material, player)
    write_atomically(files.best, pack_adapter({}, header))
    try:
        judgement, word = judged(recipe, material, files, on_message, stop)
    except Cancelled:
        return Result(INTERRUPTED, (), None, None, {"kind": header.kind, "versions": versions()})
    if word is not None and judgement is not None:
        header = replace(header, verdict=word.word, scores=scores_of(judgement))
    for path in (files.best, files.final):
        write_atomically(path, pack_adapter({}, header))
    return Result(FINISHED, (), word, judgement, {"kind": header.kind, "versions": versions()})


def _about(fitted: TrainingOutcome) -> dict[str, Any]:
    return {
        "kind": "adapter" if fitted.trainable.is_adapter else MODEL,
        "steps": fitted.steps,
        "planned_steps": fitted.planned,
        "best_step": fitted.best_step,
        "seconds": round(fitted.seconds, 1),
        "notes_per_second": round(fitted.notes_per_second, 1),
        "share_outside_model": round(fitted.outside_share, 4),
        "validation": fitted.scores,
        "versions": versions(),
    }


def _write(
    trainable: TrainableModel,
    material: Material,
    files: RunFiles,
    fitted: TrainingOutcome,
    rendering: Rendering | None,
    best: dict[str, Any],
    **more: Any,
) -> None:
    """The last state and the best one, both with the same calibration; the model is left in the best."""
    trainable.restore(fitted.final)
    write_atomically(files.final, trainable.packed(material, fitted.steps, rendering, **more))
    trainable.restore(best)
    write_atomically(files.best, trainable.packed(material, fitted.best_step, rendering, **more))


def calibrated(trainable: TrainableModel, material: Material) -> Rendering | None:
    """A few songs of one player say little of spread: an adapter this small learns too little by heart to mislead."""
    tracks = list(material.split.val)
    if sum(len(track) for track in tracks) < ENOUGH_TO_CALIBRATE:
        tracks += material.split.train
    found = calibrate(trainable.model, tracks, hint_names(trainable.recipe.features.inputs))
    return found.get(str(material.family))


def _statistics_header(recipe: LoraRecipe, material: Material, player: PlayerStatistics) -> AdapterHeader:
    base = base_path(recipe)
    if base is None:
        raise AssertionError("statistics ask a base to play")
    return statistics_adapter(
        player,
        family=material.family,
        name=recipe.adapter_name,
        title=recipe.title or recipe.adapter_name,
        base=read_header(base).name,
        base_hash=weights_hash(base),
        songs=material.fingerprints,
        seed=recipe.trainer.seed,
        versions=versions(),
    )


def judged(
    recipe: LoraRecipe,
    material: Material,
    files: RunFiles,
    on_message: OnMessage,
    stop: ShouldStop,
    *,
    is_adapter: bool = True,
    on_song: OnSong = lambda done, total: None,
) -> tuple[Judgement | None, Verdict | None]:
    """The verdict of the unseen songs; none where there is no song. Cancelled by `stop`.

    A model without a base is compared with the metrical lookup of the songs that it learned from.
    """
    if not material.split.test:
        return None, None
    base = base_path(recipe)
    players = _players(files, base, is_adapter)
    lookup = _lookup(material.split.train) if base is None else None
    on_message(f"Judging by {len({(t.corpus, t.song) for t in material.split.test})} songs that were never seen …")
    targets = [t for t in recipe.features.targets if t != "dur_beats" or material.lengths_known]

    def progress(done: int, total: int) -> None:
        on_song(done, total)
        if stop() and done < total:
            raise Cancelled

    judgement = judge(material.split.test, players, recipe.trainer.seed, progress, targets=targets, lookup=lookup)
    return judgement, verdict(judgement)


def _lookup(tracks: Sequence[PlayedTrack]) -> LookupTable:
    return fit_lookup(deadpan_track(track) for track in within(tracks, LOOKUP_NOTES))


def _players(files: RunFiles, base: Path | None, is_adapter: bool) -> Mapping[str, Predictor]:
    if is_adapter and base is not None:
        return players_of(read_adapter_header(files.best), files.best, base)
    exact: dict[str, Any] = {"precision": "fp32", "adapter": "none"}
    models = {ADAPTER: files.best} if base is None else {BASE: base, ADAPTER: files.best}
    return {name: Humanizer(path, **exact) for name, path in models.items()}
