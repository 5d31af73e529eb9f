"""Why a comment is a hit: what evidence for it can be told."""

from datetime import timedelta

import numpy as np
import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.answer import Excerpt, Reasons
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.search.reasons import find_reasons
from store.search.searcher import Searcher
from tests.store.factories import NOON, make_comment, put_comments, put_indexed
from tests.store.search.making import make_evidence, make_hit, make_turns

ANYONE = Viewer.anyone()
NOTHING = Reasons((), 0.0, False, False, 0.0, 0.0, False, False)  # noqa: FBT003  # as they stand in the class


def explain(**given: object) -> Reasons:
    evidence = make_evidence(1, **{name: [value] for name, value in given.items()})
    return find_reasons(evidence, 0, 0.5, make_hit(1).comment, {})


def test_no_evidence_is_no_reason():
    assert explain() == NOTHING


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"share": 0.4}, "share", 0.4),
        ({"meaning": 0.75, "nearby": 0.75}, "meaning", 1.5),
        ({"meaning": -0.2, "nearby": -0.2}, "meaning", 0.0),
        ({"meaning": 0.25, "nearby": 0.5}, "lent", 2.0),
        ({"words": 1.0, "context": 3.0}, "lent", 1.3),
        ({"words": 3.0, "context": 1.0}, "lent", 0.0),
        ({"closeness": 0.1}, "is_close", True),
        ({"named": True}, "is_named", True),
        ({"opener": True, "opening": 0.1}, "is_opener", True),
        ({"opener": True, "opening": 0.1}, "is_opened_so", False),
        ({"opening": 0.1}, "is_opened_so", True),
    ],
)
def test_each_kind_of_evidence_is_a_reason(given: dict[str, object], name: str, value: object):
    assert getattr(explain(**given), name) == pytest.approx(value)


def test_reasons_are_plain_values():
    reasons = find_reasons(make_evidence(2, share=np.ones(2)), 1, 0.5, make_hit(1).comment, {})
    assert {type(getattr(reasons, name)) for name in Reasons.__slots__} == {tuple, float, bool}


def test_excerpt_gives_its_words_once_in_order():
    excerpt = Excerpt("Wiki, lunch and wiki", ((0, 4), (6, 11), (16, 20)))
    assert excerpt.words == ("Wiki", "lunch")
    assert Excerpt("Wiki").words == ()


def test_search_says_what_words_and_meaning_speak_for_a_hit(
    archive: Archive, searcher: Searcher, encoder: HashingEncoder
):
    put_indexed(
        archive,
        encoder,
        make_comment("1", "The zeppelin lay in the harbour.", author="Zoë", title="Zeppelins, and Zeppelins"),
        make_comment("2", "A kettle.", thread="t2"),
    )
    (hit,) = searcher.search(Asked("what did anyone say of a zeppelin in the harbour, Zoë?"), ANYONE).hits
    assert hit.reasons is not None
    assert hit.reasons.title_words == ("Zeppelins",)
    assert hit.reasons.share == pytest.approx(1)
    assert hit.reasons.is_close
    assert hit.reasons.meaning > 1


def test_search_says_what_neighbours_lent_and_who_opened(archive: Archive, searcher: Searcher, encoder: HashingEncoder):
    texts = ("zeppelin harbour zeppelin harbour", "Yes, the zeppelin is what I saw there on that day with my aunt.")
    put_indexed(archive, encoder, *make_turns(*texts), make_comment("k", "A kettle.", thread="t2"))
    hits = {hit.comment.native_id: hit.reasons for hit in searcher.search(Asked("zeppelin harbour"), ANYONE).hits}
    opener, answer = hits["t1/0"], hits["t1/1"]
    assert opener is not None
    assert answer is not None
    assert (opener.is_opener, opener.is_opened_so) == (True, False)
    assert (answer.is_opener, answer.is_opened_so) == (False, True)
    assert answer.lent > 1 > opener.lent
    assert answer.share < 1


def test_search_of_comments_that_wait_for_indexing_knows_no_meaning(archive: Archive, searcher: Searcher):
    put_comments(archive, make_comment("1", "The zeppelin in the harbour."))
    (hit,) = searcher.search(Asked("zeppelin"), ANYONE).hits
    assert hit.reasons is not None
    assert (hit.reasons.meaning, hit.reasons.share) == (0.0, pytest.approx(1))


def test_search_without_a_topic_has_no_reasons(archive: Archive, searcher: Searcher, encoder: HashingEncoder):
    put_indexed(archive, encoder, make_comment("1", "x", author="Bo", published=NOON - timedelta(days=1)))
    (hit,) = searcher.search(Asked("what did Bo say?"), ANYONE).hits
    assert hit.reasons is None
