from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from store.archive import Archive
from store.db.use_tables import ConversationRow
from store.domain.conversation import Thread, Turn
from store.repositories.conversations import KEEP, MAX_TURNS, Conversations

A_MOMENT = timedelta(seconds=5)
THREAD = Thread("T1", "C1", "100.000001")
FIRST = Turn("100.000001", "U1", '{"q": "badges"}')
SECOND = Turn("100.000002", "U2", '{"q": "pay"}', is_addressed=False)
END = "999.999999"


@pytest.fixture
def conversations(archive: Archive) -> Conversations:
    return Conversations(archive.database)


def age(archive: Archive, turn: Turn, by: timedelta) -> None:
    """Let a turn have been noted that long ago."""
    with archive.database.writing() as connection:
        change = update(ConversationRow).where(ConversationRow.turn == turn.id)
        connection.execute(change.values(asked_at=datetime.now(UTC) - by))


def list_turns(archive: Archive) -> list[str]:
    with archive.database.reading() as connection:
        return sorted(connection.scalars(select(ConversationRow.turn)))


class TestConversations:
    def test_turns_are_found_the_latest_first_in_whatever_order_they_were_noted(
        self, conversations: Conversations, other_process: Archive
    ):
        conversations.note(THREAD, SECOND)
        conversations.note(THREAD, FIRST)
        assert conversations.find(THREAD, END) == [SECOND, FIRST]
        assert Conversations(other_process.database).find(THREAD, END) == [SECOND, FIRST]

    def test_turns_are_found_up_to_one(self, conversations: Conversations):
        conversations.note(THREAD, FIRST)
        conversations.note(THREAD, SECOND)
        assert conversations.find(THREAD, FIRST.id) == [FIRST]
        assert conversations.find(THREAD, "100.000000") == []

    def test_turn_noted_again_takes_the_place_of_itself(self, conversations: Conversations):
        conversations.note(THREAD, FIRST)
        changed = replace(FIRST, asked="", is_stopped=True)
        conversations.note(THREAD, changed)
        assert conversations.find(THREAD, END) == [changed]

    @pytest.mark.parametrize(
        "other",
        [Thread("T2", "C1", "100.000001"), Thread("T1", "C2", "100.000001"), Thread("T1", "C1"), Thread("T1", "D1")],
    )
    def test_turns_of_one_thread_are_found_in_no_other(self, conversations: Conversations, other: Thread):
        conversations.note(THREAD, FIRST)
        assert conversations.find(other, END) == []

    def test_unknown_thread_has_no_turns(self, conversations: Conversations):
        assert conversations.find(THREAD, END) == []

    def test_only_the_latest_turns_are_found(self, conversations: Conversations):
        for number in range(MAX_TURNS + 5):
            conversations.note(THREAD, replace(FIRST, id=f"100.{number:06}"))
        found = conversations.find(THREAD, END)
        assert [turn.id for turn in found] == [f"100.{number:06}" for number in range(MAX_TURNS + 4, 4, -1)]

    def test_turn_that_is_too_old_is_not_found_and_goes_with_the_next_that_is_noted(
        self, archive: Archive, conversations: Conversations
    ):
        conversations.note(THREAD, FIRST)
        age(archive, FIRST, KEEP + A_MOMENT)
        assert conversations.find(THREAD, END) == []
        assert list_turns(archive) == [FIRST.id]
        conversations.note(Thread("T1", "C2"), SECOND)
        assert list_turns(archive) == [SECOND.id]

    def test_turn_that_is_young_enough_stays(self, archive: Archive, conversations: Conversations):
        conversations.note(THREAD, FIRST)
        age(archive, FIRST, KEEP - A_MOMENT)
        conversations.note(THREAD, SECOND)
        assert conversations.find(THREAD, END) == [SECOND, FIRST]

    def test_forget_old_drops_what_is_too_old(self, archive: Archive, conversations: Conversations):
        conversations.note(THREAD, FIRST)
        conversations.note(THREAD, SECOND)
        age(archive, FIRST, KEEP + A_MOMENT)
        assert conversations.forget_old() == 1
        assert list_turns(archive) == [SECOND.id]

    def test_turns_are_noted_from_many_threads_at_once(self, archive: Archive, other_process: Archive):
        both = [Conversations(archive.database), Conversations(other_process.database)]
        turns = [replace(FIRST, id=f"100.{number:06}") for number in range(20)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: both[number % 2].note(THREAD, turns[number // 2]), range(40)))
        assert both[0].find(THREAD, END) == turns[::-1]
