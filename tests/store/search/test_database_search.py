"""Searching in the database: what memory would answer, and nothing that is not allowed; and when it cannot be done."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event

import numpy as np
import pytest
from sqlalchemy import make_url, text

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db import postgres_vectors
from store.domain.asked import Asked
from store.domain.query import Query
from store.domain.viewer import Viewer
from store.errors import ArchiveError
from store.refresh.indexing import follow_changes, index_pending, remove_retired
from store.refresh.owner import Process
from store.repositories.searching import Searching
from store.search import database_index
from store.search.database_index import DatabaseIndex
from store.search.searcher import Searcher
from tests.databases import place_in
from tests.postgres import PostgresServer
from tests.store.factories import make_comment, put_comments
from tests.store.search.making import shown_ids
from tests.store.search.test_parity import QUESTIONS, fill, make
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.postgres


@pytest.fixture
def archive(postgres: PostgresServer) -> Iterator[Archive]:
    """An archive in a database of its own: what is made here would be in the way of other tests."""
    archive = Archive.open(postgres.create())
    yield archive
    archive.close()


@pytest.fixture(params=["compared", "scanned"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of the database: comparing what few comments have, and asking the index."""
    if request.param == "scanned":
        monkeypatch.setattr(postgres_vectors, "EXACT_COMMENTS", 0)
    return str(request.param)


def make_searcher(archive: Archive, encoder: HashingEncoder) -> Searcher:
    return Searcher(archive, encoder, make_index=DatabaseIndex)


def read_copied(archive: Archive) -> list[tuple[int, int]]:
    with archive.database.reading() as connection:
        rows = connection.execute(text("SELECT passage_id, comment_id FROM passage_vector ORDER BY passage_id"))
        return [(passage, comment) for passage, comment in rows]


def read_passages(archive: Archive) -> list[tuple[int, int]]:
    with archive.database.reading() as connection:
        rows = connection.execute(text("SELECT id, comment_id FROM passage ORDER BY id"))
        return [(passage, comment) for passage, comment in rows]


@pytest.mark.usefixtures("way")
def test_answers_are_those_of_a_search_in_memory(archive: Archive, encoder: HashingEncoder):
    fill(archive, Random(8), encoder)
    searchers = Searcher(archive, encoder), make_searcher(archive, encoder)
    for question in QUESTIONS:
        ours, theirs = (one.search(Asked(question), Viewer.anyone()) for one in searchers)
        assert [hit.comment for hit in ours.hits] == [hit.comment for hit in theirs.hits]
        assert [hit.excerpt for hit in ours.hits] == [hit.excerpt for hit in theirs.hits]
        # Vectors are in half precision there.
        assert [hit.score for hit in theirs.hits] == pytest.approx([hit.score for hit in ours.hits], abs=0.01)
        assert ours.total == theirs.total
    assert searchers[1].search(Asked(QUESTIONS[0]), Viewer.anyone()).hits


def test_passages_written_and_removed_meanwhile_are_followed(archive: Archive, encoder: HashingEncoder):
    searcher = make_searcher(archive, encoder)
    assert not shown_ids(searcher.search(Asked("kettle"), Viewer.anyone()))
    fill(archive, Random(8), encoder)
    source = archive.get_source("kiosk")
    put_comments(archive, make_comment("last", "A gramophone under the kettle."), source="kiosk")
    index_pending(archive, lambda: encoder)
    assert read_copied(archive) == read_passages(archive)
    assert "last" in shown_ids(searcher.search(Asked("gramophone"), Viewer.anyone()))
    archive.delete_comments(source, ["last"])
    assert "last" not in shown_ids(searcher.search(Asked("gramophone"), Viewer.anyone()))
    assert read_copied(archive) == read_passages(archive)


def test_vectors_that_are_there_already_are_copied_and_indexed(
    archive: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    fill(archive, Random(8), encoder)
    monkeypatch.setattr("store.repositories.searching._COPIED", 100)
    assert archive.searching.prepare_vectors(encoder.id.key, encoder.id.dim)
    assert read_copied(archive) == read_passages(archive)
    with archive.database.reading() as connection:
        data, copied = connection.execute(
            text("SELECT data, embedding::real[] FROM passage_vector JOIN passage ON id = passage_id "
                 "JOIN text_vector USING (content_hash) LIMIT 1")
        ).one()  # fmt: skip
    np.testing.assert_allclose(np.frombuffer(data, "<f4"), copied, atol=1e-3)
    assert read_indexes(archive) == [("ix_passage_vector_near_1", True)]


def test_half_an_index_of_a_killed_process_is_made_anew(
    archive: Archive, encoder: HashingEncoder, postgres: PostgresServer
):
    fill(archive, Random(8), encoder)
    archive.searching.prepare_vectors(encoder.id.key, encoder.id.dim)
    postgres.run(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_passage_vector_near_1'::regclass",
        database=archive.database.engine.url.database,
    )
    assert archive.searching.prepare_vectors(encoder.id.key, encoder.id.dim)
    assert read_indexes(archive) == [("ix_passage_vector_near_1", True)]


def test_what_an_encoder_left_is_removed_with_its_index(archive: Archive, encoder: HashingEncoder):
    other = HashingEncoder(dim=16)
    fill(archive, Random(8), encoder)
    archive.searching.prepare_vectors(encoder.id.key, encoder.id.dim)
    archive.indexing.begin_reindex(other.id.key, other.name, Process.current())
    follow_changes(archive, other, archive.indexing.count_changes(other.id.key))
    assert archive.indexing.activate_encoder(other.id.key)
    # Who does not know yet that it was let go of makes nothing for it any more.
    assert not archive.searching.prepare_vectors(encoder.id.key, encoder.id.dim)
    assert archive.searching.prepare_vectors(other.id.key, other.id.dim)
    remove_retired(archive)
    assert read_indexes(archive) == [("ix_passage_vector_near_2", True)]
    assert read_copied(archive) == read_passages(archive)


@contextmanager
def building(archive: Archive) -> Iterator[None]:
    """Be at the index of the archive's first encoder, as another process is that then dies."""
    with archive.database.engine.connect() as connection:
        # An open transaction would be waited for.
        connection.execution_options(isolation_level="AUTOCOMMIT")
        turn = {"turn": "ix_passage_vector_near_1"}
        assert connection.scalar(postgres_vectors._TAKE_TURN, turn)
        try:
            yield
        finally:
            connection.execute(postgres_vectors._END_TURN, turn)


def test_index_is_made_beside_those_who_ask_when_who_was_at_it_died(
    archive: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database_index, "_AGAIN_SECONDS", 0)
    fill(archive, Random(8), encoder)
    with building(archive):
        searcher = make_searcher(archive, encoder)
        assert not archive.searching.prepare_vectors(encoder.id.key, encoder.id.dim)
    assert read_indexes(archive) == []
    prepare, may_go_on = Searching.prepare_vectors, Event()

    def prepare_slowly(searching: Searching, encoder_key: str, dim: int) -> bool:
        assert may_go_on.wait(PATIENCE_SECONDS)
        return prepare(searching, encoder_key, dim)

    monkeypatch.setattr(Searching, "prepare_vectors", prepare_slowly)
    for _ in range(2):
        assert searcher.search(Asked(QUESTIONS[0]), Viewer.anyone()).hits
    assert read_indexes(archive) == []
    may_go_on.set()
    wait_until(lambda: read_indexes(archive) == [("ix_passage_vector_near_1", True)], "the index")


def test_index_that_cannot_be_made_is_tried_again(
    archive: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(database_index, "_AGAIN_SECONDS", 0)
    fill(archive, Random(8), encoder)
    with building(archive):
        searcher = make_searcher(archive, encoder)
    prepare, failures = (
        Searching.prepare_vectors,
        iter([ArchiveError("cannot use the archive: 'it': the disk is full")]),
    )

    def fail_once(searching: Searching, encoder_key: str, dim: int) -> bool:
        if error := next(failures, None):
            raise error
        return prepare(searching, encoder_key, dim)

    monkeypatch.setattr(Searching, "prepare_vectors", fail_once)

    def ask_until_there() -> bool:
        assert searcher.search(Asked(QUESTIONS[0]), Viewer.anyone()).hits
        return read_indexes(archive) == [("ix_passage_vector_near_1", True)]

    wait_until(ask_until_there, "the index")
    assert "questions take longer than they should: cannot use the archive: 'it': the disk is full" in caplog.text


def test_index_of_one_workspace_is_made_while_another_makes_its_own(postgres: PostgresServer, encoder: HashingEncoder):
    url = postgres.create(is_empty=True)
    postgres.run("CREATE EXTENSION vector", database=url.rpartition("/")[2])
    places = (place_in(url, name, "public") for name in ("acme", "beta"))
    with closing(Archive.open(next(places))) as acme, closing(Archive.open(next(places))) as beta, building(acme):
        put_comments(beta, make_comment("c1"))
        index_pending(beta, lambda: encoder)
        assert beta.searching.prepare_vectors(encoder.id.key, encoder.id.dim)
        assert read_indexes(beta) == [("ix_passage_vector_near_1", True)]


# By a search, and by whoever makes the index of another encoder meanwhile: that is not disturbed.
@pytest.mark.parametrize("mode", ["ACCESS SHARE", "SHARE UPDATE EXCLUSIVE"])
def test_index_that_is_in_use_is_dropped_another_time(archive: Archive, encoder: HashingEncoder, mode: str):
    fill(archive, Random(8), encoder)
    archive.searching.prepare_vectors(encoder.id.key, encoder.id.dim)
    archive.database.drop_vector_indexes()
    assert [name for name, _ in read_indexes(archive)] == ["ix_passage_vector_near_1"]
    with archive.database.writing() as connection:
        # As of an encoder that has gone.
        connection.execute(text("ALTER INDEX ix_passage_vector_near_1 RENAME TO ix_passage_vector_near_7"))
    with archive.database.writing() as connection:
        connection.execute(text(f"LOCK TABLE passage_vector IN {mode} MODE"))
        archive.database.drop_vector_indexes()
        assert [name for name, _ in read_indexes(archive)] == ["ix_passage_vector_near_7"]
    archive.database.drop_vector_indexes()
    assert read_indexes(archive) == []
    # Whoever has that connection next waits as long as ever.
    with archive.database.reading() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "0"


def read_indexes(archive: Archive) -> list[tuple[str, bool]]:
    with archive.database.reading() as connection:
        rows = connection.execute(
            text(
                "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname LIKE '%near%'"
            )
        )
        return [(name, is_valid) for name, is_valid in rows]


@pytest.mark.usefixtures("way")
def test_what_is_not_allowed_is_not_given_and_what_is_allowed_is(archive: Archive, encoder: HashingEncoder):
    put_comments(archive, *(make(Random(number), number) for number in range(500)))
    index_pending(archive, lambda: encoder)
    archive.searching.prepare_vectors(encoder.id.key, encoder.id.dim)
    ids = np.array(sorted({comment for _, comment in read_passages(archive)}))
    question = encoder.encode_question("kettle and lamp")
    for allowed in (ids[::100], ids[[7]], ids[:3], ids):
        found = archive.searching.find_near(encoder.id.key, question, len(allowed), allowed)
        np.testing.assert_array_equal(found, allowed)
    near = archive.searching.find_near(encoder.id.key, question, 20, ids)
    assert 1 <= len(near) <= 20


@pytest.mark.usefixtures("way")
def test_what_came_since_has_no_place_yet(archive: Archive, encoder: HashingEncoder):
    put_comments(archive, *(make_comment(f"{number}", "The kettle is in the harbour.") for number in range(30)))
    index_pending(archive, lambda: encoder)
    snapshot = DatabaseIndex(archive, encoder).follow()
    everything, question = np.ones(len(snapshot.places), np.bool_), encoder.encode_question("gramophone")
    assert snapshot.find_nearest(question, 200, everything).tolist() == list(range(30))
    put_comments(archive, make_comment("since", "A gramophone."))
    index_pending(archive, lambda: encoder)
    assert snapshot.find_nearest(question, 200, everything).tolist() == list(range(30))


@pytest.mark.usefixtures("way")
def test_what_a_question_is_narrowed_to_is_found_however_little_it_is(archive: Archive, encoder: HashingEncoder):
    put_comments(archive, *(make_comment(f"{number}", "The kettle is in the harbour.") for number in range(300)))
    then = datetime(2001, 5, 5, tzinfo=UTC)
    put_comments(archive, make_comment("old", "A kettle of old.", published=then))
    index_pending(archive, lambda: encoder)
    chosen = Query("", before=datetime(2001, 6, 1, tzinfo=UTC))
    answer = make_searcher(archive, encoder).search(Asked("kettle", chosen=chosen), Viewer.anyone())
    assert shown_ids(answer) == {"old"}


def test_another_encoder_finds_nothing_by_its_vectors(archive: Archive, encoder: HashingEncoder):
    fill(archive, Random(8), encoder)
    archive.searching.prepare_vectors(encoder.id.key, encoder.id.dim)
    ids = np.array([comment for _, comment in read_passages(archive)])
    assert not len(archive.searching.find_near("other", encoder.encode_question("kettle"), 9, ids))


def test_sqlite_does_not_search_by_vectors(tmp_path: Path, encoder: HashingEncoder):
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    with pytest.raises(ArchiveError, match=r"^cannot search in the database: 'sqlite:.*: SQLite does not .*: set HARK"):
        make_searcher(archive, encoder)
    archive.close()


def test_too_old_an_extension_is_refused(archive: Archive, encoder: HashingEncoder, postgres: PostgresServer):
    postgres.run(
        "UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'",
        database=archive.database.engine.url.database,
    )
    with pytest.raises(ArchiveError, match=r"is 0\.7\.4, and 0\.8\.0 or newer is needed: install that and run `ALTER"):
        make_searcher(archive, encoder)


def test_a_missing_extension_is_said_to_be_missing(postgres: PostgresServer, encoder: HashingEncoder):
    archive = Archive.open(postgres.create(is_empty=True))
    with pytest.raises(ArchiveError, match=r"extension vector cannot be created .*permission denied.*: install pgvec"):
        make_searcher(archive, encoder)
    postgres.run("CREATE EXTENSION vector", database=archive.database.engine.url.database)
    fill(archive, Random(8), encoder)
    assert make_searcher(archive, encoder).search(Asked(QUESTIONS[0]), Viewer.anyone()).hits
    archive.close()


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """A database of several workspaces, with the extension in its schema public."""
    url = postgres.create(is_empty=True)
    postgres.run("CREATE EXTENSION vector", database=make_url(url).database)
    return url


@pytest.mark.parametrize(
    ("schemas", "where", "said"),
    [
        (["gamma"], "public", "write `search_path%3Dgamma,public` there"),
        (["Gamma", "delta"], "public", "write `search_path%3D%22Gamma%22,delta,public` there"),
        (["gamma", "public"], "PgVector", "write `search_path%3Dgamma,public,%22PgVector%22` there"),
    ],
)
def test_an_extension_that_the_search_path_leaves_out_is_told_with_what_to_write(
    url: str, postgres: PostgresServer, encoder: HashingEncoder, schemas: list[str], where: str, said: str
):
    database = make_url(url).database
    for schema in {*schemas, where} - {"public"}:
        postgres.run("CREATE SCHEMA {} AUTHORIZATION harkback", schema, database=database)
    postgres.run("ALTER EXTENSION vector SET SCHEMA {}", where, database=database)
    path = [f'"{schema}"' if schema != schema.lower() else schema for schema in schemas]
    with closing(Archive.open(place_in(url, *path))) as archive:
        place = archive.database.place
        for look in (archive.searching.check_vectors, lambda: make_searcher(archive, encoder)):
            with pytest.raises(ArchiveError) as raised:
                look()
            assert str(raised.value) == (
                f"cannot search in the database: {place!r}: its extension vector is in the schema {where!r}, which the "
                f"search_path in the URL leaves out: {said}"
            )


def test_an_extension_in_the_schema_of_another_archive_is_to_be_moved(
    url: str, postgres: PostgresServer, encoder: HashingEncoder
):
    acme, beta = (place_in(url, name) for name in ("acme", "beta"))
    Archive.open(acme).close()
    database = make_url(url).database
    postgres.run("ALTER EXTENSION vector SET SCHEMA acme", database=database)
    with closing(Archive.open(beta)) as archive, pytest.raises(ArchiveError, match="which is another archive's: run"):
        make_searcher(archive, encoder)
    postgres.run("CREATE SCHEMA extensions", database=database)
    postgres.run("ALTER EXTENSION vector SET SCHEMA extensions", database=database)
    postgres.run("GRANT USAGE ON SCHEMA extensions TO harkback", database=database)
    with closing(Archive.open(f"{beta},extensions")) as archive:
        fill(archive, Random(8), encoder)
        assert make_searcher(archive, encoder).search(Asked(QUESTIONS[0]), Viewer.anyone()).hits


def test_the_extension_is_created_where_other_workspaces_find_it(postgres: PostgresServer, encoder: HashingEncoder):
    url = make_url(postgres.create(is_empty=True))
    ours = postgres._url.set(drivername=url.drivername, database=url.database).render_as_string(hide_password=False)
    for name in ("acme", "beta"):
        with closing(Archive.open(place_in(ours, name, "public"))) as archive:
            fill(archive, Random(8), encoder)
            assert make_searcher(archive, encoder).search(Asked(QUESTIONS[0]), Viewer.anyone()).hits
