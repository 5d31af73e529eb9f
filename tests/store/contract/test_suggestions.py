from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from store.archive import Archive
from store.db.use_tables import SuggestionRow
from store.repositories.suggestions import KEEP, Suggestions

A_MOMENT = timedelta(seconds=5)


@pytest.fixture
def suggestions(archive: Archive) -> Suggestions:
    return Suggestions(archive.database)


def note(
    suggestions: Suggestions, *, team: str = "T1", channel: str = "C1", thread: str = "1", max_a_day: int = 9
) -> bool:
    return suggestions.note((team, channel, thread), 7, 2.0, max_a_day)


def age(archive: Archive, thread: str, by: timedelta) -> None:
    """Let a suggestion have been made that long ago."""
    made = update(SuggestionRow).where(SuggestionRow.thread == thread)
    with archive.database.writing() as connection:
        connection.execute(made.values(made_at=datetime.now(UTC) - by))


class TestSuggestions:
    def test_thread_has_one_suggestion(self, suggestions: Suggestions, other_process: Archive):
        assert note(suggestions, thread="1.5")
        assert not note(suggestions, thread="1.5")
        assert not note(Suggestions(other_process.database), thread="1.5")
        assert [note(suggestions, thread="1.6"), note(suggestions, channel="C2", thread="1.5")] == [True, True]

    def test_channel_has_so_many_suggestions_within_a_day(self, archive: Archive, suggestions: Suggestions):
        assert [note(suggestions, thread=thread, max_a_day=2) for thread in "123"] == [True, True, False]
        assert [note(suggestions, channel="C2", max_a_day=2), note(suggestions, team="T2", max_a_day=2)] == [True, True]
        age(archive, "1", timedelta(days=1) + A_MOMENT)
        assert note(suggestions, thread="4", max_a_day=2)

    def test_channel_has_so_many_suggestions_over_threads(self, archive: Archive, other_process: Archive):
        both = [Suggestions(archive.database), Suggestions(other_process.database)]
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda n: note(both[n % 2], thread=str(n), max_a_day=3), range(16)))
        assert sum(made) == 3

    def test_suggestions_of_a_day_are_counted_by_channel(self, archive: Archive, suggestions: Suggestions):
        for team, channel, thread in (("T1", "C1", "1"), ("T1", "C1", "2"), ("T1", "C2", "3"), ("T2", "C1", "4")):
            note(suggestions, team=team, channel=channel, thread=thread)
        age(archive, "2", timedelta(days=1) + A_MOMENT)
        assert [suggestions.count_lately("T1", "C1"), suggestions.count_lately("T1", "C3")] == [1, 0]

    def test_unhelpful_ones_are_counted_once_each_by_channel(self, archive: Archive, suggestions: Suggestions):
        for thread in ("1", "2", "3", "4"):
            note(suggestions, thread=thread)
        for thread in ("1", "1", "2", "4", "not there"):
            suggestions.note_unhelpful("T1", "C1", thread)
        age(archive, "4", KEEP + A_MOMENT)
        assert [suggestions.count_unhelpful("T1", "C1"), suggestions.count_unhelpful("T1", "C2")] == [2, 0]

    def test_forget_old_drops_what_is_too_long_ago(self, archive: Archive, suggestions: Suggestions):
        for thread, by in (("1", KEEP + A_MOMENT), ("2", KEEP - A_MOMENT)):
            note(suggestions, thread=thread)
            age(archive, thread, by)
        assert suggestions.forget_old() == 1
        assert [note(suggestions, thread="1"), note(suggestions, thread="2")] == [True, False]
