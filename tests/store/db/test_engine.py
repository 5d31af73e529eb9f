import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from store.archive import Archive
from store.db import sqlite
from store.db.engine import hide_password
from store.errors import ArchiveError
from tests.store.conftest import SqliteShelf
from tests.store.factories import make_comment, put_comments, put_source


@pytest.fixture(scope="module")
def shelf(sqlite_shelf: SqliteShelf) -> SqliteShelf:
    return sqlite_shelf


def test_open_makes_the_folder(tmp_path: Path):
    path = tmp_path / "a" / "b" / "archive.db"
    Archive.open(f"sqlite:///{path}").close()
    assert path.is_file()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mysql://ann:secret@db.example/x", "mysql://ann:***@db.example/x"),
        ("sqlite+unknown:///x.db", "sqlite+unknown:///x.db"),
        ("postgresql://ann:secret@db.example:port/x", "…@db.example:port/x"),
        ("ann:secret@db.example", "…@db.example"),
        ("", ""),
        ("archive.db", "archive.db"),
    ],
)
def test_open_refuses_a_url_it_does_not_know(url: str, shown: str):
    with pytest.raises(ArchiveError) as raised:
        Archive.open(url)
    assert str(raised.value) == (
        f"cannot open the archive: {shown!r}: this is not a database URL this program knows: "
        "give one like sqlite:////path/to/archive.db or postgresql+psycopg://user:password@host/name"
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://ann:secret@db.example:5432/x", "postgresql+psycopg://ann:***@db.example:5432/x"),
        ("postgresql+psycopg://ann:se%40ret@db.example/x", "postgresql+psycopg://ann:***@db.example/x"),
        (
            "postgresql+psycopg:///x?password=secret&sslpassword=s",
            "postgresql+psycopg:///x?password=hidden&sslpassword=hidden",
        ),
        ("sqlite:////data/archive.db", "sqlite:////data/archive.db"),
        ("nonsense ann:s@cret@db", "…@db"),
    ],
)
def test_hide_password_hides_it(url: str, shown: str):
    assert hide_password(url) == shown


def test_open_says_that_a_file_is_no_database(tmp_path: Path):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0 not a database " * 100)
    with pytest.raises(ArchiveError) as raised:
        Archive.open(f"sqlite:///{path}")
    assert str(raised.value) == (
        f"cannot use the archive: 'sqlite:///{path}': file is not a database: "
        "name another file; this one is something else"
    )
    assert path.read_bytes().startswith(b"\xff\xd8\xff\xe0")


def test_open_says_that_a_file_is_damaged(tmp_path: Path):
    path = tmp_path / "archive.db"
    Archive.open(f"sqlite:///{path}").close()
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(ArchiveError) as raised:
        Archive.open(f"sqlite:///{path}")
    assert str(raised.value) == (
        f"cannot use the archive: 'sqlite:///{path}': database disk image is malformed: "
        "restore the file from a backup, or import everything into a new one"
    )


def test_open_says_that_a_folder_cannot_be_made(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "below" / "archive.db"
    with pytest.raises(ArchiveError) as raised:
        Archive.open(f"sqlite:///{path}")
    assert str(raised.value) == (
        f"cannot open the archive: {str(path)!r}: Not a directory: name a database in a folder that may be written"
    )


def test_open_says_that_a_place_cannot_be_opened(tmp_path: Path):
    with pytest.raises(ArchiveError) as raised:
        Archive.open(f"sqlite:///{tmp_path}")
    assert str(raised.value) == (
        f"cannot use the archive: 'sqlite:///{tmp_path}': unable to open database file: "
        "check that the folder exists and may be written"
    )


def test_writing_says_that_a_file_is_read_only(database_url: str):
    # What permissions do to others: the tests may run as root, for whom there are none.
    path = database_url.removeprefix("sqlite:///")
    archive = Archive.open(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert archive.list_sources() == []
    with pytest.raises(ArchiveError) as raised:
        put_source(archive)
    assert str(raised.value) == (
        f"cannot use the archive: {archive.database.place!r}: attempt to write a readonly database: "
        "check the permissions of the file and its folder"
    )
    archive.close()


def test_open_makes_no_folder_for_a_sqlite_uri(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = database_url.removeprefix("sqlite:///")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Archive.open(f"sqlite:///file:{path}?uri=true").close()
    assert list(folder.iterdir()) == []


def test_writing_says_that_another_writes(database_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT_MS", 20)
    archive = Archive.open(database_url)
    with sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError) as raised:
            put_source(archive)
        assert str(raised.value) == (
            f"cannot use the archive: {database_url!r}: database is locked: "
            "another process is writing: try again in a moment"
        )
        # Who reads does not wait.
        assert archive.list_sources() == []
        other.execute("ROLLBACK")
    assert put_source(archive).name == "Harbour"
    archive.close()


def test_writing_says_that_the_disk_is_full(other_process: Archive):
    with other_process.database.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ArchiveError, match=r"full: free some disk space; nothing that was stored is lost$"):
        put_comments(other_process, *(make_comment(f"{number}", "long " * 1_000) for number in range(20)))
    assert [summary.comments for summary in other_process.list_sources()] == [0]


@pytest.mark.parametrize("is_replaced", [False, True])
def test_writing_says_that_the_file_is_gone(tmp_path: Path, is_replaced: bool):  # noqa: FBT001
    path, away = tmp_path / "archive.db", tmp_path / "away.db"
    archive = Archive.open(f"sqlite:///{path}")
    path.rename(away)
    if is_replaced:
        path.touch()
    with pytest.raises(ArchiveError) as raised:
        put_source(archive)
    assert str(raised.value) == (
        f"cannot use the archive: {archive.database.place!r}: the file was removed or replaced while it was in use: "
        "put it back, or a backup in its place, and run this again"
    )
    away.rename(path)
    assert put_source(archive).name == "Harbour"
    archive.close()


def test_writing_to_a_disk_that_fails_says_so(archive: Archive):
    with pytest.raises(ArchiveError) as raised, archive.database.writing():
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))
    assert str(raised.value).endswith(
        ": disk I/O error: check the disk, which may be full or failing; nothing that was stored is lost"
    )


def test_other_errors_are_ours_too(archive: Archive):
    with pytest.raises(ArchiveError) as raised, archive.database.reading() as connection:
        connection.execute(text("SELECT * FROM nowhere"))
    assert str(raised.value) == (
        f"cannot use the archive: {archive.database.place!r}: no such table: nowhere: run `harkback doctor`"
    )
    assert raised.value.__cause__ is not None


@pytest.mark.parametrize("name", ["caf\udce9", "\ud800", "\udfff" * 500])
def test_name_that_is_no_text_is_refused(archive: Archive, name: str):
    # What a file name or an argument becomes that is not in the system's encoding.
    message = f"{name[:80]!r} holds what is no character and cannot be stored: give it another name"
    for use in (archive.find_source, archive.get_source, lambda name: put_source(archive, name)):
        with pytest.raises(ArchiveError) as raised:
            use(name)
        assert str(raised.value) == f"cannot use the archive: {archive.database.place!r}: {message}"
    assert archive.list_sources() == []


def test_writing_keeps_nothing_of_what_failed(archive: Archive):
    def fail_half_way() -> None:
        with archive.database.writing() as connection:
            connection.execute(text("UPDATE archive_state SET generation = 77"))
            raise KeyError

    before = archive.searching.read_generation()
    with pytest.raises(KeyError):
        fail_half_way()
    assert archive.searching.read_generation() == before


def test_reading_sees_one_moment(archive: Archive, other_process: Archive):
    with archive.database.reading() as connection:
        count = text("SELECT count(*) FROM comment")
        before = connection.execute(count).scalar_one()
        put_comments(other_process, make_comment())
        assert (before, connection.execute(count).scalar_one()) == (0, 0)
    with archive.database.reading() as connection:
        assert connection.execute(count).scalar_one() == 1
