"""The card of an adapter: everything on it was measured or is a fact of its making."""

from __future__ import annotations

from dataclasses import replace

import pytest

from duv_studio.engine.adapters.header import AdapterHeader
from duv_studio.engine.adapters.score_rows import ADAPTER, BASE
from duv_studio.training.data.corpora.registry import CORPORA
from duv_studio.training.data.splits import split_songs
from duv_studio.training.evaluation.results import Row
from duv_studio.training.lora.dataset.amount_tiers import amount
from duv_studio.training.lora.dataset.player_statistics import player_statistics, statistics_alone
from duv_studio.training.lora.judge.card import adapter_card, data_sets, shortcomings
from duv_studio.training.lora.judge.verdict import judge, verdict
from tests.rule_player import RulePredictor, make_played

SONGS = [
    make_played(120, seed=k, song=f"{k:03}", split="train", corpus="pop909" if k < 8 else "own") for k in range(12)
]
SPLIT = split_songs(SONGS, 0.6, 0)
HEADER = AdapterHeader(
    name="mine",
    title="My piano",
    family="piano",
    base="base-open",
    base_hash="abcdef0123456789" * 2,
    r=8,
    alpha=16.0,
    modules=("blocks.0.attn.q_proj",),
    licence="MIT",
    player=player_statistics(SPLIT.train),
    steps=240,
    seed=42,
    versions={"torch": "2.13.0", "duv-studio": "0.1.0"},
    created="2026-01-02T03:04:05+00:00",
)
COMMAND = "duv-studio train-lora --config piano_Lora.yaml"


def card(base: RulePredictor, adapter: RulePredictor, header: AdapterHeader = HEADER) -> str:
    found = judge(SPLIT.test, {BASE: base, ADAPTER: adapter}, 0)
    return adapter_card(header, found, verdict(found), command=COMMAND, data=data_sets(SPLIT))


def test_a_card_says_what_it_is_made_of_and_what_was_measured():
    text = card(RulePredictor(knows=False), RulePredictor())
    found = judge(SPLIT.test, {BASE: RulePredictor(knows=False), ADAPTER: RulePredictor()}, 0)
    assert text.startswith("# My piano (mine)\n")
    for said in ("LoRA adapter of rank 8 for piano", "base model base-open (weights abcdef012345)", "Licence: MIT."):
        assert said in text
    assert f"`{COMMAND}`: 240 steps, seed 42, 2026-01-02T03:04:05+00:00." in text
    assert "torch 2.13.0, duv-studio 0.1.0" in text
    assert f"## On {len(SPLIT.test)} songs that it never saw" in text
    assert f"{found.gain('velocity_r').value:+.3f}" in text
    assert "**Improves.**" in text and "does not ship" not in text
    assert f"learned from: {amount(sum(map(len, SPLIT.train)), len(SPLIT.train)).replace('file', 'song')}, mean" in text


def test_every_set_has_its_licence_its_credit_and_what_it_was_used_for():
    sets = data_sets(SPLIT)
    assert sorted(of_set.name for of_set in sets) == ["own", "pop909"]
    parts = (SPLIT.train, SPLIT.val, SPLIT.test)
    for k, part in enumerate(parts):
        assert sum(of_set.parts[k][0] for of_set in sets) == len(part)
        assert sum(of_set.parts[k][1] for of_set in sets) == 120 * len(part)
    text = card(RulePredictor(knows=False), RulePredictor())
    pop = next(line for line in text.splitlines() if line.startswith("| pop909 |"))
    assert CORPORA["pop909"].licence in pop and CORPORA["pop909"].credit in pop
    assert "| own | the owner's | – |" in text


@pytest.mark.parametrize("adapter", [RulePredictor(), RulePredictor(knows=False)])
def test_an_adapter_that_does_not_improve_is_said_not_to_ship(adapter):
    text = card(RulePredictor(), adapter)
    assert "It was not shown to improve on the base, so it does not ship." in text


def test_what_is_worse_is_listed_with_its_figures():
    found = judge(SPLIT.test, {BASE: RulePredictor(), ADAPTER: RulePredictor(share=0.4)}, 0)
    base, ours = (found.row(name).mean["velocity_sd_ratio"] for name in (BASE, ADAPTER))
    lines = shortcomings(found)
    assert f"- sd ratio, drawn: {base:.2f} with the base, {ours:.2f} with the adapter." in lines
    assert any(line.startswith(f"- NLL is worse in {len(SPLIT.test)} of {len(SPLIT.test)} songs") for line in lines)


def test_a_wider_spread_than_the_players_is_worse_and_a_nearer_one_is_not():
    found = judge(SPLIT.test[:1], {BASE: RulePredictor(), ADAPTER: RulePredictor()}, 0)
    for ratio, worse in ((1.3, True), (1.05, False), (0.9, False), (0.7, True)):
        rows = (Row(BASE, {"a": {"velocity_sd_ratio": 0.88}}, 9), Row(ADAPTER, {"a": {"velocity_sd_ratio": ratio}}, 9))
        assert any("sd ratio" in line for line in shortcomings(replace(found, rows=rows))) is worse


def test_nothing_worse_and_nothing_measured_are_said():
    same = judge(SPLIT.test, {BASE: RulePredictor(), ADAPTER: RulePredictor()}, 0)
    assert shortcomings(same) == ["None of these measures is worse than the base's, and no song is."]
    assert shortcomings(judge([], {BASE: RulePredictor(), ADAPTER: RulePredictor()}, 0)) == ["Nothing was measured."]


def test_statistics_have_no_rank_and_no_steps():
    text = card(RulePredictor(), RulePredictor(), statistics_alone(HEADER))
    assert "Statistics of a player without weights for piano" in text
    assert "steps" not in text and "rank" not in text
