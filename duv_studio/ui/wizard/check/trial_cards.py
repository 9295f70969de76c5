"""What a trial found, in four cards: what is trained, how many steps, how long, how much memory."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from duv_studio.training.lora.trial.machine import DeviceInfo
from duv_studio.training.lora.trial.report import Trial
from duv_studio.ui.i18n import count, tr
from duv_studio.ui.style import theme
from duv_studio.ui.wizard.check.device_row import bytes_text

WHAT, STEPS, TIME, MEMORY = "what", "steps", "time", "memory"


class Card(QFrame):
    """A heading, one large answer, and what belongs to it."""

    def __init__(self, heading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.heading, self.answer, self.detail = _label("heading"), _label("title"), _label("muted")
        self.heading.setText(heading)
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_M, theme.SPACE_L, theme.SPACE_M)
        column.setSpacing(theme.SPACE_XS)
        for label in (self.heading, self.answer, self.detail):
            column.addWidget(label)
        column.addStretch(1)

    def say(self, answer: str, detail: str) -> None:
        """Show other words."""
        self.answer.setText(answer)
        self.detail.setText(detail)
        self.setAccessibleName(f"{self.heading.text()}: {answer}. {detail}")


class TrialCards(QWidget):
    """Two rows of two."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names = {
            WHAT: tr("What is trained"),
            STEPS: tr("Steps"),
            TIME: tr("Time, at most"),
            MEMORY: tr("Memory"),
        }
        self.cards = {key: Card(name) for key, name in names.items()}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.SPACE_M)
        for i, card in enumerate(self.cards.values()):
            grid.addWidget(card, i // 2, i % 2)
        for column in range(2):
            grid.setColumnStretch(column, 1)

    def show_trial(self, found: Trial, device: DeviceInfo | None) -> None:
        """Show what a trial found; `device` is the one that it was made on."""
        said = {
            WHAT: _what(found),
            STEPS: (f"{found.steps:,}", tr("in {epochs}", epochs=count(found.epochs, "epoch", "epochs"))),
            TIME: (duration_text(found.total_seconds), _pace(found)),
            MEMORY: (tr("about {size}", size=bytes_text(found.peak_bytes)), _room(device)),
        }
        for key, (answer, detail) in said.items():
            self.cards[key].say(answer, detail)


def duration_text(seconds: float) -> str:
    """Return a time as one says it: "40 seconds", "12 minutes", "1 h 20 min", "3 days"."""
    if seconds < 90:
        return count(max(round(seconds), 1), "second", "seconds")
    minutes = round(seconds / 60)
    if minutes < 90:
        return count(minutes, "minute", "minutes")
    if minutes < 48 * 60:
        return tr("{h} h {min} min", h=minutes // 60, min=minutes % 60)
    return count(round(minutes / 60 / 24), "day", "days")


def step_time_text(seconds: float) -> str:
    """Return the time of a step: "35 ms" or "1.3 s"."""
    return tr("{n} ms", n=round(seconds * 1000)) if seconds < 1 else tr("{n} s", n=f"{seconds:.1f}")


def _what(found: Trial) -> tuple[str, str]:
    answer = count(found.trainable, "parameter", "parameters")
    share = tr("{p} % of the model", p=f"{100 * found.trainable / max(found.parameters, 1):.1f}")
    if found.trainable >= found.parameters:
        return answer, tr("the whole model")
    single = [part.name for part in found.parts if part.layers == 1]
    names = ", ".join(part.name for part in found.parts if part.layers > 1)
    blocks = max((part.layers for part in found.parts), default=0)
    where = [tr("{names} of {n} blocks", names=names, n=blocks)] if names else []
    return answer, tr("{share}: {where}", share=share, where=tr(" and ").join([*where, *single]))


def _pace(found: Trial) -> str:
    epoch = duration_text(found.seconds_per_epoch)
    return tr(
        "{epoch} an epoch, {step} a step on {device}; sooner where nothing improves any more",
        epoch=epoch,
        step=step_time_text(found.seconds_per_step),
        device=found.device,
    )


def _room(device: DeviceInfo | None) -> str:
    if device is None or device.free_bytes is None:
        return tr("beside the program itself")
    return tr("of {free} that are free on {name}", free=bytes_text(device.free_bytes), name=device.name)


def _label(role: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
