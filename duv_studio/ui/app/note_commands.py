"""Commands about notes: select, lock and unlock, by keys, menu bar and the canvas's own menu."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from duv_studio.ui.app.actions import Actions
from duv_studio.ui.canvas.editor_view import EditorView
from duv_studio.ui.document.document import Document
from duv_studio.ui.i18n import count, tr

Chosen = Mapping[int, frozenset[int]]  # Song.tracks index -> indices in Track.notes


class NoteCommands(QObject):
    """Between the canvas, where notes are selected, and the document, which knows the locked ones."""

    nothing_selected = Signal(str)  # a word of advice

    def __init__(self, document: Document, roll: EditorView, commands: Actions) -> None:
        super().__init__(roll)
        self.document, self._roll, self._commands = document, roll, commands
        roll.menu_wanted.connect(self.show_menu)
        roll.picked.connect(self._on_changed)
        document.locks_changed.connect(self._on_locks)
        for name, slot in (("lock", self.toggle), ("unlock_all", self.unlock_all), ("select_all", roll.pick_all)):
            commands[name].triggered.connect(slot)
        self._on_changed()

    def toggle(self) -> None:
        """Lock the selected notes, or the one under the mouse when none is; unlock them when all are locked."""
        chosen = self._roll.picked_notes or self._roll.hovered_notes
        if not chosen:
            self.nothing_selected.emit(tr("Select notes first: click one, or drag a rectangle around some"))
        elif self._are_locked(chosen):
            self._set({i: self._locked(i) - notes for i, notes in chosen.items()}, tr("Unlock"), chosen)
        else:
            self._set({i: self._locked(i) | notes for i, notes in chosen.items()}, tr("Lock"), chosen)

    def unlock_all(self) -> None:
        """Unlock every note of the song."""
        nothing: frozenset[int] = frozenset()
        self.document.set_locked(dict.fromkeys(self.document.settings.locked_notes, nothing), tr("Unlock All Notes"))

    def show_menu(self, at: QPoint) -> None:
        """Open the canvas's menu."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def menu(self) -> QMenu:
        """What can be done with the selected notes."""
        menu, chosen = QMenu(self._roll), self._roll.picked_notes
        n = sum(len(notes) for notes in chosen.values())
        verb = tr("&Unlock") if self._are_locked(chosen) else tr("&Lock")
        lock = menu.addAction(f"{verb} {count(n, 'Note', 'Notes')}" if n else tr("&Lock Notes"))
        lock.setShortcut(self._commands["lock"].shortcut())
        lock.setEnabled(n > 0)
        lock.triggered.connect(self.toggle)
        menu.addAction(self._commands["unlock_all"])
        menu.addSeparator()
        menu.addAction(self._commands["select_all"])
        none = menu.addAction(tr("Select &None"))
        none.setEnabled(n > 0)
        none.triggered.connect(self._roll.pick_none)
        return menu

    def _locked(self, track: int) -> frozenset[int]:
        assert self.document.song is not None
        return self.document.settings.locked_notes.get(self.document.song.tracks[track].key, frozenset())

    def _are_locked(self, chosen: Chosen) -> bool:
        return bool(chosen) and all(notes <= self._locked(index) for index, notes in chosen.items())

    def _set(self, locked: Chosen, verb: str, chosen: Chosen) -> None:
        assert self.document.song is not None
        n = sum(len(notes) for notes in chosen.values())
        by_key = {self.document.song.tracks[index].key: notes for index, notes in locked.items()}
        self.document.set_locked(by_key, f"{verb} {count(n, 'Note', 'Notes')}")

    def _on_locks(self) -> None:
        self._roll.set_locked(self.document.settings.locked_notes)
        self._on_changed()

    def _on_changed(self) -> None:
        has_song = self.document.song is not None
        for name in ("lock", "select_all"):
            self._commands[name].setEnabled(has_song)
        self._commands["unlock_all"].setEnabled(bool(self.document.settings.locked_notes))
