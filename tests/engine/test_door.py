"""The names that `duv_studio.engine` offers to programs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from duv_studio import engine


def test_every_name_is_there_and_listed() -> None:
    assert set(engine.__all__) <= set(dir(engine))
    for name in engine.__all__:
        assert getattr(engine, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'read_all'"):
        engine.read_all  # noqa: B018


def test_every_public_function_and_class_says_what_it_is() -> None:
    for name in engine.__all__:
        assert (getattr(engine, name).__doc__ or "").strip(), name


def test_importing_the_door_imports_no_numbers_and_no_network() -> None:
    code = "import sys, duv_studio.engine as e; dir(e); print({'numpy', 'torch', 'scipy'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.strip() == "set()"
