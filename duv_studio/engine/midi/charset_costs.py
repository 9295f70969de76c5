"""How unlikely it is that bytes are text of a character set: in bits, by letters of languages and their neighbours."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import pairwise

from duv_studio.engine.midi import charset_tables as tables
from duv_studio.engine.midi.instrument_names import speaks_of_instrument

# What it costs to be of a charset at all: those that few MIDI files are written in must explain a text much better.
PRIORS: Mapping[str, float] = {
    "cp1252": 0.5, "cp932": 1.5, "cp1251": 1.5, "gb18030": 2.0, "cp949": 2.5, "big5": 3.0, "cp1250": 3.0, "cp1254": 5.0,
    "cp1253": 7.0, "euc_jp": 6.0, "koi8_r": 7.0, "cp1255": 7.0, "cp1257": 7.0, "iso8859_2": 7.0, "cp1256": 8.0,
    "cp866": 9.0, "cp850": 9.0, "mac_roman": 9.0, "cp874": 9.0,
}  # fmt: skip
_LANGUAGES = {
    "cp1252": tables.WESTERN, "cp850": tables.WESTERN, "mac_roman": tables.WESTERN, "cp1250": tables.CENTRAL,
    "iso8859_2": tables.CENTRAL, "cp1254": tables.TURKISH, "cp1257": tables.BALTIC,
}  # fmt: skip
_OWN_SCRIPT = {
    "cp1251": "cyrillic", "koi8_r": "cyrillic", "cp866": "cyrillic", "cp1253": "greek", "cp1255": "hebrew",
    "cp1256": "arabic", "cp874": "thai",
}  # fmt: skip
IMPOSSIBLE = 1e6
_INSTRUMENT = 12.0  # bits that an instrument's name in letters of the charset is worth
_FOREIGN, _ODD = 14.0, 20.0  # a letter of no language that the charset is for, and what no one writes
_PAIR = 4.0  # two letters beyond a to z side by side
_FEW_OTHERS = 5.0
_UPPER_WITHIN = 8.0  # a capital behind a small letter
_VOICED = "ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ"


def languages_of(charset: str) -> tuple[str, ...]:
    """Return the languages that are told apart in a charset of PRIORS, "" where it is all one."""
    return tuple(_LANGUAGES.get(charset, ("",)))


def costs(raw: bytes, charset: str) -> tuple[float, ...]:
    """Return the bits of one text in each of `languages_of(charset)`, IMPOSSIBLE where it cannot be decoded.

    ASCII is free. What it costs to be of a language at all is in `prior`.
    """
    languages = _LANGUAGES.get(charset)
    try:
        text = raw.decode(charset)
    except UnicodeDecodeError:
        return (IMPOSSIBLE,) * len(languages or ("",))
    if text.isascii():
        return (0.0,) * len(languages or ("",))
    scripts = [_script(c) for c in text]
    bits = sum(_character(text, i, scripts, charset) for i, c in enumerate(text) if not c.isascii())
    bits += _mixture(text, scripts)
    bits -= _INSTRUMENT if speaks_of_instrument(text) else 0.0
    if languages is None:
        return (bits,)
    return tuple(bits + _language(text, scripts, own) for own, _ in languages.values())


def prior(charset: str, language: str) -> float:
    """Return the bits that it costs to be of a charset and a language, before any text is looked at."""
    return PRIORS[charset] + (_LANGUAGES[charset][language][1] if language else 0.0)


def _script(c: str) -> str:
    """The script of a character, "" for what belongs to none."""
    if c.isascii():
        return "latin" if c.isalpha() else ""
    code = ord(c)
    for first, last, script in _BLOCKS:
        if first <= code <= last:
            return script
    return "latin" if c.isalpha() and unicodedata.name(c, "").startswith("LATIN") else ""


_BLOCKS = (
    (0x0370, 0x03FF, "greek"), (0x0400, 0x04FF, "cyrillic"), (0x0590, 0x05FF, "hebrew"), (0x0600, 0x06FF, "arabic"),
    (0x0E00, 0x0E7F, "thai"), (0x3041, 0x3096, "kana"), (0x30A1, 0x30FE, "kana"), (0x3400, 0x9FFF, "han"),
    (0xAC00, 0xD7A3, "hangul"), (0xFF66, 0xFF9F, "half kana"),
)  # fmt: skip


def _character(text: str, i: int, scripts: list[str], charset: str) -> float:
    """The bits of one character beyond ASCII, but for the letters of Latin languages, which are judged together."""
    c, script = text[i], scripts[i]
    before = scripts[i - 1] if i else ""
    after = scripts[i + 1] if i + 1 < len(text) else ""
    bits = _between(script, before) + (_between(script, after) if after == "latin" else 0.0)
    if c.isupper() and i and text[i - 1].islower():
        bits += _UPPER_WITHIN
    if script == "latin":
        return bits
    if script in ("cyrillic", "greek", "hebrew", "arabic", "thai"):
        return bits + _alphabetic(c, script, charset)
    if script in ("kana", "half kana"):
        return bits + _kana(text, i, script, charset)
    if script in ("han", "hangul"):
        return bits + _ideographic(c, script, charset)
    return bits + _symbol(c, before, after)


def _between(script: str, neighbour: str) -> float:
    """The bits of two scripts side by side within a word."""
    if not script or not neighbour or script == neighbour or {script, neighbour} == {"han", "kana"}:
        return 0.0
    if "latin" in (script, neighbour):
        return 3.0 if script in ("han", "kana", "hangul") else 12.0
    return 6.0


def _alphabetic(c: str, script: str, charset: str) -> float:
    if _OWN_SCRIPT.get(charset) != script:
        return _FOREIGN  # Cyrillic and Greek are in the charsets of East Asia, too
    if script in ("hebrew", "arabic", "thai"):
        return 4.8 if c.isalpha() or script == "thai" else 6.0
    known = tables.CYRILLIC if script == "cyrillic" else tables.GREEK
    return known.get(c.lower(), 12.0) + (0.5 if c.isupper() else 0.0)


def _kana(text: str, i: int, script: str, charset: str) -> float:
    if charset not in ("cp932", "euc_jp"):
        return _FOREIGN
    if script == "kana":
        return 5.0 + (6.0 if text[i] in "ァィゥェォッャュョー" and not i else 0.0)
    if text[i] in "ﾞﾟ":
        return 1.0 if i and text[i - 1] in _VOICED else _FOREIGN
    return 6.5


def _ideographic(c: str, script: str, charset: str) -> float:
    """Common characters, those of the first level of a standard, those of the second, and others."""
    home = "cp932" if charset == "euc_jp" else charset
    if c in tables.COMMON.get(home, ()):
        return 6.5 if script == "hangul" else 7.5
    if script == "hangul":
        return 10.5 if _encodes(c, "euc_kr") else 17.0
    if charset == "gb18030":
        return (11.5 if c.encode("gb18030")[0] <= 0xD7 else 15.5) if _encodes(c, "gb2312") else 18.0
    if charset == "big5":
        return 11.5 if c.encode("big5")[0] <= 0xC6 else 15.5
    if charset in ("cp932", "euc_jp"):
        return 11.0 if _encodes(c, "cp932") and 0x88 <= c.encode("cp932")[0] <= 0x97 else 16.0
    return 17.0


def _encodes(c: str, charset: str) -> bool:
    try:
        c.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _symbol(c: str, before: str, after: str) -> float:
    if c in "¿¡" and before:
        return 11.0
    if c in "€’‘“”„«»–—…©®°·¿¡ºª№§\u00a0、。・「」『』（）！？：；，～　":
        return 7.0 + (4.0 if before and after and c not in "’·・" else 0.0)
    if not c.isprintable() or unicodedata.category(c) in ("Co", "Cn", "Cc"):
        return _ODD
    return 11.0 + (6.0 if before and after else 0.0)


def _language(text: str, scripts: list[str], own: str) -> float:
    """The bits of the letters beyond a to z in a language that has some of its `own`."""
    is_letter = [script == "latin" and not c.isascii() for c, script in zip(text, scripts, strict=True)]
    letters = [c.lower() for c, counts in zip(text, is_letter, strict=True) if counts]
    pairs = sum(one and two for one, two in pairwise(is_letter))
    return sum(5.0 if c in own else _FOREIGN for c in letters) + _PAIR * pairs


def _mixture(text: str, scripts: list[str]) -> float:
    """The bits of a few letters of another alphabet in a text of Latin ones."""
    others = sum(script in ("cyrillic", "greek", "hebrew", "arabic", "thai") for script in scripts)
    return _FEW_OTHERS if 0 < others < sum(script == "latin" for script in scripts) else 0.0
