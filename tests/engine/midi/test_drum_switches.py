"""Drum kits on any channel, and melodies on channel 10: by the messages of GS, XG and GM2."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from duv_studio.engine.midi.midi_file import parse
from duv_studio.engine.midi.song import Family
from tests.midi_builder import Event, TrackSpec, build_song, sysex

NOTES = [(i * 480, 200, 60 + i % 5, 80) for i in range(16)]  # no drummer's
GM_RESET, GM2_RESET = "7E 7F 09 01 F7", "7E 7F 09 03 F7"
GS_RESET, XG_RESET = "41 10 42 12 40 00 7F 00 41 F7", "43 10 4C 00 00 7E 00 F7"


def packet(text: str, status: int = 0xF0) -> bytes:
    return sysex(bytes.fromhex(text), status)


def gs_part(block: int, value: int = 1, device: int = 0x10) -> bytes:
    body = bytes([0x40, 0x10 | block, 0x15, value])
    return sysex(bytes([0x41, device, 0x42, 0x12]) + body + bytes([-sum(body) % 128, 0xF7]))


def xg_part(part: int, mode: int, device: int = 0x10) -> bytes:
    return sysex(bytes([0x43, device, 0x4C, 0x08, part, 0x07, mode, 0xF7]))


def bank(channel: int, value: int) -> bytes:
    return bytes([0xB0 | channel, 0, value])


GS, XG = packet(GS_RESET), packet(XG_RESET)
CASES: dict[str, tuple[int, Sequence[Event], bool, str]] = {
    # name: (channel from 0, events of another chunk, whether it is a kit, what the reason says)
    "nothing said": (3, [], False, "Acoustic"),
    "channel 10": (9, [], True, "channel 10"),
    "GS block A is channel 11": (10, [(0, GS), (0, gs_part(0xA))], True, "GS rhythm part"),
    "GS block 1 is channel 1": (0, [(0, gs_part(1, 2))], True, "GS rhythm part"),
    "GS block 9 is channel 9": (8, [(0, gs_part(9))], True, "GS rhythm part"),
    "GS block F is channel 16": (15, [(0, gs_part(0xF))], True, "GS rhythm part"),
    "GS of another device": (4, [(0, gs_part(5, device=0x1F))], True, "GS rhythm part"),
    "GS of another channel": (4, [(0, gs_part(6))], False, "Acoustic"),
    "GS switches channel 10 off": (9, [(0, GS), (0, gs_part(0, 0))], False, "GS melodic part"),
    "GS a little late": (10, [(30, gs_part(0xA))], True, "GS rhythm part"),
    "GS at the end of the song": (10, [(480 * 15, gs_part(0xA))], False, "Acoustic"),
    "GS taken back by a reset": (10, [(0, gs_part(0xA)), (0, packet(GM_RESET))], False, "Acoustic"),
    "GS in a longer data set": (
        1, [(0, packet("41 10 42 12 40 12 14 01 02 00 17 F7"))], True, "GS rhythm part"),
    "GS in two packets": (
        1, [(0, packet("41 10 42 12 40")), (0, packet("12 15 02 17 F7", 0xF7))], True, "GS rhythm part"),
    "GS behind an escape": (1, [(0, packet("F0 41 10 42 12 40 12 15 02 17 F7", 0xF7))], True, "GS rhythm part"),
    "another Roland": (1, [(0, packet("41 10 16 12 40 12 15 02 17 F7"))], False, "Acoustic"),
    "XG bank 127": (4, [(0, XG), (0, bank(4, 127))], True, "XG drum bank 127"),
    "XG bank 127 without a reset": (4, [(0, bank(4, 127))], True, "XG drum bank 127"),
    "XG bank 126": (4, [(0, bank(4, 126))], True, "XG drum bank 126"),
    "XG bank of another channel": (4, [(0, bank(5, 127))], False, "Acoustic"),
    "XG bank taken back": (4, [(0, bank(4, 127)), (0, bank(4, 0))], False, "Acoustic"),
    "bank 127 of GS is melodic": (4, [(0, GS), (0, bank(4, 127))], False, "Acoustic"),
    "XG part mode": (6, [(0, XG), (0, xg_part(6, 2))], True, "XG drum part"),
    "XG part mode of another device": (6, [(0, xg_part(6, 1, 0x1A))], True, "XG drum part"),
    "XG normal part on channel 10": (9, [(0, XG), (0, xg_part(9, 0))], False, "XG normal part"),
    "GM2 bank 120": (2, [(0, packet(GM2_RESET)), (0, bank(2, 120))], True, "GM2 drum bank 120"),
    "GM2 bank 121 on channel 10": (9, [(0, bank(9, 121))], False, "GM2 melodic bank 121"),
    "GM2 bank 121 elsewhere": (2, [(0, bank(2, 121))], False, "Acoustic"),
    "an ordinary bank on channel 10": (9, [(0, bank(9, 0))], True, "channel 10"),
}  # fmt: skip


@pytest.mark.parametrize(("channel", "events", "is_kit", "reason"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("place", ["before", "behind", "own", "type 0"])
def test_a_switch_makes_a_kit_or_none(
    channel: int, events: Sequence[Event], is_kit: bool, reason: str, place: str
) -> None:
    played = TrackSpec(NOTES, channel=channel, program=0, events=events if place == "own" else ())
    setup = TrackSpec(events=events)
    chunks = {"before": [setup, played], "behind": [played, setup], "own": [played], "type 0": [played, setup]}[place]
    song = parse(build_song(chunks, smf_format=0 if place == "type 0" else 1))
    (track,) = song.tracks
    assert (track.family is Family.DRUMS) is is_kit
    assert reason in track.family_reason


def test_a_port_has_switches_of_its_own() -> None:
    kit = TrackSpec(NOTES, channel=4, port=1, events=[(0, bank(4, 127))])
    song = parse(build_song([kit, TrackSpec(NOTES, channel=4, port=0)]))
    assert [track.family for track in song.tracks] == [Family.DRUMS, Family.PIANO]


def test_a_sequence_of_a_type_2_file_has_switches_of_its_own() -> None:
    kit = TrackSpec(NOTES, channel=4, events=[(0, bank(4, 127))])
    song = parse(build_song([kit, TrackSpec(NOTES, channel=4)], smf_format=2))
    assert [track.family for track in song.tracks] == [Family.DRUMS, Family.PIANO]


def test_a_melodic_channel_10_is_what_its_program_says() -> None:
    spec = TrackSpec(NOTES, channel=9, program=56, name="Intro Trumpet")
    (drums,) = parse(build_song([spec])).tracks
    (trumpet,) = parse(build_song([spec, TrackSpec(events=[(0, bank(9, 121))])])).tracks
    assert (drums.family, drums.doubt) == (Family.DRUMS, 'drums by channel 10, but named "Intro Trumpet"')
    assert (trumpet.family, trumpet.doubt) == (Family.OTHER, "")
    assert trumpet.family_reason == "GM2 melodic bank 121, program 56, Trumpet"


def test_a_kit_that_is_named_for_a_melody_is_in_doubt() -> None:
    spec = TrackSpec(NOTES, channel=4, name="Violin", events=[(0, bank(4, 127))])
    (track,) = parse(build_song([spec])).tracks
    assert (track.family, track.doubt) == (Family.DRUMS, 'drums by XG drum bank 127, but named "Violin"')
