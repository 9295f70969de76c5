"""Reading the data sets, from made-up ones of the same layout."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from duv_studio.engine import Family
from duv_studio.errors import DuvError
from duv_studio.training.data.corpora.registry import CORPORA, load_corpora
from tests.midi_builder import NoteTuple, TrackSpec, build_song
from tests.training.data.corpora.test_giantmidi import make_giantmidi

PEDAL_DOWN, PEDAL_UP = bytes([0xB0, 64, 127]), bytes([0xB0, 64, 0])


def played(notes: int = 16, step: int = 240, late: int = 7) -> list[NoteTuple]:
    return [(k * step + (late if k else 0), 200, 36 if k % 2 else 22, 40 + 5 * (k % 8)) for k in range(notes)]


def make_gmd(folder: Path) -> None:
    (folder / "midi" / "drummer1").mkdir(parents=True)
    head = "drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,audio_filename,duration,split\n"
    rows = [f"drummer1,s,{s}/1,rock,120,beat,4-4,drummer1/{s}.mid,,1,{s}\n" for s in ("train", "validation", "test")]
    (folder / "info.csv").write_text(head + "".join(rows))
    for split in ("train", "validation", "test"):
        data = build_song([TrackSpec(played(), channel=9)], tempos=[(0, 120)], signatures=[(0, 4, 4)])
        (folder / "midi" / "drummer1" / f"{split}.mid").write_bytes(data)


def make_pop909(folder: Path) -> None:
    for name in ("midi", "annotations"):
        (folder / name).mkdir(parents=True)
    # Half a second before the first beat, at 120 BPM: every beat is 480 ticks.
    notes = [(480 + k * 240, 200, 60 + k % 12, 50 + 3 * (k % 10)) for k in range(32)]
    events = [(480 + 100, PEDAL_DOWN), (480 + 470, PEDAL_UP)]
    flat = [(480 + k * 240, 200, 72, 64) for k in range(32)]
    tracks = [
        TrackSpec(notes, name="PIANO", events=events),
        TrackSpec(flat, name="BRIDGE"),
        TrackSpec(notes, name="MELODY"),
    ]
    (folder / "midi" / "001.mid").write_bytes(build_song(tracks, tempos=[(0, 120)]))
    beats = [f"{0.5 + 0.5 * k} {float(k % 2 == 0)} {float(k % 4 == 2)}\n" for k in range(20)]
    (folder / "annotations" / "001_beat_midi.txt").write_text("".join(beats))


def make_open_multitrack(folder: Path) -> None:
    (folder / "someone").mkdir(parents=True)
    shaped = [(k * 240, 230, 40 + k % 7, 50 + 7 * (k % 9)) for k in range(24)]
    tracks = [
        TrackSpec(shaped, channel=0, program=33),
        TrackSpec([(k * 480, 240, 60, 90) for k in range(24)], channel=1),
    ]
    (folder / "someone" / "song.mid").write_bytes(build_song(tracks))
    mean = float(np.mean([v for *_, v in shaped]))
    head = "source,file,licence,track_index_symusic,family,gm_program,track_name,n_notes,vel_mean,vel_std,vel_distinct"
    rows = [
        f"someone,someone/song.mid,x,0,bass,33,,24,{mean:.1f},10,9,0,B",
        "someone,someone/song.mid,x,1,piano,0,,24,90,0,1,0,C",
    ]
    (folder / "manifest.csv").write_text("\n".join([head + ",onset_dev_ms,quality", *rows]) + "\n")


def make_bach(folder: Path) -> None:
    folder.mkdir(parents=True)
    head = "score_onset_qn\tscore_dur_qn\tbar\tpos_in_bar_qn\tpitch\tperf_onset_s\tperf_dur_s\tvelocity\tlevel_dbA"
    rows = [
        f"{k / 2}\t0.5\t{1 + k // 6}\t{k % 6 / 2}\t{60 + k}\t{k * 0.3}\t0.2\t{60 + 4 * (k % 5)}\t40" for k in range(24)
    ]
    (folder / "someone_bwv1.tsv").write_text("\n".join([head, *rows]) + "\n")
    (folder / "someone_bwv1.json").write_text(json.dumps({"time_signature": "3/4", "pickup_qn": 0}))


def make_asap(folder: Path) -> None:
    """Two performances of two works from the same four bars: in time, and lost by the aligner after the first bar."""
    head = "bar\tbeat\tscore_onset_beat\tscore_dur_beat\tpitch\tperf_onset_ms\tperf_dur_ms\tvelocity\tmarks"
    names = ["Bach/Fugue/bwv_863/LeeN01M", "Haydn/Sonata/1-1_no_repeat/Shi05M"]
    for name in names:
        (folder / name).parent.mkdir(parents=True)
        # 500 ms a beat; the grace note at 2 has no written length. Ticks are milliseconds / 1.041666 at 480 and 120.
        notes = [(480 + k * 240 + k % 3, 120, 60 + k % 5, 40 + k) for k in range(32)]
        data = build_song([TrackSpec(notes, events=[(500, PEDAL_DOWN), (700, PEDAL_UP)])], tempos=[(0, 120)])
        (folder / f"{name}.mid").write_bytes(data)
        rows = []
        for k, (tick, length, _, velocity) in enumerate(notes):
            ms, score = round(tick / 0.96), -0.5 + k * 0.5
            if "Haydn" in name and k > 8:
                score += 20 * (k % 7)
            rows.append(f"1\t1\t{score}\t{0 if k == 2 else 0.5}\tNone\t{ms}\t{round(length / 0.96)}\t{velocity}\t")
        text = "\n".join([head, "# timesig\t0\t3/4", *rows]) + "\n"
        (folder / f"{name}.aligned.tsv").write_text(text)
    rows = [f"{n}.mid,x,x,x,1.0,32,32" for n in names]
    head = "midi_performance,composer,title,midi_score,robust_note_alignment,n_notes,n_aligned"
    (folder / "manifest.csv").write_text("\n".join([head, *rows]) + "\n")


def make_rwc(folder: Path) -> None:
    for name in ("midi/RWC-P", "beats/RWC-P"):
        (folder / name).mkdir(parents=True)
    shaped = [(480 + k * 240, 230, 40 + k % 7, 50 + 5 * (k % 13)) for k in range(60)]
    flat = [(480 + k * 240, 230, 40, 90) for k in range(60)]
    tracks = [
        TrackSpec(shaped, channel=0, program=25),
        TrackSpec(flat, channel=1, program=33),
        TrackSpec(shaped, channel=9),
    ]
    for name in ("RWC_P001A", "RWC_P002"):
        (folder / f"midi/RWC-P/{name}.mid").write_bytes(build_song(tracks, tempos=[(0, 120)]))
        beats = "".join(f"{0.48 + 0.5 * k};{1 + k % 4}\n" for k in range(40))
        (folder / f"beats/RWC-P/{name}.csv").write_text("t;beat\n" + beats)
    head = "file,subset,midi_minus_beat_offset_s,grid_concentration_16th,n_piano,n_drums,n_guitar"
    rows = ["midi/RWC-P/RWC_P001A.mid,P,0.02,0.9,0,60,60", "midi/RWC-P/RWC_P002.mid,P,0.02,0.1,0,60,60"]
    (folder / "manifest.csv").write_text("\n".join([head, *rows]) + "\n")


MAKERS = {
    "gmd": make_gmd,
    "pop909": make_pop909,
    "open_multitrack": make_open_multitrack,
    "bach_violin_audio": make_bach,
    "giantmidi_eval": make_giantmidi,
    "asap_NC": make_asap,
    "rwc_NC": make_rwc,
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, make in MAKERS.items():
        make(tmp_path / name)
    return tmp_path


def test_every_set_is_read(data: Path) -> None:
    assert set(MAKERS) == set(CORPORA)
    assert {c.name for c in CORPORA.values() if not c.may_ship} == {"asap_NC", "rwc_NC"}
    tracks = load_corpora(data, CORPORA)
    assert {t.corpus for t in tracks} == {*CORPORA, "asap_NC performed", "giantmidi_eval performed"}
    for track in tracks:
        lengths = {len(v) for v in vars(track).values() if isinstance(v, np.ndarray)}
        assert lengths == {len(track)}
        assert (np.diff(track.onset) >= 0).all() and (track.velocity >= 1).all()
        assert (track.beat >= 0).all() and (track.beat < track.bar_length).all()


def test_drums_are_quantised_mapped_and_split_as_published(data: Path) -> None:
    train, dev = load_corpora(data, ["gmd"])
    assert (train.split, dev.split) == ("train", "dev"), "the official test split is never read"
    np.testing.assert_allclose(train.onset, np.arange(16) / 2)
    assert set(train.pitch) == {36, 22} and train.family is Family.DRUMS, "the edge of a hat is a piece of its own"
    assert np.isnan(train.played_duration).all()


def test_piano_stands_on_its_beat_annotation(data: Path) -> None:
    piano, _ = load_corpora(data, ["pop909"])
    np.testing.assert_allclose(piano.onset, np.arange(32) / 2)
    assert piano.bar[0] == 0 and piano.beat[0] == 2, "the first downbeat is the third beat"
    assert piano.beat[4] == 0 and piano.bar[4] == 1
    np.testing.assert_allclose(piano.played_duration, 200 / 480, atol=1e-6)
    assert piano.sustained_duration[0] == pytest.approx(0.5), "the pedal holds it to the end of what is written"
    np.testing.assert_allclose(piano.sustained_duration[5:], 200 / 480, atol=1e-6)
    np.testing.assert_allclose(piano.bpm, 120)


def test_the_parts_of_a_song_also_come_as_one_piano(data: Path) -> None:
    piano, whole = load_corpora(data, ["pop909"])
    assert len(whole) == 2 * len(piano), "melody doubles the piano here, and doubles count once; the flat bridge joins"
    assert (whole.song, whole.split) == (piano.song, piano.split)


def test_flat_tracks_are_no_players(data: Path) -> None:
    (bass,) = load_corpora(data, ["open_multitrack"])
    assert bass.family is Family.BASS and len(bass) == 24


def test_violin_keeps_its_measured_lengths(data: Path) -> None:
    (violin,) = load_corpora(data, ["bach_violin_audio"])
    assert violin.family is Family.STRINGS and set(violin.numerator) == {3}
    np.testing.assert_allclose(violin.played_duration, 0.2 / 0.6, rtol=1e-6)


def test_a_pianist_is_read_beside_the_score_and_with_their_own_timing(data: Path) -> None:
    tracks = load_corpora(data, ["asap_NC"])
    scored, free = ([t for t in tracks if t.free is wanted] for wanted in (False, True))
    assert [t.song for t in free] == ["Bach/Fugue/bwv_863", "Haydn/Sonata/1-1"], "repeats or not, it is the same work"
    assert [t.song for t in scored] == ["Bach/Fugue/bwv_863"], "the other one's alignment went astray"
    (bach,) = scored
    assert bach.split == "dev" and len(bach) == 31, "held out with the benchmark, and a grace note left out"
    np.testing.assert_allclose(bach.onset[:3], [2.5, 3.0, 4.0], err_msg="a pickup keeps its place in the bar")
    assert bach.beat[:3].tolist() == [2.5, 0, 1] and bach.bar[:3].tolist() == [0, 1, 1]
    np.testing.assert_allclose(bach.played_duration[2:], 0.25, atol=0.02)
    assert bach.pitch[:3].tolist() == [60, 61, 63], "pitches come from the performance"
    np.testing.assert_allclose(bach.bpm, 120, rtol=0.05)
    assert len(free[0]) == 32 and free[0].onset[0] == 0 and free[0].bpm[0] == 120


def test_transcriptions_are_taken_where_shaped_and_on_their_beats(data: Path) -> None:
    guitar, drums = load_corpora(data, ["rwc_NC"])
    assert (guitar.family, drums.family) == (Family.GUITAR, Family.DRUMS), "the flat bass and the loose file are left"
    assert guitar.song == "RWC_P001", "movements of a work are held out together"
    np.testing.assert_allclose(guitar.onset, np.arange(60) / 2, err_msg="beats are moved by the measured offset")
    assert np.isnan(drums.played_duration).all() and np.isfinite(guitar.played_duration).all()


def test_drummers_that_nobody_learns_from_are_held_out(data: Path) -> None:
    info = data / "gmd" / "info.csv"
    info.write_text(info.read_text().replace("drummer1,s,train", "drummer7,s,train"))
    assert [t.split for t in load_corpora(data, ["gmd"])] == ["dev", "dev"]


def test_archives_are_unpacked_once(data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    packed, cache = tmp_path_factory.mktemp("packed"), tmp_path_factory.mktemp("cache")
    (packed / "gmd").mkdir()
    with tarfile.open(packed / "gmd" / "gmd.tar.xz", "w:xz") as archive:
        archive.add(data / "gmd", arcname="gmd")
    first = load_corpora(packed, ["gmd"], cache)
    stamp = [p.stat().st_mtime_ns for p in cache.iterdir()]
    assert len(load_corpora(packed, ["gmd"], cache)) == len(first) == 2
    assert [p.stat().st_mtime_ns for p in cache.iterdir()] == stamp


def test_unknown_and_missing_sets_are_named(tmp_path: Path) -> None:
    with pytest.raises(DuvError, match='no data set "nonsense"'):
        load_corpora(tmp_path, ["nonsense"])
    with pytest.raises(DuvError, match='"gmd" is not there'):
        load_corpora(tmp_path, ["gmd"])
