"""One refresh at work: what it may, how far it is, how long each stage took, and how it ended."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from embeddings.errors import EncoderError
from store.archive import Archive
from store.domain.refresh import Progress, Refresh, RefreshKind, RefreshState, RefreshTally
from store.domain.source import Source
from store.errors import (
    RefreshCancelledError,
    RefreshError,
    RefreshInterruptedError,
    RefreshLostError,
    StoreError,
)
from store.refresh.masking import mask_line
from store.refresh.owner import BEAT_SECONDS, Process
from store.repositories.refreshes import RefreshKey, explain_cancelled
from store.text.cleaning import mask_keys

# How often what others see of it is written down: they look at it every few seconds.
NOTE_SECONDS = 1.0

_log = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]


@contextmanager
def explaining(place: str) -> Iterator[None]:
    """Give what nobody expected as an error of ours, and tell the log of it: other places are none the worse.

    Raises:
        RefreshError: There was such an error.
    """
    try:
        yield
    except (StoreError, EncoderError):
        raise
    except Exception as error:
        reference = secrets.token_hex(4)
        _log.exception("a refresh failed: reference %s", reference)
        raise RefreshError(
            f"cannot go on with the place: {mask_keys(place)!r}: {type(error).__name__}, which is a fault of this "
            f"program: what was stored is kept; report it, with what the log says by this reference: {reference}"
        ) from error


def make_check(archive: Archive) -> Callable[[], None]:
    """Make what ends this process's refresh by an error if it was cancelled, for where nothing is noted for long.

    It may be called all the time, and looks about every second.
    """
    looked_at, made_at = time.monotonic(), datetime.now(UTC)

    def check() -> None:
        nonlocal looked_at
        if time.monotonic() - looked_at < NOTE_SECONDS:
            return
        looked_at, at_work = time.monotonic(), list[Refresh]()
        # Whoever writes next is told of that.
        with suppress(StoreError):
            at_work = archive.refreshes.list_at_work()
        me = Process.current().name
        for refresh in at_work:
            # One that could not be ended as it should says nothing about what came later.
            is_ours = refresh.owner == me and refresh.begun_at >= made_at
            if is_ours and refresh.state is RefreshState.CANCELLING:
                raise RefreshCancelledError(explain_cancelled(refresh.source))

    return check


class RefreshRun:
    """A refresh of one source, from its beginning to its end. Leave it by an error, and it has failed.

    Attributes:
        tally: What it has done so far.
        state: How it ends, unless by an error.
        message: Why it ends so.
    """

    def __init__(
        self,
        archive: Archive,
        source: Source,
        kind: RefreshKind,
        on_progress: OnProgress = lambda _: None,
        *,
        undoes_id: int | None = None,
    ) -> None:
        """Begin.

        Raises:
            SourceBusyError: Somebody else is at work on the source.
        """
        self.source = source
        self.tally = RefreshTally()
        self.state = RefreshState.DONE
        self.message = ""
        self.seconds: dict[str, float] = {}
        self._archive = archive
        self._on_progress = on_progress
        self._began_at = time.perf_counter()
        self._noted_at = 0.0
        self._ended = threading.Event()
        self.id = archive.refreshes.begin(source, kind, Process.current(), undoes_id=undoes_id)
        self._heart = threading.Thread(target=self._beat, name=f"refresh {self.id}", daemon=True)
        self._heart.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._ended.set()
        self._heart.join()
        if isinstance(error, RefreshLostError) and error.refresh_id == self.id:
            # It is not ours any more: somebody else has noted how it ended.
            return
        if error is not None:
            self.state, self.message = _explain(error, self.source.name)
        self.seconds["reading"] = time.perf_counter() - self._began_at - sum(self.seconds.values())
        # What failed may be the database itself: then the next refresh finds that nobody is at work here.
        with suppress(*([StoreError] if error is not None else [])):
            self._archive.refreshes.end(self.id, self.state, self.tally.count(), self.seconds, self.message)

    def key(self, place_id: int | None = None) -> RefreshKey:
        """Give what it writes as."""
        return RefreshKey(self.id, place_id)

    def note(self, progress: Progress) -> None:
        """Note how far it is, for whoever looks on; others see it about every second.

        Raises:
            RefreshLostError: It was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        self._on_progress(progress)
        self.note_quietly(progress)

    def note_quietly(self, progress: Progress) -> None:
        """Note how far it is as `note` does, but where whoever looks on is told by another."""
        self.seconds.update(progress.seconds)
        now = time.monotonic()
        if now - self._noted_at >= NOTE_SECONDS:
            self._noted_at = now
            self._archive.refreshes.note_progress(
                self.id, progress.stage, progress.done, progress.total, self.tally.count()
            )

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Count the time spent inside for a stage; what another stage inside takes counts for that one alone."""
        began, inner = time.perf_counter(), sum(self.seconds.values())
        try:
            yield
        finally:
            spent = time.perf_counter() - began - (sum(self.seconds.values()) - inner)
            self.seconds[stage] = self.seconds.get(stage, 0.0) + spent

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            with suppress(StoreError):
                self._archive.refreshes.note_alive(self.id)


def _explain(error: BaseException, source: str) -> tuple[RefreshState, str]:
    if isinstance(error, (RefreshCancelledError, KeyboardInterrupt)):
        return RefreshState.CANCELLED, explain_cancelled(source)
    if isinstance(error, RefreshInterruptedError):
        return RefreshState.INTERRUPTED, str(error)
    is_ours = isinstance(error, (StoreError, EncoderError))
    # It is kept, and an address that could not be fetched may hold a key.
    return RefreshState.FAILED, mask_line(str(error)) if is_ours else type(error).__name__
