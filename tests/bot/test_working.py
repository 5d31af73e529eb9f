from collections.abc import Iterator

import psycopg
import pytest

from bot import working
from bot.job_queue import JobQueue
from bot.settings import Settings
from bot.wiring import Models
from bot.working import Working
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.refresh.owner import Process
from tests.postgres import PostgresServer
from tests.store.factories import make_comment, put_comments

pytestmark = pytest.mark.postgres


@pytest.fixture
def worker(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Working]:
    monkeypatch.setattr(working, "CHUNK_COMMENTS", 2)
    settings = Settings(database_url=postgres.create(), model="hashing")
    archive = Archive.open(settings.database_url)
    yield Working(settings, archive, JobQueue(settings.database_url, "postgresql://somewhere"), Models(settings))
    archive.close()


def count_jobs(worker: Working) -> int:
    return len(worker.queue.list_jobs(name="index"))


def test_help_is_asked_for_where_more_than_a_chunk_waits_that_nobody_has(worker: Working):
    put_comments(worker.archive, *(make_comment(f"{number}", f"Text {number}.") for number in range(4)))
    key = HashingEncoder().id.key
    portion = worker.archive.indexing.take_pending(key, 2, Process.current())
    assert portion
    worker.look_around()
    assert count_jobs(worker) == 0
    worker.archive.indexing.give_back(portion)
    for _ in range(2):
        # One waits already.
        worker.look_around()
        assert count_jobs(worker) == 1


def test_help_that_failed_is_not_asked_for_again_at_once(worker: Working):
    put_comments(worker.archive, *(make_comment(f"{number}", f"Text {number}.") for number in range(4)))
    worker.look_around()
    execute(worker, "UPDATE procrastinate_jobs SET status = 'doing'")
    execute(worker, "UPDATE procrastinate_jobs SET status = 'failed'")
    worker.look_around()
    assert count_jobs(worker) == 1
    execute(worker, "UPDATE procrastinate_events SET at = now() - interval '11 minutes'")
    worker.look_around()
    assert count_jobs(worker) == 2


def execute(worker: Working, statement: str) -> None:
    with psycopg.connect(worker.queue.conninfo) as connection:
        connection.execute(statement)
