"""Warming up brings torch without an import's long pauses, and leaves the interpreter as it was."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def printed(code: str) -> list[str]:
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True, env=environment)
    return done.stdout.split()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not tell what is mapped")
def test_the_libraries_are_there_before_the_import_and_the_import_takes_them() -> None:
    code = """
import sys
from duv_studio.engine.model.torch_preload import map_libraries
mapped = lambda: {line.split()[-1] for line in open("/proc/self/maps") if "/libtorch" in line}
map_libraries()
first = mapped()
print(any("libtorch_python" in name for name in first), any("libtorch_cpu" in name for name in first))
print("torch" in sys.modules)
import torch
print(mapped() == first or sorted(mapped() - first), float(torch.ones(3).sum()))
"""
    assert printed(code) == ["True", "True", "False", "True", "3.0"]


def test_garbage_is_collected_again_afterwards_and_what_was_imported_is_left_alone() -> None:
    code = """
import gc, sys
from duv_studio.training.warm_up import warm_up
warm_up()
print(gc.isenabled(), gc.get_freeze_count() > 50_000)
wanted = {"torch", "lightning", "peft", "torch._dynamo", "duv_studio.training.lora.fit.run"}
print(wanted <= set(sys.modules))
frozen = gc.get_freeze_count()
kept = [[] for _ in range(1000)]
warm_up()
print(gc.get_freeze_count() <= frozen)
"""
    assert printed(code) == ["True", "True", "True", "True"]
