"""Adapter files: found by name and path, chosen by base and verdict, refused with a sentence when they do not fit."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from duv_studio import paths
from duv_studio.engine.adapters import library as adapters
from duv_studio.engine.adapters.header import (
    ADAPTER_KEY,
    HARMS,
    IMPROVES,
    NO_CLEAR_CHANGE,
    PlayerStatistics,
    pack_adapter,
    weights_hash,
)
from duv_studio.engine.adapters.library import (
    automatic,
    automatic_with,
    find_adapter,
    known_hash,
    list_adapters,
    load_adapter,
    read_adapter_header,
)
from duv_studio.engine.adapters.resolve import base_model_of, choose
from duv_studio.engine.features import hints
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from tests.adapters_made import (
    MODULES,
    OTHER_RENDERING,
    adapter_weights,
    header_for,
    make_adapter,
    make_base,
    make_statistics,
)


@pytest.fixture
def base() -> Path:
    return make_base()


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the one of the adapters that ship."""
    real = paths.resource
    monkeypatch.setattr(
        paths, "resource", lambda *parts: tmp_path.joinpath(*parts) if parts[0] == "adapters" else real(*parts)
    )
    return tmp_path / "adapters"


def saved(folder: Path, header: dict[str, Any] | str, weights: dict[str, np.ndarray] | None = None) -> Path:
    """A safetensors file with any header at all."""
    path = folder / "odd.safetensors"
    packed = header if isinstance(header, str) else json.dumps(header)
    tensors = {name: w.numpy() for name, w in adapter_weights().items()} if weights is None else weights
    save_file(tensors, path, metadata={ADAPTER_KEY: packed})
    return path


# What is written is what is read


def test_round_trip(base: Path, tmp_path: Path) -> None:
    player = PlayerStatistics(900, 12, 71.5, 8.25, None, 0.5, None)
    header = header_for(
        base, "bass", player=player, rendering=OTHER_RENDERING, songs=("a", "b"), scores={"base": {"r": 0.5}},
        targets=("velocity",), verdict=HARMS, versions={"torch": "2"},
    )  # fmt: skip
    path = tmp_path / "duv_lora_best.ckpt"
    path.write_bytes(pack_adapter(adapter_weights(), header))
    weights, read = load_adapter(path)
    assert read == header == read_adapter_header(path)
    assert weights.keys() == adapter_weights().keys()
    for name, weight in adapter_weights().items():
        assert weights[name].dtype is torch.float32 and torch.equal(weights[name], weight)


def test_the_hash_is_that_of_the_weights_alone(base: Path, tmp_path: Path) -> None:
    assert weights_hash(base) == weights_hash(make_base("other-name", tmp_path))
    assert weights_hash(base) != weights_hash(make_base("tiny", tmp_path, seed=2))


@pytest.mark.parametrize("layout", [b"[]", b"3", b'{"a": 1}', b'{"a": {"data_offsets": [0]}}', b"{"])
def test_what_describes_no_tensors_has_no_hash(layout: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(layout).to_bytes(8, "little") + layout)
    with pytest.raises(DuvError, match=r"is not a model (or adapter )?file \(safetensors\)"):
        weights_hash(path)


def test_the_known_hash_follows_the_file(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    monkeypatch.setattr(adapters, "weights_hash", lambda path: read.append(path) or weights_hash(path))
    first = known_hash(base)
    assert known_hash(base) == first and read == [base]
    base.write_bytes(make_base("tiny", tmp_path, seed=2).read_bytes() + b"")
    assert known_hash(base) == weights_hash(base) != first
    with pytest.raises(DuvError, match="no such model file"):
        known_hash(tmp_path / "nothing.safetensors")


# Which there are


def test_those_that_ship_and_the_users_own_are_listed_and_broken_ones_left_out(base: Path, shipped: Path) -> None:
    make_adapter(base, "guitar")
    make_adapter(base, "bass", path=shipped / "bass-open" / "adapter.safetensors")
    broken = paths.user_adapters_dir() / "broken" / "adapter.safetensors"
    broken.parent.mkdir()
    broken.write_bytes(b"no adapter")
    found = [(info.name, info.family, info.own) for info in list_adapters()]
    assert found == [("bass-open", Family.BASS, False), ("my-guitar", Family.GUITAR, True)]


def test_names_folders_and_files_are_found(base: Path, tmp_path: Path) -> None:
    own = make_adapter(base)
    trained = make_adapter(base, path=tmp_path / "duv_guitar_lora" / "duv_lora_best.ckpt")
    assert find_adapter("my-guitar") == find_adapter(own.parent) == find_adapter(str(own)) == own
    assert find_adapter(trained.parent) == find_adapter(trained) == trained
    with pytest.raises(DuvError, match=r'no adapter "jazz".*my-guitar'):
        find_adapter("jazz")


def test_listing_needs_no_torch(base: Path) -> None:
    make_adapter(base)
    code = (
        "import sys; from duv_studio.engine.adapters.library import automatic_with, list_adapters;"
        "from duv_studio.engine.adapters.resolve import choose;"
        f"from pathlib import Path; assert list_adapters() and automatic_with(Path({str(base)!r}));"
        "choose('tiny'); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Which play without being asked


def test_only_what_improves_this_very_base_plays_by_itself(base: Path, tmp_path: Path) -> None:
    other = make_base("other", seed=2)
    assert automatic_with(base) == {}
    guitar = make_adapter(base, "guitar")
    make_adapter(base, "bass", verdict=HARMS)
    make_adapter(base, "drums", verdict=NO_CLEAR_CHANGE)
    make_adapter(base, "piano", verdict="")
    make_adapter(other, "strings")
    assert automatic(weights_hash(base)) == automatic_with(base) == {Family.GUITAR: guitar}
    assert automatic_with(other).keys() == {Family.STRINGS}


def test_ones_own_plays_before_one_that_ships_and_the_newest_before_older_ones(base: Path, shipped: Path) -> None:
    file = shipped / "guitar-open" / "adapter.safetensors"
    make_adapter(base, path=file, created="2030-01-01T00:00:00+00:00")
    assert automatic_with(base) == {Family.GUITAR: file}
    # By the clock, not by the letters: 23:30 in London is later than 00:10 of the next day in Tokyo.
    newer = make_adapter(base, name="newer", created="2026-03-01T23:30:00+00:00")
    make_adapter(base, name="older", created="2026-03-02T00:10:00+09:00")
    make_adapter(base, name="undated", created="yesterday")
    assert automatic_with(base) == {Family.GUITAR: newer}


def test_a_namesake_of_another_base_does_not_hide_the_one_that_ships(base: Path, shipped: Path) -> None:
    file = make_adapter(base, path=shipped / "my-guitar" / "adapter.safetensors")
    make_adapter(make_base("other", seed=2), "guitar")
    assert automatic_with(base) == {Family.GUITAR: file}


def test_without_adapters_the_base_is_not_read(base: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "weights_hash", lambda path: pytest.fail("the base was read"))
    make_adapter(base, verdict=HARMS)
    assert automatic_with(base) == {} and choose("tiny").adapters == ()


# What is refused


def test_an_adapter_of_another_base_is_refused_with_both_names(base: Path) -> None:
    make_base("lite", seed=2)
    make_adapter(base)
    with pytest.raises(DuvError) as refused:
        choose("lite", "my-guitar")
    told = '"my-guitar" was made for the base model "tiny" (Tiny), which is installed, and "lite" is loaded'
    assert refused.value.message == told


def test_an_adapter_of_another_version_of_the_base_is_refused(base: Path, tmp_path: Path) -> None:
    file = make_adapter(make_base("tiny", tmp_path, seed=2))
    with pytest.raises(DuvError, match='"my-guitar" was made for another version of the base model "tiny"'):
        choose("tiny", file)


def test_two_adapters_for_one_family_cannot_both_be_asked_for(base: Path, tmp_path: Path) -> None:
    one = make_adapter(base)
    other = make_adapter(base, path=tmp_path / "other.safetensors")
    with pytest.raises(DuvError, match="two adapters for guitar"):
        choose(one, other)
    assert [file.path for _, file in choose(one, one).adapters] == [one]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 9}, "another version of DUV Studio"),
        ({"family": "kazoo"}, "makes no sense"),
        ({"kind": "magic"}, "makes no sense"),
        ({"verdict": "wonderful"}, "makes no sense"),
        ({"targets": []}, "makes no sense"),
        ({"targets": ["pitch"]}, "makes no sense"),
        ({"title": 7}, "makes no sense"),
        ({"odd": 1}, "makes no sense"),
        ({"kind": "statistics"}, "makes no sense"),  # without a player
        ({"r": 0}, "makes no sense"),
        ({"inputs": ["beat_pos", "aura_hint"]}, "reads aura_hint of a note"),
        ({"r": 8}, "does not hold the weights"),
        ({"modules": MODULES[1:]}, "does not hold the weights"),
        ({"modules": [*MODULES, "head_vel"]}, "does not hold the weights"),
    ],
)
def test_headers_that_do_not_fit_are_refused(base: Path, tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(DuvError, match=words):
        read_adapter_header(saved(tmp_path, asdict(header_for(base)) | change))


@pytest.mark.parametrize("header", ["{not json", "[]", "7", '{"schema": 1}'])
def test_a_header_that_is_none_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(DuvError, match="makes no sense"):
        read_adapter_header(saved(tmp_path, header))


def test_hints_without_their_weights_are_refused(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hints.HINTS, "made_hint", hints.Hint("made_hint", 2, (), None, "for tests"))
    header = asdict(header_for(base, inputs=("pitch", "made_hint")))
    with pytest.raises(DuvError, match="does not hold the weights"):
        read_adapter_header(saved(tmp_path, header))
    weights = {name: w.numpy() for name, w in adapter_weights(hints=2).items()}
    assert read_adapter_header(saved(tmp_path, header, weights)).hints == ("made_hint",)


def test_weights_that_are_no_numbers_are_refused(base: Path, tmp_path: Path) -> None:
    weights = {name: w.numpy() for name, w in adapter_weights().items()}
    weights[f"{MODULES[0]}.lora_B.weight"][0, 0] = np.nan
    with pytest.raises(DuvError, match=r"are no numbers: the tensor .* holds NaN or infinity"):
        load_adapter(saved(tmp_path, asdict(header_for(base)), weights))


def test_a_whole_model_is_no_adapter(base: Path) -> None:
    with pytest.raises(DuvError, match="is a whole model, not an adapter"):
        read_adapter_header(base)


# Old checkpoints: weights only, and never code


class Trap:
    """A pickle that writes a file when it is opened."""

    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.sprung, "sprung")


@pytest.mark.parametrize("form", ["zip", "plain", "nested"])
def test_a_pickle_with_code_is_not_opened(tmp_path: Path, form: str) -> None:
    sprung, path = tmp_path / "sprung", tmp_path / "duv_lora_best.ckpt"
    if form == "plain":
        path.write_bytes(pickle.dumps({"state_dict": Trap(sprung)}))
    else:
        torch.save(
            {"state_dict": adapter_weights(), "callbacks": Trap(sprung)} if form == "nested" else Trap(sprung), path
        )
    for use in (read_adapter_header, load_adapter, lambda p: choose(p), lambda p: choose(None, p)):
        with pytest.raises(DuvError, match="holds code, not only weights: it is not opened"):
            use(path)
    assert not sprung.exists()
    torch.load(path, weights_only=False) if form != "plain" else pickle.loads(path.read_bytes())
    assert sprung.exists(), "the trap works"


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (
            {"state_dict": {"a.lora_A.default.weight": torch.zeros(1)}},
            "holds LoRA weights, but does not say which base",
        ),
        ({"blocks.0.attn.q_proj.weight": torch.zeros(1)}, "weights of a network, but not its shape"),
        ({"state_dict": {"net.bias": torch.zeros(1)}, "epoch": 3}, "weights of a network, but not its shape"),
        ({"epoch": 3}, "no weights of a model or adapter"),
        (torch.zeros(3), "no weights of a model or adapter"),
    ],
)
def test_old_checkpoints_say_what_they_lack(tmp_path: Path, held: Any, words: str) -> None:
    path = tmp_path / "old.ckpt"
    torch.save(held, path)
    for use in (read_adapter_header, lambda p: choose(p)):
        with pytest.raises(DuvError, match=words) as refused:
            use(path)
        assert refused.value.hint and refused.value.file == path


def test_the_adapter_of_another_program_says_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "adapter_model.safetensors"
    save_file({"base_model.model.q_proj.lora_A.weight": np.zeros((2, 2), np.float32)}, path)
    with pytest.raises(DuvError, match="holds LoRA weights, but does not say which base"):
        read_adapter_header(path)


@pytest.mark.parametrize("content", [b"", b"MThd nonsense", b"PK\x03\x04 damaged", b"\x80\x02 damaged"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.ckpt"
    path.write_bytes(content)
    with pytest.raises(DuvError, match=r"x\.ckpt: (is not a model or adapter|is damaged|holds code)"):
        read_adapter_header(path)


def test_any_other_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.ckpt", "w") as archive:
        archive.writestr("song.txt", "la")
    with pytest.raises(DuvError, match="is a zip archive without weights"):
        read_adapter_header(tmp_path / "x.ckpt")


# The base of an adapter


def test_an_adapter_given_as_the_model_finds_its_base(base: Path, tmp_path: Path) -> None:
    make_base("other", seed=2)
    make_adapter(base, "bass", verdict=IMPROVES)
    file = make_adapter(base, path=tmp_path / "run" / "duv_lora_best.ckpt", verdict=HARMS)
    for given in (file, str(file), file.parent):
        choice = choose(given)
        assert choice.base.path == base
        assert {family: f.path.name for family, f in choice.adapters} == {
            Family.BASS: "adapter.safetensors",
            Family.GUITAR: "duv_lora_best.ckpt",
        }
    assert [family for family, _ in choose(file, "none").adapters] == [Family.GUITAR]
    assert choose("my-bass").base.path == base


@pytest.mark.parametrize("place", ["run/{name}", "{name}", "run/duv_universal.ckpt", "duv_universal.ckpt"])
def test_the_base_is_also_found_beside_the_adapter_and_above(tmp_path: Path, place: str) -> None:
    made = make_base("tiny", tmp_path / "elsewhere")
    (tmp_path / "work" / "run").mkdir(parents=True)
    target = tmp_path / "work" / place.format(name="duv_universal/model.safetensors")
    target.parent.mkdir(exist_ok=True)
    made.rename(target)
    (target.parent / "garbage.safetensors").write_bytes(b"?")
    file = make_adapter(target, path=tmp_path / "work" / "run" / "duv_lora_best.ckpt")
    assert base_model_of(file) == target


def test_a_base_that_is_missing_is_named(base: Path, tmp_path: Path) -> None:
    gone = make_base("gone", tmp_path / "old", seed=2)
    namesake = make_base("tiny", tmp_path / "older", seed=3)
    files = [make_adapter(b, path=tmp_path / f"{k}" / "x" / "a.safetensors") for k, b in enumerate((gone, namesake))]
    with pytest.raises(DuvError, match='its base model "gone" is missing \\('):
        choose(files[0])
    with pytest.raises(DuvError, match='its base model "tiny" is missing; the one of that name'):
        choose(files[1])


def test_a_choice_changes_with_the_files(base: Path) -> None:
    make_adapter(base)
    before = choose("tiny")
    assert choose("tiny") == before and hash(choose("tiny")) == hash(before)
    make_adapter(base, seed=1, title="Another title")
    assert choose("tiny") != before
    make_statistics(base, "bass")
    assert {family for family, _ in choose("tiny").adapters} == {Family.GUITAR, Family.BASS}
    assert choose("tiny", "none").adapters == ()


def test_a_model_that_is_neither_is_told_as_before() -> None:
    with pytest.raises(DuvError, match='no model "nothing"'):
        choose("nothing")
