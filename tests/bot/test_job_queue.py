from datetime import timedelta

import psycopg
import pytest

from bot.job_queue import JobQueue, QueueDepth, QueuedJob, QueuedState
from bot.jobs import TRIES, JobName, find_wait
from store.archive import Archive
from store.errors import (
    ArchiveError,
    FetchError,
    SchemaError,
    SourceBusyError,
    SourceError,
    StoreError,
    UnknownFormatError,
    UnknownSourceError,
)
from tests.databases import place_in
from tests.postgres import PostgresServer

FULL_DISK = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION refuse()
"""
GIVEN = {"request": "ab12", "source": "notes"}


@pytest.fixture
def queue(postgres: PostgresServer) -> JobQueue:
    return JobQueue(postgres.create(), "postgresql://somewhere")


def execute(queue: JobQueue, statement: str) -> None:
    with psycopg.connect(queue.conninfo) as connection:
        connection.execute(statement)


def let_worker_die_at_it(queue: JobQueue) -> None:
    execute(
        queue, "SELECT procrastinate_fetch_job_v2(NULL, (SELECT worker_id FROM procrastinate_register_worker_v1()))"
    )
    execute(queue, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 minutes'")


@pytest.mark.postgres
def test_jobs_are_put_there_unless_others_are_in_the_way(queue: JobQueue):
    assert queue.put([(JobName.REFRESH, GIVEN), (JobName.HOUSEKEEPING, GIVEN)]) == []
    in_the_way = queue.put([(JobName.INDEX, {})], unless=lambda one: one.given.get("request") == "ab12")
    assert [one.name for one in in_the_way] == ["housekeeping", "refresh"]
    assert [one.name for one in queue.list_jobs()] == ["housekeeping", "refresh"]
    assert queue.cancel(in_the_way[0].id)
    assert [(one.name, one.state) for one in queue.list_jobs(request="ab12")] == [
        ("housekeeping", QueuedState.CANCELLED),
        ("refresh", QueuedState.WAITING),
    ]
    assert [one.name for one in queue.list_jobs(is_open=True)] == ["refresh"]
    assert [one.name for one in queue.list_jobs(name="housekeeping", limit=1)] == ["housekeeping"]


@pytest.mark.postgres
def test_jobs_of_one_workspace_are_put_there_while_those_of_another_are(postgres: PostgresServer):
    url = postgres.create(is_empty=True)
    acme, beta = (open_queue(place_in(url, name)) for name in ("acme", "beta"))
    same = JobQueue(f"{place_in(url, 'acme')}%20-clock_timeout%3D1", "postgresql://acme")
    put = [(JobName.INDEX, {})]
    acme.put(put)

    def put_meanwhile(_: QueuedJob) -> bool:
        assert beta.put(put) == []
        # Of two in the same, one waits.
        with pytest.raises(ArchiveError, match="lock timeout"):
            same.put(put)
        return False

    assert acme.put(put, unless=put_meanwhile) == []
    assert [len(queue.list_jobs()) for queue in (acme, beta)] == [2, 1]


def open_queue(url: str) -> JobQueue:
    Archive.open(url).close()
    return JobQueue(f"{url}%20-clock_timeout%3D20s", "postgresql://somewhere")


@pytest.mark.postgres
def test_worker_is_alive_while_it_shows_so(queue: JobQueue):
    assert not queue.has_workers()
    execute(queue, "SELECT procrastinate_register_worker_v1()")
    assert queue.has_workers()
    execute(queue, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    assert not queue.has_workers()


@pytest.mark.postgres
def test_job_that_ends_its_workers_is_given_up_and_says_why(queue: JobQueue):
    queue.put([(JobName.REFRESH, GIVEN)])
    for number in range(1, TRIES + 1):
        let_worker_die_at_it(queue)
        (job,) = queue.list_jobs()
        assert job.state is QueuedState.RUNNING
        queue.note(job.id, worker="process 17 on elsewhere (123)")
        assert queue.rescue() == [job.id]
        (job,) = queue.list_jobs()
        assert job.failures == number
    assert (job.state, job.ended_at is not None) == (QueuedState.FAILED, True)
    assert job.reason == (
        "cannot go on with the job: 'process 17 on elsewhere (123)': it ended without a word, or was silent for too "
        "long: look into its log, and at the memory that it had"
    )
    assert queue.rescue() == []


@pytest.mark.postgres
def test_job_of_a_worker_that_is_alive_is_left_to_it(queue: JobQueue):
    queue.put([(JobName.REFRESH, GIVEN)])
    execute(
        queue, "SELECT procrastinate_fetch_job_v2(NULL, (SELECT worker_id FROM procrastinate_register_worker_v1()))"
    )
    assert queue.rescue() == []
    (job,) = queue.list_jobs()
    assert queue.cancel(job.id)
    (job,) = queue.list_jobs()
    assert (job.state, job.ended_at) == (QueuedState.CANCELLING, None)


@pytest.mark.postgres
def test_depth_counts_jobs_of_each_state_and_tells_how_long_they_wait(queue: JobQueue):
    nothing = dict.fromkeys(QueuedState, 0)
    assert queue.read_depth() == QueueDepth(nothing, 0.0)
    queue.put([(JobName.REFRESH, GIVEN), (JobName.HOUSEKEEPING, GIVEN), (JobName.INDEX, {})])
    execute(queue, "UPDATE procrastinate_events SET at = now() - interval '1 hour'")
    depth = queue.read_depth()
    assert (depth.jobs, 3600 <= depth.waited_seconds < 3700) == (nothing | {QueuedState.WAITING: 3}, True)
    # The one of the highest priority: what is at work, or to be tried again later, does not wait.
    let_worker_die_at_it(queue)
    execute(queue, "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 minute' WHERE task_name = 'index'")
    execute(
        queue,
        "UPDATE procrastinate_jobs SET scheduled_at = now() - interval '1 minute' WHERE status = 'todo' "
        "AND task_name = 'housekeeping'",
    )
    depth = queue.read_depth()
    assert depth.jobs == nothing | {QueuedState.WAITING: 2, QueuedState.RUNNING: 1}
    assert 60 <= depth.waited_seconds < 160
    (waiting, *_) = queue.list_jobs(name="housekeeping")
    (running,) = queue.list_jobs(name="refresh")
    assert (queue.cancel(waiting.id), queue.cancel(running.id)) == (True, True)
    assert queue.read_depth() == QueueDepth(
        nothing | {QueuedState.WAITING: 1, QueuedState.CANCELLING: 1, QueuedState.CANCELLED: 1}, 0.0
    )


@pytest.mark.postgres
def test_what_ended_long_ago_is_forgotten(queue: JobQueue):
    queue.put([(JobName.REFRESH, GIVEN), (JobName.INDEX, {})])
    waiting, _ = queue.list_jobs()
    queue.cancel(waiting.id)
    queue.forget_old()
    assert len(queue.list_jobs()) == 2
    execute(queue, "UPDATE procrastinate_events SET at = now() - interval '8 days'")
    queue.forget_old()
    assert [one.state for one in queue.list_jobs()] == [QueuedState.WAITING]


def test_queue_that_cannot_be_reached_is_told_without_a_password():
    queue = JobQueue(
        "postgresql+psycopg://ann:hunter2@127.0.0.1:9/harkback", "postgresql+psycopg://ann:***@127.0.0.1:9/harkback"
    )
    with pytest.raises(ArchiveError) as raised:
        queue.has_workers()
    assert str(raised.value).startswith("cannot use the queue: 'postgresql+psycopg://ann:***@127.0.0.1:9/harkback': ")
    assert "check that the server runs, and that the database URL names its host and port" in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            FULL_DISK,
            "could not extend file: No space left on device: free some disk space; nothing that was stored is lost",
        ),
        (
            "ALTER TABLE procrastinate_jobs RENAME TO away",
            'relation "procrastinate_jobs" does not exist: run `harkback db upgrade`',
        ),
    ],
)
def test_queue_says_why_it_takes_no_job_and_has_none_then(queue: JobQueue, statement: str, said: str):
    execute(queue, statement)
    with pytest.raises(ArchiveError) as raised:
        queue.put([(JobName.REFRESH, GIVEN)])
    assert str(raised.value) == f"cannot use the queue: 'postgresql://somewhere': {said}"
    execute(queue, "ALTER TABLE IF EXISTS away RENAME TO procrastinate_jobs")
    execute(queue, "DROP TRIGGER IF EXISTS full_disk ON procrastinate_jobs")
    assert queue.list_jobs() == []
    assert queue.put([(JobName.REFRESH, GIVEN)]) == []


@pytest.mark.parametrize("error", [ArchiveError(""), FetchError(""), SourceBusyError("")])
def test_what_may_pass_is_tried_again_later_each_time(error: StoreError):
    waits = [find_wait(error, failures) for failures in range(1, TRIES + 1)]
    assert waits == [timedelta(seconds=seconds) for seconds in (15, 30, 60, 120)] + [None]


@pytest.mark.parametrize(
    "error", [UnknownFormatError(""), SourceError(""), UnknownSourceError(""), SchemaError(""), ValueError()]
)
def test_what_will_not_pass_is_not_tried_again(error: Exception):
    assert find_wait(error, 1) is None
