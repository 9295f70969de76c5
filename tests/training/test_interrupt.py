"""Ctrl-C and a polite kill are requests while training runs, and what they were before once it has ended."""

from __future__ import annotations

import signal
import threading

import pytest

from duv_studio.cli.guard import interrupt

ASKING = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", ASKING)
def test_a_signal_is_a_request(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interrupt() as stopped:
        assert not stopped()
        signal.raise_signal(number)
        assert stopped()
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", ASKING)
def test_what_a_shell_lets_be_ignored_stays_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with interrupt() as stopped:
            signal.raise_signal(number)
            assert not stopped()
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


def test_other_threads_set_no_signals() -> None:
    asked: list[bool] = []

    def run() -> None:
        with interrupt() as stopped:
            asked.append(stopped())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert asked == [False]
