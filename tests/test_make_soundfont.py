"""The tool that makes the SoundFont that ships, on two banks of a few waves; and the SoundFont itself."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from duv_studio.sound.soundfont.find import shipped_soundfont
from tools.make_soundfont.__main__ import DRUMS, FIRST_OWN_BANK, LARGE, MOST_BYTES, SMALL, compact, main
from tools.make_soundfont.samples import change, compressed
from tools.make_soundfont.tables import INSTRUMENT, RECORDS, SAMPLE, VORBIS, Bank, Table, read, written
from tools.make_soundfont.vorbis import decoded, encoded

RATE = 22_050
LEFT, RIGHT = 4, 2  # kinds of samples that have another side
Frames = npt.NDArray[np.int16]


def wave(hertz: float, frames: int = 9_000, noise: float = 0.05) -> Frames:
    """A tone with a little noise, so that no two samples are alike."""
    rng = np.random.default_rng(int(hertz))
    tone = np.sin(2 * np.pi * hertz * np.arange(frames) / RATE) + noise * rng.standard_normal(frames)
    return np.rint(20_000 * tone / (1 + noise)).astype(np.int16)


# Name -> frames, kind, the other side. The last two are known to the small bank alone.
WAVES = {
    "Flute": (wave(440), 1, 0),
    "Violins L": (wave(220), LEFT, 2),
    "Violins R": (wave(330), RIGHT, 1),
    "Click": (wave(2_000, 64), 1, 0),
    "Strings": (wave(110), 1, 0),
    "Nobody's": (wave(550), 1, 0),
}
OLD = ("Strings", "Nobody's")
# Bank, program, name, samples.
PRESETS = (
    (FIRST_OWN_BANK, 0, "Flute Expr.", ("Nobody's",)),
    (0, 0, "Flute", ("Flute",)),
    (0, 48, "Strings", ("Strings", "Violins L")),
    (DRUMS, 0, "Standard", ("Click", "Flute")),
    (50, 48, "Basses", ("Strings",)),
)


def rows(name: str, *records: tuple[object, ...]) -> Table:
    return np.array(list(records), RECORDS[name])


def tables(headers: Table) -> dict[str, Table]:
    """A preset with an instrument of its own for each of PRESETS, a zone for each of its samples."""
    names, zones = list(WAVES), [len(samples) for *_, samples in PRESETS]
    ends = np.cumsum([0, *zones])
    count = len(PRESETS)
    heads = [(name, program, bank, i, 0, 0, 0) for i, (bank, program, name, _) in enumerate(PRESETS)]
    generators = [(SAMPLE, names.index(sample)) for *_, samples in PRESETS for sample in samples]
    return {
        "phdr": rows("phdr", *heads, ("EOP", 0, 0, count, 0, 0, 0)),
        "pbag": rows("pbag", *((i, i) for i in range(count + 1))),
        "pmod": rows("pmod", *((i, 0, 0, 0, 0) for i in range(count)), (0,) * 5),
        "pgen": rows("pgen", *((INSTRUMENT, i) for i in range(count)), (0, 0)),
        "inst": rows("inst", *((n, ends[i]) for i, (_, _, n, _) in enumerate(PRESETS)), ("EOI", ends[-1])),
        "ibag": rows("ibag", *((i, 0) for i in range(ends[-1] + 1))),
        "imod": rows("imod", (0,) * 5),
        "igen": rows("igen", *generators, (0, 0)),
        "shdr": headers,
    }  # fmt: skip


def bank(contents: dict[str, bytes], frames_of: dict[str, int], *, relative: bool) -> bytes:
    """A bank of these samples; its places are bytes of streams or frames, its loops relative to a sample or not."""
    headers, place, unit = [], 0, 1 if relative else 2
    for name, content in contents.items():
        _, kind, link = WAVES[name]
        first = 0 if relative else place
        loop = first + frames_of[name] // 4, first + frames_of[name] - 8
        headers.append((name, place, place + len(content) // unit, *loop, RATE, 60, 0, link, kind))
        place += len(content) // unit
    info = {"ifil": b"\2\0\1\0", "INAM": b"A bank\0\0", "ICOP": b"Its makers'\0"}
    shdr = rows("shdr", *headers, ("EOS",) + (0,) * 9)
    return written(info, tables(shdr), b"".join(contents.values()))


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """The two banks of which a third is made, where the packages have them."""
    frames = {name: len(wave) for name, (wave, *_) in WAVES.items()}
    streams = {name: encoded((w / np.float32(32768)).astype(np.float32), RATE, 0.4) for name, (w, *_) in WAVES.items()}
    lossless = {name: w.tobytes() for name, (w, *_) in WAVES.items() if name not in OLD}
    for place, data in (
        (SMALL, bank(streams, frames, relative=True)),
        (LARGE, bank(lossless, frames, relative=False)),
    ):
        (tmp_path / place).parent.mkdir()
        (tmp_path / place).write_bytes(data)
    return tmp_path


@pytest.fixture
def made(sounds: Path, monkeypatch: pytest.MonkeyPatch) -> Bank:
    assert run(sounds, monkeypatch) == 0
    return read(sounds / "made.sf3")


def run(sounds: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    monkeypatch.setattr("sys.argv", ["make_soundfont", str(sounds), "-o", str(sounds / "made.sf3"), *more])
    return main()


def streams(made: Bank) -> dict[str, bytes]:
    return {
        str(h["name"].decode()): made.samples[int(h["start"]) : int(h["end"])].tobytes()
        for h in made.tables["shdr"][:-1]
    }


def test_presets_that_no_other_file_asks_for_go_with_what_only_they_play(made: Bank) -> None:
    kept = [(int(p["bank"]), p["name"].decode()) for p in made.tables["phdr"][:-1]]
    assert kept == [(0, "Flute"), (0, "Strings"), (DRUMS, "Standard")]
    assert [i["name"].decode() for i in made.tables["inst"]] == ["Flute", "Strings", "Standard", "EOI"]
    assert list(streams(made)) == ["Flute", "Violins L", "Violins R", "Click", "Strings"]


def test_each_preset_plays_what_it_played(made: Bank) -> None:
    tables, played = made.tables, {}
    for number, preset in enumerate(tables["phdr"][:-1]):
        (instrument,) = zone_amounts(tables, "p", "phdr", number, INSTRUMENT)
        samples = zone_amounts(tables, "i", "inst", instrument, SAMPLE)
        played[preset["name"].decode()] = tuple(tables["shdr"]["name"][sample].decode() for sample in samples)
    assert played == {"Flute": ("Flute",), "Strings": ("Strings", "Violins L"), "Standard": ("Click", "Flute")}
    # A modulator each, which says whose it was.
    assert tables["pmod"]["source"].tolist() == [1, 2, 3, 0]


def zone_amounts(tables: dict[str, Table], side: str, heads: str, number: int, operator: int) -> list[int]:
    bags, generators = tables[f"{side}bag"], tables[f"{side}gen"]
    found = []
    for zone in range(tables[heads]["bag"][number], tables[heads]["bag"][number + 1]):
        some = generators[bags["generator"][zone] : bags["generator"][zone + 1]]
        found += some["amount"][some["operator"] == operator].tolist()
    return found


def test_both_sides_of_a_pair_know_each_other(made: Bank) -> None:
    headers = {h["name"].decode(): h for h in made.tables["shdr"][:-1]}
    order = list(headers)
    assert order[headers["Violins L"]["link"]] == "Violins R" and order[headers["Violins R"]["link"]] == "Violins L"


def test_a_sample_comes_from_the_lossless_bank_as_long_and_as_loud_as_it_was(made: Bank) -> None:
    headers = {h["name"].decode(): h for h in made.tables["shdr"][:-1]}
    for name, stream in streams(made).items():
        frames, (original, *_) = decoded(stream), WAVES[name]
        header = headers[name]
        assert header["kind"] & VORBIS and len(frames) == len(original)
        assert (header["loop_start"], header["loop_end"]) == (len(frames) // 4, len(frames) - 8)
        ratio = np.sqrt(np.mean(frames**2)) / np.sqrt(np.mean((original / 32768) ** 2))
        assert 20 * np.log10(ratio) == pytest.approx(0 if name in OLD else 20 * np.log10(0.9), abs=0.3)


def test_what_has_no_lossless_sample_keeps_its_bytes(made: Bank, sounds: Path) -> None:
    assert streams(made)["Strings"] == streams(read(sounds / SMALL))["Strings"]


def test_a_wave_of_a_few_frames_is_kept_well(made: Bank) -> None:
    original = WAVES["Click"][0] / 32768 * 0.9
    assert np.max(np.abs(decoded(streams(made)["Click"]) - original)) < 0.02


def test_it_says_what_it_is_and_keeps_who_made_it(made: Bank) -> None:
    assert made.info["ICOP"] == b"Its makers'\0"
    assert made.info["INAM"].startswith(b"MuseScore_General") and made.info["ifil"] == b"\3\0\1\0"


def test_the_bytes_are_the_same_each_time(sounds: Path) -> None:
    small, large = read(sounds / SMALL), read(sounds / LARGE)
    (data, text), (again, _) = compact(small, large, 0.2), compact(small, large, 0.2)
    assert data == again
    assert hashlib.sha256(data).hexdigest() in text and f"{len(data):,} bytes" in text
    assert "| 17 | 1 | Flute Expr. |" in text and "| 50 | 1 | Basses |" in text


def test_too_large_a_bank_is_not_written(sounds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.make_soundfont.__main__.MOST_BYTES", 1_000)
    assert run(sounds, monkeypatch) == 1
    assert not (sounds / "made.sf3").exists()


def test_samples_that_are_different_ones_are_refused(sounds: Path) -> None:
    small, large = read(sounds / SMALL), read(sounds / LARGE)
    headers = large.tables["shdr"].copy()
    headers["key"] += 1
    with pytest.raises(ValueError, match="Flute"):
        compact(small, Bank(large.info, dict(large.tables) | {"shdr": headers}, large.samples), 0.2)


def test_a_sample_whose_level_would_change_is_encoded_better() -> None:
    hiss = np.random.default_rng(1).standard_normal(20_000).astype(np.float32) * np.float32(0.1)
    hiss = np.diff(hiss, prepend=hiss[:1]).astype(np.float32)  # all of it is high up, where Vorbis saves first
    rough, better = compressed(hiss, 44_100, 0.0, 99.0), compressed(hiss, 44_100, 0.0, 0.2)
    assert abs(change(rough)) > 0.2 >= abs(change(better))
    assert better.quality > rough.quality == 0.0


def test_what_is_no_soundfont_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.sf2").write_bytes(b"RIFF\4\0\0\0WAVE")
    with pytest.raises(ValueError, match="no SoundFont"):
        read(tmp_path / "some.sf2")
    whole = written({"INAM": b"x\0"}, tables(rows("shdr", ("EOS",) + (0,) * 9)), b"")
    (tmp_path / "other.sf2").write_bytes(whole.replace(b"shdr", b"shxx"))
    with pytest.raises(ValueError, match="shdr"):
        read(tmp_path / "other.sf2")


# ---- the one that ships ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Bank:
    return read(shipped_soundfont())


def test_it_has_all_instruments_of_general_midi_and_all_kits(shipped: Bank) -> None:
    presets = shipped.tables["phdr"][:-1]
    assert sorted(presets["program"][presets["bank"] == 0].tolist()) == list(range(128))
    kits = presets["program"][presets["bank"] == DRUMS]
    assert len(kits) == 38 and {0, 8, 16, 24, 25, 32, 40, 48} <= set(kits.tolist())
    assert not np.any((presets["bank"] >= FIRST_OWN_BANK) & (presets["bank"] < DRUMS))


def test_every_sample_of_it_is_as_long_as_its_loop_says(shipped: Bank) -> None:
    for header in shipped.tables["shdr"][:-1]:
        stream = shipped.samples[int(header["start"]) : int(header["end"])].tobytes()
        with soundfile.SoundFile(io.BytesIO(stream)) as sample:
            assert sample.channels == 1 and sample.samplerate == header["rate"]
            assert 0 <= header["loop_start"] <= header["loop_end"] <= sample.frames, header["name"]


def test_its_card_is_about_this_file() -> None:
    path = shipped_soundfont()
    card = (path.parent / "README.md").read_text(encoding="utf-8")
    (digest,) = re.findall(r"`([0-9a-f]{64})`", card)
    data = path.read_bytes()
    assert hashlib.sha256(data).hexdigest() == digest and f"{len(data):,} bytes" in card
    assert len(data) <= MOST_BYTES
    licence = (path.parent / "LICENSE").read_text(encoding="utf-8")
    for word in ("Frank Wen", "Michael Cowgill", "S. Christian Collins", "Permission is hereby granted"):
        assert word in licence
