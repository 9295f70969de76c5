"""Every door by which a file comes in that somebody else named: what is no file is a sentence at once."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from duv_studio.engine.batch.fingerprint import digest_of
from duv_studio.engine.batch.journal import JOURNAL
from duv_studio.engine.batch.journal_reader import read_journal
from duv_studio.engine.midi import midi_file
from duv_studio.engine.music.part_rows import read_rules
from duv_studio.errors import DuvError
from duv_studio.training.base.csv_rows import read_csv
from duv_studio.training.base.csv_stats import read_stats
from duv_studio.training.config import load_config
from duv_studio.training.data.manifest.lines import read_manifest
from duv_studio.training.data.manifest.sources import jobs_of
from duv_studio.training.data.pairs import read_sidecar
from duv_studio.training.lora.fit.run_files import RunFiles, read_json
from duv_studio.training.lora.recipe.load import load_recipe
from duv_studio.ui.training.run_history import RunHistory
from duv_studio.ui.wizard.recipe import recipe_file
from duv_studio.ui.wizard.result.run_result import read_run_result

DOORS: list[tuple[str, Callable[[Path], object]]] = [
    ("it.mid", midi_file.read),
    ("parts.yaml", read_rules),
    (JOURNAL, lambda path: read_journal(path.parent)),
    ("model.safetensors", digest_of),
    ("recipe.yaml", load_recipe),
    ("open.yaml", recipe_file.read),
    ("base.yaml", load_config),
    ("manifest.jsonl", lambda path: list(read_manifest(path))),
    ("list.jsonl", jobs_of),
    ("table.csv", lambda path: list(read_csv(path))),
    ("stats.json", read_stats),
    ("pair.csv", read_sidecar),
    ("metrics.csv", RunHistory.read),
    (RunFiles(Path()).result.name, lambda path: read_run_result(path.parent)),
]


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


KINDS: list[tuple[str, Callable[[Path], object]]] = [
    ("pipe", os.mkfifo),
    ("folder", Path.mkdir),
    ("socket", _socket),
    ("zeros", lambda path: path.symlink_to("/dev/zero")),
    ("terminal", lambda path: path.symlink_to("/dev/tty")),
    ("loop", lambda path: path.symlink_to(path)),
]


@pytest.mark.parametrize("make", [make for _, make in KINDS], ids=[kind for kind, _ in KINDS])
@pytest.mark.parametrize(("name", "read"), DOORS, ids=[name for name, _ in DOORS])
def test_what_is_no_file_is_a_sentence_at_every_door(
    tmp_path: Path, name: str, read: Callable[[Path], object], make: Callable[[Path], object]
) -> None:
    make(tmp_path / name)
    with pytest.raises(DuvError) as caught:
        read(tmp_path / name)
    assert len(str(caught.value)) < 500 and caught.value.file is not None


@pytest.mark.parametrize(("name", "read"), DOORS, ids=[name for name, _ in DOORS])
def test_an_endless_file_is_a_sentence_at_every_door(tmp_path: Path, name: str, read: Callable[[Path], object]) -> None:
    if name == "model.safetensors":
        pytest.skip("only its digest is wanted, in pieces")
    with (tmp_path / name).open("wb") as file:
        file.truncate(2**40)
    if name == JOURNAL:
        (tmp_path / JOURNAL).unlink()  # read by lines, see the tests of journals
    try:
        read(tmp_path / name)
    except DuvError as error:
        assert len(str(error)) < 500


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"a":' * 200_000, "NaN", "9" * 5000, "[1]", "null", '"text"', "{", "\ufeff{}"]
)
def test_odd_records_of_a_training_are_none(tmp_path: Path, text: str) -> None:
    files = RunFiles(tmp_path)
    for path in (files.result, files.state):
        path.write_text(text)
        assert read_json(path) == {}
    with pytest.raises(DuvError):
        read_run_result(tmp_path)
