"""The pane beside the list of adapters: what one learned, how it was judged, and the owner's notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from duv_studio.engine.adapters.header import STATISTICS
from duv_studio.engine.adapters.user_library import read_notes
from duv_studio.ui.i18n import count, place, tr
from duv_studio.ui.style import theme
from duv_studio.ui.training.adapter_entries import Entry, made_on, size_text, verdict_text
from duv_studio.ui.widgets.elided_label import ElidedLabel

_NOTES_HEIGHT = 76


class AdapterDetails(QScrollArea):
    """Facts as rows, and notes that can be written for one's own."""

    notes_written = Signal(object, str)  # Entry, text

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entry: Entry | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.title = _label("", "title")
        self.facts = QFormLayout()
        self.facts.setHorizontalSpacing(theme.SPACE_M)
        self.facts.setVerticalSpacing(theme.SPACE_XS)
        self.facts.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.notes = NotesField()
        self.notes.left.connect(self._on_left)
        self.notes_heading = _label(tr("Notes"), "heading")
        self.notes_heading.setBuddy(self.notes)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_M, theme.SPACE_M, theme.SPACE_M)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.title)
        column.addLayout(self.facts)
        column.addSpacing(theme.SPACE_S)
        column.addWidget(self.notes_heading)
        column.addWidget(self.notes)
        column.addStretch(1)
        self.setWidget(inside)
        self._inside = inside

    def show_entry(self, entry: Entry | None) -> None:
        """Show another adapter, or nothing; notes of the last one are kept first."""
        self.keep_notes()
        self._entry = entry
        self._inside.setVisible(entry is not None)
        if entry is None:
            return
        self.title.setText(entry.title)
        while self.facts.rowCount():
            self.facts.removeRow(0)
        for name, said in facts_of(entry):
            self.facts.addRow(_fact(name), _label(said))
        self.facts.addRow(_fact(tr("File")), _file_label(entry.info.path))
        self.notes.show_text(read_notes(entry.info.path) if entry.info.own else "")
        for part in (self.notes, self.notes_heading):
            part.setVisible(entry.info.own)

    def keep_notes(self) -> None:
        """Hand out notes that were changed."""
        text = self.notes.changed_text()
        if self._entry is not None and text is not None:
            self.notes_written.emit(self._entry, text)

    def _on_left(self) -> None:
        self.keep_notes()


class NotesField(QPlainTextEdit):
    """A few lines of plain text; tells when the user is done with them."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setFixedHeight(_NOTES_HEIGHT)
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)  # a dropped file is meant for the window
        self.setPlaceholderText(tr("Which takes it learned from, what it is good for…"))
        self.setAccessibleName(tr("Notes"))

    def show_text(self, text: str) -> None:
        """Show notes as they are kept."""
        self._shown = text.strip()
        self.setPlainText(self._shown)

    def changed_text(self) -> str | None:
        """The notes when they differ from what was shown or handed out, else None."""
        text = self.toPlainText().strip()
        if text == self._shown:
            return None
        self._shown = text
        return text

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Writing ends."""
        super().focusOutEvent(event)
        self.left.emit()


def facts_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield what is worth knowing, as (what, how it is)."""
    header = entry.header
    yield tr("Unseen songs"), verdict_text(header)
    yield tr("Made for"), entry.base if entry.base_is_there else tr("{base}, which is not installed", base=entry.base)
    made = made_on(header)
    if made is not None:
        yield tr("Trained"), f"{made.day} {made:%B %Y, %H:%M}"
    if header.player is not None:
        songs = count(header.player.files, "song", "songs")
        yield tr("Learned from"), tr("{n} in {songs}", n=count(header.player.notes, "note", "notes"), songs=songs)
    yield tr("Kind"), _kind(entry)
    yield tr("Origin"), tr("Your own") if entry.info.own else tr("Comes with DUV Studio")
    if header.licence:
        yield tr("Licence"), " ".join(part for part in (header.licence, header.licence_note) if part)
    yield tr("Size"), size_text(entry.size)


def _kind(entry: Entry) -> str:
    if entry.header.kind == STATISTICS:
        return tr("Statistics of the player, no weights")
    return tr("LoRA of rank {r}, {steps}", r=entry.header.r, steps=count(entry.header.steps, "step", "steps"))


def _fact(name: str) -> QLabel:
    label = _label(name, "muted")
    label.setWordWrap(False)
    return label


def _file_label(path: Path) -> ElidedLabel:
    label = ElidedLabel(elide=Qt.TextElideMode.ElideMiddle)
    label.set_whole(place(path), str(path))
    return label


def _label(text: str, role: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMinimumWidth(10)  # a path has few places to break at
    if role:
        label.setProperty("role", role)
    else:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
