"""Laws of the geometry: ticks and pixels are each other's inverse, zoom keeps what is under the cursor, limits hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.ui.canvas.viewport import EDGE_PX, KEYS, OPENING_PX_PER_QUARTER, Scale, Viewport

SIZE = st.floats(50, 4000)
SHARE = st.floats(0, 1)


@st.composite
def viewports(draw: st.DrawFn) -> Viewport:
    low = draw(st.integers(0, 127))
    view = Viewport(draw(SIZE), draw(SIZE)).showing(
        draw(st.integers(0, 10_000_000)), draw(st.sampled_from([1, 24, 96, 480, 960, 32767])), low,
        draw(st.integers(low, 127)),
    )  # fmt: skip
    view = view.zoomed(draw(st.floats(0.1, 1000)), draw(SHARE) * view.width)
    view = view.zoomed_keys(draw(st.floats(0.1, 20)), draw(SHARE) * view.height)
    return view.scrolled(draw(st.floats(-1e5, 1e5)), draw(st.floats(-1e4, 1e4)))


def within_limits(view: Viewport) -> bool:
    (first, last), (lowest, highest) = view.left_range, view.top_range
    slack = 1e-9 * max(1.0, abs(last))
    return (
        first - slack <= view.left <= last + slack
        and lowest - 1e-9 <= view.top <= highest + 1e-9
        and view.min_ticks_per_px * (1 - 1e-12) <= view.ticks_per_px <= view.max_ticks_per_px * (1 + 1e-12)
        and view.key_px >= view.min_key_px * (1 - 1e-12)
    )


@given(viewports(), SHARE)
def test_x_and_tick_are_inverse(view: Viewport, share: float) -> None:
    x = share * view.width
    assert float(view.x(view.tick(x))) == pytest.approx(x, abs=1e-4)


@given(viewports())
def test_every_key_seen_has_its_row_where_hit_tests_look(view: Viewport) -> None:
    low, high = view.keys_shown
    for key in range(low, high + 1):
        middle = view.key_top(key) + view.key_px / 2
        assert view.key(middle) == key
        assert float(view.key_y(key)) == pytest.approx(view.key_top(key))
        assert -view.key_px <= view.key_top(key) <= view.height


@given(viewports(), st.floats(0.2, 5), SHARE)
def test_zoom_keeps_the_tick_under_the_cursor(view: Viewport, factor: float, share: float) -> None:
    x = share * view.width
    zoomed = view.zoomed(factor, x)
    (first, last) = zoomed.left_range
    wanted = view.tick(x) - x * zoomed.ticks_per_px
    if first <= wanted <= last:
        assert zoomed.tick(x) == pytest.approx(view.tick(x), abs=1e-6 * max(1.0, abs(view.tick(x))))
    larger_than_view = view.left_range[0] < view.left_range[1]
    if factor >= 1 and larger_than_view and 0 <= view.tick(x) <= view.end:  # no end of the song can come into view
        slack = 1e-6 * max(1.0, abs(zoomed.tick(x)))
        assert first - slack <= wanted <= last + slack


@given(viewports(), st.floats(1, 5), SHARE)
def test_zooming_keys_keeps_the_pitch_under_the_cursor(view: Viewport, factor: float, share: float) -> None:
    y = share * view.height
    zoomed = view.zoomed_keys(factor, y)
    assert zoomed.top - y / zoomed.key_px == pytest.approx(view.top - y / view.key_px, abs=1e-6)


@given(viewports(), st.floats(1e-3, 1e3), st.floats(-1e6, 1e6), SHARE, SIZE, SIZE)
def test_every_change_stays_within_the_limits(
    view: Viewport, factor: float, far: float, share: float, width: float, height: float
) -> None:
    changes = (
        view.zoomed(factor, share * view.width),
        view.zoomed_keys(factor, share * view.height),
        view.scrolled(far, far),
        view.at(left=far, top=far),
        view.resized(width, height),
        view.fitted(),
    )
    for changed in changes:
        assert within_limits(changed)


@given(viewports(), st.floats(-500, 500))
def test_scrolling_there_and_back(view: Viewport, dx: float) -> None:
    there = view.scrolled(dx, 0.0)
    if there.left == pytest.approx(view.left + dx * view.ticks_per_px):
        assert there.scrolled(-dx, 0.0).left == pytest.approx(view.left, abs=1e-6 * max(1.0, abs(view.left)))


@given(viewports())
def test_fit_shows_the_whole_song(view: Viewport) -> None:
    fitted = view.fitted()
    start, end = float(fitted.x(0)), float(fitted.x(fitted.end))
    assert start == pytest.approx(min(EDGE_PX, fitted.width), abs=1e-3)
    assert end <= fitted.width + 1e-3
    if fitted.height >= (fitted.high - fitted.low + 1) * fitted.min_key_px:
        low, high = fitted.keys_shown
        assert low <= fitted.low
        assert high >= fitted.high


def test_fit_of_known_size() -> None:
    view = Viewport(1020, 480).showing(48_000, 480, 50, 69)
    assert view.ticks_per_px == pytest.approx(48.0)
    assert view.left == pytest.approx(-480.0)
    assert view.key_px == pytest.approx(20.0)  # 20 keys and two around
    assert view.px_per_quarter == pytest.approx(10.0)


def test_keyboard_never_ends_inside_a_tall_view() -> None:
    view = Viewport(500, 3000).showing(1000, 480, 60, 60)
    assert view.key_px * KEYS >= 3000
    assert view.keys_shown[0] >= 0


@given(st.floats(-100, 100), st.floats(1, 100), st.floats(0, 50), st.floats(60, 500), SHARE)
def test_scale_and_value_are_inverse(low: float, span: float, top: float, bottom: float, share: float) -> None:
    scale = Scale(low, low + span, top, bottom)
    value = low + share * span
    y = float(scale.y(value))
    assert top - 1e-9 <= y <= bottom + 1e-9
    assert float(scale.value(y)) == pytest.approx(value, abs=1e-6)


def test_scale_holds_values_outside_at_its_ends() -> None:
    scale = Scale(0, 127, 10, 110)
    assert scale.y(np.array([-5, 0, 127, 300])).tolist() == [110, 110, 10, 10]


def test_viewports_are_values() -> None:
    view = Viewport(300, 200).showing(9600, 480, 40, 80)
    assert view.zoomed(2, 10) == view.zoomed(2, 10)
    assert replace(view) == view


@given(viewports(), SHARE)
def test_a_song_opens_where_its_notes_begin_and_no_further_away_than_whole(view: Viewport, share: float) -> None:
    view = replace(view, first=int(share * view.end))
    opened, whole = view.opened(), view.fitted()
    assert within_limits(opened)
    assert (opened.top, opened.key_px) == (whole.top, whole.key_px)
    assert opened.ticks_per_px <= whole.ticks_per_px
    assert opened.px_per_quarter == pytest.approx(max(OPENING_PX_PER_QUARTER, whole.px_per_quarter))
    assert opened.left <= view.first <= opened.right + 1e-6 * opened.ticks_per_px


def test_a_short_song_opens_whole() -> None:
    view = Viewport(700, 400).showing(4 * 4 * 480, 480, 48, 72)
    assert view.opened() == view.fitted()


@given(viewports(), st.integers(0, 10_000_000), st.integers(0, 127))
def test_what_is_revealed_is_seen_and_what_is_seen_stays(view: Viewport, tick: int, key: int) -> None:
    tick = min(tick, view.end)
    moved = view.revealing(tick, key)
    assert within_limits(moved)
    assert (moved.ticks_per_px, moved.key_px) == (view.ticks_per_px, view.key_px)
    assert -1e-6 <= float(moved.x(tick)) <= moved.width + 1e-6
    if view.key_px <= view.height:
        assert moved.key_top(key) >= -1e-6
        assert moved.key_top(key) + moved.key_px <= moved.height + 1e-6
    assert moved.revealing(tick, key).left == pytest.approx(moved.left, rel=1e-9, abs=1e-3)
