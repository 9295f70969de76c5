"""What the tests of commands share with those of training: tiny models that were really trained."""

from __future__ import annotations

from tests.lora_fixtures import new_run, tiny_base
from tests.training.conftest import fixture_model

__all__ = ["fixture_model", "new_run", "tiny_base"]
