"""One broken file in the user's folders is shown with its reason, and breaks nothing that does not need it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from duv_studio import paths
from duv_studio.engine import Humanizer
from duv_studio.engine.adapters.library import ADAPTER_FILE, broken_adapters, find_adapter, list_adapters
from duv_studio.engine.adapters.resolve import choose
from duv_studio.engine.model import installed_files
from duv_studio.engine.model.checkpoint import read_header
from duv_studio.engine.model.library import MODEL_FILE, broken_models, find_model, list_models
from duv_studio.errors import DuvError
from tests.adapters_made import make_adapter, make_base

SITUATIONS: dict[str, tuple[Callable[[Path], object], str]] = {
    "garbage": (lambda path: path.write_bytes(b"\x01\x02" * 50), "is not a model or adapter file"),
    "empty": (Path.touch, "it is empty"),
    "cut": (lambda path: path.write_bytes((1 << 62).to_bytes(8, "little") + b"{}"), "bytes; there may be"),
    "pipe": (os.mkfifo, "is a pipe, not a file"),
    "folder": (Path.mkdir, "is a folder, not a file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file"),
    "loop": (lambda path: path.symlink_to(path), "Too many levels"),
    "dangling": (lambda path: path.symlink_to("nowhere"), "is a link that leads nowhere"),
}


@pytest.fixture(params=SITUATIONS, autouse=True)
def broken(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A broken model and a broken adapter among sound ones; returns the name of both and what is to be said."""
    make, words = SITUATIONS[request.param]
    make_adapter(make_base())
    for folder, file in ((paths.user_models_dir(), MODEL_FILE), (paths.user_adapters_dir(), ADAPTER_FILE)):
        path = folder / request.param / file
        path.parent.mkdir()
        make(path)
    return request.param, words


def test_the_others_are_listed_and_the_broken_one_with_its_reason(broken: tuple[str, str]) -> None:
    name, words = broken
    assert {"base-open", "tiny"} <= {model.name for model in list_models()}
    assert "my-guitar" in [adapter.name for adapter in list_adapters()]
    for found in (broken_models(), broken_adapters()):
        (file,) = found
        assert file.path.parent.name == name and words in file.why


def test_whoever_asks_for_it_is_told_why(broken: tuple[str, str]) -> None:
    name, words = broken
    for use in (lambda: read_header(find_model(name)), lambda: choose(name), lambda: choose("tiny", name)):
        with pytest.raises(DuvError, match=words):
            use()
    assert find_adapter(name).parent.name == name


def test_nobody_else_notices(broken: tuple[str, str]) -> None:
    assert choose("tiny").base.path == find_model("tiny") and len(choose("tiny").adapters) == 1
    assert choose("my-guitar").base.path == find_model("tiny")
    assert Humanizer("tiny", adapter="none").name == "tiny"


def test_a_folder_with_a_name_that_is_no_text_is_shown(broken: tuple[str, str]) -> None:
    odd = Path(os.fsdecode(os.fsencode(paths.user_models_dir()) + b"/caf\xe9"))
    find_model("tiny").parent.rename(odd)
    assert "lies in a folder whose name is not UTF-8 text: rename that folder" in [file.why for file in broken_models()]
    assert odd.name not in [model.name for model in list_models()]
    assert read_header(odd / MODEL_FILE).name == "tiny"


def test_a_folder_that_may_not_be_read_is_shown(broken: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    look = os.lstat

    def refuse(path: Path) -> os.stat_result:
        if path.parent.name == "tiny":
            raise PermissionError(13, "Permission denied")
        return look(path)

    monkeypatch.setattr(installed_files.os, "lstat", refuse)
    assert [file.why for file in broken_models() if file.path.parent.name == "tiny"] == [
        "cannot be read: Permission denied"
    ]
    assert "base-open" in [model.name for model in list_models()]


def test_a_folder_that_holds_none_is_called_one(broken: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(DuvError, match=f'there is no model "{tmp_path}", a folder without model.safetensors'):
        find_model(tmp_path)
    with pytest.raises(DuvError, match=f'there is no adapter "{tmp_path}", a folder without adapter.safetensors'):
        find_adapter(tmp_path)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "/dev/null/model", "\udce9"])
def test_names_that_cannot_be_one_are_refused_like_any_other(name: str) -> None:
    for use in (find_model, find_adapter):
        with pytest.raises(DuvError, match=r"there is no (model|adapter)"):
            use(name)
