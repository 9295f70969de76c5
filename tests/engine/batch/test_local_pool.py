"""Worker processes: the same bytes from one as from two, and nothing lost or done twice when they die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from duv_studio.engine.batch.events import Started
from duv_studio.engine.batch.local_pool import open_processes
from duv_studio.engine.batch.pool import FileOutput, Ready
from duv_studio.engine.batch.results import PROCESS_ENDED
from duv_studio.errors import DuvError
from tests.children import child
from tests.engine.batch.library import Library, make_library
from tests.engine.batch.mishaps import die_at_once, serve_but_one, serve_by_a_gpu, serve_unluckily, tell_threads
from tests.engine.batch.pools import LONGEST_S, renamed, results, work_off


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make_library(tmp_path_factory.mktemp("library"), songs=10)


@pytest.fixture(autouse=True)
def no_children() -> Iterator[None]:
    yield
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_bytes_do_not_depend_on_the_number_of_processes(library: Library, jobs: int, capfd: Any) -> None:
    with closing(open_processes(library.setup, jobs)) as pool:
        events = work_off(pool, library.chunks(2))
        assert pool.wants() == 2 * jobs
        assert len(multiprocessing.active_children()) == jobs
    assert [one.data for one in results(events)] == list(library.played)
    assert {said.precision for said in events if isinstance(said, Ready)} == {"fp32"}
    for index in range(len(library.paths)):
        mine = [said for said in events if getattr(said, "index", None) == index]
        assert isinstance(mine[0], Started) and isinstance(mine[-1], FileOutput)
    assert capfd.readouterr().err == ""


def test_a_worker_that_is_killed_loses_nothing(library: Library) -> None:
    killed: list[int] = []

    def kill(said: Any) -> None:
        if isinstance(said, FileOutput) and not killed:
            killed.append(multiprocessing.active_children()[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    with closing(open_processes(library.setup, 2)) as pool:
        events = work_off(pool, library.chunks(2), kill)
    assert killed and [one.data for one in results(events)] == list(library.played)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_kills_its_process_fails_alone(library: Library, tmp_path: Path, jobs: int) -> None:
    chunks = renamed(library, tmp_path, deadly=4, unlucky=7)
    with closing(open_processes(library.setup, jobs, serve_unluckily)) as pool:
        done = results(work_off(pool, chunks))
    assert [one.data for one in done] == [None if k == 4 else data for k, data in enumerate(library.played)]
    assert [one.error for one in done] == [PROCESS_ENDED if k == 4 else "" for k in range(10)]
    assert (tmp_path / "unlucky.was here").exists()


def test_closing_ends_workers_in_the_middle(library: Library, tmp_path: Path, capfd: Any) -> None:
    pool = open_processes(library.setup, 2, serve_unluckily)
    for chunk in renamed(library, tmp_path, endless=0):
        pool.give(chunk)
    deadline = time.monotonic() + LONGEST_S
    while not any(isinstance(said, Started) for said in pool.events(1.0)):
        assert time.monotonic() < deadline
    children = multiprocessing.active_children()
    assert children
    pool.close()
    assert not any(child.is_alive() for child in multiprocessing.active_children())
    pool.close()
    assert capfd.readouterr().err == ""


def test_closing_ends_workers_that_have_not_begun(library: Library) -> None:
    pool = open_processes(library.setup, 2)
    pool.give(library.chunks(1)[0])
    pool.close()
    assert not multiprocessing.active_children()


def test_news_without_work_are_waited_for_no_longer_than_asked(library: Library) -> None:
    with closing(open_processes(library.setup, 2)) as pool:
        assert pool.wants() == 4 and list(pool.events(0.01)) == []
        assert not multiprocessing.active_children(), "processes start when there is work"


def test_processes_that_never_begin_are_given_up(library: Library) -> None:
    pool = open_processes(library.setup, 2, die_at_once)
    with closing(pool), pytest.raises(DuvError, match=r"end before they begin to work \(signal 9\)"):
        work_off(pool, library.chunks(2))


def test_those_that_work_go_on_without_one_that_cannot_begin(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    with closing(open_processes(library.setup, 2, serve_but_one)) as pool:
        done = results(work_off(pool, library.chunks(1)))
        deadline = time.monotonic() + LONGEST_S
        while not Path(library.setup.model).with_name("refused").exists() or pool.wants() != 2:
            assert time.monotonic() < deadline
            pool.events(0.1)
    assert [one.data for one in done] == list(library.played)


def test_what_a_lost_gpu_left_is_done_by_another_process(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    with closing(open_processes(library.setup, 1, serve_by_a_gpu)) as pool:
        done = results(work_off(pool, library.chunks(3)))
    assert [one.error for one in done] == [""] * 7
    assert [one.data for one in done] == list(library.played)


@pytest.mark.parametrize(
    ("other", "told"),
    [({"model": "nowhere"}, 'there is no model "nowhere"'), ({"base_hash": "0" * 32}, "this worker has other weights")],
)
def test_what_keeps_a_worker_from_beginning_is_said(library: Library, other: dict[str, str], told: str) -> None:
    pool = open_processes(replace(library.setup, **other), 1)
    with closing(pool), pytest.raises(DuvError, match=told) as caught:
        work_off(pool, library.chunks(2))
    assert caught.value.hint


def test_processors_are_shared_and_the_precision_of_the_first_is_everybodys(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duv_studio.engine.batch.local_pool.processes_here", lambda: 6)
    setup = replace(library.setup, precision=None)
    with closing(open_processes(setup, 2, tell_threads)) as pool:
        work_off(pool, library.chunks(1))
    words = sorted(path.read_text() for path in Path(library.setup.model).parent.glob("*.txt"))
    assert words == ["3 3 None", "3 3 fp32"]


_PARENT = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.engine.batch.library import make_library
from tests.engine.batch.mishaps import serve_unluckily
from duv_studio.engine.batch.pool import FileJob
from duv_studio.engine.batch.local_pool import open_processes
import multiprocessing

if __name__ == "__main__":
    library = make_library(Path(sys.argv[1]), songs=2)
    library.paths[0].rename(library.paths[0].with_name("endless.mid"))
    pool = open_processes(library.setup, 2, serve_unluckily)
    for index, path in enumerate([library.paths[0].with_name("endless.mid"), library.paths[1]]):
        pool.give([FileJob(index, str(path))])
    done = 0
    while not done:
        done = sum(hasattr(said, "data") for said in pool.events(1.0))
    print(*[child.pid for child in multiprocessing.active_children()], flush=True)
    pool.events(600.0)
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(tmp_path: Path, number: int) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([".", *sys.path])}
    command = [sys.executable, script, tmp_path]
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with child(command, env=environment, **streams) as parent:
        assert parent.stdout is not None
        workers = parent.stdout.readline().split()
        assert len(workers) == 2
        parent.send_signal(number)
        parent.wait(LONGEST_S)
        deadline = time.monotonic() + LONGEST_S
        while any(_is_alive(worker) for worker in workers):
            assert time.monotonic() < deadline, "a worker stayed behind"
            time.sleep(0.05)


def _is_alive(pid: str) -> bool:
    """Whether a process is there and no zombie that waits for someone to notice its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
