"""A recipe's file as its author left it: text for the window, line breaks and byte order mark kept aside."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from duv_studio.engine.regular_file import read_regular
from duv_studio.errors import DuvError
from duv_studio.training.schema.document import LARGEST, RecipeError, read_text

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class RecipeFile:
    """Lines as they are in the file, with their breaks."""

    lines: tuple[str, ...] = ()
    has_mark: bool = False

    @property
    def text(self) -> str:
        """What the window shows: every line ends with \\n."""
        return "".join(self.lines).replace("\r\n", "\n")

    def encode(self, text: str) -> bytes:
        """The text as bytes: lines of the file keep their breaks, new ones take the most frequent.

        DuvError where it holds half of a surrogate pair.
        """
        mine = [line.replace("\r\n", "\n") for line in self.lines]
        windows = sum(line.endswith("\r\n") for line in self.lines) * 2 > len(self.lines)
        made: list[str] = []
        new = _lines(text)
        for what, i1, i2, j1, j2 in SequenceMatcher(None, mine, new, autojunk=False).get_opcodes():
            if what == "equal":
                made += self.lines[i1:i2]
            else:
                made += [line.replace("\n", "\r\n") if windows else line for line in new[j1:j2]]
        try:
            return (_BOM if self.has_mark else b"") + "".join(made).encode("utf-8")
        except UnicodeEncodeError as e:
            raise DuvError("half of a character cannot be saved", hint="delete it in the YAML text") from e


def read(path: Path) -> RecipeFile:
    """The file; DuvError when it cannot be read."""
    try:
        text = read_text(path)
    except RecipeError as e:
        raise DuvError(e.problems[0].sentence, file=path) from e
    return RecipeFile(tuple(_lines(text)), read_regular(path, LARGEST, "recipe").startswith(_BOM))


def _lines(text: str) -> list[str]:
    """Lines with their breaks; splitlines() would also break at characters that YAML keeps in a value."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
