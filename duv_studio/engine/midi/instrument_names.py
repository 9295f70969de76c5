"""Which instrument family a name speaks of, in the languages of the world."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from duv_studio.engine.midi import instrument_words
from duv_studio.engine.midi.song import Family

_LONGEST_NAME = 200  # a name is a few words; what follows is not one
# Kana, Chinese characters, Hangul and Thai, which write no spaces between words; Devanagari, whose vowels are marks.
_UNSPACED = re.compile("[\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_BETWEEN_WORDS = re.compile("[^\\w\u0900-\u097f\u0e00-\u0e7f]+|_+")


def plain(name: str) -> str:
    """Return the words of a name: lower case without accents or digits, camel case apart, full-width Japanese."""
    return re.sub(r"[\W\d_]+", " ", _bare(name)).casefold().strip()


def words_of(name: str) -> str:
    """The same with numbers, which stand apart as words: "Kick1" is "kick 1"."""
    words = re.sub(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)", " ", _bare(name))
    return " ".join(_BETWEEN_WORDS.sub(" ", words).casefold().split())


def _bare(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name[:_LONGEST_NAME])
    # Only European accents go: the voicing marks of kana decompose too, and ギ without its mark is another letter.
    bare = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", apart))
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare)


@lru_cache(maxsize=1024)
def family_of_name(name: str) -> Family | None:
    """Return the family that a track's name speaks of, None when it names no instrument."""
    return _of_instruments(name) or _first(_LOOSE, words_of(name))


def is_loose(name: str) -> bool:
    """Whether a name tells a sound or a part ("Lead", "Pad 2", "Keys") rather than an instrument."""
    return _of_instruments(name) is None and _first(_LOOSE, words_of(name)) is not None


def is_double_bass(name: str) -> bool:
    """Whether a name is that of the largest of the strings, which jazz and General MIDI have as a bass."""
    return _DOUBLE_BASS.search(words_of(name))


def speaks_of_instrument(text: str) -> bool:
    """Whether a text names an instrument in letters beyond ASCII, accents and all: "Гитара", "Bębny", not "Bêbny"."""
    words = _BETWEEN_WORDS.sub(" ", unicodedata.normalize("NFC", text[:_LONGEST_NAME])).casefold()
    return _EXACT.search(words) is not None


def is_organ(name: str) -> bool:
    """Whether a name is that of an organ, a harmonium among them."""
    return _ORGAN.search(words_of(name))


def is_harpsichord(name: str) -> bool:
    """Whether a name is that of a harpsichord or one of its kin."""
    return _HARPSICHORD.search(words_of(name))


def is_hand(name: str) -> bool:
    """Whether a name is that of a pianist's hand and no more: "RH", "Left hand", "Main droite"."""
    return _HANDS.fullmatch(words_of(name)) is not None


def _of_instruments(name: str) -> Family | None:
    words = words_of(name)
    return _of_lone_words(words) or _first(_INSTRUMENTS, words)


def _first(rules: tuple[tuple[Family, re.Pattern[str] | _Words], ...], words: str) -> Family | None:
    return next((family for family, rule in rules if rule.search(words)), None)


def _of_lone_words(words: str) -> Family | None:
    """The family of a name that consists of short words such as "BD" or "OH L"; drums where there are several."""
    said = [word for word in words.split() if not word.isdigit() and word not in _NEUTRAL]
    families = [_ALONE.get(word) for word in said]
    if not families or None in families:
        return None
    return Family.DRUMS if Family.DRUMS in families else families[0]


class _Words:
    """Words in the notation of `instrument_words`, sorted by where they may stand: looking up is quick."""

    def __init__(self, words: str) -> None:
        self._whole: set[str] = set()
        begin, anywhere, unspaced = set(), set(), set()
        for word in words.split():
            stem = " ?".join(re.escape(_bare(part).casefold()) for part in word.strip("*").split("_"))
            end = "" if word.endswith("*") else r"\b"
            if _UNSPACED.search(stem):
                unspaced.add(stem)
            elif word.startswith("*"):
                anywhere.add(stem + end)
            elif end and " " not in stem:
                self._whole.add(stem)
            else:
                begin.add(stem + end)
        self._begin = _any(begin, r"\b")
        self._anywhere, self._unspaced = _any(anywhere), _any(unspaced)

    def search(self, words: str) -> bool:
        """Whether one of the words is in a name."""
        patterns = (self._begin, self._anywhere, self._unspaced if _UNSPACED.search(words) else None)
        return not self._whole.isdisjoint(words.split()) or any(p and p.search(words) for p in patterns)


def _any(patterns: set[str], before: str = "") -> re.Pattern[str] | None:
    return re.compile(f"{before}(?:{'|'.join(sorted(patterns))})") if patterns else None


_INSTRUMENTS: tuple[tuple[Family, re.Pattern[str] | _Words], ...] = (
    *((family, re.compile(pattern)) for family, pattern in instrument_words.COMPOUNDS),
    *((family, _Words(words)) for family, words in instrument_words.WORDS),
)
_LOOSE = tuple((family, _Words(words)) for family, words in instrument_words.LOOSE)
_DOUBLE_BASS = _Words(instrument_words.DOUBLE_BASS)
_ORGAN, _HARPSICHORD = _Words(instrument_words.ORGAN), _Words(instrument_words.HARPSICHORD)
_ALONE = {word: family for family, words in instrument_words.ALONE for word in words.split()}
_NEUTRAL = frozenset(instrument_words.NEUTRAL.split())
_HANDS = re.compile(instrument_words.HANDS)


def _exact_words() -> re.Pattern[str]:
    """Every word that is not ASCII, as it is spelt."""
    rows = (*instrument_words.WORDS, *instrument_words.LOOSE)
    words = {word for _, row in rows for word in row.split() if not word.isascii()}
    patterns = []
    for word in sorted(words):
        stem = " ?".join(re.escape(part.casefold()) for part in word.strip("*").split("_"))
        is_unspaced = _UNSPACED.search(stem) is not None
        begin = "" if is_unspaced or word.startswith("*") else r"\b"
        patterns.append(begin + stem + ("" if is_unspaced or word.endswith("*") else r"\b"))
    return re.compile("|".join(patterns))


_EXACT = _exact_words()
