"""The wizard's state: one text, edited from two sides, with a history and a file that keeps its author's hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe.load import preset_names
from duv_studio.ui.wizard.recipe import recipe_document as state_module
from duv_studio.ui.wizard.recipe.recipe_document import WizardState

MINE = """\
# my own
manifest: a.jsonl   # the evenings
instrument: bass
output_dir: out
lora: {r: 4}  # small
my_key: kept
"""


@pytest.fixture
def state(qtbot: QtBot) -> WizardState:
    return WizardState()


def test_an_empty_state_has_no_recipe(state: WizardState) -> None:
    assert state.recipe is None and not state.modified
    assert state.problems[0].sentence.startswith("The recipe is empty")
    assert state.is_yaml and state.value("lora.r") == 8


@pytest.mark.parametrize("name", preset_names())
def test_presets_are_recipes_without_a_file(state: WizardState, name: str) -> None:
    state.open_preset(name)
    assert state.recipe is not None and state.path is None and state.origin == name
    assert not state.problems and not state.modified and str(state.family) in name


def test_edits_tell_and_can_be_taken_back(state: WizardState, qtbot: QtBot) -> None:
    state.open_preset("guitar_Lora.yaml")
    text = state.text
    with qtbot.waitSignals([state.text_changed, state.recipe_changed, state.problems_changed, state.modified_changed]):
        state.set_value("lora.r", 0)
    assert state.recipe is None and state.problems_by_path() == {
        "lora.r": "lora.r is 0; it must be a whole number from 1 to 128."
    }
    state.undo()
    assert state.text == text and state.recipe is not None and not state.modified
    state.redo()
    assert state.value("lora.r") == 0 and state.can_reset("lora.r") and not state.can_reset("lora.alpha")
    state.reset("lora.r")
    assert state.text == text
    with qtbot.assertNotEmitted(state.text_changed):
        state.set_value("lora.r", 8)


def test_fast_edits_of_one_key_are_one_step_and_slow_ones_are_not(
    state: WizardState, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.open_preset("piano_Lora.yaml")
    for r in (9, 10, 11):
        state.set_value("lora.r", r)
    state.set_value("trainer.epochs", 7)
    state.undo()
    assert (state.value("trainer.epochs"), state.value("lora.r")) == (6, 11)
    state.undo()
    assert state.value("lora.r") == 8 and not state.can_undo
    monkeypatch.setattr(state_module, "TOGETHER_S", -1.0)
    for r in (9, 10):
        state.set_value("lora.r", r)
    state.undo()
    assert state.value("lora.r") == 9


def test_a_key_that_was_not_there_goes_again(state: WizardState) -> None:
    state.open_text(MINE)
    state.set_value("trainer.lr", 0.01)
    assert state.value("trainer.lr") == 0.01
    state.reset("trainer.lr")
    assert "lr" not in state.text and state.value("trainer.lr") == 0.001


def test_saving_somebodys_file_changes_what_they_changed_and_nothing_else(state: WizardState, tmp_path: Path) -> None:
    path = tmp_path / "my recipe.yaml"
    text = "\ufeff" + MINE.replace("my_key: kept\n", "title: 'ギター\u00a0'\n# last, without an end").replace(
        "\n", "\r\n"
    )
    data = text.replace("instrument: bass\r\n", "instrument: bass\n").encode()  # one line ends otherwise
    path.write_bytes(data)
    state.open(path)
    state.save()
    assert path.read_bytes() == data
    state.set_value("lora.r", 16)
    state.set_value("trainer.epochs", 9)
    assert state.modified
    state.save()
    assert not state.modified
    wanted = data.replace(b"{r: 4}", b"{r: 16}")
    assert path.read_bytes() == wanted.replace(b"# last,", b"\r\ntrainer:\r\n  epochs: 9\r\n\r\n# last,")
    again = WizardState()
    again.open(path)
    assert again.value("trainer.epochs") == 9 and again.value("title") == "ギター\u00a0"


def test_unknown_keys_are_told_and_kept(state: WizardState, tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(MINE, encoding="utf-8")
    state.open(path)
    assert [(p.line, state.path_of(p)) for p in state.problems] == [(6, "")]
    state.set_value("lora.r", 5)
    state.save()
    assert path.read_text(encoding="utf-8") == MINE.replace("r: 4", "r: 5")


def test_the_name_of_the_file_may_tell_the_instrument(state: WizardState, tmp_path: Path) -> None:
    state.open_text("manifest: a.jsonl\noutput_dir: out\n")
    assert state.recipe is None and "instrument" in state.problems[0].sentence
    state.save(tmp_path / "my_guitar.yaml")
    assert state.recipe is not None and state.family == "guitar"


def test_what_cannot_be_read_leaves_the_state_alone(state: WizardState, tmp_path: Path) -> None:
    state.open_preset("bass_Lora.yaml")
    text = state.text
    (tmp_path / "latin.yaml").write_bytes(b"title: \xff\n")
    for path in (tmp_path / "none.yaml", tmp_path / "latin.yaml", tmp_path):
        with pytest.raises(DuvError):
            state.open(path)
    with pytest.raises(DuvError):
        state.save(tmp_path)
    assert state.text == text and state.path is None


def test_a_single_file_stays_written_as_one(state: WizardState) -> None:
    state.open_text(MINE)
    assert state.value("manifest") == ("a.jsonl",)
    state.set_value("manifest", ("b.jsonl",))
    assert "manifest: b.jsonl   # the evenings\n" in state.text
    state.set_value("manifest", ("b.jsonl", "c.jsonl"))
    state.set_value("manifest", ("c.jsonl",))
    assert state.value("manifest") == ("c.jsonl",) and "# the evenings\n  - c.jsonl\n" in state.text


def test_a_training_keeps_a_recipe_that_has_no_file(state: WizardState) -> None:
    state.open_preset("bass_Lora.yaml")
    state.set_value("lora.r", 4)
    state.mark_trained()
    assert not state.modified
