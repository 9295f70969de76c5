"""What tests of the wizard's last page share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.ui.training.session import TrainingSession
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from duv_studio.ui.wizard.result.result_page import ResultPage


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[ResultPage]:
    made = ResultPage(WizardState(), TrainingSession())
    qtbot.addWidget(made)
    made.resize(820, 620)
    made.show()
    yield made
    made.shut_down()
