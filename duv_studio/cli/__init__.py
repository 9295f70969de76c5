"""The command line: `duv-studio` and its sub-commands."""

from __future__ import annotations

from duv_studio.cli.entry import main

__all__ = ["main"]
