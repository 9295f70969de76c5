"""Ticks to seconds, bars and beats, by table and by law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duv_studio.engine.midi.time_maps import MeterMap, TempoMap

Q = 480  # ticks per quarter note


class TestTempoMap:
    def test_without_a_tempo_it_is_120(self) -> None:
        tempo = TempoMap(Q)
        assert tempo.bpm_at([0, 10**6]).tolist() == [120, 120]
        assert tempo.seconds([0, Q, 2 * Q]).tolist() == [0, 0.5, 1.0]

    def test_changes_add_up(self) -> None:
        tempo = TempoMap(Q, [(2 * Q, 1_000_000), (4 * Q, 250_000)])
        assert tempo.seconds([0, Q, 2 * Q, 3 * Q, 4 * Q, 6 * Q]) == pytest.approx([0, 0.5, 1, 2, 3, 3.5])
        assert tempo.bpm_at([0, 2 * Q - 1, 2 * Q, 5 * Q]).tolist() == [120, 120, 60, 240]

    def test_the_last_of_several_at_one_tick_counts(self) -> None:
        tempo = TempoMap(Q, [(Q, 1), (0, 400_000), (Q, 600_000), (0, 1_000_000)])
        assert tempo.tick.tolist() == [0, Q]
        assert tempo.usec.tolist() == [1_000_000, 600_000]

    def test_single_ticks_and_tables_keep_their_shape(self) -> None:
        tempo = TempoMap(Q)
        assert tempo.seconds(Q).shape == ()
        assert tempo.seconds(np.zeros((2, 3))).shape == (2, 3)

    @settings(deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 0xFFFFFF)), max_size=5),
        st.lists(st.integers(0, 20_000), min_size=2, max_size=8, unique=True).map(sorted),
    )
    def test_seconds_rise_with_ticks_and_lead_back(self, changes: list[tuple[int, int]], ticks: list[int]) -> None:
        tempo = TempoMap(Q, changes)
        seconds = tempo.seconds(ticks)
        assert (np.diff(seconds) > 0).all()
        assert tempo.ticks_at(seconds) == pytest.approx(np.array(ticks), rel=1e-6, abs=1e-3)


class TestMeterMap:
    @pytest.mark.parametrize(
        ("signatures", "table"),
        [
            # tick -> bar, beat in quarters, length in quarters
            ([], {0: (0, 0, 4), Q: (0, 1, 4), 4 * Q - 1: (0, 4 - 1 / Q, 4), 4 * Q: (1, 0, 4), 41 * Q: (10, 1, 4)}),
            ([(0, 3, 4)], {0: (0, 0, 3), 2 * Q: (0, 2, 3), 3 * Q: (1, 0, 3), 7 * Q: (2, 1, 3)}),
            ([(0, 6, 8)], {0: (0, 0, 3), 3 * Q // 2: (0, 1.5, 3), 3 * Q: (1, 0, 3)}),
            ([(0, 12, 8)], {5 * Q: (0, 5, 6), 6 * Q: (1, 0, 6)}),
            ([(0, 7, 8)], {3 * Q: (0, 3, 3.5), 7 * Q // 2: (1, 0, 3.5)}),
            ([(0, 5, 32)], {0: (0, 0, 0.625), 300: (1, 0, 0.625), 301: (1, 1 / Q, 0.625)}),
            # a change on a bar line
            ([(0, 4, 4), (8 * Q, 3, 4)], {7 * Q: (1, 3, 4), 8 * Q: (2, 0, 3), 10 * Q: (2, 2, 3), 11 * Q: (3, 0, 3)}),
            # a change in mid-bar: a new bar begins with it
            ([(0, 4, 4), (6 * Q, 6, 8)], {5 * Q: (1, 1, 4), 6 * Q: (2, 0, 3), 9 * Q: (3, 0, 3)}),
            # the first signature comes late: 4/4 before it
            ([(2 * Q, 3, 4)], {0: (0, 0, 4), Q: (0, 1, 4), 2 * Q: (1, 0, 3), 5 * Q: (2, 0, 3)}),
            # several at one tick: the last counts
            ([(0, 2, 4), (0, 5, 4)], {4 * Q: (0, 4, 5), 5 * Q: (1, 0, 5)}),
            # the same signature again, in mid-bar, begins a new bar as well
            ([(0, 4, 4), (2 * Q, 4, 4)], {2 * Q: (1, 0, 4), 5 * Q: (1, 3, 4), 6 * Q: (2, 0, 4)}),
        ],
    )
    def test_positions(
        self, signatures: list[tuple[int, int, int]], table: dict[int, tuple[int, float, float]]
    ) -> None:
        meter = MeterMap(Q, signatures)
        found = meter.position(np.array(list(table)))
        assert found.bar.tolist() == [bar for bar, _, _ in table.values()]
        assert found.beat == pytest.approx([beat for _, beat, _ in table.values()])
        assert found.length == pytest.approx([length for _, _, length in table.values()])
        assert meter.is_downbeat(list(table)).tolist() == [beat == 0 for _, beat, _ in table.values()]

    def test_signatures_are_told(self) -> None:
        found = MeterMap(Q, [(0, 3, 4), (3 * Q, 6, 8)]).position([0, 3 * Q])
        assert (found.numerator.tolist(), found.denominator.tolist()) == ([3, 6], [4, 8])

    @pytest.mark.parametrize(
        ("signatures", "until", "bars", "beats"),
        [
            ([], 5, [0, 4], [0, 1, 2, 3, 4, 5]),
            ([(0, 6, 8)], 6, [0, 3, 6], [0, 1.5, 3, 4.5, 6]),
            ([(0, 9, 8)], 5, [0, 4.5], [0, 1.5, 3, 4.5]),
            ([(0, 3, 8)], 2, [0, 1.5], [0, 0.5, 1, 1.5, 2]),
            ([(0, 7, 8)], 4, [0, 3.5], [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]),
            ([(0, 3, 2)], 7, [0, 6], [0, 2, 4, 6]),
            ([(0, 4, 4), (2.5, 3, 4)], 6, [0, 2.5, 5.5], [0, 1, 2, 2.5, 3.5, 4.5, 5.5]),
        ],
    )
    def test_lines(
        self, signatures: list[tuple[float, int, int]], until: float, bars: list[float], beats: list[float]
    ) -> None:
        meter = MeterMap(Q, [(int(t * Q), n, d) for t, n, d in signatures])
        assert (meter.bar_ticks(int(until * Q)) / Q).tolist() == bars
        assert (meter.beat_ticks(int(until * Q)) / Q).tolist() == beats

    def test_bars_of_broken_ticks_do_not_drift(self) -> None:
        meter = MeterMap(5, [(0, 3, 8)])  # 7.5 ticks a bar
        assert meter.bar_ticks(30).tolist() == [0, 8, 15, 23, 30]
        assert meter.position([7, 8, 15, 7500]).bar.tolist() == [0, 1, 2, 1000]
        assert meter.is_downbeat(range(24)).nonzero()[0].tolist() == [0, 8, 15, 23]

    @settings(deadline=None)
    @given(
        st.sampled_from([1, 5, 24, 96, 480]),
        st.lists(
            st.tuples(st.integers(0, 3000), st.integers(1, 13), st.sampled_from([1, 2, 4, 8, 16, 32])), max_size=4
        ),
        st.integers(0, 4000),
        st.integers(0, 4000),
    )
    def test_lines_are_the_downbeats(
        self, ppq: int, signatures: list[tuple[int, int, int]], until: int, start: int
    ) -> None:
        meter = MeterMap(ppq, signatures)
        ticks = np.arange(until + 1)
        bars, found = meter.bar_ticks(until), meter.position(ticks)
        assert bars.tolist() == ticks[meter.is_downbeat(ticks)].tolist()
        assert meter.bar_ticks(until, start).tolist() == [t for t in meter.bar_ticks(until).tolist() if t >= start]
        assert set(bars.tolist()) <= set(meter.beat_ticks(until).tolist())
        assert (found.beat >= 0).all() and (found.beat < found.length).all()
        steps = np.diff(found.bar)
        assert (steps >= 0).all()
        if ppq >= 24:  # with fewer ticks a bar may be shorter than a tick
            assert (steps <= 1).all()
