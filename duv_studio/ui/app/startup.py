"""Starts the window: application, log and crash reports, first paint, and only then the model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from duv_studio import __version__
from duv_studio.ui.app import crash_report as crash
from duv_studio.ui.app.main_window import MainWindow
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import icons
from duv_studio.ui.style.apply import ensure_font
from duv_studio.ui.widgets.message_bar import Message

# Seconds after which a thread that wants to run Python may. A repaint calls Python some ten times, and each time it may
# have to wait so long for a worker: with Python's own 5 ms the window was late by 51 ms at the 99th percentile while
# 3,000 files were read, with this by 27 ms, and reading took 3 % longer.
_SWITCH_S = 0.001


def run(argv: Sequence[str] = ()) -> int:
    """Show the window, with the MIDI file in `argv` when there is one; return the exit status when it is closed."""
    app = make_application()
    crash.start_log()
    crash.log_qt_messages()
    crashed = crash.last_crash()
    faults = crash.FaultFile()
    window = MainWindow(Preferences())
    hook = crash.ExceptionHook(window.save_state)
    hook.install()
    window.set_report(hook.report)
    window.show()
    if crashed:
        window.messages.show_message("crash", _crash_message(crashed))
    # The model after the first paint: importing torch holds the interpreter for whole tenths of a second.
    window.painted.connect(window.start)
    if argv:
        window.open_paths([Path(name) for name in argv])
    try:
        return app.exec()
    finally:
        window.shut_down()
        hook.uninstall()
        faults.close()
        crash.log_qt_messages(False)
        crash.stop_log()


def make_application() -> QApplication:
    """Return the QApplication with name and icon; there can be only one."""
    sys.setswitchinterval(_SWITCH_S)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("duv-studio")
    app.setApplicationDisplayName("DUV Studio")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("duv-studio")
    app.setWindowIcon(_icon())
    ensure_font(app)
    return app


def _icon() -> QIcon:
    return icons.app_icon()


def _crash_message(trace: Path) -> Message:
    return Message(
        "warning",
        tr("DUV Studio ended unexpectedly last time"),
        tr("What is known about it was written down."),
        tr("Please send this file with a bug report."),
        trace,
    )
