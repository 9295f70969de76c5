"""The result page: the adapter is named, noted upon, and put to use without replacing others unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from duv_studio import paths
from duv_studio.engine.adapters.library import list_adapters, read_adapter_header
from duv_studio.engine.adapters.user_library import read_notes
from duv_studio.ui.wizard.result.result_page import TOPIC, ResultPage
from tests.adapters_made import make_adapter, make_base
from tests.ui.conftest import WAIT_S
from tests.ui.wizard.result.test_run_result import WITHOUT_BASE, write_result

MS = int(WAIT_S * 1000)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    real = paths.resource
    monkeypatch.setattr(
        paths, "resource", lambda *parts: tmp_path / "none" if parts[:1] == ("adapters",) else real(*parts)
    )
    return make_base()


@pytest.fixture
def run(base: Path, tmp_path: Path) -> Path:
    """The folder of a finished run."""
    return finished_run(base, tmp_path / "run")


def finished_run(base: Path, folder: Path, **said: Any) -> Path:
    checks = [{"name": "The adapter learned something", "passed": True, "said": "all moved"}]
    write_result(folder, checks=checks)
    make_adapter(base, path=folder / "duv_lora_best.ckpt", **({"created": "2026-05-05T10:00:00+00:00"} | said))
    return folder


def use(page: ResultPage, qtbot: QtBot) -> list[Any]:
    with qtbot.waitSignal(page.use_wanted, timeout=MS) as used:
        QTest.mouseClick(page.keep.use, LEFT)
    assert used.args is not None
    return used.args


def test_a_result_is_shown_whole(page: ResultPage, run: Path) -> None:
    page.show_folder(run)
    assert page.verdict.headline.text().startswith("It plays more like you")
    assert page.table.rowCount() == 3 and len(page.plot.rows) == 2
    assert page.table.isVisible() and page.plot.isVisible() and page.checks_fold.isVisible()
    assert not page.checks.isVisible()  # folded, as all is well
    assert page.keep.title == "My guitar" and page.keep.hint.text() == ""


def test_it_is_put_to_use_under_the_name_that_was_typed(page: ResultPage, run: Path, qtbot: QtBot) -> None:
    page.show_folder(run)
    page.keep.name.selectAll()
    QTest.keyClicks(page.keep.name, "Sunday")
    QTest.keyClicks(page.keep.notes, "from June")
    file, model = use(page, qtbot)
    assert read_adapter_header(file).title == "Sunday" and model is None
    assert file.parent.parent == paths.user_adapters_dir()
    assert read_notes(file) == read_notes(run / "duv_lora_best.ckpt") == "from June\n"
    assert not page.keep.use.isEnabled() and page.keep.use.text() == "In Use"
    page.show_folder(run)  # looked at again
    assert page.keep.title == "Sunday" and not page.keep.replaces and page.keep.notes.toPlainText() == "from June"
    use(page, qtbot)
    assert [info.header.title for info in list_adapters()] == ["Sunday"]


def test_another_adapter_is_replaced_only_by_its_name(page: ResultPage, base: Path, run: Path, qtbot: QtBot) -> None:
    make_adapter(base, name="My guitar", title="My guitar", seed=9)
    page.show_folder(run)
    assert page.keep.title == "My guitar 2" and not page.keep.replaces
    page.keep.name.setText("My guitar")
    assert page.keep.replaces and "would be replaced" in page.keep.hint.text()
    page.keep.name.setText(" ")
    assert not page.keep.use.isEnabled()
    page.keep.name.setText("My guitar")
    use(page, qtbot)
    assert [info.header.created[:7] for info in list_adapters()] == ["2026-05"]


def test_a_model_without_a_base_is_compared_with_the_lookup(page: ResultPage, tmp_path: Path, run: Path) -> None:
    page.show_folder(write_result(tmp_path / "model", **WITHOUT_BASE))
    words = (page.subTitle(), page.plot_heading.text(), page.plot.accessibleName())
    assert words == (
        "What the model does on songs that it never saw, compared with the mean of each place in the bar.",
        "What the model changes",
        "What the model changes",
    )
    assert page.plot.isVisible() and page.table.rowCount() == 2
    page.show_folder(run)  # an adapter again
    assert page.subTitle().endswith("compared with the model alone.") and "adapter" in page.plot_heading.text()


def test_failed_checks_stand_open(page: ResultPage, base: Path, tmp_path: Path) -> None:
    folder = finished_run(base, tmp_path / "bad")
    write_result(
        folder,
        status="failed",
        checks=[{"name": "The adapter learned something", "passed": False, "said": "3 are still 0"}],
    )
    page.show_folder(folder)
    assert page.checks.isVisible() and "1 of 1 failed" in page.checks_fold.button.text()
    assert "better not use it" in page.keep.hint.text()


def test_a_run_without_an_adapter_cannot_be_used(page: ResultPage, tmp_path: Path) -> None:
    page.show_folder(write_result(tmp_path / "none", status="interrupted", verdict="", why=[], unseen_songs={}))
    assert not page.keep.use.isEnabled() and not page.table.isVisible() and not page.plot.isVisible()
    assert page.keep.hint.text() == "No adapter was made."


def test_a_folder_without_a_result_says_so(page: ResultPage, tmp_path: Path, run: Path) -> None:
    page.show_folder(tmp_path / "nowhere")
    assert page.messages.messages[TOPIC].title == "There is no result yet" and not page.verdict.isVisible()
    page.show_folder(run)
    assert page.messages.messages == {} and page.verdict.isVisible()


def test_a_full_disk_is_said_and_can_be_tried_again(
    page: ResultPage, run: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths.user_adapters_dir().parent.mkdir(parents=True, exist_ok=True)
    page.show_folder(run)
    from duv_studio.engine.adapters import user_library
    from duv_studio.errors import DuvError

    def full(path: Path, data: bytes) -> None:
        raise DuvError("The disk is full", hint="make room or choose another place", title="Nothing was written")

    with monkeypatch.context() as patch:
        patch.setattr(user_library, "write_atomically", full)
        QTest.mouseClick(page.keep.use, LEFT)
        qtbot.waitUntil(lambda: TOPIC in page.messages.messages, timeout=MS)
    assert page.messages.messages[TOPIC].text == "The disk is full." and page.keep.use.isEnabled()
    use(page, qtbot)


def test_the_folder_is_opened(page: ResultPage, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    page.show_folder(run)
    QTest.mouseClick(page.keep.folder, LEFT)
    assert opened == [str(run)]
