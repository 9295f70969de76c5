"""Note-offs do not pass the end of their track, a pedal press, a change of sound, whatever a model may want."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.diff import other_changes
from duv_studio.engine.midi.song import Family, Song
from duv_studio.engine.model.prediction import TrackDraw
from duv_studio.engine.music.selection import select
from duv_studio.engine.music.settings import Settings
from duv_studio.engine.performance.blend import blend
from tests.midi_builder import Event, NoteTuple, TrackSpec, build_song, meta
from tests.songs import law

Q = 480
LEVELS = (0.1, 0.5, 0.9, 1.5)
FAMILIES = {Family.PIANO: 0, Family.STRINGS: 48, Family.GUITAR: 25, Family.BASS: 33, Family.OTHER: 19}
SHORT, LONG = -3.0, 3.0  # octaves of length that a model wants


def control(number: int, value: int, channel: int = 0) -> bytes:
    return bytes([0xB0 | channel, number, value])


def played(song: Song, octaves: float | dict[int, np.ndarray], intensity: float, **settings: object) -> Song:
    """The song that is written with every length changed by so many octaves, read again."""
    chosen = Settings(intensity=intensity, drum_durations=True, **settings)  # type: ignore[arg-type]
    wanted = octaves if isinstance(octaves, dict) else {t.index: np.full(len(t.notes), octaves) for t in song.tracks}
    draw = {t.index: TrackDraw(t.notes.velocity.astype(float), wanted[t.index]) for t in song.tracks}
    data = midi_file.encode(song, blend(song, draw, chosen, select(song, chosen)))
    assert other_changes(song.source.data, data) == ""
    return midi_file.parse(data)


PRESS, RELEASE = control(64, 127), control(64, 0)
NOTE = [(0, 400, 60, 80)]
HELD = [(0, 600, 60, 80)]


@pytest.mark.parametrize("intensity", LEVELS)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("what", "notes", "events", "octaves", "earliest", "latest"),
    [
        ("a press does not catch what had ended", NOTE, [(Q, PRESS)], LONG, 400, Q - 1),
        ("what is held at a press is caught", HELD, [(Q, PRESS)], SHORT, Q + 1, 600),
        ("what ends at a press is not held longer", [(0, Q, 60, 80)], [(Q, PRESS)], LONG, Q, Q),
        ("a press after a release is one", NOTE, [(0, PRESS), (440, RELEASE), (Q, PRESS)], LONG, 400, Q - 1),
        ("a pedal that is down is not pressed again", NOTE, [(0, PRESS), (Q, PRESS)], LONG, 401, 800),
        ("nor by a deeper value", NOTE, [(0, control(64, 64)), (Q, PRESS)], LONG, 401, 800),
        ("half a pedal holds nothing", NOTE, [(Q, control(64, 63))], LONG, 401, 800),
        ("a pedal may be let go at any time", NOTE, [(0, PRESS), (Q, RELEASE)], LONG, 401, 800),
        ("sostenuto", NOTE, [(Q, control(66, 127))], LONG, 400, Q - 1),
        ("a program", NOTE, [(Q, b"\xc0\x05")], LONG, 400, Q - 1),
        ("a program under a note", HELD, [(Q, b"\xc0\x05")], SHORT, Q + 1, 600),
        ("a bank", NOTE, [(Q, control(0, 1))], LONG, 400, Q - 1),
        ("a bank, fine", NOTE, [(Q, control(32, 1))], LONG, 400, Q - 1),
        ("all notes off", NOTE, [(Q, control(123, 0))], LONG, 400, Q - 1),
        ("all sound off", NOTE, [(Q, control(120, 0))], LONG, 400, Q - 1),
        ("mono mode ends all notes", NOTE, [(Q, control(126, 1))], LONG, 400, Q - 1),
        ("the nearest counts", NOTE, [(440, b"\xc0\x05"), (Q, PRESS)], LONG, 400, 439),
        ("a volume is nothing", NOTE, [(Q, control(7, 1))], LONG, 401, 800),
        ("another channel is nothing", NOTE, [(Q, control(64, 127, 5)), (Q, b"\xc5\x05")], LONG, 401, 800),
    ],
)  # fmt: skip
def test_note_offs_stay_on_their_side(
    family: Family, what: str, notes: list[NoteTuple], events: list[Event], octaves: float,
    earliest: int, latest: int, intensity: float,
) -> None:  # fmt: skip
    spec = TrackSpec(notes, program=FAMILIES[family], events=events, end=8 * Q)
    for smf_format in (0, 1):
        song = midi_file.parse(build_song([spec], smf_format=smf_format))
        end = int(played(song, octaves, intensity).tracks[0].notes.end[0])
        assert earliest <= end <= latest, what


@pytest.mark.parametrize(("smf_format", "latest"), [(1, Q - 1), (2, 800)])
def test_what_other_chunks_send_to_the_channel_counts_where_they_play_together(smf_format: int, latest: int) -> None:
    specs = [TrackSpec(NOTE, end=8 * Q), TrackSpec([], events=[(Q, PRESS)], end=8 * Q)]
    song = midi_file.parse(build_song(specs, smf_format=smf_format))
    assert int(played(song, LONG, 1.5).tracks[0].notes.end[0]) == latest


def test_what_other_ports_send_does_not_count() -> None:
    specs = [TrackSpec(NOTE, port=0, end=8 * Q), TrackSpec([], port=1, events=[(Q, PRESS)], end=8 * Q)]
    song = midi_file.parse(build_song(specs))
    assert int(played(song, LONG, 1.5).tracks[0].notes.end[0]) == 800


@pytest.mark.parametrize("intensity", LEVELS)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("gap", [0, 1, 40, 300])
def test_every_track_ends_where_it_ended(family: Family, gap: int, intensity: float) -> None:
    """A loop of four bars, whose last notes end at its end or before; one track is shorter than the others."""
    loop = 16 * Q
    notes = [(k * 2 * Q, 2 * Q, pitch, 80) for k in range(7) for pitch in (60, 64, 67)]
    last = [(14 * Q, 2 * Q - gap, pitch, 80) for pitch in (60, 64, 67)]
    specs = [
        TrackSpec([*notes, *last], 0, program=FAMILIES[family], end=loop),
        TrackSpec(notes, 1, program=FAMILIES[family]),
        TrackSpec([*notes, *last], 9, end=loop),
    ]
    song = midi_file.parse(build_song(specs))
    after = played(song, LONG, intensity)  # in which the ends of tracks stay, as everywhere
    assert after.end_tick == loop
    assert [int(t.notes.end.max()) for t in after.tracks][1] == 14 * Q
    assert all(int(t.notes.end.max()) <= loop for t in after.tracks)


@st.composite
def _specs(draw: st.DrawFn) -> TrackSpec:
    notes = draw(
        st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 1500), st.integers(50, 70), st.just(80)), min_size=1)
    )
    kinds = st.sampled_from([PRESS, RELEASE, control(123, 0), control(0, 3), b"\xc0\x07", meta(0x05, b"la")])
    events = draw(st.lists(st.tuples(st.integers(0, 6000), kinds), max_size=8))
    end = max(n[0] + n[1] for n in notes) + draw(st.integers(0, 500))
    return TrackSpec(sorted(notes), program=draw(st.sampled_from(list(FAMILIES.values()))), events=events, end=end)


@law
@given(_specs(), st.integers(0, 99), st.floats(0, 1.5))
def test_no_note_off_passes_a_wall(spec: TrackSpec, seed: int, intensity: float) -> None:
    song = midi_file.parse(build_song([spec]))
    rng = np.random.default_rng(seed)
    after = played(song, {t.index: rng.uniform(-4, 4, len(t.notes)) for t in song.tracks}, intensity)
    down, walls = False, []
    for tick, event in sorted(spec.events, key=lambda e: e[0]):
        if event[:2] == PRESS[:2]:
            walls += [tick] if event == PRESS and not down else []
            down = event == PRESS
        elif event[0] < 0xF0:
            walls.append(tick)
    for before, now in zip(song.tracks[0].notes.end, after.tracks[0].notes.end, strict=True):
        assert [wall < before for wall in walls] == [wall < now for wall in walls]
        assert now <= song.source.chunks[-1].end_tick
