"""Opening and saving the recipe: the questions, and what is lost without them."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from duv_studio.errors import DuvError
from duv_studio.ui.i18n import tr
from duv_studio.ui.widgets.message_bar import sentence
from duv_studio.ui.wizard.recipe.recipe_document import WizardState

_FILTER = "YAML (*.yaml *.yml);;All files (*)"


class Unsaved(Enum):
    """What shall become of changes that no file holds."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class RecipeDialogs:
    """The boxes that ask; tests put another in its place."""

    def ask_unsaved(self, name: str, parent: QWidget | None) -> Unsaved:
        """Ask the outcome of changes."""
        box = QMessageBox(parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Unsaved recipe"))
        box.setText(tr("Save the changes to {name}?", name=name))
        box.setInformativeText(tr("They are lost otherwise."))
        kind = QMessageBox.StandardButton
        box.setStandardButtons(kind.Save | kind.Discard | kind.Cancel)
        box.setDefaultButton(kind.Save)
        return {kind.Save: Unsaved.SAVE, kind.Discard: Unsaved.DISCARD}.get(kind(box.exec()), Unsaved.CANCEL)

    def ask_open(self, start: Path, parent: QWidget | None) -> Path | None:
        """Ask for a recipe's file."""
        name, _ = QFileDialog.getOpenFileName(parent, tr("Open a recipe"), str(start), tr(_FILTER))
        return Path(name) if name else None

    def ask_save(self, start: Path, parent: QWidget | None) -> Path | None:
        """Ask where to save."""
        name, _ = QFileDialog.getSaveFileName(parent, tr("Save the recipe"), str(start), tr(_FILTER))
        return Path(name) if name else None

    def tell(self, error: DuvError, parent: QWidget | None) -> None:
        """Say why it could not be done."""
        lines = [sentence(error.message), sentence(error.hint), str(error.file or "")]
        QMessageBox.warning(parent, tr("Recipe"), "\n".join(line for line in lines if line))


def save(state: WizardState, dialogs: RecipeDialogs, parent: QWidget | None, *, elsewhere: bool = False) -> bool:
    """Save the recipe, asking where if it has no file yet; False when it was not saved."""
    path = None if elsewhere else state.path
    if path is None:
        path = dialogs.ask_save(state.path or Path(suggested_name(state)), parent)
    if path is None:
        return False
    try:
        state.save(path)
    except DuvError as error:
        dialogs.tell(error, parent)
        return False
    return True


def may_leave(state: WizardState, dialogs: RecipeDialogs, parent: QWidget | None) -> bool:
    """Whether the recipe may be replaced or closed; asks when changes would be lost."""
    if not state.modified:
        return True
    answer = dialogs.ask_unsaved(state.origin or tr("the recipe"), parent)
    if answer is Unsaved.SAVE:
        return save(state, dialogs, parent)
    return answer is Unsaved.DISCARD


def suggested_name(state: WizardState) -> str:
    """A file's name for a recipe that has none."""
    if state.origin.endswith((".yaml", ".yml")):
        return f"my_{state.origin}"
    return f"my_{state.family or 'adapter'}_Lora.yaml"
