"""How a row of the track list looks, and where in it is what: box, name, notes, detail, intensity."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionButton, QStyleOptionViewItem

from duv_studio.ui.i18n import percent
from duv_studio.ui.panels.track_model import Role
from duv_studio.ui.style import theme

AnyIndex = QModelIndex | QPersistentModelIndex
_BOX = 18
_HANDLE = 5  # radius of the slider's handle
_CHIP_PAD = 5


@dataclass(frozen=True)
class RowLayout:
    """Rectangles of one row, used by painting and by the mouse alike."""

    box: QRect
    name: QRect
    sign: QRect  # for what is unsure; else empty
    count: QRect
    detail: QRect
    chip: QRect  # the family, when it was set by hand; else empty
    bar: QRect  # the groove of the intensity slider
    percent: QRect

    @staticmethod
    def of(rect: QRect, metrics: QFontMetrics, count: str, chip: str = "", sign: str = "") -> RowLayout:
        """Lay out a row."""
        line = metrics.height()
        left, right, top = rect.left() + theme.SPACE_M, rect.right() - theme.SPACE_M, rect.top() + theme.SPACE_S
        text = left + _BOX + theme.SPACE_S
        count_width = metrics.horizontalAdvance(count)
        sign_width = metrics.horizontalAdvance(sign) + theme.SPACE_S if sign else 0
        percent_width = metrics.horizontalAdvance("100 %")
        second, third = top + line + 2, top + 2 * line + 4
        chip_width = min(metrics.horizontalAdvance(chip) + 2 * _CHIP_PAD, right - text) if chip else 0
        detail_right = right - chip_width - (theme.SPACE_S if chip else 0)
        return RowLayout(
            QRect(left, top + (line - _BOX) // 2, _BOX, _BOX),
            QRect(text, top, right - text - count_width - sign_width - theme.SPACE_S, line),
            QRect(right - count_width - sign_width, top, sign_width, line),
            QRect(right - count_width, top, count_width + 1, line),
            QRect(text, second, max(detail_right - text, 0), line),
            QRect(right - chip_width, second - 1, chip_width, line + 2),
            QRect(text + _HANDLE, third + line // 2 - 1, right - text - percent_width - theme.SPACE_M - 2 * _HANDLE, 3),
            QRect(right - percent_width, third, percent_width + 1, line),
        )

    def share_at(self, x: int) -> float:
        """Return the intensity 0..1 that a pointer at `x` means, in steps of 1 %."""
        share = (x - self.bar.left()) / max(self.bar.width(), 1)
        return round(min(max(share, 0.0), 1.0), 2)

    def over_box(self, pos: QPoint) -> bool:
        """Whether a pointer is on the check box or close to it."""
        return self.box.adjusted(-6, -6, 6, 6).contains(pos)

    def over_chip(self, pos: QPoint) -> bool:
        """Whether a pointer is on the family."""
        return self.chip.contains(pos)

    def over_slider(self, pos: QPoint) -> bool:
        """Whether a pointer is on the slider, which is easier to hit than it looks."""
        return self.bar.adjusted(-2 * _HANDLE, -8, 2 * _HANDLE, 8).contains(pos)


class TrackDelegate(QStyledItemDelegate):
    """Paints rows; the view handles the mouse."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Two lines for all tracks, three for a track."""
        lines = 2 if index.row() == 0 else 3
        return QSize(160, lines * QFontMetrics(option.font).height() + 2 * (lines - 1) + 2 * theme.SPACE_S)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one row."""
        look = theme.current()
        chip, sign = str(index.data(Role.BY_HAND) or ""), str(index.data(Role.SIGN) or "")
        layout = RowLayout.of(option.rect, QFontMetrics(option.font), str(index.data(Role.COUNT)), chip, sign)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        included = index.data(Qt.ItemDataRole.CheckStateRole) != Qt.CheckState.Unchecked
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option, selected)
        _paint_box(painter, option, layout.box, index.data(Qt.ItemDataRole.CheckStateRole))
        name = QFont(option.font)
        name.setBold(True)
        painter.setFont(name)
        _text(painter, layout.name, str(index.data()), look.color("text" if included else "text_muted"))
        painter.setFont(option.font)
        _text(painter, layout.sign, sign, look.color("warning"))
        _text(painter, layout.count, str(index.data(Role.COUNT)), look.color("text_muted"))
        _text(painter, layout.detail, str(index.data(Role.DETAIL)), look.color("text_muted" if included else "warning"))
        if chip:
            _paint_chip(painter, layout.chip, chip)
        if index.row() > 0:
            _paint_slider(painter, layout, float(index.data(Role.INTENSITY)), included, selected)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, selected: bool) -> None:
        look, rect = theme.current(), option.rect
        if selected:
            painter.fillRect(rect, look.color("accent_soft"))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), look.color("accent"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, look.color("hover"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), look.color("border"))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(look.color("accent"))
            painter.drawRect(rect.adjusted(0, 0, -1, -2))


def _text(painter: QPainter, rect: QRect, text: str, color: QColor) -> None:
    painter.setPen(color)
    elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(rect, left | Qt.TextFlag.TextSingleLine, elided)


def _paint_chip(painter: QPainter, rect: QRect, text: str) -> None:
    look = theme.current()
    painter.setPen(look.color("accent"))
    painter.setBrush(look.color("panel"))
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    _text(painter, rect.adjusted(_CHIP_PAD, 0, 0, 0), text, look.color("text"))


def _paint_box(painter: QPainter, option: QStyleOptionViewItem, rect: QRect, state: Qt.CheckState) -> None:
    box = QStyleOptionButton()
    box.rect = rect
    box.state = (
        QStyle.StateFlag.State_Enabled
        | {
            Qt.CheckState.Checked: QStyle.StateFlag.State_On,
            Qt.CheckState.Unchecked: QStyle.StateFlag.State_Off,
            Qt.CheckState.PartiallyChecked: QStyle.StateFlag.State_NoChange,
        }[state]
    )
    style = option.widget.style() if option.widget else QApplication.style()
    style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck, box, painter, option.widget)
    if state == Qt.CheckState.PartiallyChecked:
        painter.fillRect(QRect(rect.center().x() - 3, rect.center().y(), 8, 2), theme.current().color("accent"))


def _paint_slider(painter: QPainter, layout: RowLayout, share: float, included: bool, selected: bool) -> None:
    look, bar = theme.current(), layout.bar
    filled = QRect(bar.left(), bar.top(), round(bar.width() * share), bar.height())
    painter.setPen(Qt.PenStyle.NoPen)
    groove, fill = "border_strong" if selected else "border", "accent" if included else "border_strong"
    for rect, color in ((bar, groove), (filled, fill)):
        painter.setBrush(look.color(color))
        painter.drawRoundedRect(rect, 1.5, 1.5)
    painter.setBrush(look.color("text" if included else "text_disabled"))
    painter.drawEllipse(QPoint(filled.left() + filled.width(), bar.center().y()), _HANDLE, _HANDLE)
    _text(painter, layout.percent, percent(share), look.color("text_muted"))
