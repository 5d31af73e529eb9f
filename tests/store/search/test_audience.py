from dataclasses import replace
from datetime import timedelta
from itertools import product

import numpy as np
import pytest

from store.db.readers import ChannelHoldings, PlaceColumn
from store.domain.answer import Coverage
from store.domain.viewer import Viewer, Visibility, can_see
from store.errors import VisibilityError
from store.search.audience import find_audience
from store.search.places import Places
from tests.store.factories import NOON

VIEWERS = {
    "operator": Viewer.operator(),
    "anyone": Viewer.anyone(),
    "in C1": Viewer.channel_audience("C1"),
    "in C2": Viewer.channel_audience("C2"),
    "U1 of T1": Viewer.member("U1", workspace="T1"),
    "U2 of T1 in C1": Viewer.member("U2", workspace="T1", channels=frozenset({"C1", "C3"})),
    "U1 of T2": Viewer.member("U1", workspace="T2"),
    "guest U1": Viewer.member("U1", workspace=None),
    "guest U9 in C1": Viewer.member("U9", workspace=None, channels=frozenset({"C1"})),
}

# Every kind of visibility, and exactly who sees it.
SEEN_BY = {
    "public": set(VIEWERS),
    "nobody": {"operator"},
    "workspace:T1": {"operator", "U1 of T1", "U2 of T1 in C1"},
    "workspace:T2,T3": {"operator", "U1 of T2"},
    "workspace:T1,T2": {"operator", "U1 of T1", "U2 of T1 in C1", "U1 of T2"},
    "channel:C1": {"operator", "in C1", "U2 of T1 in C1", "guest U9 in C1"},
    "channel:C2": {"operator", "in C2"},
    "channel:C2,C3": {"operator", "in C2", "U2 of T1 in C1"},
    "people:U1": {"operator", "U1 of T1", "U1 of T2", "guest U1"},
    "people:U2,U9": {"operator", "U2 of T1 in C1", "guest U9 in C1"},
    # Ids of one kind are none of another.
    "workspace:C1,U1": {"operator"},
    "channel:T1,U1": {"operator"},
    "people:C1,T1": {"operator"},
}


def test_viewers_see_what_is_for_them():
    seen = {
        visibility: {name for name, viewer in VIEWERS.items() if can_see(viewer, Visibility.parse(visibility))}
        for visibility in SEEN_BY
    }
    assert seen == SEEN_BY


def test_viewers_see_what_is_for_them_under_both_visibilities():
    pairs = list(product(SEEN_BY, SEEN_BY))
    seen = {
        pair: {name for name, viewer in VIEWERS.items() if can_see(viewer, *map(Visibility.parse, pair))}
        for pair in pairs
    }
    assert seen == {(first, second): SEEN_BY[first] & SEEN_BY[second] for first, second in pairs}


@pytest.mark.parametrize("kind", ["", "everyone", "PUBLIC", "private"])
def test_unknown_kind_is_seen_by_nobody(kind: str):
    seen = [name for name, viewer in VIEWERS.items() if can_see(viewer, Visibility(kind, frozenset({"C1", "U1"})))]
    assert seen == ["operator"]


def test_viewer_sees_nothing_that_stands_under_no_visibility():
    assert [name for name, viewer in VIEWERS.items() if can_see(viewer)] == ["operator"]


@pytest.mark.parametrize("text", [*SEEN_BY, " public ", "people: U1 ,, U2,"])
def test_visibility_is_read_as_it_is_written(text: str):
    read = Visibility.parse(text)
    assert Visibility.parse(str(read)) == read


@pytest.mark.parametrize(
    "text",
    ["", " ", "Public", "public:U1", "nobody:U1", "workspace", "channel:", "people: , ", "everyone", "U1", ":U1"],
)
def test_visibility_that_is_none_is_refused(text: str):
    with pytest.raises(VisibilityError) as raised:
        Visibility.parse(text)
    assert str(raised.value) == (
        f"cannot read the visibility: {text!r}: it is none of the known ones: "
        "give public, nobody, workspace:T…, channel:C… or people:U…, with ids separated by commas"
    )


def make_channel(
    number: int, source: int, of_source: str, own: str, comments: int, days: int | None
) -> ChannelHoldings:
    newest = None if days is None else NOON + timedelta(days=days)
    return ChannelHoldings(number, source, (Visibility.parse(of_source), Visibility.parse(own)), comments, newest)


CHANNELS = [
    make_channel(1, 1, "public", "public", 10, 0),
    make_channel(2, 1, "public", "channel:C1", 5, 9),
    make_channel(3, 2, "workspace:T1", "public", 7, 5),
    make_channel(4, 2, "workspace:T1", "people:U1", 1, 8),
    make_channel(5, 3, "nobody", "public", 100, 99),
    make_channel(6, 4, "public", "public", 0, None),
    make_channel(7, 5, "public", "public", 3, None),
]


@pytest.mark.parametrize(
    ("viewer", "channel_ids", "coverage"),
    [
        ("anyone", (1, 6, 7), Coverage(13, 2, NOON)),
        ("in C1", (1, 2, 6, 7), Coverage(18, 2, NOON + timedelta(days=9))),
        ("U1 of T1", (1, 3, 4, 6, 7), Coverage(21, 3, NOON + timedelta(days=8))),
        ("operator", (1, 2, 3, 4, 5, 6, 7), Coverage(126, 4, NOON + timedelta(days=99))),
    ],
)
def test_audience_is_what_its_viewer_sees(viewer: str, channel_ids: tuple[int, ...], coverage: Coverage):
    found = find_audience(VIEWERS[viewer], CHANNELS)
    assert (found.channel_ids, found.coverage) == (channel_ids, coverage)


def test_audience_of_nothing_has_no_newest():
    assert find_audience(Viewer.anyone(), []).coverage == Coverage(0, 0, None)
    assert find_audience(Viewer.anyone(), CHANNELS[4:5]).coverage == Coverage(0, 0, None)
    assert find_audience(Viewer.anyone(), CHANNELS[6:]).coverage == Coverage(3, 1, None)


def test_mask_lets_through_the_rows_of_channels_seen():
    audience = find_audience(Viewer.anyone(), CHANNELS)
    mask = audience.mask(make_places(channels=[5, 1, 2, 7, 7, 99, 3]))
    assert mask.tolist() == [False, True, False, True, True, False, False]


def test_mask_lets_nothing_through_of_what_is_hidden_from_everybody():
    channels = [replace(CHANNELS[0], hidden=frozenset({1, 4})), replace(CHANNELS[1], hidden=frozenset({2}))]
    places = make_places(channels=[1, 1, 2, 2, 1, 1])
    assert find_audience(Viewer.anyone(), channels).mask(places).tolist() == [True, False, False, False, False, True]
    assert find_audience(Viewer.operator(), channels).mask(places).tolist() == [True, False, False, True, False, True]


def make_places(channels: list[int]) -> Places:
    """Comments in these channels, each in a discussion that is numbered as the comment is, from 0."""
    rows = np.zeros((len(channels), len(PlaceColumn)), np.int64)
    rows[:, PlaceColumn.ID] = rows[:, PlaceColumn.DISCUSSION] = np.arange(len(channels))
    rows[:, PlaceColumn.CHANNEL] = channels
    return Places.make(rows)
