"""What tests of the wizard share."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication


@pytest.fixture(autouse=True)
def swept(qapp: QApplication) -> None:
    """Widgets of the test before are gone: without an event loop they would wait, and be dressed with each theme."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
