"""The slow work: in what order it runs, what overtakes what, and what a failure leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.engine.midi.song import Family
from duv_studio.engine.music.settings import Settings
from duv_studio.errors import DuvError
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.document.jobs import MODEL, OPEN, PREDICT
from tests.ui.conftest import WAIT_S, FakeModel

MakeWindow = Callable[..., MainWindow]
MS = int(WAIT_S * 1000)


def test_open_predict_draw_blend(opened: MainWindow, model: FakeModel) -> None:
    assert model.asked == [(frozenset({0, 1, 2}), True)]
    assert opened.document.performance is not None
    assert opened.jobs.activity is None


def test_the_song_may_come_before_the_model(
    make_window: MakeWindow, model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    go = threading.Event()

    def load(name: object, adapter: object, device: str) -> FakeModel:
        go.wait(WAIT_S)
        return model

    window = make_window(load)
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: window.document.song is not None, timeout=MS)
    assert window.jobs.activity is not None
    assert (window.jobs.activity.kind, window.jobs.activity.can_cancel) == (MODEL, False)
    assert not window.document.ready
    go.set()
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)


def test_sliders_and_seeds_never_run_the_model(opened: MainWindow, model: FakeModel, qtbot: QtBot) -> None:
    for fields in ({"intensity": 0.2}, {"variation": 1.0}, {"seed": 7}, {"drum_durations": True}, {"velocity": 0.3}):
        opened.document.change("Change", **fields)
        qtbot.waitUntil(lambda: opened.document.ready, timeout=MS)
    assert len(model.asked) == 1


def test_protecting_runs_it_once_for_each_choice(opened: MainWindow, model: FakeModel, qtbot: QtBot) -> None:
    for protect in (False, True, False):
        opened.document.change("Protect", protect_keyswitches=protect)
        qtbot.waitUntil(lambda: opened.document.ready, timeout=MS)
    assert [protect for _, protect in model.asked] == [True, False]


def test_an_included_track_is_predicted_alone(
    window: MainWindow, model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    window.document.change("Exclude Pattern", exclude="Drums")
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    window.document.change("Exclude Pattern", exclude=None)
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    assert [tracks for tracks, _ in model.asked] == [{0, 1}, {2}]


def test_a_second_file_overtakes_the_first(
    window: MainWindow, model: FakeModel, song_file: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duv_studio.ui.document import jobs

    read, go = jobs.midi_file.read, threading.Event()
    other = song_file.with_name("Other.mid")
    other.write_bytes(song_file.read_bytes())

    def slow_for_the_first(path: Path) -> object:
        if path == song_file:
            go.wait(WAIT_S)
        return read(path)

    monkeypatch.setattr(jobs.midi_file, "read", slow_for_the_first)
    window.open_paths([song_file])
    assert window.jobs.tasks.running(OPEN)
    window.open_paths([other])
    qtbot.waitUntil(lambda: window.document.song is not None, timeout=MS)
    go.set()
    qtbot.waitUntil(lambda: window.jobs.tasks.unfinished == 0 and window.document.ready, timeout=MS)
    assert window.document.song is not None
    assert window.document.song.path == other


def test_a_cancelled_prediction_waits_until_it_is_wanted_again(
    window: MainWindow, model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    model.go.clear()
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: bool(model.asked), timeout=MS)
    window.jobs.cancel()
    assert model.saw_cancel.wait(WAIT_S)
    assert PREDICT in window.messages.messages
    model.go.set()
    window.document.change("Intensity", intensity=0.5)
    qtbot.wait(20)
    assert len(model.asked) == 1
    window.messages.messages[PREDICT].actions[0].trigger()
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    assert window.messages.messages == {}


def test_humanizing_can_be_resumed_when_its_message_was_closed(
    window: MainWindow, model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    resume = window.commands["resume"]
    model.go.clear()
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: bool(model.asked), timeout=MS)
    assert not resume.isEnabled()
    window.jobs.cancel()
    window.messages.clear(PREDICT)
    model.error = DuvError("the model cannot read this")
    model.go.set()
    resume.trigger()
    qtbot.waitUntil(lambda: PREDICT in window.messages.messages, timeout=MS)
    window.messages.clear(PREDICT)
    model.error = None
    resume.trigger()
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    assert not resume.isEnabled()


def test_another_song_cancels_the_prediction_of_the_last(
    window: MainWindow, model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    model.go.clear()
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: bool(model.asked), timeout=MS)
    window.open_paths([song_file])
    qtbot.waitUntil(model.saw_cancel.is_set, timeout=MS)
    model.go.set()
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    assert len(model.asked) == 2


def test_a_failing_prediction_is_told_and_leaves_the_window_usable(
    window: MainWindow, model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    model.error = DuvError("the model cannot read this", hint="choose another model")
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: PREDICT in window.messages.messages, timeout=MS)
    assert window.document.performance is None
    model.error = None
    window.jobs.resume()
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)


def test_an_unexpected_exception_goes_to_the_report(
    window: MainWindow, model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    reported: list[Exception] = []
    window.set_report(reported.append)
    model.error = ZeroDivisionError("a fault of the program")
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: bool(reported), timeout=MS)
    assert reported == [model.error]
    assert "fault" not in window.messages.messages[PREDICT].text


def test_a_model_that_cannot_be_had_is_told_and_another_can_be_chosen(
    make_window: MakeWindow, model: FakeModel, song_file: Path, qtbot: QtBot
) -> None:
    def load(name: object, adapter: object, device: str) -> FakeModel:
        if name == "lost":
            raise DuvError('there is no model "lost"', hint="choose another")
        return model

    window = make_window(load, start=False)
    window.model_choice.use("lost")
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: MODEL in window.messages.messages, timeout=MS)
    assert window.models.text() == "No model"
    window.model_choice.use(None)
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    assert MODEL not in window.messages.messages


def test_another_model_predicts_anew(make_window: MakeWindow, model: FakeModel, song_file: Path, qtbot: QtBot) -> None:
    second = FakeModel()
    second.name = "second"
    window = make_window(lambda name, adapter, device: second if name == "second" else model)
    window.open_paths([song_file])
    qtbot.waitUntil(lambda: window.document.ready, timeout=MS)
    window.model_choice.use("second")
    qtbot.waitUntil(lambda: bool(second.asked) and window.document.ready, timeout=MS)
    assert "second" in window.models.text()
    assert len(model.asked) == 1


@pytest.mark.parametrize("what", ["open", "predict", "model"])
def test_closing_waits_for_what_runs(
    make_window: MakeWindow, model: FakeModel, song_file: Path, qtbot: QtBot, what: str
) -> None:
    ended: list[str] = []
    started = threading.Event()

    def load(name: object, adapter: object, device: str) -> FakeModel:
        if what == "model":
            started.set()
            threading.Event().wait(0.05)
            ended.append("model")
        return model

    if what == "predict":
        model.go.clear()
    window = make_window(load)
    if what == "model":
        assert started.wait(WAIT_S)
    else:
        window.open_paths([song_file])
    if what == "predict":
        qtbot.waitUntil(lambda: bool(model.asked), timeout=MS)
    window.close()
    assert not window.isVisible()
    assert window.jobs.tasks.unfinished == 0
    assert (ended == ["model"]) == (what == "model")
    assert model.saw_cancel.is_set() == (what == "predict")


def test_a_style_is_read_once_it_rests_and_intensity_stays_live_meanwhile(
    opened: MainWindow, model: FakeModel, qtbot: QtBot
) -> None:
    document = opened.document
    model.go.clear()
    for step in range(10):
        document.change("Dynamics", "dynamics", dynamics=step / 10)
    assert not document.ready
    assert len(model.asked) == 1
    qtbot.waitUntil(lambda: len(model.asked) == 2, timeout=MS)
    assert model.settings[-1] == Settings(dynamics=0.9)
    before = document.performance
    document.change("Intensity", intensity=0.2)
    document.settle()
    assert document.performance is not before
    assert document.performance is not None
    assert not opened.commands["export"].isEnabled()
    model.go.set()
    qtbot.waitUntil(lambda: document.ready, timeout=MS)
    assert len(model.asked) == 2


def test_a_style_that_is_known_is_not_read_again(opened: MainWindow, model: FakeModel, qtbot: QtBot) -> None:
    for articulation in (1.0, None, 1.0):
        opened.document.change("Articulation", articulation=articulation)
        qtbot.waitUntil(lambda: opened.document.ready, timeout=MS)
    assert [s.articulation for s in model.settings] == [None, 1.0]


def test_a_style_that_moves_on_cancels_what_nobody_wants_any_more(
    opened: MainWindow, model: FakeModel, qtbot: QtBot
) -> None:
    model.go.clear()
    opened.document.change("Dynamics", dynamics=1.0)
    qtbot.waitUntil(lambda: len(model.asked) == 2, timeout=MS)
    opened.document.change("Dynamics", dynamics=None)
    assert model.saw_cancel.wait(WAIT_S)
    assert opened.document.ready
    assert opened.jobs.activity is None


def test_only_the_track_whose_family_was_set_is_read_again(opened: MainWindow, model: FakeModel, qtbot: QtBot) -> None:
    document = opened.document
    key = document.tracks[1].key
    document.set_track_family(key, Family.STRINGS, "Family")
    qtbot.waitUntil(lambda: document.ready, timeout=MS)
    assert model.asked[-1][0] == {1}
    assert dict(model.settings[-1].track_family) == {key: Family.STRINGS}
    document.undo()
    qtbot.waitUntil(lambda: document.ready, timeout=MS)
    assert len(model.asked) == 2


def test_another_wish_goes_on_after_a_cancelled_one(opened: MainWindow, model: FakeModel, qtbot: QtBot) -> None:
    model.go.clear()
    opened.document.change("Dynamics", dynamics=1.0)
    qtbot.waitUntil(lambda: len(model.asked) == 2, timeout=MS)
    opened.jobs.cancel()
    assert PREDICT in opened.messages.messages
    opened.document.undo()
    assert opened.document.ready
    assert opened.messages.messages == {}
    model.go.set()
    opened.document.change("Dynamics", dynamics=-1.0)
    qtbot.waitUntil(lambda: len(model.asked) == 3 and opened.document.ready, timeout=MS)
