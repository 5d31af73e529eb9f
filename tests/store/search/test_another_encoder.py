"""A search that runs while the archive is changed to another encoder changes over by itself."""

import threading

import pytest

from embeddings.encoder import Encoder
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.encoder import KnownEncoder
from store.domain.viewer import Viewer
from store.errors import ArchiveError
from store.refresh.reindexing import reindex
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_comments, put_indexed

OTHER = HashingEncoder(dim=16)


def fill(archive: Archive, encoder: HashingEncoder) -> None:
    put_indexed(archive, encoder, make_comment("1", "Kites over the bay."), make_comment("2", "Boats below."))


def wait_loaded() -> None:
    """Wait until no model is being loaded."""
    for thread in threading.enumerate():
        if thread.name == "loading a model":
            thread.join()


def ask(searcher: Searcher) -> list[str]:
    return native_ids(searcher.search("kites", Viewer.anyone()))


def test_searcher_changes_to_the_archives_new_encoder(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    fill(archive, encoder)
    asked: list[KnownEncoder] = []

    def find_encoder(known: KnownEncoder) -> Encoder:
        asked.append(known)
        return OTHER

    searcher = Searcher(archive, encoder, find_encoder)
    assert ask(searcher) == ["1"]
    reindex(other_process, OTHER)
    assert ask(searcher) == ["1"]
    wait_loaded()
    assert (searcher.snapshot.encoder, len(searcher.snapshot.passages)) == (OTHER, 2)
    put_indexed(other_process, OTHER, make_comment("3", "Kites again."))
    assert sorted(ask(searcher)) == ["1", "3"]
    assert [known.name for known in asked] == ["hashing:16"]


def test_searcher_answers_by_the_old_encoder_until_the_new_one_is_loaded(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    fill(archive, encoder)
    may_go_on = threading.Event()

    def find_encoder(_: KnownEncoder) -> Encoder:
        may_go_on.wait()
        return OTHER

    searcher = Searcher(archive, encoder, find_encoder)
    searcher.warm_up()
    reindex(other_process, OTHER)
    put_comments(other_process, make_comment("3", "Kites again."))
    assert sorted(ask(searcher)) == ["1", "3"]
    assert searcher.snapshot.encoder is encoder
    may_go_on.set()
    wait_loaded()
    assert searcher.snapshot.encoder is OTHER


def test_comment_edited_while_the_new_encoder_is_loaded_is_quoted_as_it_is_now(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    put_indexed(archive, encoder, make_comment("1", "Kites!", author=""))
    may_go_on = threading.Event()

    def find_encoder(_: KnownEncoder) -> Encoder:
        may_go_on.wait()
        return OTHER

    searcher = Searcher(archive, encoder, find_encoder)
    searcher.warm_up()
    reindex(other_process, OTHER)
    text = "Kettles are boiling on the stove now."
    put_indexed(other_process, OTHER, make_comment("1", text, author=""))
    try:
        answer = searcher.search("kites", Viewer.anyone())
        assert searcher.snapshot.encoder is encoder
        assert [hit.excerpt.text for hit in answer.hits] == [text]
    finally:
        may_go_on.set()
    wait_loaded()


def test_searcher_answers_by_words_where_the_new_encoder_is_not_to_be_had(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    fill(archive, encoder)
    searcher = Searcher(archive, encoder)
    searcher.warm_up()
    reindex(other_process, OTHER)
    put_indexed(other_process, OTHER, make_comment("3", "Kites again."))
    for _ in range(2):
        assert sorted(ask(searcher)) == ["1", "3"]
        wait_loaded()
    assert searcher.snapshot.encoder is encoder


def test_searcher_of_an_empty_archive_takes_the_encoder_that_comes(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    searcher = Searcher(archive, encoder, lambda _: OTHER)
    assert ask(searcher) == []
    fill(other_process, OTHER)
    assert ask(searcher) == ["1"]
    wait_loaded()
    assert len(searcher.snapshot.passages) == 2


def test_searcher_tries_again_where_the_index_could_not_be_read(
    archive: Archive, other_process: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    fill(archive, encoder)
    searcher = Searcher(archive, encoder, lambda _: OTHER)
    searcher.warm_up()
    reindex(other_process, OTHER)
    read_channels = archive.searching.read_channels

    def fail_elsewhere() -> object:
        if threading.current_thread().name == "loading a model":
            raise ArchiveError
        return read_channels()

    with monkeypatch.context() as patched:
        patched.setattr(archive.searching, "read_channels", fail_elsewhere)
        ask(searcher)
        wait_loaded()
        assert searcher.snapshot.encoder is encoder
    put_comments(other_process, make_comment("3", "Gulls."))
    ask(searcher)
    wait_loaded()
    assert searcher.snapshot.encoder is OTHER
