from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.refresh import ProblemGroup, RefreshCounts, RefreshKind, RefreshState
from store.domain.source import Place, PlaceReading, Source, SourceStanding, SourceSummary
from store.domain.viewer import Visibility
from store.errors import UnknownSourceError
from store.refresh.owner import Process
from store.refresh.plan import fingerprint
from store.repositories.refreshes import RefreshKey
from tests.store.factories import NOON, make_comment, put_comments, put_indexed, put_source


class TestSources:
    def test_put_source_new_is_public_unless_told(self, archive: Archive):
        made = archive.put_source("Blog", "blogger", "/feed.xml", None)
        assert made == Source(made.id, "Blog", "blogger", "/feed.xml", Visibility("public"))
        assert archive.get_source("Blog") == made

    def test_put_source_known_follows_format_and_place(self, archive: Archive):
        first = archive.put_source("Blog", "blogger", "/feed.xml", Visibility.parse("channel:C1"))
        second = archive.put_source("Blog", "csv", "https://blog.example/feed", None)
        assert second == Source(first.id, "Blog", "csv", "https://blog.example/feed", Visibility.parse("channel:C1"))
        assert [summary.source for summary in archive.list_sources()] == [second]

    def test_put_source_keeps_visibility_it_is_not_told(self, archive: Archive):
        put_source(archive, "Blog", "people:U1,U2")
        assert put_source(archive, "Blog").visibility == Visibility.parse("people:U1,U2")

    @pytest.mark.parametrize("visibility", ["public", "nobody", "workspace:T1,T2", "channel:C1", "people:U2,U1"])
    def test_put_source_gives_back_every_visibility(self, archive: Archive, visibility: str):
        assert put_source(archive, "Blog", visibility).visibility == Visibility.parse(visibility)

    def test_put_source_new_visibility_reaches_caches(self, archive: Archive):
        put_source(archive, "Blog", "public")
        before = archive.searching.read_generation()
        put_source(archive, "Blog", "nobody")
        assert archive.searching.read_generation() > before

    def test_put_source_same_again_leaves_caches_alone(self, archive: Archive):
        put_source(archive, "Blog", "nobody")
        before = archive.searching.read_generation()
        put_source(archive, "Blog", "nobody")
        put_source(archive, "Blog")
        assert archive.searching.read_generation() == before

    def test_show_source_to_changes_who_may_see_it_and_reaches_caches(self, archive: Archive):
        made = archive.put_source("Blog", "blogger", "/feed.xml", None, identity="blog-1", include_private=True)
        before = archive.searching.read_generation()
        archive.show_source_to("Blog", Visibility.parse("people:U1"))
        assert archive.find_source("Blog") == replace(made, visibility=Visibility.parse("people:U1"))
        assert archive.searching.read_generation() > before

    def test_show_source_to_unknown_says_what_to_do(self, archive: Archive):
        with pytest.raises(UnknownSourceError, match="see `harkback sources`"):
            archive.show_source_to("Blog", Visibility.parse("public"))

    def test_find_source_unknown_is_none(self, archive: Archive):
        put_source(archive, "Blog")
        assert archive.find_source("blog") is None

    def test_get_source_unknown_says_what_to_do(self, archive: Archive):
        with pytest.raises(UnknownSourceError) as raised:
            archive.get_source("Nowhere")
        assert str(raised.value) == (
            "cannot find the source: 'Nowhere': the archive has none of that name: see `harkback sources`"
        )

    def test_list_sources_counts_what_each_holds(self, archive: Archive):
        later = NOON + timedelta(days=400)
        put_comments(
            archive,
            make_comment("1", author="Ann", thread="a", published=NOON),
            make_comment("2", author="Ann", thread="a", published=None),
            make_comment("3", author="ANN", thread="b", published=later),
            make_comment("4", author="Ann", account="77", thread="b", published=NOON),
            source="Blog",
        )
        empty = put_source(archive, "Attic")
        blog = archive.get_source("Blog")
        assert archive.list_sources() == [
            SourceSummary(empty, 0, 0, 0, None, None, None),
            # Ann and ANN are one person; the Ann with an account is another.
            SourceSummary(blog, 4, 2, 2, NOON, later, None),
        ]

    def test_note_refreshed_is_now_in_utc(self, archive: Archive):
        source = put_source(archive)
        before = datetime.now(UTC)
        archive.note_refreshed(source, "/feed.xml")
        [summary] = archive.list_sources()
        assert summary.refreshed is not None
        assert before <= summary.refreshed <= datetime.now(UTC)
        assert summary.refreshed.tzinfo == UTC

    def test_sources_keep_equal_ids_apart(self, archive: Archive):
        put_comments(archive, make_comment("1", "From the blog."), source="Blog")
        put_comments(archive, make_comment("1", "From the list."), source="List")
        counts = {summary.source.name: summary.comments for summary in archive.list_sources()}
        assert counts == {"Blog": 1, "List": 1}
        assert sorted(comment.text for comment in archive.read_comments([1, 2]).values()) == [
            "From the blog.",
            "From the list.",
        ]

    def test_archive_reopened_holds_the_same(self, archive: Archive, other_process: Archive, encoder: HashingEncoder):
        put_indexed(archive, encoder, make_comment())
        assert other_process.list_sources() == archive.list_sources()
        assert other_process.read_comments([1]) == archive.read_comments([1])
        assert other_process.searching.read_generation() == archive.searching.read_generation()


class TestPlaces:
    def test_what_a_reading_does_not_tell_of_a_place_stays(self, archive: Archive):
        source = put_source(archive)
        whole = PlaceReading("one", "https://b.example/feed", NOON, is_whole=True, problem_count=3)
        archive.note_refreshed(source, "https://b.example/", reading=whole)
        place = archive.refreshes.find_place(source, "https://b.example/")
        assert place == Place(1, "https://b.example/", "one", NOON, NOON, "https://b.example/feed", 3)
        later = NOON + timedelta(hours=1)
        archive.note_refreshed(
            source, place.location, reading=PlaceReading(began_at=later, is_whole=True, is_partial=True)
        )
        assert archive.refreshes.find_place(source, place.location) == replace(place, stamp="", read_at=later)
        archive.note_refreshed(source, place.location, reading=PlaceReading(began_at=later + timedelta(hours=1)))
        assert archive.refreshes.find_place(source, place.location) == replace(place, stamp="", read_at=later)

    def test_later_is_what_was_written_or_edited_there_in_a_time(self, archive: Archive):
        source = put_source(archive)
        here, there = (archive.refreshes.put_place(source, location) for location in ("/here", "/there"))
        key = RefreshKey(archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current()), here)
        later, latest = NOON + timedelta(days=1), NOON + timedelta(days=2)
        comments = [
            make_comment("1", edited=later),
            make_comment("2", published=None),
            make_comment("3", published=later, edited=latest),
            make_comment("4", published=latest + timedelta(days=1)),
        ]
        archive.put_comments(source, [(comment, fingerprint(comment)) for comment in comments], key)
        assert archive.find_later(source, here, NOON, latest) == {"1": later, "3": latest}
        assert archive.find_later(source, there, NOON, latest) == {}


class TestStandings:
    def test_standings_are_of_every_source_by_name(self, archive: Archive):
        blog, wiki = put_source(archive, "Blog"), put_source(archive, "A wiki")
        archive.note_refreshed(
            blog, "/feed.xml", [ProblemGroup("no date", 3, ("7",)), ProblemGroup("spam", 9, (), is_on_purpose=True)]
        )
        refreshed = archive.list_sources()[1].refreshed
        assert archive.refreshes.read_standings() == [
            SourceStanding(wiki.id, "A wiki", None, 0, is_troubled=False),
            SourceStanding(blog.id, "Blog", refreshed, 3, is_troubled=False),
        ]

    @pytest.mark.parametrize(
        ("states", "is_troubled"),
        [
            ([], False),
            ([RefreshState.DONE], False),
            ([RefreshState.FAILED], True),
            ([RefreshState.STOPPED], True),
            ([RefreshState.CANCELLED], False),
            ([RefreshState.FAILED, RefreshState.DONE], False),
            ([RefreshState.DONE, RefreshState.STOPPED], True),
            ([RefreshState.FAILED, None], True),
        ],
    )
    def test_standing_tells_how_the_latest_reading_that_is_over_ended(
        self, archive: Archive, states: list[RefreshState | None], *, is_troubled: bool
    ):
        source = put_source(archive, "Blog")
        for state in states:
            number = archive.refreshes.begin(source, RefreshKind.REFRESH, Process.current())
            if state:
                archive.refreshes.end(number, state, RefreshCounts(), {})
        (standing,) = archive.refreshes.read_standings()
        assert standing.is_troubled == is_troubled

    def test_standing_does_not_tell_of_what_is_no_reading(self, archive: Archive):
        source = put_source(archive, "Blog")
        number = archive.refreshes.begin(source, RefreshKind.ROLLBACK, Process.current())
        archive.refreshes.end(number, RefreshState.FAILED, RefreshCounts(), {})
        (standing,) = archive.refreshes.read_standings()
        assert not standing.is_troubled
