"""The recipe as a form and as text: both edit one truth, and what is wrong leads to its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QTextCursor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from duv_studio.training.lora.recipe.schema import recipe_schema
from duv_studio.training.schema.document import Problem
from duv_studio.training.schema.fields import SchemaField
from duv_studio.ui.style.apply import apply_theme
from duv_studio.ui.wizard.recipe.form_row import help_text
from duv_studio.ui.wizard.recipe.multi_choice import CheckList, with_name
from duv_studio.ui.wizard.recipe.number_field import NumberField, parse_number, stepped
from duv_studio.ui.wizard.recipe.recipe_document import WizardState
from duv_studio.ui.wizard.recipe.recipe_form import RecipeForm
from duv_studio.ui.wizard.recipe.recipe_page import RecipePage
from duv_studio.ui.wizard.recipe.save_dialogs import RecipeDialogs, Unsaved, may_leave
from duv_studio.ui.wizard.recipe.value_editors import focus_of, make_editor
from duv_studio.ui.wizard.recipe.yaml_view import comment_start, difference
from tests.recipe_samples import LEAST, ODD_TEXTS

WORST_TEXTS = ["lists", "itself", "a chain", "brackets", "NUL", "half a pair", "line ends", "!!timestamp foo"]
FIELDS = {f.path: f for f in recipe_schema()}
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def state(qtbot: QtBot) -> WizardState:
    made = WizardState()
    made.open_preset("guitar_Lora.yaml")
    return made


@pytest.fixture
def page(state: WizardState, qtbot: QtBot, qapp: QApplication) -> Iterator[RecipePage]:
    apply_theme(qapp, "dark")
    made = RecipePage(state)
    qtbot.addWidget(made)
    made.resize(960, 600)
    made.show()
    made.activateWindow()
    yield made


def number(page: RecipePage, path: str) -> NumberField:
    field = page.form.rows[path].widget
    assert isinstance(field, NumberField)
    return field


def type_into(field: NumberField | QLineEdit, text: str) -> None:
    line = field.lineEdit() if isinstance(field, NumberField) else field
    line.selectAll()
    QTest.keyClicks(line, text)


# ---- the form is made from the schema ------------------------------------------------------------------------------


def test_every_key_has_a_row_that_can_be_reached_and_says_what_it_is(page: RecipePage) -> None:
    assert list(page.form.rows) == list(FIELDS)
    for path, row in page.form.rows.items():
        target = focus_of(row.widget)
        assert target.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert target.accessibleName() == FIELDS[path].label
        assert FIELDS[path].help[1:] in target.accessibleDescription()
        assert row.isVisibleTo(page) is FIELDS[path].basic


def test_a_new_key_of_the_schema_appears_by_itself(state: WizardState, qtbot: QtBot) -> None:
    new = SchemaField(
        "trainer.tempo", "whole number", 3, "beats", "from 1 to 9", "how fast", label="Tempo", low=1, high=9
    )
    form = RecipeForm(state, [*recipe_schema(), new])
    qtbot.addWidget(form)
    field = form.rows["trainer.tempo"].widget
    assert isinstance(field, NumberField)
    field.stepBy(1)
    assert "\n  tempo: 3\n" in state.text
    assert "from 1 to 9" in help_text(new) and "There is no key" in state.problems[0].sentence


def test_the_form_shows_what_every_preset_says(page: RecipePage, state: WizardState) -> None:
    state.open_preset("drums_Lora.yaml")
    rows = page.form.rows
    assert number(page, "trainer.lr").text() == "0.001" and number(page, "lora.r").text() == "8"
    instrument, inputs = rows["instrument"].widget, rows["features.inputs"].widget
    assert isinstance(instrument, QComboBox) and instrument.currentText() == "Drums"
    assert isinstance(inputs, CheckList)
    ticked = [inputs.item(k).text() for k in range(inputs.count()) if inputs.item(k).checkState().value]
    assert set(ticked) == set(state.value("features.inputs")) and "is_kick" in ticked


# ---- both ways ---------------------------------------------------------------------------------------------------


def test_typing_a_number_writes_it_into_the_text_and_shows_what_is_wrong(page: RecipePage, state: WizardState) -> None:
    field, row = number(page, "lora.r"), page.form.rows["lora.r"]
    type_into(field, "200")
    assert "  r: 200  # rank" in page.yaml.whole_text
    assert row.problem.isVisible() and "from 1 to 128" in row.problem.text() and not page.isComplete()
    assert field.property("state") == "error"
    type_into(field, "12")
    assert not row.problem.isVisible() and page.isComplete() and field.text() == "12"
    type_into(field, "many")
    assert "r: many" in state.text and field.text() == "many" and not page.isComplete()
    QTest.mouseClick(row.back, LEFT)
    assert state.value("lora.r") == 8 and field.text() == "8" and not row.back.isVisible()


def test_a_number_that_is_half_typed_is_not_rewritten(page: RecipePage, state: WizardState) -> None:
    field = number(page, "trainer.lr")
    field.lineEdit().selectAll()
    for text, shown in (("0", "0"), (".", "0."), ("0", "0.0"), ("2", "0.02")):
        QTest.keyClicks(field.lineEdit(), text)
        assert field.text() == shown
    assert state.value("trainer.lr") == 0.02 and "lr: 0.02  # peak" in state.text


def test_keys_step_numbers_and_the_wheel_passes(page: RecipePage, state: WizardState) -> None:
    field = number(page, "trainer.epochs")
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert state.value("trainer.epochs") == 7
    other = number(page, "trainer.batch_size")
    page.yaml.setFocus()
    where = other.rect().center()
    event = QWheelEvent(
        where.toPointF(),
        other.mapToGlobal(where).toPointF(),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(other, event)
    assert state.value("trainer.batch_size") == 16


def test_of_a_long_folder_s_name_the_end_is_seen(page: RecipePage, state: WizardState) -> None:
    page.form.go_to("output_dir")
    line = focus_of(page.form.rows["output_dir"].widget)
    assert isinstance(line, QLineEdit)
    folder = "/home/" + "とても長い名前/" * 20 + "guitar_2"
    state.set_value("output_dir", folder)
    assert line.text() == folder and line.cursorPosition() == len(folder)
    line.setCursorPosition(3)
    state.set_value("trainer.epochs", 7)
    assert line.cursorPosition() == 3


def test_ticks_switches_choices_and_names_write_themselves(page: RecipePage, state: WizardState) -> None:
    page.form.advanced.open()
    rows = page.form.rows
    targets, frozen, precision = (
        rows["features.targets"].widget,
        rows["base_frozen"].widget,
        rows["trainer.precision"].widget,
    )
    assert isinstance(targets, CheckList) and isinstance(frozen, QCheckBox) and isinstance(precision, QComboBox)
    targets.setFocus()
    targets.setCurrentRow(1)
    QTest.keyClick(targets, Qt.Key.Key_Space)
    assert state.value("features.targets") == ("velocity",)
    QTest.keyClick(frozen, Qt.Key.Key_Space)
    assert state.value("base_frozen") is False
    precision.setFocus()
    QTest.keyClick(precision, Qt.Key.Key_End)
    precision.activated.emit(precision.currentIndex())
    assert state.recipe is not None and state.recipe.trainer.precision == "32"
    name = rows["name"].widget
    assert isinstance(name, QLineEdit)
    type_into(name, "mine")
    assert "\nname: mine  # name of the adapter" in state.text
    modules = rows["lora.target_modules"].widget
    assert isinstance(modules, QLineEdit)
    type_into(modules, "attn.*, ff.in")
    assert state.value("lora.target_modules") == ("attn.*", "ff.in") and modules.text() == "attn.*, ff.in"


def test_typing_in_the_text_shows_in_the_form(page: RecipePage, state: WizardState) -> None:
    page.yaml.go_to(*(state.place_of("trainer.epochs") or (1, 1)))
    page.yaml.moveCursor(QTextCursor.MoveOperation.EndOfWord)
    cursor = page.yaml.textCursor()
    line = cursor.block().text()
    cursor.setPosition(cursor.block().position() + line.index("6") + 1)
    page.yaml.setTextCursor(cursor)
    QTest.keyClicks(page.yaml, "0")
    assert number(page, "trainer.epochs").text() == "60" and state.value("trainer.epochs") == 60
    QTest.keyClick(page.yaml, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert number(page, "trainer.epochs").text() == "6" and not state.modified
    QTest.keyClick(page.yaml, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert state.value("trainer.epochs") == 60


def test_the_form_waits_while_the_text_is_no_yaml(page: RecipePage, state: WizardState) -> None:
    state.set_text("lora: [\n")
    assert not page.form.content.isEnabled() and "no valid YAML" in page.form.help.text()
    state.undo()
    assert page.form.content.isEnabled() and page.isComplete()


def test_an_edit_of_the_form_leaves_the_cursor_of_the_text(page: RecipePage, state: WizardState) -> None:
    page.yaml.go_to(50, 3)
    line = page.yaml.textCursor().block().text()
    state.set_value("features.targets", ("velocity",))
    assert page.yaml.textCursor().block().text() == line
    assert page.yaml.whole_text == state.text


def test_spaces_that_do_not_break_survive_the_text_view(page: RecipePage, state: WizardState) -> None:
    state.open_text("title: 'a\u00a0b \u2028 🎸'  # ピアノ\nmanifest: x\n")
    assert page.yaml.whole_text == state.text
    state.set_value("manifest", "y")
    page.yaml.go_to(2)
    QTest.keyClicks(page.yaml, "#")
    assert state.text == "title: 'a\u00a0b \u2028 🎸'  # ピアノ\n#manifest: y\n"


# ---- problems ----------------------------------------------------------------------------------------------------


def test_a_click_on_a_problem_leads_to_the_field_or_else_to_the_line(
    page: RecipePage, state: WizardState, qtbot: QtBot
) -> None:
    state.set_text(state.text.replace("max_len:", "max_length:").replace("dropout: 0.05", "dropout: 5"))
    found = page.problems.list
    assert found.count() == len(state.problems) == 2 and "2 problems" in page.problems.headline.text()
    click(page, 0)
    dropout = page.form.rows["lora.dropout"]
    assert dropout.isVisible(), "the fold was opened"
    qtbot.waitUntil(focus_of(dropout.widget).hasFocus)
    click(page, 1)
    qtbot.waitUntil(page.yaml.hasFocus)
    assert page.yaml.textCursor().block().text().startswith("  max_length: 256")
    marks = [m.cursor.selectedText() for m in page.yaml.extraSelections()[1:]]  # type: ignore[attr-defined]
    assert marks == ["5", "max_length: 256"]
    state.open_preset("bass_Lora.yaml")
    assert not found.isVisible() and "Nothing is wrong" in page.problems.headline.text()


def click(page: RecipePage, row: int) -> None:
    found = page.problems.list
    QTest.mouseClick(found.viewport(), LEFT, pos=found.visualItemRect(found.item(row)).center())


def test_enter_on_a_problem_leads_there_too(page: RecipePage, state: WizardState, qtbot: QtBot) -> None:
    state.set_value("lora.r", 0)
    page.problems.list.setFocus()
    page.problems.list.setCurrentRow(0)
    QTest.keyClick(page.problems.list, Qt.Key.Key_Return)
    qtbot.waitUntil(focus_of(page.form.rows["lora.r"].widget).hasFocus)


def test_being_in_a_field_shows_its_words_and_its_line(page: RecipePage, state: WizardState) -> None:
    page.form.go_to("trainer.lr")
    assert page.form.help.text().startswith("Learning rate: Peak learning rate")
    assert page.yaml.textCursor().block().text().startswith("  lr: 0.001")


def test_problems_beyond_the_text_do_no_harm(page: RecipePage) -> None:
    page.show_problem(Problem(999, 999, "far away"))
    page.yaml.go_to(0, 0)


@pytest.mark.parametrize("name", WORST_TEXTS)
def test_a_text_that_is_hardly_a_recipe_can_be_worked_on(page: RecipePage, state: WizardState, name: str) -> None:
    state.open_text(LEAST + ODD_TEXTS[name])
    for problem in state.problems:
        page.show_problem(problem)
    for path in ("title", "lora.r"):
        page.form.go_to(path)
        page.form.rows[path].edited.emit(path, "5")
        page.form.rows[path].reset_wanted.emit(path)
    page.yaml.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClicks(page.yaml, "a")


def test_tab_leaves_the_text(page: RecipePage, qtbot: QtBot) -> None:
    page.yaml.setFocus()
    text = page.yaml.whole_text
    QTest.keyClick(page.yaml, Qt.Key.Key_Tab)
    assert not page.yaml.hasFocus() and page.yaml.whole_text == text


def test_a_new_line_is_indented_like_the_last(page: RecipePage, state: WizardState) -> None:
    state.open_text("trainer:\n  epochs: 1")
    page.yaml.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClick(page.yaml, Qt.Key.Key_Return)
    QTest.keyClicks(page.yaml, "lr: 1")
    assert state.text == "trainer:\n  epochs: 1\n  lr: 1"


@pytest.mark.parametrize("name", ["dark", "light"])
def test_it_follows_the_theme(page: RecipePage, qapp: QApplication, name: str) -> None:
    look = apply_theme(qapp, name)
    QApplication.sendEvent(page.yaml, QEvent(QEvent.Type.PaletteChange))
    block = page.yaml.document().findBlockByNumber(0)
    assert block.layout().formats()[0].format.foreground().color().name() == look.text_muted.lower()  # type: ignore[attr-defined]
    assert page.grab().width() == 960


# ---- saving ------------------------------------------------------------------------------------------------------


class Answers(RecipeDialogs):
    def __init__(self) -> None:
        self.unsaved, self.path, self.asked = Unsaved.CANCEL, None, 0
        self.path: Path | None = None
        self.told: list[str] = []

    def ask_unsaved(self, name: str, parent: object) -> Unsaved:
        self.asked += 1
        return self.unsaved

    def ask_save(self, start: Path, parent: object) -> Path | None:
        self.suggested = start
        return self.path

    def tell(self, error: Exception, parent: object) -> None:
        self.told.append(str(error))


def test_a_preset_is_saved_elsewhere_and_a_file_in_its_place(
    page: RecipePage, state: WizardState, tmp_path: Path
) -> None:
    answers = Answers()
    page.dialogs = answers
    assert not page.save_button.isEnabled()
    state.set_value("lora.r", 4)
    answers.path = tmp_path / "mine.yaml"
    QTest.mouseClick(page.save_button, LEFT)
    assert answers.suggested == Path("my_guitar_Lora.yaml") and "r: 4" in answers.path.read_text(encoding="utf-8")
    assert not state.modified and page.file.whole == "mine.yaml"
    answers.path = None
    state.set_value("lora.r", 5)
    assert page.file.whole == "mine.yaml · changed"
    QTest.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert "r: 5" in (tmp_path / "mine.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("answer", "leaves"), [(Unsaved.CANCEL, False), (Unsaved.DISCARD, True), (Unsaved.SAVE, True)])
def test_changes_are_asked_about(state: WizardState, tmp_path: Path, answer: Unsaved, leaves: bool) -> None:
    answers = Answers()
    answers.unsaved, answers.path = answer, tmp_path / "x.yaml"
    assert may_leave(state, answers, None) and not answers.asked
    state.set_value("lora.r", 4)
    assert may_leave(state, answers, None) is leaves
    assert (tmp_path / "x.yaml").exists() is (answer is Unsaved.SAVE)


def test_a_save_that_fails_says_so_and_keeps_the_changes(state: WizardState, tmp_path: Path) -> None:
    answers = Answers()
    answers.unsaved, answers.path = Unsaved.SAVE, tmp_path / "no" / "x.yaml"
    state.set_value("lora.r", 4)
    assert not may_leave(state, answers, None) and state.modified
    assert "folder" in answers.told[0]


def test_half_a_character_is_not_saved(state: WizardState, tmp_path: Path) -> None:
    answers = Answers()
    answers.unsaved, answers.path = Unsaved.SAVE, tmp_path / "x.yaml"
    state.set_text("title: '\ud800'\n")
    assert not may_leave(state, answers, None) and not answers.path.exists()
    assert "character" in answers.told[0]


# ---- small parts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "whole", "value"),
    [
        ("12", True, 12),
        ("1.5", True, "1.5"),
        ("1,5", False, 1.5),
        ("2e-4", False, 2e-4),
        ("", True, ""),
        ("nan", False, "nan"),
    ],
)
def test_numbers_are_read_as_people_type_them(text: str, whole: bool, value: object) -> None:
    assert parse_number(text, whole) == value


@pytest.mark.parametrize(
    ("path", "value", "up", "down"),
    [
        ("trainer.lr", 0.001, 0.002, 0.0009),
        ("trainer.lr", 1, 1, 0.99),
        ("lora.r", 1, 2, 1),
        ("lora.alpha", 16, 17, 15),
        ("train_split", 0.99, 0.99, 0.98),
        ("lora.dropout", 0, 0.01, 0),
        ("trainer.seed", 2**32 - 1, 2**32 - 1, 2**32 - 2),
    ],
)
def test_steps_stay_within_what_the_schema_allows(path: str, value: float, up: float, down: float) -> None:
    assert (stepped(value, 1, FIELDS[path]), stepped(value, -1, FIELDS[path])) == (up, down)


def test_a_name_joins_a_list_where_the_schema_has_it() -> None:
    order = ("a", "b", "c", "d")
    assert with_name(("d", "a"), "c", order) == ("c", "d", "a")
    assert with_name(("a", "x"), "b", order) == ("a", "x", "b")
    assert with_name(("a",), "a", order) == ("a",)


@pytest.mark.parametrize("path", sorted(FIELDS))
def test_every_control_shows_nonsense_without_harm(path: str, qtbot: QtBot) -> None:
    editor = make_editor(FIELDS[path])
    qtbot.addWidget(editor)
    told: list[object] = []
    editor.edited.connect(told.append)  # type: ignore[attr-defined]
    for value in (None, True, 3, 1.5, "x", "", ("a", 1), {"a": 1}, FIELDS[path].default):
        editor.show_value(value)  # type: ignore[attr-defined]
        editor.set_error(True)  # type: ignore[attr-defined]
    assert not told, "showing is no editing"


def test_a_difference_is_as_short_as_can_be() -> None:
    assert difference("abcd", "abXd") == (2, 3, "X")
    assert difference("aa", "aaa") == (2, 2, "a") and difference("same", "same") == (4, 4, "")


@pytest.mark.parametrize(("line", "start"), [("a: b # c", 5), ("a: 'x # y' # z", 11), ("# c", 0), ("a: b#c", 6)])
def test_comments_begin_where_yaml_says(line: str, start: int) -> None:
    assert comment_start(line) == start


def test_nothing_of_the_form_is_cut_off_in_a_narrow_window(page: RecipePage, state: WizardState, qtbot: QtBot) -> None:
    page.resize(620, 500)
    page.form.advanced.open()
    state.set_value("features.targets", ("velocity",))
    page.form.go_to("features.targets")
    assert page.form.area.horizontalScrollBar().value() == 0
    for row in page.form.rows.values():
        right = row.mapTo(page.form.area.viewport(), row.rect().topRight()).x()
        assert right < page.form.area.viewport().width()
