"""Surveys of folders and manifests: the counts of a training before it is one, and what they warn of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.errors import Cancelled, DuvError
from duv_studio.training.data.manifest.filters import Filters
from duv_studio.training.lora.dataset.material import gather
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.lora.survey.reader import read_source
from duv_studio.training.lora.survey.survey import DataSummary, FileRow, summarise, survey
from tests.lora_runs import rule_tracks, write_manifest
from tests.midi_builder import TrackSpec, build_song

ANY = Filters(1, 1e9, 0.0)


def take(
    seed: int, notes: int = 80, *, program: int = 25, velocities: int = 80, lengths: bool = True, raw: bool = True
) -> TrackSpec:
    """Eighths: `velocities` how many different ones, `lengths` whether they differ, `raw` whether onsets do."""
    rng = np.random.default_rng(seed)
    velocity = 40 + rng.permutation(notes) % velocities * (80 // velocities)
    held = rng.integers(120, 240, notes) if lengths else np.full(notes, 216)
    late = rng.integers(1, 12, notes) if raw else np.zeros(notes)
    pitch = rng.integers(45, 70, notes)
    rows = [(int(k * 240 + late[k]), int(held[k]), int(pitch[k]), int(velocity[k])) for k in range(notes)]
    return TrackSpec(rows, program=program, name="Take")


def folder_of(tmp_path: Path, files: dict[str, list[TrackSpec] | bytes]) -> Path:
    folder = tmp_path / "midi"
    for name, made in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made if isinstance(made, bytes) else build_song(made, tempos=[(0, 120.0)]))
    return folder


def of_folder(tmp_path: Path, files: dict[str, list[TrackSpec] | bytes], **how: Any) -> DataSummary:
    folder = folder_of(tmp_path, files)
    return survey(folder, Family.GUITAR, how.pop("filters", Filters()), tmp_path / "out" / "made.jsonl", **how)


def row(summary: DataSummary, name: str) -> FileRow:
    return next(row for row in summary.files if row.name == name)


def test_every_file_of_a_folder_is_told_of(tmp_path: Path) -> None:
    files: dict[str, list[TrackSpec] | bytes] = {f"take {k}.mid": [take(k)] for k in range(4)}
    files |= {
        "曲/ピアノ.mid": [take(9, program=0)],
        "broken.mid": b"MThd, or so they say",
        "both.mid": [take(10), take(11, program=33)],
        "short.mid": [take(12, notes=20)],
        "copy.mid": [take(0)],
        "._copy.mid": b"\0\5\x16\7 of macOS",
    }
    found = of_folder(tmp_path, files)
    assert [r.name for r in found.files] == sorted(files)
    assert (found.count("ok"), found.count("skipped"), found.count("failed")) == (5, 4, 1)
    assert row(found, "._copy.mid").why.startswith("macOS")
    assert row(found, "曲/ピアノ.mid").why == "it is piano" and row(found, "short.mid").why == "fewer than 64 notes"
    assert row(found, "broken.mid").why and row(found, "broken.mid").path == tmp_path / "midi" / "broken.mid"
    assert row(found, "both.mid").tracks == 1 and row(found, "both.mid").why == "it is bass"
    first, again = row(found, "copy.mid"), row(found, "take 0.mid")
    assert (first.status, again.status, again.why) == ("ok", "skipped", "the same performance again")
    assert found.tracks == 5 and found.notes == found.velocity.total == 400 and found.songs == 5
    assert found.duration.total == 400 and found.seconds == pytest.approx(5 * 20, rel=0.02)
    assert "400 notes in 5 files" in found.tier.sentence and not found.tier.trains


def test_it_tells_what_a_training_would_find(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "guitar.jsonl", [*rule_tracks(14), *rule_tracks(2, family=Family.BASS)])
    found = survey(manifest, Family.GUITAR, Filters(), tmp_path / "unused.jsonl", train_split=0.7, seed=5)
    recipe = LoraRecipe(
        manifest=(str(manifest),),
        output_dir=str(tmp_path / "out"),
        train_split=0.7,
        trainer=LoraRecipe.model_fields["trainer"].default.model_copy(update={"seed": 5}),
    )
    material = gather(recipe, Family.GUITAR)
    split = material.split
    for part, tracks in (("train", split.train), ("val", split.val), ("test", split.test)):
        assert found.split.songs[part] == len({t.song for t in tracks})
        assert found.split.notes[part] == sum(map(len, tracks))
    assert found.tier == material.tier and found.manifest == (manifest,)
    assert not (tmp_path / "unused.jsonl").exists()
    parts = {r.name: r.part for r in found.files if r.status == "ok"}
    assert {name for name, part in parts.items() if part == "test"} == {t.song for t in split.test}


def test_other_filters_need_no_other_reading(tmp_path: Path) -> None:
    files: dict[str, list[TrackSpec] | bytes] = {"a.mid": [take(1)], "b.mid": [take(2, notes=200)]}
    reading = read_source(folder_of(tmp_path, files), Family.GUITAR, tmp_path / "made.jsonl")
    assert summarise(reading, Filters()).tracks == 2
    assert row(summarise(reading, Filters(min_notes=100)), "a.mid").why == "fewer than 100 notes"
    assert row(summarise(reading, Filters(max_duration_sec=30)), "b.mid").why == "longer than 30 s"
    none = summarise(reading, Filters(min_notes=1000))
    assert not none.usable and none.doubts[0].kind == "error"
    assert "fewer than 1000 notes (2 tracks)" in none.doubts[0].text


def test_a_folder_in_which_nothing_fits_leaves_no_manifest(tmp_path: Path) -> None:
    found = of_folder(tmp_path, {"a.mid": [take(1, program=0)], "b.mid": b"no"})
    assert not found.usable and found.manifest == () and found.doubts[0].title == "Nothing here can be used for guitar"
    assert "it is piano" in found.doubts[0].text and "1 of 2 files could not be read" in found.doubts[0].text
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("topic", "kind", "how"),
    [
        ("velocity", "error", {"velocities": 2}),
        ("length", "error", {"lengths": False}),
        ("grid", "info", {"raw": False}),
    ],
)
def test_what_nobody_played_is_doubted(tmp_path: Path, topic: str, kind: str, how: dict[str, Any]) -> None:
    found = of_folder(tmp_path, {f"{k}.mid": [take(k, **how)] for k in range(5)})
    (doubt,) = found.doubts
    assert (doubt.topic, doubt.kind) == (topic, kind) and "All 5 tracks have" in doubt.text


def test_single_velocities_are_left_out_and_counted(tmp_path: Path) -> None:
    files = {f"{k}.mid": [take(k, velocities=1 if k < 3 else 80)] for k in range(8)}
    found = of_folder(tmp_path, dict(files))
    (doubt,) = found.doubts
    assert found.tracks == 5 and doubt.topic == "velocity" and doubt.kind == "warning"
    assert doubt.text.startswith("3 of 8 tracks have") and "3 tracks with a single velocity are left out" in doubt.text


def test_pasted_bars_are_doubted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    bar = [(k * 240 + int(rng.integers(1, 9)), int(rng.integers(100, 240)), 50 + k, 60 + 7 * k) for k in range(8)]
    loop = [(onset + 1920 * n, *rest) for n in range(12) for onset, *rest in bar]
    found = of_folder(tmp_path, {"loop.mid": [TrackSpec(loop, program=25)]})  # type: ignore[misc]
    assert "copies" in {doubt.topic for doubt in found.doubts}


def test_good_playing_is_not_doubted(tmp_path: Path) -> None:
    assert of_folder(tmp_path, {f"{k}.mid": [take(k)] for k in range(3)}).doubts == ()


def test_drums_have_no_lengths(tmp_path: Path) -> None:
    drums = TrackSpec(take(0).notes, channel=9)
    folder = folder_of(tmp_path, {"d.mid": [drums]})
    found = survey(folder, Family.DRUMS, ANY, tmp_path / "out.jsonl")
    assert found.tracks == 1 and found.duration.total == 0 and found.velocity.total == found.notes


def test_a_list_of_files_and_several_manifests(tmp_path: Path) -> None:
    folder_of(tmp_path, {"a.mid": [take(1)], "b.mid": [take(2)]})
    listed = tmp_path / "midi" / "list.jsonl"
    listed.write_text("".join(json.dumps({"file": name, "song": "one"}) + "\n" for name in ("a.mid", "b.mid")))
    found = survey(listed, Family.GUITAR, Filters(), tmp_path / "made.jsonl")
    assert found.tracks == 2 and found.songs == 1 and found.manifest == (tmp_path / "made.jsonl",)
    more = write_manifest(tmp_path / "more.jsonl", rule_tracks(2))
    both = survey((tmp_path / "made.jsonl", more), Family.GUITAR, Filters(), tmp_path / "unused.jsonl")
    assert both.tracks == 4 and both.songs == 3


def test_data_sets_bring_their_licences(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "m.jsonl", rule_tracks(3, corpus="asap_NC"))
    (licence,) = survey(manifest, Family.GUITAR, Filters(), tmp_path / "x").licences
    assert "CC BY-NC-SA 4.0" in licence and "not for commercial use" in licence
    assert survey(write_manifest(manifest, rule_tracks(3)), Family.GUITAR, Filters(), tmp_path / "x").licences == ()


def test_a_line_that_stops_a_training_stops_a_survey(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "m.jsonl", rule_tracks(2))
    manifest.write_text(manifest.read_text() + '{"pitch": [60]}\n')
    with pytest.raises(DuvError, match="line 3"):
        survey(manifest, Family.GUITAR, Filters(), tmp_path / "x")


@pytest.mark.parametrize("source", ["empty", "nowhere.jsonl", "nowhere.mid"])
def test_nothing_to_read_is_an_error(tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DuvError):
        survey(tmp_path / source, None, Filters(), tmp_path / "out.jsonl")


def test_a_cancelled_survey_leaves_the_old_manifest(tmp_path: Path) -> None:
    files = {f"{k}.mid": [take(k)] for k in range(5)}
    folder, out = folder_of(tmp_path, dict(files)), tmp_path / "out" / "made.jsonl"
    out.parent.mkdir()
    out.write_text("as it was")
    told: list[float] = []
    with pytest.raises(Cancelled):
        survey(folder, Family.GUITAR, Filters(), out, told.append, lambda: len(told) >= 2)
    assert out.read_text() == "as it was" and [p.name for p in out.parent.iterdir()] == [out.name]
    assert len(told) == 2


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[float] = []
    of_folder(tmp_path, {f"{k}.mid": [take(k)] for k in range(5)}, progress=told.append)
    assert told == sorted(told) and told[-1] == 1.0 and len(told) > 5


def test_several_processes_find_the_same(tmp_path: Path) -> None:
    files = {f"{k:03}.mid": [take(k, notes=64)] for k in range(70)}
    folder = folder_of(tmp_path, dict(files))
    alone, together = (
        summarise(read_source(folder, Family.GUITAR, tmp_path / f"{n}.jsonl", processes=n), Filters()) for n in (1, 2)
    )
    assert alone.files == together.files and alone.split == together.split
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()


def test_it_needs_no_torch() -> None:
    modules = "duv_studio.training.lora.survey.survey, duv_studio.training.lora.trial.dry_run"
    code = f"import sys, {modules}; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
