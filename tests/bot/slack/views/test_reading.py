from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.slack.views.modal import ModalView
from bot.slack.views.reading import build_reading, build_unreadable, parse_spot, write_spot
from store.domain.comment import ArchivedComment
from store.domain.reading import PIECE_CHARS, DiscussionPart, Side, Spot
from tests.bot.slack.views.factories import make_hit
from tests.fakes.slack.limits import walk
from tests.fakes.slack.views import check_view


def make_comments(count: int, **changes: Any) -> tuple[ArchivedComment, ...]:
    return tuple(replace(make_hit(number).comment, **changes) for number in range(1, count + 1))


def list_buttons(view: ModalView) -> dict[str, str]:
    """What the buttons are called, and what they carry."""
    nodes = [node for _, node in walk(view.blocks, "") if node.get("type") == "button"]
    return {node["text"]["text"]: node["value"] for node in nodes}


def read_quotes(view: ModalView) -> str:
    return "".join(node["text"] for _, node in walk(view.blocks, "") if node.get("type") == "text")


def find_texts(view: ModalView) -> list[str]:
    return [node["text"] for _, node in walk(view.blocks, "") if node.get("type") == "mrkdwn"]


def test_reading_around_a_comment(snapshot: SnapshotAssertion):
    shown = make_comments(3)
    other = replace(shown[2], author="Aiko <@U1>", text="Ours began at <!here>.", url="javascript:x", published=None)
    part = DiscussionPart((shown[0], shown[1], other), 4, 9)
    view = build_reading(part, Spot(2), "C1")
    check_view(view.build(), "modal")
    assert view == snapshot


def test_reading_offers_what_there_is_before_and_after():
    part = DiscussionPart(make_comments(3), 4, 9)
    ways = {"Before (4)": "before 1 0", "After (2)": "after 3 0"}
    assert list_buttons(build_reading(part, Spot(2))) == ways | {"Whole discussion": "whole 1 0"}
    assert list_buttons(build_reading(part, Spot(9, Side.AFTER))) == ways
    assert list_buttons(build_reading(replace(part, start=0, total=5), Spot(2, Side.WHOLE))) == {
        "After (2)": "after 3 0"
    }
    assert list_buttons(build_reading(replace(part, start=6), Spot(9, Side.BEFORE))) == {"Before (6)": "before 1 0"}


def test_reading_all_there_is_has_no_buttons():
    assert list_buttons(build_reading(DiscussionPart(make_comments(3), 0, 3), Spot(2))) == {}


def test_reading_says_which_comments_these_are_and_of_where():
    one = DiscussionPart(make_comments(1, channel="hr"), 2, 1_234)
    assert find_texts(build_reading(one, Spot(1)))[1] == "Tideway, #hr: comment 3 of 1,234"
    some = DiscussionPart(make_comments(3), 0, 3)
    assert find_texts(build_reading(some, Spot(1)))[1] == "Tideway: comments 1 to 3 of 3"


def test_reading_marks_where_one_came_from_in_words():
    texts = find_texts(build_reading(DiscussionPart(make_comments(3), 0, 3), Spot(2)))
    assert ["you came from here" in text for text in texts] == [False, False, False, True, False]
    whole = find_texts(build_reading(DiscussionPart(make_comments(3), 0, 3), Spot(2, Side.WHOLE)))
    assert "you came from here" not in "".join(whole)


def test_reading_says_whom_somebody_answers():
    part = DiscussionPart(make_comments(2), 4, 9, {1: "Jon *I*", 2: "<@U1>"})
    bylines = find_texts(build_reading(part, Spot(2)))[2:4]
    assert bylines[0].endswith(") · answering Jon ∗I∗")
    assert bylines[1].endswith(") · answering &lt;@U1&gt; · you came from here")


def test_long_comment_is_read_whole_piece_by_piece():
    text = " ".join(f"word{number}" for number in range(2_000))
    (comment,) = make_comments(1, text=text)
    part, skip, pieces = DiscussionPart((comment,), 0, 1), 0, list[str]()
    while True:
        view = build_reading(part, Spot(1, skip=skip))
        check_view(view.build(), "modal")
        pieces.append(read_quotes(view))
        assert len(pieces[-1]) <= PIECE_CHARS
        value = list_buttons(view).get("Read on")
        if value is None:
            break
        spot = parse_spot(value)
        assert spot is not None
        skip = spot.skip
    assert len(pieces) == 3
    assert "".join(pieces) == text
    assert all(piece.startswith("word") for piece in pieces)


def test_long_comment_without_a_space_is_read_whole():
    (comment,) = make_comments(1, text="x" * (PIECE_CHARS + 1))
    view = build_reading(DiscussionPart((comment,), 0, 1), Spot(1))
    assert len(read_quotes(view)) == PIECE_CHARS
    assert "goes on for 1 character" in "".join(find_texts(view))


@pytest.mark.parametrize("spot", [Spot(1), Spot(2**40, Side.BEFORE), Spot(3, Side.WHOLE), Spot(4, skip=6_000)])
def test_spot_is_what_its_button_carried(spot: Spot):
    assert parse_spot(write_spot(spot)) == spot


@pytest.mark.parametrize("value", ["", "around", "around 1", "around x 0", "beside 1 0", "around 1 0 0", "around -1 0"])
def test_spot_of_another_version_is_none(value: str):
    assert parse_spot(value) is None


@pytest.mark.parametrize("part", [None, DiscussionPart((), 3, 3)])
def test_nothing_to_read_says_so(part: DiscussionPart | None):
    assert build_reading(part, Spot(1), "C1") == build_unreadable()
    assert "Please ask again" in build_unreadable().blocks[0]["text"]["text"]


def test_comment_without_words_has_no_quotation():
    (comment,) = make_comments(1, text=" ")
    assert [block["type"] for block in build_reading(DiscussionPart((comment,), 0, 1), Spot(1)).blocks] == [
        "section",
        "context",
        "section",
    ]
