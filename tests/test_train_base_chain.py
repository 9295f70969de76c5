"""A base is trained after the models that it goes on from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from duv_studio.cli.parser import build_parser
from duv_studio.engine.model.library import MODEL_FILE
from duv_studio.paths import resource
from tools import train_base_chain
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


@pytest.mark.parametrize(
    ("there", "trained"), [((), ["lite-classical", "lite-open"]), (("lite-classical", "lite-open"), ["lite-open"])]
)
def test_what_is_there_is_not_trained_again_but_for_what_was_asked_for(
    there: tuple[str, ...], trained: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in there:
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / MODEL_FILE).touch()
    made: list[str] = []

    def ran(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
        assert command[:4] == [sys.executable, "-m", "duv_studio", "train-base"]
        args = build_parser("train-base").parse_args(command[3:])
        assert args.out == Path(env["DUV_STUDIO_HOME"], "models", args.work.name) and env.keys() >= os.environ.keys()
        assert args.no_evaluation is (args.work.name != "lite-open"), "only the last one is measured"
        made.append(args.work.name)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", ran)
    monkeypatch.setattr(sys, "argv", ["chain", "lite.yaml", "--data", str(tmp_path), "--work", str(tmp_path)])
    assert train_base_chain.main() == 0
    assert made == trained


def test_what_goes_wrong_stops_the_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[list[str]] = []

    def failed(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
        made.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(subprocess, "run", failed)
    monkeypatch.setattr(sys, "argv", ["chain", "base.yaml", "--data", str(tmp_path), "--work", str(tmp_path)])
    assert train_base_chain.main() == 1 and len(made) == 1
