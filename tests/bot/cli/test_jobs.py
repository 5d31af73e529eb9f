import json

import pytest

from bot.job_queue import JobQueue
from bot.jobs import JobName
from tests.bot.cli.conftest import Run
from tests.postgres import PostgresServer


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize("verb", ["jobs", "worker"])
def test_an_archive_in_a_file_has_no_use_for_workers(run: Run, verb: str):
    done = run(verb)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("harkback: cannot use workers: 'sqlite:///")
    assert "nothing is missing, as `harkback serve` and `harkback refresh` do all themselves" in done.err


@pytest.fixture
def queue(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> JobQueue:
    url = postgres.create()
    monkeypatch.setenv("HARKBACK_DATABASE_URL", url)
    return JobQueue(url, url)


@pytest.mark.postgres
def test_jobs_lists_what_waits_and_cancels_it(run: Run, queue: JobQueue):
    assert run("jobs").out == (
        "No job was given to workers in the last week.\n"
        "No worker is alive: start one with `harkback worker`; until then, refreshes are done without.\n"
    )
    given = {"request": "ab12", "owner": "", "asked": "", "by": "Ada", "at": "", "source": "notes"}
    assert queue.put([(JobName.REFRESH, given), (JobName.INDEX, {})]) == []
    listed = run("jobs")
    assert (listed.code, listed.err) == (0, "")
    assert [name in listed.out for name in ("refresh", "notes", "waiting", "index")] == [True] * 4
    # It says nothing of failures where there were none.
    printed = json.loads(run("jobs", "--json", "--limit", "1").out)
    (index,) = printed["jobs"]
    assert (printed["has_workers"], index["job"], index["state"], index["reason"]) == (False, "index", "waiting", "")
    number = str(json.loads(run("jobs", "--json").out)["jobs"][1]["id"])
    cancelled = run("jobs", "--cancel", number)
    assert (cancelled.code, cancelled.out) == (
        0,
        f"It is not begun, or ends after what it is just writing: job {number}.\n",
    )
    refresh = json.loads(run("jobs", "--json").out)["jobs"][1]
    assert (refresh["source"], refresh["by"], refresh["state"]) == ("notes", "Ada", "cancelled")
    again = run("jobs", "--cancel", number)
    assert (again.code, again.out) == (3, "")
    assert again.err.startswith(f"harkback: cannot cancel the job: {number}: ")
