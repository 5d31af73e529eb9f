from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from store.archive import Archive
from store.db.use_tables import ConversationRow, FeedbackRow, RecentQuestionRow, WatchRow
from store.domain.forgetting import RemovalRequest
from store.repositories.removals import Removals

NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
ADA = RemovalRequest("T1", "U1", (("Team talk", 12), ("Blog", 1)), NOW)


@pytest.fixture
def removals(archive: Archive) -> Removals:
    return Removals(archive.database)


class TestRemovals:
    def test_request_is_put_once_and_found(self, removals: Removals):
        assert removals.find("T1", "U1") is None
        assert removals.put(ADA)
        assert not removals.put(replace(ADA, told=()))
        assert removals.find("T1", "U1") == ADA
        assert [removals.find("T2", "U1"), removals.find("T1", "U2")] == [None, None]

    def test_request_waits_until_it_is_approved_and_stays_until_it_is_done(self, removals: Removals):
        removals.put(ADA)
        assert (removals.list_waiting(), removals.list_approved()) == ([ADA], [])
        assert removals.approve("T1", "U1")
        approved = replace(ADA, is_approved=True)
        assert (removals.list_waiting(), removals.list_approved()) == ([], [approved])
        assert not removals.approve("T1", "U1")
        assert not removals.decline("T1", "U1")
        assert removals.find("T1", "U1") == approved
        removals.finish("T1", "U1")
        assert removals.find("T1", "U1") is None

    def test_request_that_is_declined_is_gone(self, removals: Removals):
        removals.put(ADA)
        removals.finish("T1", "U1")
        assert removals.decline("T1", "U1")
        assert not removals.decline("T1", "U1")
        assert not removals.approve("T1", "U1")
        assert (removals.list_waiting(), removals.list_approved()) == ([], [])

    def test_requests_are_listed_in_their_order(self, removals: Removals):
        later = replace(ADA, person="U0", asked_at=NOW.replace(hour=11))
        removals.put(later)
        removals.put(ADA)
        assert removals.list_waiting() == [ADA, later]

    def test_what_is_ones_own_is_erased_and_nobody_elses(self, archive: Archive, removals: Removals):
        with archive.database.writing() as connection:
            for team, person in (("T1", "U1"), ("T1", "U2"), ("T2", "U1")):
                who = {"team": team, "person": person, "asked": "{}"}
                connection.execute(insert(RecentQuestionRow).values(**who, asked_at=NOW))
                place = {"channel": "C1", "thread": "", "turn": f"{team} {person}"}
                connection.execute(insert(ConversationRow).values(**who, **place, asked_at=NOW))
                connection.execute(insert(WatchRow).values(**who, channel="", created_at=NOW, seen_id=0))
                said = {"channel": "", "source": "", "native_id": "", "is_helpful": True, "given_at": NOW}
                connection.execute(insert(FeedbackRow).values(**who, **said))
        removals.erase_own("T1", "U1")
        with archive.database.reading() as connection:
            for table in (ConversationRow, RecentQuestionRow, WatchRow, FeedbackRow):
                left = connection.execute(select(table.team, table.person).order_by(table.team)).all()
                assert left == [("T1", "U2"), ("T2", "U1")]
