"""Charsets of names: guessed from all texts of a file, of single texts too, or chosen; the bytes stay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.midi_file import encode, parse, read
from duv_studio.engine.midi.text_encoding import decode_text, guess_charset, known_charset, mend_latin_1
from duv_studio.errors import DuvError
from tests.midi_builder import TrackSpec, build_song, meta

NAMES = {
    "cp1251": "Гитара|Ударные|Бас|Скрипка|ГИТАРА|УДАРНЫЕ|Ритм-гитара|Соло|Вокал|Мелодия|ПАРТИЯ 1|Моя песня|Гітара",
    "gb18030": "钢琴|吉他|鼓|贝司|主旋律|弦乐|电吉他1|小提琴|长笛|月亮代表我的心|和声|音轨 1|人声|打击乐",
    "big5": "鋼琴|鼓|吉他|貝斯|主旋律|弦樂|月亮代表我的心|長笛|人聲|電吉他",
    "cp949": "피아노|드럼|베이스|기타|바이올린|멜로디|보컬|현악기|사랑해요|신디사이저",
    "cp932": "ピアノ|ドラム|ﾋﾟｱﾉ|ﾄﾞﾗﾑ|ﾍﾞｰｽ|ギター１|弦|ストリングス|太鼓|右手|三味線|歌メロ|Synthストリングス|コード",
    "cp1250": "Bębny|Žestě|Klavír|Gitára|Hegedű|Głos|Perkusja główna|Smyčce|Bicí|Nagybőgő|Śpiew|Trąbka",
    "cp1252": "Flügel|Violín|Batería|Violão|Piano à queue|Flöte|Kontrabaß|Stråkar|Fløyte|VIOLÍN|Chœur|Órgão|Señor",
    "cp1253": "Κιθάρα|Βιολί|Ντραμς",
    "cp1254": "Yaylılar|Vurmalı",
    "cp1255": "גיטרה|תופים",
    "cp1256": "جيتار|طبول",
    "koi8_r": "Гитара|Ударные",
    "cp874": "กีตาร์",
    "utf-8": "Гитара|钢琴|ピアノ|Flügel|Žestě|피아노",
    "utf-8-sig": "Гитара|Guitar",
    "utf-16": "Guitar|Гитара|钢琴",
    "ascii": "Guitar 1|Beat it!",
}
FILES = {  # texts of a whole file, which tell more together than one by one
    "cp1250": ["grudzień", "wrzesień", "Zażółć", "ścieżka", "główny"],
    "cp1251": ["четвъртък", "Здравей", "песен", "куче"],
    "cp1254": ["Aralık", "Ağustos", "Kasım", "Perşembe"],
    "cp1253": ["Δεκεμβρίου", "Μάιος", "Σάββατο", "τραγούδι"],
    "cp949": ["10월", "우리 다시", "만나요", "1절"],
    "big5": ["台灣", "我們的歌", "副歌"],
    "cp1252": ["Frühling", "Straße", "schön", "Übung"],
    "cp932": ["千本桜", "Aメロ", "ｻﾋﾞ", "間奏"],
}


def _cases() -> list[tuple[str, str]]:
    return [(charset, name) for charset, names in NAMES.items() for name in names.split("|")]


@pytest.mark.parametrize(("charset", "name"), _cases())
def test_a_single_name_can_be_read(charset: str, name: str) -> None:
    data = build_song([TrackSpec([(0, 480, 60, 80)], name=name.encode(charset))])
    song = parse(data)
    assert song.tracks[0].name == name
    assert encode(song) == data


@pytest.mark.parametrize(("charset", "texts"), FILES.items(), ids=FILES.keys())
def test_the_texts_of_a_file_tell_together(charset: str, texts: Sequence[str]) -> None:
    raw = [text.encode(charset) for text in texts]
    assert guess_charset(raw) == charset
    assert [decode_text(text, charset) for text in raw] == list(texts)


@pytest.mark.parametrize("kind", [0x01, 0x02, 0x04, 0x05, 0x06, 0x07])
def test_every_kind_of_text_speaks_for_the_charset(kind: int) -> None:
    word, lyrics = "Salı", "Ağustos akşamı yağmur yağıyor"  # the word alone could be of many charsets
    events = [(0, meta(kind, lyrics.encode("cp1254")))]
    alone = TrackSpec([(0, 480, 60, 80)], name=word.encode("cp1254"))
    assert parse(build_song([alone])).tracks[0].name != word
    assert parse(build_song([alone, TrackSpec(events=events)])).tracks[0].name == word


def test_a_file_may_be_put_together_from_files_of_several_charsets() -> None:
    names = [
        ("Гитара", "cp1251"), ("Бас", "cp1251"), ("钢琴", "gb18030"), ("鼓", "big5"), ("피아노", "cp949"),
        ("ピアノ", "cp932"), ("Violín", "cp1252"), ("Bębny", "cp1250"), ("Guitar", "utf-16"), ("Žestě", "utf-8"),
    ]  # fmt: skip
    tracks = [TrackSpec([(0, 480, 60, 80)], name=name.encode(charset)) for name, charset in names]
    assert [track.name for track in parse(build_song(tracks)).tracks] == [name for name, _ in names]


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_counts_whatever_the_charset(mark: str) -> None:
    assert decode_text("\ufeffВиолончель".encode(mark), "cp932") == "Виолончель"


@pytest.mark.parametrize(
    ("asked", "name"),
    [("cp1251", "Гитара"), ("windows-1251", "Гитара"), ("latin-1", "Ãèòàðà"), ("cp866", "├шЄрЁр"), (None, "Гитара")],
)
def test_a_charset_can_be_chosen(tmp_path: Path, asked: str | None, name: str) -> None:
    path = tmp_path / "song.mid"
    data = build_song([TrackSpec([(0, 480, 60, 80)], name="Гитара".encode("cp1251"))])
    path.write_bytes(data)
    song = read(path, asked)
    assert song.tracks[0].name == name
    assert encode(song) == data


def test_a_chosen_charset_never_fails() -> None:
    data = build_song([TrackSpec([(0, 480, 60, 80)], name=b"\x81\xff A")])
    assert parse(data, charset="ascii").tracks[0].name == "\ufffd\ufffd A"


@pytest.mark.parametrize("name", ["klingon", "", "rot13", "base64", "cp1251\0"])
def test_what_is_no_charset_is_told(name: str) -> None:
    with pytest.raises(DuvError, match="is no text encoding"):
        known_charset(name)


@given(st.binary(max_size=40), st.lists(st.binary(max_size=12), max_size=4))
def test_any_bytes_can_be_read(raw: bytes, others: list[bytes]) -> None:
    text = decode_text(raw, guess_charset([raw, *others]))
    assert text.isprintable()


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "Zs")), max_size=30))
def test_ascii_stays_itself_in_every_charset(text: str) -> None:
    assert decode_text(text.encode(), "gb18030") == text.strip()


def test_names_that_a_library_read_as_latin_1_are_mended() -> None:
    names = ["Гитара".encode("cp1251").decode("latin-1"), "Бас".encode("cp1251").decode("latin-1"), "Piano", "鼓"]
    assert mend_latin_1(names) == ["Гитара", "Бас", "Piano", "鼓"]
    assert mend_latin_1(["Flügel", "Violín", "Žestě"]) == ["Flügel", "Violín", "Žestě"]
