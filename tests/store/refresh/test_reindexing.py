from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.encoder import EncoderState
from store.domain.refresh import Progress
from store.domain.viewer import Viewer
from store.errors import EncoderChangedError, ReindexError
from store.refresh import indexing, reindexing
from store.refresh.indexing import index_pending, remove_retired
from store.refresh.owner import Process
from store.refresh.reindexing import ReindexReport, ReindexState, reindex
from store.search.searcher import Searcher
from tests.store.factories import (
    CountingEncoder,
    HookedEncoder,
    KilledError,
    dump,
    dump_index,
    make_comment,
    native_ids,
    put_comments,
    put_indexed,
)
from tests.store.refresh.histories import NO_NUMBER

LONG = " ".join(f"Sentence number {number} of this long story ends here." for number in range(60))
TEXTS = [f"Text number {number}, about {'kites' * (number % 3)}." for number in range(7)]
# A process of this machine that is not there any more: no other has begun with the machine.
DEAD = Process.of(NO_NUMBER)


class OtherEncoder(CountingEncoder):
    """Another encoder than the usual one, which remembers what it was asked to encode."""

    def __init__(self, dim: int = 16) -> None:
        HashingEncoder.__init__(self, dim)
        self.calls = []


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two comments a chunk, one text a call, three rows a removal: ten comments are many steps."""
    monkeypatch.setattr(indexing, "CHUNK_COMMENTS", 2)
    monkeypatch.setattr(indexing, "_SLICE_TEXTS", 1)
    monkeypatch.setattr(indexing, "_CHUNK_ROWS", 3)


def fill(archive: Archive) -> None:
    comments = [make_comment(f"{number}", said) for number, said in enumerate(TEXTS)]
    put_indexed(archive, HashingEncoder(), *comments, make_comment("long", LONG), make_comment("again", TEXTS[0]))


def dump_all(archive: Archive) -> dict[str, Any]:
    """Give every row but when the sources were made."""
    return {name: rows for name, rows in dump(archive).items() if name != "source"}


def list_encoders(archive: Archive) -> list[tuple[str, str, str]]:
    with archive.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT name, state, owner FROM encoder ORDER BY id"))]


@contextmanager
def dying(archive: Archive, commits: int) -> Iterator[list[int]]:
    """Let the process die at its n-th commit (from 1); nothing is written any more. Gives how many were begun."""
    begun: list[int] = []

    def die(connection: Any) -> None:
        if connection.get_execution_options().get("writes"):
            begun.append(1)
            if len(begun) >= commits:
                raise KilledError

    event.listen(archive.database.engine, "commit", die)
    try:
        yield begun
    finally:
        event.remove(archive.database.engine, "commit", die)


def kill(archive: Archive, monkeypatch: pytest.MonkeyPatch, commits: int) -> None:
    """Reindex in a process that dies at its n-th commit."""
    with monkeypatch.context() as patched, dying(archive, commits):
        patched.setattr(reindexing.Process, "current", lambda: DEAD)
        with pytest.raises(KilledError):
            reindex(archive, OtherEncoder())


def test_reindex_changes_the_archive_to_another_encoder(archive: Archive):
    fill(archive)
    encoder = OtherEncoder()
    before = archive.searching.read_generation()
    report = reindex(archive, encoder)
    passages = len(dump_index(archive)["passages"])
    assert report == ReindexReport(
        "hashing:16", encoder.id.key, 9, passages, passages - 1, "", report.seconds, ReindexState.DONE
    )
    assert report.seconds >= 0
    assert archive.searching.read_generation() > before
    assert list_encoders(archive) == [("hashing:16", "active", "")]


def test_reindexed_archive_holds_what_one_made_with_the_encoder_does(make_archive: Callable[[], Archive]):
    changed, made = make_archive(), make_archive()
    fill(changed)
    reindex(changed, OtherEncoder())
    put_indexed(
        made,
        OtherEncoder(),
        *(make_comment(f"{number}", said) for number, said in enumerate(TEXTS)),
        make_comment("long", LONG),
        make_comment("again", TEXTS[0]),
    )
    assert dump_index(changed) == dump_index(made)


def test_reindex_with_the_archives_own_model_does_nothing(archive: Archive):
    fill(archive)
    before = dump(archive)
    encoder = CountingEncoder()
    report = reindex(archive, encoder)
    assert (report.state, report.embedded, report.comments) == (ReindexState.NOTHING_TO_DO, 0, 9)
    assert (dump(archive), encoder.calls) == (before, [])


def test_reindex_of_an_archive_that_was_not_indexed_yet_gives_it_the_model(archive: Archive):
    put_comments(archive, make_comment("1", "Kites."))
    assert reindex(archive, OtherEncoder()).state is ReindexState.DONE
    assert list_encoders(archive) == [("hashing:16", "active", "")]
    assert archive.indexing.count_changes() == 0


def test_reindex_of_an_archive_that_was_not_indexed_yet_is_gone_on_with_by_whoever_indexes(
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    small_steps: None,  # noqa: ARG001
):
    put_comments(archive, *(make_comment(f"{number}", said) for number, said in enumerate(TEXTS)))
    kill(archive, monkeypatch, 6)
    assert list_encoders(archive) == [("hashing:16", "active", DEAD.name)]
    assert index_pending(archive, OtherEncoder) == len(TEXTS) - 2
    assert reindex(archive, OtherEncoder()).state is ReindexState.NOTHING_TO_DO
    assert list_encoders(archive) == [("hashing:16", "active", "")]
    assert archive.indexing.count_passages(OtherEncoder().id.key) == len(TEXTS)


def test_reindex_with_the_archives_own_model_follows_what_waits(archive: Archive):
    fill(archive)
    put_comments(archive, make_comment("new", "New now."))
    report = reindex(archive, HashingEncoder())
    assert (report.state, report.embedded) == (ReindexState.DONE, 1)
    assert archive.indexing.count_changes() == 0


def test_reindex_tells_how_far_it_is(archive: Archive, small_steps: None):  # noqa: ARG001
    fill(archive)
    told: list[Progress] = []
    reindex(archive, OtherEncoder(), told.append)
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert {(progress.stage, progress.total) for progress in told} == {("embedding", 9)}
    assert told[-1].done == 9


# As many runs as there are writes.
@pytest.mark.timeout(300)
def test_reindex_killed_at_any_commit_and_run_again_equals_one_run(
    make_archive: Callable[[], Archive],
    monkeypatch: pytest.MonkeyPatch,
    small_steps: None,  # noqa: ARG001
):
    whole = make_archive()
    fill(whole)
    with dying(whole, 10_000) as begun:
        reindex(whole, OtherEncoder())
    expected = dump_all(whole)
    assert len(begun) > 12
    for commits in range(1, len(begun) + 1):
        killed = make_archive()
        fill(killed)
        kill(killed, monkeypatch, commits)
        report = reindex(killed, OtherEncoder())
        assert dump_all(killed) == expected, commits
        assert report.passages == len(expected["passage"])


def test_reindex_killed_again_and_again_comes_to_its_end(
    make_archive: Callable[[], Archive],
    monkeypatch: pytest.MonkeyPatch,
    small_steps: None,  # noqa: ARG001
):
    whole, killed = make_archive(), make_archive()
    for archive in (whole, killed):
        fill(archive)
    for _ in range(4):
        # One chunk more each time.
        kill(killed, monkeypatch, 4)
    reindex(killed, OtherEncoder())
    reindex(whole, OtherEncoder())
    assert dump_all(killed) == dump_all(whole)


def test_reindex_run_again_embeds_nothing_twice(
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    small_steps: None,  # noqa: ARG001
):
    fill(archive)
    # The first commit takes it, three each are of two chunks, and the third chunk dies as it is written.
    kill(archive, monkeypatch, 9)
    encoder = OtherEncoder()
    report = reindex(archive, encoder)
    assert report.embedded == len(encoder.encoded)
    assert {f"Ann: {said}" for said in TEXTS[:4]} & {*encoder.encoded} == set()
    assert len(encoder.encoded) == len(dump_index(archive)["vectors"]) - 4


def test_reindex_that_was_stopped_by_hand_is_free_for_others(archive: Archive):
    fill(archive)

    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(archive, OtherEncoder(), stop)
    assert list_encoders(archive) == [("hashing", "active", ""), ("hashing:16", "building", "")]


def test_answers_stay_those_of_the_old_model_until_all_is_done(archive: Archive, other_process: Archive):
    fill(archive)
    old = HashingEncoder()
    searcher = Searcher(archive, old, lambda _: None)
    expected = searcher.search(Asked("kites"), Viewer.anyone())
    seen = []

    def look(_: Progress) -> None:
        if not seen:
            put_comments(other_process, make_comment("new", "Something else altogether."))
        seen.append(searcher.search(Asked("kites"), Viewer.anyone()))
        assert searcher.live.snapshot.encoder is old
        assert len(searcher.live.snapshot.passages) == len(dump_index_of(other_process, old.id.key))
        fresh = Searcher(other_process, OtherEncoder()).live.snapshot
        # Half of what is being made answers nobody.
        assert len(fresh.passages) == 0

    reindex(archive, OtherEncoder(), look)
    assert seen
    assert all(native_ids(answer) == native_ids(expected) for answer in seen)


def dump_index_of(archive: Archive, key: str) -> list[Any]:
    with archive.database.reading() as connection:
        statement = "SELECT passage.id FROM passage JOIN encoder ON encoder.id = encoder_id WHERE key = :key"
        return list(connection.execute(text(statement), {"key": key}))


def test_comments_changed_meanwhile_are_followed_by_both(archive: Archive, other_process: Archive):
    fill(archive)
    source = archive.get_source("Harbour")
    old = HashingEncoder()

    def refresh() -> None:
        put_comments(other_process, make_comment("1", "Edited now."), make_comment("new", "New now."))
        other_process.delete_comments(source, ["2"])
        assert index_pending(other_process, lambda: old) == 3

    class Hooked(HookedEncoder):
        def __init__(self) -> None:
            OtherEncoder.__init__(self)
            self._hooks = [refresh]

    reindex(archive, Hooked())
    held = dump_index(archive)
    assert held["pending"] == []
    assert sorted({native_id for native_id, *_ in held["passages"]}) == [
        "0",
        "1",
        "3",
        "4",
        "5",
        "6",
        "again",
        "long",
        "new",
    ]
    assert {key for key, *_ in held["vectors"]} == {OtherEncoder().id.key}
    assert Searcher(archive, OtherEncoder()).search(Asked("edited"), Viewer.anyone()).total >= 1


def test_refresh_that_indexes_while_the_archive_is_switched_goes_on_with_the_new_model(
    archive: Archive, other_process: Archive
):
    fill(archive)
    put_comments(archive, make_comment("new", "New now."))

    def get_encoder() -> HashingEncoder:
        active = archive.indexing.find_active_encoder()
        assert active is not None
        return (
            OtherEncoder()
            if active.name == "hashing:16"
            else HookedEncoder(lambda: reindex(other_process, OtherEncoder()))
        )

    index_pending(archive, get_encoder)
    assert archive.indexing.count_changes() == 0
    assert {key for key, *_ in dump_index(archive)["vectors"]} == {OtherEncoder().id.key}


def test_refresh_with_an_encoder_that_is_not_the_archives_is_refused(archive: Archive):
    fill(archive)
    reindex(archive, OtherEncoder())
    put_comments(archive, make_comment("new", "New now."))
    with pytest.raises(EncoderChangedError, match="it is indexed with 'hashing@1:16:words'"):
        index_pending(archive, HashingEncoder)
    assert archive.indexing.count_changes() == 1


def test_reindex_while_another_is_at_it_is_refused(archive: Archive, other_process: Archive):
    fill(archive)
    refused: list[str] = []

    def try_too(_: Progress) -> None:
        for encoder in (OtherEncoder(), OtherEncoder(dim=24), HashingEncoder()):
            with pytest.raises(ReindexError) as raised:
                reindex(other_process, encoder, gives_up_other=True)
            refused.append(str(raised.value))

    reindex(archive, OtherEncoder(), try_too)
    [building] = {*refused}
    assert building.startswith(f"cannot reindex the archive: {archive.database.place!r}: {Process.current().name} has ")
    assert " has been changing it to 'hashing:16' since " in building
    assert building.endswith(" UTC: wait until it ends, or stop it")
    assert list_encoders(archive) == [("hashing:16", "active", "")]


def test_reindex_of_a_process_that_died_is_taken_over_at_once(archive: Archive):
    fill(archive)
    archive.indexing.begin_reindex(OtherEncoder().id.key, "hashing:16", DEAD)
    assert list_encoders(archive)[1] == ("hashing:16", "building", DEAD.name)
    assert reindex(archive, OtherEncoder()).state is ReindexState.DONE


def test_reindex_that_was_taken_for_dead_goes_on_no_more(
    archive: Archive, other_process: Archive, monkeypatch: pytest.MonkeyPatch
):
    fill(archive)
    monkeypatch.setattr(reindexing, "NOTE_SECONDS", 0.0)

    def take_over(_: Progress) -> None:
        with other_process.database.writing() as connection:
            connection.execute(text("UPDATE encoder SET owner = 'process 2 on elsewhere (3)' WHERE state = 'building'"))

    with pytest.raises(ReindexError, match="this process was silent for so long that another took over"):
        reindex(archive, OtherEncoder(), take_over)
    # It is not ours to free.
    assert list_encoders(archive)[1] == ("hashing:16", "building", "process 2 on elsewhere (3)")


def test_reindex_with_another_model_than_the_one_half_done_is_refused(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
):
    fill(archive)
    kill(archive, monkeypatch, 3)
    before = dump(archive)
    for encoder in (OtherEncoder(dim=24), HashingEncoder()):
        with pytest.raises(ReindexError) as raised:
            reindex(archive, encoder)
        assert str(raised.value) == (
            f"cannot reindex the archive: {encoder.name!r}: what 'hashing:16' makes is half done: go on with "
            "`harkback reindex --model hashing:16`, or give that up with --instead"
        )
    assert dump(archive) == before


def test_reindex_instead_gives_up_what_was_half_done(
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    small_steps: None,  # noqa: ARG001
):
    fill(archive)
    kill(archive, monkeypatch, 4)
    reindex(archive, OtherEncoder(dim=24), gives_up_other=True)
    held = dump_index(archive)
    assert list_encoders(archive) == [("hashing:24", "active", "")]
    assert ({key for key, *_ in held["vectors"]}, held["pending"]) == ({"hashing@1:24:words"}, [])
    with archive.database.reading() as connection:
        assert connection.scalar(text("SELECT count(DISTINCT encoder_id) FROM passage")) == 1


def test_reindex_with_the_own_model_instead_gives_up_what_was_half_done(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
):
    fill(archive)
    before = dump_index(archive)
    kill(archive, monkeypatch, 3)
    report = reindex(archive, HashingEncoder(), gives_up_other=True)
    assert (report.state, report.embedded, report.gave_up) == (ReindexState.DONE, 0, "hashing:16")
    assert (dump_index(archive), list_encoders(archive)) == (before, [("hashing", "active", "")])


def test_reindex_back_to_a_model_of_which_something_is_left(
    make_archive: Callable[[], Archive],
    monkeypatch: pytest.MonkeyPatch,
    small_steps: None,  # noqa: ARG001
):
    archive, fresh = make_archive(), make_archive()
    for one in (archive, fresh):
        fill(one)
    # It dies right after the switch, and after some of what was there is removed.
    with dying(fresh, 10_000) as begun:
        reindex(fresh, OtherEncoder())
    kill(archive, monkeypatch, len(begun) - 4)
    assert [state for _, state, _ in list_encoders(archive)] == ["retired", "active"]
    expected = dump_index(fresh)["passages"]
    reindex(archive, HashingEncoder())
    held = dump_index(archive)
    assert [passage[:3] for passage in held["passages"]] == [passage[:3] for passage in expected]
    assert ({key for key, *_ in held["vectors"]}, held["pending"]) == ({HashingEncoder().id.key}, [])
    assert list_encoders(archive) == [("hashing", "active", "")]


def test_refresh_removes_what_a_killed_reindex_left(
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    small_steps: None,  # noqa: ARG001
):
    fill(archive)
    commits = 1
    while [state for _, state, _ in list_encoders(archive)] != ["retired", "active"]:
        commits += 1
        kill(archive, monkeypatch, commits)
    assert index_pending(archive, HashingEncoder) == 0
    held = dump_index(archive)
    assert {key for key, *_ in held["vectors"]} == {OtherEncoder().id.key}
    assert [name for name, *_ in list_encoders(archive)] == ["hashing:16"]


def test_removing_what_is_left_writes_nothing_where_nothing_is(archive: Archive):
    fill(archive)
    with dying(archive, 1) as begun:
        remove_retired(archive)
    assert begun == []


def test_what_is_given_up_meanwhile_is_not_switched_to(archive: Archive):
    fill(archive)
    other = OtherEncoder(dim=24)

    def give_up(_: Progress) -> None:
        archive.indexing.begin_reindex(other.id.key, other.name, Owner(), gives_up_other=True)

    class Owner:
        name = "process 2 on elsewhere (3)"

        def is_alive(self, *_: object) -> bool:
            return False

    with pytest.raises(EncoderChangedError):
        reindex(archive, OtherEncoder(), give_up)
    active = archive.indexing.find_active_encoder()
    assert active is not None
    assert (active.name, active.state) == ("hashing", EncoderState.ACTIVE)
