"""GiantMIDI-Piano, read from a made-up set of the same layout: what is learned of lengths, splits, what is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.training.data.corpora import giantmidi
from duv_studio.training.data.corpora.giantmidi import CORPUS, PERFORMED
from duv_studio.training.data.played_track import PlayedTrack
from tests.midi_builder import build_song

SONATA = "Brahms_Sonata_RhZq"  # two movements of one recording
HAYDN, HANDEL = "Haydn_Keyboard_Sonata_in_C_minor_Hob_XVI_20_hwOl_cut_mov_1", "Handel_Air_in_E_HWV425_bNzV"
RECORDINGS = {f"{SONATA}_mov_1": "RhZq", f"{SONATA}_mov_2": "RhZq", HAYDN: "hwOl", HANDEL: "bNzV"}
EIGHTHS, LATE = 24, 20  # of them, and which one's upper note was matched with one that was struck far too late
COLUMNS = "onset_s\tdur_s\tpitch\tvelocity\tscore_onset_qn\tscore_dur_qn\tbar\tbeat_qn\tnumerator\tdenominator"


def make_giantmidi(folder: Path) -> None:
    """Four recordings in eighths of a quarter second, the upper note staccato, the lower held by the pedal."""
    folder.mkdir(parents=True)
    rows = ["midi,composer,youtube,notes,seconds,aligned_notes,matched"]
    for name, youtube in RECORDINGS.items():
        notes = [(240 + k * 240, length, pitch, 40 + k) for k in range(EIGHTHS) for pitch, length in _CHORD]
        (folder / f"{name}.mid").write_bytes(build_song([notes], tempos=[(0, 120)]))
        if name != HANDEL:
            (folder / f"{name}.aligned.tsv").write_text("\n".join([COLUMNS, *_aligned()]) + "\n")
        rows.append(f"{name}.mid,someone,{youtube},{2 * EIGHTHS},6,0,")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")


_CHORD = ((72, 120), (60, 192))  # pitch, ticks that it sounds


def _aligned() -> list[str]:
    rows = []
    for k in range(EIGHTHS):
        for pitch, seconds in ((72, 0.125), (60, 0.6 if k % 2 else 0.2)):
            start = 0.25 + k * 0.25 + (0.8 if (k, pitch) == (LATE, 72) else 0)
            # Pitches alternate, or every note would end at the next one.
            place = f"{k / 2}\t0.5\t{1 + k // 6}\t{k % 6 / 2}\t3\t4"
            rows.append(f"{start}\t{seconds}\t{pitch + k % 2}\t{40 + k}\t{place}")
    return sorted(rows, key=lambda row: float(row.split("\t")[0]))


@pytest.fixture
def tracks(tmp_path: Path) -> list[PlayedTrack]:
    make_giantmidi(tmp_path / "set")
    return list(giantmidi.read(tmp_path / "set"))


def test_every_recording_is_read_and_beside_its_score_where_there_is_one(tracks: list[PlayedTrack]) -> None:
    free, scored = ([t.song for t in tracks if t.free is wanted] for wanted in (True, False))
    assert free == list(RECORDINGS) and scored == free[:3]
    assert {t.corpus for t in tracks if t.free} == {PERFORMED} and {t.corpus for t in tracks if not t.free} == {CORPUS}
    assert all(t.family is Family.PIANO and not t.pedal for t in tracks)
    assert all((np.diff(t.onset) >= 0).all() for t in tracks)


def test_key_lengths_are_unknown_and_no_sound_is_learned_beyond_what_is_written(tracks: list[PlayedTrack]) -> None:
    scored = tracks[1]
    assert np.isnan(scored.played_duration).all()
    np.testing.assert_array_equal(scored.duration, 0.5)
    upper = scored.pitch >= 72
    np.testing.assert_allclose(scored.sustained_duration[upper], 0.25, rtol=1e-6)
    held = np.round(scored.onset[~upper] * 2) % 2 == 1
    np.testing.assert_allclose(scored.sustained_duration[~upper][held], 0.5, err_msg="the rest is the pedal's")
    np.testing.assert_allclose(scored.sustained_duration[~upper][~held], 0.4, rtol=1e-6)


def test_a_note_far_from_the_pianists_clock_is_left_out(tracks: list[PlayedTrack]) -> None:
    scored = tracks[1]
    assert len(scored) == 2 * EIGHTHS - 1
    assert scored.pitch[scored.onset == LATE / 2].tolist() == [60]
    np.testing.assert_allclose(scored.bpm, 120)


def test_places_in_the_bar_and_velocities_are_the_tables(tracks: list[PlayedTrack]) -> None:
    scored = tracks[1]
    assert scored.bar[:14].tolist() == [1] * 12 + [2] * 2 and set(scored.bar_length) == {3.0}
    assert scored.beat[:4].tolist() == [0, 0, 0.5, 0.5] and scored.pitch[:4].tolist() == [60, 72, 61, 73]
    assert scored.velocity[:4].tolist() == [40, 40, 41, 41]


def test_a_performance_keeps_its_own_time_and_teaches_no_lengths(tracks: list[PlayedTrack]) -> None:
    free = tracks[0]
    assert len(free) == 2 * EIGHTHS and free.bpm[0] == 120
    np.testing.assert_allclose(free.onset, np.repeat(np.arange(EIGHTHS) / 2, 2), err_msg="from the first note")
    assert free.pitch[:2].tolist() == [60, 72]
    np.testing.assert_allclose(free.duration[:2], [192 / 480, 120 / 480], rtol=1e-6)
    assert np.isnan(free.played_duration).all() and np.isnan(free.sustained_duration).all()


def test_works_are_held_out_in_both_forms_and_movements_stay_together(tracks: list[PlayedTrack]) -> None:
    split = {(t.song, t.free): t.split for t in tracks}
    assert [name for name, part in split.items() if part == "dev"] == [(HAYDN, True), (HAYDN, False), (HANDEL, True)]
    assert {t.player for t in tracks if t.song.startswith(SONATA)} == {"RhZq"}
