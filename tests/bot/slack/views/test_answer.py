import json
from datetime import UTC, datetime

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.slack.views.answer import MAX_QUESTION_CHARS, MORE, SHARE, build_answer, read_button
from bot.slack.views.message import Block, MessageView
from store.domain.answer import Answer, Coverage, Outcome
from tests.bot.slack.views.factories import NEWEST, make_answer, make_hit, make_typical_answer


def find_button(view: MessageView, action_id: str) -> Block | None:
    buttons = [one for block in view.blocks if block["type"] == "actions" for one in block["elements"]]
    return next((button for button in buttons if button["action_id"] == action_id), None)


def get_value(view: MessageView, action_id: str) -> str:
    button = find_button(view, action_id)
    assert button is not None
    value: str = button["value"]
    return value


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


def test_answer_offers_nothing_more_on_the_last_page():
    assert find_button(build_answer(make_answer([make_hit(6), make_hit(7)], total=7, offset=5)), MORE) is None


def test_answer_more_says_how_many_are_left_and_carries_where_they_start():
    view = build_answer(make_answer([make_hit(rank) for rank in range(6, 11)], total=13, offset=5), can_share=True)
    more = find_button(view, MORE)
    assert more is not None
    assert (more["text"]["text"], read_button(more["value"])) == (
        "More (3)",
        ("what was said about unconferences?", 10),
    )
    assert read_button(get_value(view, SHARE)) == ("what was said about unconferences?", 5)


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


@pytest.mark.parametrize(
    "question",
    [
        "what was said about unconferences?",
        'he said "wikis" and \\backslashes\\',
        '"' * 20_000,
        "\\" * 20_000,
        "“ünï” 🌊 " * 5_000,
        "line\nbreak\ttab\x00null\u202eover",
        "<!here> & <@U1> | * _ ~ `",
    ],
)
def test_answer_buttons_carry_any_question_and_offset(question: str):
    asked = make_answer([make_hit(rank) for rank in range(1, 6)], question=question, total=900)
    view = build_answer(asked, can_share=True)
    more, share = get_value(view, MORE), get_value(view, SHARE)
    assert max(len(more), len(share)) <= 2_000
    carried = read_button(more)
    assert carried is not None
    assert carried[1] == 5
    assert read_button(share) == (carried[0], 0)
    # The next page carries the same again.
    assert get_value(build_answer(make_answer(asked.hits, question=carried[0], total=900)), MORE) == more


def test_answer_buttons_keep_a_question_that_fits_as_it_is():
    question = 'he said "wikis"? ' + "x" * (MAX_QUESTION_CHARS - 17)
    view = build_answer(make_answer([make_hit()], question=question, total=2))
    assert read_button(get_value(view, MORE)) == (question, 1)


@pytest.mark.parametrize("value", ["", "null", "[]", "{}", '{"q": 1, "o": 0}', '{"q": "x"}', "unconferences", '{"q":'])
def test_read_button_gives_none_for_what_is_not_ours(value: str):
    assert read_button(value) is None


def test_read_button_takes_no_offset_below_the_first():
    assert read_button('{"q": "x", "o": -5}') == ("x", 0)


def test_answer_links_that_cannot_be_linked_leave_the_words():
    bad: list[Answer] = [
        make_answer([make_hit(url=url, discussion_url=url)])
        for url in ("", "javascript:alert(1)", "http://x|y", "https://a b", "https://x>y", "https://x/" + "&" * 600)
    ]
    for answer in bad:
        view = build_answer(answer)
        assert view.blocks[0]["text"]["text"] == "*What if the delegates wrote the agenda*"
        assert "open the comment" not in json.dumps(view.blocks) + view.plain
