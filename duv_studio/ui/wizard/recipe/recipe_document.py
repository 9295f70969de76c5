"""The recipe that all pages share: its text, which counts, and what is known about the data."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from duv_studio.engine.atomic import write_atomically
from duv_studio.engine.midi.song import Family
from duv_studio.paths import user_data_dir
from duv_studio.training.lora.recipe.edit import edited, same_value, source, without, written_value
from duv_studio.training.lora.recipe.load import preset_names, recipe_file
from duv_studio.training.lora.recipe.schema import LoraRecipe, recipe_schema
from duv_studio.training.lora.recipe.text import CheckedText, check_text, path_of, place_of
from duv_studio.training.schema.document import Problem
from duv_studio.ui.wizard.recipe import recipe_file as files
from duv_studio.ui.wizard.recipe.recipe_file import RecipeFile

TOGETHER_S = 1.0  # edits of one kind that follow each other so fast are one step of undo
_MOST_STEPS = 500
_KEY = "output_dir"


@dataclass(frozen=True)
class _Step:
    text: str
    kind: str
    at: float  # s


class WizardState(QObject):
    """The recipe's text, its file, its problems and its history; the form and the YAML view both edit it here."""

    text_changed = Signal()
    recipe_changed = Signal()
    problems_changed = Signal()
    data_changed = Signal()
    modified_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None  # where it is saved; None for presets, which stay as they are
        self.origin = ""  # the preset or run that it was taken from
        self.devices = "auto"
        self.workers = 0
        self._data: Any = None
        self._file = RecipeFile()
        self._opened = self._text = self._saved = ""
        self._checked = check_text("")
        self._done: list[_Step] = []
        self._undone: list[str] = []
        self._opened_values: Any = {}
        self._schema = {f.path: f for f in recipe_schema()}

    @property
    def text(self) -> str:
        """The YAML, its lines ending with \\n."""
        return self._text

    @property
    def recipe(self) -> LoraRecipe | None:
        """None while there are problems."""
        return self._checked.recipe

    @property
    def family(self) -> Family | None:
        """Whose playing it is; None while there are problems."""
        return self._checked.family

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, in the order of the text."""
        return self._checked.problems

    @property
    def is_yaml(self) -> bool:
        """Whether single keys can be edited."""
        return self._checked.is_yaml

    @property
    def modified(self) -> bool:
        """Whether there is something to lose: changes that no file holds."""
        return self._text != self._saved

    @property
    def data(self) -> Any:
        """DataSummary of the data page, None before there is one."""
        return self._data

    @data.setter
    def data(self, summary: Any) -> None:
        self._data = summary
        self.data_changed.emit()

    def value(self, path: str) -> Any:
        """What is written at "section.key", also where it is wrong, or else the schema's default; lists as tuples."""
        try:
            value = written_value(self._checked.values, path)
        except KeyError:
            value = self._checked_default(path)
        field = self._schema.get(path)
        if field is not None and field.type == "list" and isinstance(value, str):
            return (value,)
        return tuple(map(_shortened, value)) if isinstance(value, list) else _shortened(value)

    def _checked_default(self, path: str) -> Any:
        if self.recipe is not None:  # also what the instrument decides, such as output_dir
            value: Any = self.recipe
            for step in path.split("."):
                value = getattr(value, step, None)
            return value
        field = self._schema.get(path)
        return None if field is None else field.default

    def problems_by_path(self) -> dict[str, str]:
        """What is wrong with the values of keys, in sentences."""
        found: dict[str, str] = {}
        for problem in self.problems:
            path = self.path_of(problem)
            found[path] = f"{found.get(path, '')} {problem.sentence}".strip()
        return found

    def path_of(self, problem: Problem) -> str:
        """The key that a problem is about; "" for none of the schema's."""
        return path_of(self._text, problem)

    def place_of(self, path: str) -> tuple[int, int] | None:
        """Line and column of a key in the text, from 1."""
        return place_of(self._text, path)

    def set_text(self, text: str, kind: str = "typing") -> None:
        """Take another text; changes of one `kind` that follow each other fast are undone together."""
        if text == self._text:
            return
        now = time.monotonic()
        last = self._done[-1] if self._done else None
        if last is None or not kind or last.kind != kind or now - last.at > TOGETHER_S:
            self._done.append(_Step(self._text, kind, now))
            del self._done[:-_MOST_STEPS]
        else:
            self._done[-1] = _Step(last.text, kind, now)
        self._undone.clear()
        self._show(text)

    def set_value(self, path: str, value: Any) -> None:
        """Write one key; comments and order stay. DuvError where only the text can be edited."""
        if isinstance(value, tuple) and len(value) == 1 and isinstance(_written(self._checked.values, path), str):
            value = value[0]  # as its author writes a list of one
        self.set_text(edited(self._text, path, value), f"set {path}")

    def reset(self, path: str) -> None:
        """Give a key back what it said when the recipe was opened, or take it away if it was not there."""
        try:
            value = written_value(self._opened_values, path)
        except KeyError:
            self.set_text(without(self._text, path), "")
        else:
            self.set_text(edited(self._text, path, value, as_written=source(self._opened, path)), "")

    def can_reset(self, path: str) -> bool:
        """Whether a key says something else than when the recipe was opened."""
        return not same_value(_written(self._opened_values, path), _written(self._checked.values, path))

    def undo(self) -> None:
        """Take the last change back."""
        if self._done:
            self._undone.append(self._text)
            self._show(self._done.pop().text)

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self._undone:
            self._done.append(_Step(self._text, "", 0.0))
            self._show(self._undone.pop())

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def open(self, path: Path) -> None:
        """Read a recipe's file, with its mistakes; DuvError when it cannot be read."""
        file = files.read(path)
        self._begin(file, file.text, path, path.name)

    def open_preset(self, name: str) -> None:
        """Take a recipe that ships as a beginning; it is saved elsewhere."""
        file = files.read(recipe_file(name))
        self._begin(file, file.text, None, name)

    def open_text(self, text: str, origin: str = "") -> None:
        """Take a text that belongs to no file."""
        self._begin(RecipeFile(), text, None, origin)

    def save(self, path: Path | None = None) -> None:
        """Write the text to its file, or to another, which becomes its file; DuvError when that fails."""
        target = path or self.path
        if target is None:
            raise ValueError("a recipe without a file needs a path to be saved")
        write_atomically(target, self._file.encode(self._text))
        self._file, self.path, self.origin = files.read(target), target, target.name
        self._saved = self._text
        self._show(self._text)  # the file's name may tell the instrument
        self.modified_changed.emit(False)

    def mark_trained(self) -> None:
        """The folder of results holds the recipe now: without a file of its own nothing is lost."""
        if self.path is None and self.modified:
            self._saved = self._text
            self.modified_changed.emit(False)

    def _begin(self, file: RecipeFile, text: str, path: Path | None, origin: str) -> None:
        self._file, self.path, self.origin = file, path, origin
        self._opened = self._saved = text
        self._opened_values = check_text(text, path).values
        self._done, self._undone = [], []
        self._show(text)
        self.modified_changed.emit(False)

    def _show(self, text: str) -> None:
        before, was_modified = self._checked, self.modified
        changed = text != self._text
        self._text = text
        self._checked = check_text(text, self.path)
        if changed:
            self.text_changed.emit()
        self._tell(before)
        if self.modified != was_modified:
            self.modified_changed.emit(self.modified)

    def _tell(self, before: CheckedText) -> None:
        now = self._checked
        if (now.recipe, now.family) != (before.recipe, before.family):
            self.recipe_changed.emit()
        if now.problems != before.problems:
            self.problems_changed.emit()


def _shortened(value: Any) -> Any:
    """Lists and mappings where a single value belongs as a sign for one: aliases can make them endless."""
    return "[…]" if isinstance(value, list) else "{…}" if isinstance(value, dict) else value


def _written(values: Any, path: str) -> Any:
    try:
        return written_value(values, path)
    except KeyError:
        return None


def give_place(state: WizardState) -> None:
    """Let a recipe that ships be trained into a folder of the user's that nothing was trained into yet."""
    named = state.value(_KEY)
    if state.path is not None or state.origin not in preset_names() or not named or Path(named).is_absolute():
        return
    folder = str(free_folder(Path(named).name))
    if state.modified:
        state.set_value(_KEY, folder)
    else:
        state.open_text(edited(state.text, _KEY, folder), state.origin)  # nothing that anyone would want to save


def free_folder(name: str) -> Path:
    """A folder of this name, or with a number, that does not exist."""
    root = user_data_dir() / "trainings"
    candidates = (root / (name if n == 1 else f"{name}_{n}") for n in count(1))
    return next(folder for folder in candidates if not folder.exists())
