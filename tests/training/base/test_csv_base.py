"""From tables of notes to a base model, by the guide's command."""

from __future__ import annotations

import argparse
import csv
import json
import signal
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from duv_studio.cli import train_base
from duv_studio.cli.parser import build_parser
from duv_studio.engine.features.hints import HINTS, Hint
from duv_studio.engine.features.note_features import FLOAT_FEATURES, features
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import load, read_header
from duv_studio.engine.model.inference import predict_track
from duv_studio.errors import DuvError
from duv_studio.training.base import csv_config as recipe
from duv_studio.training.base import csv_rows as rows
from duv_studio.training.base import trainer
from duv_studio.training.base.csv_rows import FEATURES, FLAGS, GUIDE, OURS, TEXTS, columns, feature_rows, read_csv
from duv_studio.training.base.csv_stats import read_stats
from duv_studio.training.base.csv_training import tracks_of
from duv_studio.training.base.csv_write import write_csvs
from duv_studio.training.base.trainer import CHECKPOINT_FILE
from duv_studio.training.data.manifest.lines import line_of
from duv_studio.training.data.played_track import PlayedTrack
from tests import ROOT
from tests.played_tracks import played_track, with_velocity

TINY = {
    "name": "tiny",
    "sets": [],
    "model": {"width": 32, "layers": 1, "heads": 2, "ff": 64, "dropout": 0.0, "feature_bins": 4},
    "optimiser": {"batch_size": 8, "window": 64, "lr": 5e-3, "warmup_steps": 300},
    "curriculum": {"velocity": {"flat": 1.0}, "duration": {"notated": 1.0}, "families": {"piano": 1.0}},
}


def tracks() -> list[PlayedTrack]:
    """Six songs to learn from, two to judge by."""
    return [played_track(240, seed=k, split="dev" if k > 5 else "train") for k in range(8)]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder `data` of the guide, in the current folder; the size "lite" is one that trains in seconds."""
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    monkeypatch.setitem(recipe.SIZES, "lite", str(tmp_path / "tiny.yaml"))
    monkeypatch.setattr("duv_studio.training.base.csv_training.has_format", lambda *_: False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    write_csvs(tracks(), *files(folder))
    return folder


def files(folder: Path) -> tuple[Path, Path, Path]:
    return folder / "universal_train.csv", folder / "universal_valid.csv", folder / "universal_stats.json"


def command(*more: str) -> argparse.Namespace:
    """The guide's command, with the small size."""
    guide = (
        "train-base --csv-train data/universal_train.csv --csv-valid data/universal_valid.csv"
        " --stats-json data/universal_stats.json --out checkpoints/duv_universal.ckpt --epochs 20"
    )
    return build_parser("train-base").parse_args([*guide.split(), "--size", "lite", "--device", "cpu", *more])


# ---- training --------------------------------------------------------------------------------------------------------


def test_the_guides_command_makes_a_model_that_has_learned_and_that_humanizes(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_base.run(command()) == 0
    told = capsys.readouterr()
    assert "20 epochs of 1,440 notes in 6 tracks: 57 steps of 8 windows of up to 64 notes." in told.err
    assert "Warning" not in told.err
    assert Humanizer("checkpoints/duv_universal.ckpt").name == "duv_universal"
    model, header = load(Path("checkpoints/duv_universal.ckpt"))
    assert header.steps == 57 and set(header.rendering) == {"piano"} and "of your own" in header.licence_note
    unseen = played_track(240, seed=99)
    flat = features(unseen.table(np.full(240, 64.0)))
    mean = predict_track(model, flat).velocity @ np.arange(64)
    assert np.corrcoef(mean, unseen.velocity)[0, 1] > 0.8


def test_card_log_and_statistics_lie_where_they_are_looked_for(data: Path) -> None:
    files(data)[2].unlink()
    assert train_base.run(command("--epochs", "1")) == 0
    card = Path("checkpoints/duv_universal.md").read_text()
    assert "| 6 | 1,440 |" in card and "| 2 | 480 |" in card and "--epochs 1" in card and "| piano |" in card
    assert {p.name for p in Path("checkpoints/duv_universal_work").iterdir()} == {CHECKPOINT_FILE, "log.jsonl"}
    stats = read_stats(files(data)[2])
    assert (stats.train.notes, stats.valid.tracks) == (1440, 2)
    expected = np.concatenate([feature_rows(t) for t in tracks() if t.split == "train"])
    np.testing.assert_allclose([stats.features[x] for x in FEATURES], np.stack([expected.mean(0), expected.std(0)], 1))


def test_the_statistics_that_are_there_are_the_models_scale(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = json.loads(files(data)[2].read_text())
    raw["model_inputs"]["register"] = {"mean": 7.0, "std": 0.5}
    files(data)[2].write_text(json.dumps(raw))
    assert train_base.run(command("--epochs", "1")) == 0
    model, _ = load(Path("checkpoints/duv_universal.ckpt"))
    place = FLOAT_FEATURES.index("register")
    assert (model.embed_floats.mean[place], model.embed_floats.std[place]) == (7.0, 0.5)
    assert model.embed_floats.mean[0] != model.embed_floats.mean[1]
    assert "was made from very different data, as register tell" in capsys.readouterr().err
    assert json.loads(files(data)[2].read_text()) == raw  # read, not written


def test_a_run_that_was_killed_goes_on_to_the_same_model(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "LOG_EVERY", 1)
    monkeypatch.setattr(trainer, "SAVE_EVERY", 2)
    out = Path("checkpoints/duv_universal.ckpt")
    assert train_base.run(command("--epochs", "3")) == 0
    whole = out.read_bytes()

    class KilledError(Exception):
        pass

    def kill(event: trainer.Event) -> None:
        if event.step == 5:
            raise KilledError

    again = ("--epochs", "3", "--work", "again")
    with monkeypatch.context() as killed, pytest.raises(KilledError):
        killed.setattr(train_base, "print_event", kill)
        train_base.run(command(*again))
    assert Path("again", CHECKPOINT_FILE).is_file()
    first: list[int] = []
    monkeypatch.setattr(train_base, "print_event", lambda event: first.append(event.step))
    out.unlink()
    assert train_base.run(command(*again)) == 0
    assert first[0] == 5 and out.read_bytes() == whole


def test_an_interrupted_run_says_where_it_stopped(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trainer, "LOG_EVERY", 1)
    monkeypatch.setattr(train_base, "print_event", lambda event: signal.raise_signal(signal.SIGINT))
    assert train_base.run(command()) == 1
    assert "Stopped at step 1; the same command goes on from there." in capsys.readouterr().err
    assert not Path("checkpoints/duv_universal.ckpt").exists()
    assert train_base.run(command("--export-only")) == 0
    assert read_header(Path("checkpoints/duv_universal.ckpt")).steps == 1


def test_a_run_is_not_gone_on_with_other_data(data: Path) -> None:
    assert train_base.run(command("--epochs", "1")) == 0
    write_csvs([*tracks(), played_track(240, seed=50)], *files(data))
    with pytest.raises(DuvError, match="made by another recipe"):
        train_base.run(command("--epochs", "1"))


def test_songs_on_both_sides_are_warned_of(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = [played_track(240, seed=k % 2, split="dev" if k > 1 else "train") for k in range(4)]
    write_csvs(both, *files(data))
    assert train_base.run(command("--epochs", "1")) == 0
    told = capsys.readouterr().err
    assert "Warning: 2 of the validation songs are also trained on (song 0, song 1)" in told


def test_a_model_that_hears_no_lengths_is_warned_of(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drums = [played_track(240, seed=k, family=Family.DRUMS, split="dev" if k else "train") for k in range(2)]
    write_csvs(drums, *files(data))
    assert train_base.run(command("--epochs", "1", "--seed", "7")) == 0
    assert "Warning: no track tells how long its notes were held" in capsys.readouterr().err
    assert "--size lite --seed 7`" in Path("checkpoints/duv_universal.md").read_text()


def test_statistics_of_other_tables_are_told(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stats = files(data)[2].read_text()
    write_csvs(tracks()[:4] + tracks()[6:], *files(data))
    files(data)[2].write_text(stats)
    assert train_base.run(command("--epochs", "1")) == 0
    assert "counts 1,440 training notes, the CSV file has 960; its scale is used." in capsys.readouterr().err


def test_wrong_options_are_one_sentence(data: Path) -> None:
    cases = [
        (["--config", "x.yaml"], "--csv-train and --config belong to two ways"),
        (["--steps", "3"], "--csv-train and --steps belong to two ways"),
        (["--epochs", "0"], "--epochs must be at least 1, not 0"),
        (["--out", "data"], "is a folder"),
        (["--export-only"], "no checkpoint to make a model from"),
        (["--csv-valid", "nobody.csv"], "there is no such table"),
    ]
    for more, said in cases:
        with pytest.raises(DuvError, match=said):
            train_base.run(command(*more))
    for given, missing in (
        (["--csv-train", "a.csv"], "required: --csv-valid, --stats-json, --out"),
        (["--config", "a.yaml"], "required: --data, --work"),
        ([], "required: --config, --data, --work"),
    ):
        with pytest.raises(DuvError, match=missing):
            train_base.run(build_parser("train-base").parse_args(["train-base", *given]))
    assert not Path("checkpoints").exists()


# ---- tables ----------------------------------------------------------------------------------------------------------


def same(one: PlayedTrack, other: PlayedTrack) -> None:
    for field in fields(PlayedTrack):
        before, after = getattr(one, field.name), getattr(other, field.name)
        if isinstance(before, np.ndarray):
            np.testing.assert_allclose(before, after, atol=1e-6, err_msg=field.name)
        elif field.name == "hints":
            assert before.keys() == after.keys()
            for name in before:
                np.testing.assert_allclose(
                    np.reshape(before[name], (len(one), -1)), np.reshape(after[name], (len(one), -1))
                )
        else:
            assert before == after, field.name


def table(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def test_tables_hold_everything_that_tracks_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HINTS, "made_onehot", Hint("made_onehot", 2, (), None, "two columns that only the song tells"))
    monkeypatch.setitem(HINTS, "made_hint", Hint("made_hint", 1, (), None, "one column that only the song tells"))
    told = {"made_onehot": np.eye(2)[np.arange(60) % 2], "made_hint": np.arange(60.0)}
    waltz = {"numerator": np.full(60, 3), "beat": np.arange(60) / 2 % 3, "bar_length": np.full(60, 3.0)}
    before = [
        played_track(60, seed=1),
        replace(played_track(60, seed=2, family=Family.DRUMS), song='a "song", with; marks', player="日本"),
        replace(played_track(60, seed=3, family=Family.GUITAR), hints=told, free=True, pedal=True),
        replace(played_track(60, seed=4), **waltz, bar=np.arange(60) // 6),
        played_track(60, seed=5, split="dev"),
    ]
    stats = write_csvs(iter(before), *files(tmp_path))
    train, valid = (list(read_csv(path)) for path in files(tmp_path)[:2])
    assert (stats.train.tracks, stats.valid.notes) == (4, 60)
    for one, other in zip(before, [*train, *valid], strict=True):
        same(one, other)


def test_every_key_of_a_manifest_line_has_its_column() -> None:
    known = {*TEXTS, *FLAGS, *GUIDE, *OURS, *HINTS, *rows.UNSTORED_KEYS}
    assert set(line_of(played_track(60))) <= known
    assert len(columns()) == len(set(columns()))


def test_the_documentation_names_every_column() -> None:
    text = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in (rows.TRACK_ID, *TEXTS, *FLAGS, *GUIDE, *OURS))


NOTES = ["0,60,64,0.5,0,0.5", "0.5,62,70,0.4,0.5,0.5", "1.5,64,80,1,1,1"]


def test_the_guides_columns_are_enough(tmp_path: Path) -> None:
    path = table(tmp_path / "bass_train.csv", "beat_pos,pitch,velocity,dur_beats,prev_ioi,next_ioi", *NOTES)
    (track,) = read_csv(path)
    np.testing.assert_allclose(track.onset, [0, 0.5, 1.5])
    np.testing.assert_allclose(track.played_duration, [0.5, 0.4, 1])
    assert (track.family, track.song, list(track.velocity)) == (Family.BASS, "bass_train", [64, 70, 80])


def test_tracks_are_told_apart_by_id_or_file(tmp_path: Path) -> None:
    head = "beat_pos,pitch,velocity,dur_beats,prev_ioi,next_ioi,other"
    by_id = table(tmp_path / "a.csv", f"track_id,{head}", *(f"{k},{note},x" for k in "12" for note in NOTES))
    assert [(len(t), t.song) for t in read_csv(by_id)] == [(3, "a 1"), (3, "a 2")]
    semicolons = [f"{k}.mid;{note};x".replace(",", ";") for k in "xyz" for note in NOTES]
    by_file = table(tmp_path / "b.csv", "\ufefffile;" + head.replace(",", ";"), *semicolons, "")
    assert [t.song for t in read_csv(by_file)] == ["x", "y", "z"]


BROKEN = [
    (["beat_pos,pitch,dur_beats,prev_ioi", "0,60,1,0"], "No data loaded: the columns velocity are missing"),
    (["pitch,velocity,dur_beats", "60,1,0"], "No data loaded: the columns prev_ioi or onset_beats are missing"),
    (["pitch,velocity,dur_beats,prev_ioi,pitch"], "the columns pitch are there twice"),
    (
        ["pitch,velocity,dur_beats,prev_ioi", "60,64,1,0", "60,loud,1,1"],
        'row 3: velocity is "loud"; it must be a number',
    ),
    (["pitch,velocity,dur_beats,prev_ioi", "60,64,1,0", "60,64,1"], "row 3 has 3 cells, the head has 4"),
    (["pitch,velocity,dur_beats,prev_ioi", "60,64,1,0", "60,,1,1"], 'No data loaded: rows 2 to 3: "velocity"'),
    (
        ["pitch,velocity,dur_beats,prev_ioi", "60,640,1,0"],
        'No data loaded: rows 2 to 2: "velocity" should be from 1 to 127',
    ),
    (
        ["file,pitch,velocity,dur_beats,prev_ioi", "a,60,64,1,0", "b,60,64,1,0", "a,60,64,1,0"],
        "rows of one track must be together",
    ),
    (["free,pitch,velocity,dur_beats,prev_ioi", "perhaps,60,64,1,0"], '"free" should be true or false'),
    ([""], "No data loaded: the columns pitch, velocity, dur_beats, prev_ioi or onset_beats are missing"),
]


@pytest.mark.parametrize(("lines", "said"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_table_is_one_sentence(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(DuvError) as caught:
        list(read_csv(table(tmp_path / "a.csv", *lines)))
    assert said in caught.value.message and caught.value.file == tmp_path / "a.csv"


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DuvError, match="is no CSV table"):
        list(read_csv(tmp_path / "a.csv"))


def test_a_table_without_anything_played_is_no_data(tmp_path: Path) -> None:
    flat = with_velocity(played_track(60), np.full(60, 64))
    write_csvs([flat, played_track(5)], *files(tmp_path))
    with pytest.raises(DuvError, match="No data loaded: no track has 8 notes of more than one velocity"):
        tracks_of(files(tmp_path)[0])


def test_tables_that_could_not_be_finished_leave_the_old_ones(tmp_path: Path) -> None:
    write_csvs(tracks(), *files(tmp_path))
    before = [path.read_bytes() for path in files(tmp_path)]

    def some() -> object:
        yield played_track(60)
        raise DuvError("the disk is full")

    with pytest.raises(DuvError, match="full"):
        write_csvs(some(), *files(tmp_path))  # type: ignore[arg-type]
    assert [path.read_bytes() for path in files(tmp_path)] == before
    assert len(list(tmp_path.iterdir())) == 3


def test_tables_are_what_csv_readers_expect(tmp_path: Path) -> None:
    write_csvs(tracks(), *files(tmp_path))
    with files(tmp_path)[0].open(newline="") as f:
        read = list(csv.DictReader(f))
    assert len(read) == 1440 and list(read[0]) == columns()
    assert {row["track_id"] for row in read} == {"1", "2", "3", "4", "5", "6"}
    assert (read[1]["velocity"], read[1]["beat_pos"], read[1]["meter"]) == (
        f"{tracks()[0].velocity[1]:.0f}",
        "0.5",
        "4/4",
    )
