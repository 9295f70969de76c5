"""Scripts that start processes: with a main guard they work, and without one they are told, and never hang."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from duv_studio.engine.main_guard import GUARD
from duv_studio.errors import DuvError
from tests import ROOT

HEAD = """\
from duv_studio.errors import DuvError
from duv_studio.training.data.manifest.task_pool import in_order

def double(chunk):
    return tuple(2 * x for x in chunk)

def work():
    try:
        print(list(in_order(double, range(4), 2, chunk=2)))
    except DuvError as e:
        print(f"refused: {e}")
"""
WORKED = "[0, 2, 4, 6]\n"
THREAD = "from threading import Thread\nt = Thread(target=work)\nt.start()\nt.join()\n"
GUARDED = {
    "as usual": f"{HEAD}{GUARD}\n    work()\n",
    "the other way round": f'{HEAD}if "__main__" == __name__:\n    work()\n',
    "not for children": f'{HEAD}if __name__ != "__mp_main__":\n    work()\n',
    "within another statement": f"{HEAD}try:\n    {GUARD}\n        work()\nfinally:\n    pass\n",
    "otherwise": f'{HEAD}if __name__ != "__main__":\n    pass\nelse:\n    work()\n',
    "in a thread": f"{HEAD}{GUARD}\n    {THREAD.strip().replace(chr(10), chr(10) + '    ')}\n",
    "deep inside": f"{HEAD}{GUARD}\n    for _ in range(1):\n        if True:\n            work()\n",
}
BARE = {
    "at the end": f"{HEAD}work()\n",
    "in another condition": f"{HEAD}if True:\n    work()\n",
    "in a function": f"{HEAD}def main():\n    work()\nmain()\n",
    "behind the guard": f"{HEAD}{GUARD}\n    pass\nwork()\n",
}


def said_by(script: Path, *, as_module: bool = False) -> str:
    command = [sys.executable, *(["-m", script.stem] if as_module else [str(script)])]
    env = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{script.parent}"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, env=env, check=False)
    assert done.returncode == 0 and done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("kind", GUARDED)
def test_with_a_guard_the_script_works(tmp_path: Path, kind: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(GUARDED[kind])
    assert said_by(script) == WORKED


@pytest.mark.parametrize("as_module", [False, True], ids=["file", "module"])
@pytest.mark.parametrize("kind", BARE)
def test_without_one_it_is_told_before_any_process_starts(tmp_path: Path, kind: str, as_module: bool) -> None:
    script = tmp_path / "script.py"
    script.write_text(BARE[kind])
    line = len(BARE[kind].splitlines())
    assert said_by(script, as_module=as_module) == (
        f"refused: {script}: line {line} starts processes, each of which runs this script again and would come to the"
        f" same line (put what the script does below {GUARD})\n"
    )


def test_a_thread_of_the_script_is_no_way_round(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"{HEAD}{THREAD}")
    said = said_by(script)
    assert said.count("refused") == 1 and "starts processes, each of which runs this script again" in said


def test_a_guarded_module_and_a_package_work(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(GUARDED["as usual"])
    assert said_by(script, as_module=True) == WORKED
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "package" / "work.py").write_text(HEAD)
    (tmp_path / "package" / "__main__.py").write_text("from package.work import work\nwork()\n")
    assert said_by(tmp_path / "package", as_module=True) == WORKED  # no process begins with its __main__


def test_one_process_needs_no_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(BARE["at the end"].replace("range(4), 2,", "range(4), 1,"))
    assert said_by(script) == WORKED


@pytest.mark.parametrize(("count", "strategy", "workers"), [(1, "auto", 1), (2, "ddp_spawn", 0)])
def test_a_training_asks_before_it_reads_anything(
    monkeypatch: pytest.MonkeyPatch, count: int, strategy: str, workers: int
) -> None:
    from duv_studio.training.devices import Devices
    from duv_studio.training.lora.fit import run

    def refuse() -> None:
        raise DuvError("no guard")

    monkeypatch.setattr(run, "require_main_guard", refuse)
    with pytest.raises(DuvError, match="no guard"):
        run.train(None, None, Devices("cpu", count, strategy=strategy), workers=workers)  # type: ignore[arg-type]
