"""What is kept of comments and discussions that refreshes change, through the archive's port, on every database."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from store.archive import Archive
from store.db.history import FormerRows
from store.db.refreshes import LONG_AGO
from store.db.tables import ChannelRow, CommentRow, FormerCommentRow
from store.domain.comment import Comment
from store.domain.refresh import RefreshCounts, RefreshKind, RefreshState
from store.domain.source import PlaceReading, Source
from store.errors import RefreshCancelledError, RefreshLostError, SourceBusyError, UnknownRefreshError
from store.refresh.owner import Process
from store.refresh.plan import fingerprint
from store.repositories.refreshes import RefreshKey
from tests.store.factories import NOON, make_comment, put_source, read_texts

HERE = Process.current()


def begin(archive: Archive, source: Source) -> RefreshKey:
    return RefreshKey(
        archive.refreshes.begin(source, RefreshKind.REFRESH, HERE),
        archive.refreshes.put_place(source, "/x.jsonl"),
    )


def end(archive: Archive, key: RefreshKey) -> None:
    archive.refreshes.end(key.id, RefreshState.DONE, RefreshCounts(), {})


def refresh(archive: Archive, source: Source, *came: Comment, gone: tuple[str, ...] = ()) -> RefreshKey:
    key = begin(archive, source)
    if came:
        archive.put_comments(source, [(comment, fingerprint(comment)) for comment in came], key)
    archive.delete_comments(source, gone, key)
    end(archive, key)
    return key


def undo(archive: Archive, source: Source, first: RefreshKey) -> RefreshCounts:
    key = begin(archive, source)
    counts = archive.undoing.undo_changes(source, first.id, archive.undoing.find_former(source, first.id), key)
    end(archive, key)
    return counts


class TestHistoryContract:
    """Holds for every database."""

    def test_kept_is_the_same_whether_the_refresh_was_interrupted_between_or_not(self, archive: Archive):
        kept = []
        for name in ("whole", "killed"):
            source = put_source(archive, name)
            before = [make_comment(number, author="Ann", account="7") for number in ("1", "2")]
            refresh(archive, source, *before)
            renamed = make_comment("1", author="Anna", account="7")
            key = begin(archive, source)
            archive.put_comments(source, [(renamed, fingerprint(renamed))], key)
            if name == "killed":
                archive.refreshes.end(key.id, RefreshState.INTERRUPTED, RefreshCounts(), {})
                key = begin(archive, source)
            archive.delete_comments(source, ["2"], key)
            end(archive, key)
            with archive.database.reading() as connection:
                former = select(FormerCommentRow.comment).where(FormerCommentRow.source_id == source.id)
                rows = connection.scalars(former.order_by(FormerCommentRow.native_id))
                kept.append([{**json.loads(row), "refresh": None, "place": None} for row in rows])
        assert kept[0] == kept[1]
        assert [one["also"] for one in kept[0]] == [[], []]

    def test_undo_changes_gives_back_every_part_of_a_comment(self, archive: Archive):
        source = put_source(archive)
        before = make_comment(
            "1",
            'She said "visibility": "public", and left.',
            author="Zoë “Z” O'Hara",
            account="77",
            also=("Zoe",),
            title="Tea",
            thread="t/1",
            thread_url="https://blog.example/tea",
            url="https://blog.example/tea#1",
            published=datetime(2019, 3, 1, 12, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=5))),
            edited=NOON,
            parent_id="0",
            position=4,
            channel="general",
            visibility="people:U1,U2",
        )
        first = refresh(archive, source, before)
        was = archive.read_comments([1])
        second = refresh(archive, source, make_comment("1", "Other.", author="Bo", published=None))
        assert undo(archive, source, second) == RefreshCounts(edited=1)
        now = archive.read_comments([1])
        assert now == was
        assert archive.find_known(source, ["1"])["1"][:2] == (fingerprint(before), first.place_id)
        assert [author.names for author in archive.find_authors("Zoe")] == [("Zoe", "Zoë “Z” O'Hara")]
        assert undo(archive, source, second) == RefreshCounts()

    def test_undo_changes_of_what_was_undone_removes_what_came_back(self, archive: Archive):
        source = put_source(archive)
        refresh(archive, source, make_comment("1"), make_comment("2"))
        second = refresh(archive, source, gone=("1",))
        key = begin(archive, source)
        counts = archive.undoing.undo_changes(source, second.id, archive.undoing.find_former(source, second.id), key)
        end(archive, key)
        assert (counts, set(read_texts(archive))) == (RefreshCounts(added=1), {"Harbour/1", "Harbour/2"})
        assert undo(archive, source, key) == RefreshCounts(deleted=1)
        assert set(read_texts(archive)) == {"Harbour/2"}

    def test_undo_changes_leaves_what_the_refreshes_brought_to_be_removed(self, archive: Archive):
        source = put_source(archive)
        first = refresh(archive, source, make_comment("1", "New."))
        refresh(archive, source, make_comment("1", "Edited."))
        assert undo(archive, source, first) == RefreshCounts()
        assert archive.undoing.find_brought(source, first.id) == ["1"]

    def test_find_brought_gives_what_came_first_with_a_refresh_or_later_to_that_source(self, archive: Archive):
        source, other = put_source(archive), put_source(archive, "Other")
        refresh(archive, source, make_comment("1"))
        second = refresh(archive, source, make_comment("1", "Edited."), make_comment("2"))
        refresh(archive, other, make_comment("4"))
        refresh(archive, source, make_comment("2", "Edited."), make_comment("3"))
        assert archive.undoing.find_brought(source, second.id) == ["2", "3"]

    def test_find_former_gives_the_first_and_the_last_of_each_comment(self, archive: Archive):
        source, other = put_source(archive), put_source(archive, "Other")
        refresh(archive, source, make_comment("1", "a"), make_comment("2", "a"))
        refresh(archive, other, make_comment("1", "a"))
        second = refresh(archive, source, make_comment("1", "b"))
        refresh(archive, other, make_comment("1", "b"))
        third = refresh(archive, source, make_comment("1", "c"), gone=("2",))
        assert archive.undoing.find_former(source, second.id) == [FormerRows(1, 3), FormerRows(4, 4)]
        assert archive.undoing.find_former(source, third.id) == [FormerRows(3, 3), FormerRows(4, 4)]

    def test_discussions_are_given_back_their_first_titles(self, archive: Archive):
        source, other = put_source(archive), put_source(archive, "Other")
        for known in (source, other):
            refresh(archive, known, make_comment("1", title="One", thread_url="https://a.example/1"))
        second = refresh(archive, source, make_comment("1", title="Two", thread_url="https://a.example/2"))
        refresh(archive, other, make_comment("1", title="Two"))
        refresh(archive, source, make_comment("1", title="Three", thread_url="https://a.example/2"))
        former = archive.undoing.find_former_discussions(source, second.id)
        assert former == {1: ("One", "https://a.example/1")}
        key, before = begin(archive, source), archive.searching.read_generation()
        archive.undoing.restore_discussions(former, key)
        titles = [(one.discussion_title, one.discussion_url) for one in archive.read_comments([1, 2]).values()]
        assert titles == [("One", "https://a.example/1"), ("Two", "https://a.example/1")]
        assert archive.searching.read_generation() > before
        # Which can be undone itself.
        assert archive.undoing.find_former_discussions(source, key.id) == {1: ("Three", "https://a.example/2")}

    def test_discussions_whose_titles_are_kept_stay_though_empty(self, archive: Archive):
        source = put_source(archive)
        refresh(archive, source, make_comment("1", title="One"))
        second = refresh(archive, source, make_comment("1", title="Two"), make_comment("2", thread="t2"))
        refresh(archive, source, gone=("1", "2"))
        archive.purging.delete_empty(source)
        assert archive.undoing.find_former_discussions(source, second.id) == {1: ("One", "")}
        archive.purging.purge(datetime.now(UTC) + timedelta(days=1))
        archive.purging.delete_empty(source)
        refresh(archive, source, make_comment("3", title="Another"))
        assert archive.undoing.find_former_discussions(source, second.id) == {}

    @pytest.mark.parametrize("state", [RefreshState.CANCELLING, RefreshState.DONE])
    def test_nothing_is_undone_by_who_may_not_any_more(self, archive: Archive, state: RefreshState):
        source = put_source(archive)
        refresh(archive, source, make_comment("1", title="One"))
        second = refresh(archive, source, make_comment("1", "Edited.", title="Two"))
        key = begin(archive, source)
        if state is RefreshState.CANCELLING:
            archive.refreshes.cancel(key.id)
        else:
            end(archive, key)
        refused = RefreshCancelledError if state is RefreshState.CANCELLING else RefreshLostError
        for write in (
            lambda: archive.undoing.undo_changes(
                source, second.id, archive.undoing.find_former(source, second.id), key
            ),
            lambda: archive.undoing.restore_discussions({1: ("One", "")}, key),
            lambda: archive.undoing.hold(source, key),
        ):
            with pytest.raises(refused):
                write()
        assert read_texts(archive) == {"Harbour/1": "Edited."}
        assert not archive.get_source("Harbour").is_held

    def test_has_changed_looks_at_what_an_interrupted_refresh_left(self, archive: Archive):
        source = put_source(archive)
        changed = []
        for came, gone in (([make_comment("1")], ()), ([make_comment("1", "Edited.")], ()), ([], ("1",)), ([], ())):
            key = begin(archive, source)
            archive.put_comments(source, [(comment, fingerprint(comment)) for comment in came], key)
            archive.delete_comments(source, gone, key)
            archive.refreshes.end(key.id, RefreshState.FAILED, RefreshCounts(), {})
            changed.append(archive.undoing.has_changed(archive.refreshes.get(key.id)))
        assert changed == [True, True, True, False]

    def test_has_changed_believes_the_counts_of_what_is_done(self, archive: Archive):
        source = put_source(archive)
        changed = []
        for counts in (RefreshCounts(unchanged=3, skipped=1, problems=1), RefreshCounts(edited=1)):
            key = begin(archive, source)
            archive.refreshes.end(key.id, RefreshState.DONE, counts, {})
            changed.append(archive.undoing.has_changed(archive.refreshes.get(key.id)))
        assert changed == [False, True]

    def test_close_channels_closes_what_is_kept_of_them(self, archive: Archive):
        source = put_source(archive)

        def make(native_id: str, thread: str, text: str, visibility: str = "public") -> Comment:
            return make_comment(native_id, text, channel="plans", thread=thread, visibility=visibility)

        threads = {"1": "C1:2019", "2": "C12:2019", "3": "c1:2019", "4": 'C"1:2019', "5": "C%:2019"}
        refresh(archive, source, *(make(key, thread, "a") for key, thread in threads.items()))
        refresh(archive, source, make("6", "C1:2020", 'Not "thread": "C12:', "people:U1"))
        third = refresh(archive, source, gone=(*threads, "6"))
        archive.close_channels(source, ["C1", 'C"1', "C%"])
        undo(archive, source, third)
        with archive.database.reading() as connection:
            rows = connection.execute(
                select(CommentRow.native_id, ChannelRow.visibility).join(
                    ChannelRow, ChannelRow.id == CommentRow.channel_id
                )
            ).all()
        assert {row.native_id: row.visibility for row in rows} == {
            "1": "channel:C1", "2": "public", "3": "public", "4": 'channel:C"1', "5": "channel:C%", "6": "people:U1"
        }  # fmt: skip

    def test_get_refresh_unknown_says_what_to_do(self, archive: Archive):
        with pytest.raises(UnknownRefreshError) as raised:
            archive.refreshes.get(5)
        assert str(raised.value) == "cannot find the refresh: 5: none has that number: see `harkback refreshes`"

    def test_check_idle_refuses_while_somebody_is_at_work(self, archive: Archive):
        source = put_source(archive)
        archive.refreshes.check_idle(source, HERE)
        key = begin(archive, source)
        with pytest.raises(SourceBusyError):
            archive.refreshes.check_idle(source, HERE)
        end(archive, key)
        archive.refreshes.check_idle(source, HERE)

    def test_hold_lasts_until_the_source_is_refreshed(self, archive: Archive):
        source = put_source(archive)
        archive.note_refreshed(source, "/a.jsonl", (), PlaceReading(stamp="1", is_whole=True))
        archive.note_refreshed(source, "/b.jsonl", (), PlaceReading(stamp="2", is_whole=True))
        archive.undoing.hold(source, begin(archive, source))
        places = [archive.refreshes.find_place(source, location) for location in ("/a.jsonl", "/b.jsonl")]
        assert [(place.stamp, place.full_at) for place in places if place] == [("", LONG_AGO), ("", LONG_AGO)]
        assert archive.get_source("Harbour").is_held
        archive.note_unchanged(source)
        assert not archive.get_source("Harbour").is_held

    def test_purge_tells_whether_there_was_anything_and_takes_it_once(self, archive: Archive):
        source = put_source(archive)
        refresh(archive, source, make_comment("1", title="One"))
        second = refresh(archive, source, make_comment("1", "Edited.", title="Two"))
        later = datetime.now(UTC) + timedelta(days=1)
        assert [archive.purging.purge(NOON), archive.purging.purge(later), archive.purging.purge(later)] == [
            False,
            True,
            False,
        ]
        assert archive.undoing.find_former(source, 1) == []
        assert archive.undoing.find_former_discussions(source, 1) == {}
        assert archive.refreshes.get(second.id).is_purged
        assert read_texts(archive) == {"Harbour/1": "Edited."}

    def test_purge_waits_for_who_is_at_work_unless_they_are_dead(self, archive: Archive):
        source = put_source(archive)
        refresh(archive, source, make_comment("1"))
        second = refresh(archive, source, gone=("1",))
        archive.refreshes.begin(source, RefreshKind.ROLLBACK, Process("process 4194305 on elsewhere (1)"))
        later = datetime.now(UTC) + timedelta(days=1)
        archive.purging.purge(later)
        assert len(archive.undoing.find_former(source, second.id)) == 1
        archive.purging.purge(later, Nobody())
        assert archive.undoing.find_former(source, second.id) == []

    def test_drop_older_takes_comments_with_all_that_is_kept_of_them(self, archive: Archive):
        source, other = put_source(archive), put_source(archive, "Other")
        old, new = NOON - timedelta(microseconds=1), NOON
        came = [make_comment("1", published=old), make_comment("2", published=new), make_comment("3", published=None)]
        refresh(archive, source, *came)
        refresh(archive, source, *(replace(one, text="Edited.") for one in came))
        refresh(archive, other, make_comment("1", published=new))
        assert archive.purging.find_with_older(NOON) == [source]
        key = begin(archive, source)
        assert [archive.purging.drop_older(source, NOON, key) for _ in range(2)] == [1, 0]
        assert set(read_texts(archive)) == {"Harbour/2", "Harbour/3", "Other/1"}
        assert len(archive.undoing.find_former(source, 1)) == 2
        assert archive.purging.find_with_older(NOON) == []

    def test_drop_older_history_takes_what_is_kept_of_comments_that_are_gone(self, archive: Archive):
        source = put_source(archive)
        ages = {"old": NOON - timedelta(days=1), "new": NOON, "undated": None}
        refresh(archive, source, *(make_comment(name, published=time) for name, time in ages.items()))
        refresh(archive, source, gone=tuple(ages))
        assert [archive.purging.drop_older_history(NOON) for _ in range(2)] == [True, False]
        key = begin(archive, source)
        archive.undoing.undo_changes(source, 2, archive.undoing.find_former(source, 2), key)
        assert set(read_texts(archive)) == {"Harbour/new", "Harbour/undated"}

    def test_find_with_older_names_those_where_it_was_interrupted(self, archive: Archive):
        source = put_source(archive)
        number = archive.refreshes.begin(source, RefreshKind.RETENTION, HERE)
        assert archive.purging.find_with_older(NOON) == [source]
        archive.refreshes.end(number, RefreshState.DONE, RefreshCounts(), {})
        assert archive.purging.find_with_older(NOON) == []


class Nobody:
    """Knows that nobody is alive."""

    name = "nobody"

    def is_alive(self, name: str, seen_at: datetime, now: datetime) -> bool:  # noqa: ARG002  # the port
        return False
