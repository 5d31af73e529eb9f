"""The best past discussion about a question, for those who may see it."""

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.query import Query
from store.domain.viewer import Viewer
from store.search.candidates import Found
from store.search.past import find_past
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_indexed


@pytest.fixture
def searcher(archive: Archive, encoder: HashingEncoder) -> Searcher:
    put_indexed(
        archive,
        encoder,
        make_comment("C1:1", "Who repairs a copper kettle?", thread="C1:1"),
        make_comment("C1:2", "The tinker repairs a copper kettle.", thread="C1:1", author="Mei"),
        make_comment("other", "A kettle.", thread="alone"),
        make_comment("den", "Who repairs a copper kettle? Dora.", thread="d", channel="den", visibility="channel:CDEN"),
    )
    return Searcher(archive, encoder)


def test_past_is_the_discussion_of_the_best_hit_alone(searcher: Searcher):
    past = find_past(searcher, "who repairs a copper kettle?", Viewer.anyone(), ())
    assert past
    assert (set(native_ids(past.answer)), past.comments) == ({"C1:1", "C1:2"}, 2)
    assert (past.answer.total, past.answer.next_offset) == (2, None)


def test_past_is_the_more_relevant_the_more_it_is_about_the_question(searcher: Searcher):
    near, far = (
        find_past(searcher, question, Viewer.anyone(), ())
        for question in ("who repairs a copper kettle?", "who repairs a copper roof in the harbour of Riga?")
    )
    assert near
    assert near.relevance > 2
    assert far is None or far.relevance < near.relevance


def test_past_is_never_what_the_question_belongs_to(searcher: Searcher):
    past = find_past(searcher, "who repairs a copper kettle?", Viewer.anyone(), ("C1:1",))
    assert past is None or native_ids(past.answer) == ["other"]


def test_past_is_only_what_its_viewer_may_see(searcher: Searcher):
    past = find_past(searcher, "Dora repairs a copper kettle", Viewer.anyone(), ())
    assert past is None or "den" not in native_ids(past.answer)
    own = find_past(searcher, "Dora repairs a copper kettle", Viewer.channel_audience("CDEN"), ())
    assert own
    assert native_ids(own.answer) == ["den"]


def test_past_is_nothing_where_there_is_no_hit(searcher: Searcher):
    assert find_past(searcher, "xylophones", Viewer.anyone(), ()) is None


def test_past_is_as_relevant_where_the_archive_grows_meanwhile(
    archive: Archive, encoder: HashingEncoder, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
):
    question, find = "who repairs a copper kettle?", searcher.find
    before = find_past(searcher, question, Viewer.anyone(), ())

    def find_later(query: Query, viewer: Viewer) -> Found:
        others = [make_comment(f"new {number}", "Ferries.", thread=f"n{number}") for number in range(20)]
        put_indexed(archive, encoder, *others)
        put_indexed(archive, encoder, make_comment("newest", "A kettle of copper.", thread="newest"))
        return find(query, viewer)

    monkeypatch.setattr(searcher, "find", find_later)
    after = find_past(searcher, question, Viewer.anyone(), ())
    assert before
    assert after
    assert (native_ids(after.answer), after.comments) == (native_ids(before.answer), 2)
    assert after.relevance > 2
