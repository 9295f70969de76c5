"""The track list: whether each track is humanized, why not, how much, and as which family."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListView, QMenu, QToolTip, QVBoxLayout, QWidget

from duv_studio.engine.midi.song import Family, Track
from duv_studio.ui.document.document import Document
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.row_layout import RowLayout
from duv_studio.ui.panels.track_delegate import TrackDelegate
from duv_studio.ui.panels.track_menus import FamilyMenu, InstrumentMenu
from duv_studio.ui.panels.track_model import AnyIndex, Role, TrackModel
from duv_studio.ui.panels.track_settings import TrackSettings
from duv_studio.ui.playback.mixing import UNCHANGED, Mixing, decibels, stepped_gain
from duv_studio.ui.style import theme

WIDTH = 250
_SIDES = (Qt.Key.Key_Left, Qt.Key.Key_Right)
_MOVES = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip


class TrackView(QListView):
    """The list itself; its current row is the document's current track."""

    def __init__(self, document: Document, mixing: Mixing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document, self.mixing = document, mixing
        self.setModel(TrackModel(document, mixing))
        self.setItemDelegate(TrackDelegate(self))
        self._dragged = QPersistentModelIndex()  # the row whose slider the mouse holds
        self._is_volume = False  # whether that is the volume
        self.setAccessibleName(tr("Tracks"))
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        document.current_track_changed.connect(self._follow_document)
        document.song_changed.connect(self._follow_document)

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        """The row that was chosen becomes the document's current track."""
        super().currentChanged(current, previous)
        if current.isValid():
            self.document.set_current_track(current.row() - 1 if current.row() else None)

    def step(self, rows: int) -> None:
        """Go up or down by some rows."""
        model = self.model()
        if model.rowCount():
            row = min(max(self.currentIndex().row() + rows, 0), model.rowCount() - 1)
            self.setCurrentIndex(model.index(row, 0))

    def layout_of(self, index: QModelIndex) -> RowLayout:
        """Where things are in a row, in viewport coordinates."""
        count, chip, sign = (str(index.data(role) or "") for role in (Role.COUNT, Role.BY_HAND, Role.SIGN))
        return RowLayout.of(self.visualRect(index), QFontMetrics(self.font()), count, chip, sign)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Toggle the box, M or S, take a slider, ask for the family, or choose the row."""
        pos, index = event.position().toPoint(), self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        elif self._switch_at(index, pos):
            pass
        elif index.row() > 0 and self.layout_of(index).over_volume(pos):
            self._dragged, self._is_volume = QPersistentModelIndex(index), True
            self._drag_to(pos)
        elif self.layout_of(index).over_box(pos):
            toggle(index)
        elif index.row() > 0 and self.layout_of(index).over_slider(pos):
            self.setCurrentIndex(index)
            self._dragged = QPersistentModelIndex(index)
            self.document.hold()
            self._drag_to(pos)
        elif self.layout_of(index).over_chip(pos):
            self.setCurrentIndex(index)
            self.ask_family()
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A quick second click is a click; on a volume, it takes that back to what the file says."""
        pos, index = event.position().toPoint(), self.indexAt(event.position().toPoint())
        if index.row() > 0 and self.layout_of(index).over_volume(pos) and event.button() == Qt.MouseButton.LeftButton:
            self.mixing.set_gain(self._key(index.row()), UNCHANGED)
        else:
            self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the slider that is held; a drag over other rows chooses none of them."""
        if self._dragged.isValid():
            self._drag_to(event.position().toPoint())
        elif not event.buttons():
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the slider go."""
        if self._dragged.isValid():
            was_volume, self._is_volume = self._is_volume, False
            self._dragged = QPersistentModelIndex()
            if not was_volume:
                self.document.release()
        else:
            super().mouseReleaseEvent(event)

    def _drag_to(self, pos: QPoint) -> None:
        index = self.model().index(self._dragged.row(), 0)
        if self._is_volume:
            self.mixing.set_gain(self._key(index.row()), self.layout_of(index).gain_at(pos.x()))
            QToolTip.showText(self.viewport().mapToGlobal(pos), self._volume_tip(index.row()), self)
            return
        self.model().setData(index, self.layout_of(index).share_at(pos.x()), Role.INTENSITY)

    def _switch_at(self, index: QModelIndex, pos: QPoint) -> bool:
        """Turn M or S on or off when the pointer is there; in the row of all tracks they can only be cleared."""
        layout, mix, mixing = self.layout_of(index), index.data(Role.MIX), self.mixing
        if layout.over_mute(pos) and (index.row() > 0 or mix.muted):
            mixing.set_muted(self._key(index.row()), not mix.muted) if index.row() > 0 else mixing.clear_mutes()
        elif layout.over_solo(pos) and (index.row() > 0 or mix.solo):
            mixing.set_solo(self._key(index.row()), not mix.solo) if index.row() > 0 else mixing.clear_solos()
        else:
            return False
        return True

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what M, S and the wedge are for; elsewhere the tooltip is about the track."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.indexAt(event.pos())
            tip = self._tip_at(index, event.pos()) if index.row() > 0 else ""
            if tip:
                QToolTip.showText(event.globalPos(), tip, self)
                return True
        return super().viewportEvent(event)

    def _tip_at(self, index: QModelIndex, pos: QPoint) -> str:
        layout = self.layout_of(index)
        if layout.over_mute(pos):
            return tr("Mute: do not hear this track (M)")
        if layout.over_solo(pos):
            return tr("Solo: hear this track alone, or with others that are solo (S)")
        return self._volume_tip(index.row()) if layout.over_volume(pos) else ""

    def _volume_tip(self, row: int) -> str:
        gain = decibels(self.mixing.of(self._key(row)).gain)
        return tr("Volume while listening: {gain}; double click: as in the file", gain=gain)

    def _key(self, row: int) -> str:
        return self._tracks()[row - 1].key

    def toggle_current(self) -> None:
        """Include or exclude the current row's track, or all."""
        if self.currentIndex().isValid():
            toggle(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """← and → change the track's intensity by 5 %, with Shift its volume by 1 dB; letters stay shortcuts."""
        index, key = self.currentIndex(), event.key()
        if key in _SIDES and index.row() > 0 and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            gain = self.mixing.of(self._key(index.row())).gain
            self.mixing.set_gain(self._key(index.row()), stepped_gain(gain, 1.0 if key == Qt.Key.Key_Right else -1.0))
        elif key in _SIDES and index.row() > 0:
            change = 0.05 if key == Qt.Key.Key_Right else -0.05
            share = round(min(max(index.data(Role.INTENSITY) + change, 0.0), 1.0), 2)
            self.model().setData(index, share, Role.INTENSITY)
        elif key in _MOVES:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def _follow_document(self) -> None:
        if self.document.song is None:
            return
        current = self.document.current_track
        index = self.model().index(0 if current is None else current + 1, 0)
        if index != self.currentIndex():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)

    def _show_menu(self, pos: QPoint) -> None:
        index = self.indexAt(pos)
        if index.isValid():
            self._popup(self.menu_for(index), pos)

    def ask_family(self) -> None:
        """Open the choice of families at the current row; nothing for the row of all tracks."""
        index = self.currentIndex()
        if index.row() > 0:
            self.scrollTo(index)
            self._popup(self.family_menu(index.row() - 1), self.layout_of(index).detail.bottomLeft())

    def _popup(self, menu: QMenu, pos: QPoint) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(pos))

    def menu_for(self, index: QModelIndex) -> QMenu:
        """The context menu of a row."""
        menu, song = QMenu(self), self.document.song
        menu.setProperty("row", index.row())
        entries = [
            (tr("Include All Tracks"), self._include_all),
            (tr("Let the Patterns Decide for All"), self._forget_all),
        ]
        if index.row() > 0 and song is not None:
            by_hand = song.tracks[index.row() - 1].key in self.document.settings.track_included
            entries.insert(0, (tr("Humanize Only This Track"), self._only_this))
            if by_hand:
                entries.insert(1, (tr("Let the Patterns Decide"), self._forget_this))
        for text, slot in entries:
            action = QAction(text, menu)
            action.setData(index.row())
            action.triggered.connect(slot)
            menu.addAction(action)
        if index.row() > 0 and song is not None:
            menu.insertMenu(menu.actions()[-2], self.family_menu(index.row() - 1, menu))
            settings = QAction(tr("Track Settin&gs…"), menu)
            settings.setData(index.row())
            settings.triggered.connect(lambda: self.show_settings(int(settings.data()) - 1))
            menu.insertAction(menu.actions()[-2], settings)
            menu.insertAction(menu.actions()[-2], self._velocity_action(song.tracks[index.row() - 1].key, menu))
            menu.insertMenu(menu.actions()[-2], InstrumentMenu(song.tracks[index.row() - 1], self.mixing, menu))
        return menu

    def ask_settings(self) -> None:
        """Open the settings of the current row's track; nothing for the row of all tracks."""
        if self.currentIndex().row() > 0:
            self.show_settings(self.currentIndex().row() - 1)

    def show_settings(self, track: int) -> TrackSettings:
        """Open the dialog about a track, beside which the window stays usable."""
        dialog = TrackSettings(self.document, track, self.window())
        dialog.show()
        return dialog

    def family_menu(self, track: int, parent: QWidget | None = None) -> QMenu:
        """Every family, the present one checked, and the way back to the guess."""
        menu = FamilyMenu(self._tracks()[track], self.document.tracks[track], parent or self)
        menu.chosen.connect(self._set_family)
        return menu

    def _velocity_action(self, key: str, menu: QMenu) -> QAction:
        """Switch the velocities of one track off, or on again."""
        action = QAction(tr("Leave Its &Velocities as They Are"), menu)
        action.setCheckable(True)
        action.setChecked(self.document.settings.track_velocity.get(key, 1.0) == 0)
        action.toggled.connect(lambda off: self.document.switch_velocity(key, not off, tr("Velocities of a Track")))
        return action

    def _set_family(self, key: str, family: Family | None) -> None:
        self.document.set_track_family(key, family, tr("Instrument Family") if family else tr("Guess Family Again"))

    def _include_all(self) -> None:
        self._include({t.key: True for t in self._tracks()}, tr("Include All Tracks"))

    def _forget_all(self) -> None:
        self._include({t.key: None for t in self._tracks()}, tr("Let the Patterns Decide for All"))

    def _only_this(self) -> None:
        chosen = self._asked()
        self._include({t.key: t.index == chosen for t in self._tracks()}, tr("Humanize Only One Track"))

    def _forget_this(self) -> None:
        self._include({self._tracks()[self._asked()].key: None}, tr("Let the Patterns Decide"))

    def _include(self, keys: dict[str, bool | None], label: str) -> None:
        self.document.set_track_included(keys, label)

    def _asked(self) -> int:
        """The track whose menu was used."""
        action = self.sender()
        assert isinstance(action, QAction)
        return int(action.data()) - 1

    def _tracks(self) -> tuple[Track, ...]:
        song = self.document.song
        return song.tracks if song else ()


def toggle(index: QModelIndex) -> None:
    """Include what is excluded and the other way round; a partly checked row becomes checked."""
    checked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    state = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
    index.model().setData(index, state, Qt.ItemDataRole.CheckStateRole)


class TrackList(QWidget):
    """Heading and list, or a word about what will be here."""

    def __init__(self, document: Document, mixing: Mixing | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.view = TrackView(document, mixing or Mixing(document, self))
        heading = QLabel(tr("Trac&ks"))
        heading.setProperty("role", "heading")
        heading.setBuddy(self.view)
        heading.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_S)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(heading)
        column.addWidget(self.view, 1)

    def sizeHint(self) -> QSize:
        """A side bar."""
        return QSize(WIDTH, 560)
