from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, inspect, make_url, select, text, true, update

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db import migrate, moving
from store.db.comments import read_words_rows
from store.db.engine import Database
from store.db.moving import NOT_MOVED, TABLES
from store.db.tables import AuthorAliasRow, ChannelRow, CommentRow, DiscussionRow, SourceRow
from store.domain.moving import MoveReport
from store.domain.refresh import Progress, RefreshCounts, RefreshKind, RefreshState
from store.errors import ArchiveError, MoveError, SchemaError
from store.refresh.owner import Process
from store.repositories.moving import compare, move
from tests.postgres import PASSWORD, PostgresServer
from tests.store.contract.moving import fill, read_all
from tests.store.factories import make_comment, put_comments, put_indexed

POSTGRES = pytest.mark.postgres
KINDS = ("sqlite", "postgres")
PAIRS = [
    pytest.param((one, other), id=f"{one}-{other}", marks=[POSTGRES] if "postgres" in (one, other) else [])
    for one in KINDS
    for other in KINDS
]
ACROSS = [pair for pair in PAIRS if pair.id in ("sqlite-postgres", "postgres-sqlite")]
OWNER = Process.current()

MakeUrl = Callable[..., str]


class Pair:
    """An archive and the database that it is moved to."""

    def __init__(self, source_url: str, target_url: str) -> None:
        self.source_url, self.target_url = source_url, target_url
        self.source = Archive.open(source_url)

    def move(self, on_progress: Callable[[Progress], object] = lambda _: None) -> MoveReport:
        return move(self.source_url, self.target_url, OWNER, on_progress)

    def read_target(self) -> dict[str, list[tuple[Any, ...]]]:
        with closing(Archive.open(self.target_url)) as target:
            return read_all(target)


@pytest.fixture
def make_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> MakeUrl:
    """Names a database of a kind that is not there, or has nothing in it, another at each call."""
    numbers = iter(range(100))

    def make(kind: str, *, is_empty: bool = True) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{next(numbers)}.db"
        url: str = request.getfixturevalue("postgres").create(is_empty=is_empty)
        return url

    return make


@pytest.fixture(params=PAIRS)
def kinds(request: pytest.FixtureRequest) -> tuple[str, str]:
    pair: tuple[str, str] = request.param
    return pair


@pytest.fixture
def pair(kinds: tuple[str, str], make_database_url: MakeUrl) -> Iterator[Pair]:
    source_url, target_url = map(make_database_url, kinds)
    with closing(Database(source_url)) as database:
        migrate.upgrade(database)
    made = Pair(source_url, target_url)
    yield made
    made.source.close()


def test_move_copies_every_row_and_word_of_every_table(pair: Pair):
    fill(pair.source)
    before = read_all(pair.source)
    assert [name for name, rows in before.items() if not rows] == []
    report = pair.move()
    assert (report.is_same, report.removed) == (True, 0)
    assert {table.name: table.target.rows for table in report.tables}["comment"] == len(before["comment"])
    moved = pair.read_target()
    assert [name for name in before if moved[name] != before[name]] == []
    assert read_all(pair.source) == before


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=[POSTGRES] if kind == "postgres" else []) for kind in KINDS])
def test_every_table_is_moved_or_left_out_on_purpose(kind: str, make_database_url: MakeUrl):
    with closing(Database(make_database_url(kind))) as database:
        migrate.upgrade(database)
        assert find_unknown(database) == set()
        with database.writing() as connection:
            connection.execute(text("CREATE TABLE job (id INTEGER PRIMARY KEY)"))
        assert find_unknown(database) == {"job"}


def find_unknown(database: Database) -> set[str]:
    with database.reading() as connection:
        there = set(inspect(connection).get_table_names())
    moved = {moved.name for moved in TABLES}
    assert there >= moved
    return {name for name in there - moved if not name.startswith(tuple(NOT_MOVED))}


def test_ids_that_were_given_are_not_given_again(pair: Pair):
    put_comments(pair.source, make_comment("c1"), make_comment("c2"), make_comment("c3"))
    harbour = pair.source.get_source("Harbour")
    last = max(pair.source.find_ids(harbour, ["c1", "c2", "c3"]).values())
    pair.source.delete_comments(harbour, ["c2", "c3"])
    assert pair.move().is_same
    with closing(Archive.open(pair.target_url)) as target:
        put_comments(target, make_comment("c4"))
        put_comments(target, make_comment("d1"), source="Hill")
        assert target.find_ids(harbour, ["c4"])["c4"] > last
        assert target.get_source("Hill").id > harbour.id


@pytest.mark.parametrize("kinds", ACROSS, indirect=True)
def test_move_back_holds_the_same(pair: Pair, kinds: tuple[str, str], make_database_url: MakeUrl):
    fill(pair.source)
    there = pair.move()
    back_url = make_database_url(kinds[0])
    back = move(pair.target_url, back_url, OWNER)
    assert [table.target for table in back.tables] == [table.source for table in there.tables]
    with closing(Archive.open(back_url)) as archive:
        assert read_all(archive) == read_all(pair.source)


class StopError(Exception):
    """Raised where a move is to stop."""


def stop_at(number: int, what: str) -> Callable[[Progress], None]:
    """Stop a move at the n-th time that it is at something."""
    left = number

    def count(progress: Progress) -> None:
        nonlocal left
        left -= progress.source == what
        if left == 0:
            raise StopError

    return count


def change(archive: Archive) -> None:
    """Change what a move may have copied already: rows that went, came, and have what was unique of others."""
    with archive.database.writing() as connection:
        ids = list(connection.scalars(select(CommentRow.id).order_by(CommentRow.id)))
        archive.database.dialect.delete_words(connection, ids[:2])
        connection.execute(delete(CommentRow).where(CommentRow.id.in_(ids[:2])))
        connection.execute(update(CommentRow).where(CommentRow.id == ids[2]).values(text="Lanterns \0 everywhere"))
        aliases = list(connection.scalars(select(AuthorAliasRow.id).order_by(AuthorAliasRow.id)))
        connection.execute(update(AuthorAliasRow).where(AuthorAliasRow.id == aliases[3]).values(name="Beatrix"))
        discussions = list(connection.scalars(select(DiscussionRow.id).order_by(DiscussionRow.id)))
        connection.execute(update(DiscussionRow).where(DiscussionRow.id == discussions[4]).values(title="Gulls"))
        # Two sources change names, by way of a third.
        sources = list(connection.execute(select(SourceRow.id, SourceRow.name).order_by(SourceRow.id)))
        for number, name in ((0, "third"), (1, sources[0].name), (0, sources[1].name)):
            connection.execute(update(SourceRow).where(SourceRow.id == sources[number].id).values(name=name))
        channel = connection.execute(select(ChannelRow.__table__).order_by(ChannelRow.id.desc()).limit(1)).one()
        again = {**channel._mapping, "id": channel.id + 1}
        connection.execute(update(ChannelRow).where(ChannelRow.id == channel.id).values(name="closed"))
        connection.execute(ChannelRow.__table__.insert(), [again])
        connection.execute(
            update(DiscussionRow).where(DiscussionRow.channel_id == channel.id).values(channel_id=again["id"])
        )
        connection.execute(update(CommentRow).where(CommentRow.channel_id == channel.id).values(channel_id=again["id"]))
        connection.execute(delete(ChannelRow).where(ChannelRow.id == channel.id))
        rows = read_words_rows(connection, true())
        archive.database.dialect.put_words(connection, rows)


def stop(pair: Pair, number: int, what: str) -> None:
    with pytest.raises(StopError):
        pair.move(stop_at(number, what))


def check_same(pair: Pair) -> None:
    """Check that both hold the same, by reading both without the program's own comparison."""
    before, moved = read_all(pair.source), pair.read_target()
    assert [name for name in before if moved[name] != before[name]] == []


def test_move_that_was_stopped_goes_on_also_when_the_source_was_changed(pair: Pair, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(moving, "CHUNK_ROWS", 2)
    fill(pair.source)
    for number, what in ((1, "Copying"), (60, "Copying"), (3, "Reading the target")):
        stop(pair, number, what)
    with pytest.raises(SchemaError, match=r"not all of it has been moved there yet: run the same `harkback db move`"):
        Archive.open(pair.target_url)
    with closing(Database(pair.target_url)) as database, pytest.raises(SchemaError, match="not all of it"):
        migrate.upgrade(database)
    change(pair.source)
    stop(pair, 3, "Looking at what is there")
    # Four portions of each table: when discussions have been written, and comments have not.
    stop(pair, 4 * (len(TABLES) - 3), "Copying")
    assert pair.move().is_same
    check_same(pair)


@pytest.fixture
def plain(make_database_url: MakeUrl) -> Iterator[Pair]:
    """An archive in a file that is moved to another."""
    made = Pair(make_database_url("sqlite"), make_database_url("sqlite"))
    yield made
    made.source.close()


def do_once(what: str, work: Callable[[], object]) -> Callable[[Progress], None]:
    """Do something when a move comes to something for the first time."""
    left = [work]

    def do(progress: Progress) -> None:
        if progress.source == what and left:
            left.pop()()

    return do


def test_source_that_is_written_to_meanwhile_is_told_of_and_copied_by_the_next_run(plain: Pair):
    put_comments(plain.source, make_comment("c1", "kites"))
    report = plain.move(do_once("Copying", lambda: put_comments(plain.source, make_comment("c2", "boats"))))
    differing = [table for table in report.tables if not table.is_same]
    assert {"comment", "change", "archive_state", "last ids"} <= {table.name for table in differing}
    assert all(table.is_newer for table in differing)
    with pytest.raises(SchemaError):
        Archive.open(plain.target_url)
    assert plain.move().is_same
    check_same(plain)


def damage(url: str) -> None:
    with closing(Database(url)) as database, database.writing() as connection:
        connection.execute(update(CommentRow).where(CommentRow.native_id == "c1").values(text="kitez"))


def test_target_that_does_not_hold_what_was_written_is_found_and_put_right_by_the_next_run(plain: Pair):
    put_comments(plain.source, make_comment("c1", "kites"), make_comment("c2", "boats"))
    report = plain.move(do_once("Reading the source again", lambda: damage(plain.target_url)))
    assert [(table.name, table.is_newer) for table in report.tables if not table.is_same] == [("comment", False)]
    with pytest.raises(SchemaError):
        Archive.open(plain.target_url)
    again = plain.move()
    assert (again.is_same, again.written, again.removed) == (True, 1, 1)
    check_same(plain)


@pytest.mark.parametrize("kinds", ACROSS, indirect=True)
def test_comparison_finds_one_letter_and_writes_nothing(pair: Pair):
    put_comments(pair.source, make_comment("c1", "kites"), make_comment("c2", "boats"))
    pair.move()
    assert compare(pair.source_url, pair.target_url).is_same
    damage(pair.target_url)
    damaged = pair.read_target()
    report = compare(pair.source_url, pair.target_url)
    assert [table.name for table in report.tables if not table.is_same] == ["comment"]
    assert pair.read_target() == damaged


@pytest.mark.parametrize("kinds", ACROSS, indirect=True)
def test_comparison_finds_ids_that_would_be_given_again(pair: Pair):
    put_comments(pair.source, make_comment("c1"))
    pair.move()
    with pair.source.database.writing() as connection:
        pair.source.database.dialect.put_last_id(connection, CommentRow.__table__, 1_000)
    report = compare(pair.source_url, pair.target_url)
    assert [table.name for table in report.tables if not table.is_same] == ["last ids"]


def refuse(source_url: str, target_url: str, match: str) -> None:
    with pytest.raises(MoveError, match=match):
        move(source_url, target_url, OWNER)


@pytest.mark.parametrize("kinds", ACROSS, indirect=True)
def test_target_that_holds_an_archive_is_refused_and_left_alone(pair: Pair):
    put_comments(pair.source, make_comment("c1", "kites"))
    assert pair.move().is_same
    before = pair.read_target()
    refuse(pair.source_url, pair.target_url, "it holds an archive: name an empty database, or add --verify")
    assert pair.read_target() == before


def test_target_with_a_schema_and_nothing_else_is_taken(plain: Pair):
    Archive.open(plain.target_url).close()
    put_comments(plain.source, make_comment("c1", "kites"))
    assert plain.move().is_same
    check_same(plain)


def test_target_of_another_schema_is_refused_and_left_alone(plain: Pair):
    with closing(Database(plain.target_url)) as database:
        migrate.upgrade(database, "0003")
        refuse(plain.source_url, plain.target_url, "it holds an archive: name an empty database")
        assert migrate.find_revision(database) == "0003"


def test_target_with_part_of_another_archive_is_refused(plain: Pair, make_database_url: MakeUrl):
    put_comments(plain.source, make_comment("c1", "kites"))
    stop(plain, 1, "Copying")
    other_url = make_database_url("sqlite")
    with closing(Archive.open(other_url)):
        refuse(other_url, plain.target_url, "part of another one is there.*: name an empty database")
    assert plain.move().is_same


@pytest.mark.parametrize("kinds", ACROSS, indirect=True)
def test_source_is_refused_as_its_own_target(pair: Pair):
    refuse(pair.source_url, pair.source_url, "it is there already: name another database")
    assert put_comments(pair.source, make_comment("c1"))


def test_source_that_is_not_there_is_refused_and_nothing_is_made(tmp_path: Path):
    for target in ("none", "other"):
        refuse(f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/{target}.db", "there is no such file")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=[POSTGRES] if kind == "postgres" else []) for kind in KINDS])
def test_source_that_holds_nothing_is_refused_and_left_so(kind: str, make_database_url: MakeUrl):
    url = make_database_url(kind)
    with closing(Database(url)) as database:
        refuse(url, make_database_url("sqlite"), "it holds none: name the database that does")
        assert migrate.find_revision(database) is None


def test_source_of_a_newer_schema_is_refused(plain: Pair):
    with plain.source.database.writing() as connection:
        newer = f"9999_fits_{migrate.HEAD[:4]}"
        connection.execute(text("UPDATE alembic_version SET version_num = :newer"), {"newer": newer})
    refuse(plain.source_url, plain.target_url, "newer than this program's .*: use the version of harkback")


def test_source_that_somebody_is_at_work_on_is_refused(plain: Pair):
    source = put_comments(plain.source, make_comment("c1"))
    number = plain.source.refreshes.begin(source, RefreshKind.REFRESH, OWNER)
    refuse(plain.source_url, plain.target_url, rf"is at work on 'Harbour' \(refresh {number}\): wait until it ends")
    plain.source.refreshes.end(number, RefreshState.DONE, RefreshCounts(), {})
    put_indexed(plain.source, HashingEncoder())
    plain.source.indexing.begin_reindex("hashing-16", "hashing:16", OWNER)
    refuse(plain.source_url, plain.target_url, "is changing it to 'hashing:16': wait until it ends, or stop it")
    plain.source.indexing.end_reindex("hashing-16", OWNER)
    assert plain.move().is_same


def test_source_whose_refresh_was_killed_is_moved(plain: Pair):
    source = put_comments(plain.source, make_comment("c1"))
    plain.source.refreshes.begin(source, RefreshKind.REFRESH, Process.of(999_999_999))
    assert plain.move().is_same
    check_same(plain)


def test_what_was_removed_from_the_source_between_two_runs_is_in_no_file(plain: Pair, tmp_path: Path):
    put_comments(plain.source, *(make_comment(f"c{number}", f"zeppelin {number} " * 40) for number in range(200)))
    stop(plain, 3, "Reading the target")
    target = Path(plain.target_url.removeprefix("sqlite:///"))
    assert any(b"zeppelin" in path.read_bytes() for path in tmp_path.glob(f"{target.name}*"))
    harbour = plain.source.get_source("Harbour")
    plain.source.delete_comments(harbour, [f"c{number}" for number in range(200)])
    put_comments(plain.source, make_comment("d1", "kites"))
    assert plain.move().is_same
    assert [path for path in tmp_path.glob(f"{target.name}*") if b"zeppelin" in path.read_bytes()] == []


def test_new_file_is_for_its_owner_alone(plain: Pair):
    plain.move()
    assert Path(plain.target_url.removeprefix("sqlite:///")).stat().st_mode & 0o777 == 0o600


def cut(server: PostgresServer, url: str) -> None:
    """End every connection that somebody has to a database."""
    name = make_url(url).database
    server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


def check_lost(pair: Pair, on_progress: Callable[[Progress], object] = lambda _: None) -> None:
    """Check that a move is told to have lost its server, and goes on when it is run again."""
    with pytest.raises(MoveError, match=r"^cannot use the archive: .*; then run this again: it goes on") as raised:
        pair.move(on_progress)
    assert (PASSWORD in str(raised.value), "***" in str(raised.value)) == (False, True)
    assert pair.move().is_same
    check_same(pair)


@POSTGRES
def test_source_that_is_lost_halfway_is_told_of(postgres: PostgresServer, make_database_url: MakeUrl):
    pair = Pair(with_password(make_database_url("postgres", is_empty=False)), make_database_url("sqlite"))
    fill(pair.source)
    check_lost(pair, do_once("Copying", lambda: cut(postgres, pair.source_url)))
    pair.source.close()


@POSTGRES
def test_target_that_is_lost_halfway_is_told_of(
    postgres: PostgresServer, make_database_url: MakeUrl, monkeypatch: pytest.MonkeyPatch
):
    pair = Pair(make_database_url("sqlite"), with_password(make_database_url("postgres")))
    fill(pair.source)
    put_rows, left = moving.put_rows, [10]

    def put_some(*arguments: Any, **named: Any) -> int:
        left[0] -= 1
        if left[0] == 0:
            cut(postgres, pair.target_url)
        return put_rows(*arguments, **named)

    monkeypatch.setattr(moving, "put_rows", put_some)
    check_lost(pair)
    pair.source.close()


def with_password(url: str) -> str:
    return make_url(url).set(password=PASSWORD).render_as_string(hide_password=False)


@POSTGRES
def test_server_that_is_not_there_is_told_of_without_its_password(plain: Pair):
    url = f"postgresql+psycopg://harkback:{PASSWORD}@127.0.0.1:1/archive"
    for source_url, target_url in ((plain.source_url, url), (url, plain.target_url)):
        with pytest.raises(ArchiveError, match=r"^cannot use the archive: .*: check that the server runs") as raised:
            move(source_url, target_url, OWNER)
        assert PASSWORD not in str(raised.value)
