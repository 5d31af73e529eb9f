"""What came into the archive between two moments, whenever it was said: found as in any search, and nothing else."""

from datetime import UTC, datetime

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.query import Query
from store.domain.viewer import Viewer
from store.refresh.indexing import index_pending
from store.search.ranking import CANDIDATES
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_comments, put_indexed

OPERATOR = Viewer.operator()
LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)


def search(searcher: Searcher, question: str, new: tuple[int, int], viewer: Viewer = OPERATOR) -> list[str]:
    return native_ids(searcher.search(Asked(question, chosen=Query("", new=new)), viewer))


@pytest.fixture
def searcher(archive: Archive, encoder: HashingEncoder) -> Searcher:
    put_indexed(
        archive,
        encoder,
        make_comment("old", "The kettle whistles.", author="Mei"),
        make_comment("old gull", "The gull.", thread="gulls"),
    )
    put_indexed(
        archive,
        encoder,
        make_comment("new", "Any kettle will do.", author="Mei", published=LONG_AGO),
        make_comment("new gull", "A gull.", thread="gulls"),
        make_comment("hidden", "My kettle.", channel="den", visibility="channel:CDEN"),
    )
    return Searcher(archive, encoder)


@pytest.mark.parametrize(
    ("question", "new", "found"),
    [
        ("kettle", (0, 5), {"old", "new", "hidden"}),
        ("kettle", (2, 5), {"new", "hidden"}),
        ("kettle", (2, 4), {"new"}),
        ("kettle", (3, 4), set()),
        ("kettle", (5, 9), set()),
        ("what did Mei say?", (2, 5), {"new"}),
        ("what did Mei say?", (0, 2), {"old"}),
        ("kettle by Mei", (2, 5), {"new"}),
        ("xylophone", (0, 5), set()),
        ("…", (0, 5), set()),
    ],
)
def test_new_is_what_came_in_between(searcher: Searcher, question: str, new: tuple[int, int], found: set[str]):
    assert set(search(searcher, question, new)) == found


def test_new_holds_nothing_that_its_viewer_may_not_see(searcher: Searcher):
    assert search(searcher, "kettle", (2, 5), Viewer.anyone()) == ["new"]
    assert search(searcher, "kettle", (4, 5), Viewer.anyone()) == []
    assert search(searcher, "kettle", (4, 5), Viewer.channel_audience("CDEN")) == ["hidden"]


def test_new_is_not_crowded_out_by_what_was_there(archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, *(make_comment(f"{n}", "The kettle.", thread=f"{n}") for n in range(CANDIDATES + 20)))
    newest = archive.searching.read_newest_id()
    put_indexed(archive, encoder, make_comment("new", "Of the kettle and of many other things.", published=LONG_AGO))
    searcher = Searcher(archive, encoder)
    assert search(searcher, "kettle", (newest, newest + 1)) == ["new"]
    assert search(searcher, "before 2000", (newest, newest + 1)) == ["new"]


def test_new_that_is_not_relevant_is_not_even_shown_as_nearest(searcher: Searcher):
    answer = searcher.search(Asked("submarine kettle periscope torpedo", chosen=Query("", new=(3, 4))), OPERATOR)
    assert (answer.outcome, answer.hits, answer.nearest) == (Outcome.NOTHING_RELEVANT, (), ())


def test_settled_is_what_indexing_has_followed(archive: Archive, encoder: HashingEncoder):
    searching = archive.searching
    assert (searching.read_newest_id(), searching.read_settled_id()) == (0, 0)
    put_indexed(archive, encoder, make_comment("a", "One."), make_comment("b", "Two."))
    assert (searching.read_newest_id(), searching.read_settled_id()) == (2, 2)
    put_comments(archive, make_comment("c", "Three."), make_comment("d", "Four."))
    assert (searching.read_newest_id(), searching.read_settled_id()) == (4, 2)
    index_pending(archive, lambda: encoder)
    assert searching.read_settled_id() == 4
    # What was there before is written again: it is not new, but how it is found is not known yet.
    put_comments(archive, make_comment("b", "Two, and a half."))
    assert searching.read_settled_id() == 1
