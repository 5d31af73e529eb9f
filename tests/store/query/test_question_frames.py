"""What is asked about, out of the ways people ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.query import Query
from store.query.understand import understand
from store.text.words import question_terms

ASKED = [
    "What was said about {}?",
    "what was said about {}",
    "WHAT HAS BEEN WRITTEN ON {} ???",
    "What did people say about {}?",
    "what have we discussed regarding {}",
    "Has anyone ever mentioned {}?",
    "did somebody talk about {}?",
    "Who said anything about {}?",
    "who has written about {}?",
    "Find discussions about {}",
    "please show me all the old threads on {}!",
    "hi, what was said about {}?",
    "Hey! search for comments about {}",
    "Is there anything about {}?",
    "was there some talk about {}?",
    "any posts about {}",
    "Was wurde über {} gesagt?",
    "was haben wir schon zu {} geschrieben",
    "{}",
    "  {}…",
]
WORDS = ["unconferences", "bench", "“a quiet room”", "R&D", "what", "about", "said", "hi", "no", "2011"]
QUESTION = st.lists(
    st.sampled_from([*WORDS, "What was", "find", "who", "any", "?", ",", "…", "\n", "(", "-"]) | st.text(max_size=4),
    max_size=12,
).map(" ".join)


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize("topic", ["unconferences", "the value of social learning at work", "café culture"])
def test_frame_is_kept_out_of_the_topic(question: str, topic: str):
    assert understand(question.format(topic)) == Query(topic)


@pytest.mark.parametrize(
    "question",
    ["about time", "said", "who", "find", "hello", "any comments", "what was said", "so", "comments on comments on"],
)
def test_question_that_is_all_frame_is_its_own_topic(question: str):
    assert question_terms(understand(question).topic)
    assert understand(question + " ???").topic == understand(question).topic


@pytest.mark.parametrize("question", ["", "   ", "???", "\u202e\0", "… ! ?"])
def test_question_without_a_word_has_a_topic_without_one(question: str):
    assert question_terms(understand(question).topic) == []


@given(QUESTION | st.text() | st.text(st.characters(codec=None)))
def test_any_question_is_understood_and_keeps_a_word(question: str):
    query = understand(question)

    # Words of time alone are a question as well: then there is a filter, and no topic.
    assert question_terms(query.topic) or query.after or query.before or not question_terms(question)
    assert "\n" not in query.topic


def test_overlong_question_is_cut():
    assert len(understand("what was said about " + "benches " * 10_000).topic) <= 1_000
