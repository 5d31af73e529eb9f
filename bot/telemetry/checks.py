"""What it takes to answer or to work: a model, the database and its schema, Slack, and the queue of jobs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.telemetry.readiness import TroubleError
from store.archive import Archive
from store.db import migrate
from store.errors import SchemaError
from store.search.live_index import LiveIndex


@dataclass(frozen=True, slots=True)
class Connection:
    """The connection to Slack that this process keeps open; there is none where Slack posts here."""

    is_up: Callable[[], bool]
    count_reconnections: Callable[[], int]


def make_checks(archive: Archive, live: LiveIndex, connection: Connection | None) -> Mapping[str, Callable[[], str]]:
    """Make what looks at each thing that it takes to answer."""

    def check_model() -> str:
        if live.is_by_words_alone:
            raise TroubleError("the archive's model cannot be loaded: questions are answered by words alone")
        return "loaded"

    def check_slack() -> str:
        if connection and not connection.is_up():
            raise TroubleError("not connected")
        return "connected" if connection else "posts here"

    return {"model": check_model, **_make_archive_checks(archive), "slack": check_slack}


def make_worker_checks(archive: Archive, find_trouble: Callable[[], str | None]) -> Mapping[str, Callable[[], str]]:
    """Make what looks at each thing that it takes to do jobs; `find_trouble` tells what is wrong with taking them."""

    def check_jobs() -> str:
        if trouble := find_trouble():
            raise TroubleError(trouble)
        return "are taken"

    return {**_make_archive_checks(archive), "jobs": check_jobs}


def _make_archive_checks(archive: Archive) -> Mapping[str, Callable[[], str]]:
    def check_database() -> str:
        archive.searching.read_generation()
        return "can be read"

    def check_schema() -> str:
        try:
            return migrate.check(archive.database)
        except SchemaError as error:
            raise TroubleError("it does not fit this program: `harkback db upgrade --check` says why") from error

    return {"database": check_database, "schema": check_schema}
