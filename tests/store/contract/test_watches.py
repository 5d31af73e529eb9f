from datetime import UTC, datetime, timedelta

import pytest

from store.archive import Archive
from store.domain.watch import Watch
from store.repositories.replies import Replies
from tests.store.factories import make_comment, put_comments

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def add(archive: Archive, asked: str = "kettles", *, person: str = "U1", channel: str = "", limit: int = 9) -> Watch:
    watch = archive.watches.add("T1", person, channel, asked, limit)
    assert watch
    return watch


def find(archive: Archive, watch: Watch) -> Watch:
    found = archive.watches.find(watch.id)
    assert found
    return found


@pytest.fixture
def watch(archive: Archive) -> Watch:
    """Of somebody who has seen the two comments that are there."""
    put_comments(archive, make_comment("a"), make_comment("b"))
    return add(archive)


class TestWatches:
    def test_watch_is_of_what_comes_from_now_on(self, archive: Archive, watch: Watch, other_process: Archive):
        assert (watch.team, watch.person, watch.channel, watch.asked) == ("T1", "U1", "", "kettles")
        assert (watch.is_paused, watch.told_at, watch.seen_id) == (False, None, 2)
        assert abs(datetime.now(UTC) - watch.created_at) < timedelta(minutes=1)
        assert other_process.watches.find(watch.id) == find(archive, watch) == watch

    def test_watches_are_those_of_one_person_of_one_workspace(self, archive: Archive, watch: Watch):
        others = add(archive, person="U2")
        archive.watches.add("T2", "U1", "", "kettles", 9)
        gulls = add(archive, "gulls", channel="C1")
        assert archive.watches.list_of("T1", "U1") == [watch, gulls]
        assert archive.watches.list_of("T1", "U2") == [others]

    def test_watch_that_is_asked_for_again_is_one_and_goes_on(self, archive: Archive, watch: Watch):
        archive.watches.pause(watch.id)
        put_comments(archive, make_comment("c"))
        assert add(archive) == watch
        assert add(archive, channel="C1").id != watch.id

    def test_watch_beyond_the_most_is_not_made(self, archive: Archive, watch: Watch):
        assert archive.watches.add("T1", "U1", "", "gulls", 1) is None
        assert add(archive, limit=1) == watch

    def test_paused_watch_is_not_due_until_it_goes_on(self, archive: Archive, watch: Watch):
        archive.watches.pause(watch.id)
        assert (find(archive, watch).is_paused, archive.watches.list_due(9, NOW)) == (True, [])
        archive.watches.pause(watch.id, is_paused=False)
        assert archive.watches.list_due(9, NOW) == [watch]

    def test_removed_watch_is_gone_and_its_id_is_nobody_elses(self, archive: Archive, watch: Watch):
        archive.watches.remove(watch.id)
        assert (archive.watches.find(watch.id), archive.watches.list_due(9, NOW)) == (None, [])
        assert add(archive).id > watch.id

    def test_watch_is_due_where_something_came_and_it_was_not_told_of_since(self, archive: Archive, watch: Watch):
        assert archive.watches.list_due(2, NOW) == []
        assert archive.watches.list_due(3, NOW) == [watch]
        archive.watches.note_told(watch.id, 3, "w", "D1 1.5", NOW)
        assert archive.watches.list_due(3, NOW + DAY) == []
        assert archive.watches.list_due(4, NOW - timedelta(seconds=1)) == []
        assert [one.id for one in archive.watches.list_due(4, NOW)] == [watch.id]

    def test_told_watch_has_seen_it_and_its_reply_is_given(self, archive: Archive, watch: Watch):
        replies = Replies(archive.database)
        replies.take("w")
        archive.watches.note_told(watch.id, 7, "w", "D1 1.5", NOW)
        assert (find(archive, watch).seen_id, find(archive, watch).told_at) == (7, NOW)
        assert (replies.find_place("w"), replies.take("w")) == ("D1 1.5", False)

    def test_watch_that_has_seen_more_keeps_to_that(self, archive: Archive, watch: Watch):
        archive.watches.note_seen([watch.id], 9)
        archive.watches.note_seen([watch.id], 5)
        assert (find(archive, watch).seen_id, find(archive, watch).told_at) == (9, None)

    def test_many_watches_are_noted(self, archive: Archive, watch: Watch):
        ids = [watch.id, *(add(archive, f"{number}", limit=2_000).id for number in range(600))]
        archive.watches.note_seen(ids[1:], 5)
        assert [one.id for one in archive.watches.list_due(5, NOW)] == [watch.id]
