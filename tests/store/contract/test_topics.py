from datetime import UTC, datetime

from sqlalchemy import insert

from store.archive import Archive
from store.db.use_tables import HiddenDiscussionRow
from tests.store.factories import make_comment, put_comments


def put_discussion(archive: Archive, title: str, comments: int, year: int, visibility: str = "public") -> None:
    put_comments(
        archive,
        *(
            make_comment(
                f"{title} {number}",
                title=title,
                thread=title,
                published=datetime(year, 1, 1 + number, tzinfo=UTC),
                channel=visibility,
                visibility=visibility,
            )
            for number in range(comments)
        ),
    )


def read(archive: Archive, channel_ids: list[int], *, latest_first: bool, limit: int = 9) -> list[str]:
    return archive.searching.read_titles(channel_ids, limit, latest_first=latest_first)


class TestTopics:
    def test_titles_are_of_the_busiest_and_of_the_latest(self, archive: Archive):
        for title, comments, year in (("Kites", 5, 2009), ("Gulls", 3, 2012), ("Boats", 4, 2011), ("Few", 2, 2020)):
            put_discussion(archive, title, comments, year)
        ids = [channel.channel_id for channel in archive.searching.read_channels()]
        assert read(archive, ids, latest_first=False) == ["Kites", "Boats", "Gulls"]
        assert read(archive, ids, latest_first=True) == ["Gulls", "Boats", "Kites"]
        assert read(archive, ids, latest_first=True, limit=1) == ["Gulls"]

    def test_titles_are_of_the_channels_asked_for(self, archive: Archive):
        put_discussion(archive, "Kites", 3, 2009)
        put_discussion(archive, "Secrets", 3, 2010, "nobody")
        public = [one.channel_id for one in archive.searching.read_channels() if str(one.visibilities[1]) == "public"]
        assert read(archive, public, latest_first=True) == ["Kites"]
        assert read(archive, [], latest_first=True) == []

    def test_titles_of_what_is_hidden_or_has_none_are_left_out(self, archive: Archive):
        put_discussion(archive, "Kites", 3, 2009)
        put_discussion(archive, "Gulls", 3, 2010)
        put_discussion(archive, "", 3, 2011)
        with archive.database.writing() as connection:
            hidden = {"native_id": "Gulls", "hidden_by": "U1", "hidden_at": datetime(2026, 1, 1, tzinfo=UTC)}
            connection.execute(insert(HiddenDiscussionRow).values(source_id=1, **hidden))
        ids = [channel.channel_id for channel in archive.searching.read_channels()]
        assert read(archive, ids, latest_first=True) == ["Kites"]
