"""What the tests of trainings in the window share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.ui.training.session import TrainingSession
from tests.lora_fixtures import new_run, tiny_base

__all__ = ["new_run", "session", "tiny_base"]


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[TrainingSession]:
    """One that has ended before the test does."""
    made = TrainingSession()
    yield made
    made.shut_down()
