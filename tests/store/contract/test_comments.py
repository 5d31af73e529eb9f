from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.comments import KnownComment
from store.db.dialect import Field
from store.db.narrowed import Narrowing
from store.db.readers import LANGUAGE_CODES, PlaceColumn
from store.domain.comment import ArchivedComment
from store.domain.query import Query
from store.domain.viewer import Visibility
from store.errors import ArchiveError
from store.refresh.plan import fingerprint
from store.text.words import index_terms
from tests.store.factories import NOON, dump_index, find_holding, make_comment, put_comments, put_indexed, put_source

# More than fits one statement's list of keys.
MANY = 2_500


class TestComments:
    def test_read_comments_gives_all_that_was_put(self, archive: Archive):
        put_comments(
            archive,
            make_comment(
                "tag:x,1:post-7",
                "One.\n\nTwo – «three» 🦊",
                author="Zoë O’Brien",
                title="On tea",
                thread="t9",
                thread_url="https://blog.example/tea",
                url="https://blog.example/tea#c7",
                channel="general",
                visibility="channel:C1",
            ),
        )
        [found] = archive.read_comments([1]).values()
        assert found == ArchivedComment(
            id=1,
            native_id="tag:x,1:post-7",
            author="Zoë O’Brien",
            text="One.\n\nTwo – «three» 🦊",
            url="https://blog.example/tea#c7",
            published=NOON,
            source="Harbour",
            channel="general",
            discussion_id=found.discussion_id,
            discussion_title="On tea",
            discussion_url="https://blog.example/tea",
            language=None,
        )

    def test_close_channels_limits_what_was_public_in_them(self, archive: Archive):
        source = put_comments(
            archive,
            make_comment("1", channel="plans", thread="C1:2019-03-01"),
            make_comment("2", channel="open", thread="C12:2019-03-01"),
            make_comment("3", channel="open", thread="c1_2019"),
        )
        put_comments(archive, make_comment("4", channel="plans", thread="C1:2019-03-01"), source="Other")
        before = archive.searching.read_generation()
        archive.close_channels(source, {"C1", "C9"})
        assert [(held.comments, str(held.visibilities[1])) for held in archive.searching.read_channels()] == [
            (1, "channel:C1"),
            (2, "public"),
            (1, "public"),
        ]
        assert archive.searching.read_generation() > before

    def test_close_channels_closes_what_was_opened_in_between(self, archive: Archive):
        source = put_comments(
            archive,
            make_comment("1", channel="plans", thread="C1:2019-03-01", visibility="channel:C1"),
            make_comment("2", channel="plans", thread="C1:2019-03-01"),
        )
        archive.close_channels(source, {"C1"})
        archive.close_channels(source, {"C1"})
        assert [str(held.visibilities[1]) for held in archive.searching.read_channels()] == ["channel:C1", "channel:C1"]

    def test_read_comments_leaves_out_those_that_are_gone(self, archive: Archive):
        put_comments(archive, make_comment("1"), make_comment("2"))
        assert set(archive.read_comments([2, 99])) == {2}
        assert archive.read_comments([]) == {}

    @pytest.mark.parametrize(
        "published",
        [
            None,
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=-11))),
            datetime(2019, 7, 1, 12, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        ],
    )
    def test_read_comments_gives_times_in_utc(self, archive: Archive, published: datetime | None):
        put_comments(archive, make_comment(published=published))
        found = archive.read_comments([1])[1].published
        assert found == published
        assert found is None or found.tzinfo == UTC

    def test_put_comments_edited_replaces_everything(self, archive: Archive):
        put_comments(archive, make_comment("1", "The kettle is on.", author="Ann", title="Tea"))
        put_comments(archive, make_comment("1", "The lamp is off.", author="Bob", thread="t2", title="Light"))
        [found] = archive.read_comments([1]).values()
        assert (found.id, found.text, found.author, found.discussion_title) == (1, "The lamp is off.", "Bob", "Light")
        assert [find_holding(archive, word) for word in ("kettle", "ann", "tea")] == [[], [], []]
        assert [find_holding(archive, word) for word in ("lamp", "bob", "light")] == [[1], [1], [1]]

    def test_put_comments_writes_nothing_for_nothing(self, archive: Archive):
        source = put_source(archive)
        before = archive.searching.read_generation()
        archive.put_comments(source, [])
        assert archive.searching.read_generation() == before

    def test_put_comments_failing_writes_none(self, archive: Archive):
        source = put_source(archive)
        twice = [(comment, fingerprint(comment)) for comment in (make_comment("1"), make_comment("2"))]
        with pytest.raises(ArchiveError):
            archive.put_comments(source, [*twice, twice[0]])
        assert archive.find_known(source, ["1", "2"]) == {}
        assert archive.indexing.count_changes() == 0
        assert find_holding(archive, "harbour") == []

    def test_put_comments_takes_many_at_once(self, archive: Archive):
        comments = [
            make_comment(f"{number}", f"text {number}", author=f"p{number}", thread=f"t{number}", channel=f"c{number}")
            for number in range(MANY)
        ]
        source = put_comments(archive, *comments)
        put_comments(archive, *(replace(comment, text="edited") for comment in comments))
        [summary] = archive.list_sources()
        assert (summary.comments, summary.discussions, summary.authors) == (MANY, MANY, MANY)
        assert len(archive.find_known(source, [comment.native_id for comment in comments])) == MANY
        ids = archive.find_ids(source, [comment.native_id for comment in comments])
        assert ids == {comment.native_id: number for number, comment in enumerate(comments, start=1)}
        assert archive.delete_comments(source, [comment.native_id for comment in comments]) == MANY

    def test_find_known_gives_those_of_the_source(self, archive: Archive):
        kept = make_comment("1")
        source = put_comments(archive, kept, source="Blog")
        put_comments(archive, make_comment("2"), source="List")
        assert archive.find_known(source, ["1", "2", "3"]) == {
            "1": KnownComment(fingerprint(kept), None, kept.published, kept.edited)
        }

    def test_find_ids_gives_those_of_the_source(self, archive: Archive):
        blog = put_comments(archive, make_comment("1"), make_comment("2"), source="Blog")
        other = put_comments(archive, make_comment("2"), make_comment("3"), source="List")
        assert archive.find_ids(blog, ["2", "1", "3"]) == {"1": 1, "2": 2}
        assert archive.find_ids(other, ["1", "2", "3"]) == {"2": 3, "3": 4}
        assert archive.find_ids(blog, []) == {}

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("The kettle is on.", 4),
            ("> The kettle?\nIt is on.", 3),
            ("On Monday, Ann wrote:\n> The kettle?\n\nOn.", 1),
            # What only quotes is its own.
            ("> The kettle?", 2),
            ("🫖", 0),
        ],
    )
    def test_words_are_counted_without_those_that_are_quoted(self, archive: Archive, text: str, words: int):
        put_comments(archive, make_comment("1", text, title="Tea and more", author="Zoë"))
        update = archive.searching.read_index("none", 1, after_version=0, after_passage=0)
        assert update.places[:, PlaceColumn.WORDS].tolist() == [words]

    def test_put_comments_fingerprint_follows_an_edit(self, archive: Archive):
        put_comments(archive, make_comment("1", "before"))
        edited = make_comment("1", "after")
        source = put_comments(archive, edited)
        assert archive.find_known(source, ["1"]) == {
            "1": KnownComment(fingerprint(edited), None, edited.published, edited.edited)
        }

    def test_put_comments_tells_accounts_of_one_name_apart(self, archive: Archive):
        put_comments(
            archive,
            make_comment("1", author="Ann", account="1"),
            make_comment("2", author="Ann", account="2"),
            make_comment("3", author="Ann"),
        )
        assert archive.list_sources()[0].authors == 3
        assert {found.author for found in archive.read_comments([1, 2, 3]).values()} == {"Ann"}

    def test_put_comments_knows_an_account_under_its_new_name(self, archive: Archive):
        put_comments(archive, make_comment("1", author="Ann", account="1"))
        put_comments(archive, make_comment("2", author="Ann Lee", account="1"))
        assert archive.list_sources()[0].authors == 1
        assert [found.author for found in archive.read_comments([1, 2]).values()] == ["Ann", "Ann Lee"]

    def test_deleted_comment_is_found_no_more(self, archive: Archive, encoder: HashingEncoder):
        source = put_indexed(archive, encoder, make_comment("1"), make_comment("2"))
        assert archive.delete_comments(source, ["1", "unknown"]) == 1
        assert set(archive.read_comments([1, 2])) == {2}
        assert find_holding(archive, "harbour") == [2]
        assert archive.find_known(source, ["1"]) == {}
        assert [native_id for native_id, *_ in dump_index(archive)["passages"]] == ["2"]

    def test_deleting_a_comment_of_another_source_does_nothing(self, archive: Archive):
        put_comments(archive, make_comment("1"), source="Blog")
        other = put_source(archive, "List")
        before = archive.searching.read_generation()
        assert archive.delete_comments(other, ["1"]) == 0
        assert archive.searching.read_generation() == before
        assert find_holding(archive, "harbour") == [1]

    def test_deleted_comment_put_again_has_a_new_id(self, archive: Archive):
        source = put_comments(archive, make_comment("1"))
        archive.delete_comments(source, ["1"])
        put_comments(archive, make_comment("1"))
        assert set(archive.read_comments([1, 2])) == {2}

    def test_generation_grows_with_every_change(self, archive: Archive):
        generations = [archive.searching.read_generation()]
        source = put_comments(archive, make_comment("1"))
        generations.append(archive.searching.read_generation())
        put_comments(archive, make_comment("1", "edited"))
        generations.append(archive.searching.read_generation())
        archive.delete_comments(source, ["1"])
        generations.append(archive.searching.read_generation())
        assert generations == sorted(set(generations))

    def test_put_comments_again_keeps_one_posting_each_time(self, archive: Archive):
        comment = make_comment("1", "Kettle and kettle.", author="Kettle", title="Kettle")
        for _ in range(3):
            put_comments(archive, comment)
        [found] = archive.searching.read_postings(index_terms("kettle"))
        assert sorted(zip(found.fields.tolist(), found.offsets.tolist(), strict=True)) == [
            (Field.TEXT, 0),
            (Field.TEXT, 2),
            (Field.AUTHOR, 0),
            (Field.TITLE, 0),
        ]


class TestLanguages:
    GERMAN = "Die Besprechungen waren früher viel kürzer als in diesem Jahr."
    ENGLISH = "The meetings used to be a lot shorter than they are this year."

    def read_language(self, archive: Archive) -> str | None:
        return archive.read_comments([1])[1].language

    def test_put_comments_tells_the_language(self, archive: Archive):
        put_comments(archive, make_comment("1", self.GERMAN))
        assert self.read_language(archive) == "de"

    def test_put_comments_tells_no_language_of_what_is_short(self, archive: Archive):
        put_comments(archive, make_comment("1", "Besprechungen!"))
        assert self.read_language(archive) is None

    def test_put_comments_tells_the_language_of_somebodys_own_words(self, archive: Archive):
        put_comments(archive, make_comment("1", f"> {self.ENGLISH}\n> {self.ENGLISH}\n\n{self.GERMAN}"))
        assert self.read_language(archive) == "de"

    def test_put_comments_edited_follows_the_language(self, archive: Archive):
        put_comments(archive, make_comment("1", self.GERMAN))
        before = archive.searching.read_generation()
        put_comments(archive, make_comment("1", self.ENGLISH))
        update = archive.searching.read_index("", 4, after_version=before, after_passage=0)
        assert [LANGUAGE_CODES[number] for number in update.places[:, PlaceColumn.LANGUAGE]] == ["en"]
        assert self.read_language(archive) == "en"
        assert find_holding(archive, "Besprechung", "de") == []

    def test_words_have_the_stems_of_their_language(self, archive: Archive):
        put_comments(archive, make_comment("1", self.GERMAN), make_comment("2", self.ENGLISH))
        assert find_holding(archive, "Besprechung", "de") == [1]
        assert find_holding(archive, "meeting") == [2]

    def test_titles_have_the_stems_of_each_comment_and_follow_changes(self, archive: Archive):
        for title in ("Besprechungen", "Erfahrungen"):
            put_comments(archive, make_comment("1", self.GERMAN, title=title), make_comment("2", title=title))
        assert find_holding(archive, "Erfahrung", "de") == [1]
        put_comments(archive, make_comment("3", title="Prüfungen"))
        assert (find_holding(archive, "Erfahrung", "de"), find_holding(archive, "Prüfung", "de")) == ([], [1])

    def test_names_have_no_language(self, archive: Archive):
        put_comments(archive, make_comment("1", self.GERMAN, author="Meetings Erfahrungen"))
        assert find_holding(archive, "meeting") == [1]
        assert find_holding(archive, "Erfahrung", "de") == []


class TestNarrowing:
    @pytest.fixture
    def narrow(self, archive: Archive) -> Callable[..., list[int]]:
        put_comments(
            archive,
            make_comment("1", author="Ann", published=NOON, channel="a"),
            make_comment("2", author="Bob", published=NOON, channel="b"),
            make_comment("3", author="Ann", published=NOON + timedelta(days=1)),
            make_comment("4", author="Ann", published=None),
        )
        # Namesakes of another source are found under their name as well.
        put_comments(archive, make_comment("1", author="Ann", published=NOON - timedelta(days=1)), source="List")

        def find(**kept: Any) -> list[int]:
            narrowing = archive.searching.find_narrowing(Query("", **kept)) or Narrowing()
            found = archive.searching.find_comment_ids(narrowing)
            assert found.dtype == np.int64
            return sorted(found.tolist())

        return find

    def test_find_comment_ids_gives_all_where_nothing_is_narrowed(self, narrow: Callable[..., list[int]]):
        assert narrow() == [1, 2, 3, 4, 5]

    def test_find_comment_ids_gives_those_of_authors(self, narrow: Callable[..., list[int]]):
        assert narrow(authors=("Ann",)) == [1, 3, 4, 5]
        assert narrow(authors=("Bob", "Cy")) == [2]
        assert narrow(authors=("Ann", "Bob")) == [1, 2, 3, 4, 5]
        assert narrow(authors=("Cy",)) == []

    def test_find_comment_ids_leaves_authors_out(self, narrow: Callable[..., list[int]]):
        assert narrow(not_by=("Ann",)) == [2]
        assert narrow(not_by=("Bob",), after=NOON) == [1, 3]
        assert narrow(not_by=("Cy",)) == [1, 2, 3, 4, 5]

    def test_find_comment_ids_gives_those_in_languages(self, archive: Archive, narrow: Callable[..., list[int]]):
        put_comments(
            archive,
            make_comment("de", "Das Mentoring hat uns im letzten Jahr sehr geholfen."),
            make_comment("nl", "Ik denk dat het mentorschap ons veel heeft gebracht.", author="Bob"),
            make_comment("short", "Mentoring"),
        )
        assert narrow(languages=("de",)) == [6]
        assert narrow(languages=("de", "nl")) == [6, 7]
        assert narrow(languages=("nl",), authors=("Ann",)) == []
        assert narrow(languages=("fr",)) == []

    def test_find_comment_ids_takes_half_open_dates(self, narrow: Callable[..., list[int]]):
        assert narrow(after=NOON) == [1, 2, 3]
        assert narrow(before=NOON) == [5]
        assert narrow(after=NOON, before=NOON + timedelta(days=1)) == [1, 2]
        assert narrow(authors=("Ann",), after=NOON, before=NOON + timedelta(days=1)) == [1]


class TestDiscussions:
    @pytest.mark.parametrize("at_once", [2, 3, 500])
    def test_new_title_reaches_the_words_of_all_comments(
        self, archive: Archive, monkeypatch: pytest.MonkeyPatch, at_once: int
    ):
        monkeypatch.setattr("store.db.comments._REWORDED", at_once)
        put_comments(archive, *(make_comment(number, title="Kettles") for number in "123"))
        put_comments(archive, make_comment("2", "Changed.", title="Lamps"))
        assert find_holding(archive, "kettles") == []
        assert find_holding(archive, "lamps") == [1, 2, 3]
        assert {found.discussion_title for found in archive.read_comments([1, 2, 3]).values()} == {"Lamps"}

    def test_new_title_leaves_namesakes_of_the_discussion_alone(self, archive: Archive):
        put_comments(archive, make_comment("1", title="Kettles"), source="Blog")
        put_comments(archive, make_comment("1", title="Kettles"), source="List")
        put_comments(archive, make_comment("2", title="Kettles", channel="other"), source="List")
        put_comments(archive, make_comment("1", "Changed.", title="Lamps"), source="List")
        found = archive.read_comments([1, 2, 3])
        titles = [found[number].discussion_title for number in (1, 2, 3)]
        assert titles == ["Kettles", "Lamps", "Kettles"]

    def test_title_and_link_stay_where_a_record_does_not_repeat_them(self, archive: Archive):
        put_comments(archive, make_comment("1", title="Kettles", thread_url="https://a.example/"))
        put_comments(archive, make_comment("2"))
        found = archive.read_comments([1, 2]).values()
        assert {(one.discussion_title, one.discussion_url) for one in found} == {("Kettles", "https://a.example/")}
        assert find_holding(archive, "kettles") == [1, 2]

    def test_title_stays_where_a_record_reads_one_off_the_address(self, archive: Archive):
        address = "https://a.example/kettles-lamps.html"
        put_comments(archive, make_comment("1", title="Kettles & lamps", thread_url=address))
        put_comments(archive, make_comment("2", title="Kettles lamps", thread_url=address))
        assert {found.discussion_title for found in archive.read_comments([1, 2]).values()} == {"Kettles & lamps"}
        put_comments(archive, make_comment("1", "Edited.", title="Lamps", thread_url=address))
        assert {found.discussion_title for found in archive.read_comments([1, 2]).values()} == {"Lamps"}

    @pytest.mark.parametrize("titles", [("Kettles", ""), ("", "Kettles")])
    def test_title_given_once_in_a_batch_is_that_of_all(self, archive: Archive, titles: tuple[str, str]):
        put_comments(archive, *(make_comment(f"{number}", title=title) for number, title in enumerate(titles)))
        assert {found.discussion_title for found in archive.read_comments([1, 2]).values()} == {"Kettles"}
        assert find_holding(archive, "kettles") == [1, 2]

    def test_new_link_is_followed(self, archive: Archive):
        put_comments(archive, make_comment("1", thread_url="https://old.example/"))
        put_comments(archive, make_comment("1", "Changed.", thread_url="https://new.example/"))
        assert archive.read_comments([1])[1].discussion_url == "https://new.example/"

    def test_channels_hold_what_their_comments_are(self, archive: Archive):
        put_comments(
            archive,
            make_comment("1", channel="general"),
            make_comment("2", channel="general", published=NOON + timedelta(days=1)),
            make_comment("3", channel="general", visibility="people:U1", published=None),
        )
        source = put_source(archive, visibility="workspace:T1")
        held = [
            (channel.source_id, *map(str, channel.visibilities), channel.comments, channel.newest)
            for channel in archive.searching.read_channels()
        ]
        assert held == [
            (source.id, "workspace:T1", "public", 2, NOON + timedelta(days=1)),
            (source.id, "workspace:T1", "people:U1", 1, None),
        ]

    def test_comment_moved_to_another_channel_leaves_the_first(self, archive: Archive):
        put_comments(archive, make_comment("1"), make_comment("2"))
        put_comments(archive, make_comment("1", visibility="nobody"))
        counts = {channel.visibilities[1]: channel.comments for channel in archive.searching.read_channels()}
        assert counts == {Visibility("public"): 1, Visibility("nobody"): 1}
