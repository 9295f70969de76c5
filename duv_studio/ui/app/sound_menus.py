"""Play > Sound Device and Play > SoundFont: on what and with which sounds the song is heard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from duv_studio.ui.app.actions import Actions
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.playback.controller import Playback

_FONTS, _MOST_FONTS = "sound/fonts", 6  # remembered, newest first


class SoundMenus(QObject):
    """Fills both menus when they are opened: devices come and go."""

    def __init__(self, window: QWidget, playback: Playback, commands: Actions) -> None:
        super().__init__(window)
        self._window, self._playback = window, playback
        self._device, self._soundfont = commands.device, commands.soundfont
        self._device.aboutToShow.connect(self._on_device_menu)
        self._soundfont.aboutToShow.connect(self.fill_soundfonts)
        self._soundfont.setToolTipsVisible(True)
        playback.source.devices_changed.connect(self.fill_devices)

    def _on_device_menu(self) -> None:
        self.fill_devices()
        self._playback.source.look_for_devices()

    def fill_devices(self) -> None:
        """The system's default, every device that is there, and the chosen one also while it is not."""
        chosen = self._playback.source.request.device
        there = self._playback.source.devices
        names = ("", *there, *((chosen,) if chosen and chosen not in there else ()))
        self._device.clear()
        group = QActionGroup(self._device)
        for name in names:
            shown = name.replace("&", "&&") or tr("&System Default")
            action = _entry(self._device, group, shown, name, name == chosen)
            action.triggered.connect(self._on_device)

    def fill_soundfonts(self) -> None:
        """The shipped one, those that were chosen before, and the way to another."""
        chosen = self._playback.source.request.soundfont
        known = self._playback.preferences.words(_FONTS)
        if chosen is not None and str(chosen) not in known:
            known = [str(chosen), *known]
        self._soundfont.clear()
        group = QActionGroup(self._soundfont)
        _entry(self._soundfont, group, tr("&Shipped: MuseScore General"), "", chosen is None).triggered.connect(
            self._on_soundfont
        )
        for path in known:
            action = _entry(self._soundfont, group, Path(path).name.replace("&", "&&"), path, str(chosen) == path)
            action.setToolTip(plain_tip(path))
            action.triggered.connect(self._on_soundfont)
        self._soundfont.addSeparator()
        self._soundfont.addAction(tr("&Choose a File…")).triggered.connect(self._choose)

    def _on_device(self) -> None:
        self._playback.use_device(str(self._asked().data()))

    def _on_soundfont(self) -> None:
        path = str(self._asked().data())
        self.use_soundfont(Path(path) if path else None)

    def _choose(self) -> None:
        kinds = f"{tr('SoundFonts')} (*.sf2 *.sf3 *.SF2 *.SF3);;{tr('All files')} (*)"
        folder = self._playback.source.request.soundfont or Path.home()
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Choose a SoundFont"), str(folder), kinds)
        if name:
            self.use_soundfont(Path(name))

    def use_soundfont(self, path: Path | None) -> None:
        """Play with the sounds of a file and remember it, None: those that are shipped."""
        if path is not None:
            known = [str(path), *(p for p in self._playback.preferences.words(_FONTS) if p != str(path))]
            self._playback.preferences.set_words(_FONTS, known[:_MOST_FONTS])
        self._playback.use_soundfont(path)

    def _asked(self) -> QAction:
        action = self.sender()
        assert isinstance(action, QAction)
        return action


def _entry(menu: QMenu, group: QActionGroup, text: str, data: str, is_chosen: bool) -> QAction:
    action = menu.addAction(text)
    action.setData(data)
    action.setCheckable(True)
    action.setChecked(is_chosen)
    group.addAction(action)
    return action
