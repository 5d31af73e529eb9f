from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db import migrate
from store.db.dialect import Field
from store.db.engine import Database
from store.db.readers import LANGUAGE_CODES, NOWHERE
from store.db.use_tables import WatchRow
from store.domain.encoder import EncoderState, KnownEncoder
from store.errors import SchemaError
from store.refresh.indexing import index_pending
from store.text.words import fold, index_terms
from tests.databases import BOTH
from tests.store.conftest import SqliteShelf
from tests.store.factories import dump, dump_index, find_holding, make_comment, put_comments

# Tables of the dialect's own, with others beside them whose names begin alike.
WORD_INDEX = ("comment_words", "comment_postings")
QUEUE = "procrastinate_"
REVISIONS = [script.revision for script in ScriptDirectory(str(migrate._FOLDER)).walk_revisions()][::-1]


def test_head_is_the_newest_migration():
    assert REVISIONS[-1] == migrate.HEAD


@pytest.fixture(params=BOTH)
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/fresh.db"
    return str(request.getfixturevalue("postgres").create(is_empty=True))


@pytest.fixture
def fresh(fresh_url: str) -> Iterator[Database]:
    """A database with nothing in it."""
    database = Database(fresh_url)
    yield database
    database.close()


@pytest.fixture
def plain(fresh_url: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Another one of the same kind, in which no migration runs."""
    is_file = fresh_url.startswith("sqlite")
    engine = create_engine("sqlite://" if is_file else request.getfixturevalue("postgres").create(is_empty=True))
    yield engine
    engine.dispose()


def read_tables(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(inspect(connection).get_table_names())


def describe_table(connection: Connection, name: str) -> dict[str, Any]:
    """Give everything that makes a table: what `compare_metadata` looks at, and what it leaves out."""
    found = inspect(connection)
    return {
        "columns": {
            column["name"]: (str(column["type"]), getattr(column["type"], "collation", None), column["nullable"])
            for column in found.get_columns(name)
        },
        "key": found.get_pk_constraint(name),
        "foreign keys": sorted(map(str, found.get_foreign_keys(name))),
        "unique": sorted(map(str, found.get_unique_constraints(name))),
        "indexes": sorted(map(str, found.get_indexes(name))),
        "ids used once": "AUTOINCREMENT" in _read_statement(connection, name),
    }


def _read_statement(connection: Connection, name: str) -> str:
    """Give what made a table, where that is kept; elsewhere ids are never used again."""
    if connection.dialect.name != "sqlite":
        return ""
    made_by = text("SELECT sql FROM sqlite_master WHERE name = :name")
    return str(connection.execute(made_by, {"name": name}).scalar_one())


def test_migrations_make_the_schema_of_the_tables(fresh: Database, plain: Engine):
    migrate.upgrade(fresh)
    with fresh.reading() as migrated, plain.begin() as connection:
        WatchRow.metadata.create_all(connection)
        names = sorted(WatchRow.metadata.tables)
        assert {name: describe_table(migrated, name) for name in names} == {
            name: describe_table(connection, name) for name in names
        }


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_migrations_leave_alembic_nothing_to_do(fresh: Database):
    migrate.upgrade(fresh)
    with fresh.reading() as connection:
        # The word index is the dialect's own, and the queue a library's: no table of the metadata.
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                # What is unique is made otherwise on each, which Alembic does not know; the test above looks at it.
                "include_object": lambda _object, name, kind, *_: (
                    kind != "unique_constraint" and not (kind == "index" and name.startswith("uq_"))
                ),
                "include_name": lambda name, kind, _: kind != "table" or not name.startswith((*WORD_INDEX, QUEUE)),
            },
        )
        assert compare_metadata(context, WatchRow.metadata) == []


def test_migrations_make_no_table_but_ours(fresh: Database):
    migrate.upgrade(fresh)
    made = {name for name in read_tables(fresh) if not name.startswith(("comment_words_", QUEUE))}
    assert made == {*WatchRow.metadata.tables, *WORD_INDEX, "alembic_version"}


def test_migrations_make_the_queue_as_its_makers_do(fresh: Database):
    migrate.upgrade(fresh)
    with fresh.reading() as connection:
        if fresh.engine.dialect.name == "sqlite":
            assert not [name for name in read_tables(fresh) if name.startswith(QUEUE)]
            return
        made = _read_queue(connection)
    assert {name for name in read_tables(fresh) if name.startswith(QUEUE)}
    migrate.downgrade(fresh, "0008")
    with fresh.writing() as connection:
        assert _read_queue(connection) == []
        schema = files("procrastinate.sql").joinpath("schema.sql").read_text()
        connection.execution_options(no_parameters=True).exec_driver_sql(schema)
        assert _read_queue(connection) == made


def _read_queue(connection: Connection) -> list[tuple[object, ...]]:
    """Give the columns, functions, triggers and indexes of the queue."""
    return [
        tuple(row)
        for statement in (
            (
                "SELECT table_name, column_name, data_type, column_default FROM information_schema.columns "
                "WHERE table_name LIKE 'procrastinate%' ORDER BY 1, 2"
            ),
            (
                "SELECT proname, pg_get_function_identity_arguments(oid), md5(regexp_replace(prosrc, '\\s+', '', 'g')) "
                "FROM pg_proc WHERE proname LIKE 'procrastinate%' ORDER BY 1, 2"
            ),
            (
                "SELECT trigger_name, event_manipulation, action_statement FROM information_schema.triggers "
                "WHERE trigger_name LIKE 'procrastinate%' ORDER BY 1, 2"
            ),
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'procrastinate%' ORDER BY 1",
        )
        for row in connection.execute(text(statement))
    ]


@pytest.mark.parametrize("revision", [*REVISIONS[:-1], "base"])
def test_migrations_go_down_and_up_again(fresh: Database, revision: str):
    migrate.upgrade(fresh)
    with fresh.reading() as connection:
        before = {name: describe_table(connection, name) for name in WatchRow.metadata.tables}
    migrate.downgrade(fresh, revision)
    if revision == "base":
        assert read_tables(fresh) == {"alembic_version"}
    migrate.upgrade(fresh)
    with fresh.reading() as connection:
        assert {name: describe_table(connection, name) for name in WatchRow.metadata.tables} == before
    archive = Archive(fresh)
    put_comments(archive, make_comment())
    assert find_holding(archive, "harbour") == [1]


def test_migrations_have_one_line_of_descent():
    scripts = ScriptDirectory(str(migrate._FOLDER))
    assert len(scripts.get_heads()) == 1
    assert [script.down_revision for script in scripts.walk_revisions()][::-1] == [None, *REVISIONS[:-1]]


def test_upgrade_of_an_up_to_date_archive_changes_nothing(fresh: Database):
    migrate.upgrade(fresh)
    put_comments(Archive(fresh), make_comment())
    with fresh.reading() as connection:
        before = {name: describe_table(connection, name) for name in WatchRow.metadata.tables}
    migrate.upgrade(fresh)
    with fresh.reading() as connection:
        assert {name: describe_table(connection, name) for name in WatchRow.metadata.tables} == before
    assert Archive(fresh).list_sources()[0].comments == 1


def test_find_revision_tells_the_one_that_a_database_is_at(fresh: Database):
    assert migrate.find_revision(fresh) is None
    migrate.upgrade(fresh, REVISIONS[1])
    assert migrate.find_revision(fresh) == REVISIONS[1]
    migrate.downgrade(fresh, "base")
    assert migrate.find_revision(fresh) is None


def test_upgrade_by_many_at_once_makes_one_schema(fresh_url: str):
    def open_it(_: int) -> int:
        archive = Archive.open(fresh_url)
        generation = archive.searching.read_generation()
        archive.close()
        return generation

    with ThreadPoolExecutor(6) as pool:
        generations = list(pool.map(open_it, range(6)))
    assert len(set(generations)) == 1


def test_upgrade_refuses_a_newer_schema(fresh: Database):
    migrate.upgrade(fresh)
    with fresh.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError) as raised:
        migrate.upgrade(fresh)
    assert str(raised.value) == (
        f"cannot open the archive: {fresh.place!r}: its schema is 9999, newer than this program knows: "
        "upgrade harkback to at least the version that wrote it"
    )


def set_revision(database: Database, revision: str) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_schema_that_only_grew_is_used_by_the_program_before(fresh: Database, fresh_url: str):
    migrate.upgrade(fresh)
    newer = f"9999_fits_{migrate.HEAD[:4]}"
    set_revision(fresh, newer)
    assert (migrate.check(fresh), migrate.find_revision(fresh)) == (newer, newer)
    migrate.upgrade(fresh)
    archive = Archive.open(fresh_url)
    put_comments(archive, make_comment())
    archive.close()
    assert migrate.find_revision(fresh) == newer


@pytest.mark.parametrize("revision", ["9999_fits_9998", "9999_fits_0001_and_more", "0001_or_so"])
def test_schema_that_this_program_does_not_fit_is_refused(fresh: Database, revision: str):
    migrate.upgrade(fresh)
    set_revision(fresh, revision)
    for look in (migrate.check, migrate.upgrade, migrate.prepare):
        with pytest.raises(SchemaError, match=f"its schema is {revision}, newer than this program knows: upgrade"):
            look(fresh)


def test_database_that_many_share_is_not_migrated_by_opening_it(fresh: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(fresh.dialect), "migrates_when_opened", False)
    migrate.upgrade(fresh, "0004")
    before = read_tables(fresh)
    with pytest.raises(SchemaError) as raised:
        migrate.prepare(fresh)
    assert str(raised.value) == (
        f"cannot open the archive: {fresh.place!r}: its schema is 0004, older than this program's {migrate.HEAD}: "
        "run `harkback db upgrade`"
    )
    assert read_tables(fresh) == before
    migrate.upgrade(fresh)
    migrate.prepare(fresh)


def test_database_that_many_share_gets_its_schema_by_opening_it(fresh: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(fresh.dialect), "migrates_when_opened", False)
    with pytest.raises(SchemaError, match="it holds none yet: run `harkback db upgrade`"):
        migrate.check(fresh)
    migrate.prepare(fresh)
    assert migrate.check(fresh) == migrate.HEAD


def test_upgrade_refuses_a_database_of_something_else(fresh: Database):
    with fresh.writing() as connection:
        for name in ("urls", "visits", "downloads", "meta"):
            connection.execute(text(f"CREATE TABLE {name} (id INTEGER)"))
    with pytest.raises(SchemaError) as raised:
        migrate.upgrade(fresh)
    assert str(raised.value) == (
        f"cannot open the archive: {fresh.place!r}: it holds tables that are not Harkback's "
        "(downloads, meta, urls): name another database, or an empty one"
    )
    assert read_tables(fresh) == {"urls", "visits", "downloads", "meta"}


def test_upgrade_refuses_another_program_that_migrates_alike(fresh: Database):
    with fresh.writing() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("CREATE TABLE invoice (id INTEGER)"))
    with pytest.raises(SchemaError, match=r"tables that are not Harkback's \(invoice\)"):
        migrate.upgrade(fresh)


def test_failed_migration_leaves_the_database_as_it_was(fresh: Database, monkeypatch: pytest.MonkeyPatch):
    def fail(_self: object, _connection: Connection) -> None:
        raise RuntimeError

    # The last step of the first migration.
    monkeypatch.setattr(type(fresh.dialect), "create_words", fail)
    with pytest.raises(RuntimeError):
        migrate.upgrade(fresh)
    assert read_tables(fresh) == set()


class OnSqlite:
    """For what only a file may be, as there was nothing else at the time."""

    @pytest.fixture
    def fresh_url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/fresh.db"

    @pytest.fixture
    def shelf(self, sqlite_shelf: SqliteShelf) -> SqliteShelf:
        return sqlite_shelf


class TestSearchByTerms(OnSqlite):
    """Revision 0002, of an archive that was written at 0001."""

    OLD_WORDS = (
        "CREATE VIRTUAL TABLE comment_words "
        "USING fts5(author, title, text, tokenize = 'porter unicode61 remove_diacritics 2')"
    )
    ALIASES = ("Ann", "Zoë O’Brien")
    # Id, discussion (from 1), alias (from 1) and text. The third was deleted.
    COMMENTS = (
        (1, 1, 1, "We walked to the harbours, twice."),
        (2, 2, 2, "Cafés and C++"),
        (4, 1, 2, "日本語"),
        (5, 2, 1, "🦊"),
    )
    TITLES = ("On harbours", "")

    @pytest.fixture
    def old(self, fresh: Database) -> Database:
        """An archive as the first schema had it: two comments are indexed, and one of those was edited since."""
        migrate.upgrade(fresh, "0001")
        with fresh.writing() as connection:
            # The dialect makes today's word index, in any revision.
            fresh.dialect.drop_words(connection)
            connection.execute(text(self.OLD_WORDS))
            self.insert(connection, "source", id=1, name="Harbour", format="jsonl", location="/h.jsonl")
            self.insert(connection, "channel", id=1, source_id=1, name="")
            for number, name in enumerate(self.ALIASES, start=1):
                self.insert(connection, "author", id=number, source_id=1, key=f"name:{fold(name)}", name=name)
                self.insert(connection, "author_alias", id=number, author_id=number, name=name)
            for number, title in enumerate(self.TITLES, start=1):
                self.insert(
                    connection, "discussion", id=number, source_id=1, channel_id=1, native_id=f"t{number}", title=title
                )
            for number, discussion, alias, said in self.COMMENTS:
                self.insert(
                    connection,
                    "comment",
                    id=number,
                    source_id=1,
                    channel_id=1,
                    native_id=f"c{number}",
                    discussion_id=discussion,
                    alias_id=alias,
                    published_at="2019-03-01 12:00:00.000000" if number != 2 else None,
                    text=said,
                    fingerprint=b"print %d" % number,
                )
                words = [self.ALIASES[alias - 1], self.TITLES[discussion - 1], said]
                connection.execute(
                    text("INSERT INTO comment_words (rowid, author, title, text) VALUES (:id, :author, :title, :text)"),
                    {"id": number, **dict(zip(("author", "title", "text"), map(fold, words), strict=True))},
                )
            self.insert(connection, "encoder", id=1, key=HashingEncoder().id.key)
            for number in (1, 2):
                content = b"old %d" % number
                self.insert(connection, "passage", comment_id=number, start=0, end=4, content_hash=content)
                data = HashingEncoder().encode_comments(["old"]).tobytes()
                self.insert(connection, "vector", encoder_id=1, content_hash=content, data=data)
            connection.execute(text("INSERT INTO change (id, comment_id) VALUES (7, 3), (8, 2)"))
            connection.execute(text("UPDATE archive_state SET generation = 40"))
        return fresh

    @staticmethod
    def insert(connection: Connection, table: str, **values: Any) -> None:
        """Insert a row; what must not be empty and is not given is given something."""
        columns = {column["name"]: column for column in inspect(connection).get_columns(table)}
        filled = {
            name: "2019-01-01 00:00:00.000000" if name.endswith("_at") else "public" if name == "visibility" else ""
            for name, column in columns.items()
            if not column["nullable"] and not column["primary_key"]
        }
        row = {**filled, **values}
        names = ", ".join(f'"{name}"' for name in row)
        connection.execute(
            text(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(f":{name}" for name in row)})'), row
        )

    def test_upgrade_keeps_what_was_said(self, old: Database):
        before = dump(Archive(old))
        migrate.upgrade(old)
        after = dump(Archive(old))
        after["vector"] = after.pop("text_vector")
        changed = {"alembic_version", "archive_state", "change", "comment_words"}
        # New columns come last.
        added = {"author_alias": 1, "comment": 6, "source": 4, "passage": 1, "encoder": 6}
        kept = {name: [row[: len(row) - added.get(name, 0)] for row in after[name]] for name in set(before) - changed}
        assert kept == {name: before[name] for name in kept}

    def test_upgrade_gives_comments_places(self, old: Database):
        migrate.upgrade(old)
        archive = Archive(old)
        update = archive.searching.read_index(HashingEncoder().id.key, 128, after_version=0, after_passage=0)
        noon = 1_551_441_600_000
        assert (update.version, sorted(update.places.tolist())) == (
            41,
            [
                [1, 1, 1, NOWHERE, noon, 6, LANGUAGE_CODES.index("en")],
                [2, 1, 2, NOWHERE, NOWHERE, 3, 0],
                [4, 1, 1, NOWHERE, noon, 2, 0],
                [5, 1, 2, NOWHERE, noon, 0, 0],
            ],
        )
        with old.reading() as connection:
            rows = connection.execute(text("SELECT id, position, words, version FROM comment ORDER BY id")).all()
        assert rows == [(1, None, 6, 1), (2, None, 3, 1), (4, None, 2, 1), (5, None, 0, 1)]

    def test_upgrade_fills_the_word_index_anew(self, old: Database):
        migrate.upgrade(old)
        postings = Archive(old).searching.read_postings(
            [*index_terms("harbour café c++ 日本語 zoë"), "harbours", "cafes"]
        )
        places = [
            sorted(zip(one.comment_ids.tolist(), one.fields.tolist(), one.offsets.tolist(), strict=True))
            for one in postings
        ]
        assert places == [
            [(1, Field.TEXT, 4), (1, Field.TITLE, 1), (4, Field.TITLE, 1)],
            [(2, Field.TEXT, 0)],
            [(2, Field.TEXT, 2)],
            [(4, Field.TEXT, 0)],
            [(4, Field.TEXT, 1)],
            [(2, Field.AUTHOR, 0), (4, Field.AUTHOR, 0)],
            [],
            [],
        ]

    def test_upgrade_is_as_if_everything_were_put_now(self, old: Database, archive: Archive):
        migrate.upgrade(old)
        put_comments(
            archive,
            *(
                make_comment(
                    f"c{number}",
                    said,
                    thread=f"t{thread}",
                    author=self.ALIASES[alias - 1],
                    title=self.TITLES[thread - 1],
                )
                for number, thread, alias, said in self.COMMENTS
            ),
        )
        with old.reading() as connection, archive.database.reading() as other:
            words = text("SELECT author, title, text FROM comment_words ORDER BY rowid")
            assert connection.execute(words).all() == other.execute(words).all()
            counts = text("SELECT native_id, words FROM comment ORDER BY id")
            assert connection.execute(counts).all() == other.execute(counts).all()

    def test_upgrade_lets_everything_be_embedded_again(self, old: Database, encoder: HashingEncoder):
        migrate.upgrade(old)
        archive = Archive(old)
        with old.reading() as connection:
            changes = connection.execute(text("SELECT id, comment_id FROM change ORDER BY id")).all()
        assert changes == [(7, 3), (8, 2), (9, 1), (10, 2), (11, 4), (12, 5)]
        assert archive.indexing.count_changes() == 5
        # What was found by its meaning is found until then.
        assert [native_id for native_id, *_ in dump_index(archive)["passages"]] == ["c1", "c2"]
        index_pending(archive, lambda: encoder)
        held = dump_index(archive)
        assert [native_id for native_id, *_ in held["passages"]] == ["c1", "c2", "c4", "c5"]
        assert (len(held["vectors"]), held["pending"]) == (4, [])
        assert b"old 1" not in {content_hash for _, content_hash, _ in held["vectors"]}

    def test_upgraded_comments_are_followed_like_others(self, old: Database):
        migrate.upgrade(old)
        archive = Archive(old)
        before = archive.searching.read_index("", 4, after_version=0, after_passage=0)
        source = put_comments(archive, make_comment("c2", "Teas."), make_comment("c6", "Teas."))
        archive.delete_comments(source, ["c1"])
        update = archive.searching.read_index("", 4, after_version=before.version, after_passage=0)
        assert (update.gone.tolist(), sorted(update.places[:, 0].tolist())) == ([1], [2, 6])
        assert [find_holding(archive, word) for word in ("tea", "café", "harbour")] == [[2, 6], [], [2, 4, 6]]

    def test_upgrade_takes_many_comments(self, old: Database):
        with old.writing() as connection:
            for number in range(10, 2_510):
                connection.execute(
                    text(
                        "INSERT INTO comment "
                        "SELECT :id, source_id, channel_id, :native_id, discussion_id, alias_id, parent_native_id, "
                        "published_at, edited_at, url, text, fingerprint FROM comment WHERE id = 1"
                    ),
                    {"id": number, "native_id": f"c{number}"},
                )
        migrate.upgrade(old)
        assert find_holding(Archive(old), "walk") == [1, *range(10, 2_510)]
        with old.reading() as connection:
            counts = connection.execute(text("SELECT words, version, count(*) FROM comment GROUP BY 1, 2 ORDER BY 1"))
            assert counts.all() == [(0, 1, 1), (2, 1, 1), (3, 1, 1), (6, 1, 2_501)]

    def test_downgrade_gives_the_old_word_index_back(self, old: Database, encoder: HashingEncoder):
        before = dump(Archive(old))
        with old.reading() as connection:
            names = set(WatchRow.metadata.tables) & set(before)
            tables = {name: describe_table(connection, name) for name in names}
        migrate.upgrade(old)
        index_pending(Archive(old), lambda: encoder)
        migrate.downgrade(old, "0001")
        after = dump(Archive(old))
        kept = set(before) - {"archive_state", "change", "passage", "vector", "encoder"}
        assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
        assert set(after) == set(before)
        with old.reading() as connection:
            assert {name: describe_table(connection, name) for name in names} == tables
            made_by = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE name = 'comment_words'")
            ).scalar_one()
            assert made_by == self.OLD_WORDS
            match = text("SELECT rowid FROM comment_words WHERE comment_words MATCH :word ORDER BY rowid")
            found = {
                word: connection.scalars(match, {"word": word}).all() for word in ("harbour", "walking", "cafe", "zoe")
            }
        assert found == {"harbour": [1, 4], "walking": [1], "cafe": [2], "zoe": [2, 4]}

    def test_downgraded_archive_is_upgraded_again(self, old: Database):
        migrate.upgrade(old)
        before = dump(Archive(old))
        migrate.downgrade(old, "0001")
        migrate.upgrade(old)
        after = dump(Archive(old))
        assert {name for name in before if after[name] != before[name]} == {"archive_state", "change"}


class TestLanguages:
    """Revision 0004, of an archive whose comments were stemmed as English."""

    GERMAN = "Die Besprechungen waren früher viel kürzer als in diesem Jahr."

    @pytest.fixture
    def old(self, fresh: Database) -> Database:
        migrate.upgrade(fresh)
        archive = Archive(fresh)
        put_comments(
            archive, make_comment("1", self.GERMAN, title="Erfahrungen"), make_comment("2"), make_comment("3", "Tea.")
        )
        migrate.downgrade(fresh, "0003")
        return fresh

    def read_languages(self, database: Database) -> list[str | None]:
        with database.reading() as connection:
            return list(connection.scalars(text("SELECT language FROM comment ORDER BY id")))

    def test_downgrade_stems_everything_as_english(self, old: Database):
        assert self.read_languages(old) == [None] * 3
        archive = Archive(old)
        assert (find_holding(archive, "Besprechungen"), find_holding(archive, "Besprechung", "de")) == ([1], [])
        assert find_holding(archive, "harbour") == [2]

    def test_upgrade_tells_languages_and_stems_by_them(self, old: Database):
        migrate.upgrade(old)
        assert self.read_languages(old) == ["de", "en", None]
        archive = Archive(old)
        words = ("Besprechung", "Erfahrung")
        assert [find_holding(archive, word, "de") for word in words] == [[1], [1]]
        assert [find_holding(archive, word) for word in ("besprechungen", "harbour", "tea", "ann")] == [
            [],
            [2],
            [3],
            [1, 2, 3],
        ]

    def test_upgrade_makes_what_writing_makes(self, old: Database):
        migrate.upgrade(old)
        before = dump(Archive(old))
        migrate.downgrade(old, "0003")
        migrate.upgrade(old)
        assert dump(Archive(old)) == before

    def test_upgrade_takes_many_comments(self, old: Database):
        migrate.upgrade(old)
        put_comments(Archive(old), *(make_comment(f"n{number}", self.GERMAN) for number in range(1_100)))
        migrate.downgrade(old, "0003")
        migrate.upgrade(old)
        assert len(find_holding(Archive(old), "Besprechung", "de")) == 1_101


class TestEncoders(OnSqlite):
    """Revision 0005, which learns what the encoder of an archive is loaded by."""

    @pytest.mark.parametrize(
        ("key", "name"),
        [
            ("hashing@1:128:words", "hashing"),
            ("hashing@1:16:words", "hashing:16"),
            ("all-MiniLM-L6-v2@53aa51172d14:384:sentence-transformers,256", "all-MiniLM-L6-v2"),
            ("/models/a:b@home/m@local:768:sentence-transformers,512", "/models/a:b@home/m"),
            ("somebody/model@local:384:sentence-transformers,256", "somebody/model"),
            ("somebody/model@1f2e3d:384:sentence-transformers,256", "somebody/model@1f2e3d"),
        ],
    )
    def test_upgrade_names_the_encoder(self, fresh: Database, key: str, name: str):
        migrate.upgrade(fresh, "0004")
        with fresh.writing() as connection:
            connection.execute(
                text("INSERT INTO encoder (id, key) VALUES (3, 'abandoned@1:4:words'), (4, :key)"), {"key": key}
            )
            connection.execute(text("INSERT INTO vector (encoder_id, content_hash, data) VALUES (4, 'hash', 'data')"))
        migrate.upgrade(fresh)
        assert Archive(fresh).indexing.find_active_encoder() == KnownEncoder(4, key, name, EncoderState.ACTIVE)
        with fresh.reading() as connection:
            assert connection.scalars(text("SELECT id FROM encoder")).all() == [4]
            assert connection.scalars(text("SELECT encoder_id FROM text_vector")).all() == [4]
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []

    def test_upgrade_lets_an_encoder_without_vectors_go(self, fresh: Database, encoder: HashingEncoder):
        migrate.upgrade(fresh, "0004")
        with fresh.writing() as connection:
            connection.execute(text("INSERT INTO encoder (id, key) VALUES (1, :key)"), {"key": encoder.id.key})
        migrate.upgrade(fresh)
        archive = Archive(fresh)
        assert archive.indexing.find_active_encoder() is None
        put_comments(archive, make_comment())
        assert index_pending(archive, lambda: encoder) == 1
        assert len(dump_index(archive)["vectors"]) == 1
