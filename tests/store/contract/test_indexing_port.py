import hashlib

import numpy as np

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.passages import IndexedPassage, Passage, PendingComment
from tests.store.factories import make_comment, put_comments, put_indexed, read_index

KEY = "model@1:4:words"


def hash_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def vector_of(number: int) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[number]


def passage_of(comment_id: int, text: str) -> Passage:
    return Passage(comment_id, 0, len(text), hash_of(text))


def put_passages(archive: Archive, *texts: str, key: str = KEY) -> None:
    """Index the pending comments, one passage each, comment by comment."""
    pending = archive.read_pending(100)
    passages = [passage_of(one.comment_id, text) for one, text in zip(pending, texts, strict=True)]
    vectors = {hash_of(text): vector_of(number) for number, text in enumerate(texts)}
    archive.put_passages(key, passages, vectors, pending)


class TestPending:
    def test_changes_are_followed_oldest_first_and_once(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_comments(archive, make_comment("1", "one again"))
        assert archive.count_changes() == 2
        assert archive.read_pending(10) == [PendingComment(1, "one again", 3), PendingComment(2, "two", 2)]

    def test_read_pending_gives_no_more_than_asked(self, archive: Archive):
        put_comments(archive, *(make_comment(f"{number}") for number in range(5)))
        assert [one.comment_id for one in archive.read_pending(2)] == [1, 2]

    def test_read_pending_tells_of_a_removed_comment(self, archive: Archive):
        source = put_comments(archive, make_comment("1"))
        archive.delete_comments(source, ["1"])
        assert archive.read_pending(10) == [PendingComment(1, None, 2)]

    def test_comment_changed_after_it_was_read_stays_pending(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        pending = archive.read_pending(10)
        put_comments(archive, make_comment("1", "edited"))
        archive.put_passages(KEY, [passage_of(1, "one")], {hash_of("one"): vector_of(0)}, pending)
        assert archive.read_pending(10) == [PendingComment(1, "edited", 3)]

    def test_comment_deleted_after_it_was_read_gets_no_passages(self, archive: Archive):
        source = put_comments(archive, make_comment("1", "one"))
        pending = archive.read_pending(10)
        archive.delete_comments(source, ["1"])
        archive.put_passages(KEY, [passage_of(1, "one")], {hash_of("one"): vector_of(0)}, pending)
        assert read_index(archive)["passages"] == []
        assert archive.read_pending(10) == [PendingComment(1, None, 2)]

    def test_comment_with_a_passage_without_vector_stays_pending(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        pending = archive.read_pending(10)
        # The vector of "one" was taken for known, and another process purged it meanwhile.
        archive.put_passages(KEY, [passage_of(1, "one"), passage_of(2, "two")], {hash_of("two"): vector_of(1)}, pending)
        assert archive.read_pending(10) == [PendingComment(1, "one", 1)]
        put_passages(archive, "one")
        assert archive.count_changes() == 0
        assert len(archive.read_passage_ids(KEY)) == 2

    def test_log_changes_lets_comments_be_followed_again(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        before = archive.read_generation()
        archive.log_changes([2])
        assert archive.read_pending(10) == [PendingComment(2, "two", 3)]
        assert archive.read_generation() > before

    def test_count_pending_counts_comments_of_channels_that_are_there(self, archive: Archive):
        source = put_comments(
            archive,
            make_comment("1"),
            make_comment("2", channel="other"),
            make_comment("3"),
        )
        put_comments(archive, make_comment("1", "edited"))
        archive.delete_comments(source, ["3"])
        first, second = (channel.channel_id for channel in archive.read_channels())
        counts = [archive.count_pending(ids) for ids in ([first], [second], [first, second], [])]
        assert counts == [1, 1, 2, 0]


class TestVectors:
    def test_read_vectors_gives_passages_and_what_they_mean(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two", channel="other"))
        put_passages(archive, "one", "two")
        first, second = (channel.channel_id for channel in archive.read_channels())
        passages, vectors = archive.read_vectors(KEY, 0, 4)
        assert passages == [IndexedPassage(1, 1, first, 0, 3), IndexedPassage(2, 2, second, 0, 3)]
        np.testing.assert_array_equal(vectors, np.stack([vector_of(0), vector_of(1)]))
        assert vectors.dtype == np.float32

    def test_read_vectors_goes_on_after_an_id(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        passages, vectors = archive.read_vectors(KEY, 1, 4)
        assert [one.id for one in passages] == [2]
        np.testing.assert_array_equal(vectors, [vector_of(1)])

    def test_read_vectors_of_nothing_has_the_right_shape(self, archive: Archive):
        passages, vectors = archive.read_vectors(KEY, 0, 4)
        assert passages == []
        assert vectors.shape == (0, 4)

    def test_vectors_of_encoders_are_kept_apart(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        assert archive.find_encoded(KEY, [hash_of("one"), hash_of("two")]) == {hash_of("one")}
        assert archive.find_encoded("other", [hash_of("one")]) == set()
        assert archive.read_passage_ids("other").tolist() == []
        assert archive.read_vectors("other", 0, 4)[0] == []

    def test_find_unencoded_gives_comments_of_another_encoder(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        assert archive.find_unencoded(KEY) == []
        assert archive.find_unencoded("other") == [1, 2]
        archive.log_changes([1])
        put_passages(archive, "one", key="other")
        assert archive.find_unencoded("other") == [2]
        assert archive.find_unencoded(KEY) == []

    def test_find_encoded_takes_many(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        hashes = [hash_of("one"), *(hash_of(f"{number}") for number in range(12_000))]
        assert archive.find_encoded(KEY, hashes) == {hash_of("one")}

    def test_passages_put_again_have_new_ids(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        put_comments(archive, make_comment("1", "uno"))
        put_passages(archive, "uno")
        put_comments(archive, make_comment("1", "un"))
        put_passages(archive, "un")
        assert archive.read_passage_ids(KEY).tolist() == [3]

    def test_deleted_comments_take_vectors_no_other_uses(self, archive: Archive):
        source = put_comments(archive, make_comment("1", "one"), make_comment("2", "two"), make_comment("3", "one"))
        put_passages(archive, "one", "two", "one")
        archive.delete_comments(source, ["1", "2"])
        assert archive.find_encoded(KEY, [hash_of("one"), hash_of("two")]) == {hash_of("one")}

    def test_vectors_are_what_the_encoder_made(self, archive: Archive, encoder: HashingEncoder):
        put_indexed(archive, encoder, make_comment("1", "Kites over the bay."))
        _, vectors = archive.read_vectors(encoder.id.key, 0, encoder.id.dim)
        np.testing.assert_array_equal(vectors, encoder.encode_comments(["Kites over the bay."]))
