import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.jobs import JOBS, Bench, Ending, JobName, NotYetError
from bot.settings import Settings
from bot.wiring import Models
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.refresh import Progress, RefreshState
from store.domain.viewer import PUBLIC
from store.errors import RefreshCancelledError, RefreshInterruptedError, UnknownSourceError
from store.refresh.owner import Process

GIVEN = {"request": "ab12", "owner": "", "asked": "", "by": "Ada", "at": ""}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/archive.db", model="hashing")
    archive = Archive.open(settings.database_url)
    yield Bench(settings, archive, Models(settings), lambda: None, lambda _: False)
    archive.close()


def put_file(bench: Bench, path: Path, name: str = "") -> None:
    records = [{"id": f"n{number}", "text": f"Remark {number} of {path.stem}.", "author": "Ann"} for number in range(3)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    bench.archive.put_source(name or path.stem, "records", str(path), PUBLIC)


def list_refreshed(bench: Bench) -> list[tuple[str, RefreshState]]:
    return sorted((one.source, one.state) for one in bench.archive.refreshes.list_latest())


def hold(bench: Bench, name: str) -> None:
    source = bench.archive.get_source(name)
    with bench.archive.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE source SET is_held = 1 WHERE id = {source.id}")


def test_refresh_takes_all_sources_of_its_place_and_no_other(bench: Bench, tmp_path: Path):
    put_file(bench, tmp_path / "notes.jsonl")
    put_file(bench, tmp_path / "notes.jsonl", "more")
    put_file(bench, tmp_path / "tales.jsonl")
    JOBS[JobName.REFRESH].do(bench, {**GIVEN, "source": "more"})
    assert list_refreshed(bench) == [("more", RefreshState.DONE), ("notes", RefreshState.DONE)]
    assert bench.archive.indexing.count_changes() == 0


def test_refresh_leaves_alone_what_was_rolled_back_since_it_was_asked_for(bench: Bench, tmp_path: Path):
    put_file(bench, tmp_path / "notes.jsonl")
    hold(bench, "notes")
    JOBS[JobName.REFRESH].do(bench, {**GIVEN, "source": "notes"})
    assert list_refreshed(bench) == []
    JOBS[JobName.REFRESH].do(bench, {**GIVEN, "source": "notes", "asked": "notes"})
    assert list_refreshed(bench) == [("notes", RefreshState.DONE)]


def test_refresh_of_what_is_gone_says_so(bench: Bench):
    with pytest.raises(UnknownSourceError, match="'notes'"):
        JOBS[JobName.REFRESH].do(bench, {**GIVEN, "source": "notes", "asked": "notes"})


@pytest.mark.parametrize(
    ("ending", "error", "state"),
    [
        (Ending.CANCELLED, RefreshCancelledError, RefreshState.CANCELLED),
        (Ending.LEAVING, RefreshInterruptedError, RefreshState.INTERRUPTED),
    ],
)
def test_job_ends_before_its_time_where_it_is_to(
    bench: Bench, tmp_path: Path, ending: Ending, error: type[Exception], state: RefreshState
):
    put_file(bench, tmp_path / "notes.jsonl")
    bench.find_ending = lambda: ending
    with pytest.raises(error):
        JOBS[JobName.REFRESH].do(bench, {**GIVEN, "source": "notes"})
    assert list_refreshed(bench) == [("notes", state)]
    with pytest.raises(error):
        bench.note(Progress("reading", 1, None))


def test_helper_follows_what_is_made_for_another_model_too(bench: Bench, tmp_path: Path):
    put_file(bench, tmp_path / "notes.jsonl")
    JOBS[JobName.REFRESH].do(bench, {**GIVEN, "source": "notes"})
    other = HashingEncoder(16)
    bench.archive.indexing.begin_reindex(other.id.key, other.name, Process.current())
    JOBS[JobName.INDEX].do(bench, {})
    assert bench.archive.indexing.count_changes(other.id.key) == 0
    assert bench.archive.indexing.count_passages(other.id.key) == 3


def test_house_is_kept_when_all_that_was_asked_for_is_done(bench: Bench):
    asked: list[str] = []
    bench.is_at_work = lambda request: not asked.append(request)
    with pytest.raises(NotYetError):
        JOBS[JobName.HOUSEKEEPING].do(bench, GIVEN)
    bench.is_at_work = lambda _: False
    JOBS[JobName.HOUSEKEEPING].do(bench, GIVEN)
    assert asked == ["ab12"]
