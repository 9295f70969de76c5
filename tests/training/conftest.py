"""What several tests of the training share: a tiny model that was really trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixture_model import train_fixture


@pytest.fixture(scope="session")
def fixture_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the model; ten seconds or so, once."""
    return train_fixture(tmp_path_factory.mktemp("fixture"))
