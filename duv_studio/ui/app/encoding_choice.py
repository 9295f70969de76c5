"""The menu of text encodings: in which one the names of the song are read."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from duv_studio.ui.document.document import Document
from duv_studio.ui.document.jobs import Jobs
from duv_studio.ui.i18n import tr

# Charset as the engine calls it, and what people call it; those that files are found in most often come first.
ENCODINGS = (
    ("utf_8", "Unicode (UTF-8)"),
    ("cp1252", "Western European (Windows-1252)"),
    ("cp932", "Japanese (Shift-JIS)"),
    ("euc_jp", "Japanese (EUC)"),
    ("cp1251", "Cyrillic (Windows-1251)"),
    ("koi8_r", "Cyrillic (KOI8-R)"),
    ("cp866", "Cyrillic (DOS)"),
    ("gb18030", "Chinese, Simplified (GB18030)"),
    ("big5", "Chinese, Traditional (Big5)"),
    ("cp949", "Korean (EUC-KR)"),
    ("cp1250", "Central European (Windows-1250)"),
    ("iso8859_2", "Central European (ISO 8859-2)"),
    ("cp1257", "Baltic (Windows-1257)"),
    ("cp1253", "Greek (Windows-1253)"),
    ("cp1254", "Turkish (Windows-1254)"),
    ("cp1255", "Hebrew (Windows-1255)"),
    ("cp1256", "Arabic (Windows-1256)"),
    ("cp874", "Thai (Windows-874)"),
    ("mac_roman", "Western European (Mac)"),
    ("cp850", "Western European (DOS)"),
)


class EncodingChoice(QObject):
    """Fills a menu with the encodings and reads the names of the song anew in the one that is chosen."""

    def __init__(self, menu: QMenu, document: Document, jobs: Jobs) -> None:
        super().__init__(menu)
        self._menu, self._document, self._jobs = menu, document, jobs
        self._group = QActionGroup(menu)
        self.guess = self._add(None, tr("&Guess"))
        menu.addSeparator()
        for charset, name in ENCODINGS:
            self._add(charset, tr(name))
        self._group.triggered.connect(self._on_chosen)
        document.song_changed.connect(self._show)
        self._show()

    def _add(self, charset: str | None, text: str) -> QAction:
        action = self._menu.addAction(text)
        action.setCheckable(True)
        action.setData(charset)
        self._group.addAction(action)
        return action

    def _on_chosen(self, action: QAction) -> None:
        self._jobs.reread(action.data())

    def _show(self) -> None:
        """Check the encoding that is in force, and say which one was guessed."""
        song = self._document.song
        self._menu.menuAction().setEnabled(song is not None)
        if song is None:
            return
        source = song.source
        names = dict(ENCODINGS)
        guessed = "" if source.charset_is_chosen else tr(names.get(source.charset, source.charset))
        self.guess.setText(tr("&Guess: {encoding}", encoding=guessed) if guessed else tr("&Guess"))
        chosen = source.charset if source.charset_is_chosen else None
        for action in self._group.actions():
            action.setChecked(action.data() == chosen)
