"""The recipe as text: line numbers, syntax colours and marks under mistakes."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QFontDatabase,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from duv_studio.training.schema.document import Problem
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.wizard.recipe.recipe_document import WizardState

_INDENT = "  "
_KEY = re.compile(r"^\s*(?:-\s+)?([\"']?[\w.\- ]+[\"']?)(?=:(?:\s|$))")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_PLAIN = re.compile(
    r"(?<=[\s\[,{:-])(?:[-+]?\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?|true|false|null|yes|no|~)(?=\s*(?:$|[\s,\]}]))"
)


class YamlView(QPlainTextEdit):
    """Shows the state's text and writes into it; undo and redo are the state's, which knows the form's edits too."""

    place_changed = Signal(int, int)  # line and column of the cursor, from 1, when the user moved it

    def __init__(self, state: WizardState) -> None:
        super().__init__()
        self.state = state
        self._showing = False
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)  # YAML has no tabs, and no one shall be caught here
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName(tr("Recipe as YAML text"))
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._colors = YamlColors(self.document())
        self.gutter = _Gutter(self)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._on_update)
        self.cursorPositionChanged.connect(self._on_cursor)
        self.textChanged.connect(self._on_typed)
        state.text_changed.connect(self.show_text)
        state.problems_changed.connect(self.show_problems)
        self._make_room()
        self.show_text()
        self.show_problems()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Text may be dragged about; files are not taken, least of all moved."""
        if event.mimeData().hasUrls():
            event.ignore()
        else:
            super().dragEnterEvent(event)

    @property
    def whole_text(self) -> str:
        """The text as it is: toPlainText() would make plain spaces of those that do not break."""
        return self.document().toRawText().replace("\u2029", "\n")

    def show_text(self) -> None:
        """Show the state's text; the cursor stays where it is, because only what differs is replaced."""
        old, new = self.whole_text, self.state.text
        if old == new:
            return
        start, end, put = difference(old, new)
        self._showing = True
        cursor = QTextCursor(self.document())
        cursor.setPosition(_units(old[:start]))
        cursor.setPosition(_units(old[:end]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(put)
        self._showing = False
        self._mark()

    def show_problems(self) -> None:
        """Underline what is wrong."""
        self._mark()
        self.gutter.update()

    def go_to(self, line: int, column: int = 1, *, take_focus: bool = True) -> None:
        """Put the cursor into a line, counted from 1."""
        block = self.document().findBlockByNumber(max(min(line, self.blockCount()), 1) - 1)
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + min(_units(block.text()[: max(column - 1, 0)]), block.length() - 1))
        self._showing = True
        self.setTextCursor(cursor)
        self._showing = False
        self.centerCursor()
        if take_focus:
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def gutter_width(self) -> int:
        """Room for the largest line number and a mark, in pixels."""
        digits = max(2, len(str(self.blockCount())))
        return digits * self.fontMetrics().horizontalAdvance("9") + 2 * theme.SPACE_S

    def paint_gutter(self, event: QPaintEvent) -> None:
        """Draw the numbers of the visible lines; those with a problem stand out in colour and weight."""
        look = theme.current()
        painter = QPainter(self.gutter)
        painter.fillRect(event.rect(), look.color("panel"))
        wrong = {p.line for p in self.state.problems}
        current = self.textCursor().blockNumber()
        block = self.firstVisibleBlock()
        while block.isValid():
            box = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if box.top() > event.rect().bottom():
                break
            number = block.blockNumber() + 1
            name = "error" if number in wrong else "text" if block.blockNumber() == current else "text_muted"
            painter.setPen(look.color(name))
            font = self.font()
            font.setBold(number in wrong)
            painter.setFont(font)
            area = QRect(0, round(box.top()), self.gutter.width() - theme.SPACE_S, round(box.height()))
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number))
            if number in wrong:
                painter.fillRect(0, area.top(), 3, area.height(), look.color("error"))
            block = block.next()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo and redo are the state's; a new line begins below the last one."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self.state.undo()
        elif event.matches(QKeySequence.StandardKey.Redo) or _is_redo(event):
            self.state.redo()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            before = self.textCursor().block().text()[: self.textCursor().positionInBlock()]
            indent = before[: len(before) - len(before.lstrip(" "))]
            self.textCursor().insertText("\n" + indent + (_INDENT if before.rstrip().endswith(":") else ""))
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the numbers at the left."""
        super().resizeEvent(event)
        area = self.contentsRect()
        self.gutter.setGeometry(QRect(area.left(), area.top(), self.gutter_width(), area.height()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colors.rehighlight()
            self._mark()

    def _on_typed(self) -> None:
        if not self._showing:
            self.state.set_text(self.whole_text)

    def _on_cursor(self) -> None:
        self._mark()
        self.gutter.update()
        if not self._showing and self.hasFocus():
            cursor = self.textCursor()
            self.place_changed.emit(cursor.blockNumber() + 1, cursor.positionInBlock() + 1)

    def _on_update(self, area: QRect, moved: int) -> None:
        if moved:
            self.gutter.scroll(0, moved)
        else:
            self.gutter.update(0, area.y(), self.gutter.width(), area.height())

    def _make_room(self) -> None:
        self.setViewportMargins(self.gutter_width() + theme.SPACE_XS, 0, 0, 0)
        area = self.contentsRect()
        self.gutter.setGeometry(QRect(area.left(), area.top(), self.gutter_width(), area.height()))

    def _mark(self) -> None:
        self.setExtraSelections([self._current_line(), *map(self._underline, self.state.problems)])

    def _current_line(self) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        made.format.setBackground(theme.current().color("hover"))
        made.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        cursor = self.textCursor()
        cursor.clearSelection()
        made.cursor = cursor
        return made

    def _underline(self, problem: Problem) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        ink = QTextCharFormat()
        ink.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        ink.setUnderlineColor(theme.current().color("error"))
        ink.setToolTip(problem.sentence)
        made.format = ink
        block = self.document().findBlockByNumber(min(problem.line, self.blockCount()) - 1)
        made.cursor = _stretch(block, problem.column - 1)
        return made

    def event(self, event: QEvent) -> bool:
        """Say over a marked place what is wrong with it."""
        if event.type() == QEvent.Type.ToolTip:
            place = self.cursorForPosition(self.viewport().mapFrom(self, event.pos()))  # type: ignore[attr-defined]
            wrong = [p.sentence for p in self.state.problems if p.line == place.blockNumber() + 1]
            self.setToolTip("\n".join(wrong))
        return super().event(event)


class _Gutter(QWidget):
    """The strip of line numbers."""

    def __init__(self, view: YamlView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(self._view.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._view.paint_gutter(event)


def difference(old: str, new: str) -> tuple[int, int, str]:
    """The stretch of `old` from..to that another text stands in place of in `new`."""
    start, most = 0, min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    back = 0
    while back < most - start and old[-1 - back] == new[-1 - back]:
        back += 1
    return start, len(old) - back, new[start : len(new) - back]


def _units(text: str) -> int:
    """Length as Qt counts it: characters beyond the first 65,536 are two."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def _stretch(block: QTextBlock, column: int) -> QTextCursor:
    """From a column to the end of what is written there, the whole line where nothing is."""
    text = block.text()
    code = text[: comment_start(text)].rstrip()
    start = column if column < len(code) else len(code) - len(code.lstrip())
    cursor = QTextCursor(block)
    cursor.setPosition(block.position() + _units(text[:start]))
    cursor.setPosition(block.position() + _units(code), QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _is_redo(event: QKeyEvent) -> bool:
    both = Qt.KeyboardModifier.ControlModifier
    return event.key() == Qt.Key.Key_Y and event.modifiers() == both


class YamlColors(QSyntaxHighlighter):
    """Colours each line by itself; a text that runs over several lines has the colour of plain text."""

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        comment = comment_start(text)
        code = text[:comment]
        for match in _PLAIN.finditer(code):
            self.setFormat(match.start(), match.end() - match.start(), _ink("warning"))
        for match in _QUOTED.finditer(code):
            self.setFormat(match.start(), match.end() - match.start(), _ink("success"))
        key = _KEY.match(code)
        if key:
            self.setFormat(key.start(1), key.end(1) - key.start(1), _ink("accent"))
        self.setFormat(comment, len(text) - comment, _ink("text_muted"))


def comment_start(line: str) -> int:
    """Where the comment of a line begins; its length where there is none."""
    quotes = [match.span() for match in _QUOTED.finditer(line)]
    for match in re.finditer(r"(?:^|\s)#", line):
        at = match.end() - 1
        if not any(start < at < end for start, end in quotes):
            return at
    return len(line)


def _ink(name: str) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(theme.current().color(name))
    return made
