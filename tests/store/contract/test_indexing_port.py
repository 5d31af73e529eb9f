import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, select

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db import changes, encoders, passages, readers
from store.db.passages import IndexedPassage, Passage, PendingComment
from store.db.readers import NOWHERE, PlaceColumn
from store.db.tables import ChangeRow, RemovedRow
from store.domain.encoder import EncoderState
from store.domain.viewer import Visibility
from store.errors import EncoderChangedError
from store.refresh.owner import Process
from store.repositories.searching import IndexUpdate
from store.text.words import index_terms
from tests.store.factories import NOON, dump_index, make_comment, put_comments, put_indexed, read_pending

KEY = "model@1:4:words"


def hash_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def vector_of(number: int) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[number]


def passage_of(comment_id: int, text: str) -> Passage:
    return Passage(comment_id, 0, len(text), hash_of(text))


def read_index(archive: Archive, *before: IndexUpdate, key: str = KEY) -> IndexUpdate:
    """Give what is new since some updates, as a search asks for it; everything without one."""
    return archive.searching.read_index(
        key,
        4,
        after_version=before[-1].version if before else -1,
        after_passage=max((one.id for update in before for one in update.passages), default=0),
    )


def list_index(update: IndexUpdate) -> dict[str, Any]:
    """Give what an update holds but its version, in lists. Places come in no order."""
    return {
        "is_whole": update.is_whole,
        "gone": sorted(update.gone.tolist()),
        "replaced": sorted(update.replaced.tolist()),
        "places": sorted(update.places.tolist()),
        "passages": update.passages,
        "vectors": update.vectors.tolist(),
    }


def list_vectors(*numbers: int) -> list[list[float]]:
    return [vector_of(number).tolist() for number in numbers]


def put_passages(archive: Archive, *texts: str, key: str = KEY) -> None:
    """Index the pending comments, one passage each, comment by comment."""
    pending = read_pending(archive, key, 100)
    passages = [passage_of(one.comment_id, text) for one, text in zip(pending, texts, strict=True)]
    vectors = {hash_of(text): vector_of(number) for number, text in enumerate(texts)}
    archive.indexing.put_passages(key, passages, vectors, pending)


class TestPending:
    def test_changes_are_followed_oldest_first_and_once(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_comments(archive, make_comment("1", "one again"))
        assert archive.indexing.count_changes() == 2
        assert read_pending(archive, KEY, 10) == [
            PendingComment(2, "Ann", "two", 2),
            PendingComment(1, "Ann", "one again", 3),
        ]

    def test_read_pending_gives_no_more_than_asked(self, archive: Archive):
        put_comments(archive, *(make_comment(f"{number}") for number in range(5)))
        assert [one.comment_id for one in read_pending(archive, KEY, 2)] == [1, 2]

    def test_read_pending_tells_of_a_removed_comment(self, archive: Archive):
        source = put_comments(archive, make_comment("1"))
        archive.delete_comments(source, ["1"])
        assert read_pending(archive, KEY, 10) == [PendingComment(1, "", None, 2)]

    def test_read_pending_gives_the_name_a_comment_was_written_under(self, archive: Archive):
        put_comments(archive, make_comment("1", "one", author="Ann", account="1"))
        put_comments(archive, make_comment("2", "two", author="Ann Lee", account="1"))
        assert read_pending(archive, KEY, 10) == [
            PendingComment(1, "Ann", "one", 1),
            PendingComment(2, "Ann Lee", "two", 2),
        ]

    def test_comment_changed_after_it_was_read_stays_pending(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        pending = read_pending(archive, KEY, 10)
        put_comments(archive, make_comment("1", "edited"))
        archive.indexing.put_passages(KEY, [passage_of(1, "one")], {hash_of("one"): vector_of(0)}, pending)
        assert read_pending(archive, KEY, 10) == [PendingComment(1, "Ann", "edited", 3)]

    def test_comment_deleted_after_it_was_read_gets_no_passages(self, archive: Archive):
        source = put_comments(archive, make_comment("1", "one"))
        pending = read_pending(archive, KEY, 10)
        archive.delete_comments(source, ["1"])
        archive.indexing.put_passages(KEY, [passage_of(1, "one")], {hash_of("one"): vector_of(0)}, pending)
        assert dump_index(archive)["passages"] == []
        assert read_pending(archive, KEY, 10) == [PendingComment(1, "", None, 2)]

    def test_comment_followed_by_another_meanwhile_is_left_as_that_one_knows_it(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        slow = read_pending(archive, KEY, 10)
        put_passages(archive, "one", "two")
        put_comments(archive, make_comment("1", "uno"))
        put_passages(archive, "uno")
        expected = dump_index(archive)
        archive.indexing.put_passages(
            KEY,
            [passage_of(1, "one"), passage_of(2, "two")],
            {hash_of("one"): vector_of(0), hash_of("two"): vector_of(1)},
            slow,
        )
        assert dump_index(archive) == expected

    def test_change_of_a_comment_takes_the_place_of_an_earlier_one(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        archive.indexing.begin_reindex("other", "other", Process.current())
        for number in range(5):
            put_comments(archive, make_comment("1", f"edited {number}"))
        with archive.database.reading() as connection:
            assert connection.scalars(select(ChangeRow.comment_id)).all() == [1, 1]

    def test_comment_with_a_passage_without_vector_stays_pending(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        pending = read_pending(archive, KEY, 10)
        # The vector of "one" was taken for known, and another process purged it meanwhile.
        archive.indexing.put_passages(
            KEY, [passage_of(1, "one"), passage_of(2, "two")], {hash_of("two"): vector_of(1)}, pending
        )
        assert read_pending(archive, KEY, 10) == [PendingComment(1, "Ann", "one", 1)]
        put_passages(archive, "one")
        assert archive.indexing.count_changes() == 0
        assert [native_id for native_id, *_ in dump_index(archive)["passages"]] == ["1", "2"]

    def test_log_changes_lets_comments_be_followed_again(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        before = archive.searching.read_generation()
        archive.indexing.log_changes([2])
        assert read_pending(archive, KEY, 10) == [PendingComment(2, "Ann", "two", 3)]
        assert archive.searching.read_generation() > before

    def test_count_pending_counts_comments_of_channels_that_are_there(self, archive: Archive):
        source = put_comments(
            archive,
            make_comment("1"),
            make_comment("2", channel="other"),
            make_comment("3"),
        )
        put_comments(archive, make_comment("1", "edited"))
        archive.delete_comments(source, ["3"])
        first, second = (channel.channel_id for channel in archive.searching.read_channels())
        counts = [archive.searching.count_pending(ids) for ids in ([first], [second], [first, second], [])]
        assert counts == [1, 1, 2, 0]


class TestVectors:
    def test_vectors_of_encoders_are_kept_apart(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        assert archive.indexing.find_encoded(KEY, [hash_of("one"), hash_of("two")]) == {hash_of("one")}
        assert archive.indexing.find_encoded("other", [hash_of("one")]) == set()
        other = read_index(archive, key="other")
        assert (other.passages, other.vectors.shape) == ([], (0, 4))
        assert other.places[:, PlaceColumn.ID].tolist() == [1]

    def test_first_encoder_answers_and_no_other_is_let_in(self, archive: Archive):
        assert archive.indexing.find_active_encoder() is None
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        active = archive.indexing.find_active_encoder()
        assert active is not None
        assert (active.key, active.state) == (KEY, EncoderState.ACTIVE)
        put_comments(archive, make_comment("2", "two"))
        with pytest.raises(EncoderChangedError, match="it is indexed with 'model@1:4:words'"):
            put_passages(archive, "two", key="other")
        assert archive.indexing.count_changes() == 1
        with pytest.raises(EncoderChangedError):
            archive.indexing.put_passages("other", [], {}, read_pending(archive, KEY, 10))

    def test_find_encoded_takes_many(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        hashes = [hash_of("one"), *(hash_of(f"{number}") for number in range(12_000))]
        assert archive.indexing.find_encoded(KEY, hashes) == {hash_of("one")}

    def test_passages_put_again_have_new_ids(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        put_comments(archive, make_comment("1", "uno"))
        put_passages(archive, "uno")
        put_comments(archive, make_comment("1", "un"))
        put_passages(archive, "un")
        assert [one.id for one in read_index(archive).passages] == [3]

    def test_deleted_comments_take_vectors_no_other_uses(self, archive: Archive):
        source = put_comments(archive, make_comment("1", "one"), make_comment("2", "two"), make_comment("3", "one"))
        put_passages(archive, "one", "two", "one")
        archive.delete_comments(source, ["1", "2"])
        assert archive.indexing.find_encoded(KEY, [hash_of("one"), hash_of("two")]) == {hash_of("one"), hash_of("two")}
        archive.purging.purge(datetime.now(UTC))
        assert archive.indexing.find_encoded(KEY, [hash_of("one"), hash_of("two")]) == {hash_of("one")}

    @pytest.mark.parametrize("is_deleted", [True, False])
    def test_vectors_of_what_is_gone_by_then_are_not_stored(self, archive: Archive, *, is_deleted: bool):
        source = put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        pending = read_pending(archive, KEY, 10)
        if is_deleted:
            archive.delete_comments(source, ["1"])
        else:
            put_comments(archive, make_comment("1", "edited"))
        vectors = {hash_of("one"): vector_of(0), hash_of("two"): vector_of(1)}
        archive.indexing.put_passages(KEY, [passage_of(1, "one"), passage_of(2, "two")], vectors, pending)
        assert archive.indexing.find_encoded(KEY, list(vectors)) == {hash_of("two")}

    def test_vector_that_is_used_again_is_not_purged(self, archive: Archive):
        source = put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        archive.delete_comments(source, ["1"])
        put_comments(archive, make_comment("2", "one"))
        archive.indexing.put_passages(KEY, [passage_of(2, "one")], {}, read_pending(archive, KEY, 10))
        archive.purging.purge(datetime.now(UTC))
        assert archive.indexing.find_encoded(KEY, [hash_of("one")]) == {hash_of("one")}

    def test_vectors_are_what_the_encoder_made(self, archive: Archive, encoder: HashingEncoder):
        put_indexed(archive, encoder, make_comment("1", "Kites over the bay."))
        update = archive.searching.read_index(encoder.id.key, encoder.id.dim, after_version=0, after_passage=0)
        np.testing.assert_array_equal(update.vectors, encoder.encode_comments(["Ann: Kites over the bay."]))
        assert update.vectors.dtype == np.float32


class TestIndexUpdates:
    def test_read_index_of_an_empty_archive_is_empty(self, archive: Archive):
        update = read_index(archive)
        assert update.version == archive.searching.read_generation()
        assert (update.is_whole, update.passages) == (True, [])
        arrays = (update.gone, update.replaced, update.places, update.vectors)
        assert [(array.shape, array.dtype) for array in arrays] == [
            ((0,), np.int64),
            ((0,), np.int64),
            ((0, len(PlaceColumn)), np.int64),
            ((0, 4), np.float32),
        ]

    def test_read_index_gives_everything_at_first(self, archive: Archive):
        put_comments(
            archive,
            make_comment("1", "one", position=0),
            make_comment("2", "It is two, or two.", channel="other", thread="t2", position=12),
            make_comment("3", "日本語 C++", published=None),
        )
        put_passages(archive, "one", "two", "three")
        first, second = (channel.channel_id for channel in archive.searching.read_channels())
        one, two, three = (found.discussion_id for found in archive.read_comments([1, 2, 3]).values())
        update = read_index(archive)
        noon = int(NOON.timestamp() * 1000)
        assert list_index(update) == {
            "is_whole": True,
            "gone": [],
            "replaced": [],
            "places": [
                [1, first, one, 0, noon, 1, 0],
                [2, second, two, 12, noon, 5, 0],
                [3, first, three, NOWHERE, NOWHERE, 3, 0],
            ],
            "passages": [IndexedPassage(1, 1, 0, 3), IndexedPassage(2, 2, 0, 3), IndexedPassage(3, 3, 0, 5)],
            "vectors": list_vectors(0, 1, 2),
        }
        assert (one, update.version) == (three, archive.searching.read_generation())
        assert [array.dtype for array in (update.places, update.vectors)] == [np.int64, np.float32]

    def test_read_index_of_nothing_new_has_the_right_shapes(self, archive: Archive):
        put_comments(archive, make_comment("1"), make_comment("2"))
        put_passages(archive, "one", "two")
        before = read_index(archive)
        update = read_index(archive, before)
        assert (update.version, list_index(update)) == (
            before.version,
            {"is_whole": False, "gone": [], "replaced": [], "places": [], "passages": [], "vectors": []},
        )
        assert (update.places.shape, update.places.dtype) == ((0, len(PlaceColumn)), np.int64)
        assert (update.vectors.shape, update.vectors.dtype) == ((0, 4), np.float32)

    @pytest.mark.parametrize(
        ("published", "milliseconds"),
        [
            (datetime(1970, 1, 1, tzinfo=UTC), 0),
            (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), -1_000),
            (datetime(2019, 7, 1, 12, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))), 1_561_963_500_000),
            (datetime(2019, 7, 1, 12, 30, 0, 250_000, tzinfo=UTC), 1_561_984_200_250),
        ],
    )
    def test_read_index_gives_times_in_milliseconds(self, archive: Archive, published: datetime, milliseconds: int):
        put_comments(archive, make_comment("1", published=published))
        assert read_index(archive).places[:, PlaceColumn.PUBLISHED].tolist() == [milliseconds]

    @pytest.mark.parametrize("text", ["", "🦊", "one", "It was one, and ONE again.", "日本語", "C++ and naïveté"])
    def test_read_index_counts_the_terms_of_a_text(self, archive: Archive, text: str):
        put_comments(archive, make_comment("1", text, author="Ann Lee", title="Of words"))
        assert read_index(archive).places[:, PlaceColumn.WORDS].tolist() == [len(index_terms(text))]

    def test_read_index_gives_new_comments_before_and_after_they_are_indexed(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        before = read_index(archive)
        put_comments(archive, make_comment("2", "number two"))
        written = read_index(archive, before)
        [place] = written.places.tolist()
        assert place[PlaceColumn.ID] == 2
        assert list_index(written) == {
            "is_whole": False,
            "gone": [],
            "replaced": [],
            "places": [place],
            "passages": [],
            "vectors": [],
        }
        put_passages(archive, "two")
        assert list_index(read_index(archive, before, written)) == {
            "is_whole": False,
            "gone": [],
            "replaced": [],
            "places": [],
            "passages": [IndexedPassage(2, 2, 0, 3)],
            "vectors": list_vectors(0),
        }

    def test_read_index_gives_edited_comments_again(self, archive: Archive):
        put_comments(archive, make_comment("1", "one", position=1), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        before = read_index(archive)
        put_comments(
            archive, make_comment("1", "one, edited", position=2, thread="t2", published=NOON + timedelta(minutes=1))
        )
        edited = read_index(archive, before)
        discussion, channel = (
            archive.read_comments([1])[1].discussion_id,
            archive.searching.read_channels()[0].channel_id,
        )
        # The passages stay until indexing has followed.
        assert list_index(edited) == {
            "is_whole": False,
            "gone": [],
            "replaced": [],
            "places": [[1, channel, discussion, 2, int(NOON.timestamp() * 1000) + 60_000, 2, 0]],
            "passages": [],
            "vectors": [],
        }
        put_passages(archive, "edited")
        assert list_index(read_index(archive, before, edited)) == {
            "is_whole": False,
            "gone": [],
            "replaced": [1],
            "places": [],
            "passages": [IndexedPassage(3, 1, 0, 6)],
            "vectors": list_vectors(0),
        }

    def test_read_index_tells_which_comments_went(self, archive: Archive):
        source = put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        before = read_index(archive)
        archive.delete_comments(source, ["1"])
        update = read_index(archive, before)
        assert update.version > before.version
        assert list_index(update) == {
            "is_whole": False,
            "gone": [1],
            "replaced": [1],
            "places": [],
            "passages": [],
            "vectors": [],
        }
        put_passages(archive, "nothing")
        assert list_index(read_index(archive, before, update)) == {
            "is_whole": False,
            "gone": [],
            "replaced": [],
            "places": [],
            "passages": [],
            "vectors": [],
        }

    def test_read_index_gives_a_comment_that_went_and_came_back(self, archive: Archive):
        source = put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        before = read_index(archive)
        archive.delete_comments(source, ["1"])
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "nothing", "one")
        update = read_index(archive, before)
        assert (update.gone.tolist(), update.places[:, PlaceColumn.ID].tolist()) == ([1], [3])
        assert update.passages == [IndexedPassage(3, 3, 0, 3)]

    def test_read_index_tells_of_no_passages_of_another_encoder(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        before = read_index(archive)
        put_comments(archive, make_comment("1", "uno"))
        put_passages(archive, "uno")
        assert read_index(archive, before).replaced.tolist() == [1]
        assert read_index(archive, before, key="other").replaced.tolist() == []

    def test_read_index_tells_of_passages_that_went_by_themselves(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        before = read_index(archive)
        with archive.database.writing() as connection:
            passages.delete_passages(connection, [2])
        after = read_index(archive, before)
        assert (after.gone.tolist(), after.replaced.tolist(), after.version > before.version) == ([], [2], True)

    def test_read_index_gives_everything_to_who_is_far_behind(self, archive: Archive, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(changes, "REMOVALS_KEPT", 4)
        source = put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        updates = [read_index(archive)]
        archive.delete_comments(source, ["1"])
        updates.append(read_index(archive, updates[0]))
        assert (updates[1].version - updates[0].version, updates[1].gone.tolist()) == (3, [1])
        archive.indexing.log_changes([2])
        assert read_index(archive, *updates[:1]).gone.tolist() == [1]
        archive.indexing.log_changes([2])
        behind = read_index(archive, *updates[:1])
        assert (behind.is_whole, behind.places[:, PlaceColumn.ID].tolist(), len(behind.passages)) == (True, [2], 1)
        # Nothing that was known counts: it is not told what went.
        assert (behind.gone.tolist(), read_index(archive).gone.tolist()) == ([], [])
        assert read_index(archive, *updates).is_whole is False
        archive.delete_comments(source, ["2"])
        with archive.database.reading() as connection:
            assert connection.scalars(select(RemovedRow.comment_id)).all() == [2, 2]

    def test_read_index_gives_everything_of_an_earlier_database(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        assert read_index(archive, replace(read_index(archive), version=99)).is_whole is True

    def test_read_index_gives_moved_comments_in_their_new_channel(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        before = read_index(archive)
        put_comments(archive, make_comment("1", "one", visibility="nobody"))
        update = read_index(archive, before)
        moved = archive.searching.read_channels()[1].channel_id
        discussion = archive.read_comments([1])[1].discussion_id
        assert list_index(update) == {
            "is_whole": False,
            "gone": [],
            "replaced": [],
            "places": [[1, moved, discussion, NOWHERE, int(NOON.timestamp() * 1000), 1, 0]],
            "passages": [],
            "vectors": [],
        }

    def test_read_index_loses_a_position_that_came_no_more(self, archive: Archive):
        put_comments(archive, make_comment("1", position=3))
        before = read_index(archive)
        put_comments(archive, make_comment("1"))
        positions = [one.places[:, PlaceColumn.POSITION].tolist() for one in (before, read_index(archive, before))]
        assert positions == [[3], [NOWHERE]]

    def test_read_index_gives_what_was_written_after_each_version(self, archive: Archive, other_process: Archive):
        updates = [read_index(archive)]
        for writer, native_ids in ((archive, "12"), (other_process, "3"), (archive, "14")):
            put_comments(writer, *(make_comment(native_id, f"{native_id} {len(updates)}") for native_id in native_ids))
            updates.append(read_index(archive, updates[-1]))
        versions = [update.version for update in updates]
        assert versions == sorted(set(versions))

        def read_since(update: IndexUpdate) -> Sequence[int]:
            return sorted(read_index(other_process, update).places[:, PlaceColumn.ID].tolist())

        assert [read_since(update) for update in updates] == [[1, 2, 3, 4], [1, 3, 4], [1, 4], []]
        assert [sorted(update.places[:, PlaceColumn.ID].tolist()) for update in updates] == [[], [1, 2], [3], [1, 4]]

    def test_read_index_gives_no_place_again_for_a_new_title(self, archive: Archive):
        put_comments(archive, make_comment("1", title="Tea"), make_comment("2", title="Tea"))
        before = read_index(archive)
        put_comments(archive, make_comment("2", title="Coffee"))
        assert read_index(archive, before).places[:, PlaceColumn.ID].tolist() == [2]

    def test_read_index_gives_passages_followed_again(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
        put_passages(archive, "one", "two")
        before = read_index(archive)
        archive.indexing.log_changes([1])
        put_passages(archive, "one")
        assert list_index(read_index(archive, before)) == {
            "is_whole": False,
            "gone": [],
            "replaced": [1],
            "places": [],
            "passages": [IndexedPassage(3, 1, 0, 3)],
            "vectors": list_vectors(0),
        }

    def test_read_index_is_of_one_moment(
        self, archive: Archive, other_process: Archive, monkeypatch: pytest.MonkeyPatch
    ):
        source = put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        read_removed = readers.read_removed

        def write_first(connection: Connection, key: str, after_version: int) -> tuple[np.ndarray, np.ndarray]:
            put_comments(other_process, make_comment("2", "two"))
            other_process.delete_comments(source, ["1"])
            put_passages(other_process, "gone", "two")
            return read_removed(connection, key, after_version)

        with monkeypatch.context() as patched:
            patched.setattr(readers, "read_removed", write_first)
            # A first statement fixes the moment; the write comes between it and the others.
            before = read_index(archive)
        assert (before.gone.tolist(), before.places[:, PlaceColumn.ID].tolist()) == ([], [1])
        assert [one.id for one in before.passages] == [1]
        after = read_index(archive, before)
        assert (after.gone.tolist(), after.places[:, PlaceColumn.ID].tolist()) == ([1], [2])
        assert [one.comment_id for one in after.passages] == [2]


class TestSpans:
    def test_spans_are_those_of_the_texts_as_they_are(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"), make_comment("2", "two"), make_comment("3", "three"))
        found = [archive.searching.find_spans([1, 2])]
        put_passages(archive, "one", "two", "three")
        found.append(archive.searching.find_spans([1, 2]))
        put_comments(archive, make_comment("2", "two, edited"), make_comment("3", "three, edited"))
        found.append(archive.searching.find_spans([1, 2]))
        put_passages(archive, "two, edited", "three, edited")
        found += [archive.searching.find_spans(ids) for ids in ([1, 2], [4], [])]
        assert found == [set(), {(1, 0, 3), (2, 0, 3)}, {(1, 0, 3)}, {(1, 0, 3), (2, 0, 11)}, set(), set()]

    def test_spans_are_those_of_the_encoder_that_answers(self, archive: Archive):
        put_comments(archive, make_comment("1", "one"))
        put_passages(archive, "one")
        with archive.database.writing() as connection:
            encoders.begin_building(connection, "other", "")
        # What another encoder has still to follow does not count.
        found = [archive.searching.find_spans([1])]
        put_passages(archive, "on", key="other")
        found.append(archive.searching.find_spans([1]))
        assert archive.indexing.activate_encoder("other")
        assert [*found, archive.searching.find_spans([1])] == [{(1, 0, 3)}, {(1, 0, 3)}, {(1, 0, 2)}]


def test_read_visibilities_gives_those_of_read_channels(archive: Archive):
    put_comments(archive, make_comment("1"), make_comment("2", channel="hr", visibility="people:U1"))
    archive.put_source("Harbour", "jsonl", "/harbour.jsonl", Visibility.parse("nobody"))
    assert archive.searching.read_visibilities() == [
        (channel.channel_id, channel.source_id, channel.visibilities) for channel in archive.searching.read_channels()
    ]
