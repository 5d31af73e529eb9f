import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.found import introduce_nearest
from bot.slack.views.answer import MAX_HITS, build_answer, build_rest
from bot.slack.views.buttons import MORE, SHARE
from bot.slack.views.message import MessageView
from store.domain.answer import Answer, Coverage, Outcome
from store.domain.query import Filter, Query
from store.stages import Stage, watching
from tests.bot.slack.views.factories import (
    NARROWED,
    NEWEST,
    list_buttons,
    list_filters,
    make_answer,
    make_hit,
    make_nearest_answer,
    make_typical_answer,
)


def test_answer_typical_blocks(snapshot: SnapshotAssertion):
    assert build_answer(make_typical_answer()) == snapshot


def test_answer_private_blocks_offer_more_and_share(snapshot: SnapshotAssertion):
    assert build_answer(make_typical_answer(), can_share=True).blocks[-1] == snapshot


def test_answer_shared_says_who_asked_what_and_is_for_the_channel(snapshot: SnapshotAssertion):
    view = build_answer(make_answer([make_hit()]), asked_by="ada|*<!here>")
    assert view.for_channel
    assert view.blocks[0] == snapshot


def test_answer_nothing_found(snapshot: SnapshotAssertion):
    assert build_answer(make_answer(topic="<!channel> zeppelins & *more*")) == snapshot


def test_answer_nothing_relevant_shows_what_is_nearest_as_what_it_is(snapshot: SnapshotAssertion):
    view = build_answer(make_nearest_answer(), can_share=True)
    assert view == snapshot
    assert SHARE not in list_buttons(view)


def test_answer_nothing_relevant_with_filters_shows_them_before_what_is_nearest():
    view = build_answer(make_answer(query=NARROWED, nearest=[make_hit()]))
    kinds = ["section", "context", "actions", "section", "section", "section", "rich_text", "context", "actions"]
    assert [block["type"] for block in view.blocks] == kinds
    assert view.blocks[3]["text"]["text"] == introduce_nearest()


def test_answer_nothing_relevant_shows_no_more_than_a_page_of_what_is_nearest():
    view = build_answer(make_answer(nearest=[make_hit(rank, discussion_id=rank) for rank in range(1, 10)]))
    assert sum(block["type"] == "rich_text" for block in view.blocks) == MAX_HITS
    assert view.plain.count("open the comment") == MAX_HITS


def test_answer_empty_archive(snapshot: SnapshotAssertion):
    empty = make_answer(outcome=Outcome.NOTHING_INDEXED, coverage=Coverage(0, 0, None))
    assert build_answer(empty) == snapshot


def test_answer_pending(snapshot: SnapshotAssertion):
    waiting = Coverage(comments=1_200, sources=1, newest=NEWEST, pending=1_200)
    assert build_answer(make_answer(outcome=Outcome.NOTHING_INDEXED, coverage=waiting)) == snapshot


def test_answer_past_the_end_does_not_say_that_indexing_goes_on():
    past = make_answer(outcome=Outcome.ANSWERED, total=7, offset=10)
    view = build_answer(past)
    assert "indexed" not in json.dumps(view.blocks)
    assert "nothing more" in view.text


def test_answer_is_never_for_the_channel_unless_somebody_shares_it():
    for answer in (make_typical_answer(), make_answer(), make_answer(outcome=Outcome.NOTHING_INDEXED)):
        assert not build_answer(answer, can_share=True).for_channel


def test_answer_discussions_have_one_heading_each():
    hits = [make_hit(1), make_hit(2), make_hit(3, discussion_id=2, title="Another")]
    headings = [
        block["text"]["text"]
        for block in build_answer(make_answer(hits)).blocks
        if block["type"] == "section" and block["text"]["text"].startswith("*")
    ]
    assert headings == [
        "*<https://tideway.example/2007/06/agenda.html|What if the delegates wrote the agenda>*",
        "*<https://tideway.example/2007/06/agenda.html|Another>*",
    ]


@pytest.mark.parametrize(
    ("count", "said"), [(1, "comments.”"), (2, "And 1 more comment."), (3, "And 2 more comments.")]
)
def test_answer_text_is_a_sentence_that_counts_the_rest(count: int, said: str):
    view = build_answer(make_answer([make_hit(text="About comments.")], total=count))
    assert view.text.startswith("Graham Tuttle wrote on 2007-06-20: “About comments.”")
    assert view.text.endswith(said)


def test_answer_plain_says_all_of_it_without_blocks(snapshot: SnapshotAssertion):
    assert build_answer(make_typical_answer()).plain == snapshot


def test_answer_dates_before_1970_are_written_out():
    old = make_hit(published=datetime(1969, 7, 20, tzinfo=UTC))
    assert "1969-07-20" in json.dumps(build_answer(make_answer([old])).blocks)
    assert "<!date^-" not in json.dumps(build_answer(make_answer([old])).blocks)


def test_answer_links_that_cannot_be_linked_leave_the_words():
    bad: list[Answer] = [
        make_answer([make_hit(url=url, discussion_url=url)])
        for url in ("", "javascript:alert(1)", "http://x|y", "https://a b", "https://x>y", "https://x/" + "&" * 600)
    ]
    for answer in bad:
        view = build_answer(answer)
        assert view.blocks[0]["text"]["text"] == "*What if the delegates wrote the agenda*"
        assert "open the comment" not in json.dumps(view.blocks) + view.plain


def test_answer_that_was_narrowed_says_so_above_the_hits_with_buttons_to_widen_it(snapshot: SnapshotAssertion):
    assert build_answer(make_answer([make_hit()], query=NARROWED)).blocks[:2] == snapshot


def test_answer_that_was_widened_says_so_and_offers_what_is_left():
    query = Query("badges", authors=("Mihai Popescu",))
    view = build_answer(make_answer([make_hit()], query=query, without=(Filter.DATES,)))
    assert view.blocks[0]["elements"][0]["text"] == "Understood: about “badges”, by Mihai Popescu, at any time."
    assert list_filters(view) == ["topic", "authors"]


def test_answer_with_one_filter_left_says_what_was_removed_without_buttons():
    view = build_answer(make_answer([make_hit()], topic="badges", without=(Filter.AUTHORS,)))
    assert view.blocks[0]["elements"][0]["text"] == "Understood: about “badges”, by anyone."
    assert list_filters(view) == []


def test_answer_that_finds_nothing_offers_to_widen_the_search():
    view = build_answer(make_answer(query=NARROWED))
    assert [block["type"] for block in view.blocks] == ["section", "context", "actions", "context", "actions"]
    assert list_filters(view)[0] == "topic"


def test_answer_that_is_shared_can_be_widened_too():
    view = build_answer(make_answer([make_hit()], query=NARROWED), asked_by="ada")
    assert [block["type"] for block in view.blocks[:3]] == ["context", "context", "actions"]


def test_answer_too_long_for_all_loses_the_filters_before_the_links():
    question = '"' * 20_000
    some = [make_hit(rank, text="x" * 500, highlights=(), discussion_id=rank) for rank in range(1, 6)]
    view = build_answer(make_answer(some, question=question, query=NARROWED, total=9), can_share=True)
    assert list_filters(view) == []
    assert {MORE, SHARE} <= set(list_buttons(view))
    assert "open the comment" in json.dumps(view.blocks)


def get_byline(view: MessageView) -> str:
    byline: str = view.blocks[1]["text"]["text"]
    return byline.partition("2007-06-20>")[2]


@pytest.mark.parametrize(
    ("url", "also", "said"),
    [
        ("https://a.example/", [], " (<https://a.example/|open the comment>)"),
        (
            "https://a.example/",
            ["https://b.example/?x=1&y=2"],
            " (<https://a.example/|open the comment>), <https://b.example/?x=1&amp;y=2|also here>",
        ),
        ("", ["https://b.example/", ""], ", <https://b.example/|also here>"),
        (
            "",
            [f"https://b.example/{number}" for number in range(5)],
            ", <https://b.example/0|also here>, <https://b.example/1|also here> and 3 more",
        ),
        # An address that finds no room is counted, unless nothing is said of others at all.
        ("", ["https://b.example/", "https://c.example/" + "x" * 2_000], ", <https://b.example/|also here> and 1 more"),
        ("", ["https://c.example/" + "x" * 2_000], ""),
    ],
)
def test_answer_links_to_where_else_a_comment_stands(url: str, also: list[str], said: str):
    assert get_byline(build_answer(make_answer([make_hit(url=url, also=also)]))) == said


def test_rest_says_how_many_are_for_whom(snapshot: SnapshotAssertion):
    view = build_rest(make_answer([make_hit()]))
    assert view == snapshot
    assert list_buttons(view) == []


def test_rest_says_how_to_see_those_that_are_left():
    view = build_rest(make_answer([make_hit(rank) for rank in range(1, 6)], query=NARROWED, total=7))
    assert view.text.startswith("7 more, only for you: not everyone in this channel may see them. Graham Tuttle wrote")
    left = "And 2 more: ask me in private, with `/hark` or in a direct message, to see them."
    assert view.blocks[-1]["elements"][0]["text"] == left
    assert left in view.plain
    assert list_buttons(view) == []


def test_nothing_relevant_in_an_archive_that_is_being_indexed_says_how_far_that_is():
    view = build_answer(make_answer(coverage=Coverage(200, 1, NEWEST, pending=50)))
    assert "The archive is still being indexed, 75% of it so far: 50 of 200 comments wait." in view.text
    assert "75%" not in build_answer(make_answer()).text


def test_nothing_there_is_told_apart_from_nothing_relevant():
    nowhere = build_answer(make_answer(query=Query("badges", sources=("Blog",))))
    assert nowhere.text.startswith("There is nothing here in Blog, about this or anything else. Take away one of")
    alone = build_answer(make_answer(query=Query("", sources=("Blog",))))
    assert alone.text == "There is nothing here in Blog. Other names or dates may help."
    near = build_answer(make_answer(query=Query("badges", sources=("Blog",)), nearest=[make_hit()]))
    assert near.text.startswith("I found nothing relevant about “badges”.")


def test_answer_is_built_in_one_stage():
    stages: list[Stage] = []

    @contextmanager
    def note(which: Stage) -> Iterator[None]:
        stages.append(which)
        yield

    with watching(note):
        build_answer(make_answer([make_hit()]))
    assert stages == [Stage.BUILD]
