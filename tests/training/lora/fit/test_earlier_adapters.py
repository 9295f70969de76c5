"""A finished adapter is never replaced without a trace: a new run in its folder keeps it under a number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from duv_studio.engine.adapters.library import read_adapter_header
from tests.lora_runs import NewRun, Run
from tests.training.lora.fit.test_resume import interrupted

BEST = "duv_lora_best.ckpt"


def earlier(run: Run) -> list[str]:
    return sorted(path.name for path in run.output.glob("*_[0-9].ckpt"))


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({"trainer": {"seed": 7}}, ()),
        ({"lora": {"r": 4}}, ()),
        ({"lora": {"r": 4}}, ("--restart",)),
        ({"title": "Mine"}, ()),
    ],
    ids=["another seed", "another rank", "begun anew", "another title"],
)
def test_a_second_training_keeps_the_first_adapter(
    new_run: NewRun, capsys: pytest.CaptureFixture[str], change: dict[str, object], options: tuple[str, ...]
) -> None:
    run = new_run()
    run.train()
    first, result = (run.output / BEST).read_bytes(), run.result()
    assert earlier(run) == []
    assert run.changed(**change).command(*options) in (0, 1)
    kept = run.output / "duv_lora_best_1.ckpt"
    assert kept.read_bytes() == first and (run.output / BEST).read_bytes() != first
    assert read_adapter_header(kept).family == "guitar"  # it plays as before
    assert json.loads((run.output / "result_1.json").read_text()) == result
    assert f"is kept as {kept}" in capsys.readouterr().out


def test_numbers_grow(new_run: NewRun) -> None:
    run = new_run()
    made = []
    for rank in (8, 4, 2):
        run.changed(lora={"r": rank}).train()
        made.append((run.output / BEST).read_bytes())
    assert [(run.output / f"duv_lora_best_{n}.ckpt").read_bytes() for n in (1, 2)] == made[:2]
    assert earlier(run) == [f"duv_lora_{w}_{n}.ckpt" for w in ("best", "final") for n in (1, 2)]


def test_going_on_after_an_interruption_keeps_what_was_there_before(new_run: NewRun) -> None:
    run = new_run()
    run.train()
    first = (run.output / BEST).read_bytes()
    other = run.changed(trainer={"seed": 9})
    interrupted(other)
    other.train()
    assert [p.read_bytes() for p in run.output.glob("duv_lora_best_*.ckpt")] == [first]


def test_a_run_that_is_refused_leaves_everything(new_run: NewRun, tmp_path: Path) -> None:
    run = new_run()
    run.train()
    before = {p: p.read_bytes() for p in run.output.rglob("*") if p.is_file()}
    (run.folder / "guitar.jsonl").write_text("")
    assert run.command() == 2
    assert {p: p.read_bytes() for p in run.output.rglob("*") if p.is_file()} == before
