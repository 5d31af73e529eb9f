"""The jobs that workers do, all in one place: what each does, whose turn it is, and which failures may pass.

Nothing here knows the queue.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, StrEnum
from functools import partial

import structlog

from bot.choosing import choose_places
from bot.settings import Settings
from bot.wiring import Models, make_housekeeping, make_places
from store.archive import Archive
from store.domain.refresh import Progress
from store.errors import (
    ArchiveError,
    EncoderChangedError,
    FetchError,
    RefreshCancelledError,
    RefreshInterruptedError,
    RefreshLostError,
    SchemaError,
    SourceBusyError,
)
from store.refresh.indexing import follow_changes, index_pending

_log = structlog.get_logger(__name__)

# A job is tried so often; one whose worker died of it, too.
TRIES = 5
# How long after it failed it is tried again: twice as long each time. In all longer than a source is taken for busy
# that a dead process was at.
_FIRST_WAIT = timedelta(seconds=15)
_LOG_SECONDS = 30.0
_MAY_PASS = (ArchiveError, EncoderChangedError, FetchError, RefreshLostError, SourceBusyError)

# What a job is given: JSON.
Given = Mapping[str, str]


class JobName(StrEnum):
    """What workers do."""

    REFRESH = "refresh"
    INDEX = "index"
    HOUSEKEEPING = "housekeeping"


class Ending(Enum):
    """Why a job is to end before its time: somebody cancelled it, or its worker is about to end."""

    CANCELLED = 1
    LEAVING = 2


class NotYetError(Exception):
    """It is not this job's turn yet."""


@dataclass(slots=True)
class Bench:
    """What a job is done with.

    Attributes:
        find_ending: Tells why the job is to end; None for not.
        is_at_work: Tells whether anything of a request is still to be refreshed.
    """

    settings: Settings
    archive: Archive
    models: Models
    find_ending: Callable[[], Ending | None]
    is_at_work: Callable[[str], bool]
    _logged_at: float = 0.0

    def note(self, progress: Progress) -> None:
        """Go on, unless the job is to end; the log tells from time to time how far it is.

        Raises:
            RefreshCancelledError: As for `check`.
            RefreshInterruptedError: As for `check`.
        """
        self.check()
        now = time.monotonic()
        if now - self._logged_at >= _LOG_SECONDS:
            self._logged_at = now
            of_all = {"of": progress.total} if progress.total else {}
            _log.info("at work", stage=progress.stage, source=progress.source, done=progress.done, **of_all)

    def check(self) -> None:
        """Go on, unless the job is to end.

        Raises:
            RefreshCancelledError: Somebody cancelled it.
            RefreshInterruptedError: Its worker is about to end.
        """
        ending = self.find_ending()
        if ending is Ending.CANCELLED:
            raise RefreshCancelledError("cannot go on with the job: it was cancelled: what was stored is kept")
        if ending is Ending.LEAVING:
            raise RefreshInterruptedError("its worker is about to end: what was stored is kept, and another goes on")


def refresh(bench: Bench, given: Given) -> None:
    """Bring the sources of one place up to date, as they are chosen by now for all that was asked for."""
    choice = choose_places(bench.archive, [given["asked"]] if given["asked"] else [])
    places = make_places(bench.settings, bench.archive, bench.models, bench.check)
    for request, sources in choice.requests.items():
        if given["source"] in [one.name for one in sources]:
            places.refresh_place(request, sources, bench.note)


def index(bench: Bench, _: Given) -> None:
    """Help whoever embeds much: with the archive's model, and with the one that it is being changed to."""
    archive = bench.archive
    index_pending(archive, partial(bench.models.get_of, archive), bench.note, waits=False)
    building = archive.indexing.find_building_encoder()
    if building:
        encoder = bench.models.load(building.name)
        if encoder.id.key == building.key:
            follow_changes(archive, encoder, archive.indexing.count_changes(building.key), bench.note, waits=False)


def keep_house(bench: Bench, given: Given) -> None:
    """Remove for good what is to be gone, when all that was asked for is up to date.

    Raises:
        NotYetError: It is not.
    """
    if bench.is_at_work(given["request"]):
        raise NotYetError
    for message in make_housekeeping(bench.settings, bench.archive, bench.models).run(bench.note):
        _log.warning("left for the next time", reason=message)


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job. Of several that wait, one with a higher priority is begun first."""

    do: Callable[[Bench, Given], None]
    priority: int


JOBS: Mapping[JobName, JobKind] = {
    JobName.REFRESH: JobKind(refresh, 0),
    JobName.INDEX: JobKind(index, -1),
    JobName.HOUSEKEEPING: JobKind(keep_house, -2),
}


def find_wait(error: Exception, failures: int) -> timedelta | None:
    """Give how long to wait before a job is tried again that has failed so often; None for never.

    What may pass: a network, a database or a source that somebody else is at. What a place holds does not.
    """
    if failures >= TRIES or not isinstance(error, _MAY_PASS) or isinstance(error, SchemaError):
        return None
    return _FIRST_WAIT * (1 << (failures - 1))
