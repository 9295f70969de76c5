"""The program's own icons: line drawings in resources/icons, tinted with the colours of the current theme."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from duv_studio.paths import resource
from duv_studio.ui.style import theme

_SIZES = (16, 24, 36, 72)  # Qt scales down from the next larger one, so high-resolution screens stay sharp
_PROPERTY = "icon_name"


class HasIcon(Protocol):
    """A QAction or a button."""

    def setIcon(self, icon: QIcon) -> None: ...
    def setProperty(self, name: str, value: object) -> bool: ...


def icon(name: str, *, on_accent: bool = False) -> QIcon:
    """The icon resources/icons/`name`.svg in the theme's text colour, or for a button filled with the accent."""
    look = theme.current()
    made = QIcon()
    for size in _SIZES:
        normal = look.on_accent if on_accent else look.text
        made.addPixmap(pixmap(name, size, normal), QIcon.Mode.Normal)
        made.addPixmap(pixmap(name, size, look.text_disabled), QIcon.Mode.Disabled)
    return made


def pixmap(name: str, size: int, color: str, scale: float = 1.0) -> QPixmap:
    """The icon as a square of `size` device-independent pixels in one colour (#RRGGBB), for a screen of `scale`."""
    svg = resource("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", color)
    made = QPixmap(QSize(round(size * scale), round(size * scale)))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(made.rect()))
    painter.end()
    made.setDevicePixelRatio(scale)
    return made


def app_icon() -> QIcon:
    """The icon of the window and of the task bar."""
    return QIcon(str(resource("icons", "app.svg")))


def assign(target: HasIcon, name: str) -> None:
    """Give an action or a button an icon that `retint` keeps in the colours of the theme."""
    target.setProperty(_PROPERTY, name)
    target.setIcon(icon(name))


def retint(root: QObject) -> None:
    """After a change of theme: draw every icon again that was given by `assign` to an object below `root`."""
    for child in root.findChildren(QObject):
        name = child.property(_PROPERTY)
        if isinstance(name, str) and hasattr(child, "setIcon"):
            child.setIcon(icon(name))
