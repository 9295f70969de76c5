"""Where the data comes from: the chosen folder or manifest, the instrument, and the limits of a track."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from duv_studio.engine.midi.song import Family
from duv_studio.training.lora.recipe.schema import FAMILIES, recipe_schema
from duv_studio.ui.i18n import place, tr
from duv_studio.ui.panels.track_model import family_label
from duv_studio.ui.style import icons, theme
from duv_studio.ui.widgets.elided_label import ElidedLabel
from duv_studio.ui.widgets.fields import NumberBox, set_property
from duv_studio.ui.wizard.data.survey_task import FILTERS, SurveyRequest

_MOST = {"min_notes": 1_000_000, "min_duration_sec": 100_000, "max_duration_sec": 1_000_000}


class SourceRow(QWidget):
    """Two lines above the table."""

    folder_wanted = Signal()
    manifest_wanted = Signal()
    family_chosen = Signal(str)
    filter_changed = Signal(str, int)  # its key, "filters.min_notes"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = ElidedLabel(elide=Qt.TextElideMode.ElideMiddle)
        self.folder = QPushButton(tr("Choose &Folder…"))
        self.manifest = QPushButton(tr("Choose &Manifest…"))
        icons.assign(self.folder, "folder")
        for button, signal in ((self.folder, self.folder_wanted), (self.manifest, self.manifest_wanted)):
            button.setAutoDefault(False)  # Enter is for "Next"
            button.clicked.connect(signal)
        self.family = QComboBox()
        self.family.setAccessibleName(tr("Instrument"))
        self.family.setPlaceholderText(tr("Choose…"))
        self.family.setToolTip(tr("Whose playing is learned; tracks of other instruments are left out"))
        for name in FAMILIES:
            self.family.addItem(family_label(Family(name)).capitalize(), name)
        self.family.activated.connect(self._on_family)
        help_of = {field.path: field.help for field in recipe_schema()}
        self.limits = {name: self._limit(name, help_of[f"filters.{name}"]) for name in FILTERS}
        self._lay_out()

    def show_source(self, source: Sequence[Path]) -> None:
        """Say what was chosen."""
        text = (
            place(source[0])
            if len(source) == 1
            else tr("{n} manifests", n=len(source))
            if source
            else tr("Nothing chosen yet")
        )
        set_property(self.path, "role", "" if source else "muted")
        self.path.set_whole(text, "\n".join(map(str, source)))

    def show_wanted(self, wanted: SurveyRequest) -> None:
        """Show what the recipe says."""
        self.family.setCurrentIndex(-1 if wanted.family is None else self.family.findData(str(wanted.family)))
        for name, box in self.limits.items():
            if not box.hasFocus():  # someone is typing
                box.blockSignals(True)
                box.setValue(round(min(getattr(wanted.filters, name), box.maximum())))
                box.blockSignals(False)

    def _limit(self, name: str, help_text: str) -> NumberBox:
        box = NumberBox(1 if name != "min_duration_sec" else 0, _MOST[name], "" if name == "min_notes" else " s")
        box.setAccessibleName(help_text)
        box.setToolTip(help_text)
        box.setFixedWidth(92)
        box.valueChanged.connect(self._teller(f"filters.{name}"))
        return box

    def _teller(self, key: str) -> Callable[[int], None]:
        def tell(value: int) -> None:
            self.filter_changed.emit(key, value)

        return tell

    def _on_family(self, index: int) -> None:
        self.family_chosen.emit(self.family.itemData(index))

    def _lay_out(self) -> None:
        above, below = QHBoxLayout(), QHBoxLayout()
        for row in (above, below):
            row.setSpacing(theme.SPACE_S)
        above.addWidget(self.path, 1)
        above.addWidget(self.folder)
        above.addWidget(self.manifest)
        self._labelled(below, tr("&Instrument"), self.family)
        for name, text in zip(FILTERS, (tr("Fewest &notes"), tr("&Shortest"), tr("&Longest")), strict=True):
            below.addSpacing(theme.SPACE_M)
            self._labelled(below, text, self.limits[name])
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(above)
        column.addLayout(below)

    def _labelled(self, row: QHBoxLayout, text: str, field: QComboBox | QSpinBox) -> None:
        label = QLabel(text)
        label.setBuddy(field)
        row.addWidget(label)
        row.addWidget(field)
