"""A search that starts from the file beside the archive knows what one knows that read everything."""

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embeddings.hashing import HashingEncoder
from embeddings.two_steps import TwoStepIndex
from store.archive import Archive
from store.db.index_file import IndexFile
from store.refresh.indexing import index_pending
from store.repositories.searching import IndexUpdate, Searching
from store.search import index, vectors
from store.search.index import SearchIndex
from tests.store.factories import make_comment, put_comments, put_indexed
from tests.store.search.making import assert_same

_COUNT = 40


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "EXACT_ROWS", 5)
    monkeypatch.setattr(index, "_FEW_NEW", 10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive.db.index"


GiveFile = Callable[[Archive], None]


@pytest.fixture
def give_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> GiveFile:
    """Let an archive have a file."""

    def give(archive: Archive) -> None:
        monkeypatch.setattr(archive, "index_file", IndexFile(folder))
        monkeypatch.setattr(archive.purging, "_index_file", IndexFile(folder))

    return give


@pytest.fixture
def large(archive: Archive, encoder: HashingEncoder, give_file: GiveFile) -> Archive:
    """An archive with a file beside it."""
    give_file(archive)
    put_indexed(archive, encoder, *(make_comment(f"{number}", f"gull {number}") for number in range(_COUNT)))
    SearchIndex(archive, encoder).follow()
    assert archive.index_file.identify()
    return archive


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[IndexUpdate]:
    """What was read from the archive, each time."""
    read: list[IndexUpdate] = []
    read_index = Searching.read_index

    def note(*given: object, **named: object) -> IndexUpdate:
        read.append(read_index(*given, **named))  # type: ignore[arg-type]
        return read[-1]

    monkeypatch.setattr(Searching, "read_index", note)
    return read


def follow_without_file(archive: Archive, encoder: HashingEncoder) -> index.Snapshot:
    before = archive.index_file
    archive.index_file = IndexFile(None)
    snapshot = SearchIndex(archive, encoder).follow()
    archive.index_file = before
    return snapshot


def test_search_starts_from_the_file(large: Archive, encoder: HashingEncoder, updates: list[IndexUpdate]):
    snapshot = SearchIndex(large, encoder).follow()
    assert [(update.is_whole, len(update.places), len(update.passages)) for update in updates] == [(False, 0, 0)]
    assert isinstance(snapshot.vectors, TwoStepIndex)
    assert_same(snapshot, follow_without_file(large, encoder))


def test_search_takes_in_what_came_and_went_since_the_file_was_written(
    large: Archive, encoder: HashingEncoder, updates: list[IndexUpdate]
):
    source = put_indexed(large, encoder, make_comment("7", "an edited gull"), make_comment("new", "kettle"))
    large.delete_comments(source, ["8", "9"])
    put_comments(large, make_comment("unembedded", "harbour"))
    followed = SearchIndex(large, encoder)
    snapshot = followed.follow()
    assert [(update.is_whole, len(update.passages)) for update in updates] == [(False, 2)]
    assert_same(snapshot, follow_without_file(large, encoder))
    index_pending(large, lambda: encoder)
    assert_same(followed.follow(), follow_without_file(large, encoder))


def test_file_is_written_anew_when_much_is_not_in_it(large: Archive, encoder: HashingEncoder):
    before, followed = large.index_file.identify(), SearchIndex(large, encoder)
    put_indexed(large, encoder, *(make_comment(f"few{number}", "kettle") for number in range(10)))
    followed.follow()
    assert large.index_file.identify() == before
    put_indexed(large, encoder, *(make_comment(f"more{number}", "harbour") for number in range(2)))
    snapshot = followed.follow()
    assert large.index_file.identify() != before
    contents = large.index_file.read()
    assert contents is not None
    assert (contents.version, len(contents.passages)) == (snapshot.version, _COUNT + 12)
    assert_same(snapshot, follow_without_file(large, encoder))


def test_file_is_written_anew_when_much_in_it_is_gone(large: Archive, encoder: HashingEncoder):
    followed = SearchIndex(large, encoder)
    followed.follow()
    large.delete_comments(large.get_source("Harbour"), [f"{number}" for number in range(20)])
    snapshot = followed.follow()
    contents = large.index_file.read()
    assert contents is not None
    assert (len(contents.passages), len(contents.places)) == (_COUNT - 20, _COUNT - 20)
    assert_same(snapshot, follow_without_file(large, encoder))


def test_search_takes_up_the_file_that_another_process_wrote(
    large: Archive, encoder: HashingEncoder, updates: list[IndexUpdate]
):
    one, other = SearchIndex(large, encoder), SearchIndex(large, encoder)
    one.follow()
    other.follow()
    put_indexed(large, encoder, *(make_comment(f"new{number}", "kettle") for number in range(20)))
    one.follow()
    del updates[:]
    snapshot = other.follow()
    assert [(update.is_whole, len(update.passages)) for update in updates] == [(False, 0)]
    assert other._held.in_file == _COUNT + 20
    assert_same(snapshot, one.snapshot)


def test_small_archives_have_no_file(archive: Archive, encoder: HashingEncoder, folder: Path, give_file: GiveFile):
    give_file(archive)
    put_indexed(archive, encoder, *(make_comment(f"{number}", "gull") for number in range(5)))
    SearchIndex(archive, encoder).follow()
    assert not folder.exists()


def test_search_leaves_a_file_of_another_encoder_alone(large: Archive):
    other = HashingEncoder(64)
    before = large.index_file.identify()
    snapshot = SearchIndex(large, other).follow()
    assert (len(snapshot.places), len(snapshot.passages)) == (_COUNT, 0)
    assert large.index_file.identify() == before


def test_search_reads_everything_where_the_file_is_damaged(large: Archive, encoder: HashingEncoder):
    path = large.index_file.path
    path.write_bytes(path.read_bytes()[:-1])
    assert_same(SearchIndex(large, encoder).follow(), follow_without_file(large, encoder))
    assert large.index_file.read() is not None


def put_another(archive: Archive, encoder: HashingEncoder) -> None:
    """Put as many comments as another archive has, in as many steps."""
    put_indexed(archive, encoder, *(make_comment(f"{number}", f"kettle {number}") for number in range(_COUNT)))


def put_others(archive: Archive, encoder: HashingEncoder) -> None:
    """Put other comments than another archive has."""
    for number in range(_COUNT):
        put_indexed(archive, encoder, make_comment(f"{number}", f"kettle {number}"))


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("put", [put_another, put_others])
def test_search_does_not_take_another_archives_file_for_its_own(
    make_archive: Callable[[], Archive],
    encoder: HashingEncoder,
    give_file: GiveFile,
    put: Callable[[Archive, HashingEncoder], None],
    caplog: pytest.LogCaptureFixture,
):
    other = make_archive()
    put(other, encoder)
    give_file(other)
    with caplog.at_level(logging.WARNING):
        snapshot = SearchIndex(other, encoder).follow()
    assert_same(snapshot, follow_without_file(other, encoder))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    contents = other.index_file.read()
    assert contents is not None
    assert (
        contents.vectors.take(snapshot.passages[:1, 0] - 1).tobytes()
        in other.searching.read_passages(encoder.id.key, [1])[1]
    )


def test_search_takes_no_file_of_what_was_written_after_a_backup(
    large: Archive,
    make_archive: Callable[[], Archive],
    copy_archive: Callable[[Archive, Archive], None],
    encoder: HashingEncoder,
    give_file: GiveFile,
):
    backup = make_archive()
    copy_archive(large, backup)
    put_indexed(large, encoder, *(make_comment(f"after{number}", "kettle") for number in range(20)))
    SearchIndex(large, encoder).follow()
    # As many came after the backup was put back, and other ones.
    put_indexed(backup, encoder, *(make_comment(f"other{number}", "harbour") for number in range(20)))
    give_file(backup)
    assert_same(SearchIndex(backup, encoder).follow(), follow_without_file(backup, encoder))


def test_search_goes_on_in_memory_where_no_file_can_be_written(
    archive: Archive, encoder: HashingEncoder, folder: Path, give_file: GiveFile, caplog: pytest.LogCaptureFixture
):
    folder.write_text("in the way")
    give_file(archive)
    put_indexed(archive, encoder, *(make_comment(f"{number}", "gull") for number in range(_COUNT)))
    followed = SearchIndex(archive, encoder)
    with caplog.at_level(logging.WARNING):
        assert_same(followed.follow(), follow_without_file(archive, encoder))
        put_indexed(archive, encoder, make_comment("new", "kettle"))
        assert_same(followed.follow(), follow_without_file(archive, encoder))
    # Told once: it is not tried at each change.
    assert [f"cannot write the index file: {folder}" in record.getMessage() for record in caplog.records] == [True]


def test_search_goes_on_with_the_file_it_has_when_the_disk_is_full(
    large: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    followed = SearchIndex(large, encoder)
    followed.follow()
    put_indexed(large, encoder, *(make_comment(f"new{number}", "kettle") for number in range(20)))

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = large.index_file.identify()
    monkeypatch.setattr(os, "fsync", fail)
    assert_same(followed.follow(), follow_without_file(large, encoder))
    assert large.index_file.identify() == before


def test_nothing_of_what_was_removed_stays_in_the_file(large: Archive, encoder: HashingEncoder):
    followed = SearchIndex(large, encoder)
    followed.follow()
    snapshot = followed.snapshot
    passage = int(snapshot.passages[snapshot.find_rows(np.array([8]))[0], 0])
    data = large.searching.read_passages(encoder.id.key, [passage])[passage][3]
    assert data in large.index_file.path.read_bytes()
    large.delete_comments(large.get_source("Harbour"), ["7"])

    assert large.purging.erase_traces()

    contents = large.index_file.read()
    assert contents is not None
    assert 8 not in contents.passages[:, 1]
    assert 8 not in contents.places[:, 0]
    assert data not in large.index_file.path.read_bytes()
    # Who had the file before goes on with the one there is.
    assert_same(followed.follow(), follow_without_file(large, encoder))
    assert_same(SearchIndex(large, encoder).follow(), follow_without_file(large, encoder))


def test_file_is_not_written_with_what_is_removed_meanwhile(
    large: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    put_indexed(large, encoder, *(make_comment(f"new{number}", "kettle") for number in range(20)))
    before, write = large.index_file.identify(), IndexFile._replace

    def remove_first(*given: object) -> bool:
        large.delete_comments(large.get_source("Harbour"), ["7"])
        return write(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(IndexFile, "_replace", remove_first)
        SearchIndex(large, encoder).follow()
    assert large.index_file.identify() == before
