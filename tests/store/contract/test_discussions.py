from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from store.archive import Archive
from store.db.use_tables import HiddenDiscussionRow
from store.domain.comment import AuthorAlias, Comment
from store.domain.reading import PART_COMMENTS, DiscussionPart, Side, Spot
from store.domain.viewer import Visibility
from tests.store.factories import NOON, make_comment, put_comments, put_source


def see_all(archive: Archive) -> list[int]:
    return [number for number, _, _ in archive.searching.read_visibilities()]


def see_public(archive: Archive) -> list[int]:
    shown = archive.searching.read_visibilities()
    return [number for number, _, (_, own) in shown if own == Visibility("public")]


def find_id(archive: Archive, native_id: str) -> int:
    return archive.find_ids(archive.get_source("Harbour"), [native_id])[native_id]


def read(archive: Archive, native_id: str, side: Side = Side.AROUND) -> DiscussionPart | None:
    return archive.discussions.read_part(Spot(find_id(archive, native_id), side), see_all(archive))


def names(part: DiscussionPart | None) -> list[str]:
    assert part is not None
    return [comment.native_id for comment in part.comments]


def make_turns(count: int) -> list[Comment]:
    return [make_comment(f"c{number}", published=NOON + timedelta(minutes=number)) for number in range(count)]


class TestReadPart:
    def test_neighbours_come_in_the_order_of_time(self, archive: Archive):
        put_comments(archive, *reversed(make_turns(9)), make_comment("other", thread="t2"))
        part = read(archive, "c4")
        assert names(part) == ["c1", "c2", "c3", "c4", "c5", "c6", "c7"]
        assert part is not None
        assert (part.start, part.end, part.total) == (1, 8, 9)

    def test_position_goes_before_time(self, archive: Archive):
        late = make_comment("first", position=1, published=NOON + timedelta(days=1))
        put_comments(archive, make_comment("third"), make_comment("second", position=2), late)
        assert names(read(archive, "second")) == ["first", "second", "third"]

    def test_what_has_no_time_comes_last(self, archive: Archive):
        put_comments(archive, make_comment("undated", published=None), make_comment("dated"))
        assert names(read(archive, "dated")) == ["dated", "undated"]

    def test_what_is_of_one_time_comes_as_it_was_imported(self, archive: Archive):
        put_comments(archive, *(make_comment(name) for name in "bca"))
        assert names(read(archive, "c")) == ["b", "c", "a"]

    def test_before_and_after_go_on_to_both_ends(self, archive: Archive):
        put_comments(archive, *make_turns(50))
        assert names(read(archive, "c25", Side.BEFORE)) == [f"c{number}" for number in range(5, 25)]
        assert names(read(archive, "c5", Side.BEFORE)) == [f"c{number}" for number in range(5)]
        assert names(read(archive, "c25", Side.AFTER)) == [f"c{number}" for number in range(26, 46)]
        assert names(read(archive, "c45", Side.AFTER)) == [f"c{number}" for number in range(46, 50)]
        assert names(read(archive, "c49", Side.AFTER)) == names(read(archive, "c0", Side.BEFORE)) == []

    def test_whole_begins_at_the_first(self, archive: Archive):
        put_comments(archive, *make_turns(PART_COMMENTS + 1))
        part = read(archive, "c9", Side.WHOLE)
        assert names(part) == [f"c{number}" for number in range(PART_COMMENTS)]
        assert part is not None
        assert (part.start, part.total) == (0, PART_COMMENTS + 1)

    def test_comment_that_is_gone_has_no_neighbours(self, archive: Archive):
        source = put_comments(archive, *make_turns(2))
        spot = Spot(find_id(archive, "c0"))
        archive.delete_comments(source, ["c0"])
        assert archive.discussions.read_part(spot, see_all(archive)) is None

    @pytest.mark.parametrize("side", Side)
    def test_comment_that_may_not_be_seen_has_no_neighbours(self, archive: Archive, side: Side):
        put_comments(archive, make_comment("open"), make_comment("secret", channel="x", visibility="channel:C1"))
        spot = Spot(find_id(archive, "secret"), side)
        assert archive.discussions.read_part(spot, see_public(archive)) is None
        assert archive.discussions.read_part(spot, []) is None
        assert archive.discussions.read_part(spot, see_all(archive)) is not None

    @pytest.mark.parametrize("side", Side)
    def test_what_may_not_be_seen_is_neither_read_nor_counted(self, archive: Archive, side: Side):
        put_comments(archive, *make_turns(3), make_comment("secret", channel="x", visibility="channel:C1"))
        part = archive.discussions.read_part(Spot(find_id(archive, "c1"), side), see_public(archive))
        assert part is not None
        assert part.total == 3
        assert "secret" not in names(part)

    def test_whom_one_answers_is_told_where_nobody_would_guess(self, archive: Archive):
        answers = {1: "c0", 2: "c0", 3: "c2", 4: "c2", 5: "other", 6: "nobody"}
        turns = [replace(turn, author=AuthorAlias(f"Author of {turn.native_id}")) for turn in make_turns(7)]
        linked = [replace(turn, parent_id=answers.get(number)) for number, turn in enumerate(turns)]
        put_comments(archive, *linked, make_comment("other", thread="t2"))
        part = read(archive, "c0", Side.WHOLE)
        assert part is not None
        assert part.answered == {find_id(archive, "c4"): "Author of c2"}

    def test_hidden_discussion_is_not_read(self, archive: Archive):
        source = put_source(archive)
        put_comments(archive, *make_turns(3), make_comment("other", thread="t2"))
        with archive.database.writing() as connection:
            hidden = {"source_id": source.id, "native_id": "t1", "hidden_by": "U1", "hidden_at": datetime.now(UTC)}
            connection.execute(insert(HiddenDiscussionRow).values(hidden))
        assert read(archive, "c1") is None
        assert names(read(archive, "other")) == ["other"]


class TestFindIds:
    def test_discussion_is_found_by_its_own_id_and_by_those_of_its_comments(self, archive: Archive):
        put_comments(archive, make_comment("C1:1.1", thread="C1:1.0"), make_comment("C1:2.0", thread="C1:2019-03-01"))
        put_comments(archive, make_comment("C1:1.0", thread="other"), source="Pier")
        thread, day, other = (
            {archive.read_comments([number])[number].discussion_id}
            for number in (
                find_id(archive, "C1:1.1"),
                find_id(archive, "C1:2.0"),
                archive.find_ids(archive.get_source("Pier"), ["C1:1.0"])["C1:1.0"],
            )
        )
        assert archive.discussions.find_ids(["C1:1.0"]) == thread | other
        assert archive.discussions.find_ids(["C1:1.1"]) == thread
        assert archive.discussions.find_ids(["C1:2.0", "C1:3.0"]) == day
        assert archive.discussions.find_ids(["C1:9.9"]) == archive.discussions.find_ids([]) == set()
