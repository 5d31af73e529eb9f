"""Many threads ask while another process writes: no error, and never half of what was written."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.answer import Answer
from store.domain.asked import Asked
from store.domain.viewer import Viewer
from store.refresh.indexing import index_pending
from store.search.searcher import Searcher
from tests.store.factories import make_comment, put_comments, put_indexed
from tests.store.search.making import shown_ids

THREADS = 8
ROUNDS = 8


def ask_while(searcher: Searcher, write: Callable[[int], None], viewer: Viewer, question: str) -> list[Answer]:
    """Ask in eight threads as long as another writes; give all answers."""
    done = threading.Event()

    def ask() -> list[Answer]:
        answers = []
        while not done.is_set():
            answers.append(searcher.search(Asked(question), viewer, limit=100))
        return answers

    with ThreadPoolExecutor(THREADS) as pool:
        asking = [pool.submit(ask) for _ in range(THREADS)]
        try:
            for number in range(ROUNDS):
                write(number)
        finally:
            done.set()
        return [answer for one in asking for answer in one.result()]


def test_searches_see_whole_writes_only(archive: Archive, other_process: Archive, encoder: HashingEncoder):
    def write(number: int) -> None:
        # Two comments at a time, the turn in both title and text; then one pair is taken away again.
        pair = [make_comment(f"{number}{side}", f"zeppelin turn{number} {side}", thread="t") for side in "ab"]
        turned = [
            make_comment(f"fix{side}", f"zeppelin turn{number} {side}", title=f"turn{number}", thread="f")
            for side in "ab"
        ]
        source = put_comments(other_process, *pair, *turned)
        if number % 3 == 0:
            index_pending(other_process, lambda: encoder)
        if number % 4 == 3:
            other_process.delete_comments(source, [f"{number}a", f"{number}b"])

    put_indexed(archive, encoder, *(make_comment(f"fix{side}", f"zeppelin {side}", thread="f") for side in "ab"))
    searcher = Searcher(archive, encoder)
    answers = ask_while(searcher, write, Viewer.anyone(), "zeppelin")
    assert len(answers) >= THREADS
    assert {answer.coverage.comments % 2 for answer in answers} == {0}
    for answer in answers:
        assert [hit.rank for hit in answer.hits] == list(range(1, answer.total + 1))
        assert len({hit.comment.id for hit in answer.hits}) == answer.total
        for hit in answer.hits:
            native_id, title = hit.comment.native_id, hit.comment.discussion_title
            assert hit.comment.text.split() == ["zeppelin", *title.split(), native_id[-1]] or native_id[:3] != "fix"
    left = searcher.search(Asked("zeppelin"), Viewer.anyone(), limit=100)
    assert left.total == left.coverage.comments == 2 + 2 * (ROUNDS - ROUNDS // 4)


def test_searches_never_see_what_comes_hidden(archive: Archive, other_process: Archive, encoder: HashingEncoder):
    def write(number: int) -> None:
        put_comments(
            other_process,
            make_comment(f"shown {number}", f"zeppelin number {number}", thread=f"s{number}"),
            make_comment(f"hidden {number}", f"zeppelin secret {number}", thread=f"h{number}", visibility="people:U1"),
        )
        # What was shown before is hidden from now on.
        put_comments(
            other_process,
            make_comment(f"shown {number - 2}", "zeppelin secret", thread=f"s{number - 2}", visibility="people:U1"),
        )
        index_pending(other_process, lambda: encoder)

    put_indexed(archive, encoder, make_comment("hidden", "zeppelin secret", visibility="people:U1"))
    answers = ask_while(Searcher(archive, encoder), write, Viewer.anyone(), "zeppelin")
    assert {
        native_id for answer in answers for native_id in shown_ids(answer) if native_id.startswith("hidden")
    } == set()


def test_searcher_is_right_after_threads_raced_to_follow(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    searcher = Searcher(archive, encoder)
    barrier = threading.Barrier(THREADS)

    def ask(_: int) -> int:
        barrier.wait()
        return searcher.search(Asked("zeppelin"), Viewer.anyone()).total

    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(1, 6):
            put_indexed(other_process, encoder, make_comment(f"{number}", f"Zeppelin {number}.", thread=f"t{number}"))
            assert list(pool.map(ask, range(THREADS))) == [number] * THREADS
