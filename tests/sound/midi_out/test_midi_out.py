"""Playing on MIDI ports: what is sent, when, and that nothing is left hanging."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.midi.midi_file import parse
from duv_studio.engine.midi.song import Performance, Song
from duv_studio.sound.midi_out import ports as ports_module
from duv_studio.sound.midi_out.midi_out import MidiOut
from duv_studio.sound.midi_out.performer import Performer
from duv_studio.sound.midi_out.ports import SystemPorts
from duv_studio.sound.midi_out.score import MidiScore, midi_score
from duv_studio.sound.midi_out.status import MidiState, MidiStatus
from duv_studio.sound.output.feeder import Feeder, Stretch
from duv_studio.sound.output.null_output import NullOutput
from tests.midi_builder import TrackSpec, build_song, note_off, note_on, sysex
from tests.songs import law
from tests.sound.midi_out.fake_ports import FakeClock, FakePorts, FakeTimeline
from tests.sound.output.numbered_player import NumberedPlayer

QUARTER = 480  # ticks, half a second
REVERB = b"\x41\x10\x42\x12\x40\x01\x30\x04\x0b\xf7"
GM_ON = b"\x7e\x7f\x09\x01\xf7"


def control(number: int, value: int, channel: int = 0) -> bytes:
    return bytes([0xB0 | channel, number, value])


def program(number: int, channel: int = 0) -> bytes:
    return bytes([0xC0 | channel, number])


PIANO = TrackSpec(
    notes=[(q * QUARTER, QUARTER, 60 + q, 80) for q in range(8)],
    name="Piano",
    program=5,
    events=[(0, control(7, 90)), (QUARTER, control(64, 127)), (3 * QUARTER, control(64, 0))],
)
PAD = TrackSpec(notes=[(0, 8 * QUARTER, 48, 70)], channel=1, name="Pad", program=89)


def song_of(*tracks: TrackSpec) -> Song:
    return parse(build_song(tracks))


class Stage:
    """A song, a port and a clock; `play(seconds)` lets time pass and the thread's work be done."""

    def __init__(self, *tracks: TrackSpec, performance: Performance | None = None) -> None:
        self.song = song_of(*tracks)
        self.score = midi_score(self.song, performance)
        self.clock = FakeClock()
        self.timeline = FakeTimeline()
        self.ports = FakePorts(self.clock)
        self.told: list[MidiStatus] = []
        self.out = MidiOut(self.timeline, ports=self.ports, now=self.clock, told=self.told.append)
        self.out.set_song(self.score)
        self.out.open("Piano")

    def begin(self, position: float) -> None:
        """The song moves on from a place, from now on and for ever."""
        now = self.clock.seconds
        self.timeline.now = (Stretch(now, now + 10**6, position),)

    def play(self, seconds: float) -> None:
        end = self.clock.seconds + seconds
        while self.clock.seconds < end:
            self.clock.seconds = min(end, self.clock.seconds + self.out.step() + 1e-6)
        self.out.step()

    @property
    def got(self) -> list[tuple[float, bytes]]:
        return self.ports.opened["Piano"].got

    def since(self, count: int) -> list[bytes]:
        return [message for _, message in self.got[count:]]


@pytest.fixture
def stage() -> Stage:
    return Stage(PIANO, PAD)


def sounding(messages: list[bytes]) -> Counter[tuple[int, int]]:
    """The keys that are down in the end; an end without a beginning is a mistake."""
    down: Counter[tuple[int, int]] = Counter()
    for message in messages:
        key = (message[0] & 0x0F, message[1])
        if message[0] & 0xF0 == 0x90 and message[2]:
            down[key] += 1
        elif message[0] & 0xE0 == 0x80:
            down[key] -= 1
            assert down[key] >= 0
    return +down


def test_every_message_of_the_file_is_sent_at_its_time(stage: Stage) -> None:
    begun = stage.clock.seconds
    stage.begin(0.0)
    stage.play(5.0)
    assert [message for _, message in stage.got] == list(stage.score.messages)
    assert {note_on(60, 80), program(5), program(89, 1), control(64, 127), note_off(67)} <= set(stage.since(0))
    late = [moment - begun - due for (moment, _), due in zip(stage.got, stage.score.seconds.tolist(), strict=True)]
    assert min(late) >= 0
    assert max(late) < 0.0001  # by its clock: how late a busy machine is cannot be told here


def test_the_performance_is_what_is_sent() -> None:
    song = song_of(PIANO, PAD)
    played = tuple(replace(p, velocity=p.velocity // 2, duration=p.duration // 2) for p in song.as_written())
    stage = Stage(PIANO, PAD, performance=played)
    begun = stage.clock.seconds
    stage.begin(0.0)
    stage.play(1.0)
    sent = {message: moment - begun for moment, message in stage.got}
    assert sent[note_on(60, 40)] == pytest.approx(0, abs=1e-4)
    assert sent[note_off(60)] == pytest.approx(0.25, abs=1e-4)
    assert sent[note_on(48, 35, 1)] == pytest.approx(0, abs=1e-4)


def test_from_the_middle_programs_controllers_and_pedals_are_there_before_the_first_note(stage: Stage) -> None:
    stage.begin(0.75)
    stage.out.step()
    assert set(stage.since(0)) == {program(5), program(89, 1), control(7, 90), control(64, 127)}
    stage.play(0.3)
    assert stage.since(4)[-1] == note_on(62, 80)


def test_a_stop_ends_notes_and_lifts_pedals_and_playing_again_presses_them(stage: Stage) -> None:
    stage.begin(0.0)
    stage.play(0.75)
    assert sounding(stage.since(0)) == {(0, 61): 1, (1, 48): 1}
    count = len(stage.got)
    stage.timeline.now = ()
    stage.play(0.1)
    assert not sounding(stage.since(0))
    assert stage.since(count)[2:] == [control(64, 0), control(123, 0), control(64, 0, 1), control(123, 0, 1)]
    count = len(stage.got)
    stage.play(1.0)
    assert stage.since(count) == []
    stage.begin(0.75)
    stage.play(0.01)
    assert stage.since(count) == [control(64, 127)]  # the rest is known


def test_a_loop_ends_what_sounds_and_begins_again_on_time(stage: Stage) -> None:
    now = stage.clock.seconds
    # A loop ends with a frame: a little later than what begins there.
    turns = [Stretch(now + turn, now + turn + 1.0, 0.50002) for turn in range(3)]
    stage.timeline.now = (*turns[:2], replace(turns[2], stop=now + 100))
    stage.play(2.25)
    ons = [(round(moment - now, 3), message[1]) for moment, message in stage.got if message[0] == 0x90]
    assert ons == [(0, 61), (0.5, 62), (1.0, 61), (1.5, 62), (2.0, 61)]  # 63 begins where the loop ends
    assert sounding(stage.since(0)) == {(0, 61): 1}


def test_a_seek_ends_what_sounds_and_tells_only_what_is_new(stage: Stage) -> None:
    stage.begin(0.0)
    stage.play(0.75)
    count = len(stage.got)
    stage.begin(3.25)
    stage.out.step()
    assert sorted(stage.since(count)) == sorted([note_off(61), note_off(48, 1), control(64, 0)])
    stage.play(0.3)
    assert stage.since(count)[-1] == note_on(67, 80)


def test_what_was_never_said_in_the_new_place_stands_as_it_does_by_itself() -> None:
    bend_range = [(2000, control(101, 0)), (2000, control(100, 0)), (2000, control(6, 12))]
    late = TrackSpec(
        notes=[(0, 100, 60, 80), (4000, 100, 60, 80)],
        events=[(2000, control(11, 20)), (2000, bytes([0xE0, 0, 100])), *bend_range, (2000, control(77, 3))],
    )
    stage = Stage(late)
    stage.begin(4.0)
    stage.out.step()
    count = len(stage.got)
    stage.begin(0.5)
    stage.out.step()
    assert set(stage.since(count)) == {
        control(11, 127), bytes([0xE0, 0, 64]), control(101, 0), control(100, 0), control(6, 2), control(38, 0),
        control(101, 127), control(100, 127),
    }  # fmt: skip
    stage.begin(4.0)
    stage.out.step()
    assert stage.since(count)[8:] == [
        control(101, 0), control(100, 0), control(6, 12), control(11, 20), bytes([0xE0, 0, 100])
    ]  # fmt: skip


def test_the_other_side_goes_on_in_place_and_what_it_holds_sounds_on(stage: Stage) -> None:
    stage.begin(0.0)
    stage.play(0.75)
    count = len(stage.got)
    softer = tuple(replace(p, velocity=p.velocity // 2, duration=p.duration // 4) for p in stage.song.as_written())
    staccato = (softer[0], replace(softer[1], duration=stage.song.as_written()[1].duration))
    stage.out.set_score(midi_score(stage.song, staccato))
    assert stage.since(count) == [note_off(61)]  # which ended there long ago; the pad does not
    stage.play(0.3)
    assert stage.since(count)[-1] == note_on(62, 40)
    stage.play(5.0)
    assert not sounding(stage.since(0))
    assert sum(message[0] == 0x91 for message in stage.since(0)) == 1


def test_mute_ends_a_track_and_unmute_brings_its_next_notes(stage: Stage) -> None:
    stage.begin(0.0)
    stage.play(0.75)
    count = len(stage.got)
    stage.out.set_audible(frozenset({1}))
    assert stage.since(count) == [note_off(61)]
    stage.play(1.0)
    assert [m for m in stage.since(count) if m[0] == 0x90] == []
    assert control(64, 0) in stage.since(count)  # controllers go on
    stage.out.set_audible(None)
    stage.play(0.3)
    assert stage.since(count)[-1] == note_on(64, 80)
    stage.play(5.0)
    assert not sounding(stage.since(0))


def test_what_was_muted_before_the_song_came_is_not_sent(stage: Stage) -> None:
    stage.out.set_audible(frozenset({1}))
    stage.out.set_song(stage.score)
    stage.begin(0.0)
    stage.play(0.75)
    assert {message[0] for message in stage.since(0) if message[0] & 0xF0 == 0x90} == {0x91}


def test_one_of_two_tracks_on_a_key_is_muted_alone() -> None:
    two = [TrackSpec(notes=[(0, 480, 60, 80)], name="A"), TrackSpec(notes=[(0, 1920, 60, 90)], name="B")]
    stage = Stage(*two)
    stage.out.set_audible(frozenset({1}))
    stage.begin(0.0)
    stage.play(1.0)
    assert stage.since(0) == [note_on(60, 90)]
    stage.play(2.0)
    assert stage.since(1) == [note_off(60)]


def test_a_device_is_set_back_once_and_not_at_every_turn() -> None:
    events = [(0, sysex(GM_ON)), (0, program(7)), (0, control(7, 50)), (1920, sysex(REVERB))]
    track = TrackSpec(notes=[(960, 100, 60, 80)], events=events)
    stage = Stage(track)
    stage.begin(0.0)
    stage.play(3.0)
    exclusive = [message for message in stage.since(0) if message[0] == 0xF0]
    assert exclusive == [b"\xf0" + GM_ON, b"\xf0" + REVERB]
    count = len(stage.got)
    stage.begin(0.0)
    stage.play(3.0)
    assert [message[0] for message in stage.since(count) if message[0] == 0xF0] == [0xF0]  # the reverb, not the reset
    assert control(7, 50) in stage.since(count)


def test_from_the_middle_system_exclusive_goes_first() -> None:
    events = [(0, sysex(GM_ON)), (0, program(7)), (480, control(7, 50))]
    track = TrackSpec(notes=[(960, 100, 60, 80)], events=events)
    stage = Stage(track)
    stage.begin(0.9)
    stage.out.step()
    assert stage.since(0)[0] == b"\xf0" + GM_ON
    assert set(stage.since(1)) == {program(7), control(7, 50)}


def test_panic_silences_all_channels(stage: Stage) -> None:
    stage.begin(0.0)
    stage.play(0.75)
    count = len(stage.got)
    stage.out.panic()
    said = stage.since(count)
    assert {note_off(61), note_off(48, 1)} <= set(said)
    for channel in range(16):
        assert {control(64, 0, channel), control(120, 0, channel), control(123, 0, channel)} <= set(said)


def test_ports_of_the_song_go_to_ports_of_the_computer() -> None:
    tracks = [TrackSpec(notes=[(0, 480, 60, 80)], port=0), TrackSpec(notes=[(0, 480, 72, 80)], port=1)]
    stage = Stage(*tracks)
    assert stage.out.open("Piano", "Module").port == "Piano, Module"
    stage.begin(0.0)
    stage.play(0.1)
    assert stage.since(0) == [note_on(60, 80)]
    assert [message for _, message in stage.ports.opened["Module"].got] == [note_on(72, 80)]


def test_a_port_that_vanishes_is_a_state_and_another_one_plays_on(stage: Stage) -> None:
    stage.begin(0.0)
    stage.play(0.75)
    stage.ports.there = ["Module"]
    stage.play(3.0)
    assert stage.out.status.state is MidiState.LOST
    assert "“Piano” went away" in stage.told[-1].sentence and "choose" in stage.told[-1].sentence
    assert not stage.ports.opened["Piano"].is_open
    assert stage.out.names() == ("Module",)
    assert stage.out.open("Module").is_ready
    stage.play(0.01)
    first = [message for _, message in stage.ports.opened["Module"].got]
    assert {program(5), control(7, 90)} <= set(first)  # it was told nothing yet


def test_a_port_that_takes_nothing_any_more_is_a_state(stage: Stage) -> None:
    stage.begin(0.0)
    stage.play(0.75)
    stage.ports.opened["Piano"].is_broken = True
    stage.play(3.0)
    assert stage.told[-1].state is MidiState.LOST


def test_a_port_that_is_not_there_is_a_state(stage: Stage) -> None:
    assert stage.out.open("Organ").state is MidiState.NO_PORT
    assert "“Organ” cannot be opened" in stage.out.status.sentence
    stage.begin(0.0)
    stage.play(1.0)
    stage.out.close_port()
    assert stage.out.status.state is MidiState.CLOSED


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports_module, "find_spec", lambda name: None)
    ports = SystemPorts()
    assert ports.names() == ()
    assert "pip install 'duv-studio[midi-out]'" in ports.why_none().sentence
    out = MidiOut(FakeTimeline(), ports=ports)
    assert out.open("Piano").state is MidiState.NO_LIBRARY


def test_without_a_sequencer_nothing_is_printed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rtmidi2", reason="the extra midi-out is not installed")
    if not ports_module.sys.platform.startswith("linux"):
        pytest.skip("only Linux has a sequencer that may not be loaded")
    monkeypatch.setattr(ports_module, "_ALSA_SEQUENCER", ports_module.Path("/nowhere"))
    assert SystemPorts().names() == ()
    status = MidiOut(FakeTimeline(), ports=SystemPorts()).open("Piano")
    assert status.state is MidiState.NO_PORT
    assert "modprobe snd-seq" in status.sentence
    assert capfd.readouterr() == ("", "")


def test_a_thread_plays_along_with_the_sound_and_leaves_nothing_sounding() -> None:
    player, output = NumberedPlayer(), NullOutput()
    feeder = Feeder(player, output)
    clock = FakeClock()
    ports = FakePorts(clock)
    out = MidiOut(feeder, ports=ports)
    out.set_song(midi_score(song_of(PIANO, PAD), None))
    out.open("Piano")
    feeder.start()
    out.start()
    try:
        player.play()
        feeder.wake()
        got = ports.opened["Piano"].got
        deadline = time.monotonic() + 20
        while note_on(61, 80) not in [message for _, message in got] and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        out.close()
        output.close()
        feeder.close()
    messages = [message for _, message in got]
    assert [message for message in messages if message[0] == 0x90] == [note_on(60, 80), note_on(61, 80)]
    assert not sounding(messages)
    assert not ports.opened["Piano"].is_open


Deed = tuple[str, float]


@law
@given(st.lists(st.tuples(st.sampled_from(["go", "seek", "mute", "side", "stop"]), st.floats(0, 4)), max_size=12))
def test_whatever_happens_nothing_is_left_sounding(deeds: list[Deed]) -> None:
    song = song_of(PIANO, PAD)
    short = tuple(replace(p, duration=p.duration // 3) for p in song.as_written())
    scores: tuple[MidiScore, ...] = (midi_score(song, None), midi_score(song, short))
    messages: list[bytes] = []
    performer = Performer(lambda device, message: messages.append(message))
    performer.take_song(scores[0])
    at, side, audible = 0.0, 0, None
    for deed, amount in deeds:
        match deed:
            case "go":
                at += amount
                performer.play_until(at)
            case "seek":
                at = amount
                performer.begin(at)
            case "mute":
                audible = [None, frozenset({0}), frozenset({1}), frozenset[int]()][int(amount) % 4]
                performer.change(scores[side], audible, at)
            case "side":
                side = int(amount) % 2
                performer.change(scores[side], audible, at)
            case _:
                performer.stop()
                assert not sounding(messages)
                performer.begin(at)
        down = sounding(messages)
        audible_tracks = {0, 1} if audible is None else audible
        assert {channel for channel, _ in down} <= audible_tracks  # track and channel are one here
        held = Counter((channel, pitch) for _, channel, pitch in scores[side].held(at, audible))
        assert down <= held
    performer.stop()
    assert not sounding(messages)
