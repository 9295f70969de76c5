"""On what is trained: the devices of this machine by name with their free memory, and how many processes help."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget

from duv_studio.training.lora.trial.machine import CPU, CUDA, DeviceInfo
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import NumberBox

AUTO = "auto"
_MOST_WORKERS = 16
_GB = 1e9


class DeviceRow(QWidget):
    """A box to choose from, a number, and a button to check again."""

    device_chosen = Signal(str)  # cuda, mps or cpu
    workers_chosen = Signal(int)
    again_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.devices = QComboBox()
        self.devices.setAccessibleName(tr("Device"))
        self.devices.setMinimumWidth(340)
        self.devices.setPlaceholderText(tr("Looking for devices…"))
        self.devices.setToolTip(tr("What computes. A GPU of NVIDIA is many times as fast as a processor."))
        self.workers = NumberBox(0, min(os.cpu_count() or 1, _MOST_WORKERS))
        self.workers.setAccessibleName(tr("Workers"))
        self.workers.setFixedWidth(64)
        self.workers.setToolTip(
            tr("Processes that make batches beside the training; with 0 it makes them itself.\nThey help a fast GPU.")
        )
        self.again = QPushButton(tr("Check &Again"))
        self.again.setAutoDefault(False)
        self.devices.activated.connect(self._on_device)
        self.workers.valueChanged.connect(self.workers_chosen)
        self.again.clicked.connect(self.again_wanted)
        self._lay_out()

    def show_devices(self, found: Sequence[DeviceInfo], asked: str) -> None:
        """Offer what there is; `asked` is chosen, for "auto" what the training would choose itself."""
        self.devices.clear()
        for device in found:
            self.devices.addItem(device_text(device), device.kind)
        kinds = [device.kind for device in found]
        wanted = asked if asked in kinds else CUDA if CUDA in kinds else CPU
        self.devices.setCurrentIndex(kinds.index(wanted) if wanted in kinds else -1)

    def show_workers(self, workers: int) -> None:
        """Show a number without telling anyone."""
        self.workers.blockSignals(True)
        self.workers.setValue(workers)
        self.workers.blockSignals(False)

    def _on_device(self, index: int) -> None:
        self.device_chosen.emit(self.devices.itemData(index))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for text, field in ((tr("&Device"), self.devices), (tr("&Workers"), self.workers)):
            label = QLabel(text)
            label.setBuddy(field)
            row.addWidget(label)
            row.addWidget(field)
            row.addSpacing(theme.SPACE_M)
        row.addStretch(1)
        row.addWidget(self.again)


def device_text(device: DeviceInfo) -> str:
    """Return a device's name and its free memory: "NVIDIA L4 · 21.4 of 23.7 GB free"."""
    name = device.name if device.kind != CPU else tr("{name} (processor)", name=device.name)
    if device.total_bytes is None:
        return name
    total = f"{device.total_bytes / _GB:.1f}"
    if device.free_bytes is None:
        return f"{name} · {tr('{total} GB', total=total)}"
    return f"{name} · {tr('{free} of {total} GB free', free=f'{device.free_bytes / _GB:.1f}', total=total)}"


def bytes_text(size: int) -> str:
    """Return a size as "160 MB" or "1.2 GB"."""
    if size >= _GB:
        return tr("{n} GB", n=f"{size / _GB:.1f}")
    return tr("{n} MB", n=f"{max(size / 1e6, 1):,.0f}")
