"""A source that is imported again: what changed is followed everywhere, what did not is left alone."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.refresh.indexing import index_pending
from store.search.searcher import Searcher
from tests.store.factories import CountingEncoder, dump, dump_index, find_holding, native_ids
from tests.store.refresh.conftest import Import

Record = dict[str, str]

ANN = {"id": "1", "author": "Ann", "title": "On boats", "thread": "t", "text": "We painted the harbour boats."}
BOB = {"id": "2", "author": "Bob", "title": "On boats", "thread": "t", "text": "The ferry came late again."}

_TITLES = {"t1": ("", "kettles", "lamps"), "t2": ("", "ports")}
_WORDS = ("harbour", "ferry", "gull", "kettle", "lamp", "ann", "bob")


@st.composite
def exports(draw: st.DrawFn) -> list[Record]:
    """Draw an export: each comment once, one title a thread."""
    titles = {thread: draw(st.sampled_from(some)) for thread, some in _TITLES.items()}
    ids = draw(st.lists(st.sampled_from("12345"), unique=True, max_size=5))
    return [
        {
            "id": native_id,
            "author": draw(st.sampled_from(["Ann", "Bob"])),
            "thread": (thread := draw(st.sampled_from(sorted(titles)))),
            "title": titles[thread],
            "text": " ".join(draw(st.lists(st.sampled_from(_WORDS[:3]), min_size=1, max_size=3))),
        }
        for native_id in ids
    ]


def find(archive: Archive, word: str) -> set[str]:
    """Give the ids of the comments that hold a word, by the word index."""
    return {comment.native_id for comment in archive.read_comments(find_holding(archive, word)).values()}


def test_import_and_indexing_again_change_no_row(archive: Archive, import_records: Import, encoder: HashingEncoder):
    import_records(ANN, BOB)
    index_pending(archive, lambda: encoder)
    before = dump(archive)
    import_records(ANN, BOB)
    assert index_pending(archive, lambda: encoder) == 0
    assert dump(archive) == before


def test_edited_comment_is_followed_in_text_words_passages_and_vectors(
    make_archive: Callable[[], Archive], import_records: Import, encoder: HashingEncoder
):
    edited = {**ANN, "text": "We sold every lamp.", "author": "Ann Lee"}
    archive, afresh = make_archive(), make_archive()
    for records in ([ANN, BOB], [edited, BOB]):
        import_records(*records, into=archive)
        index_pending(archive, lambda: encoder)
    import_records(edited, BOB, into=afresh)
    index_pending(afresh, lambda: encoder)

    found = archive.read_comments([1])[1]
    assert (found.text, found.author) == ("We sold every lamp.", "Ann Lee")
    assert [find(archive, word) for word in ("harbour", "lamp", "lee")] == [set(), {"1"}, {"1"}]
    assert dump_index(archive) == dump_index(afresh)


def test_edit_that_keeps_text_and_author_is_not_embedded_again(archive: Archive, import_records: Import):
    encoder = CountingEncoder()
    import_records(ANN)
    index_pending(archive, lambda: encoder)
    import_records({**ANN, "title": "On ships", "url": "https://blog.example/1"})
    assert index_pending(archive, lambda: encoder) == 1
    assert encoder.calls == [[f"Ann: {ANN['text']}"]]


def test_edit_that_changes_the_author_is_embedded_again(archive: Archive, import_records: Import):
    encoder = CountingEncoder()
    import_records(ANN)
    index_pending(archive, lambda: encoder)
    import_records({**ANN, "author": "Ann Lee"})
    assert index_pending(archive, lambda: encoder) == 1
    assert encoder.calls == [[f"Ann: {ANN['text']}"], [f"Ann Lee: {ANN['text']}"]]
    assert len(dump_index(archive)["vectors"]) == 1


def test_new_title_of_a_discussion_is_found_on_all_its_comments(
    archive: Archive, import_records: Import, encoder: HashingEncoder
):
    import_records(ANN, BOB)
    index_pending(archive, lambda: encoder)
    # A feed holds the latest comments only.
    import_records({**BOB, "title": "On lighthouses"})
    assert [find(archive, word) for word in ("boats", "lighthouses")] == [{"1"}, {"1", "2"}]
    answer = Searcher(archive, encoder).search(Asked("lighthouses"), Viewer.anyone())
    assert {hit.comment.discussion_title for hit in answer.hits} == {"On lighthouses"}


def test_comment_made_private_is_hidden_before_it_is_indexed_again(
    archive: Archive, import_records: Import, encoder: HashingEncoder
):
    import_records(ANN, BOB)
    index_pending(archive, lambda: encoder)
    searcher = Searcher(archive, encoder)
    assert native_ids(searcher.search(Asked("harbour boats"), Viewer.anyone()))[0] == "1"
    import_records({**ANN, "visibility": "people:U1"})
    assert "1" not in native_ids(searcher.search(Asked("harbour boats"), Viewer.anyone()))
    assert native_ids(searcher.search(Asked("harbour boats"), Viewer.member("U1", workspace=None)))[0] == "1"
    index_pending(archive, lambda: encoder)
    assert "1" not in native_ids(searcher.search(Asked("harbour boats"), Viewer.anyone()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=6)
@given(st.lists(st.tuples(exports(), st.booleans()), min_size=2, max_size=3))
def test_any_imports_one_after_the_other_end_where_the_latest_do(
    make_archive: Callable[[], Archive],
    import_records: Import,
    encoder: HashingEncoder,
    rounds: list[tuple[list[Record], bool]],
):
    archive = make_archive()
    latest: dict[str, Record] = {}
    titles: dict[str, str] = {}
    for records, is_indexed in rounds:
        report = import_records(*records, into=archive)
        changed = [record for record in records if latest.get(record["id"]) != record]
        assert (report.added + report.edited, report.unchanged) == (len(changed), len(records) - len(changed))
        latest.update((record["id"], record) for record in records)
        # What is not said again stays as it was said.
        titles.update((record["thread"], record["title"]) for record in changed if record["title"])
        if is_indexed:
            index_pending(archive, lambda: encoder)
    index_pending(archive, lambda: encoder)

    shown = {
        comment.native_id: (comment.author, comment.text, comment.discussion_title)
        for comment in archive.read_comments(range(1, 100)).values()
    }
    assert shown == {
        native_id: (record["author"], record["text"], titles.get(record["thread"], ""))
        for native_id, record in latest.items()
    }
    held = {word: find(archive, word) for word in _WORDS}
    assert held == {
        word: {native_id for native_id, parts in shown.items() if word in " ".join(parts).lower()} for word in _WORDS
    }
    afresh = make_archive()
    import_records(*latest.values(), into=afresh)
    index_pending(afresh, lambda: encoder)
    assert dump_index(archive) == dump_index(afresh)


@pytest.mark.parametrize("visibility", ["people:U1", "nobody"])
def test_source_made_private_is_hidden_at_once(
    archive: Archive, import_records: Import, encoder: HashingEncoder, visibility: str
):
    import_records(ANN, BOB)
    index_pending(archive, lambda: encoder)
    searcher = Searcher(archive, encoder)
    assert searcher.search(Asked("harbour boats"), Viewer.anyone()).hits
    import_records({**ANN, "id": "3", "visibility": visibility}, {**BOB, "visibility": visibility})
    answer = searcher.search(Asked("harbour boats ferry"), Viewer.anyone())
    assert (native_ids(answer), answer.coverage.comments) == (["1"], 1)
