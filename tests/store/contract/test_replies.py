from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from store.archive import Archive
from store.db.tables import ReplyRow
from store.db.use_tables import OwedReplyRow
from store.repositories.replies import KEEP, LEASE, PATIENCE, Replies

A_MOMENT = timedelta(seconds=5)


@pytest.fixture
def replies(archive: Archive) -> Replies:
    return Replies(archive.database)


def age(archive: Archive, key: str, by: timedelta) -> None:
    """Let a reply have been taken that long ago."""
    with archive.database.writing() as connection:
        connection.execute(update(ReplyRow).where(ReplyRow.key == key).values(taken_at=datetime.now(UTC) - by))


def age_owed(archive: Archive, key: str, by: timedelta) -> None:
    """Let a reply have been owed for that long."""
    with archive.database.writing() as connection:
        aged = update(OwedReplyRow).where(OwedReplyRow.key == key).values(owed_at=datetime.now(UTC) - by)
        connection.execute(aged)


class TestReplies:
    def test_take_gives_a_reply_once(self, replies: Replies):
        assert [replies.take("m1"), replies.take("m1"), replies.take("m2")] == [True, False, True]

    def test_take_gives_it_once_over_processes(self, archive: Archive, other_process: Archive):
        assert Replies(archive.database).take("m1")
        assert not Replies(other_process.database).take("m1")

    def test_take_gives_it_once_over_threads(self, archive: Archive, other_process: Archive):
        both = [Replies(archive.database), Replies(other_process.database)]
        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(lambda number: both[number % 2].take(f"m{number // 8}"), range(64)))
        assert sum(taken) == 8
        assert [sum(taken[start : start + 8]) for start in range(0, 64, 8)] == [1] * 8

    def test_taken_reply_is_nowhere_yet(self, replies: Replies):
        replies.take("m1")
        assert replies.find_place("m1") is None

    def test_finished_reply_is_at_its_place(self, replies: Replies, other_process: Archive):
        replies.take("m1")
        replies.finish("m1", "C1/171.5")
        assert replies.find_place("m1") == "C1/171.5"
        assert Replies(other_process.database).find_place("m1") == "C1/171.5"

    def test_released_reply_can_be_taken_again_and_finishing_it_notes_nothing(self, replies: Replies):
        replies.take("m1")
        replies.release("m1")
        replies.finish("m1", "C1/1")
        assert replies.find_place("m1") is None
        assert [replies.take("m1"), replies.take("m1")] == [True, False]

    def test_unknown_reply_is_nowhere(self, replies: Replies):
        replies.finish("never taken", "C1/1")
        assert replies.find_place("never taken") is None

    def test_abandoned_reply_is_taken_over_once(self, archive: Archive, replies: Replies):
        replies.take("m1")
        age(archive, "m1", LEASE + A_MOMENT)
        assert [replies.take("m1"), replies.take("m1")] == [True, False]

    def test_slow_reply_is_left_to_who_took_it(self, archive: Archive, replies: Replies):
        replies.take("m1")
        age(archive, "m1", LEASE - A_MOMENT)
        assert not replies.take("m1")

    def test_finished_reply_is_never_taken_again(self, archive: Archive, replies: Replies):
        replies.take("m1")
        replies.finish("m1")
        age(archive, "m1", LEASE * 100)
        assert not replies.take("m1")

    def test_reply_is_abandoned_when_who_took_it_must_be_dead(
        self, archive: Archive, replies: Replies, other_process: Archive
    ):
        assert not replies.is_abandoned("m1")
        replies.take("m1")
        age(archive, "m1", LEASE - A_MOMENT)
        assert not replies.is_abandoned("m1")
        age(archive, "m1", LEASE + A_MOMENT)
        assert (replies.is_abandoned("m1"), Replies(other_process.database).is_abandoned("m1")) == (True, True)
        replies.finish("m1", "C1 1.5")
        assert not replies.is_abandoned("m1")

    def test_owed_reply_is_found_once_who_owes_it_must_be_dead(self, archive: Archive, replies: Replies):
        for key, by in (("young", LEASE - A_MOMENT), ("old", LEASE + A_MOMENT), ("older", LEASE * 2)):
            replies.owe(key, f'{{"text": "{key}"}}')
            age_owed(archive, key, by)
        assert replies.find_owed() == [("older", '{"text": "older"}'), ("old", '{"text": "old"}')]

    def test_reply_that_was_taken_is_owed_until_it_is_finished(self, archive: Archive, replies: Replies):
        replies.owe("m1", "{}")
        replies.owe("m1", "again")
        age_owed(archive, "m1", LEASE * 2)
        replies.take("m1")
        assert replies.find_owed() == [("m1", "{}")]
        replies.finish("m1", "C1 1.5")
        assert replies.find_owed() == []

    def test_reply_that_somebody_took_is_not_owed_anew(self, archive: Archive, replies: Replies):
        replies.take("m1")
        replies.owe("m1", "{}")
        age_owed(archive, "m1", LEASE * 2)
        assert replies.find_owed() == []

    def test_reply_may_wait_as_long_as_it_is_owed_and_not_for_too_long(
        self, archive: Archive, replies: Replies, other_process: Archive
    ):
        assert not replies.may_wait("m1")
        replies.owe("m1", "{}")
        age_owed(archive, "m1", PATIENCE - A_MOMENT)
        assert Replies(other_process.database).may_wait("m1")
        age_owed(archive, "m1", PATIENCE + A_MOMENT)
        assert not replies.may_wait("m1")
        age_owed(archive, "m1", A_MOMENT)
        replies.take("m1")
        assert replies.may_wait("m1")
        replies.finish("m1", None)
        assert not replies.may_wait("m1")

    def test_reply_that_is_disowned_is_owed_no_more_and_others_are(self, replies: Replies):
        for key in ("m1", "m2"):
            replies.owe(key, "{}")
        replies.disown("m1")
        replies.disown("never owed")
        assert [replies.may_wait("m1"), replies.may_wait("m2")] == [False, True]

    def test_reply_is_done_once_it_is_finished_wherever_it_stands(self, replies: Replies):
        for key in ("m1", "m2"):
            assert not replies.is_done(key)
            replies.take(key)
            assert not replies.is_done(key)
        replies.finish("m1", None)
        assert [replies.is_done("m1"), replies.is_done("m2")] == [True, False]

    def test_forget_old_drops_what_is_owed_for_too_long(self, archive: Archive, replies: Replies):
        replies.owe("m1", "{}")
        age_owed(archive, "m1", KEEP + A_MOMENT)
        replies.forget_old()
        assert replies.find_owed() == []

    def test_forget_old_drops_what_cannot_come_again(self, archive: Archive, replies: Replies):
        for key, by in (("old", KEEP + A_MOMENT), ("young", KEEP - A_MOMENT), ("new", timedelta(0))):
            replies.take(key)
            replies.finish(key, key)
            age(archive, key, by)
        assert replies.forget_old() == 1
        with archive.database.reading() as connection:
            assert sorted(connection.scalars(select(ReplyRow.key))) == ["new", "young"]
        assert replies.take("old")
