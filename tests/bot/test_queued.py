from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.job_queue import JobQueue
from bot.queued import Requests, is_refreshing
from bot.slack.views.refresh import build_value, read_job
from store.archive import Archive
from store.domain.refresh import RefreshCounts, RefreshKind, RefreshState
from store.domain.viewer import PUBLIC
from store.refresh.owner import Process
from tests.postgres import PostgresServer

pytestmark = pytest.mark.postgres


@pytest.fixture
def requests(postgres: PostgresServer, tmp_path: Path) -> Iterator[Requests]:
    """An archive with two places, one of them of two sources, and one that was rolled back."""
    url = postgres.create()
    archive = Archive.open(url)
    for name, place in (("notes", "notes"), ("more", "notes"), ("tales", "tales"), ("old", "old")):
        archive.put_source(name, "records", str(tmp_path / f"{place}.jsonl"), PUBLIC)
    queue = JobQueue(url, archive.database.place)
    execute(queue, "UPDATE source SET is_held = true WHERE name = 'old'")
    yield Requests(archive, queue)
    archive.close()


def execute(queue: JobQueue, statement: str) -> None:
    with psycopg.connect(queue.conninfo) as connection:
        connection.execute(statement)


def let_worker_live(requests: Requests) -> None:
    execute(requests.queue, "SELECT procrastinate_register_worker_v1()")


def list_jobs(requests: Requests) -> list[tuple[str, str]]:
    return [(one.name, one.given.get("source", "")) for one in reversed(requests.queue.list_jobs())]


def test_nobody_is_asked_where_no_worker_is_alive(requests: Requests):
    assert requests.begin("", "Ada") is None
    assert list_jobs(requests) == []


def test_request_is_split_into_a_job_for_each_place(requests: Requests):
    let_worker_live(requests)
    asked = requests.begin("", "Ada")
    assert asked
    job, is_new = asked
    assert (job.source, job.by, is_new) == ("", "Ada", True)
    assert list_jobs(requests) == [("refresh", "more"), ("refresh", "tales"), ("housekeeping", "")]
    assert requests.begin("tales", "Bo") == (job, False)
    assert (requests.is_over(job), requests.find_end(job)) == (False, (False, ""))
    requests.cancel(job)
    assert (requests.is_over(job), requests.find_end(job)) == (True, (True, ""))
    assert requests.begin("tales", "Bo") != (job, False)


def test_source_that_was_rolled_back_is_refreshed_if_it_is_named(requests: Requests):
    let_worker_live(requests)
    requests.begin("old", "Ada")
    assert list_jobs(requests) == [("refresh", "old"), ("housekeeping", "")]


def test_request_is_found_again_by_its_button(requests: Requests):
    let_worker_live(requests)
    archive = requests.archive
    before = archive.refreshes.begin(archive.get_source("notes"), RefreshKind.REFRESH, Process.current())
    archive.refreshes.end(before, RefreshState.DONE, RefreshCounts(), {})
    asked = requests.begin("", "Ada")
    assert asked
    job = read_job(build_value(asked[0]))
    assert job
    assert requests.knows(job)
    assert requests.list_done(job) == []
    after = archive.refreshes.begin(archive.get_source("notes"), RefreshKind.REFRESH, Process.current())
    assert [one.id for one in requests.list_done(job)] == [after]
    assert not requests.is_over(job)


def test_job_that_failed_before_its_refresh_began_is_referred_to(requests: Requests):
    let_worker_live(requests)
    asked = requests.begin("tales", "Ada")
    assert asked
    job, _ = asked
    request = job.owner.split()[3]
    assert is_refreshing(requests.queue, request)
    refresh, house = sorted(requests.queue.list_jobs(), key=lambda one: one.id)
    execute(requests.queue, f"UPDATE procrastinate_jobs SET status = 'failed' WHERE id = {refresh.id}")
    assert not is_refreshing(requests.queue, request)
    # Not as long as anything goes on.
    assert requests.find_end(job) == (False, "")
    execute(requests.queue, f"UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = {house.id}")
    assert requests.find_end(job) == (False, f"job {refresh.id}")
