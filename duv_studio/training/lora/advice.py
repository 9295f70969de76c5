"""What may help where an adapter turned out no better than its base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duv_studio.engine.adapters.header import IMPROVES
from duv_studio.training.lora.recipe import LoraRecipe

if TYPE_CHECKING:
    from duv_studio.training.lora.finish import Result

MORE_CAPACITY, MORE_EPOCHS = 16, 4  # rank; epochs more than there were


def advice(result: Result, recipe: LoraRecipe) -> list[str]:
    """What to change in the recipe or the data, as lines; none where nothing was trained or all is well."""
    trained = "best_step" in result.about and result.checks
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
