"""Help, About: which version this is, which model plays, under which licence, and how it computes."""

from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from duv_studio import __version__
from duv_studio.engine.model.device import CPU
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.model_text import adapter_lines, adapters_of, computing, header_of, licence_text, size_text
from duv_studio.ui.style.icons import app_icon

_ICON_PX = 64
_WIDTH_PX = 460


class AboutDialog(QMessageBox):
    """Does not hold the window up."""

    def __init__(self, model: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("About DUV Studio"))
        self.setIconPixmap(app_icon().pixmap(_ICON_PX, _ICON_PX))
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = tr("Makes sequenced MIDI sound played: predicts the velocity and the duration of every note.")
        cells = ((escape(name), escape(text)) for name, text in facts(model))
        rows = "".join(f"<tr><td>{name}&nbsp;&nbsp;</td><td>{text}</td></tr>" for name, text in cells)
        table = f"<table width='{_WIDTH_PX}' cellpadding='2'>{rows}</table>"
        self.setText(f"<h3>DUV Studio {__version__}</h3><p>{words}</p>{table}")
        self.setStandardButtons(QMessageBox.StandardButton.Close)


def facts(model: Any) -> list[tuple[str, str]]:
    """Return rows about the model that plays (a `duv_studio.engine.Humanizer`), None while there is none."""
    if model is None:
        return [(tr("Model"), tr("none is loaded"))]
    path, precision, device = (getattr(model, name, None) for name in ("path", "precision", "device"))
    header = header_of(path) if path is not None else None
    if header is None:
        return [(tr("Model"), str(model.description))]
    rows = [
        (tr("Model"), header.title),
        ("", size_text(header.parameters)),
        (tr("Licence"), licence_text(header.licence, header.commercial)),
        ("", header.licence_note),
        (tr("Adapters"), "; ".join(adapter_lines(adapters_of(model)))),
        (tr("Device"), str(device or "")),
        (tr("Speed"), computing(str(precision), device.kind if device else CPU) if precision else ""),
        (tr("File"), str(path)),
    ]
    return [row for row in rows if row[1]]
