from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from store.archive import Archive
from store.db.tables import ChangeRow, ClaimRow
from store.domain.encoder import EncoderState, KnownEncoder
from store.errors import EncoderChangedError, ReindexError
from tests.store.contract.test_indexing_port import (
    KEY,
    hash_of,
    list_index,
    passage_of,
    put_passages,
    read_index,
    vector_of,
)
from tests.store.factories import make_comment, put_comments, read_pending

OTHER = "other@1:4:words"


class Owner:
    """A process that knows which others are alive."""

    def __init__(self, name: str, *alive: str) -> None:
        self.name = name
        self._alive = alive

    def is_alive(self, name: str, seen_at: datetime, now: datetime) -> bool:
        assert seen_at <= now
        return name in self._alive


def fill(archive: Archive) -> None:
    put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
    put_passages(archive, "one", "two")


def begin(archive: Archive, key: str = OTHER, *, instead: bool = False, owner: Owner | None = None) -> None:
    archive.indexing.begin_reindex(key, "other", owner or Owner("ann"), gives_up_other=instead)


def get_building(archive: Archive) -> KnownEncoder:
    building = archive.indexing.find_building_encoder()
    assert building is not None
    return building


def test_what_is_being_built_follows_every_comment(archive: Archive):
    fill(archive)
    begin(archive)
    building = get_building(archive)
    assert (building.key, building.name, building.state, building.owner) == (
        OTHER, "other", EncoderState.BUILDING, "ann"
    )  # fmt: skip
    assert building.begun_at == building.seen_at is not None
    assert [one.comment_id for one in read_pending(archive, OTHER, 10)] == [1, 2]
    assert (
        archive.indexing.count_changes(OTHER),
        archive.indexing.count_changes(KEY),
        archive.indexing.count_changes(),
    ) == (2, 0, 0)


def test_what_is_being_built_is_followed_apart(archive: Archive):
    fill(archive)
    begin(archive)
    put_comments(archive, make_comment("2", "deux"))
    put_passages(archive, "one", "deux", key=OTHER)
    assert [one.comment_id for one in read_pending(archive, KEY, 10)] == [2]
    assert read_pending(archive, OTHER, 10) == []
    put_passages(archive, "deux")
    assert (archive.indexing.count_changes(), archive.indexing.count_changes(OTHER)) == (0, 0)


def test_what_is_being_built_answers_nobody(archive: Archive):
    fill(archive)
    before = list_index(read_index(archive))
    begin(archive)
    put_passages(archive, "one", "two", key=OTHER)
    other = read_index(archive, key=OTHER)
    assert (other.passages, other.vectors.shape) == ([], (0, 4))
    assert list_index(read_index(archive)) == before
    assert (archive.indexing.count_passages(KEY), archive.indexing.count_passages(OTHER)) == (2, 2)


def test_what_is_not_complete_is_not_switched_to(archive: Archive):
    fill(archive)
    begin(archive)
    assert not archive.indexing.activate_encoder(OTHER)
    put_passages(archive, "one", "two", key=OTHER)
    put_comments(archive, make_comment("3", "three"))
    assert not archive.indexing.activate_encoder(OTHER)
    active = archive.indexing.find_active_encoder()
    assert active is not None
    assert active.key == KEY


def test_switch_lets_the_new_vectors_answer_and_the_old_ones_no_more(archive: Archive):
    fill(archive)
    put_comments(archive, make_comment("1", "uno"))
    begin(archive)
    put_passages(archive, "uno", "two", key=OTHER)
    before = archive.searching.read_generation()
    assert archive.indexing.activate_encoder(OTHER)
    assert archive.indexing.activate_encoder(OTHER)
    assert archive.searching.read_generation() == before + 1
    assert archive.indexing.find_building_encoder() is None
    # What the old one had not followed is followed by the new one.
    assert archive.indexing.count_changes() == 0
    assert [one.comment_id for one in read_index(archive, key=OTHER).passages] == [1, 2]
    assert read_index(archive).passages == []
    for call in (
        archive.indexing.count_changes,
        lambda key: read_pending(archive, key, 1),
        archive.indexing.activate_encoder,
    ):
        with pytest.raises(EncoderChangedError):
            call(KEY)


def test_who_followed_an_encoder_that_answers_again_reads_everything(archive: Archive):
    fill(archive)
    before = read_index(archive)
    begin(archive)
    put_passages(archive, "one", "two", key=OTHER)
    archive.indexing.activate_encoder(OTHER)
    put_comments(archive, make_comment("1", "uno"))
    put_passages(archive, "uno", key=OTHER)
    while archive.indexing.delete_retired(100):
        pass
    begin(archive, KEY)
    put_passages(archive, "two", "uno")
    archive.indexing.activate_encoder(KEY)
    update = read_index(archive, before)
    assert list_index(update) == list_index(read_index(archive))
    assert sorted(one.comment_id for one in update.passages) == [1, 2]
    assert not read_index(archive, update).is_whole


def test_what_answers_no_more_is_removed_in_parts(archive: Archive):
    fill(archive)
    begin(archive)
    put_passages(archive, "one", "two", key=OTHER)
    archive.indexing.activate_encoder(OTHER)
    before = read_index(archive, key=OTHER)
    held = []
    while archive.indexing.delete_retired(1):
        held.append(
            (
                archive.indexing.count_passages(KEY),
                len(archive.indexing.find_encoded(KEY, [hash_of("one"), hash_of("two")])),
            )
        )
    assert held == [(1, 2), (0, 2), (0, 1), (0, 0), (0, 0)]
    assert list_index(read_index(archive, key=OTHER)) == list_index(before)


def test_reindex_is_one_at_a_time(archive: Archive):
    fill(archive)
    begin(archive)
    with pytest.raises(ReindexError, match=r"ann has been changing it to 'other' since \d{4}-\d\d-\d\d \d\d:\d\d UTC"):
        begin(archive, owner=Owner("bob", "ann"))
    begin(archive, owner=Owner("bob", "cleo"))
    assert get_building(archive).owner == "bob"
    with pytest.raises(ReindexError, match="another took over"):
        archive.indexing.note_reindexing(OTHER, Owner("ann"))
    archive.indexing.end_reindex(OTHER, Owner("ann"))
    archive.indexing.note_reindexing(OTHER, Owner("bob"))
    building = get_building(archive)
    assert building.begun_at is not None
    assert building.seen_at is not None
    assert (building.owner, building.seen_at > building.begun_at) == ("bob", True)
    archive.indexing.end_reindex(OTHER, Owner("bob"))
    building = get_building(archive)
    assert (building.owner, building.begun_at, building.seen_at) == ("", None, None)


def test_reindex_goes_on_where_it_was(archive: Archive):
    fill(archive)
    begin(archive)
    pending = read_pending(archive, OTHER, 1)
    archive.indexing.put_passages(OTHER, [passage_of(1, "one")], {hash_of("one"): vector_of(0)}, pending, "other")
    begin(archive)
    assert [one.comment_id for one in read_pending(archive, OTHER, 10)] == [2]


def test_reindex_with_a_third_encoder_gives_up_the_second_only_if_told(archive: Archive):
    fill(archive)
    begin(archive)
    put_passages(archive, "one", "two", key=OTHER)
    with pytest.raises(ReindexError, match=r"'other' makes is half done: go on .* or give that up with --instead"):
        begin(archive, "third@1:4:words")
    begin(archive, "third@1:4:words", instead=True)
    assert get_building(archive).key == "third@1:4:words"
    with pytest.raises(EncoderChangedError):
        read_pending(archive, OTHER, 1)
    with pytest.raises(EncoderChangedError, match="given up"):
        archive.indexing.activate_encoder(OTHER)
    while archive.indexing.delete_retired(100):
        pass
    assert (archive.indexing.count_passages(OTHER), archive.indexing.count_passages(KEY)) == (0, 2)


def test_reindex_with_what_was_given_up_begins_anew(archive: Archive):
    fill(archive)
    begin(archive)
    put_passages(archive, "one", "two", key=OTHER)
    begin(archive, KEY, instead=True)
    assert archive.indexing.find_building_encoder() is None
    begin(archive)
    assert [one.comment_id for one in read_pending(archive, OTHER, 10)] == [1, 2]
    # What is still there is not embedded again, and the passages take the place of the old ones.
    assert archive.indexing.find_encoded(OTHER, [hash_of("one"), hash_of("two")]) == {hash_of("one"), hash_of("two")}
    put_passages(archive, "one", "two", key=OTHER)
    assert archive.indexing.count_passages(OTHER) == 2


def test_comments_deleted_take_the_passages_of_every_encoder(archive: Archive):
    fill(archive)
    begin(archive)
    put_passages(archive, "one", "two", key=OTHER)
    archive.delete_comments(archive.get_source("Harbour"), ["1"])
    assert (archive.indexing.count_passages(OTHER), archive.indexing.count_passages(KEY)) == (1, 1)
    assert [one.text for one in read_pending(archive, OTHER, 10)] == [None]


def test_id_of_an_encoder_is_not_used_again(archive: Archive):
    fill(archive)
    begin(archive)
    first = get_building(archive).id
    begin(archive, KEY, instead=True)
    while archive.indexing.delete_retired(100):
        pass
    begin(archive, "third@1:4:words")
    assert get_building(archive).id > first


def test_encoder_is_known_by_the_name_that_it_is_loaded_by(archive: Archive):
    put_comments(archive, make_comment("1", "one"))
    pending = read_pending(archive, KEY, 10)
    archive.indexing.put_passages(
        KEY, [passage_of(1, "one")], {hash_of("one"): vector_of(0)}, pending, "somebody/model@1"
    )
    active = archive.indexing.find_active_encoder()
    assert active is not None
    assert (active.key, active.name) == (KEY, "somebody/model@1")


def take(archive: Archive, owner: Owner, key: str = KEY, limit: int = 1) -> list[int]:
    portion = archive.indexing.take_pending(key, limit, owner)
    return [one.comment_id for one in portion.comments] if portion else []


def test_comments_are_taken_by_one_each(archive: Archive):
    fill(archive)
    begin(archive)
    put_comments(archive, make_comment("3", "three"), make_comment("4", "four"), make_comment("5", "five"))
    assert take(archive, Owner("ann", "ann", "bob")) == [3]
    assert take(archive, Owner("bob", "ann", "bob"), limit=10) == [4, 5]
    assert take(archive, Owner("bob", "ann", "bob")) == []
    assert archive.indexing.is_taken(KEY)
    # What is to be done with the other encoder is another thing.
    assert not archive.indexing.is_taken(OTHER)
    assert take(archive, Owner("bob", "ann", "bob"), OTHER, 10) == [1, 2, 3, 4, 5]


def test_what_was_taken_is_free_again_when_who_took_it_is_gone(archive: Archive):
    put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
    assert take(archive, Owner("ann", "ann")) == [1]
    assert take(archive, Owner("bob", "bob"), limit=10) == [1, 2]


def test_what_was_taken_is_free_again_when_who_took_it_is_silent(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    put_comments(archive, make_comment("1", "one"), make_comment("2", "two"))
    bob = Owner("bob", "ann", "bob")
    portion = archive.indexing.take_pending(KEY, 1, Owner("ann", "ann"))
    assert portion
    silent = timedelta(minutes=1)
    monkeypatch.setattr("store.repositories.indexing.LEASE", silent)
    with archive.database.writing() as connection:
        connection.execute(update(ClaimRow).values(seen_at=datetime.now(UTC) - silent))
    archive.indexing.note_taken(portion)
    assert take(archive, bob, limit=10) == [2]
    with archive.database.writing() as connection:
        connection.execute(update(ClaimRow).values(seen_at=datetime.now(UTC) - silent))
    assert take(archive, bob, limit=10) == [1, 2]
    # It comes too late to give anything back.
    archive.indexing.give_back(portion)
    assert take(archive, Owner("cid", "bob", "cid"), limit=10) == []


def test_nothing_is_taken_any_more_when_another_encoder_answers(archive: Archive):
    fill(archive)
    begin(archive)
    put_comments(archive, make_comment("3", "three"))
    assert take(archive, Owner("ann", "ann"), OTHER) == [1]
    assert take(archive, Owner("ann", "ann"), KEY) == [3]
    # Others have done it meanwhile.
    with archive.database.writing() as connection:
        connection.execute(delete(ChangeRow))
    assert archive.indexing.activate_encoder(OTHER)
    with archive.database.reading() as connection:
        assert connection.execute(select(ClaimRow.id)).all() == []
