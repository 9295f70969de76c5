"""Where the window trains into: a recipe that ships names a folder below the current one, which a desktop has not."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from duv_studio.paths import user_data_dir
from duv_studio.training.lora.recipe.edit import edited
from duv_studio.training.lora.recipe.load import preset_names
from duv_studio.ui.wizard.state import WizardState

_KEY = "output_dir"


def give_place(state: WizardState) -> None:
    """Let a recipe that ships be trained into a folder of the user's that nothing was trained into yet."""
    named = state.value(_KEY)
    if state.path is not None or state.origin not in preset_names() or not named or Path(named).is_absolute():
        return
    folder = str(free_folder(Path(named).name))
    if state.modified:
        state.set_value(_KEY, folder)
    else:
        state.open_text(edited(state.text, _KEY, folder), state.origin)  # nothing that anybody would want to save


def free_folder(name: str) -> Path:
    """A folder of this name, or with a number, that does not exist."""
    root = user_data_dir() / "trainings"
    candidates = (root / (name if n == 1 else f"{name}_{n}") for n in count(1))
    return next(folder for folder in candidates if not folder.exists())
