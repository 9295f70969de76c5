"""What little playing tells of a player, and that an adapter which holds no more moves the base toward the player."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duv_studio.engine.adapters.header import LORA, STATISTICS, AdapterHeader, pack_adapter, weights_hash
from duv_studio.engine.adapters.library import read_adapter_header
from duv_studio.engine.adapters.score_rows import ADAPTER, BASE
from duv_studio.engine.humanizer.humanizer import Humanizer
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import Rendering
from duv_studio.engine.music.settings import MOST_STYLE
from duv_studio.errors import DuvError
from duv_studio.training.data.style import StyleScale, Usual
from duv_studio.training.lora.dataset.player_statistics import player_statistics, statistics_adapter, statistics_alone
from duv_studio.training.lora.judge.judge import judge
from tests.played_tracks import played_track

SCALE = StyleScale(
    dict.fromkeys(Family, Usual(mean=3.0, sd=0.5)),  # 8 velocity units are usual
    dict.fromkeys(Family, Usual(mean=-0.1, sd=0.1)),
)


def player(spread: float, *, octaves: float = -0.1, songs: int = 3, level: float = 64, family=Family.BASS) -> list:
    return [
        replace(
            track,
            velocity=level + spread * (-1.0) ** np.arange(len(track)),
            played_duration=track.duration * 2.0**octaves,
            sustained_duration=track.duration,
        )
        for track in (played_track(100, seed=k, family=family) for k in range(songs))
    ]


def test_level_spread_and_articulation_are_the_players():
    found = player_statistics([*player(4.0), *player(8.0, octaves=-0.45, songs=1, level=80)], SCALE)
    assert (found.notes, found.files) == (400, 3)
    assert found.level == pytest.approx((3 * 64 + 80) / 4)
    assert found.spread == pytest.approx(np.sqrt((3 * 16 + 64) / 4))  # around the mean of each track
    assert found.articulation == pytest.approx((3 * -0.1 - 0.45) / 4)
    assert -1.5 < found.dynamics_style < -0.7  # -1.5 on the mean, but not in every track
    assert found.articulation_style is None


def test_tracks_count_by_their_notes():
    loud, soft = player(8.0, songs=1, level=80)[0], player(8.0, songs=1, level=40)[0].take(np.arange(10))
    assert player_statistics([loud, soft], SCALE).level == pytest.approx((10 * 80 + 40) / 11)


def test_a_player_who_is_the_same_in_every_track_is_asked_for_as_he_is():
    found = player_statistics(player(16.0, octaves=-0.45, songs=3), SCALE)
    assert found.dynamics_style == pytest.approx(2.0)
    assert found.articulation_style == pytest.approx(-1.0)


def test_what_changes_from_track_to_track_is_hardly_asked_for():
    tracks = [player(8.0, octaves=o, songs=1)[0] for o in (-0.7, -0.1, 0.4)]
    assert player_statistics(tracks, SCALE).articulation_style is None
    one = player_statistics(player(16.0, octaves=-0.45, songs=1), SCALE)
    assert one.dynamics_style == pytest.approx(2.0 * (1 - 1 / 4))
    assert one.articulation_style == pytest.approx(-(1 - (0.1 / 0.35) ** 2))


def test_a_player_like_others_is_asked_for_nothing():
    found = player_statistics(player(9.0, octaves=-0.2), SCALE)
    assert (found.dynamics_style, found.articulation_style) == (None, None)


def test_styles_stay_within_what_can_be_asked():
    found = player_statistics(player(60.0, octaves=-3.0), SCALE)
    assert (found.dynamics_style, found.articulation_style) == (MOST_STYLE, -MOST_STYLE)


def test_a_few_notes_cut_short_do_not_make_a_player_staccato():
    (track,) = player(8.0, songs=1)
    cut = replace(track, played_duration=np.where(np.arange(100) < 20, 0.01, track.played_duration))
    found = player_statistics([cut], SCALE)
    assert found.articulation < -1
    assert found.articulation_style is None


def test_drums_have_no_articulation_and_a_piano_sounds_as_long_as_its_pedal_holds():
    drums = player_statistics([played_track(family=Family.DRUMS)], SCALE)
    assert (drums.articulation, drums.articulation_style) == (None, None)
    piano = [replace(t, pedal=True) for t in player(8.0, octaves=-1.0, family=Family.PIANO)]
    assert player_statistics(piano, SCALE).articulation == 0


def test_without_a_scale_the_one_that_ships_is_used():
    calm, lively = (player_statistics(player(spread)).dynamics_style for spread in (2.0, 40.0))
    assert calm < -1 < 1 < lively


def test_nothing_to_measure_is_said():
    with pytest.raises(DuvError, match="no tracks to measure"):
        player_statistics([])


def header_of(tracks: list, **more: object) -> AdapterHeader:
    about = {"family": tracks[0].family, "name": "mine", "title": "Mine", "base": "fixture", "base_hash": "0" * 32}
    return statistics_adapter(player_statistics(tracks, SCALE), **{**about, **more})


def test_the_file_of_an_adapter_without_weights_is_read_again(tmp_path):
    header = header_of(player(8.0), songs=("a", "b"), verdict="improves", scores={"adapter": {"velocity_r": 0.5}})
    path = tmp_path / "adapter.safetensors"
    path.write_bytes(pack_adapter({}, header))
    assert read_adapter_header(path) == header
    assert header.kind == STATISTICS
    assert header.targets == ("velocity",)  # plays its notes as long as others do
    assert header_of(player(8.0, octaves=-0.6)).targets == ("velocity", "dur_beats")
    assert header_of([played_track(family=Family.DRUMS)]).targets == ("velocity",)


def test_statistics_alone_leave_out_what_was_learned(tmp_path):
    header = header_of(player(8.0))
    learned = replace(header, kind=LORA, r=8, alpha=16.0, modules=("a", "b"), rendering=Rendering())
    assert statistics_alone(learned) == header


def test_statistics_move_the_base_toward_the_player(tmp_path):
    """With the base that ships: of a calm player the spread, of a staccato player the lengths come nearer."""
    model = Humanizer(precision="fp32", adapter="none")
    rng = np.random.default_rng(3)
    tracks = []
    for track in player(0.0, octaves=-0.5, songs=4):
        rule = 3.0 * (track.beat == 0) + rng.normal(0, 2, len(track))
        tracks.append(replace(track, velocity=np.clip(np.round(64 + rule), 1, 127)))
    tracks = [replace(t, played_duration=t.played_duration * 2 ** rng.normal(0, 0.05, len(t))) for t in tracks]
    path = tmp_path / "adapter.safetensors"
    statistics = player_statistics(tracks[:2])
    header = header_of(tracks, base="base-open", base_hash=weights_hash(model.path))
    path.write_bytes(pack_adapter({}, replace(header, player=statistics)))
    with_it = Humanizer(precision="fp32", adapter=path)
    found = judge(tracks[2:], {BASE: model, ADAPTER: with_it}, 0)
    base, ours = found.row(BASE).mean, found.row(ADAPTER).mean
    assert abs(np.log2(ours["velocity_sd_ratio"])) < 0.7 * abs(np.log2(base["velocity_sd_ratio"]))
    assert ours["articulation_mae"] < 0.9 * base["articulation_mae"]
