"""A little colour for YAML: keys, texts in quotes, numbers and comments."""

from __future__ import annotations

import re

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat

from duv_studio.ui.style import theme

_KEY = re.compile(r"^\s*(?:-\s+)?([\"']?[\w.\- ]+[\"']?)(?=:(?:\s|$))")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_PLAIN = re.compile(
    r"(?<=[\s\[,{:-])(?:[-+]?\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?|true|false|null|yes|no|~)(?=\s*(?:$|[\s,\]}]))"
)


class YamlColors(QSyntaxHighlighter):
    """Colours each line by itself; a text that runs over several lines has the colour of plain text."""

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        comment = comment_start(text)
        code = text[:comment]
        for match in _PLAIN.finditer(code):
            self.setFormat(match.start(), match.end() - match.start(), _ink("warning"))
        for match in _QUOTED.finditer(code):
            self.setFormat(match.start(), match.end() - match.start(), _ink("success"))
        key = _KEY.match(code)
        if key:
            self.setFormat(key.start(1), key.end(1) - key.start(1), _ink("accent"))
        self.setFormat(comment, len(text) - comment, _ink("text_muted"))


def comment_start(line: str) -> int:
    """Where the comment of a line begins; its length where there is none."""
    quotes = [match.span() for match in _QUOTED.finditer(line)]
    for match in re.finditer(r"(?:^|\s)#", line):
        at = match.end() - 1
        if not any(start < at < end for start, end in quotes):
            return at
    return len(line)


def _ink(name: str) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(theme.current().color(name))
    return made
