"""The page of the adapter and the optimiser: a form, the YAML text beside it, and what is wrong below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget, QWizardPage

from duv_studio.training.lora.recipe.text import path_at
from duv_studio.training.schema.document import Problem
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.elided_label import ElidedLabel
from duv_studio.ui.wizard.recipe.problem_list import ProblemList
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from duv_studio.ui.wizard.recipe.recipe_form import RecipeForm
from duv_studio.ui.wizard.recipe.save_dialogs import RecipeDialogs, save
from duv_studio.ui.wizard.recipe.yaml_view import YamlView

if TYPE_CHECKING:
    from duv_studio.ui.training.session import TrainingSession


class RecipePage(QWizardPage):
    """Complete when nothing is wrong with the recipe."""

    def __init__(
        self, state: WizardState, session: TrainingSession | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.state = state
        self.dialogs = RecipeDialogs()
        self.setTitle(tr("Adapter & optimiser"))
        self.setSubTitle(tr("The form and the text are the same recipe: what you change in one, the other shows."))
        self.form = RecipeForm(state)
        self.yaml = YamlView(state)
        self.problems = ProblemList(state)
        self.file = ElidedLabel()
        self.save_button = QPushButton(tr("&Save"))
        self.save_as_button = QPushButton(tr("Save &as…"))
        self._lay_out()
        self._connect()
        self._on_modified()

    def isComplete(self) -> bool:
        """Whether it can be trained."""
        return self.state.recipe is not None

    def initializePage(self) -> None:
        """Begin with the first field."""
        self._on_modified()

    def show_problem(self, problem: Problem) -> None:
        """Lead to the field of a problem, or else to its line."""
        path = self.state.path_of(problem)
        found = bool(path) and self.form.go_to(path)
        self.yaml.go_to(problem.line, problem.column, take_focus=not found)

    def _lay_out(self) -> None:
        self.file.setProperty("role", "muted")
        bar = QHBoxLayout()
        bar.setSpacing(theme.SPACE_S)
        bar.addWidget(self.file, 1)
        bar.addWidget(self.save_button)
        bar.addWidget(self.save_as_button)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(theme.SPACE_M, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(bar)
        column.addWidget(self.yaml, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.form)
        split.addWidget(right)
        split.setSizes([400, 600])
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, theme.SPACE_S, 0, 0)
        whole.setSpacing(theme.SPACE_S)
        whole.addWidget(split, 1)
        whole.addWidget(self.problems)

    def _connect(self) -> None:
        self.problems.chosen.connect(self.show_problem)
        self.form.entered.connect(self._on_entered)
        self.yaml.place_changed.connect(self._on_place)
        self.state.recipe_changed.connect(self.completeChanged)
        self.state.modified_changed.connect(self._on_modified)
        self.state.text_changed.connect(self._on_modified)
        self.save_button.clicked.connect(self._on_save)
        self.save_as_button.clicked.connect(self._on_save_as)
        for keys, slot in (
            (QKeySequence.StandardKey.Undo, self.state.undo),
            (QKeySequence.StandardKey.Redo, self.state.redo),
            (QKeySequence.StandardKey.Save, self._on_save),
        ):
            made = QShortcut(QKeySequence(keys), self)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            made.activated.connect(slot)

    def _on_modified(self) -> None:
        name = self.state.origin or tr("New recipe")
        changed = f"{name} · {tr('changed')}" if self.state.modified else name
        self.file.set_whole(changed, str(self.state.path or ""))
        self.save_button.setEnabled(self.state.modified)

    def _on_entered(self, path: str) -> None:
        """The text shows what the form is at."""
        place = self.state.place_of(path)
        if place is not None:
            self.yaml.go_to(*place, take_focus=False)

    def _on_place(self, line: int, column: int) -> None:
        """The form's words tell what the text is at."""
        self.form.explain(path_at(self.state.text, line, column))

    def _on_save(self) -> None:
        if self.state.modified:
            save(self.state, self.dialogs, self)

    def _on_save_as(self) -> None:
        save(self.state, self.dialogs, self, elsewhere=True)
