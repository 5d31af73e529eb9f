from datetime import UTC, datetime

from store.archive import Archive
from store.domain.hiding import HiddenDiscussion
from tests.store.factories import make_comment, put_comments


class TestHiding:
    def test_hide_names_what_is_hidden(self, archive: Archive):
        before = datetime.now(UTC)
        put_comments(archive, make_comment("1", title="Herons", thread="t1", thread_url="https://h.example/t1"))
        put_comments(archive, make_comment("2", title="Herons", thread="t1"), make_comment("3", thread="t2"))
        hidden = archive.hiding.hide(archive.read_comments([1])[1].discussion_id, "U1")
        [found] = archive.hiding.list_hidden()
        assert found == HiddenDiscussion(
            hidden or 0, "Harbour", "t1", "Herons", "https://h.example/t1", 2, "U1", found.at
        )
        assert before <= found.at <= datetime.now(UTC)

    def test_hide_again_keeps_who_did_first(self, archive: Archive):
        put_comments(archive, make_comment("1"))
        discussion = archive.read_comments([1])[1].discussion_id
        first = archive.hiding.hide(discussion, "U1")
        generation = archive.searching.read_generation()
        assert archive.hiding.hide(discussion, "U2") == first
        assert [one.by for one in archive.hiding.list_hidden()] == ["U1"]
        assert archive.searching.read_generation() == generation

    def test_hide_of_what_is_not_there_hides_nothing(self, archive: Archive):
        assert archive.hiding.hide(7, "U1") is None
        assert archive.hiding.list_hidden() == []

    def test_hide_leaves_it_out_of_every_reading(self, archive: Archive):
        put_comments(
            archive, make_comment("1", thread="t1", author="Ann"), make_comment("2", thread="t2", author="Bea")
        )
        ids = [one.discussion_id for one in archive.read_comments([1, 2]).values()]
        archive.hiding.hide(ids[0], "U1")
        [channel] = archive.searching.read_channels()
        assert (channel.comments, channel.hidden) == (1, frozenset(ids[:1]))
        assert archive.searching.read_hidden_ids() == {channel.channel_id: frozenset(ids[:1])}
        assert set(archive.read_comments([1, 2])) == {2}
        assert archive.searching.read_names([channel.channel_id]) == (["Bea"], ["Harbour"], [""])
        assert archive.searching.find_by_time([channel.channel_id], None, 9, oldest_first=True) == [2]
        assert archive.searching.count_pending([channel.channel_id]) == 1

    def test_hide_of_all_leaves_no_name(self, archive: Archive):
        put_comments(archive, make_comment("1"))
        archive.hiding.hide(archive.read_comments([1])[1].discussion_id, "U1")
        assert archive.searching.read_names([1]) == ([], [], [])

    def test_hide_covers_the_discussion_in_all_channels(self, archive: Archive):
        put_comments(archive, make_comment("1"), make_comment("2", channel="hr", visibility="people:U1"))
        archive.hiding.hide(archive.read_comments([1])[1].discussion_id, "U1")
        assert archive.read_comments([1, 2]) == {}
        assert [one.comments for one in archive.hiding.list_hidden()] == [2]

    def test_show_lets_it_be_found_again_and_reaches_caches(self, archive: Archive, other_process: Archive):
        put_comments(archive, make_comment("1"))
        hidden = archive.hiding.hide(archive.read_comments([1])[1].discussion_id, "U1")
        assert other_process.read_comments([1]) == {}
        before = other_process.searching.read_generation()
        assert archive.hiding.show(hidden or 0)
        assert other_process.searching.read_generation() > before
        assert set(other_process.read_comments([1])) == {1}
        assert archive.hiding.list_hidden() == []

    def test_show_of_what_is_not_hidden_says_so(self, archive: Archive):
        generation = archive.searching.read_generation()
        assert not archive.hiding.show(7)
        assert archive.searching.read_generation() == generation

    def test_hidden_stays_listed_when_its_discussion_is_gone(self, archive: Archive):
        source = put_comments(archive, make_comment("1", title="Herons"))
        archive.hiding.hide(archive.read_comments([1])[1].discussion_id, "U1")
        archive.delete_comments(source, ["1"])
        archive.purging.delete_empty(source)
        assert [(one.native_id, one.title, one.comments) for one in archive.hiding.list_hidden()] == [("t1", "", 0)]
