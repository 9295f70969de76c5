"""Envelopes against the same worked out moment by moment, and the end of a voice against its level there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from duv_studio.sound.synth.envelope import Envelope

SECONDS = st.one_of(st.just(0.0), st.floats(0.001, 0.02), st.floats(0.02, 5.0))
ENVELOPES = st.builds(
    Envelope,
    SECONDS,
    SECONDS,
    SECONDS,
    SECONDS,
    st.one_of(st.just(0.0), st.just(1.0), st.floats(0, 1)),
    st.floats(0.016, 5),
)


def amplitude(envelope: Envelope, moment: float, held: float) -> float:
    """One moment, as the specification tells it."""
    until = min(moment, held) - envelope.delay
    if until < 0:
        return 0.0
    rising = min(until / envelope.attack, 1.0) if envelope.attack else 1.0
    falling = max(until - envelope.attack - envelope.hold, 0.0)
    fallen = (
        min(falling / envelope.decay, 1 - envelope.sustain)
        if envelope.decay
        else (1 - envelope.sustain) * (falling > 0)
    )
    fallen += max(moment - held, 0.0) / envelope.release
    return rising * 10 ** (-96 * fallen / 20)


@given(ENVELOPES, st.floats(0.01, 8), st.lists(st.floats(0, 10), min_size=1, max_size=30))
def test_volume(envelope: Envelope, held: float, moments: list[float]) -> None:
    # Exactly at a corner of an envelope that jumps there, either side is right.
    corners = [envelope.delay, envelope.delay + envelope.attack + envelope.hold]
    sounding = sorted(
        moment
        for moment in moments
        if moment < held + envelope.release and all(abs(min(moment, held) - corner) > 2e-4 for corner in corners)
    )
    expected = [amplitude(envelope, moment, held) for moment in sounding]
    np.testing.assert_allclose(envelope.amplitude(np.array(sounding), held), expected, rtol=1e-6, atol=1e-12)


@given(ENVELOPES, st.floats(0.01, 8), st.floats(10, 90))
def test_a_voice_ends_where_it_has_fallen_far_enough(envelope: Envelope, held: float, audible: float) -> None:
    corners = [envelope.delay, envelope.delay + envelope.attack, envelope.delay + envelope.attack + envelope.hold]
    assume(all(abs(held - corner) > 2e-4 for corner in corners))
    end = envelope.end(held, audible)
    after = envelope.amplitude(np.array([end + 0.001, end + 0.1]), held)
    assert (after <= 10 ** (-audible / 20) * 1.001).all()
    assert end <= held + envelope.release


@pytest.mark.parametrize(
    ("moment", "level"),
    [
        (0.05, 0.0),
        (0.1, 0.0),
        (0.15, 1 - 40 / 96 * math.log10(2)),
        (0.2, 1.0),
        (0.29, 1.0),
        (0.55, 0.75),
        (0.8, 0.5),
        (0.95, 0.5),
        (1.0, 0.5),
        (1.25, 0.25),
        (1.5, 0.0),
        (3.0, 0.0),
    ],
)
def test_modulation(moment: float, level: float) -> None:
    envelope = Envelope(delay=0.1, attack=0.1, hold=0.1, decay=1.0, sustain=0.5, release=1.0)
    assert envelope.level(np.array([moment]), held=1.0)[0] == pytest.approx(level, abs=2e-3)


def test_without_attack_modulation_is_there_at_once() -> None:
    envelope = Envelope(delay=0.0, attack=0.0, hold=0.0, decay=0.0, sustain=1.0, release=1.0)
    assert envelope.level(np.array([0.0]), held=1.0)[0] == pytest.approx(1.0)
