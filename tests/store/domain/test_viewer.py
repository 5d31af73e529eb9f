"""Visibilities, viewers, and who may see what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.viewer import NOBODY, PUBLIC, Viewer, Visibility, can_see
from store.errors import VisibilityError

ID = st.text("ABCU0123", min_size=1, max_size=4)
VISIBILITY = st.sampled_from([PUBLIC, NOBODY]) | st.builds(
    Visibility, st.sampled_from(["workspace", "channel", "people"]), st.frozensets(ID, min_size=1, max_size=3)
)
VIEWER = st.builds(Viewer, workspaces=st.frozensets(ID), channels=st.frozensets(ID), person=st.none() | ID)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("public", PUBLIC),
        (" nobody ", NOBODY),
        ("workspace:T1", Visibility("workspace", frozenset({"T1"}))),
        ("channel:C1,C2", Visibility("channel", frozenset({"C1", "C2"}))),
        ("people: U2 , U1,", Visibility("people", frozenset({"U1", "U2"}))),
    ],
)
def test_visibility_is_read(text: str, expected: Visibility):
    assert Visibility.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "Public", "private", "public:T1", "nobody:U1", "channel", "channel:", "people: , ", "team:T1"]
)
def test_visibility_that_is_none_is_refused(text: str):
    with pytest.raises(VisibilityError) as caught:
        Visibility.parse(text)

    assert str(caught.value) == (
        f"cannot read the visibility: {text!r}: it is none of the known ones: "
        "give public, nobody, workspace:T…, channel:C… or people:U…, with ids separated by commas"
    )


@given(VISIBILITY)
def test_visibility_reads_what_it_writes(visibility: Visibility):
    assert Visibility.parse(str(visibility)) == visibility


MEMBER = Viewer.member("U1", workspace="T1", channels=frozenset({"C1"}))
GUEST = Viewer.member("U1", workspace=None)


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        (Viewer.anyone(), {"public"}),
        (Viewer.channel_audience("C1"), {"public", "channel:C1,C2"}),
        (MEMBER, {"public", "workspace:T1", "channel:C1,C2", "people:U1"}),
        (GUEST, {"public", "people:U1"}),
        (Viewer.member("U9", workspace="T9", channels=frozenset({"C9"})), {"public"}),
        (Viewer.operator(), {"public", "nobody", "workspace:T1", "channel:C1,C2", "people:U1", "secret"}),
    ],
)
def test_viewer_sees_just_what_is_meant_for_them(viewer: Viewer, seen: set[str]):
    known = ["public", "nobody", "workspace:T1", "channel:C1,C2", "people:U1"]
    visibilities = {text: Visibility.parse(text) for text in known} | {"secret": Visibility("of a later version")}

    assert {text for text, visibility in visibilities.items() if can_see(viewer, visibility)} == seen


@given(viewer=VIEWER, first=VISIBILITY, second=VISIBILITY)
def test_every_visibility_must_permit(viewer: Viewer, first: Visibility, second: Visibility):
    assert can_see(viewer, first, second) == (can_see(viewer, first) and can_see(viewer, second))


def test_what_stands_under_no_visibility_is_seen_by_the_operator_alone():
    assert (can_see(MEMBER), can_see(Viewer.operator())) == (False, True)


@given(VISIBILITY)
def test_unknown_person_is_never_a_named_one(visibility: Visibility):
    assert can_see(Viewer.anyone(), visibility) == (visibility == PUBLIC)


def test_limit_without_ids_is_for_nobody():
    assert Visibility.limited("people", ["U1", "U2", "U1"]) == Visibility.parse("people:U1,U2")
    assert Visibility.limited("channel", []) == NOBODY
