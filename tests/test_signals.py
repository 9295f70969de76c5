"""Tests can be interrupted, and what they start, also where a shell lets signals be ignored."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.children import child

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell lets signals be ignored")

LONGEST_S = 60.0
SHELL = ["sh", "-c", 'trap "" INT TERM QUIT HUP; exec "$@"', "sh"]  # as `nohup COMMAND &` in a script
WAITS = "import time; print('waits', flush=True); time.sleep(600)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_child_can_be_interrupted(number: signal.Signals) -> None:
    with child([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None and process.stdout.readline() == b"waits\n"
        process.send_signal(number)
        assert process.wait(LONGEST_S / 6) == -number


def test_this_process_can_be_interrupted() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_they_can_also_where_the_shell_lets_signals_be_ignored() -> None:
    tests = [f"{Path(__file__)}::{test.__name__}" for test in INTERRUPTED]
    command = [*SHELL, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    with child(command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        said, _ = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 0 and b"3 passed" in said, said.decode()


INTERRUPTED = (test_a_child_can_be_interrupted, test_this_process_can_be_interrupted)
