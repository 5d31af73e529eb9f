"""What is said where somebody looks already is not found again; all else is, as in any search."""

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.query import Query
from store.domain.viewer import Viewer
from store.search.ranking import CANDIDATES
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_indexed

OPERATOR = Viewer.operator()


@pytest.fixture
def searcher(archive: Archive, encoder: HashingEncoder) -> Searcher:
    put_indexed(
        archive,
        encoder,
        make_comment("C1:1.0", "The kettle whistles.", thread="C1:1.0"),
        make_comment("C1:1.5", "My kettle, too.", thread="C1:1.0", author="Mei"),
        make_comment("C1:2.0", "Is there a kettle?", thread="C1:2019-03-01"),
        make_comment("other", "Any kettle will do.", thread="blog", author="Mei"),
        make_comment("gull", "The gull.", thread="blog"),
    )
    return Searcher(archive, encoder)


@pytest.mark.parametrize(
    ("question", "beside", "found"),
    [
        ("kettle", (), {"C1:1.0", "C1:1.5", "C1:2.0", "other"}),
        ("kettle", ("C1:1.5",), {"C1:2.0", "other"}),
        ("kettle", ("C1:9.9", "C1:1.0"), {"C1:2.0", "other"}),
        ("kettle", ("C1:2.0",), {"C1:1.0", "C1:1.5", "other"}),
        ("kettle", ("C9:1.0",), {"C1:1.0", "C1:1.5", "C1:2.0", "other"}),
        ("what did Mei say?", ("C1:1.0",), {"other"}),
        ("kettle by Mei", ("C1:1.0",), {"other"}),
    ],
)
def test_discussion_that_is_read_already_is_left_out(
    searcher: Searcher, question: str, beside: tuple[str, ...], found: set[str]
):
    chosen = Query("", beside=beside)
    answer = searcher.search(Asked(question, chosen=chosen), OPERATOR)
    assert (set(native_ids(answer)), answer.asked.chosen) == (found, chosen)


def test_nearest_is_not_what_is_read_already(searcher: Searcher):
    answer = searcher.search(
        Asked("submarine kettle", chosen=Query("", beside=("C1:1.0", "C1:2.0", "other"))), OPERATOR
    )
    assert answer.outcome is Outcome.NOTHING_RELEVANT
    assert answer.nearest == ()


def test_what_is_read_already_crowds_nothing_out(archive: Archive, encoder: HashingEncoder):
    own = [make_comment(f"C1:{n}", "The kettle.", thread="C1:0") for n in range(CANDIDATES + 20)]
    put_indexed(archive, encoder, *own, make_comment("rest", "Of the kettle and of other things.", thread="r"))
    answer = Searcher(archive, encoder).search(Asked("kettle", chosen=Query("", beside=("C1:0",))), OPERATOR)
    assert native_ids(answer) == ["rest"]
