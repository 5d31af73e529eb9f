from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store.archive import Archive
from store.errors import ArchiveError
from tests.store.conftest import SqliteShelf
from tests.store.factories import make_comment, put_comments, put_source


@pytest.fixture(scope="module")
def shelf(sqlite_shelf: SqliteShelf) -> SqliteShelf:
    return sqlite_shelf


def pragma(archive: Archive, name: str) -> object:
    with archive.database.reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


@pytest.mark.parametrize(
    ("name", "value"),
    # synchronous 1 is NORMAL: with a write-ahead log, a power cut may lose the latest writes but damages nothing.
    [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 1), ("busy_timeout", 30_000), ("secure_delete", 1)],
)
def test_connections_are_set_up(archive: Archive, name: str, value: object):
    assert pragma(archive, name) == value


def test_close_leaves_one_file(tmp_path: Path):
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    put_comments(archive, make_comment())
    archive.close()
    assert list(tmp_path.iterdir()) == [tmp_path / "archive.db"]


def test_writing_takes_the_lock_before_it_reads(archive: Archive, other_process: Archive):
    # One that reads first and writes later would be refused when somebody else wrote between.
    before = archive.searching.read_generation()
    with archive.database.writing() as connection:
        assert connection.execute(text("SELECT count(*) FROM source")).scalar_one() == 0
        with other_process.database.reading() as other:
            assert other.execute(text("SELECT count(*) FROM source")).scalar_one() == 0
        connection.execute(text("UPDATE archive_state SET generation = generation + 5"))
        assert other_process.searching.read_generation() == before
    assert other_process.searching.read_generation() == before + 5


def test_foreign_keys_are_held(archive: Archive):
    put_comments(archive, make_comment())
    with pytest.raises(ArchiveError) as raised, archive.database.writing() as connection:
        connection.execute(text("DELETE FROM source"))
    assert isinstance(raised.value.__cause__, IntegrityError)
    assert [summary.comments for summary in archive.list_sources()] == [1]


def test_words_and_comments_are_written_together(archive: Archive):
    source = put_comments(archive, make_comment("1"), make_comment("2"))
    archive.delete_comments(source, ["1"])
    with archive.database.reading() as connection:
        assert connection.execute(text("SELECT rowid FROM comment_words")).all() == [(2,)]
        assert connection.execute(text("SELECT id FROM comment")).all() == [(2,)]


def test_word_index_is_sound_after_edits_and_deletions(archive: Archive):
    source = put_source(archive)
    for turn in range(3):
        put_comments(archive, *(make_comment(f"{number}", f"turn {turn} of {number}") for number in range(20)))
        archive.delete_comments(source, [f"{number}" for number in range(turn, 20, 3)])
    with archive.database.writing() as connection:
        # Raises where the index and what it indexes differ.
        connection.execute(text("INSERT INTO comment_words (comment_words) VALUES ('integrity-check')"))
        indexed = connection.execute(text("SELECT count(*) FROM comment_words")).scalar_one()
    assert indexed == archive.list_sources()[0].comments


def test_in_memory_archive_can_be_opened():
    archive = Archive.open("sqlite:///:memory:")
    put_comments(archive, make_comment())
    assert [summary.comments for summary in archive.list_sources()] == [1]
    archive.close()
