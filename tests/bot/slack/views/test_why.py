"""Why each hit is there, in words."""

from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.slack.views.answer import build_answer
from bot.slack.views.buttons import WHY, read_button
from bot.slack.views.opened import Opened
from bot.slack.views.why import build_why, explain_hit
from store.domain.answer import Outcome, Reasons
from store.domain.asked import Asked
from store.domain.feedback import Rated
from store.domain.query import Query, TimeOrder
from tests.bot.slack.views.factories import NARROWED, get_value, list_buttons, make_answer, make_hit

ASKED = Query("unconferences")
OPENED = Opened(Asked("what was said about unconferences?"), "C1", is_ephemeral=False)
LITTLE = Reasons(
    title_words=(),
    share=0.0,
    is_close=False,
    is_named=False,
    meaning=0.0,
    lent=0.0,
    is_opener=False,
    is_opened_so=False,
)


def explain(query: Query = ASKED, **given: Any) -> list[str]:
    return explain_hit(replace(make_hit(), reasons=replace(LITTLE, **given)), query)


def test_why_says_for_each_hit_of_the_page_what_speaks_for_it(snapshot: SnapshotAssertion):
    much = replace(LITTLE, share=1.0, is_close=True, is_named=True, meaning=1.4, is_opener=True, title_words=("Wiki",))
    answer = make_answer(
        [
            replace(make_hit(6), reasons=much),
            replace(make_hit(7, author="<@U1> *x*", url=""), reasons=replace(LITTLE, lent=2.0, meaning=0.8)),
        ],
        total=9,
        offset=5,
    )
    assert build_why(answer, {Rated("Tideway", "c6"): True}, OPENED) == snapshot


def test_why_is_offered_for_the_page_it_stands_below():
    view = build_answer(make_answer([make_hit(6)], total=9, offset=5))
    assert WHY in list_buttons(view)
    assert read_button(get_value(view, WHY)) == Asked("what was said about unconferences?", 5)


@pytest.mark.parametrize(
    ("share", "said"), [(1.0, "all the words"), (0.6, "most of the words"), (0.3, "some of the words")]
)
def test_words_are_told_by_how_many_they_are(share: float, said: str):
    (sentence,) = explain(share=share)
    assert f"It has {said} that your question is about, as here: “unconferences”." == sentence


@pytest.mark.parametrize(
    ("meaning", "said"),
    [(1.5, ["very near"]), (1.0, ["is near"]), (0.8, ["somewhat near"]), (0.5, []), (0.0, [])],
)
def test_meaning_is_told_in_words(meaning: float, said: list[str]):
    hit = replace(make_hit(highlights=()), reasons=replace(LITTLE, meaning=meaning, is_opener=True))
    told = explain_hit(hit, ASKED)[:-1]
    assert len(told) == len(said)
    assert all(words in sentence for words, sentence in zip(said, told, strict=True))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"is_named": True}, "Your question names Graham Tuttle, who wrote it."),
        ({"lent": 0.5}, "What was said around it in the discussion is near to your question, and lent it weight."),
        ({"is_opener": True}, "It opens its discussion."),
        ({"is_opened_so": True}, "Its discussion was opened by something near to your question."),
        ({"title_words": ("Wiki", "tips")}, "The title of its discussion has words of your question: “Wiki”, “tips”."),
    ],
)
def test_each_reason_is_a_sentence(given: dict[str, Any], said: str):
    assert said in explain(**given)
    assert said not in explain()


def test_little_of_each_is_told_as_that():
    hit = replace(make_hit(highlights=()), reasons=LITTLE)
    assert explain_hit(hit, ASKED) == [
        "A little of each speaks for it: its words, its meaning, and what was said around it."
    ]


def test_filters_and_dates_are_told_where_they_counted():
    assert explain_hit(make_hit(), NARROWED) == [
        "It is what your question is narrowed to: by Mihai Popescu, in #hr.",
        "Its date, <!date^1182327300^{date_pretty}|2007-06-20>, is of the time that you asked for: since 2010-01-01.",
    ]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (TimeOrder.OLDEST, "The oldest come first, as you asked: this one is of "),
        (TimeOrder.NEWEST, "The newest come first, as you asked: this one is of "),
        (TimeOrder.RECENT, "Newer ones counted for more, as you asked: this one is of "),
    ],
)
def test_order_by_time_is_told(order: TimeOrder, said: str):
    told = explain_hit(make_hit(), Query("x", order=order))[-1]
    assert told.startswith(said)
    assert "2007-06-20" in told


def test_why_of_nothing_says_what_to_do():
    gone = make_answer(outcome=Outcome.ANSWERED)
    assert "ask your question again" in build_why(gone, {}, OPENED).blocks[0]["text"]["text"]


def test_why_of_an_answer_that_found_nothing_relevant_is_of_what_is_nearest(snapshot: SnapshotAssertion):
    near = replace(make_hit(3), reasons=replace(LITTLE, meaning=0.8))
    assert build_why(make_answer(nearest=[near]), {Rated("Tideway", "c3"): False}, OPENED) == snapshot


def test_why_of_an_answer_that_found_nothing_at_all_says_so():
    assert "no excerpt to explain or to judge" in build_why(make_answer(), {}, OPENED).blocks[0]["text"]["text"]
