"""Archives of several workspaces in one PostgreSQL database: each in a schema of its own, by its URL alone."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import text

from store.archive import Archive
from store.db import migrate
from store.domain.refresh import Progress
from store.errors import ArchiveError, MoveError
from store.refresh.owner import Process
from store.repositories.moving import move
from tests.databases import place_in
from tests.postgres import PostgresServer
from tests.store.factories import make_comment, put_comments

pytestmark = pytest.mark.postgres
OWNER = Process.current()


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


def test_schema_of_one_workspace_is_taken_back_whatever_its_name_and_that_of_another_stays(url: str):
    with (
        closing(Archive.open(place_in(url, '"Acme"'))) as acme,
        closing(Archive.open(place_in(url, "acme"))) as other,
    ):
        functions = text(
            "SELECT count(*) FROM pg_proc WHERE pronamespace = to_regnamespace(quote_ident(current_schema()))"
        )
        migrate.downgrade(acme.database, "base")
        for archive, has_any in ((acme, False), (other, True)):
            with archive.database.reading() as connection:
                assert bool(connection.scalar(functions)) is has_any
        assert migrate.check(other.database) == migrate.HEAD


def test_workspace_is_moved_to_another_schema_of_its_database(url: str):
    acme, delta = place_in(url, "acme"), place_in(url, "delta")
    fill(acme)
    assert move(acme, delta, OWNER).is_same
    with closing(Archive.open(delta)) as moved:
        assert [one.comments for one in moved.list_sources()] == [3]


def test_workspace_is_refused_as_its_own_target_however_its_url_is_written(url: str):
    acme = place_in(url, "acme")
    fill(acme)
    for same in (acme, place_in(url, "acme", "public")):
        with pytest.raises(MoveError, match="it is there already: name another database"):
            move(acme, same, OWNER)


def test_part_of_one_workspace_is_not_taken_for_that_of_another(url: str):
    acme, beta, target = (place_in(url, name) for name in ("acme", "beta", "delta"))
    fill(acme)
    fill(beta)

    def stop(progress: Progress) -> None:
        if progress.source == "Reading the target":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        move(acme, target, OWNER, stop)
    with pytest.raises(MoveError, match="part of another one is there"):
        move(beta, target, OWNER)
    report = move(acme, target, OWNER)
    assert (report.is_same, report.written, report.removed) == (True, 0, 0)


def fill(url: str) -> None:
    with closing(Archive.open(url)) as archive:
        put_comments(archive, *(make_comment(f"c{number}") for number in range(3)))
