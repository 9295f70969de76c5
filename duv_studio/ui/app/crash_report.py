"""Unexpected errors: a rotating log, a report that can be copied, and traces of crashes that Python cannot catch."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from duv_studio.paths import log_dir, window_log
from duv_studio.ui.widgets.report_dialog import ReportDialog

_FAULT_NAME = "fault-{stamp}.txt"
_LARGEST_LOG, _OLD_LOGS = 1_000_000, 3
_WEEK_S = 7 * 24 * 3600
_log = logging.getLogger("duv_studio")
_handlers: list[Any] = []  # of Qt messages, those that were there before ours


def start_log() -> Path:
    """Write warnings and errors to a log of at most 4 MB; return its path."""
    path = window_log()
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=_LARGEST_LOG, backupCount=_OLD_LOGS, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    return path


def stop_log() -> None:
    """Close the log files."""
    for handler in list(_log.handlers):
        _log.removeHandler(handler)
        handler.close()


class FaultFile:
    """Where faulthandler writes when the process dies of a signal; what it wrote is found by the next start."""

    def __init__(self) -> None:
        self.path = log_dir() / _FAULT_NAME.format(stamp=f"{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns()}")
        self._file: TextIO = self.path.open("w", encoding="utf-8")
        faulthandler.enable(self._file)

    def close(self) -> None:
        """End well: nothing to report."""
        faulthandler.disable()
        self._file.close()
        self.path.unlink(missing_ok=True)


def last_crash() -> Path | None:
    """Return the trace of a crash that was not reported yet, and mark it as reported."""
    for path in log_dir().glob(_FAULT_NAME.format(stamp="*")):
        if path.stat().st_size == 0 and time.time() - path.stat().st_mtime > _WEEK_S:
            path.unlink(missing_ok=True)  # left by a process that was killed; a young one may be a running window's
    traces = [p for p in sorted(log_dir().glob(_FAULT_NAME.format(stamp="*"))) if p.stat().st_size > 0]
    reported = [trace.rename(trace.with_name(trace.name.replace("fault-", "crash-"))) for trace in traces]
    return reported[-1] if reported else None


class ExceptionHook(QObject):
    """Takes what no one caught, in any thread: saves first, logs, then shows one report at a time in the GUI thread."""

    _caught = Signal(str)

    def __init__(self, save: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._save = save
        self._dialog: ReportDialog | None = None
        self._old_hooks = sys.excepthook, threading.excepthook
        self._caught.connect(self._show)

    def install(self) -> None:
        """Catch from now on."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def uninstall(self) -> None:
        """Give the interpreter its own hooks back."""
        sys.excepthook, threading.excepthook = self._old_hooks

    def report(self, error: BaseException) -> None:
        """Treat an exception as if no one had caught it."""
        self._on_exception(type(error), error, error.__traceback__)

    @property
    def dialog(self) -> ReportDialog | None:
        """The report that is open."""
        return self._dialog

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        _log.error("Unexpected exception\n%s", text)
        try:
            self._save()
        except Exception:  # saving must never hide the first error
            _log.exception("The settings could not be saved")
        self._caught.emit(text)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)

    @Slot(str)
    def _show(self, text: str) -> None:
        if self._dialog is not None and self._dialog.isVisible():
            return  # an exception in a paint event comes back with every frame; it is in the log
        self._dialog = ReportDialog(text, QApplication.activeWindow())
        self._dialog.show()


def log_qt_messages(on: bool = True) -> None:
    """Send Qt's own warnings to the log instead of the terminal, or to where they went before."""
    if on:
        _handlers.append(qInstallMessageHandler(_on_qt_message))
    elif _handlers:
        qInstallMessageHandler(_handlers.pop())


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
        QtMsgType.QtCriticalMsg: logging.ERROR,
        QtMsgType.QtFatalMsg: logging.CRITICAL,
    }
    _log.log(levels.get(kind, logging.WARNING), "Qt: %s", message)
