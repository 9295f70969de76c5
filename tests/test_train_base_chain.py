"""A base is trained after the models that it goes on from."""

from __future__ import annotations

import pytest

from duv_studio.paths import resource
from tools.train_base_chain import recipes, way_to


@pytest.mark.parametrize(
    ("recipe", "way"),
    [
        ("base-v1.yaml", ["base-open-v1"]),
        ("base.yaml", ["base-open-v1", "base-classical", "base-open"]),
        ("lite.yaml", ["lite-open-v1", "lite-classical", "lite-open"]),
        ("research.yaml", ["lite-open-v1", "base-research"]),
    ],
)
def test_what_a_recipe_needs_comes_first_and_once(recipe: str, way: list[str]) -> None:
    assert [config.name for config in way_to(resource("configs", recipe))] == way


def test_every_model_that_a_recipe_names_has_a_recipe() -> None:
    known = recipes()
    for path in known.values():
        for config in way_to(path):
            named = [config.start_from, config.keep.model]
            assert {name for name in named if name is not None} <= set(known)
