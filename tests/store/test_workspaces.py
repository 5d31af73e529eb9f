"""Archives of several workspaces in one PostgreSQL database: each in a schema of its own, by its URL alone."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import text

from store.archive import Archive
from store.db import migrate
from store.errors import ArchiveError
from tests.databases import place_in
from tests.postgres import PostgresServer
from tests.store.factories import make_comment, put_comments

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.create(is_empty=True)


def test_archives_of_workspaces_hold_nothing_of_each_other(url: str):
    with closing(Archive.open(place_in(url, "acme"))) as acme, closing(Archive.open(place_in(url, "tideway"))) as other:
        put_comments(acme, make_comment("c1", text="Kettles are loud."))
        assert [one.comments for one in acme.list_sources()] == [1]
        assert other.list_sources() == []
        assert (acme.indexing.count_changes(), other.indexing.count_changes()) == (1, 0)
        assert [len(one.comment_ids) for one in acme.searching.read_postings(["kettl"])] == [1]
        assert [len(one.comment_ids) for one in other.searching.read_postings(["kettl"])] == [0]
        with acme.database.reading() as connection:
            tables = text("SELECT count(*) FROM pg_tables WHERE schemaname = :name")
            assert connection.scalar(tables, {"name": "acme"}) == connection.scalar(tables, {"name": "tideway"}) > 20
            assert connection.scalar(tables, {"name": "public"}) == 0


def test_writer_of_one_workspace_does_not_wait_for_that_of_another(url: str):
    with closing(Archive.open(place_in(url, "acme"))) as acme, closing(Archive.open(place_in(url, "tideway"))) as other:
        with acme.database.writing():
            put_comments(other, make_comment("c1"))
        assert [one.comments for one in other.list_sources()] == [1]


def test_workspace_opened_by_many_at_once_is_made_once(url: str):
    def open_it(_: int) -> str | None:
        with closing(Archive.open(place_in(url, "acme"))) as archive:
            return migrate.find_revision(archive.database)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(open_it, range(4))) == {migrate.HEAD}


def test_schema_that_may_not_be_made_is_told(url: str, postgres: PostgresServer):
    name = url.rpartition("/")[2]
    postgres.run("ALTER DATABASE {} OWNER TO postgres", name)
    with pytest.raises(ArchiveError, match="permission denied for database"):
        Archive.open(place_in(url, "acme"))


def test_schema_beside_another_archive_is_refused(url: str):
    Archive.open(url).close()
    for schemas in (("acme", "public"), ("public", "acme")):
        with pytest.raises(ArchiveError, match="there is another archive in that schema"):
            Archive.open(place_in(url, *schemas))
        Archive.open(place_in(url, "acme")).close()
