"""How the texts of a MIDI file are encoded. The file does not say: it is guessed once from all of them, or chosen."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from duv_studio.engine.midi.charset_costs import IMPOSSIBLE, PRIORS, costs, languages_of, prior
from duv_studio.engine.midi.smf import SmfFile
from duv_studio.errors import DuvError

UTF_8 = "utf_8"
_FIRST_TEXT, _LAST_TEXT = 0x01, 0x0F  # meta events that hold text
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_TEXT, _MOST_TEXTS = 200, 200  # bytes and different texts that are looked at
_MOST_BITS = 60.0  # that one text can speak against a charset: a text of another must not decide for all
_OTHER = 12.0  # bits by which a text must be better in another charset than in the file's to be read in that


def with_charset(smf: SmfFile, charset: str | None = None) -> SmfFile:
    """The file with the charset of its texts: the one of that name, or None for the one that explains them best.

    DuvError where there is none of that name.
    """
    if charset is not None:
        return replace(smf, charset=known_charset(charset), charset_is_chosen=True)
    return replace(smf, charset=guess_charset(_texts(smf)))


def text_in(smf: SmfFile, raw: bytes) -> str:
    """A text of a file for display and regular expressions, without control characters."""
    return decode_text(raw, smf.charset, smf.charset_is_chosen)


def guess_charset(texts: Iterable[bytes]) -> str:
    """Return the charset that explains texts of one file best, "utf_8" or one of `charset_costs.PRIORS`.

    Those in ASCII and those with a byte order mark say nothing.
    """
    untold = [text for text in texts if not text.isascii() and not text.startswith(_MARKS)]
    telling = [text for text in untold if not _is_utf8(text)]
    if not telling:
        return UTF_8
    bits = {charset: _bits(telling, charset) for charset in PRIORS}
    return min(bits, key=lambda charset: bits[charset])


def _bits(texts: list[bytes], charset: str) -> float:
    """The bits of all texts in the one language of a charset that explains them best."""
    each = np.array([costs(text, charset) for text in texts]).clip(max=_MOST_BITS)
    return float(np.min(each.sum(axis=0) + [prior(charset, language) for language in languages_of(charset)]))


def decode_text(raw: bytes, charset: str = UTF_8, is_chosen: bool = False) -> str:
    """A text for display and regular expressions, without control characters.

    A charset that a person chose holds for every text. A guessed one does not for those with a byte order mark, those
    that are UTF-8, and those that another charset explains far better: files are put together from others.
    """
    charset = charset if is_chosen else _charset_of_text(raw, charset)
    text = raw.decode(charset, errors="replace").removeprefix("\ufeff")
    return "".join(c if c.isprintable() else " " for c in text).strip()


def mend_latin_1(names: Sequence[str]) -> list[str]:
    """Return names of one file, which a library read as Latin-1, in the charset that all of them speak for."""
    raw = [_as_latin_1(name) for name in names]
    charset = guess_charset(text for text in raw if text is not None)
    return [name if text is None else decode_text(text, charset) for name, text in zip(names, raw, strict=True)]


def _as_latin_1(name: str) -> bytes | None:
    """The bytes of a name that Latin-1 can hold."""
    try:
        return name.encode("latin-1")
    except UnicodeEncodeError:
        return None


def known_charset(name: str) -> str:
    """Return Python's name of a charset; DuvError where there is none of that name for text."""
    try:
        found = codecs.lookup(name)
        "".encode(found.name)
    except (LookupError, ValueError):
        raise DuvError(
            f'"{name}" is no text encoding', hint="take one such as utf-8, cp1251, shift-jis, gb18030, big5 or cp949"
        ) from None
    return found.name.replace("-", "_")


@lru_cache(maxsize=4096)
def _charset_of_text(raw: bytes, charset: str) -> str:
    if raw.startswith(_MARKS):
        return "utf_16"
    if raw.isascii() or _is_utf8(raw):
        return "utf_8"
    short = raw[:_LONGEST_TEXT]
    bits = {
        other: min(
            b + prior(other, language) for b, language in zip(costs(short, other), languages_of(other), strict=True)
        )
        for other in PRIORS
    }
    best = min(bits, key=lambda other: bits[other])
    if bits.get(charset, 2 * IMPOSSIBLE) - bits[best] <= _OTHER:
        return charset
    return best if bits[best] < IMPOSSIBLE else "latin_1"


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _texts(smf: SmfFile) -> list[bytes]:
    """Different texts of a file, cut to what is looked at."""
    found: dict[bytes, None] = {}
    for chunk in smf.chunks:
        body = chunk.body
        for index in chunk.metas(*range(_FIRST_TEXT, _LAST_TEXT + 1)).tolist():
            found[chunk.events.payload(body, index)[:_LONGEST_TEXT]] = None
            if len(found) >= _MOST_TEXTS:
                return list(found)
    return list(found)
