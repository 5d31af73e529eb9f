import pytest

from store.archive import Archive
from store.domain.comment import KnownAuthor
from store.domain.query import Query
from tests.store.factories import make_comment, put_comments


def get_author(archive: Archive, name: str) -> KnownAuthor:
    (author,) = archive.find_authors(name)
    return author


def find_ids(archive: Archive, *names: str) -> set[int]:
    narrowing = archive.searching.find_narrowing(Query(topic="", authors=names))
    assert narrowing is not None
    return set(archive.searching.find_comment_ids(narrowing).tolist())


class TestAuthors:
    @pytest.fixture
    def archive(self, archive: Archive) -> Archive:
        put_comments(archive, make_comment("1", author="Ann", account="7"), source="Blog")
        put_comments(
            archive,
            make_comment("1", author="ann@…"),
            make_comment("2", author="Bo"),
            make_comment("3", author="Ann"),
            source="List",
        )
        return archive

    def test_find_authors_gives_all_of_a_name(self, archive: Archive):
        assert archive.find_authors("ANN") == [
            KnownAuthor(1, "Blog", "Ann", ("Ann",), 1),
            KnownAuthor(4, "List", "Ann", ("Ann",), 1),
        ]
        assert archive.find_authors("An") == []

    def test_merged_authors_share_what_they_wrote(self, archive: Archive):
        archive.merge_authors(get_author(archive, "Bo"), [get_author(archive, "ann@…")])
        assert find_ids(archive, "Bo") == find_ids(archive, "ann@…") == {2, 3}
        assert find_ids(archive, "Ann") == {1, 4}

    def test_merging_is_transitive(self, archive: Archive):
        one, other = archive.find_authors("Ann")
        archive.merge_authors(get_author(archive, "Bo"), [get_author(archive, "ann@…")])
        archive.merge_authors(one, [get_author(archive, "ann@…")])
        assert find_ids(archive, "Bo") == {1, 2, 3}
        assert [(merged.name, into.id) for merged, into in archive.list_merged()] == [("Bo", one.id), ("ann@…", one.id)]
        archive.merge_authors(other, [one])
        assert find_ids(archive, "Bo") == {1, 2, 3, 4}

    def test_split_author_is_alone_again(self, archive: Archive):
        archive.merge_authors(get_author(archive, "Bo"), [get_author(archive, "ann@…")])
        archive.split_author(get_author(archive, "ann@…"))
        assert find_ids(archive, "Bo") == {3}
        assert archive.list_merged() == []

    def test_read_persons_takes_merged_authors_as_one(self, archive: Archive):
        ann, bo, ann_too = (get_author(archive, "ann@…"), get_author(archive, "Bo"), archive.find_authors("Ann")[0])
        assert archive.searching.read_persons([1, 2, 3, 99]) == {1: ann_too.id, 2: ann.id, 3: bo.id}
        archive.merge_authors(bo, [ann])
        assert archive.searching.read_persons([1, 2, 3, 99]) == {1: ann_too.id, 2: bo.id, 3: bo.id}
        assert archive.searching.read_persons([]) == {}

    def test_merging_reaches_caches(self, archive: Archive):
        before = archive.searching.read_generation()
        archive.merge_authors(get_author(archive, "Bo"), [get_author(archive, "ann@…")])
        assert archive.searching.read_generation() > before

    def test_merged_authors_of_one_source_count_as_one(self, archive: Archive):
        archive.merge_authors(get_author(archive, "Bo"), [get_author(archive, "ann@…")])
        assert {summary.source.name: summary.authors for summary in archive.list_sources()} == {"Blog": 1, "List": 2}


class TestOtherNames:
    def test_names_that_a_source_says_an_account_has_are_known(self, archive: Archive):
        put_comments(archive, make_comment("1", author="Ann Lee", account="U1", also=("annie", "ann.lee")))
        put_comments(archive, make_comment("2", author="annie"), source="List")
        authors, *_ = archive.searching.read_names([1])
        assert authors == ["Ann Lee", "ann.lee", "annie"]
        assert find_ids(archive, "ann.lee") == {1}
        # In two sources, a name may be two persons.
        assert find_ids(archive, "annie") == {1, 2}

    def test_name_is_known_where_something_was_written_under_it(self, archive: Archive):
        put_comments(
            archive,
            make_comment("1", author="Ann Lee", account="U1", also=("annie",), thread="t1"),
            make_comment("2", author="Secret Ann", account="U1", thread="t2", channel="den", visibility="nobody"),
            make_comment("3", author="Hidden Ann", account="U1", thread="t3"),
        )
        stored = {one.native_id: one for one in archive.read_comments(range(9)).values()}
        archive.hiding.hide(stored["3"].discussion_id, "UADA")
        here, den = (one.channel_id for one in archive.searching.read_channels())
        assert archive.searching.read_names([here])[0] == ["Ann Lee", "annie"]
        assert archive.searching.read_names([den])[0] == ["Secret Ann", "annie"]


class TestOtherWaysOut:
    """What one export of a place does not tell does not take away what another told."""

    def test_link_parent_and_date_are_kept(self, archive: Archive):
        put_comments(archive, make_comment("1", url="https://b.example/1", parent_id="0"))
        put_comments(archive, make_comment("1", "Edited.", published=None))
        (found,) = archive.read_comments([1]).values()
        assert (found.text, found.url, found.published) == (
            "Edited.",
            "https://b.example/1",
            make_comment().published,
        )

    def test_account_is_kept_where_the_name_is_the_same(self, archive: Archive):
        put_comments(archive, make_comment("1", author="Ann", account="7"))
        put_comments(archive, make_comment("1", "Edited.", author="Ann"))
        put_comments(archive, make_comment("2", author="Ann", account="7"))
        assert [author.comments for author in archive.find_authors("Ann")] == [2]
        put_comments(archive, make_comment("1", "Edited.", author="Bo"))
        assert [author.comments for author in archive.find_authors("Bo")] == [1]

    def test_account_is_kept_where_the_name_is_another_of_its_names(self, archive: Archive):
        put_comments(archive, make_comment("1", author="admin", account="7", also=("Ann Lee",)))
        put_comments(archive, make_comment("1", "Edited.", author="Ann Lee"))
        assert archive.read_comments([1])[1].author == "Ann Lee"
        assert [author.names for author in archive.find_authors("Ann Lee")] == [("Ann Lee", "admin")]
