"""Says once that adapters of one's own no longer play by themselves, since their base model was trained anew."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from duv_studio.engine.adapters.fitting_model import LeftBehind, left_behind
from duv_studio.engine.adapters.resolve import NO_ADAPTER
from duv_studio.engine.model.library import ModelInfo
from duv_studio.errors import DuvError
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import count, tr
from duv_studio.ui.panels.model_choice import ModelChoice
from duv_studio.ui.widgets.message_bar import Message, MessageArea

LEFT_BEHIND = "left behind"  # topic of the message
_TOLD = "adapters/told"  # hashes of the bases whose adapters were told of


class LeftBehindMessage(QObject):
    """Follows the model that plays; offers the earlier one, with which they do."""

    def __init__(self, models: ModelChoice, preferences: Preferences, messages: MessageArea) -> None:
        super().__init__(messages)
        self.models, self.preferences, self.messages = models, preferences, messages
        models.jobs.model_changed.connect(self._on_model)

    def _on_model(self) -> None:
        self.messages.clear(LEFT_BEHIND)
        path = getattr(self.models.jobs.model, "path", None)
        if path is None or self.models.jobs.adapter == NO_ADAPTER:
            return
        told = self.preferences.words(_TOLD)
        try:
            untold = [left for left in left_behind(path) if left.adapter.header.base_hash not in told]
        except DuvError:  # its adapters are of no use with a model that is gone
            return
        if untold:
            self.preferences.set_words(_TOLD, [*told, *{left.adapter.header.base_hash: None for left in untold}])
            self._say(untold)

    def _say(self, untold: list[LeftBehind]) -> None:
        titles = [left.adapter.header.title for left in untold]
        title = tr("“{title}” does not play", title=titles[0])
        if len(titles) > 1:
            title = tr("{n} of yours do not play", n=count(len(titles), "adapter", "adapters"))
        models = {left.model.name: left.model for left in untold}
        made_for = ", ".join(model.title or model.name for model in models.values())
        text = tr("Made for {model}, with which it still plays; this model was trained anew.", model=made_for)
        if len(titles) > 1:
            text = tr("Made for {model}, with which they still play; this model was trained anew.", model=made_for)
        actions = tuple(map(self._action, models.values()))
        self.messages.show_message(LEFT_BEHIND, Message("info", title, text, actions=actions))

    def _action(self, model: ModelInfo) -> QAction:
        action = QAction(tr("Use {model}", model=model.title or model.name), self)
        action.setData(model.name)
        action.triggered.connect(self._on_use)
        return action

    def _on_use(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.models.choose(action.data())
