"""A run that was stopped says what is true of it, and is judged when one asks."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from duv_studio.cli import main
from duv_studio.cli.parser import build_parser
from duv_studio.cli.train_lora import _command
from duv_studio.engine.adapters.header import HARMS
from duv_studio.engine.adapters.library import read_adapter_header
from duv_studio.errors import Cancelled, DuvError
from duv_studio.training.lora.fit import callbacks, judge_run
from duv_studio.training.lora.fit.callbacks import Progress
from duv_studio.training.lora.fit.result import judged_sentence, stopped_sentence
from duv_studio.training.lora.fit.run_files import INTERRUPTED, RunFiles, summary_of
from duv_studio.ui.wizard.result.run_result import read_run_result
from tests.lora_runs import NewRun, assert_same_outcome, outcome
from tests.training.lora.fit.test_resume import _interrupt_after, interrupted


def test_a_run_that_is_stopped_before_its_first_validation_says_so_and_how_to_go_on(
    new_run: NewRun, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run()
    with monkeypatch.context() as patch:
        patch.setattr(callbacks.TrainingCallback, "report_row", _interrupt_after(5))
        assert run.command() == 1
    said = capsys.readouterr().out
    assert "Stopped at step 5 of 16, before it was first judged" in said
    for untrue in ("nothing held out", "Low validation performance", "lora.r", "FAILED", "The best adapter"):
        assert untrue not in said
    result = run.result()
    assert (result["status"], result["checks"], result["planned_steps"]) == (INTERRUPTED, [], 16)
    line = next(line for line in said.splitlines() if line.startswith("This command goes on from there: "))
    again = shlex.split(line.partition(": ")[2])
    assert again == ["duv-studio", "train-lora", "--config", str(run.config), "--devices", "cpu"]
    main(again[1:])
    assert "Going on where the run was interrupted." in capsys.readouterr().out
    assert run.result()["steps"] == 16


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"steps": 3, "planned_steps": 9, "validation": {"identity": {"val_loss": 1.0}}}, "before it was first judged"),
        ({"steps": 3, "planned_steps": 9, "validation": {"identity": {}, "adapter": {}}}, "before it was first judged"),
        ({"steps": 5, "planned_steps": 9, "best_step": 4, "validation": {"adapter": {"val_loss": 1}}}, "so far was 4"),
        ({"steps": 5, "planned_steps": 9, "best_step": 5, "validation": {}}, "step 5 of 9; its best step"),
        ({"steps": 9, "planned_steps": 9}, "after its last step, 9, before the unseen songs"),
        ({"kind": "statistics"}, "Stopped before its end."),
    ],
)
def test_where_it_stopped(about: dict[str, object], said: str) -> None:
    assert said in stopped_sentence(about)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"steps": 3, "planned_steps": 9, "validation": {"identity": {"val_loss": 1.0}}}, "step 3 of 9; the verdict"),
        ({"steps": 5, "planned_steps": 9, "best_step": 4, "validation": {"adapter": {"val_loss": 1}}}, "is of step 4"),
        ({"steps": 9, "planned_steps": 9, "best_step": 7}, "after its last step, 9; the verdict is of step 7"),
        ({"kind": "adapter"}, "the verdict is of the best adapter so far"),
    ],
)
def test_what_was_judged_is_not_said_to_wait_for_it(about: dict[str, object], said: str) -> None:
    sentence = judged_sentence(about)
    assert said in sentence and "before it was" not in sentence and "before the unseen" not in sentence


def test_a_judging_that_is_interrupted_says_so(
    new_run: NewRun, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted_at_once(*args: Any, **more: Any) -> None:
        raise Cancelled

    run = new_run()
    monkeypatch.setattr(judge_run, "judge_stopped", interrupted_at_once)
    assert run.command("--judge") == 130
    assert f"Stopped before it was judged. To judge it: duv-studio train-lora --config {run.config}" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        (["--config", "my recipe.yaml"], "duv-studio train-lora --config 'my recipe.yaml'"),
        (["--config", "x.yaml", "--restart"], "duv-studio train-lora --config x.yaml"),  # it would begin anew again
        (
            ["--config", "x.yaml", "--devices", "cpu", "--num-workers", "2", "--strategy", "ddp"],
            "duv-studio train-lora --config x.yaml --devices cpu --num-workers 2 --strategy ddp",
        ),
    ],
)
def test_the_command_that_goes_on(given: list[str], printed: str) -> None:
    assert _command(build_parser("train-lora").parse_args(["train-lora", *given])) == printed


def test_nothing_of_a_run_that_was_begun_anew_is_the_earlier_one_s(new_run: NewRun) -> None:
    run, said = new_run(), list[str]()
    run.train()
    files, first = RunFiles(run.output), run.result()
    files.notes.write_text("of the first")

    def fail(progress: Progress) -> None:
        raise DuvError("the power is gone")

    with pytest.raises(DuvError, match="power"):
        run.train(restart=True, on_progress=fail, on_message=said.append)
    assert not (files.best.exists() or files.final.exists() or files.result.exists() or files.notes.exists())
    with pytest.raises(DuvError, match="no training has ended here"):
        read_run_result(run.output)
    summary = summary_of(run.output)
    assert summary is not None and (summary.status, summary.verdict) == ("running", "")
    kept = {path.name for path in run.output.glob("*_1.*")}
    assert kept == {"duv_lora_best_1.ckpt", "duv_lora_final_1.ckpt", "result_1.json", "run_1.json", "notes_1.txt"}
    assert any(f"is kept as {run.output / 'duv_lora_best_1.ckpt'}" in line for line in said) and first["verdict"]


def test_an_unfinished_run_that_is_given_up_keeps_its_adapter_and_says_so(
    new_run: NewRun, capsys: pytest.CaptureFixture[str]
) -> None:
    run = new_run()
    interrupted(run)
    files = RunFiles(run.output)
    before = files.best.read_bytes()
    run.command("--restart")
    said = capsys.readouterr().out
    kept = run.output / "duv_lora_best_1.ckpt"
    assert "is given up" in said and f"An unfinished duv_lora_best.ckpt was here; it is kept as {kept}" in said
    assert kept.read_bytes() == before and run.result()["status"] != INTERRUPTED


def test_a_stopped_run_is_judged_when_one_asks_and_goes_on_all_the_same(
    new_run: NewRun, capsys: pytest.CaptureFixture[str]
) -> None:
    run, whole = new_run(), new_run()
    whole.train()
    interrupted(run)
    files, stopped = RunFiles(run.output), run.result()
    assert "verdict" not in stopped and read_adapter_header(files.best).rendering is None
    capsys.readouterr()
    status = run.command("--judge")
    said, result, header = capsys.readouterr().out, run.result(), read_adapter_header(files.best)
    assert status == int(result["verdict"] == HARMS)
    assert (
        f"**{result['verdict'].capitalize()}.**" in said and "Stopped at step 11 of 16; the verdict is of step" in said
    )
    assert "This command goes on from there: duv-studio train-lora" in said
    assert result["status"] == INTERRUPTED and result["unseen_songs"]["adapter"]
    assert {key: result[key] for key in stopped} == stopped
    assert header.verdict == result["verdict"] and header.rendering is not None and header.player is not None
    summary = summary_of(run.output)
    assert summary is not None and summary.verdict == result["verdict"] and summary.can_resume
    lines: list[str] = []
    run.train(on_message=lines.append)
    assert any("that verdict goes" in line for line in lines)
    assert_same_outcome(outcome(run), outcome(whole))
    assert run.command("--judge") == 2
    assert "holds a run that was judged when it ended" in capsys.readouterr().err


def test_what_cannot_be_judged_is_said(
    new_run: NewRun, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run()
    assert run.command("--judge") == 2 and "holds no run to judge" in capsys.readouterr().err
    assert run.command("--judge", "--restart") == 2 and "not allowed with" in capsys.readouterr().err
    interrupted(run)
    files = RunFiles(run.output)
    before = {p: p.read_bytes() for p in run.output.rglob("*") if p.is_file()}
    assert run.changed(lora={"r": 4}).command("--judge") == 2
    assert "another recipe, base or data" in capsys.readouterr().err
    with pytest.raises(Cancelled):
        judge_run.judge_stopped(run.loaded(), run.loaded().family(run.config), stop=lambda: True)
    assert {p: p.read_bytes() for p in run.output.rglob("*") if p.is_file()} == before

    def train_on(*args: Any, **more: Any) -> Any:
        files.best.write_bytes(b"newer")
        return real(*args, **more)

    real = judge_run.player_statistics
    monkeypatch.setattr(judge_run, "player_statistics", train_on)
    assert run.command("--judge") == 2 and "it is trained still" in capsys.readouterr().err
    assert files.best.read_bytes() == b"newer" and run.result()["status"] == INTERRUPTED
    files.best.unlink()
    assert run.command("--judge") == 2 and "holds no adapter yet to judge" in capsys.readouterr().err
