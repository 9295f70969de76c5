"""A batch on a Dask cluster: the bytes of this machine, and nothing lost or done twice when workers are killed."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from duv_studio.engine.batch.dask_pool import open_cluster
from duv_studio.engine.batch.pool import FileJob, FileOutput, Ready
from duv_studio.engine.batch.results import PROCESS_ENDED
from duv_studio.errors import DuvError
from tests.engine.batch.dask_here import DaskHere, dask_here
from tests.engine.batch.library import Library, make_library
from tests.engine.batch.pools import LONGEST_S, renamed, results, work_off

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make_library(tmp_path_factory.mktemp("library"), songs=10)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskHere]:
    """Two workers, one of them with two threads; what kills workers has a cluster of its own."""
    with dask_here(tmp_path_factory.mktemp("dask"), {"threads": 2}, {}) as here:
        yield here


def test_the_bytes_are_those_of_this_machine(library: Library, cluster: DaskHere, capfd: Any) -> None:
    with closing(open_cluster(cluster.address, replace(library.setup, precision=None))) as pool:
        events = work_off(pool, library.chunks(2))
    assert [one.data for one in results(events)] == list(library.played)
    assert [said.precision for said in events if isinstance(said, Ready)] == ["fp32"]
    assert capfd.readouterr().err == ""


def test_as_many_chunks_are_wanted_as_keep_all_threads_busy(library: Library, cluster: DaskHere) -> None:
    with closing(open_cluster(cluster.address, library.setup)) as pool:
        deadline = time.monotonic() + LONGEST_S
        while pool.wants() < 6:
            assert time.monotonic() < deadline
            pool.events(0.1)
        pool.give(library.chunks(1)[0])
        assert pool.wants() == 5


def test_bad_files_fail_alone(library: Library, cluster: DaskHere, tmp_path: Path) -> None:
    (tmp_path / "text.mid").write_bytes(b"no music at all")
    (tmp_path / "cut.mid").write_bytes(library.paths[0].read_bytes()[:14])
    bad = [FileJob(10 + k, str(tmp_path / name)) for k, name in enumerate(["missing.mid", "text.mid", "cut.mid"])]
    with closing(open_cluster(cluster.address, library.setup)) as pool:
        done = results(work_off(pool, [[*library.chunks(10)[0], *bad], bad[:0], [FileJob(20, str(tmp_path))]]))
    assert [one.data for one in done] == [*library.played, None, None, None, None]
    assert all(one.error and "tmp" not in one.error for one in done[10:])


@pytest.fixture
def offloading(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the thread in which Dask packs large messages, one for the whole process, end with the test."""
    with ThreadPoolExecutor(1) as executor:
        monkeypatch.setattr(distributed.utils, "_offload_executor", executor)
        yield
        monkeypatch.undo()


@pytest.mark.usefixtures("offloading")
def test_large_files_go_through_without_a_word(library: Library, cluster: DaskHere, tmp_path: Path) -> None:
    large = tmp_path / "large.mid"
    # What follows the last chunk is kept.
    large.write_bytes(library.paths[0].read_bytes() + b"XXXX" + (11 * 2**20).to_bytes(4, "big") + bytes(11 * 2**20))
    with closing(open_cluster(cluster.address, library.setup)) as pool:
        (done,) = results(work_off(pool, [[FileJob(0, str(large))]]))
    assert done.data is not None and done.data[: len(library.played[0])] == library.played[0]
    assert len(done.data) > 11 * 2**20


def test_other_weights_are_refused(library: Library, cluster: DaskHere) -> None:
    pool = open_cluster(cluster.address, replace(library.setup, base_hash="0" * 32))
    with closing(pool), pytest.raises(DuvError, match=r"on the machine .*: this worker has other weights") as caught:
        work_off(pool, library.chunks(2))
    assert caught.value.hint


def test_a_worker_that_is_killed_loses_nothing(library: Library, tmp_path: Path) -> None:
    with dask_here(tmp_path, {}, {}) as here, closing(open_cluster(here.address, library.setup)) as pool:
        victim = here.processes[1]

        def kill(said: Any) -> None:
            if isinstance(said, FileOutput):
                victim.send_signal(signal.SIGKILL)

        done = results(work_off(pool, library.chunks(1), kill))
        assert victim.wait(LONGEST_S) == -signal.SIGKILL
    assert [one.data for one in done] == list(library.played)


def test_files_that_kill_workers_fail_alone(library: Library, tmp_path: Path) -> None:
    chunks = renamed(library, tmp_path, deadly=4, **{"also deadly": 7})
    reborn = {"options": ("--nanny", "--preload", str(Path(__file__).with_name("mishaps.py")))}
    with dask_here(tmp_path, reborn, reborn) as here, closing(open_cluster(here.address, library.setup)) as pool:
        done = results(work_off(pool, chunks))
    assert [one.error for one in done] == [PROCESS_ENDED if k in (4, 7) else "" for k in range(10)]
    assert [one.data for one in done] == [None if k in (4, 7) else data for k, data in enumerate(library.played)]


def test_closing_does_not_wait_for_what_is_under_way(library: Library, cluster: DaskHere) -> None:
    pool = open_cluster(cluster.address, library.setup)
    for chunk in library.chunks(1):
        pool.give(chunk)
    pool.close()
    pool.close()


def test_a_scheduler_that_goes_away_is_said(library: Library, tmp_path: Path) -> None:
    with dask_here(tmp_path) as here, closing(open_cluster(here.address, library.setup)) as pool:
        pool.give(library.chunks(10)[0])
        os.kill(here.processes[0].pid, signal.SIGKILL)
        with pytest.raises(DuvError, match=r"connection to the Dask scheduler .* was lost"):
            work_off(pool, library.chunks(10))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nonsense://here:1", "nowhere", "127.0.0.1:{port}"])
def test_an_address_where_nobody_answers_is_said(
    library: Library, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("duv_studio.engine.batch.dask_session.CONNECT_TIMEOUT_S", 0.5)
    with socket.socket() as taken:  # and listens to nobody
        taken.bind(("127.0.0.1", 0))
        address = address.format(port=taken.getsockname()[1])
        with pytest.raises(DuvError, match=f'no Dask scheduler answers at "{address}"') as caught:
            open_cluster(address, library.setup)
    assert "tcp://host:8786" in caught.value.hint


def test_without_dask_it_is_said_what_to_install(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DuvError, match="Dask is not installed") as caught:
        open_cluster("tcp://127.0.0.1:1", library.setup)
    assert "duv-studio[cluster]" in caught.value.hint
