"""The first page: a recipe that ships, a YAML file, or an earlier run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget, QWizardPage

from duv_studio.errors import DuvError
from duv_studio.training.lora.fit.run_files import RunSummary, summary_of
from duv_studio.training.lora.recipe.edit import edited
from duv_studio.training.lora.recipe.load import preset_names
from duv_studio.training.lora.recipe.writer import recipe_text
from duv_studio.ui.document.dropped_files import accept_copy
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.elided_label import ElidedLabel
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from duv_studio.ui.wizard.recipe.save_dialogs import RecipeDialogs, may_leave
from duv_studio.ui.wizard.start.preset_cards import PresetCards
from duv_studio.ui.wizard.start.run_table import RecentRuns, RunTable

if TYPE_CHECKING:
    from duv_studio.ui.training.session import TrainingSession

_RUN_PAGE = 4
_FOLDER = "training/recipe_folder"


class StartPage(QWizardPage):
    """Complete when there is a recipe, right or wrong: the later pages say what is wrong with it."""

    page_wanted = Signal(int)
    result_wanted = Signal(object)  # folder of a run

    def __init__(
        self,
        state: WizardState,
        session: TrainingSession | None = None,
        parent: QWidget | None = None,
        *,
        preferences: Preferences | None = None,
    ) -> None:
        super().__init__(parent)
        self.state = state
        self.dialogs = RecipeDialogs()
        self.session = session
        self._preferences = preferences
        self.setTitle(tr("Teach it your playing"))
        self.setSubTitle(
            tr("Choose whose playing it is. Everything else has a good beginning, and can be changed later.")
        )
        self.setAcceptDrops(True)
        self.cards = PresetCards()
        self.open_button = QPushButton(tr("&Open a recipe (YAML)…"))
        self.open_button.setAutoDefault(False)
        self.file = ElidedLabel()
        self.file.setProperty("role", "muted")
        self.runs = RunTable()
        self._lay_out()
        self._connect()
        self._on_text()

    def isComplete(self) -> bool:
        """Whether something was chosen."""
        return bool(self.state.text.strip())

    @property
    def preferences(self) -> Preferences:
        """Its own, or those of the wizard that it belongs to."""
        if self._preferences is None:
            known = getattr(self.wizard(), "preferences", None)
            self._preferences = known if isinstance(known, Preferences) else Preferences()
        return self._preferences

    def initializePage(self) -> None:
        """Runs may have ended since."""
        self.runs.show_runs(RecentRuns(self.preferences))
        self.cards.take_focus()

    def open_file(self, path: Path) -> bool:
        """Take someone's recipe; False when it was not taken."""
        if not may_leave(self.state, self.dialogs, self):
            return False
        try:
            self.state.open(path)
        except DuvError as error:
            self.dialogs.tell(error, self)
            return False
        self.preferences.set_text(_FOLDER, str(path.absolute().parent))
        return True

    def take_run(self, folder: Path) -> bool:
        """Take the recipe of the run in a folder; False when it was not taken."""
        run = summary_of(folder)
        return run is not None and self._take_run(run)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_M)
        line.addWidget(self.open_button)
        line.addWidget(self.file, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SPACE_S, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(_heading(tr("Instrument")))
        column.addWidget(self.cards)
        column.addSpacing(theme.SPACE_XS)
        column.addLayout(line)
        column.addSpacing(theme.SPACE_M)
        column.addWidget(_heading(tr("Earlier runs")))
        column.addWidget(self.runs, 1)

    def _connect(self) -> None:
        self.cards.chosen.connect(self._on_preset)
        self.cards.opened.connect(self._on_preset_opened)
        self.open_button.clicked.connect(self._on_open)
        self.runs.resume_wanted.connect(self._on_resume)
        self.runs.again_wanted.connect(self._on_again)
        self.runs.result_wanted.connect(self._on_result)
        self.state.text_changed.connect(self._on_text)
        self.state.modified_changed.connect(self._on_text)
        if self.session is not None:
            self.session.started.connect(self._on_started)

    def _on_text(self) -> None:
        preset = self.state.path is None and self.state.origin in preset_names()
        self.cards.show_chosen(self.state.origin if preset else "")
        words = "" if preset or not self.state.origin else self.state.origin
        changed = tr("{name} · changed", name=self.state.origin) if self.state.modified else words
        self.file.set_whole(changed, str(self.state.path or ""))
        self.completeChanged.emit()

    def _on_started(self) -> None:
        """The folder of results keeps the recipe."""
        self.state.mark_trained()

    def _on_preset(self, name: str) -> None:
        same = self.state.path is None and self.state.origin == name
        if not same and may_leave(self.state, self.dialogs, self):
            self.state.open_preset(name)
        self._on_text()

    def _on_preset_opened(self, name: str) -> None:
        self._on_preset(name)
        if self.wizard() is not None and self.state.origin == name:
            self.wizard().next()

    def _on_open(self) -> None:
        start = self.preferences.folder(_FOLDER) or Path.home()
        path = self.dialogs.ask_open(start, self)
        if path is not None:
            self.open_file(path)

    def _on_resume(self, run: RunSummary) -> None:
        if self._take_run(run):
            self.page_wanted.emit(_RUN_PAGE)

    def _on_again(self, run: RunSummary) -> None:
        if self._take_run(run) and self.wizard() is not None:
            self.wizard().next()

    def _on_result(self, run: RunSummary) -> None:
        self.result_wanted.emit(run.folder)

    def _take_run(self, run: RunSummary) -> bool:
        """Take the recipe of a run; False when it was not taken."""
        recipe = run.read_recipe()
        if recipe is None:
            self.dialogs.tell(DuvError("The run's recipe cannot be read", hint="train it anew", file=run.folder), self)
            return False
        if not may_leave(self.state, self.dialogs, self):
            return False
        text = recipe_text(recipe, tr("As it was trained into {folder}", folder=run.folder))
        self.state.open_text(text, run.folder.name)
        if self.state.family is None and run.family is not None:
            self.state.open_text(edited(text, "instrument", str(run.family)), run.folder.name)
        return True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A recipe may be dropped."""
        if _dropped(event) is not None:
            accept_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open it."""
        path = _dropped(event)
        if path is not None:
            accept_copy(event)
            self.open_file(path)


def _dropped(event: QDropEvent) -> Path | None:
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return next((p for p in paths if p.suffix.lower() in (".yaml", ".yml")), None)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
