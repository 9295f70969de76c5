"""How a row of the track list looks."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionButton, QStyleOptionViewItem

from duv_studio.ui.i18n import percent
from duv_studio.ui.panels.row_layout import CHIP_PAD, HANDLE, RowLayout
from duv_studio.ui.panels.track_model import Role, RowMix
from duv_studio.ui.playback.mixing import share_of
from duv_studio.ui.style import theme

AnyIndex = QModelIndex | QPersistentModelIndex
_LETTER_PX = 11


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
        mix = index.data(Role.MIX)
        if index.row() > 0:
            _paint_slider(painter, layout, float(index.data(Role.INTENSITY)), included, selected)
            _paint_volume(painter, layout.volume, mix, selected)
        for rect, letter, on, color in (
            (layout.mute, "M", mix.muted, "warning"),
            (layout.solo, "S", mix.solo, "accent"),
        ):
            if on or index.row() > 0:
                _paint_switch(painter, rect, letter, color if on else "", selected)
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
    _text(painter, rect.adjusted(CHIP_PAD, 0, 0, 0), text, look.color("text"))


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
    painter.drawEllipse(QPoint(filled.left() + filled.width(), bar.center().y()), HANDLE, HANDLE)
    _text(painter, layout.percent, percent(share), look.color("text_muted"))


def _paint_switch(painter: QPainter, rect: QRect, letter: str, color: str, selected: bool) -> None:
    """M or S: filled with a colour while it is on."""
    look = theme.current()
    painter.setPen(look.color(color or ("border_strong" if selected else "border")))
    painter.setBrush(look.color(color or "panel"))
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    font = QFont(painter.font())
    font.setPixelSize(_LETTER_PX)
    font.setBold(bool(color))
    painter.save()
    painter.setFont(font)
    painter.setPen(look.color("on_accent" if color else "text_muted"))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, letter)
    painter.restore()


def _paint_volume(painter: QPainter, rect: QRect, mix: RowMix, selected: bool) -> None:
    """A wedge that rises to the right, filled up to the gain; grey while nothing of the track is heard."""
    assert mix.gain is not None
    look, box = theme.current(), QRectF(rect)
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    wedge = QPolygonF([box.bottomLeft(), box.bottomRight(), box.topRight(), QPointF(box.left(), box.bottom() - 1.5)])
    edge = box.left() + box.width() * share_of(mix.gain)
    for left, right, color in (
        (box.left(), edge, "text_muted" if mix.is_heard else "border_strong"),
        (edge, box.right(), "border_strong" if selected else "border"),
    ):
        painter.setClipRect(QRectF(left, box.top(), right - left, box.height()))
        painter.setBrush(look.color(color))
        painter.drawPolygon(wedge)
    painter.setClipping(False)
    painter.setPen(QPen(look.color("text" if mix.is_heard else "text_disabled"), 2))
    painter.drawLine(QPointF(edge, box.top() - 1), QPointF(edge, box.bottom() + 1))
    painter.restore()
