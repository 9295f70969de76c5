"""The message about installed adapters that cannot be used."""

from __future__ import annotations

from duv_studio.engine.adapters.library import broken_adapters
from duv_studio.engine.model.installed_files import BrokenFile
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.model_text import plain_name, sentence_of
from duv_studio.ui.widgets.message_bar import Message, MessageArea

BROKEN_TOPIC = "broken adapters"  # of messages
_MOST_NAMES = 3  # more are counted


class BrokenNotice:
    """Names the files once, and again when they are others."""

    def __init__(self, messages: MessageArea) -> None:
        self._messages = messages
        self._told: list[BrokenFile] = []

    def tell(self) -> None:
        """Look which there are, and say it unless it was said."""
        broken = broken_adapters()
        if broken == self._told:
            return
        self._told = broken
        self._messages.clear(BROKEN_TOPIC)
        if broken:
            self._messages.show_message(BROKEN_TOPIC, _message(broken))


def _message(broken: list[BrokenFile]) -> Message:
    one = len(broken) == 1
    title = tr("An adapter cannot be used") if one else tr("{n} adapters cannot be used", n=len(broken))
    named = [f"{plain_name(file.path.parent.name)}: {sentence_of(file)}" for file in broken[:_MOST_NAMES]]
    more = len(broken) - len(named)
    if more:
        named.append(tr("And {n} more.", n=more))
    return Message("warning", title, "\n".join(named), file=broken[0].path if one else None)
