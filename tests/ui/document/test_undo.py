"""Undo and redo against a plain list of states."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.music.settings import Settings
from duv_studio.ui.document.undo import History

START = Settings()


def test_undo_and_redo_walk_the_steps() -> None:
    history = History()
    one, two = replace(START, intensity=0.5), replace(START, intensity=0.5, seed=3)
    history.push("Intensity", START, one)
    history.push("Next variation", one, two)
    assert (history.undo_label, history.redo_label) == ("Next variation", None)
    assert history.undo() == one
    assert history.undo() == START
    assert (history.undo_label, history.redo_label) == (None, "Intensity")
    assert history.undo() is None
    assert history.redo() == one
    assert history.redo() == two
    assert history.redo() is None


def test_steps_with_one_key_become_one() -> None:
    history = History()
    half, third = replace(START, intensity=0.5), replace(START, intensity=0.3)
    history.push("Intensity", START, half, "intensity 1")
    history.push("Intensity", half, third, "intensity 1")
    assert history.undo() == START
    assert history.undo() is None


def test_a_drag_back_to_its_start_is_no_step() -> None:
    history = History()
    half = replace(START, intensity=0.5)
    history.push("Intensity", START, half, "intensity 1")
    history.push("Intensity", half, START, "intensity 1")
    assert history.undo_label is None


def test_a_new_step_forgets_what_was_undone_and_does_not_join_it() -> None:
    history = History()
    half, third = replace(START, intensity=0.5), replace(START, intensity=0.3)
    history.push("Intensity", START, half, "intensity 1")
    history.undo()
    history.push("Intensity", START, third, "intensity 1")
    assert history.redo_label is None
    assert history.undo() == START


@given(st.lists(st.one_of(st.integers(0, 5), st.sampled_from(["undo", "redo"])), max_size=40))
def test_history_behaves_like_a_list_with_a_cursor(actions: list[int | str]) -> None:
    history, states, at = History(), [START], 0
    for action in actions:
        if action == "undo":
            result, at = history.undo(), max(at - 1, 0) if at else 0
            assert result is None or result == states[at]
        elif action == "redo":
            result = history.redo()
            at = min(at + 1, len(states) - 1)
            assert result is None or result == states[at]
        else:
            after = replace(START, seed=int(action))
            if after != states[at]:
                history.push("Seed", states[at], after)
                states = [*states[: at + 1], after]
                at += 1
        assert (history.undo_label is not None) == (at > 0)
        assert (history.redo_label is not None) == (at < len(states) - 1)
