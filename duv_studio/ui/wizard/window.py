"""The training wizard: six pages from a recipe to an adapter that plays, and the frame around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QWidget, QWizard, QWizardPage

from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.training.session import TrainingSession
from duv_studio.ui.widgets.fields import set_property
from duv_studio.ui.wizard.dialogs import Closing, TrainingDialogs
from duv_studio.ui.wizard.recipe.recipe_document import WizardState, give_place
from duv_studio.ui.wizard.recipe.save_dialogs import RecipeDialogs, may_leave
from duv_studio.ui.wizard.start.run_table import RecentRuns
from duv_studio.ui.wizard.step_list import Page, StepList

_GEOMETRY = "wizard/geometry"
_Button = QWizard.WizardButton
PageMaker = Callable[["WizardState", TrainingSession], QWizardPage]


class TrainingWizard(QWizard):
    """Pages around one state and one session; closing it does not have to stop the session."""

    use_wanted = Signal(object, object)  # file or name of an adapter, and the base model that it needs or None
    preview_wanted = Signal(object)  # file of the best adapter so far
    adapters_changed = Signal()
    closed = Signal()  # hidden while a training goes on, or done

    def __init__(
        self,
        state: WizardState,
        session: TrainingSession,
        preferences: Preferences,
        questions: TrainingDialogs | None = None,
        pages: Mapping[Page, PageMaker] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.state, self.session, self.preferences = state, session, preferences
        self.questions, self.dialogs = questions or TrainingDialogs(), RecipeDialogs()
        self._dress()
        for number, make in (all_pages(preferences) if pages is None else pages).items():
            page = make(state, session)
            layout = page.layout()
            if layout is not None:
                layout.setContentsMargins(0, theme.SPACE_S, 0, 0)  # all pages begin at the same place
            self.setPage(number, page)
        self.steps = StepList(step_names())
        self.setSideWidget(self.steps)
        self._connect()
        self._restore()
        if session.running:
            self.setStartId(Page.RUN)
        self.restart()

    def _dress(self) -> None:
        self.setWindowTitle(tr("Train an adapter"))
        # Not the platform's: Aero and Mac styles paint over a palette of one's own.
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint, True)
        self.setOption(QWizard.WizardOption.NoBackButtonOnStartPage)
        self.setOption(QWizard.WizardOption.NoDefaultButton, False)
        self.setMinimumSize(980, 600)  # the data page's two rows of choices need that
        words = {
            _Button.BackButton: tr("&Back"),
            _Button.NextButton: tr("&Next"),
            _Button.FinishButton: tr("&Done"),
        }
        for which, text in words.items():
            self.setButtonText(which, text)

    def _connect(self) -> None:
        self.currentIdChanged.connect(self._on_page)
        self.session.state_changed.connect(self._on_session)
        self.session.started.connect(self._on_started)
        for number in self.pageIds():
            page = self.page(number)
            for name in ("use_wanted", "preview_wanted", "adapters_changed"):
                if hasattr(page, name):
                    getattr(page, name).connect(getattr(self, name))
            wishes = {"page_wanted": self.go_to, "result_wanted": self.show_result, "resume_wanted": self.go_on_with}
            for name, slot in wishes.items():
                if hasattr(page, name):
                    getattr(page, name).connect(slot)

    # Where one is

    def go_to(self, page: int) -> None:
        """Show another page; back over those that were seen, or straight to one that was not."""
        if page in self.visitedIds():
            while self.currentId() != page:
                self.back()
        elif page != self.currentId():
            self.setCurrentId(page)

    def show_result(self, folder: Path) -> None:
        """Show the result of an earlier run."""
        from duv_studio.ui.wizard.result.result_page import ResultPage

        page = self.page(Page.RESULT)
        if isinstance(page, ResultPage):
            self.go_to(Page.RESULT)  # which shows the session's own result first
            page.show_folder(folder)

    def go_on_with(self, folder: Path) -> None:
        """Go on with the run in a folder, by its own recipe; show the one that runs where there is one."""
        from duv_studio.ui.wizard.run.run_page import RunPage
        from duv_studio.ui.wizard.start.start_page import StartPage

        start, run = self.page(Page.START), self.page(Page.RUN)
        if not self.session.running and isinstance(start, StartPage) and not start.take_run(folder):
            return
        self.go_to(Page.RUN)
        if isinstance(run, RunPage) and not self.session.running:
            run.resume()

    def _on_page(self, number: int) -> None:
        if number < 0:  # it was closed
            return
        self.steps.set_current(number)
        self.setOption(QWizard.WizardOption.NoDefaultButton, number == Page.RESULT)  # there, using it comes first
        self._arrange_buttons()
        self._dress_header()

    def _dress_header(self) -> None:
        """Qt makes the title small and moves the words below it to the right; there is no option for that."""
        if self.currentId() < 0:
            return
        page = self.currentPage()
        title, subtitle = self._header_label(page.title()), self._header_label(page.subTitle())
        if title is None or subtitle is None:
            return
        set_property(title, "role", "title")
        set_property(subtitle, "role", "muted")
        header = title.parentWidget()
        grid = None if header is None else header.layout()
        if header is None or not isinstance(grid, QGridLayout):
            return
        grid.setColumnMinimumWidth(0, theme.SPACE_XL)
        grid.setColumnMinimumWidth(1, 0)
        for row, height in ((1, theme.SPACE_M), (3, theme.SPACE_XS), (6, theme.SPACE_M)):
            grid.setRowMinimumHeight(row, height)
        title.ensurePolished()
        subtitle.ensurePolished()
        words = subtitle.heightForWidth(max(self.width() - 2 * theme.SPACE_XL, 1))
        # Qt has fixed it for the small title.
        header.setFixedHeight(title.sizeHint().height() + words + 2 * theme.SPACE_M + 2 * theme.SPACE_XS)

    def _header_label(self, text: str) -> QLabel | None:
        page = self.currentPage()
        labels = (label for label in self.findChildren(QLabel) if label.text() == text and text)
        return next((label for label in labels if not page.isAncestorOf(label)), None)

    def _on_session(self) -> None:
        if self.currentId() >= 0:
            self._arrange_buttons()
            self._dress_header()

    def _on_started(self) -> None:
        if self.session.output is not None:
            RecentRuns(self.preferences).add(self.session.output)

    def _arrange_buttons(self) -> None:
        """While a training runs there is no way back: its recipe could be changed under it."""
        running = self.session.running
        self.setButtonText(_Button.CancelButton, tr("Close") if running else tr("Cancel"))
        first = self.currentId() in (Page.START, Page.RESULT)
        back = [] if running or first else [_Button.BackButton]
        leave = (
            [_Button.FinishButton] if self.currentId() == Page.RESULT else [_Button.NextButton, _Button.CancelButton]
        )
        wanted = [_Button.Stretch, *back, *leave]
        if wanted != getattr(self, "_buttons", None):
            self._buttons = wanted
            self.setButtonLayout(wanted)

    def shut_down(self) -> None:
        """Wait for the work of the pages; the session is not theirs."""
        for number in self.pageIds():
            page = self.page(number)
            if hasattr(page, "shut_down"):
                page.shut_down()

    def validateCurrentPage(self) -> bool:
        """A recipe that was chosen gets its folder before anything else is said about it."""
        if not super().validateCurrentPage():
            return False
        if self.currentId() == Page.START:
            give_place(self.state)
        return True

    def showEvent(self, event: QShowEvent) -> None:
        """Fonts of the style sheet are known from now on."""
        super().showEvent(event)
        self._dress_header()

    def event(self, event: QEvent) -> bool:
        """Past QWizard, which gives its pages a style of their own that is deleted when the theme changes again."""
        return QDialog.event(self, event) if event.type() == QEvent.Type.StyleChange else super().event(event)

    # Closing

    def reject(self) -> None:
        """Cancel, Esc or the cross of the window."""
        if self.session.running:
            answer = self.questions.ask_close(self)
            if answer is Closing.CANCEL:
                return
            if answer is Closing.STOP:
                self.session.stop_now()
            self._leave()
            self.hide()  # rejected, a wizard forgets where it was
            return
        if self._may_leave():
            self._leave()
            super().reject()

    def accept(self) -> None:
        """The last page is done with."""
        if self._may_leave():
            self._leave()
            super().accept()

    def _may_leave(self) -> bool:
        """Ask when changes of the recipe would be lost; of one that was trained, its run keeps them."""
        kept = self.state.path is None and self.session.recipe is not None and self.session.recipe == self.state.recipe
        return kept or may_leave(self.state, self.dialogs, self)

    def _leave(self) -> None:
        self.preferences.set_layout(_GEOMETRY, QByteArray(self.saveGeometry()))
        self.closed.emit()

    def _restore(self) -> None:
        geometry = self.preferences.layout(_GEOMETRY)
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(1040, 680)


def step_names() -> list[str]:
    """Return the words at the side."""
    return [tr("Start"), tr("Data"), tr("Adapter & optimiser"), tr("Device & check"), tr("Run"), tr("Result")]


def all_pages(preferences: Preferences) -> dict[Page, PageMaker]:
    """Return how each page is made; importing them here keeps the window's start quick."""
    from duv_studio.ui.wizard.check.check_page import CheckPage
    from duv_studio.ui.wizard.data.data_page import DataPage
    from duv_studio.ui.wizard.recipe.recipe_page import RecipePage
    from duv_studio.ui.wizard.result.result_page import ResultPage
    from duv_studio.ui.wizard.run.run_page import RunPage
    from duv_studio.ui.wizard.start.start_page import StartPage

    return {
        Page.START: lambda state, session: StartPage(state, session, preferences=preferences),
        Page.DATA: DataPage,
        Page.RECIPE: RecipePage,
        Page.CHECK: CheckPage,
        Page.RUN: RunPage,
        Page.RESULT: ResultPage,
    }
