"""`duv-studio adapters`: one's own adapters are added, listed and removed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from duv_studio import paths
from duv_studio.cli import main
from duv_studio.engine.adapters.header import HARMS, IMPROVES
from duv_studio.engine.adapters.library import automatic_with, list_adapters
from duv_studio.engine.midi.song import Family
from tests.adapters_made import make_adapter, make_base


@pytest.fixture
def base() -> Path:
    return make_base()


@pytest.fixture
def trained(base: Path, tmp_path: Path) -> Path:
    """The folder that a training wrote."""
    made = make_adapter(base, name="touch", verdict=IMPROVES)
    folder = tmp_path / "duv_guitar_lora"
    folder.mkdir()
    made.rename(folder / "duv_lora_best.ckpt")
    made.parent.rmdir()
    assert list_adapters() == [info for info in list_adapters() if not info.own]
    return folder


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["adapters", "--json"]) == 0
    return [fact for fact in json.loads(capsys.readouterr().out)["adapters"] if fact["own"]]


def test_an_installed_adapter_plays_by_itself(base: Path, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "--install", str(trained)]) == 0
    (fact,) = listed(capsys)
    assert (fact["name"], fact["family"], fact["automatic"]) == ("touch", "guitar", True)
    assert automatic_with(base)[Family.GUITAR] == Path(str(fact["path"]))
    assert main(["adapters"]) == 0
    assert "touch: guitar for " in capsys.readouterr().out


def test_it_is_installed_under_another_name_and_removed(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "--install", str(trained), "--name", "私の手"]) == 0
    assert [fact["name"] for fact in listed(capsys)] == ["私の手"]
    assert main(["adapters", "--install", "私の手", "--name", "私の手"]) == 0  # itself again
    assert main(["adapters", "--remove", "私の手"]) == 0
    assert listed(capsys) == []


def test_one_that_harms_is_listed_but_does_not_play(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_adapter(base, name="worse", verdict=HARMS)
    (fact,) = listed(capsys)
    assert (fact["verdict"], fact["automatic"]) == (HARMS, False)


@pytest.mark.parametrize("name", ["..", "a/b", "", "x.", 300 * "x"])
def test_a_name_that_is_no_folder_is_refused(trained: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "--install", str(trained), "--name", name]) == 2
    assert "cannot be the name" in capsys.readouterr().err
    assert main(["adapters", "--remove", name]) == 2
    assert trained.is_dir()


def test_a_broken_one_is_told_and_the_others_listed(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_adapter(base)
    broken = paths.user_adapters_dir() / "broken" / "adapter.safetensors"
    broken.parent.mkdir()
    os.mkfifo(broken)
    assert main(["adapters"]) == 0
    printed = capsys.readouterr()
    assert "my-guitar: guitar for tiny" in printed.out
    assert printed.err == f"duv-studio: {broken}: is a pipe, not a file\n"
    assert main(["adapters", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["broken"] == [{"path": str(broken), "why": "is a pipe, not a file"}]
