"""Trouble is met with an offer that a click carries out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from duv_studio.errors import DuvError
from duv_studio.training.errors import DeviceLost, DiskFull, NotANumber, OutOfMemory, UnfinishedRun
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.ui.training.error_remedies import free_folder, remedies


def recipe(**trainer: Any) -> LoraRecipe:
    return LoraRecipe.model_validate({"manifest": "own.jsonl", "output_dir": "out/lora", "trainer": trainer})


@pytest.mark.parametrize(
    ("trainer", "edits"),
    [
        ({"batch_size": 16}, (("trainer.batch_size", 8),)),
        ({"batch_size": 3}, (("trainer.batch_size", 1),)),
        ({"batch_size": 1, "max_len": 256}, (("trainer.max_len", 128),)),
        ({"batch_size": 1, "max_len": 20}, (("trainer.max_len", 16),)),
    ],
)
def test_out_of_memory_halves_the_batch_then_the_windows(trainer: dict[str, Any], edits: Any) -> None:
    (found,) = remedies(OutOfMemory("out of memory"), recipe(**trainer))
    assert found.edits == edits and found.restart
    assert str(edits[0][1]) in found.sentence


def test_with_the_smallest_of_all_there_is_no_offer() -> None:
    assert remedies(OutOfMemory("out of memory"), recipe(batch_size=1, max_len=16)) == ()


@pytest.mark.parametrize(
    ("trainer", "edits"),
    [
        ({"lr": 1e-3, "precision": "bf16"}, {"trainer.lr": 2.5e-4, "trainer.precision": "32"}),
        ({"lr": 0.1, "precision": "32"}, {"trainer.lr": 0.025}),
    ],
)
def test_no_number_lowers_the_learning_rate_and_asks_for_exact_numbers(trainer: dict[str, Any], edits: Any) -> None:
    (found,) = remedies(NotANumber("nan"), recipe(**trainer))
    assert dict(found.edits) == edits and found.restart


def test_a_full_disk_and_a_lost_gpu_are_gone_on_from() -> None:
    (room,) = remedies(DiskFull("full"), recipe())
    assert (room.edits, room.restart) == ((), False)
    (cpu,) = remedies(DeviceLost("gone"), recipe())
    assert (cpu.devices, cpu.restart) == ("cpu", False)


def test_data_that_vanished_can_be_tried_again_or_chosen_anew(tmp_path: Path) -> None:
    gone = tmp_path / "own.jsonl"
    ours = recipe().model_copy(update={"manifest": (str(gone),)})
    again, choose = remedies(DuvError("no such file", file=gone), ours)
    assert (again.edits, again.restart, choose.choose_data) == ((), False, True)
    gone.write_text("")
    assert remedies(DuvError("is damaged", file=gone), ours) == ()
    assert remedies(DuvError("some other trouble"), ours) == ()


def test_an_unfinished_run_stays_beside_a_new_folder(tmp_path: Path) -> None:
    ours = recipe().model_copy(update={"output_dir": str(tmp_path / "lora")})
    beside, instead = remedies(UnfinishedRun("unfinished"), ours)
    assert beside.edits == (("output_dir", (tmp_path / "lora_2").as_posix()),) and not beside.restart
    assert instead.restart and instead.edits == ()


def test_free_folders_count_on(tmp_path: Path) -> None:
    (tmp_path / "a_2").mkdir()
    (tmp_path / "a_3").mkdir()
    assert free_folder(tmp_path / "a_2").name == "a_4"
    assert free_folder(tmp_path / "a").name == "a_4"
    assert free_folder(tmp_path / "_7").name == "_7_2"
