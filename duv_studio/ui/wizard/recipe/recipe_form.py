"""The recipe as a form, made from the schema: what everyone needs on top, the rest folded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe.schema import recipe_schema
from duv_studio.training.schema.fields import SchemaField
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import Fold, bare_scroll
from duv_studio.ui.widgets.message_bar import sentence
from duv_studio.ui.wizard.recipe.form_row import FormRow, named_help
from duv_studio.ui.wizard.recipe.recipe_document import WizardState

# Sections that a new key may name without a word here: they are called as in the file.
_SECTIONS = {
    "": "Recipe",
    "lora": "Adapter",
    "features": "Notes",
    "filters": "Which tracks",
    "replay": "Music of others",
}


class RecipeForm(QWidget):
    """Rows for every key of the schema; they show the state's values and edit them there."""

    entered = Signal(str)  # path of the key that the keys go to now

    def __init__(self, state: WizardState, fields: Sequence[SchemaField] | None = None) -> None:
        super().__init__()
        self.state = state
        shown = list(recipe_schema() if fields is None else fields)
        self.rows = {field.path: self._row(field) for field in shown}
        self.advanced = Fold(tr("Advanced"), self._advanced([f for f in shown if not f.basic]))
        self.help = self._help_line()
        self.area = self._area([self.rows[f.path] for f in shown if f.basic])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.area, 1)
        column.addWidget(self.help)
        state.text_changed.connect(self.refresh)
        state.problems_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the state's values; without YAML nothing can be edited here."""
        problems = self.state.problems_by_path()
        self.content.setEnabled(self.state.is_yaml)
        if not self.state.is_yaml:
            self.help.setText(tr("The text is no valid YAML now; the form waits until it is."))
            return
        for path, row in self.rows.items():
            row.show_value(self.state.value(path), problems.get(path, ""), can_reset=self.state.can_reset(path))

    def go_to(self, path: str) -> bool:
        """Bring the keys to a key's control; False where it has none that can be used."""
        row = self.rows.get(path)
        if row is None or not self.state.is_yaml:
            return False
        if not row.field.basic:
            self.advanced.open()
        row.take_focus()
        self._reveal(row)
        return True

    def showEvent(self, event: QShowEvent) -> None:
        """Never be narrower than the widest row: known only when the style sheet has dressed the rows."""
        super().showEvent(event)
        widest = max(row.minimumSizeHint().width() for row in self.rows.values())
        self.setMinimumWidth(widest + theme.SPACE_S + self.area.verticalScrollBar().sizeHint().width() + 2)

    def _reveal(self, row: FormRow) -> None:
        self.area.ensureWidgetVisible(row, 0, theme.SPACE_L)
        self.area.horizontalScrollBar().setValue(0)

    def _row(self, field: SchemaField) -> FormRow:
        row = FormRow(field)
        row.edited.connect(self._on_edited)
        row.reset_wanted.connect(self._on_reset)
        row.entered.connect(self._on_entered)
        return row

    def _area(self, basic: Sequence[QWidget]) -> QScrollArea:
        self.content = content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, theme.SPACE_S, 0)
        column.setSpacing(theme.SPACE_S)
        for row in basic:
            column.addWidget(row)
        column.addSpacing(theme.SPACE_XS)
        column.addWidget(self.advanced)
        column.addStretch(1)
        return bare_scroll(content)

    def _advanced(self, fields: Sequence[SchemaField]) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        for section, group in groupby(fields, lambda f: f.section):
            heading = QLabel(tr(_SECTIONS.get(section, section.replace("_", " ").capitalize())))
            heading.setProperty("role", "heading")
            heading.setContentsMargins(0, theme.SPACE_S, 0, 0)
            column.addWidget(heading)
            for field in group:
                column.addWidget(self.rows[field.path])
        return content

    def _help_line(self) -> QLabel:
        label = QLabel(tr("What a field means stands here when you are in it."))
        label.setProperty("role", "muted")
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        label.setFixedHeight(3 * label.fontMetrics().lineSpacing())
        return label

    def _on_edited(self, path: str, value: object) -> None:
        try:
            self.state.set_value(path, value)
        except DuvError as error:
            self.rows[path].set_problem(sentence(f"{error.message}: {error.hint}"))

    def _on_reset(self, path: str) -> None:
        try:
            self.state.reset(path)
        except DuvError as error:
            self.rows[path].set_problem(sentence(f"{error.message}: {error.hint}"))

    def explain(self, path: str) -> None:
        """Say below the form what a key is."""
        row = self.rows.get(path)
        if row is not None:
            self.help.setText(named_help(row.field))

    def _on_entered(self, path: str) -> None:
        self.explain(path)
        self._reveal(self.rows[path])
        self.entered.emit(path)
