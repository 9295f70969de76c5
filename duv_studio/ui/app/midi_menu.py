"""Play > MIDI Output: the ports on which the song is played beside what is heard, and what became of the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup

from duv_studio.ui.app.actions import Actions
from duv_studio.ui.i18n import tr
from duv_studio.ui.playback.midi_output import MidiOutput
from duv_studio.ui.widgets.message_bar import Message, MessageArea, sentence

if TYPE_CHECKING:
    from duv_studio.sound.midi_out.status import MidiStatus

TOPIC = "midi"


class MidiMenu(QObject):
    """Fills the menu when it is opened, and again when it is known which ports there are: they come and go."""

    def __init__(self, midi: MidiOutput, commands: Actions, messages: MessageArea) -> None:
        super().__init__(midi)
        self._midi, self._menu, self._messages = midi, commands.midi, messages
        self._menu.aboutToShow.connect(self._on_menu)
        midi.changed.connect(self.fill)
        midi.troubled.connect(self._tell)
        commands["panic"].triggered.connect(midi.panic)

    def _on_menu(self) -> None:
        self.fill()
        self._midi.look_for_ports()

    def fill(self) -> None:
        """None, every port that is there, and the chosen one also while it is not."""
        chosen, there = self._midi.chosen, self._midi.ports
        self._menu.clear()
        group = QActionGroup(self._menu)
        for name in ("", *there, *((chosen,) if chosen and chosen not in there else ())):
            action = self._menu.addAction(name.replace("&", "&&") or tr("&None"))
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(name == chosen)
            group.addAction(action)
            action.triggered.connect(self._on_port)
        if not there and self._midi.why_none:
            self._menu.addSeparator()
            self._menu.addAction(sentence(self._midi.why_none).replace("&", "&&")).setEnabled(False)
        if self._midi.is_open or not chosen:
            self._messages.clear(TOPIC)

    def _on_port(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._midi.use_port(str(action.data()))

    def _tell(self, status: MidiStatus) -> None:
        self._messages.clear(TOPIC)
        texts = (sentence(status.why), sentence(status.hint))
        self._messages.show_message(TOPIC, Message("warning", tr("Nothing is sent to the MIDI port"), *texts))
