"""How the songs are divided: a bar of three parts with their numbers, by place and words as well as by colour."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from duv_studio.training.lora.survey.survey import TEST, TRAIN, VAL, SplitCounts
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme

_BAR = 8
_PARTS = (TRAIN, VAL, TEST)


class SplitBar(QWidget):
    """Songs to learn from, to stop in time, and to judge."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._split: SplitCounts | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            tr(
                "Songs to learn from, songs that tell when to stop, and songs that judge.\n"
                "They stay whole: the adapter is judged by songs that it never saw.\n"
                "Which song goes where depends on its name and the seed alone."
            )
        )

    def set_split(self, split: SplitCounts | None) -> None:
        """Show other numbers."""
        self._split = split
        self.setAccessibleName(", ".join(self.words))
        self.update()

    @property
    def words(self) -> list[str]:
        """What is said of each part."""
        if self._split is None:
            return []
        n = self._split.songs
        return [
            tr("{n} to learn", n=f"{n[TRAIN]:,}"),
            tr("{n} to stop", n=f"{n[VAL]:,}"),
            tr("{n} to judge", n=f"{n[TEST]:,}"),
        ]

    def sizeHint(self) -> QSize:
        """Heading, bar and words."""
        return QSize(260, self._top + _BAR + 6 + self.fontMetrics().height() + 2)

    @property
    def _top(self) -> int:
        return self.fontMetrics().height() + 6

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar and the words below it, each behind a dot of its colour."""
        if self._split is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        heading = QRectF(0, 0, self.width(), self._top)
        painter.setPen(theme.current().color("text"))
        painter.drawText(heading, Qt.AlignmentFlag.AlignLeft, tr("Songs"))
        painter.setPen(theme.current().color("text_muted"))
        painter.drawText(heading, Qt.AlignmentFlag.AlignRight, f"{sum(self._split.songs.values()):,}")
        painter.setPen(Qt.PenStyle.NoPen)
        for area, color in zip(self._areas(), _colors(), strict=True):
            painter.setBrush(color)
            painter.drawRoundedRect(area, 2, 2)
        self._draw_words(painter)

    def _areas(self) -> list[QRectF]:
        assert self._split is not None
        songs = [self._split.songs[part] for part in _PARTS]
        room, left, areas = self.width() - 4.0, 0.0, []
        for n in songs:
            width = max(room * n / max(sum(songs), 1), 3.0 if n else 0.0)
            areas.append(QRectF(left, self._top, width, _BAR))
            left += width + 2
        return areas

    def _draw_words(self, painter: QPainter) -> None:
        top, height = self._top + _BAR + 6, self.fontMetrics().height() + 2
        widths = [self.fontMetrics().horizontalAdvance(text) + 14 for text in self.words]
        gap = max((self.width() - sum(widths)) / (len(widths) - 1), 6.0)
        left = 0.0
        for text, width, color in zip(self.words, widths, _colors(), strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(QRectF(left, top + height / 2 - 4, 7, 7))
            painter.setPen(theme.current().color("text_muted"))
            painter.drawText(QRectF(left + 12, top, width, height), Qt.AlignmentFlag.AlignVCenter, text)
            left += width + gap


def _colors() -> tuple[QColor, QColor, QColor]:
    look = theme.current()
    return look.color("accent"), look.color("text_muted"), look.color("success")
