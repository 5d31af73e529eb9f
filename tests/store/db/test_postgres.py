"""What is PostgreSQL's own: what it says when it cannot be used, who waits for whom, and what it would not store."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psycopg
import pytest
from sqlalchemy import Connection, event, inspect, make_url, text
from sqlalchemy.exc import OperationalError

from store.archive import Archive
from store.db import migrate
from store.db import postgres as dialect
from store.db.dialect import WordsRow
from store.db.engine import Database
from store.db.postgres_errors import explain
from store.errors import ArchiveError
from store.refresh.masking import mask_comment
from store.repositories.feedback import Judge
from store.repositories.replies import Replies
from tests.postgres import PASSWORD, ROLE, PostgresServer, find_free_port, start
from tests.store.conftest import PostgresShelf, SqliteShelf
from tests.store.factories import make_comment, put_comments, put_source

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def shelf(postgres_shelf: PostgresShelf) -> PostgresShelf:
    return postgres_shelf


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


def refuse(url: str) -> str:
    """Give what is said of a database that cannot be opened."""
    with pytest.raises(ArchiveError) as raised:
        Archive.open(url)
    return str(raised.value)


class TestRefusals:
    @pytest.fixture
    def url(self, database_url: str) -> str:
        return database_url

    @pytest.mark.parametrize(
        ("user", "password", "database", "said"),
        [
            ("ann", "secret", "{name}", 'password authentication failed for user "ann": check the user in the'),
            ("ann", None, "{name}", "no password supplied: give it with HARKBACK_DATABASE_PASSWORD"),
            (ROLE, PASSWORD, "nothing", 'database "nothing" does not exist: check the name in the database URL, or'),
        ],
    )
    def test_open_says_why_the_server_refuses(
        self, url: str, user: str, password: str | None, database: str, said: str
    ):
        other = make_url(url)
        other = other._replace(username=user, password=password, database=database.format(name=other.database))
        message = refuse(other.render_as_string(hide_password=False))
        assert message.startswith(f"cannot use the archive: {other.render_as_string()!r}: ")
        assert said in message
        assert "secret" not in message

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("postgresql+psycopg://ann:secret@127.0.0.1:1/x", "Connection refused: check that the server runs"),
            (
                "postgresql+psycopg://ann:secret@/x?host=/nowhere",
                "No such file or directory: check that the server runs",
            ),
            ("postgresql+psycopg://ann:secret@127.0.0.1/x?nonsense=1", "take it out of the database URL"),
            ("postgresql+psycopg://127.0.0.1:1/x?user=ann&password=secret", "check that the server runs"),
        ],
    )
    def test_open_says_that_there_is_no_server(self, url: str, said: str):
        message = refuse(url)
        assert said in message
        assert "secret" not in message

    def test_open_refuses_an_encoding_that_has_not_every_character(self, postgres: PostgresServer, url: str):
        postgres.run("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        message = refuse(make_url(url).set(database="latin").render_as_string(hide_password=False))
        postgres.run("DROP DATABASE latin")
        assert message == (
            f"cannot open the archive: '{ROLE}@{make_url(url).host}/latin': its encoding is LATIN1, in which not every "
            "text can be stored: make another database, with TEMPLATE template0 ENCODING 'UTF8'"
        )

    def test_open_refuses_an_old_server(self, url: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(dialect, "_OLDEST_SERVER", 99)
        assert refuse(url).endswith(": use a server of version 99 or newer")

    def test_open_says_that_rights_are_missing(self, postgres: PostgresServer, url: str):
        postgres.run("CREATE DATABASE theirs")
        message = refuse(make_url(url).set(database="theirs").render_as_string(hide_password=False))
        # Nothing of ours is left connected to it.
        postgres.run("DROP DATABASE theirs")
        assert message.endswith(
            ": permission denied for schema public: let this user own the database, or give it the right to create and "
            "use tables there"
        )

    def test_writing_says_that_rights_are_missing_and_goes_on_once_they_are_there(self, postgres: PostgresServer):
        url = postgres.create()
        name = make_url(url).database
        with closing(Archive.open(url)) as archive:
            postgres.run("REVOKE INSERT ON source FROM {}", ROLE, database=name)
            with pytest.raises(ArchiveError) as raised:
                put_source(archive)
            assert str(raised.value).endswith(
                ": permission denied for table source: let this user own the database, or give it the right to create "
                "and use tables there"
            )
            postgres.run("GRANT INSERT ON source TO {}", ROLE, database=name)
            assert put_source(archive).name == "Harbour"

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            # Before there is a connection, there is no code.
            (
                psycopg.OperationalError("FATAL:  could not write init file: No space left on device"),
                "could not write init file: No space left on device: free some disk space; nothing that was stored is",
            ),
            (psycopg.errors.DiskFull("no space left"), "free some disk space; nothing that was stored is lost"),
            (
                psycopg.errors.OutOfMemory("out of memory"),
                "give the server more of it; nothing that was stored is lost",
            ),
            (
                psycopg.errors.DeadlockDetected("deadlock"),
                "two processes wrote the same at once: try again in a moment",
            ),
            (psycopg.errors.TooManyConnections("too many clients already"), "or raise its max_connections"),
            (psycopg.errors.DataCorrupted("bad page"), "check the server's disk and its log"),
            (psycopg.errors.AdminShutdown("terminating connection"), "the server is being started again, or stopped"),
            (psycopg.errors.ReadOnlySqlTransaction("cannot execute"), "name a server that can be written to"),
            (
                psycopg.OperationalError("connection failed: FATAL:  the database system is in recovery mode"),
                "the database system is in recovery mode: the server is being started again, or stopped: try again in",
            ),
            (
                psycopg.OperationalError('connection failed: FATAL:  too many connections for role "harkback"'),
                'too many connections for role "harkback": stop some of what uses the server, or raise its max_conn',
            ),
            (
                psycopg.OperationalError('FATAL:  database "x" is not currently accepting connections'),
                "accepting connections: let people connect to that database, or name another",
            ),
            (psycopg.OperationalError('FATAL:  role "x" does not exist'), "or create that role"),
            (psycopg.OperationalError('FATAL:  database "x" does not exist'), "or create it with the encoding UTF8"),
            (psycopg.OperationalError("something else"), "something else: run `harkback doctor`"),
        ],
    )
    def test_trouble_is_explained(self, error: psycopg.Error, said: str):
        assert said in explain(OperationalError("SELECT", None, error))

    def test_connections_end_by_themselves_where_the_network_is_gone(self, url: str):
        with closing(Archive.open(url)) as archive, archive.database.reading() as connection:
            given = connection.connection.driver_connection.info.get_parameters()
        assert (given["keepalives_idle"], given["tcp_user_timeout"]) == ("30", "30000")
        with closing(Archive.open(f"{url}?tcp_user_timeout=5000")) as archive, archive.database.reading() as connection:
            assert connection.connection.driver_connection.info.get_parameters()["tcp_user_timeout"] == "5000"

    def test_nothing_of_what_was_to_be_stored_is_in_an_error(self, archive: Archive):
        source = put_source(archive)
        insert = text(
            "INSERT INTO author (source_id, key, name) VALUES (:source, 'Ann Secret', ''), (:source, 'Ann Secret', '')"
        )
        with pytest.raises(ArchiveError) as raised, archive.database.writing() as connection:
            connection.execute(insert, {"source": source.id})
        cause = raised.value.__cause__
        assert str(raised.value).endswith(
            ": the server does not take what was to be stored (UniqueViolation): run `harkback doctor`"
        )
        while cause:
            # The statement itself is ours.
            assert "(1, Ann Secret)" not in f"{cause}{cause.args}"
            cause = cause.__cause__

    @pytest.mark.parametrize("name", ["caf\udce9", "\ud800"])
    def test_name_that_is_no_text_is_refused(self, archive: Archive, name: str):
        with pytest.raises(ArchiveError, match="holds what is no character and cannot be stored: give it another name"):
            put_source(archive, name)
        assert archive.list_sources() == []


class TestRecovery:
    def cut(self, server: PostgresServer, archive: Archive) -> None:
        """Let all connections of an archive end without a word."""
        name = archive.database.engine.url.database
        server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def test_connections_that_have_gone_are_made_again(self, archive: Archive, postgres: PostgresServer):
        put_comments(archive, make_comment())
        self.cut(postgres, archive)
        assert archive.count_comments(archive.get_source("Harbour")) == 1
        self.cut(postgres, archive)
        put_comments(archive, make_comment("2"))
        assert archive.count_comments(archive.get_source("Harbour")) == 2

    def test_reading_that_was_cut_off_is_done_again(self, archive: Archive, postgres: PostgresServer):
        put_comments(archive, make_comment())
        times: list[str] = []

        def cut_once(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if "comment_postings" in statement:
                times.append(statement)
                if len(times) == 1:
                    self.cut(postgres, archive)

        event.listen(archive.database.engine, "before_cursor_execute", cut_once)
        try:
            (postings,) = archive.searching.read_postings(["harbour"])
        finally:
            event.remove(archive.database.engine, "before_cursor_execute", cut_once)
        assert (postings.comment_ids.tolist(), len(times)) == ([1], 2)

    def test_process_that_stands_still_within_a_write_holds_up_nobody(
        self, archive: Archive, monkeypatch: pytest.MonkeyPatch
    ):
        def stand_still() -> None:
            with ExitStack() as stack:
                with monkeypatch.context() as hurried:
                    hurried.setattr(dialect, "_TAKE_TURN", dialect._TAKE_TURN.bindparams(idle="2s"))
                    connection = stack.enter_context(archive.database.writing())
                    connection.execute(text("UPDATE archive_state SET generation = 77"))
                # Waits for its turn, which the server takes from the one above.
                put_comments(archive, make_comment())
                connection.execute(text("SELECT 1"))

        with pytest.raises(ArchiveError, match=r"idle-in-transaction timeout: this process stood still .*: try again"):
            stand_still()
        assert archive.searching.read_generation() < 77
        assert archive.count_comments(archive.get_source("Harbour")) == 1

    def test_transaction_that_was_cut_off_leaves_nothing(self, archive: Archive, postgres: PostgresServer):
        before = archive.searching.read_generation()

        def be_cut_off() -> None:
            with archive.database.writing() as connection:
                connection.execute(text("UPDATE archive_state SET generation = 77"))
                self.cut(postgres, archive)
                connection.execute(text("SELECT 1"))

        with pytest.raises(ArchiveError, match="try again in a moment"):
            be_cut_off()
        assert archive.searching.read_generation() == before

    def test_migration_that_was_cut_off_leaves_nothing_and_is_done_again(
        self, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
    ):
        with closing(Database(postgres.create(is_empty=True))) as database:
            name = database.engine.url.database

            def be_cut_off(_self: object, connection: Connection) -> None:
                postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
                connection.execute(text("SELECT 1"))

            # The last step of the first migration.
            monkeypatch.setattr(type(database.dialect), "create_words", be_cut_off)
            with pytest.raises(ArchiveError, match="try again in a moment"):
                migrate.upgrade(database)
            monkeypatch.undo()
            assert migrate.find_revision(database) is None
            migrate.upgrade(database)
            assert migrate.check(database) == migrate.HEAD

    def test_server_that_is_started_again_is_waited_for(self, pool: ThreadPoolExecutor):
        # The folder of a test is its owner's alone, and so its server could not read it.
        with TemporaryDirectory(prefix="harkback-pg-", ignore_cleanup_errors=True) as folder:
            port = find_free_port()
            with start(Path(folder), port) as server:
                server.prepare()
                archive = Archive.open(server.create())
                put_comments(archive, make_comment())
            with closing(archive):
                found: Future[Any] = pool.submit(archive.list_sources)
                with start(Path(folder), port):
                    assert [summary.comments for summary in found.result()] == [1]

    def test_connections_that_are_all_in_use_are_told_of(self, database_url: str, monkeypatch: pytest.MonkeyPatch):
        for name in ("_POOL_SIZE", "_POOL_TIMEOUT_SECONDS"):
            monkeypatch.setattr(dialect, name, 1)
        monkeypatch.setattr(dialect, "_MORE_IN_A_RUSH", 0)
        with closing(Archive.open(database_url)) as archive:
            with archive.database.reading(), pytest.raises(ArchiveError) as raised:
                archive.list_sources()
            assert str(raised.value).endswith(
                ": all connections of this process have been in use for too long: try again in a moment"
            )
            assert archive.list_sources() == []


class TestTurns:
    def wait_for_waiting(self, archive: Archive, count: int = 1, kind: str = "advisory") -> None:
        """Wait until as many as that wait for their turn, or for a relation."""
        waiting = text(f"SELECT count(*) FROM pg_locks WHERE locktype = '{kind}' AND NOT granted")
        while True:
            with archive.database.reading() as connection:
                if connection.execute(waiting).scalar_one() >= count:
                    return

    def test_who_writes_waits_for_who_is_at_it(
        self, archive: Archive, other_process: Archive, pool: ThreadPoolExecutor
    ):
        with archive.database.writing() as connection:
            columns = "name, format, location, visibility, created_at"
            connection.execute(text(f"INSERT INTO source ({columns}) VALUES ('first', '', '', 'public', now())"))
            done = pool.submit(put_source, other_process, "second")
            self.wait_for_waiting(archive)
            # Who reads does not wait, and sees nothing that was not committed.
            assert (archive.list_sources(), done.done()) == ([], False)
        assert done.result().id > archive.get_source("first").id

    def test_replies_do_not_wait_for_who_writes_comments(self, archive: Archive, other_process: Archive):
        with archive.database.writing():
            assert Replies(other_process.database).take("C1 1.5")

    def test_who_waits_too_long_is_told_so(
        self, archive: Archive, other_process: Archive, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(dialect, "_TAKE_TURN", dialect._TAKE_TURN.bindparams(timeout="20ms"))
        with archive.database.writing(), pytest.raises(ArchiveError) as raised:
            put_source(other_process)
        assert str(raised.value).endswith(": another process is writing, or makes a backup: try again in a moment")

    def test_change_of_the_schema_stands_back_for_who_reads_for_long(
        self, postgres: PostgresServer, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(dialect, "_PAUSE_SECONDS", 0.01)
        url = postgres.create()
        with closing(Database(url)) as database, closing(Archive.open(url)) as archive:
            migrate.downgrade(database, "0004")
            with archive.database.reading() as dump:
                dump.execute(text("SELECT count(*) FROM comment"))
                done = pool.submit(migrate.upgrade, database)
                for _ in range(2):
                    self.wait_for_waiting(archive, kind="relation")
                    # Who comes later does not wait until it has its way, or gives up.
                    with archive.database.reading() as connection:
                        connection.execute(text("SET LOCAL statement_timeout = '20s'"))
                        assert connection.execute(text("SELECT count(*) FROM comment")).scalar_one() == 0
                    assert not done.done()
            done.result()
            assert migrate.check(database) == migrate.HEAD

    def test_who_reads_cannot_write(self, archive: Archive):
        with pytest.raises(ArchiveError, match="read-only transaction"), archive.database.reading() as connection:
            connection.execute(text("UPDATE archive_state SET generation = 77"))

    def test_reading_sees_one_moment(self, archive: Archive, other_process: Archive):
        with archive.database.reading() as connection:
            count = text("SELECT count(*) FROM comment")
            assert connection.execute(count).scalar_one() == 0
            put_comments(other_process, make_comment())
            assert connection.execute(count).scalar_one() == 0


class TestValues:
    ODD = "ket\0tle"

    def test_nul_is_kept_wherever_it_stands(self, archive: Archive):
        comment = make_comment(f"1{self.ODD}", f"a {self.ODD}", author=self.ODD, title=self.ODD, thread=self.ODD)
        source = put_comments(archive, comment)
        (found,) = archive.read_comments([1]).values()
        assert (found.native_id, found.text, found.author, found.discussion_title) == (
            f"1{self.ODD}",
            f"a {self.ODD}",
            self.ODD,
            self.ODD,
        )
        assert list(archive.find_known(source, [f"1{self.ODD}"])) == [f"1{self.ODD}"]
        put_comments(archive, comment)
        assert archive.count_comments(source) == 1

    def test_every_text_sorts_by_code_point(self, archive: Archive):
        with archive.database.reading() as connection:
            found = inspect(connection)
            others = [
                f"{table}.{column['name']}"
                for table in found.get_table_names()
                for column in found.get_columns(table)
                if getattr(column["type"], "collation", "C") != "C"
                and table != "alembic_version"
                and not table.startswith("procrastinate_")
            ]
        assert others == []
        names = ["b", "B", "a", "_", "é", "e\u0301", "Ä", "z", "𝐀", "\uff21", "1", ""]
        for name in names:
            put_source(archive, name)
        assert [summary.source.name for summary in archive.list_sources()] == sorted(names)

    def test_numbers_may_have_64_bits(self, archive: Archive):
        source = put_source(archive)
        put_comments(archive, make_comment())
        with archive.database.writing() as connection:
            connection.execute(text("SELECT setval('comment_id_seq', 5000000000)"))
        put_comments(archive, make_comment("2"))
        assert archive.find_ids(source, ["2"]) == {"2": 5_000_000_001}
        (postings,) = archive.searching.read_postings(["harbour"])
        assert postings.comment_ids.tolist() == [1, 5_000_000_001]

    def test_times_are_the_same_however_the_role_is_set(self, archive: Archive, postgres: PostgresServer):
        for setting in ("timezone = 'Asia/Tokyo'", "datestyle = 'SQL, DMY'"):
            postgres.run(f"ALTER ROLE {{}} SET {setting}", ROLE)
        moment = datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)
        url = archive.database.engine.url.render_as_string(hide_password=False)
        with closing(Archive.open(url)) as other:
            put_comments(other, make_comment("1", published=moment))
            (found,) = other.read_comments([1]).values()
        postgres.run("ALTER ROLE {} RESET ALL", ROLE)
        assert found.published == moment


class TestWordsParity:
    @pytest.mark.parametrize("seed", range(3))
    def test_postings_are_those_of_sqlite_in_the_same_order(
        self, archive: Archive, sqlite_shelf: SqliteShelf, seed: int
    ):
        chance = random.Random(seed)
        databases = (archive.database, sqlite_shelf.take().database)
        for _ in range(20):
            rows, gone = self.make_rows(chance), [chance.randrange(1, 900) for _ in range(5)]
            for database in databases:
                with database.writing() as connection:
                    database.dialect.put_words(connection, rows)
                    database.dialect.delete_words(connection, gone)
        ours, theirs = (self.read(database, [f"w{number}" for number in range(13)]) for database in databases)
        sqlite_shelf.take_back()
        assert sum(len(one[0]) for one in ours) > 100
        for one, other in zip(ours, theirs, strict=True):
            for array, same in zip(one, other, strict=True):
                np.testing.assert_array_equal(array, same)

    def make_rows(self, chance: random.Random) -> list[WordsRow]:
        make: Callable[[], list[str]] = lambda: [f"w{chance.randrange(12)}" for _ in range(chance.randrange(6))]  # noqa: E731
        return [WordsRow(chance.randrange(1, 900), make(), make(), make(), make()) for _ in range(30)]

    def read(self, database: Database, terms: list[str]) -> list[tuple[Any, ...]]:
        with database.reading() as connection:
            found = database.dialect.read_postings(connection, terms)
        return [(one.comment_ids, one.fields, one.offsets) for one in found]

    def test_nothing_is_left_of_words_that_went(self, archive: Archive):
        source = put_comments(archive, make_comment("1"), make_comment("2"))
        archive.delete_comments(source, ["1", "2"])
        with archive.database.reading() as connection:
            for table in ("comment_words", "comment_postings"):
                assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


class TestLongKeys:
    def make_long(self, seed: int, count: int = 3_000) -> str:
        """Make a text of which hardly anything can be pressed out."""
        chance = random.Random(seed)
        return "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(count))

    def test_ids_and_names_of_any_length_are_taken(self, archive: Archive):
        people = ",".join(f"U{seed}{self.make_long(seed, 9)}" for seed in range(400))
        comments = [
            mask_comment(
                make_comment(
                    self.make_long(1) + end,
                    f"The kettle {end}.",
                    thread=self.make_long(2) + end,
                    author=self.make_long(3) + end,
                    account=self.make_long(4) + end,
                    also=(self.make_long(5) + end, "\ufdfa" * 400),
                    channel=self.make_long(6) + end,
                    parent_id=self.make_long(1),
                    visibility=f"people:{people}{end}",
                    url=f"https://x.example/{self.make_long(7)}{end}",
                )
            )
            for end in ("", "a", "b")
        ]
        source = put_comments(archive, *comments, source=self.make_long(8))
        put_comments(archive, make_comment("4", author="\ufdfa" * 400), source=self.make_long(8))
        archive.refreshes.put_place(source, f"/{self.make_long(9)}")
        found = archive.read_comments([1, 2, 3])
        assert [found[number].native_id for number in (1, 2, 3)] == [comment.native_id for comment in comments]
        assert put_comments(archive, *comments, source=self.make_long(8)) == source
        assert archive.count_comments(source) == 4

    def test_question_of_any_length_is_judged_once(self, archive: Archive):
        judge = Judge("T1", "U1", self.make_long(9))
        for is_helpful in (True, False):
            archive.opinions.judge_answer(judge, is_helpful=is_helpful)
        assert list(archive.opinions.read_own(judge).values()) == [False]
