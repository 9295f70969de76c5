"""What the tests of adapters share: a tiny base, and recipes that train in about a second."""

from __future__ import annotations

from tests.lora_fixtures import new_run, tiny_base

__all__ = ["new_run", "tiny_base"]
