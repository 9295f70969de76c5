"""How much playing is enough: tiers, and what the log and the wizard say of them."""

from __future__ import annotations

import pytest

from duv_studio.training.lora.dataset.amount_tiers import Kind, tier


@pytest.mark.parametrize(
    ("notes", "files", "kind", "r"),
    [
        (0, 0, Kind.STATISTICS, 0),
        (499, 40, Kind.STATISTICS, 0),
        (500, 40, Kind.FEW, 4),
        (1_999, 40, Kind.FEW, 4),
        (2_000, 9, Kind.FEW, 4),
        (500_000, 9, Kind.FEW, 4),
        (2_000, 10, Kind.RECOMMENDED, 8),
        (20_000, 10, Kind.RECOMMENDED, 8),
        (20_001, 10, Kind.MANY, 16),
    ],
)
def test_notes_and_files_decide(notes, files, kind, r):
    found = tier(notes, files)
    assert (found.kind, found.r) == (kind, r)
    assert found.trains is (kind is not Kind.STATISTICS)
    assert found.warns is (kind in (Kind.STATISTICS, Kind.FEW))


def test_what_is_asked_is_kept_within_what_the_playing_carries():
    assert tier(812, 3).within(8, 5_000) == (4, 100)
    assert tier(812, 3).within(2, 80) == (2, 80)
    assert tier(3_000, 12).within(16, 10) == (8, 90)
    assert tier(30_000, 12).within(16, 5_000) == (16, 5_000)
    assert tier(100, 1).within(8, 5_000) == (0, 0)


def test_sentences_say_what_is_there_and_what_is_wanted():
    few = tier(812, 3).sentence
    assert few.startswith("2,000 notes in at least 10 files are recommended: you have 812 notes in 3 files. ")
    assert "may turn out no better than the base" in few
    assert "nothing is trained: that takes at least 500 notes." in tier(1, 1).sentence
    assert "you have 1 note in 1 file." in tier(1, 1).sentence
    assert "r: 16" in tier(25_000, 30).sentence
