"""What it takes to answer: a model, the database and its schema, and Slack."""

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
    """Make what looks at each."""

    def check_model() -> str:
        if live.is_by_words_alone:
            raise TroubleError("the archive's model cannot be loaded: questions are answered by words alone")
        return "loaded"

    def check_database() -> str:
        archive.searching.read_generation()
        return "can be read"

    def check_schema() -> str:
        try:
            return migrate.check(archive.database)
        except SchemaError as error:
            raise TroubleError("it does not fit this program: `harkback db upgrade --check` says why") from error

    def check_slack() -> str:
        if connection and not connection.is_up():
            raise TroubleError("not connected")
        return "connected" if connection else "posts here"

    return {"model": check_model, "database": check_database, "schema": check_schema, "slack": check_slack}
