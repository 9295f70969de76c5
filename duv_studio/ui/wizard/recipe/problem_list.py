"""All that is wrong with the recipe, a row each; a click leads to the field or the line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from duv_studio.training.schema.document import Problem
from duv_studio.ui.i18n import count, plain_tip, tr
from duv_studio.ui.style import icons, theme
from duv_studio.ui.wizard.recipe.recipe_document import WizardState

_MOST_ROWS = 4
_PROBLEM = Qt.ItemDataRole.UserRole


class ProblemList(QWidget):
    """A line that says how many there are, and the list; the list is gone when nothing is wrong."""

    chosen = Signal(object)  # Problem

    def __init__(self, state: WizardState) -> None:
        super().__init__()
        self.state = state
        self.picture = QLabel()
        self.headline = QLabel()
        self.list = QListWidget()
        self.list.setProperty("framed", True)
        self.list.setAccessibleName(tr("Problems of the recipe"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemClicked.connect(self._on_chosen)
        self.list.itemActivated.connect(self._on_chosen)
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_S)
        line.addWidget(self.picture)
        line.addWidget(self.headline, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(line)
        column.addWidget(self.list)
        state.problems_changed.connect(self.refresh)
        state.recipe_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the state's problems."""
        problems = self.state.problems
        self.headline.setText(headline(self.state))
        color = theme.current().error if problems else theme.current().success
        self.picture.setPixmap(icons.pixmap("error" if problems else "ok", 18, color, self.devicePixelRatioF()))
        self.list.clear()
        for problem in problems:
            self.list.addItem(_row(problem))
        rows = min(len(problems), _MOST_ROWS)
        self.list.setFixedHeight(rows * max(self.list.sizeHintForRow(0), 20) + 4)
        self.list.setVisible(bool(problems))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.refresh()

    def _on_chosen(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(_PROBLEM))


def headline(state: WizardState) -> str:
    """Say how many problems there are."""
    if not state.problems:
        return tr("Nothing is wrong with this recipe.")
    n = count(len(state.problems), "problem", "problems")
    return tr("{n}; a click on one leads to it.", n=n)


def _row(problem: Problem) -> QListWidgetItem:
    item = QListWidgetItem(tr("Line {line}: {sentence}", line=problem.line, sentence=problem.sentence))
    item.setData(_PROBLEM, problem)
    item.setToolTip(plain_tip(problem.sentence))
    item.setIcon(QIcon())
    item.setSizeHint(QSize(0, 24))
    return item
