"""Inline messages above the piano roll: what went wrong, what to do about it; never a box in the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from duv_studio.errors import DuvError
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import icons, theme

_ICONS = {"error": "error", "warning": "warning", "info": "info", "success": "ok"}
_COLORS = {"error": "error", "warning": "warning", "info": "accent", "success": "success"}


@dataclass(frozen=True)
class Message:
    """One thing to tell; `kind` is error, warning, info or success."""

    kind: str
    title: str
    text: str = ""
    hint: str = ""
    file: Path | None = None
    actions: tuple[QAction, ...] = field(default=(), compare=False)

    @staticmethod
    def of(error: DuvError, title: str = "") -> Message:
        """What an expected error says; `title` is for an error that has none of its own."""
        given = error.title if error.title != DuvError("").title or not title else title
        return Message("error", given, sentence(error.message), sentence(error.hint), error.file)


def sentence(text: str) -> str:
    """Give a phrase a capital and a full stop."""
    text = text.strip()
    return text and text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


class Banner(QFrame):
    """One message with a coloured edge, an icon, its buttons and a cross."""

    closed = Signal()

    def __init__(self, message: Message, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = message
        self.setProperty("card", True)
        self.setAccessibleName(f"{message.title} {message.text} {message.hint}".strip())
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._icon = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_M + 4, theme.SPACE_S, theme.SPACE_S, theme.SPACE_S)
        row.setSpacing(theme.SPACE_M)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._words(), 1)
        for action in message.actions:
            row.addWidget(self._button(action), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._cross(), 0, Qt.AlignmentFlag.AlignTop)
        self._tint()

    def _words(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(2)
        title = QLabel(self.message.title)
        title.setTextFormat(Qt.TextFormat.PlainText)
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        column.addWidget(title)
        body = " ".join(part for part in (self.message.text, self.message.hint) if part)
        if body:
            column.addWidget(_wrapped(body))
        if self.message.file is not None:
            file = _wrapped(str(self.message.file))
            file.setProperty("role", "muted")
            column.addWidget(file)
        return column

    def _button(self, action: QAction) -> QPushButton:
        button = QPushButton(action.text())
        button.setAutoDefault(False)  # in a dialog the first one would look like the answer to everything
        button.clicked.connect(action.trigger)
        button.clicked.connect(self.closed)
        return button

    def _cross(self) -> QToolButton:
        cross = QToolButton()
        icons.assign(cross, "close")
        cross.setIconSize(QSize(14, 14))
        cross.setToolTip(tr("Close this message"))
        cross.setAccessibleName(tr("Close this message"))
        cross.clicked.connect(self.closed)
        return cross

    def _tint(self) -> None:
        color = str(getattr(theme.current(), _COLORS[self.message.kind]))
        self._icon.setPixmap(icons.pixmap(_ICONS[self.message.kind], 20, color, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card and its coloured edge: the kind is shown by icon and words too, never by colour alone."""
        super().paintEvent(event)
        painter = QPainter(self)
        color = theme.current().color(_COLORS[self.message.kind])
        painter.fillRect(1, 5, 3, self.height() - 10, color)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc on one of its buttons closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class MessageArea(QWidget):
    """The banners, newest on top; one per topic, so that a second failed attempt replaces the first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._banners: dict[str, Banner] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(theme.SPACE_S, theme.SPACE_S, theme.SPACE_S, theme.SPACE_S)
        self._column.setSpacing(theme.SPACE_S)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    def set_margin(self, margin: int) -> None:
        """Leave so much room around the banners."""
        self._column.setContentsMargins(margin, margin, margin, margin)

    @property
    def messages(self) -> dict[str, Message]:
        """What is shown, by topic."""
        return {topic: banner.message for topic, banner in self._banners.items()}

    def show_message(self, topic: str, message: Message) -> None:
        """Show a message in place of the last one of its topic."""
        shown = self._banners.get(topic)
        if shown is not None and shown.message == message:
            return
        self.clear(topic)
        banner = Banner(message, self)
        banner.setProperty("topic", topic)
        banner.closed.connect(self._on_closed)
        self._banners[topic] = banner
        self._column.insertWidget(0, banner)
        self.show()

    def clear(self, topic: str) -> None:
        """Take the message of a topic away."""
        banner = self._banners.pop(topic, None)
        if banner is not None:
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._banners))

    def _on_closed(self) -> None:
        self.clear(str(self.sender().property("topic")))


def _wrapped(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)  # file names and error texts are not markup
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
