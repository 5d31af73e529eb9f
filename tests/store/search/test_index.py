from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.readers import PlaceColumn
from store.domain.asked import Asked
from store.domain.comment import ANONYMOUS, Comment
from store.domain.viewer import Viewer
from store.refresh.indexing import index_pending
from store.repositories.searching import Searching
from store.search.index import SearchIndex, Snapshot
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_comments, put_indexed
from tests.store.search.making import assert_same

_WORDS = ("zeppelin", "harbour", "kettle", "gull")
LONG = " ".join(f"Sentence number {number} of this long story ends here." for number in range(60))

# By comment id: the similarity, and where the nearest passage lies.
Measured = dict[int, tuple[float, tuple[int, int]]]


def make_anonymous(native_id: str, text: str, **given: str) -> Comment:
    """Make a comment of which the text alone is embedded."""
    return make_comment(native_id, text, author=ANONYMOUS, **given)


def measure(snapshot: Snapshot, encoder: HashingEncoder, question: str, places: np.ndarray) -> Measured:
    nearest = snapshot.measure(encoder.encode_question(question), places)
    ids = snapshot.places.ids[nearest.places].tolist()
    return dict(
        zip(ids, zip(nearest.similarities.tolist(), map(tuple, nearest.spans.tolist()), strict=True), strict=True)
    )


def measure_all(snapshot: Snapshot, encoder: HashingEncoder, question: str) -> Measured:
    return measure(snapshot, encoder, question, np.arange(len(snapshot.places)))


def find(
    snapshot: Snapshot, encoder: HashingEncoder, question: str, count: int = 99, hidden: tuple[int, ...] = ()
) -> list[int]:
    """Give the ids of the comments nearest to a question, in the order of places."""
    allowed = ~np.isin(snapshot.places.ids, hidden)
    return snapshot.places.ids[snapshot.find_nearest(encoder.encode_question(question), count, allowed)].tolist()


@pytest.fixture
def index(archive: Archive, encoder: HashingEncoder) -> SearchIndex:
    return SearchIndex(archive, encoder)


def test_index_of_an_empty_archive_finds_nothing(index: SearchIndex, archive: Archive, encoder: HashingEncoder):
    for snapshot in (index.snapshot, index.follow()):
        assert (len(snapshot.places), find(snapshot, encoder, "zeppelin")) == (0, [])
        assert measure(snapshot, encoder, "zeppelin", np.zeros(0, np.int64)) == {}
    assert index.snapshot.version == archive.searching.read_generation()


def test_index_counts_the_bytes_of_all_that_it_holds(index: SearchIndex, archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, make_comment("1", "zeppelin"), make_comment("2", LONG))
    one = index.follow()
    assert one.count_bytes() >= len(one.passages) * encoder.id.dim * 4
    put_indexed(archive, encoder, *(make_comment(str(number), LONG) for number in range(3, 30)))
    assert index.follow().count_bytes() > 5 * one.count_bytes()


def test_index_finds_so_many_nearest(index: SearchIndex, archive: Archive, encoder: HashingEncoder):
    texts = ["kettle gull", "zeppelin harbour", "zeppelin harbour kettle"]
    put_indexed(archive, encoder, *(make_anonymous(f"{number}", text) for number, text in enumerate(texts)))
    snapshot = index.follow()
    assert [find(snapshot, encoder, "zeppelin harbour", count) for count in (0, 1, 2, 3)] == [
        [],
        [2],
        [2, 3],
        [1, 2, 3],
    ]
    expected = encoder.encode_comments(texts) @ encoder.encode_question("zeppelin harbour")
    measured = measure_all(snapshot, encoder, "zeppelin harbour")
    assert [measured[number][0] for number in (1, 2, 3)] == pytest.approx(expected.tolist(), abs=1e-6)
    assert [measured[number][1] for number in (1, 2, 3)] == [(0, 11), (0, 16), (0, 23)]


def test_index_finds_what_is_allowed_alone(index: SearchIndex, archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, *(make_anonymous(f"{number}", word) for number, word in enumerate(_WORDS)))
    snapshot = index.follow()
    assert find(snapshot, encoder, "zeppelin", 1) == [1]
    assert find(snapshot, encoder, "zeppelin", 3, hidden=(1,)) == [2, 3, 4]
    assert find(snapshot, encoder, "zeppelin", 3, hidden=(1, 2, 3, 4)) == []


def test_index_gives_each_comment_by_its_best_passage(index: SearchIndex, archive: Archive, encoder: HashingEncoder):
    text = LONG + " Nobody remembers the zeppelin harbour. " + LONG
    put_indexed(archive, encoder, make_comment("1", text), make_comment("2", LONG))
    snapshot = index.follow()
    measured = measure_all(snapshot, encoder, "zeppelin harbour")
    start, end = measured[1][1]
    assert "zeppelin" in text[start:end]
    assert end - start < len(text) / 2
    assert find(snapshot, encoder, "zeppelin harbour", 1) == [1]
    assert list(measured) == [1, 2]


def test_index_measures_those_asked_for(index: SearchIndex, archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, *(make_anonymous(f"{number}", word) for number, word in enumerate(_WORDS)))
    snapshot = index.follow()
    measured = measure(snapshot, encoder, "kettle", np.array([0, 2]))
    assert measured.keys() == {1, 3}
    assert measured[3][0] == pytest.approx(1.0)
    every = measure_all(snapshot, encoder, "kettle")
    assert measured == {number: every[number] for number in (1, 3)}


def test_index_knows_places_before_their_vectors(index: SearchIndex, archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, make_anonymous("1", "zeppelin"))
    put_comments(archive, make_anonymous("2", "zeppelin too"))
    snapshot = index.follow()
    assert snapshot.places.ids.tolist() == [1, 2]
    assert (find(snapshot, encoder, "zeppelin"), measure_all(snapshot, encoder, "zeppelin").keys()) == ([1], {1})
    index_pending(archive, lambda: encoder)
    assert find(index.follow(), encoder, "zeppelin") == [1, 2]


def test_index_finds_what_is_written_after_it_was_made(
    index: SearchIndex, archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    put_indexed(archive, encoder, make_comment("1", "zeppelin"))
    before = index.follow()
    put_indexed(other_process, encoder, make_comment("2", "harbour"))
    assert find(index.snapshot, encoder, "harbour") == [1]
    after = index.follow()
    assert find(after, encoder, "harbour") == [1, 2]
    # Whoever still looks at the one before sees what was there.
    assert find(before, encoder, "harbour") == [1]
    assert after.version > before.version


def test_index_knows_an_edited_comment_by_its_new_text(
    index: SearchIndex, archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    put_indexed(archive, encoder, make_anonymous("1", "zeppelin"), make_anonymous("2", "gull"))
    index.follow()
    put_indexed(other_process, encoder, make_anonymous("1", "the harbour kettle"))
    snapshot = index.follow()
    assert find(snapshot, encoder, "harbour kettle", 1) == [1]
    assert measure_all(snapshot, encoder, "harbour kettle")[1][1] == (0, 18)
    assert measure_all(snapshot, encoder, "zeppelin")[1][0] < 0.5
    assert snapshot.places.words.tolist() == [3, 1]


def test_index_knows_a_moved_comment_where_it_stands_now(
    index: SearchIndex, archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    put_indexed(archive, encoder, make_comment("1", "zeppelin"), make_comment("2", "gull"))
    index.follow()
    put_comments(other_process, make_comment("1", "zeppelin", channel="hr", visibility="people:U1"))
    snapshot = index.follow()
    channels = dict(zip(snapshot.places.ids.tolist(), snapshot.places.channels.tolist(), strict=True))
    discussions = snapshot.places.rows[:, PlaceColumn.DISCUSSION].tolist()
    assert (channels, discussions) == ({2: 1, 1: 2}, [1, 2])


def test_index_lets_go_of_a_deleted_comment(
    index: SearchIndex, archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    source = put_indexed(archive, encoder, make_comment("1", "zeppelin"), make_comment("2", "zeppelin too"))
    index.follow()
    other_process.delete_comments(source, ["1"])
    assert find(index.follow(), encoder, "zeppelin") == [2]
    other_process.delete_comments(source, ["2"])
    snapshot = index.follow()
    assert (find(snapshot, encoder, "zeppelin"), len(snapshot.places), len(snapshot.passages)) == ([], 0, 0)


def test_index_holds_no_vectors_of_another_encoder(index: SearchIndex, archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, HashingEncoder(64), make_comment("1", "zeppelin"))
    snapshot = index.follow()
    assert (find(snapshot, encoder, "zeppelin"), snapshot.places.ids.tolist()) == ([], [1])


def test_index_finds_the_earlier_of_equals(index: SearchIndex, archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, *(make_comment(f"{number:03}", "zeppelin") for number in range(300)))
    assert find(index.follow(), encoder, "zeppelin", 200) == list(range(1, 201))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from(_WORDS), min_size=1).map(" ".join)),
            st.sets(st.sampled_from("abcdef")),
            st.sampled_from(["public", "people:U1"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_index_that_followed_equals_one_made_afresh(
    make_archive: Callable[[], Archive],
    encoder: HashingEncoder,
    rounds: list[tuple[dict[str, str], set[str], str, bool]],
):
    archive = make_archive()
    followed = SearchIndex(archive, encoder)
    for put, deleted, visibility, is_indexed in rounds:
        source = put_comments(
            archive, *(make_comment(native_id, text, visibility=visibility) for native_id, text in put.items())
        )
        archive.delete_comments(source, sorted(deleted))
        if is_indexed:
            index_pending(archive, lambda: encoder)
        one, other = followed.follow(), SearchIndex(archive, encoder).follow()
        assert one.version == archive.searching.read_generation()
        assert_same(one, other)
        for word in _WORDS:
            assert find(one, encoder, word, 2) == find(other, encoder, word, 2)
            assert measure_all(one, encoder, word) == measure_all(other, encoder, word)


def test_searcher_follows_what_another_process_writes(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    searcher = Searcher(archive, encoder)
    found = []

    def ask() -> None:
        found.append(native_ids(searcher.search(Asked("zeppelin harbour"), Viewer.anyone())))

    ask()
    source = put_indexed(other_process, encoder, make_comment("1", "A zeppelin harbour."))
    ask()
    put_comments(other_process, make_comment("1", "A kettle."), make_comment("2", "The zeppelin harbour."))
    index_pending(other_process, lambda: encoder)
    ask()
    other_process.delete_comments(source, ["2"])
    ask()
    assert found == [[], ["1"], ["2"], []]


def test_searcher_reads_the_index_only_when_something_changed(
    archive: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    put_indexed(archive, encoder, make_comment("1", "zeppelin"))
    searcher = Searcher(archive, encoder)
    searcher.search(Asked("zeppelin"), Viewer.anyone())

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("nothing changed")

    monkeypatch.setattr(Searching, "read_index", refuse)
    assert native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone())) == ["1"]


def test_vectors_come_back_of_unit_length(archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, *(make_comment(word, word) for word in _WORDS), make_comment("long", LONG))
    update = archive.searching.read_index(encoder.id.key, encoder.id.dim, after_version=-1, after_passage=0)
    np.testing.assert_allclose(np.linalg.norm(update.vectors, axis=1), 1.0, rtol=1e-6)
    assert len(update.vectors) == len(update.passages) > len(_WORDS) + 1
