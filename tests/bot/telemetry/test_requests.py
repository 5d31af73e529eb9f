"""Tests of what belongs together: a delivery and all that comes of it."""

import threading
from concurrent.futures import wait
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.telemetry.requests import (
    CarryingPool,
    Surface,
    find_request,
    find_surface,
    handling,
    make_reference,
    read_surface,
)


def test_nothing_is_handled_to_begin_with():
    assert (find_request(), find_surface()) == ("", Surface.OTHER)


def test_reference_is_the_id_of_what_is_handled_and_another_one_each_time_without():
    with handling(Surface.MENTION):
        assert make_reference() == make_reference() == find_request()
    assert make_reference() != make_reference()


def test_each_delivery_has_an_id_of_its_own_and_what_was_before_comes_back():
    with handling(Surface.MENTION):
        outer = find_request()
        with handling(Surface.BUTTON):
            assert (find_request() != outer, find_surface()) == (True, Surface.BUTTON)
        assert (find_request(), find_surface()) == (outer, Surface.MENTION)
    assert (find_request(), find_surface()) == ("", Surface.OTHER)


def test_pool_does_work_for_the_delivery_that_it_was_submitted_for():
    may_begin = threading.Event()

    def look() -> tuple[str, Surface]:
        may_begin.wait()
        return find_request(), find_surface()

    with CarryingPool(2, "work") as pool:
        submitted = []
        for surface in (Surface.MENTION, Surface.COMMAND, Surface.THREAD):
            with handling(surface):
                submitted.append(((find_request(), surface), pool.submit(look)))
        without = pool.submit(look)
        may_begin.set()
        assert [future.result() for _, future in submitted] == [expected for expected, _ in submitted]
        assert without.result() == ("", Surface.OTHER)


def test_pool_carries_on_what_work_submits_itself():
    with CarryingPool(2, "work") as pool, handling(Surface.MODAL):
        inner = pool.submit(lambda: pool.submit(find_request)).result()
        assert inner.result() == find_request()


def test_pool_gives_arguments_results_and_errors():
    with CarryingPool(1, "work") as pool:
        assert pool.submit(divmod, 7, 2).result() == (3, 1)
        assert pool.submit(int, "ff", base=16).result() == 255
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()


def test_pool_tells_how_long_each_piece_of_work_waited():
    waited: list[float] = []
    may_end = threading.Event()
    with CarryingPool(1, "work", waited.append) as pool:
        first, second = pool.submit(may_end.wait), pool.submit(int)
        threading.Timer(0.05, may_end.set).start()
        wait([first, second])
    assert len(waited) == 2
    assert waited[1] >= 0.04


def test_everything_logged_of_a_delivery_has_its_id():
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged, handling(Surface.MENTION):
        structlog.get_logger("ours").info("said")
        request = find_request()
    assert [line["request"] for line in logged] == [request]


@pytest.mark.parametrize(
    ("body", "surface"),
    [
        ({"event": {"type": "app_mention"}}, Surface.MENTION),
        ({"event": {"type": "message", "channel_type": "im"}}, Surface.DIRECT_MESSAGE),
        ({"event": {"type": "message", "channel_type": "channel"}}, Surface.THREAD),
        ({"event": {"type": "reaction_added"}}, Surface.REACTION),
        ({"event": {"type": "app_home_opened"}}, Surface.HOME),
        ({"event": {"type": "user_change"}}, Surface.OTHER),
        ({"command": "/hark", "text": "x"}, Surface.COMMAND),
        ({"type": "block_actions"}, Surface.BUTTON),
        ({"type": "view_submission"}, Surface.MODAL),
        ({"type": "message_action"}, Surface.SHORTCUT),
        ({"type": "shortcut"}, Surface.SHORTCUT),
        ({"type": "block_suggestion"}, Surface.MENU),
    ],
)
def test_surface_is_read_of_what_slack_delivers(body: dict[str, Any], surface: Surface):
    assert read_surface(body) is surface


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["event", "type", "x"]), inner),
    max_leaves=8,
)


@given(_JSON)
def test_surface_of_anything_is_one_of_few(body: Any):
    assert read_surface(body) in Surface
