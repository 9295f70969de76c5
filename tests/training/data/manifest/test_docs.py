"""docs/manifest.md defines every feature and every hint, with the limits that the code has."""

from __future__ import annotations

import pytest

from duv_studio.engine.features.feature_groups import INPUTS
from duv_studio.engine.features.hints import HINTS
from duv_studio.engine.features.sections import KINDS
from duv_studio.training.data.manifest.lines import line_of
from tests import ROOT
from tests.played_tracks import played_track

PAGE = ROOT / "docs" / "manifest.md"


@pytest.mark.parametrize("name", sorted({*INPUTS, *HINTS, "velocity", *line_of(played_track(9))}))
def test_every_key_is_defined_in_a_table(name: str) -> None:
    rows = [line.split("|")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert any(f"`{name}`" in row for row in rows) or name == "section_source"
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


def test_the_sections_stand_in_the_order_of_their_columns() -> None:
    assert ", ".join(KINDS) in PAGE.read_text(encoding="utf-8")
