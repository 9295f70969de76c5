"""Two batches into one folder: the second one is refused, and nothing remains of the first one's hold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from duv_studio.engine.batch.events import BatchEvent, Planned
from duv_studio.engine.batch.output_guard import lock_folder
from duv_studio.engine.batch.request import Control, Request
from duv_studio.engine.batch.runner import run
from duv_studio.errors import DuvError
from tests.batch_trees import fill
from tests.fake_pool import Opener


def test_a_second_batch_into_the_folder_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"a.mid": b"a", "b.mid": b"b"})
    request = Request((tmp_path / "in",), tmp_path / "out")
    refused: list[DuvError] = []

    def second(events: BatchEvent) -> None:
        if isinstance(events, Planned):
            with pytest.raises(DuvError, match="Another batch") as caught:
                run(request, lambda _: None, Control(), Opener())
            refused.append(caught.value)

    run(request, second, Control(), Opener())
    assert [error.file for error in refused] == [tmp_path / "out"]
    run(request, lambda _: None, Control(), Opener())  # and afterwards it may


def test_a_folder_is_one_by_all_its_names(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to("out")
    with (
        lock_folder(tmp_path / "out"),
        lock_folder(tmp_path / "other"),
        pytest.raises(DuvError),
        lock_folder(tmp_path / "link"),
    ):
        pass


def test_a_home_that_cannot_be_written_to_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DUV_STUDIO_HOME", os.fspath(tmp_path / "file"))
    with lock_folder(tmp_path / "out"):
        pass
