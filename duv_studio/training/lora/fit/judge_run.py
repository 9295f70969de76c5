"""The verdict of a run that was stopped: its adapter so far is calibrated, and judged by the run's unseen songs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from duv_studio.engine.adapters.header import AdapterHeader, pack_adapter
from duv_studio.engine.adapters.library import load_adapter
from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import Rendering, load
from duv_studio.errors import Cancelled, DuvError
from duv_studio.training.lora.dataset.material import Material, gather
from duv_studio.training.lora.dataset.player_statistics import player_statistics
from duv_studio.training.lora.fit.callbacks import OnMessage
from duv_studio.training.lora.fit.finalize import OnSong, calibrated, judged
from duv_studio.training.lora.fit.fit import make_plan
from duv_studio.training.lora.fit.model import TrainableModel, make_trainable_model, versions
from duv_studio.training.lora.fit.result import MODEL, Result, judged_sentence, result_lines
from duv_studio.training.lora.fit.resume import check_same_run
from duv_studio.training.lora.fit.run import feature_rows
from duv_studio.training.lora.fit.run_files import INTERRUPTED, RunFiles, read_json, write_json
from duv_studio.training.lora.fit.sanity_checks import Check
from duv_studio.training.lora.judge.report import scores_of
from duv_studio.training.lora.recipe.schema import LoraRecipe

_OF_THE_RESULT = ("status", "verdict", "why", "checks", "unseen_songs")  # keys of result.json that Result writes itself


def judge_stopped(
    recipe: LoraRecipe,
    family: Family,
    *,
    on_message: OnMessage = lambda text: None,
    on_song: OnSong = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> Result:
    """Judge the run of a recipe as it stands; the run can still go on.

    `stop` is called after every song. Raises Cancelled, and DuvError where there is no stopped run of this recipe,
    base and data, nothing to judge, or no song to judge by.
    """
    files = RunFiles(Path(recipe.output_dir))
    _check(files)
    material = gather(recipe, family)
    if not material.tier.trains and not recipe.from_scratch:
        raise DuvError("so little playing is judged in a moment", hint="train without --judge", file=files.folder)
    so_far = _read(recipe, material, files)
    _stop_here(stop)
    player, rendering = player_statistics(material.split.train), calibrated(so_far.trainable, material)
    _stop_here(stop)
    so_far.write(rendering, player=player)
    judgement, said = judged(
        recipe, material, files, on_message, stop, is_adapter=so_far.trainable.is_adapter, on_song=on_song
    )
    if judgement is None or said is None:
        raise DuvError("no song is left over that it has never seen", hint="give the run more songs", file=files.folder)
    so_far.write(rendering, player=player, verdict=said.word, scores=scores_of(judgement))
    result = Result(INTERRUPTED, _checks(files), said, judgement, _about(files, so_far))
    result.write(files)
    write_json(files.state, {**read_json(files.state), "status": INTERRUPTED})
    for line in (*result_lines(replace(result, checks=())), "", judged_sentence(result.about)):
        on_message(line)
    return result


@dataclass
class _SoFar:
    """The best adapter of a stopped run, or its model: in memory, and as the file was when it was last looked at."""

    material: Material
    trainable: TrainableModel
    header: AdapterHeader | None  # None: a whole model
    path: Path
    content: bytes

    def write(self, rendering: Rendering | None, **more: Any) -> None:
        """Write it with what is known of it by now; DuvError when a training has replaced it meanwhile."""
        if self.path.read_bytes() != self.content:
            raise DuvError("was changed while it was judged: it is trained still", file=self.path)
        self.content = self._packed(rendering, more)
        write_atomically(self.path, self.content)

    def _packed(self, rendering: Rendering | None, more: Mapping[str, Any]) -> bytes:
        if self.header is None:
            return self.trainable.packed(self.material, self.steps, rendering)
        return pack_adapter(self.trainable.state(), replace(self.header, rendering=rendering, **more))

    @property
    def steps(self) -> int:
        return int(read_json(RunFiles(self.path.parent).result).get("best_step") or 0)


def _read(recipe: LoraRecipe, material: Material, files: RunFiles) -> _SoFar:
    r, _ = make_plan(recipe, material)
    trainable = make_trainable_model(recipe, material.family, r, feature_rows(recipe, material))
    check_same_run(recipe, material, files, trainable)
    content = files.best.read_bytes()
    weights, header = _weights(files.best, trainable)
    trainable.model.eval()
    trainable.restore(weights)
    return _SoFar(material, trainable, header, files.best, content)


def _weights(best: Path, trainable: TrainableModel) -> tuple[Mapping[str, Tensor], AdapterHeader | None]:
    if trainable.is_adapter:
        return load_adapter(best)
    return dict(load(best)[0].named_parameters()), None


def _check(files: RunFiles) -> None:
    if not files.state.is_file():
        raise DuvError("holds no run to judge", hint="train first", file=files.folder)
    if files.is_finished:
        raise DuvError(
            "holds a run that was judged when it ended", hint=f"{files.result.name} says how", file=files.folder
        )
    if not files.best.is_file():
        raise DuvError("holds no adapter yet to judge", hint="let the run go on", file=files.folder)


def _stop_here(stop: Callable[[], bool]) -> None:
    if stop():
        raise Cancelled


def _checks(files: RunFiles) -> tuple[Check, ...]:
    """Those that the run made when it was stopped."""
    found = read_json(files.result).get("checks", ())
    return tuple(Check(str(c["name"]), bool(c["passed"]), str(c["said"])) for c in found)


def _about(files: RunFiles, so_far: _SoFar) -> dict[str, Any]:
    """What the result said already; little where the run was killed and could say nothing."""
    said = {key: value for key, value in read_json(files.result).items() if key not in _OF_THE_RESULT}
    return said or {"kind": "adapter" if so_far.trainable.is_adapter else MODEL, "versions": versions()}
