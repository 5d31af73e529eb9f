"""A search that runs while the archive is changed to another encoder changes over by itself."""

import threading
from collections.abc import Callable

import pytest

from embeddings.encoder import Encoder
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.encoder import KnownEncoder
from store.domain.viewer import Viewer
from store.errors import ArchiveError
from store.refresh.reindexing import reindex
from store.repositories.searching import IndexUpdate, Searching
from store.search import live_index
from store.search.index import SearchIndex, Snapshot
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_comments, put_indexed

OTHER, THIRD = HashingEncoder(dim=16), HashingEncoder(dim=24)


def fill(archive: Archive, encoder: HashingEncoder) -> None:
    put_indexed(archive, encoder, make_comment("1", "Kites over the bay."), make_comment("2", "Boats below."))


def wait_loaded() -> None:
    """Wait until no model is being loaded."""
    for thread in threading.enumerate():
        if thread.name == "loading a model":
            thread.join()


def ask(searcher: Searcher) -> list[str]:
    return native_ids(searcher.search(Asked("kites"), Viewer.anyone()))


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
    assert (searcher.live.snapshot.encoder, len(searcher.live.snapshot.passages)) == (OTHER, 2)
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
    searcher.live.warm_up()
    reindex(other_process, OTHER)
    put_comments(other_process, make_comment("3", "Kites again."))
    assert sorted(ask(searcher)) == ["1", "3"]
    assert searcher.live.snapshot.encoder is encoder
    may_go_on.set()
    wait_loaded()
    assert searcher.live.snapshot.encoder is OTHER


def test_comment_edited_while_the_new_encoder_is_loaded_is_quoted_as_it_is_now(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    put_indexed(archive, encoder, make_comment("1", "Kites!", author=""))
    may_go_on = threading.Event()

    def find_encoder(_: KnownEncoder) -> Encoder:
        may_go_on.wait()
        return OTHER

    searcher = Searcher(archive, encoder, find_encoder)
    searcher.live.warm_up()
    reindex(other_process, OTHER)
    text = "Kettles are boiling on the stove now."
    put_indexed(other_process, OTHER, make_comment("1", text, author=""))
    try:
        answer = searcher.search(Asked("kites"), Viewer.anyone())
        assert searcher.live.snapshot.encoder is encoder
        assert [hit.excerpt.text for hit in answer.hits] == [text]
    finally:
        may_go_on.set()
    wait_loaded()


def test_searcher_answers_by_words_where_the_new_encoder_is_not_to_be_had(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    fill(archive, encoder)
    searcher = Searcher(archive, encoder)
    searcher.live.warm_up()
    assert not searcher.live.is_by_words_alone
    reindex(other_process, OTHER)
    put_indexed(other_process, OTHER, make_comment("3", "Kites again."))
    for _ in range(2):
        assert sorted(ask(searcher)) == ["1", "3"]
        wait_loaded()
    assert searcher.live.snapshot.encoder is encoder
    assert searcher.live.is_by_words_alone


def test_searcher_of_an_empty_archive_takes_the_encoder_that_comes(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    searcher = Searcher(archive, encoder, lambda _: OTHER)
    assert ask(searcher) == []
    fill(other_process, OTHER)
    assert ask(searcher) == ["1"]
    wait_loaded()
    assert len(searcher.live.snapshot.passages) == 2


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits before it tries to change to an encoder again."""
    monkeypatch.setattr(live_index, "_AGAIN_SECONDS", 0.0)


def fail_to_read(archive: Archive, monkeypatch: pytest.MonkeyPatch, is_hit: Callable[[], bool]) -> None:
    """Let what threads read that load a model fail where it is hit."""
    read_channels = archive.searching.read_channels

    def read() -> object:
        if threading.current_thread().name == "loading a model" and is_hit():
            raise ArchiveError("cannot use the archive: it is away")
        return read_channels()

    monkeypatch.setattr(archive.searching, "read_channels", read)


@pytest.mark.usefixtures("impatient")
def test_searcher_tries_again_where_the_index_could_not_be_read(
    archive: Archive, other_process: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    fill(archive, encoder)
    searcher = Searcher(archive, encoder, lambda _: OTHER)
    searcher.live.warm_up()
    reindex(other_process, OTHER)
    fails = [True]
    fail_to_read(archive, monkeypatch, lambda: bool(fails) and fails.pop())
    searcher.live.follow()
    wait_loaded()
    assert (searcher.live._current[0].encoder, fails) == (encoder, [])
    # Nothing is written meanwhile.
    searcher.live.follow()
    wait_loaded()
    assert searcher.live.snapshot.encoder is OTHER


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("error", [RuntimeError("a mistake in a library"), MemoryError()])
def test_searcher_tries_again_whatever_went_wrong(
    archive: Archive, other_process: Archive, encoder: HashingEncoder, error: Exception
):
    fill(archive, encoder)
    errors = [error]
    told: list[tuple[Exception, float]] = []

    def find_encoder(_: KnownEncoder) -> Encoder:
        if errors:
            raise errors.pop()
        return OTHER

    searcher = Searcher(archive, encoder, find_encoder, on_trouble=lambda *given: told.append(given))
    searcher.live.warm_up()
    reindex(other_process, OTHER)
    for _ in range(2):
        searcher.live.follow()
        wait_loaded()
    assert (searcher.live.snapshot.encoder, told) == (OTHER, [(error, 0.0)])


def test_searcher_waits_longer_each_time_before_it_tries_again(
    archive: Archive, other_process: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    fill(archive, encoder)
    now, pauses = [0.0], []
    monkeypatch.setattr(live_index.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(live_index, "_MAX_AGAIN_SECONDS", 12.0)

    def fail(_: KnownEncoder) -> Encoder:
        raise RuntimeError

    searcher = Searcher(archive, encoder, fail, on_trouble=lambda _, seconds: pauses.append(seconds))
    searcher.live.warm_up()
    reindex(other_process, OTHER)
    for at in (0.0, 4.9, 5.0, 14.9, 15.0, 26.9, 27.0):
        now[0] = at
        searcher.live.follow()
        wait_loaded()
    assert pauses == [5.0, 10.0, 12.0, 12.0]


@pytest.mark.usefixtures("impatient")
def test_searcher_takes_the_new_encoder_once_it_is_to_be_had(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    fill(archive, encoder)
    there: list[Encoder] = []
    searcher = Searcher(archive, encoder, lambda _: there[0] if there else None)
    searcher.live.warm_up()
    reindex(other_process, OTHER)
    for _ in range(2):
        searcher.live.follow()
        wait_loaded()
    assert (searcher.live._current[0].encoder, len(searcher.live._current[0].passages)) == (encoder, 0)
    there.append(OTHER)
    searcher.live.follow()
    wait_loaded()
    assert (searcher.live.snapshot.encoder, len(searcher.live.snapshot.passages)) == (OTHER, 2)


def count_whole(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often all of an archive is read."""
    counted = [0]
    read_index = Searching.read_index

    def read(*given: object, **named: object) -> IndexUpdate:
        update = read_index(*given, **named)  # type: ignore[arg-type]
        counted[0] += update.is_whole
        return update

    monkeypatch.setattr(Searching, "read_index", read)
    return counted


@pytest.mark.usefixtures("impatient")
def test_searcher_without_the_archives_encoder_reads_the_archive_once(
    archive: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    fill(archive, OTHER)
    asked: list[str] = []
    whole = count_whole(monkeypatch)

    def find_encoder(known: KnownEncoder) -> None:
        asked.append(known.name)

    searcher = Searcher(archive, encoder, find_encoder, wanted=OTHER.id.key)
    for _ in range(3):
        searcher.live.follow()
        wait_loaded()
    assert (asked, whole) == (["hashing:16"] * 3, [1])


def test_searcher_does_not_look_at_once_for_an_encoder_that_was_just_missing(archive: Archive, encoder: HashingEncoder):
    fill(archive, OTHER)
    asked: list[KnownEncoder] = []
    searcher = Searcher(archive, encoder, asked.append, wanted=OTHER.id.key)  # type: ignore[func-returns-value]
    assert ask(searcher) == ["1"]
    wait_loaded()
    assert asked == []


@pytest.mark.usefixtures("impatient")
def test_searcher_keeps_the_newest_encoder_where_an_older_one_fails_late(
    archive: Archive, other_process: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    fill(archive, encoder)
    may_go_on = {OTHER.id.key: threading.Event(), THIRD.id.key: threading.Event()}
    asked: list[str] = []
    loading = threading.local()

    def find_encoder(known: KnownEncoder) -> Encoder:
        asked.append(known.name)
        may_go_on[known.key].wait()
        loading.is_other = known.key == OTHER.id.key
        return OTHER if loading.is_other else THIRD

    fail_to_read(archive, monkeypatch, lambda: loading.is_other)
    searcher = Searcher(archive, encoder, find_encoder)
    searcher.live.warm_up()
    for one in (OTHER, THIRD):
        reindex(other_process, one)
        searcher.live.follow()
    older = next(thread for thread in threading.enumerate() if thread.name == "loading a model")
    may_go_on[OTHER.id.key].set()
    older.join()
    may_go_on[THIRD.id.key].set()
    wait_loaded()
    assert (searcher.live._current[0].encoder, asked) == (THIRD, ["hashing:16", "hashing:24"])


@pytest.mark.parametrize("is_first_change", [True, False])
def test_searcher_sees_a_change_of_encoder_while_it_reads(
    archive: Archive,
    other_process: Archive,
    encoder: HashingEncoder,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_first_change: bool,
):
    fill(archive, encoder)
    encoders = {one.id.key: one for one in (OTHER, THIRD)}
    searcher = Searcher(archive, encoder, lambda known: encoders[known.key])
    searcher.live.warm_up()
    if is_first_change:
        put_comments(other_process, make_comment("3", "Gulls."))
    else:
        reindex(other_process, OTHER)
    changes = [THIRD]
    follow = SearchIndex.follow

    def change_first(index: SearchIndex) -> Snapshot:
        if changes and index.encoder is (encoder if is_first_change else OTHER):
            reindex(other_process, changes.pop())
        return follow(index)

    monkeypatch.setattr(SearchIndex, "follow", change_first)
    searcher.live.follow()
    wait_loaded()
    searcher.live.follow()
    wait_loaded()
    assert searcher.live._current[0].encoder is THIRD
