from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.viewer import Viewer
from store.refresh.indexing import index_pending
from store.search.audience import find_audience
from store.search.dense import DenseIndex, MeaningMatch
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_comments, put_indexed

_WORDS = ("zeppelin", "harbour", "kettle", "gull")
LONG = " ".join(f"Sentence number {number} of this long story ends here." for number in range(60))


def find(index: DenseIndex, archive: Archive, encoder: HashingEncoder, question: str) -> dict[int, MeaningMatch]:
    audience = find_audience(Viewer.operator(), archive.read_channels())
    return index.find_by_meaning(encoder.encode_question(question), audience)


@pytest.fixture
def index(archive: Archive, encoder: HashingEncoder) -> DenseIndex:
    return DenseIndex(archive, encoder.id)


def test_index_of_an_empty_archive_finds_nothing(index: DenseIndex, archive: Archive, encoder: HashingEncoder):
    index.follow()
    assert find(index, archive, encoder, "zeppelin") == {}
    assert index.measure(encoder.encode_question("zeppelin"), [1, 2]) == {}
    assert index.measure(encoder.encode_question("zeppelin"), []) == {}


def test_index_finds_nearest_first_with_similarities(index: DenseIndex, archive: Archive, encoder: HashingEncoder):
    texts = ["kettle gull", "zeppelin harbour", "zeppelin harbour kettle"]
    put_indexed(archive, encoder, *(make_comment(f"{number}", text) for number, text in enumerate(texts)))
    index.follow()
    found = find(index, archive, encoder, "zeppelin harbour")
    assert list(found) == [2, 3, 1]
    expected = encoder.encode_comments(texts) @ encoder.encode_question("zeppelin harbour")
    assert [found[number].similarity for number in (1, 2, 3)] == pytest.approx(expected.tolist(), abs=1e-6)
    assert [(match.start, match.end) for match in found.values()] == [(0, 16), (0, 23), (0, 11)]


def test_index_gives_each_comment_by_its_best_passage(index: DenseIndex, archive: Archive, encoder: HashingEncoder):
    text = LONG + " Nobody remembers the zeppelin harbour. " + LONG
    put_indexed(archive, encoder, make_comment("1", text))
    index.follow()
    [match] = find(index, archive, encoder, "zeppelin harbour").values()
    assert "zeppelin" in text[match.start : match.end]
    assert match.end - match.start < len(text) / 2
    assert index.measure(encoder.encode_question("zeppelin harbour"), [1]) == {1: match}


def test_index_measures_those_asked_for(index: DenseIndex, archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, *(make_comment(f"{number}", word) for number, word in enumerate(_WORDS)))
    index.follow()
    measured = index.measure(encoder.encode_question("kettle"), [1, 3, 99])
    assert measured.keys() == {1, 3}
    assert measured[3].similarity == pytest.approx(1.0)
    every = find(index, archive, encoder, "kettle")
    assert measured == {number: every[number] for number in (3, 1)}


def test_index_finds_what_is_written_after_it_was_made(
    index: DenseIndex, archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    put_indexed(archive, encoder, make_comment("1", "zeppelin"))
    index.follow()
    put_indexed(other_process, encoder, make_comment("2", "harbour"))
    assert set(find(index, archive, encoder, "harbour")) == {1}
    index.follow()
    assert list(find(index, archive, encoder, "harbour")) == [2, 1]


def test_index_knows_an_edited_comment_by_its_new_text(
    index: DenseIndex, archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    put_indexed(archive, encoder, make_comment("1", "zeppelin"), make_comment("2", "gull"))
    index.follow()
    put_indexed(other_process, encoder, make_comment("1", "the harbour kettle"))
    index.follow()
    found = find(index, archive, encoder, "harbour kettle")
    assert list(found) == [1, 2]
    assert (found[1].start, found[1].end) == (0, 18)
    assert find(index, archive, encoder, "zeppelin")[1].similarity < 0.5


def test_index_lets_go_of_a_deleted_comment(
    index: DenseIndex, archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    source = put_indexed(archive, encoder, make_comment("1", "zeppelin"), make_comment("2", "zeppelin too"))
    index.follow()
    other_process.delete_comments(source, ["1"])
    index.follow()
    assert set(find(index, archive, encoder, "zeppelin")) == {2}
    other_process.delete_comments(source, ["2"])
    index.follow()
    assert find(index, archive, encoder, "zeppelin") == {}


def test_index_holds_no_vectors_of_another_encoder(index: DenseIndex, archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, HashingEncoder(dim=16), make_comment("1", "zeppelin"))
    index.follow()
    assert find(index, archive, encoder, "zeppelin") == {}


def test_index_gives_equals_by_passage(index: DenseIndex, archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, *(make_comment(f"{number:03}", "zeppelin") for number in range(300)))
    index.follow()
    assert list(find(index, archive, encoder, "zeppelin")) == list(range(1, 201))


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
    followed = DenseIndex(archive, encoder.id)
    for put, deleted, visibility, is_indexed in rounds:
        source = put_comments(
            archive, *(make_comment(native_id, text, visibility=visibility) for native_id, text in put.items())
        )
        archive.delete_comments(source, sorted(deleted))
        if is_indexed:
            index_pending(archive, lambda: encoder)
        followed.follow()
        afresh = DenseIndex(archive, encoder.id)
        afresh.follow()
        for viewer in (Viewer.operator(), Viewer.anyone()):
            audience = find_audience(viewer, archive.read_channels())
            for word in _WORDS:
                vector = encoder.encode_question(word)
                assert followed.find_by_meaning(vector, audience) == afresh.find_by_meaning(vector, audience)
                everyone = list(range(1, 40))
                assert followed.measure(vector, everyone) == afresh.measure(vector, everyone)


def test_searcher_follows_what_another_process_writes(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    searcher = Searcher(archive, encoder)
    found = []

    def ask() -> None:
        found.append(native_ids(searcher.search("zeppelin harbour", Viewer.anyone())))

    ask()
    source = put_indexed(other_process, encoder, make_comment("1", "A zeppelin harbour."))
    ask()
    put_comments(other_process, make_comment("1", "A kettle."), make_comment("2", "The zeppelin harbour."))
    index_pending(other_process, lambda: encoder)
    ask()
    other_process.delete_comments(source, ["2"])
    ask()
    assert found == [[], ["1"], ["2"], []]


def test_searcher_reads_vectors_only_when_something_changed(
    archive: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    put_indexed(archive, encoder, make_comment("1", "zeppelin"))
    searcher = Searcher(archive, encoder)
    searcher.search("zeppelin", Viewer.anyone())

    def refuse(*_: object) -> None:
        raise AssertionError("nothing changed")

    monkeypatch.setattr(Archive, "read_passage_ids", refuse)
    monkeypatch.setattr(Archive, "read_vectors", refuse)
    assert native_ids(searcher.search("zeppelin", Viewer.anyone())) == ["1"]


def test_vectors_come_back_of_unit_length(archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, *(make_comment(word, word) for word in _WORDS), make_comment("long", LONG))
    _, vectors = archive.read_vectors(encoder.id.key, 0, encoder.id.dim)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-6)
