"""What is in memory follows what any process writes; and while it lags, nothing is shown that may not be."""

import random
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db import changes
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.comment import Comment
from store.domain.viewer import PUBLIC, Viewer, Visibility
from store.errors import ArchiveError
from store.refresh.indexing import index_pending
from store.refresh.plan import fingerprint
from store.repositories.searching import Searching
from store.search import following, index
from store.search.following import Follower
from store.search.index import SearchIndex
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_comments, put_indexed
from tests.store.search.making import assert_same
from tests.store.search.test_index import LONG
from tests.waiting import PATIENCE_SECONDS, wait_until

_WORDS = ("zeppelin", "harbour", "kettle", "gull", LONG, "")


class Writer:
    """Writes to an archive what chance says: new, edited, moved and deleted comments; indexed or not."""

    def __init__(self, archive: Archive, encoder: HashingEncoder, seed: int) -> None:
        self._archive, self._encoder, self._drawn = archive, encoder, random.Random(seed)
        self._source = archive.put_source("Harbour", "jsonl", "/harbour.jsonl", None)

    def write(self) -> None:
        kinds = (self._put, self._put, self._delete, self._index, self._index, self._retitle, self._log, self._empty)
        self._drawn.choice(kinds)()

    def _put(self) -> None:
        comments = [self._make() for _ in range(self._drawn.randint(1, 6))]
        by_id = {comment.native_id: (comment, fingerprint(comment)) for comment in comments}
        self._archive.put_comments(self._source, list(by_id.values()))

    def _make(self) -> Comment:
        drawn = self._drawn
        return make_comment(
            str(drawn.randint(1, 30)),
            " ".join(drawn.choices(_WORDS, k=2)),
            thread=f"t{drawn.randint(1, 5)}",
            position=drawn.choice([None, 1, 2, 3]),
            channel=drawn.choice(["", "hr"]),
            visibility=drawn.choice(["public", "people:U1"]),
        )

    def _delete(self) -> None:
        self._archive.delete_comments(self._source, [str(self._drawn.randint(1, 30)) for _ in range(4)])

    def _index(self) -> None:
        index_pending(self._archive, lambda: self._encoder)

    def _retitle(self) -> None:
        put_comments(self._archive, make_comment("1", "gull", title=self._drawn.choice("ab")))

    def _log(self) -> None:
        self._archive.indexing.log_changes([self._drawn.randint(1, 30)])

    def _empty(self) -> None:
        self._archive.purging.delete_empty(self._source)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kept", [changes.REMOVALS_KEPT, 4])
def test_index_that_followed_at_times_equals_one_made_afresh(
    archive: Archive,
    other_process: Archive,
    encoder: HashingEncoder,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    kept: int,
):
    monkeypatch.setattr(changes, "REMOVALS_KEPT", kept)
    writer, drawn = Writer(other_process, encoder, seed), random.Random(seed)
    followed = SearchIndex(archive, encoder)
    for _ in range(25):
        for _ in range(drawn.randint(0, 4)):
            writer.write()
        assert_same(followed.follow(), SearchIndex(archive, encoder).follow())


def test_snapshots_stay_what_they_were(archive: Archive, other_process: Archive, encoder: HashingEncoder):
    writer, followed = Writer(other_process, encoder, 3), SearchIndex(archive, encoder)
    taken = []
    for _ in range(30):
        writer.write()
        snapshot = followed.follow()
        question = encoder.encode_question("zeppelin harbour")
        every = np.arange(len(snapshot.places))
        taken.append((snapshot, question, every, snapshot.measure(question, every), snapshot.passages.copy()))
    for snapshot, question, every, measured, passages in taken:
        again = snapshot.measure(question, every)
        for name in ("places", "similarities", "spans"):
            np.testing.assert_array_equal(getattr(again, name), getattr(measured, name))
        np.testing.assert_array_equal(snapshot.passages, passages)


def test_rows_of_what_is_gone_are_let_go_of_once_they_are_many(archive: Archive, encoder: HashingEncoder):
    source = put_indexed(archive, encoder, *(make_comment(f"{number}", f"gull {number}") for number in range(10)))
    followed = SearchIndex(archive, encoder)
    followed.follow()
    sizes = []
    for number in range(10):
        archive.delete_comments(source, [f"{number}"])
        sizes.append(len(followed.follow().passages))
    assert (sizes[0], sizes[1], sizes[-1]) == (10, 10, 0)
    assert all(left >= (1 - index._DEAD_SHARE) * size for left, size in zip(range(9, -1, -1), sizes, strict=True))


@pytest.mark.parametrize("count", [2, 8])
def test_index_that_memory_failed_once_follows_on(
    archive: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch, count: int
):
    source = put_indexed(archive, encoder, *(make_comment(f"{number}", f"gull {number}") for number in range(10)))
    followed = SearchIndex(archive, encoder)
    followed.follow()
    # So many are gone that their rows are let go of.
    archive.delete_comments(source, [f"{number}" for number in range(8)])
    put_indexed(archive, encoder, *(make_comment(f"new{number}", f"kettle {number}") for number in range(count)))

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(index, "_make_snapshot", fail)
        with pytest.raises(MemoryError):
            followed.follow()
    assert_same(followed.follow(), SearchIndex(archive, encoder).follow())


def test_index_reads_no_more_than_what_changed(
    archive: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    put_indexed(archive, encoder, *(make_comment(f"{number}", f"gull {number}") for number in range(50)))
    followed = SearchIndex(archive, encoder)
    updates = []
    read_index = Searching.read_index

    def note(*given: object, **named: object) -> object:
        updates.append(read_index(*given, **named))  # type: ignore[arg-type]
        return updates[-1]

    monkeypatch.setattr(Searching, "read_index", note)
    followed.follow()
    source = put_indexed(archive, encoder, make_comment("7", "an edited gull"), make_comment("new", "kettle"))
    archive.delete_comments(source, ["8", "9"])
    followed.follow()
    assert [len(update.places) for update in updates] == [50, 2]
    assert [len(update.vectors) for update in updates] == [50, 2]
    assert [(len(update.gone), len(update.replaced)) for update in updates] == [(0, 0), (2, 3)]


@pytest.fixture
def lagging(archive: Archive, encoder: HashingEncoder) -> Callable[..., Searcher]:
    """Gives a searcher that has what was put until now, and follows no more."""

    def make(*comments: Comment) -> Searcher:
        put_indexed(archive, encoder, *comments)
        searcher = Searcher(archive, encoder)
        searcher.live.follow()
        searcher.live.is_followed = True
        return searcher

    return make


def test_question_is_answered_by_the_latest_there_is(
    lagging: Callable[..., Searcher], other_process: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    searcher = lagging(make_comment("1", "A zeppelin."))
    put_indexed(other_process, encoder, make_comment("2", "Another zeppelin."))
    with monkeypatch.context() as patched:
        patched.setattr(Searching, "read_index", None)
        before = searcher.search(Asked("zeppelin"), Viewer.anyone())
    searcher.live.follow()
    after = searcher.search(Asked("zeppelin"), Viewer.anyone())
    assert [(sorted(native_ids(answer)), answer.coverage.comments) for answer in (before, after)] == [
        (["1"], 1),
        (["1", "2"], 2),
    ]


def test_empty_memory_is_filled_before_an_answer(
    lagging: Callable[..., Searcher], other_process: Archive, encoder: HashingEncoder
):
    searcher = lagging()
    assert searcher.search(Asked("zeppelin"), Viewer.anyone()).outcome is Outcome.NOTHING_INDEXED
    put_indexed(other_process, encoder, make_comment("1", "A zeppelin."))
    assert native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone())) == ["1"]


def hide_comment(archive: Archive) -> None:
    put_comments(archive, make_comment("secret", "A zeppelin, secretly.", visibility="people:U1"))


def hide_in_a_new_channel(archive: Archive) -> None:
    put_comments(archive, make_comment("secret", "A zeppelin.", channel="hr", visibility="people:U1"))


def delete(archive: Archive) -> None:
    archive.delete_comments(archive.get_source("Harbour"), ["secret"])


def hide_source(archive: Archive) -> None:
    put_indexed(archive, HashingEncoder(), make_comment("other", "A zeppelin, elsewhere."), source="Elsewhere")
    archive.put_source("Harbour", "jsonl", "/harbour.jsonl", Visibility.parse("people:U1"))


def close_channel(archive: Archive) -> None:
    archive.close_channels(archive.get_source("Harbour"), ["C1"])


HIDING = [hide_comment, hide_in_a_new_channel, delete, hide_source, close_channel]


@pytest.mark.parametrize("hide", HIDING)
@pytest.mark.parametrize("question", ["zeppelin", "what did Ann say?", "newest on zeppelin", "nothing of that kind"])
def test_what_is_hidden_or_gone_is_not_shown_though_memory_lags(
    lagging: Callable[..., Searcher], other_process: Archive, hide: Callable[[Archive], None], question: str
):
    searcher = lagging(
        make_comment("secret", "A zeppelin.", thread="C1:1"), make_comment("plain", "A kettle.", channel="x")
    )
    hide(other_process)
    answer = searcher.search(Asked(question), Viewer.anyone())
    shown = [hit.comment.native_id for hit in (*answer.hits, *answer.nearest)]
    assert "secret" not in shown
    assert answer.total == len(answer.hits)


def test_what_is_shown_at_last_is_found_once_memory_has_it(lagging: Callable[..., Searcher], other_process: Archive):
    searcher = lagging(make_comment("1", "A zeppelin.", visibility="people:U1"), make_comment("2", "A kettle."))
    put_comments(other_process, make_comment("1", "A zeppelin."))
    assert native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone())) == []
    searcher.live.follow()
    assert native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone())) == ["1"]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_hidden_is_shown_however_far_memory_lags(
    archive: Archive, other_process: Archive, encoder: HashingEncoder, seed: int
):
    writer, drawn = Writer(other_process, encoder, seed), random.Random(seed)
    searcher = Searcher(archive, encoder)
    searcher.live.is_followed = True
    for _ in range(40):
        writer.write()
        if drawn.random() < 0.3:
            searcher.live.follow()
        channels = {
            channel.channel_id for channel in archive.searching.read_channels() if PUBLIC in channel.visibilities[1:]
        }
        allowed = set(archive.read_comments(range(1, 1_000), sorted(channels)))
        answer = searcher.search(Asked(drawn.choice(_WORDS[:4])), Viewer.anyone(), limit=100)
        assert {hit.comment.id for hit in (*answer.hits, *answer.nearest)} <= allowed


@pytest.mark.parametrize("is_indexed", [True, False])
@pytest.mark.parametrize("text", ["Short now.", "A gull. " * 200, "A zeppelin! And a kettle. " + LONG])
def test_comment_that_was_edited_is_quoted_as_it_is_now(
    lagging: Callable[..., Searcher], other_process: Archive, encoder: HashingEncoder, text: str, *, is_indexed: bool
):
    # The best passage lies far behind in the text that was.
    searcher = lagging(make_comment("1", LONG + " Nobody remembers the zeppelin harbour. " + LONG))
    put_comments(other_process, make_comment("1", text))
    if is_indexed:
        index_pending(other_process, lambda: encoder)
    fresh = Searcher(other_process, encoder)
    for question in ("zeppelin harbour", "kettle"):
        lagged, now = (one.search(Asked(question), Viewer.anyone()) for one in (searcher, fresh))
        for hit in (*lagged.hits, *lagged.nearest):
            assert hit.comment.text == text
            quoted = hit.excerpt.text.strip("…")
            assert quoted in " ".join(text.split())
            assert all(0 <= start < end <= len(hit.excerpt.text) for start, end in hit.excerpt.highlights)
            assert text.startswith(quoted) or quoted[0].isupper()
        assert lagged.coverage == now.coverage


def test_comment_indexed_after_memory_took_in_its_edit_is_quoted_as_it_is_now(
    lagging: Callable[..., Searcher], other_process: Archive, encoder: HashingEncoder
):
    searcher = lagging(make_comment("1", "Zeppelin!", author=""))
    text = "Kettles are boiling on the stove now, says Ann."
    put_comments(other_process, make_comment("1", text, author=""))
    searcher.live.follow()
    before = searcher.search(Asked("zeppelin"), Viewer.anyone())
    index_pending(other_process, lambda: encoder)
    after = searcher.search(Asked("zeppelin"), Viewer.anyone())
    assert [[hit.excerpt.text for hit in answer.hits] for answer in (before, after)] == [[text], [text]]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "EVERY_SECONDS", 0.01)


@pytest.fixture
def follow(quick: None) -> Iterator[Callable[..., Follower]]:  # noqa: ARG001
    """Starts followers, and stops them at the end."""
    started = []

    def start(*given: object) -> Follower:
        started.append(Follower(*given))  # type: ignore[arg-type]
        started[-1].start()
        return started[-1]

    yield start
    for follower in started:
        follower.stop()


def test_follower_takes_in_what_another_process_writes(
    archive: Archive, other_process: Archive, encoder: HashingEncoder, follow: Callable[..., Follower]
):
    put_indexed(archive, encoder, make_comment("1", "A zeppelin."))
    searcher = Searcher(archive, encoder)
    searcher.live.warm_up()
    follower = follow(searcher.live)
    put_indexed(other_process, encoder, make_comment("2", "Another zeppelin."))
    written = other_process.searching.read_generation()
    wait_until(lambda: searcher.live.version == written)
    assert sorted(native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone()))) == ["1", "2"]
    follower.stop()
    put_indexed(other_process, encoder, make_comment("3", "A third zeppelin."))
    # Nobody follows for it any more: it does so itself.
    assert len(native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone()))) == 3


@pytest.mark.parametrize("error", [ArchiveError("cannot use the archive: it is away"), ZeroDivisionError("a mistake")])
def test_follower_goes_on_after_trouble(
    archive: Archive,
    other_process: Archive,
    encoder: HashingEncoder,
    follow: Callable[..., Follower],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
):
    put_indexed(archive, encoder, make_comment("1", "A zeppelin."))
    searcher = Searcher(archive, encoder)
    searcher.live.warm_up()
    told: list[tuple[Exception, float]] = []

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(Searching, "read_index", fail)
        follow(searcher.live, lambda *given: told.append(given))
        put_indexed(other_process, encoder, make_comment("2", "Another zeppelin."))
        wait_until(lambda: len(told) > 2)
        assert native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone())) == ["1"]
    written = other_process.searching.read_generation()
    wait_until(lambda: searcher.live.version == written)
    assert {one for one, _ in told} == {error}
    seconds = [wait for _, wait in told]
    assert seconds == [0.01 * 2 ** (number + 1) for number in range(len(seconds))]


def test_follower_goes_on_where_nobody_can_be_told_of_trouble(
    archive: Archive, encoder: HashingEncoder, follow: Callable[..., Follower], monkeypatch: pytest.MonkeyPatch
):
    searcher = Searcher(archive, encoder)
    told: list[float] = []

    def tell(_: Exception, seconds: float) -> None:
        told.append(seconds)
        raise BrokenPipeError

    with monkeypatch.context() as patched:
        patched.setattr(Searching, "read_generation", None)
        follow(searcher.live, tell)
        wait_until(lambda: len(told) > 1)
    put_indexed(archive, encoder, make_comment("1", "A zeppelin."))
    wait_until(lambda: len(searcher.live._current[0].places) == 1)


def test_follower_tries_no_less_often_than_twice_a_minute(
    archive: Archive, encoder: HashingEncoder, follow: Callable[..., Follower], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(following, "_MAX_SECONDS", 0.03)
    monkeypatch.setattr(Searching, "read_generation", None)
    told: list[float] = []
    follow(Searcher(archive, encoder).live, lambda _, seconds: told.append(seconds))
    wait_until(lambda: len(told) > 3)
    assert told[:4] == [0.02, 0.03, 0.03, 0.03]


def test_question_does_not_wait_for_the_follower(
    archive: Archive,
    other_process: Archive,
    encoder: HashingEncoder,
    follow: Callable[..., Follower],
    monkeypatch: pytest.MonkeyPatch,
):
    put_indexed(archive, encoder, make_comment("1", "A zeppelin."))
    searcher = Searcher(archive, encoder)
    searcher.live.warm_up()
    begun, may_end = threading.Event(), threading.Event()
    read_index = Searching.read_index

    def read_slowly(*given: object, **named: object) -> object:
        begun.set()
        assert may_end.wait(PATIENCE_SECONDS)
        return read_index(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Searching, "read_index", read_slowly)
    follow(searcher.live)
    put_indexed(other_process, encoder, make_comment("2", "Another zeppelin."))
    try:
        assert begun.wait(PATIENCE_SECONDS)
        assert native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone())) == ["1"]
    finally:
        may_end.set()
    wait_until(lambda: len(native_ids(searcher.search(Asked("zeppelin"), Viewer.anyone()))) == 2)


def test_many_ask_while_another_process_writes_and_is_followed(
    archive: Archive, other_process: Archive, encoder: HashingEncoder, follow: Callable[..., Follower]
):
    put_indexed(archive, encoder, *(make_comment(f"fix{side}", f"zeppelin 0 {side}", thread="f") for side in "ab"))
    searcher = Searcher(archive, encoder)
    searcher.live.warm_up()
    follow(searcher.live)
    done, wrong = threading.Event(), []

    def ask() -> None:
        while not done.is_set():
            answer = searcher.search(Asked("zeppelin"), Viewer.anyone(), limit=100)
            texts = [hit.comment.text for hit in answer.hits if hit.comment.native_id.startswith("fix")]
            # Both are written together: one text in each, and of one round.
            if len({text.split()[1] for text in texts}) > 1 or answer.coverage.comments % 2:
                wrong.append((texts, answer.coverage))

    asking = [threading.Thread(target=ask) for _ in range(6)]
    for thread in asking:
        thread.start()
    try:
        for number in range(1, 12):
            put_comments(
                other_process,
                *(make_comment(f"fix{side}", f"zeppelin {number} {side}", thread="f") for side in "ab"),
                *(make_comment(f"{number}{side}", f"zeppelin {number}", thread="g") for side in "ab"),
            )
            if number % 3 == 0:
                index_pending(other_process, lambda: encoder)
            if number % 4 == 0:
                other_process.delete_comments(other_process.get_source("Harbour"), [f"{number - 1}a", f"{number - 1}b"])
    finally:
        done.set()
        for thread in asking:
            thread.join()
    assert wrong == []
    written = other_process.searching.read_generation()
    wait_until(lambda: searcher.live.version == written)
    assert_same(searcher.live.snapshot, SearchIndex(archive, encoder).follow())
