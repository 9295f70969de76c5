"""Where the window trains into."""

from __future__ import annotations

from pathlib import Path

from duv_studio.paths import user_data_dir
from duv_studio.ui.wizard.recipe.recipe_document import WizardState, give_place


def test_a_recipe_that_ships_gets_a_folder_of_the_users() -> None:
    state = WizardState()
    state.open_preset("guitar_Lora.yaml")
    give_place(state)
    folder = Path(state.value("output_dir"))
    assert folder.parent == user_data_dir() / "trainings" and not state.modified and state.path is None
    before = state.text
    give_place(state)
    assert state.text == before
    folder.mkdir(parents=True)
    other = WizardState()
    other.open_preset("guitar_Lora.yaml")
    other.set_value("trainer.epochs", 3)
    give_place(other)
    assert Path(other.value("output_dir")).name == f"{folder.name}_2"
    assert other.value("trainer.epochs") == 3


def test_a_recipe_of_ones_own_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "guitar.yaml"
    path.write_text("manifest: a.jsonl  # mine\noutput_dir: here\n")
    state = WizardState()
    state.open(path)
    give_place(state)
    assert state.text == path.read_text()
