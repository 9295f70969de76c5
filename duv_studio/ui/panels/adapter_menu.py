"""The menu of adapters: automatic, none, or one that was made for the model that plays."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from duv_studio.engine.adapters.fitting_model import LeftBehind, of_earlier_bases
from duv_studio.engine.adapters.header import AdapterHeader
from duv_studio.engine.adapters.library import (
    AdapterInfo,
    automatic,
    broken_adapters,
    known_hash,
    list_adapters,
    read_adapter_header,
)
from duv_studio.engine.adapters.resolve import AUTOMATIC, NO_ADAPTER
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.panels.model_text import adapter_header_of, adapter_lines, broken_action, doubts_about
from duv_studio.ui.panels.track_model import family_label

_LONGEST = 40  # characters of a title


class AdapterMenu(QMenu):
    """Lists what fits the model when it is opened; its title says what was chosen."""

    chosen = Signal(object)  # "auto", "none", or name (str) or path of an adapter
    chosen_with_model = Signal(object)  # path of one that was made for an earlier model
    file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base: Path | None = None
        self._asked: str | Path = AUTOMATIC
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.show_request(None, AUTOMATIC)

    def show_request(self, base: Path | None, asked: str | Path) -> None:
        """Say what was asked for with the model of this file, None when it has none."""
        self._base, self._asked = base, asked
        word = {AUTOMATIC: tr("Automatic"), NO_ADAPTER: tr("None")}.get(str(asked)) or _title(asked)
        self.setTitle(tr("&Adapters: {which}", which=_short(word)))
        self.setEnabled(base is not None)

    def fill(self) -> None:
        """Make the menu again: adapters may have been trained or taken away."""
        self.clear()
        group = QActionGroup(self)
        fitting = _fitting(self._base)
        self._add(group, tr("A&utomatic"), self._automatic_words(fitting), AUTOMATIC, self._automatic_tip(fitting))
        alone = tr("The model plays every instrument as it is.")
        self._add(group, tr("&None"), "", NO_ADAPTER, alone)
        self.addSeparator()
        for info in fitting:
            self._add(group, _short(info.header.title), _family(info.header), info.name, _tip(info.header, info.path))
        for left in _of_earlier_bases(self._base):
            self._add_earlier(left)
        self._add_elsewhere(group)
        if not fitting and group.checkedAction() is not None:
            self.addAction(tr("No adapter was made for this model")).setEnabled(False)
        for broken in broken_adapters():
            self.addAction(broken_action(broken, self))
        self.addSeparator()
        choose = QAction(tr("&Choose an Adapter File…"), self)
        choose.triggered.connect(self.file_wanted)
        self.addAction(choose)

    def _add(self, group: QActionGroup, text: str, detail: str, data: str | Path, tip: str) -> None:
        action = QAction(f"{text}\t{detail}" if detail else text, self)
        action.setToolTip(plain_tip(tip))
        action.setCheckable(True)
        action.setChecked(str(data) == str(self._asked))
        action.setData(data)
        action.triggered.connect(self._on_chosen)
        group.addAction(action)
        self.addAction(action)

    def _add_earlier(self, left: LeftBehind) -> None:
        """An adapter that brings another model."""
        header, model = left.adapter.header, left.model.title or left.model.name
        action = QAction(f"{_short(header.title)}\t{_family(header)} · {tr('for {model}', model=model)}", self)
        action.setToolTip(plain_tip(tr("Made for {model}, which is chosen with it.", model=model)))
        action.setData(left.adapter.path)
        action.triggered.connect(self._on_earlier)
        self.addAction(action)

    def _add_elsewhere(self, group: QActionGroup) -> None:
        """An adapter that plays, and is not among those that are installed."""
        header = adapter_header_of(self._asked) if group.checkedAction() is None else None
        if header is not None:
            self._add(group, _short(header.title), _family(header), self._asked, _tip(header, Path(self._asked)))

    def _automatic(self, fitting: list[AdapterInfo]) -> dict[Family, AdapterHeader]:
        if self._base is None or not fitting:
            return {}
        return {family: read_adapter_header(path) for family, path in automatic(known_hash(self._base)).items()}

    def _automatic_words(self, fitting: list[AdapterInfo]) -> str:
        return ", ".join(family_label(family) for family in self._automatic(fitting))

    def _automatic_tip(self, fitting: list[AdapterInfo]) -> str:
        first = tr("Every instrument is played by the adapter that improves it, your own newest one first.")
        lines = adapter_lines(self._automatic(fitting)) or [tr("None is there yet: the model plays all of them.")]
        return "\n".join([first, *lines])

    def _on_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.chosen.emit(action.data())

    def _on_earlier(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.chosen_with_model.emit(action.data())


def _fitting(base: Path | None) -> list[AdapterInfo]:
    found = list_adapters()
    try:
        hashed = known_hash(base) if base is not None and found else ""
    except DuvError:
        return []
    return [info for info in found if info.header.base_hash == hashed]


def _of_earlier_bases(base: Path | None) -> list[LeftBehind]:
    try:
        return [] if base is None else of_earlier_bases(base)
    except DuvError:
        return []


def _title(adapter: str | Path) -> str:
    header = adapter_header_of(adapter)
    return str(adapter) if header is None else header.title


def _family(header: AdapterHeader) -> str:
    doubts = doubts_about(header)
    word = family_label(Family(header.family))
    return f"{word} · {doubts}" if doubts else word


def _tip(header: AdapterHeader, path: Path) -> str:
    others = tr(
        "Plays {family}; the others are played as with “Automatic”.", family=family_label(Family(header.family))
    )
    return "\n".join(line for line in (header.title, others, header.licence, header.licence_note, str(path)) if line)


def _short(text: str) -> str:
    plain = text.replace("&", "&&")
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1].rstrip() + "…"
