"""What a run is made of: nothing that judges is replayed, and a run goes on only with the very same notes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.data.manifest.filters import fingerprint
from duv_studio.training.data.manifest.lines import line_of
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.splits import song_name
from duv_studio.training.lora.dataset.material import HELD_OUT, Material, gather
from duv_studio.training.lora.fit.model import make_trainable_model
from duv_studio.training.lora.judge.unseen import unseen_by
from duv_studio.training.lora.survey.reader import read_source
from tests.lora_runs import NewRun, Run, rule_tracks, write_manifest


def gathered(run: Run) -> Material:
    return gather(run.loaded(), Family.GUITAR)


def with_replay(run: Run, tracks: list[PlayedTrack]) -> Run:
    return run.changed(replay={"manifest": str(write_manifest(run.folder / "replay.jsonl", tracks))})


def test_songs_that_validate_and_judge_are_not_replayed(new_run: NewRun) -> None:
    """Neither under their own name nor as the same performance under another."""
    tracks = rule_tracks()
    copies = [replace(track, song=f"copy of {track.song}", corpus="others") for track in tracks]
    material = gathered(with_replay(new_run(tracks), [*tracks, *copies]))
    held = {fingerprint(track) for track in (*material.split.val, *material.split.test)}
    assert len(material.replay) == 2 * len(material.split.train)
    assert held and not held & {fingerprint(track) for track in material.replay}
    assert material.dropped[HELD_OUT] == 2 * len(held)


def test_replayed_music_of_the_instrument_is_known_to_the_adapter(new_run: NewRun) -> None:
    others = [replace(track, velocity=np.clip(track.velocity + 9, 1, 127)) for track in rule_tracks(4, corpus="others")]
    run = with_replay(new_run(), others)
    material = gathered(run)
    header = make_trainable_model(run.loaded(), Family.GUITAR, 4).adapter_header(material, 1, None)
    assert {song_name(t) for t in material.replay} == {song_name(t) for t in others}
    assert not unseen_by(header, others, fingerprint).tracks


def test_lines_without_an_instrument_are_what_the_recipe_trains_unless_the_file_is_named_otherwise(
    new_run: NewRun,
) -> None:
    run, track = new_run(), rule_tracks(1, family=Family.PIANO)[0]
    line = {name: value for name, value in line_of(track, file="a.mid").items() if name != "instrument"}
    for name, family in (("enriched", Family.GUITAR), ("bass", Family.BASS)):
        path = run.folder / f"{name}.jsonl"
        path.write_text(json.dumps(line))
        changed = run.changed(manifest=str(path))
        assert {t.family for t in read_source(path, Family.GUITAR, run.folder / "made.jsonl").tracks} == {family}
        if family is Family.GUITAR:
            assert gathered(changed).notes == len(track)
        else:
            with pytest.raises(DuvError, match="it is bass: 1"):
                gathered(changed)


CHANGES: dict[str, Callable[[list[PlayedTrack]], list[PlayedTrack]]] = {
    "lengths": lambda tracks: [replace(t, played_duration=t.played_duration * 0.9) for t in tracks],
    "written lengths": lambda tracks: [replace(t, duration=t.duration * 2) for t in tracks],
    "hints": lambda tracks: [replace(t, hints={"swing_hint": np.ones((len(t), 1))}) for t in tracks],
    "tempo": lambda tracks: [replace(t, bpm=t.bpm + 10) for t in tracks],
    "order": lambda tracks: tracks[::-1],
}


@pytest.mark.parametrize("what", CHANGES)
def test_all_of_the_music_names_the_material(what: str, new_run: NewRun) -> None:
    tracks = rule_tracks()
    digest = gathered(new_run(tracks)).digest
    assert gathered(new_run(tracks)).digest == digest != gathered(new_run(CHANGES[what](tracks))).digest


def test_the_music_to_replay_names_the_material(new_run: NewRun) -> None:
    run, others = new_run(), rule_tracks(4, family=Family.PIANO, corpus="others")
    digests = {gathered(r).digest for r in (run, with_replay(run, others))}
    digests.add(gathered(with_replay(run, others[:3])).digest)
    assert len(digests) == 3
