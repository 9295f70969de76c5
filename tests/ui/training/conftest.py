"""What the tests of trainings in the window share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.ui.training.session import TrainingSession


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[TrainingSession]:
    """One that has ended before the test does."""
    made = TrainingSession()
    yield made
    made.shut_down()
