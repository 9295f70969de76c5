"""The result of a run: status, checks and verdict, as result.json, as lines for a terminal, and as advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from duv_studio.engine.adapters.header import HARMS, IMPROVES
from duv_studio.training.lora.fit.run_files import FINISHED, INTERRUPTED, RunFiles, was_validated, write_json
from duv_studio.training.lora.fit.sanity_checks import Check
from duv_studio.training.lora.judge.report import markdown, scores_of
from duv_studio.training.lora.judge.verdict import Judgement, Verdict
from duv_studio.training.lora.recipe.schema import LoraRecipe

MODEL = "model"  # the kind of a result that is no adapter
MORE_CAPACITY, MORE_EPOCHS = 16, 4  # rank; epochs more than there were


@dataclass(frozen=True)
class Result:
    """The result of a run; `about` holds further keys of result.json."""

    status: str
    checks: tuple[Check, ...]
    verdict: Verdict | None
    judgement: Judgement | None
    about: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether the command succeeds: all checks passed, and the adapter does no harm."""
        harms = self.verdict is not None and self.verdict.word == HARMS
        return self.status == FINISHED and not harms

    def write(self, files: RunFiles) -> None:
        """Write result.json."""
        judged = {} if self.verdict is None else {"verdict": self.verdict.word, "why": list(self.verdict.sentences)}
        measured = {} if self.judgement is None else {"unseen_songs": scores_of(self.judgement)}
        checks = [asdict(check) for check in self.checks]
        write_json(files.result, {"status": self.status, **judged, "checks": checks, **measured, **self.about})


def result_lines(result: Result) -> list[str]:
    """The result for a terminal."""
    lines = [f"{'ok' if check.passed else 'FAILED'}: {check.name}: {check.said}" for check in result.checks]
    if result.judgement is not None and result.verdict is not None:
        lines += ["", markdown(result.judgement, result.verdict)]
    return lines


def stopped_sentence(about: Mapping[str, Any]) -> str:
    """Where a run was stopped, by the keys of its result."""
    steps, planned = about.get("steps"), about.get("planned_steps")
    if not steps or not planned:
        return "Stopped before its end."
    if steps >= planned:
        return f"Stopped after its last step, {steps}, before the unseen songs had judged it."
    if not was_validated(about):
        return f"Stopped at step {steps} of {planned}, before it was first judged by the songs that are held out."
    return f"Stopped at step {steps} of {planned}; its best step so far was {about.get('best_step', steps)}."


def judged_sentence(about: Mapping[str, Any]) -> str:
    """Of what step the verdict of a stopped run is, by the keys of its result."""
    steps, planned, best = (about.get(name) for name in ("steps", "planned_steps", "best_step"))
    if not steps or not planned:
        return "Stopped before its end; the verdict is of the best adapter so far."
    if steps >= planned:
        return f"Stopped after its last step, {steps}; the verdict is of step {best or steps}."
    return (
        f"Stopped at step {steps} of {planned}; the verdict is of step {best or steps}, and may change if it goes on."
    )


def advice(result: Result, recipe: LoraRecipe) -> list[str]:
    """What to change in the recipe or the data, as lines; none where nothing was trained to its end or all is well."""
    trained = "best_step" in result.about and result.checks and result.status != INTERRUPTED
    if not trained or (all(check.passed for check in result.checks) and _is_better(result)):
        return []
    best, steps = result.about["best_step"], result.about["steps"]
    t, r = recipe.trainer, recipe.lora.r
    tries = [
        f"lora.r: {MORE_CAPACITY} (now {r})" if r < MORE_CAPACITY and result.about.get("kind") == "adapter" else "",
        f"trainer.epochs: {t.epochs + MORE_EPOCHS} (now {t.epochs}), if the best step is among the last",
        f"trainer.lr: {t.lr / 2:g} (now {t.lr:g}), if it is among the first",
        "more songs",
        "features.targets: [velocity], if it is lengths that copying predicts better" if _both(recipe) else "",
    ]
    return [
        f"Low validation performance; the best step was {best} of {steps}. What may help, one at a time:"
        f" {'; '.join(filter(None, tries))}; and check that the manifest holds velocities and lengths as they were"
        " played."
    ]


def _both(recipe: LoraRecipe) -> bool:
    # Written lengths that a manifest of MIDI files holds are those nearest to the played ones: hard to beat.
    return len(recipe.features.targets) > 1


def _is_better(result: Result) -> bool:
    return result.verdict is None or result.verdict.word == IMPROVES
