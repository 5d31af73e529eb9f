"""Bringing the sources of a place up to date: not at all if it did not change, in part if only the new is asked for."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from store.archive import Archive
from store.domain.refresh import RefreshReport
from store.domain.source import Place, Source
from store.errors import SourceError
from store.refresh.parts import holds_nothing
from store.refresh.pipeline import NO_ARCHIVE, STAMP_VERSION, Importer
from store.refresh.reading import ImportRequest, Runs
from store.refresh.run import OnProgress, explaining
from store.sources import registry
from store.sources.files import SourceFile, open_files, stamp_files
from store.sources.format import Format
from store.sources.head import Head
from store.text.cleaning import mask_keys

# What is new is asked for from so long before the last reading began: the clock there may be another.
_OVERLAP = timedelta(minutes=15)
_NO_FORMAT = Format("", lambda _: False, lambda _: iter(()))

Index = Callable[[OnProgress], object]


class PageFetcher(Protocol):
    """Fetches pages."""

    def fetch(self, url: str) -> SourceFile:
        """Fetch a page."""

    def fetch_if_changed(self, url: str, stamp: str) -> SourceFile | None:
        """Fetch a page unless it is as it was when it had a stamp; then give None."""


@dataclass(frozen=True, slots=True)
class Places:
    """Reads places into an archive.

    Attributes:
        archive: Where to.
        open_fetcher: Opens what fetches pages.
        index: Brings passages and vectors up to date; told how it goes on.
        full_every: How long only what is new may be asked of a live source that can tell it; then all is read again,
            and what is gone there is seen.
        retention: How old comments may be to be taken; None for any age.
    """

    archive: Archive
    open_fetcher: Callable[[], AbstractContextManager[PageFetcher]]
    index: Index | None = None
    full_every: timedelta = timedelta(days=1)
    retention: timedelta | None = None

    def import_place(self, request: ImportRequest, on_progress: OnProgress = lambda _: None) -> list[RefreshReport]:
        """Import a place; `on_progress` is told how far that is.

        Raises:
            SourceError: It cannot be read.
            RefreshError: Somebody else is at work on a source, or this was cancelled.
        """
        runs = Runs(self.archive, request, on_progress)
        with explaining(request.location):
            return self._read(request, runs, _Known())

    def refresh_place(
        self,
        request: ImportRequest,
        sources: Sequence[Source],
        on_progress: OnProgress = lambda _: None,
        *,
        is_full: bool = False,
    ) -> list[RefreshReport]:
        """Bring the sources that are read from a place up to date.

        Args:
            request: Where they are read from.
            sources: They.
            on_progress: Told how far it is.
            is_full: All of it is read, whether it changed or not.

        Raises:
            SourceError: It cannot be read. That is noted as how the refresh ended.
            RefreshError: Somebody else is at work on a source, or this was cancelled.
        """
        runs = Runs(self.archive, request, on_progress)
        with runs.opened, explaining(request.location):
            for source in sources:
                runs.get(source)
            places = [self.archive.refreshes.find_place(source, request.location) for source in sources]
            return self._read(request, runs, _recall(places, self.full_every, is_full=is_full))

    def _read(self, request: ImportRequest, runs: Runs, known: "_Known") -> list[RefreshReport]:
        if "://" in request.location:
            with self.open_fetcher() as fetcher:
                return self._read_address(request, runs, known, fetcher)
        path = Path(request.location)
        stamp = stamp_files(path)
        if STAMP_VERSION + stamp == known.stamp:
            return self._note_unchanged(runs)
        return self._import(replace(request, stamp=stamp), runs, open_files(path), None)

    def _read_address(
        self, request: ImportRequest, runs: Runs, known: "_Known", fetcher: PageFetcher
    ) -> list[RefreshReport]:
        address = known.address or request.location
        narrow = _find_format(runs).since
        if known.since and (newer := narrow(address, known.since)):
            page = fetcher.fetch(newer)
            if holds_nothing(Head.read(page)):
                return self._note_unchanged(runs)
            request = replace(request, since=known.since)
        else:
            # A list may go on, on another page, while this one is what it was.
            stamp = "" if narrow(address, runs.began_at) else known.stamp
            found = fetcher.fetch_if_changed(address, stamp.removeprefix(STAMP_VERSION))
            if found is None:
                return self._note_unchanged(runs)
            page = found
        if known.address and not request.format_name and registry.find_format(Head.read(page)) is None:
            if known.address == request.location:
                raise SourceError(f"cannot refresh: {mask_keys(address)!r}: {NO_ARCHIVE}")
            # The page that led there may lead elsewhere now.
            request, page = replace(request, since=None), fetcher.fetch(request.location)
        return self._import(request, runs, [page], fetcher)

    def _import(
        self, request: ImportRequest, runs: Runs, files: list[SourceFile], fetcher: PageFetcher | None
    ) -> list[RefreshReport]:
        if self.retention is not None:
            request = replace(request, keep_after=datetime.now(UTC) - self.retention)
        runs.request = request
        importer = Importer(self.archive, request, runs.on_progress, runs)
        return importer.run(files, fetcher.fetch if fetcher else None, self.index)

    def _note_unchanged(self, runs: Runs) -> list[RefreshReport]:
        """Give the receipts of sources whose place is what it was."""
        reports = []
        for run in runs.by_name.values():
            run.tally.unchanged = self.archive.count_comments(run.source)
            self.archive.note_unchanged(run.source, run.key())
            report = run.tally.report(run.source.name, run.source.format)
            reports.append(replace(report, refresh_id=run.id))
        if self.index:
            # What an earlier refresh stored and did not come to.
            runs.index(self.index)
        return reports


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of a place, and holds for all sources that are read from it.

    Attributes:
        stamp: What it was when it was read.
        address: Where its comments were found.
        since: Since when only what is new may be asked for.
    """

    stamp: str = ""
    address: str = ""
    since: datetime | None = None


def _recall(places: Sequence[Place | None], full_every: timedelta, *, is_full: bool) -> _Known:
    stamp, address = (
        found.pop() if len(found := {getattr(place, name, "") for place in places}) == 1 else ""
        for name in ("stamp", "address")
    )
    since = None
    if is_full and any(place and place.location != address for place in places):
        # Where its comments are is found out again.
        address = ""
    if not is_full and len(places) == 1 and places[0] and not _is_due(places[0], full_every):
        since = places[0].read_at - _OVERLAP
    is_same = not is_full and stamp.startswith(STAMP_VERSION)
    return _Known(stamp if is_same else "", address, since)


def _is_due(place: Place, full_every: timedelta) -> bool:
    """Tell whether a place has to be read whole again; also if the clock was set back since."""
    now = datetime.now(UTC)
    return place.full_at is None or place.read_at > now or not timedelta() <= now - place.full_at < full_every


def _find_format(runs: Runs) -> Format:
    """Give the format of the sources that are refreshed; one that knows nothing where that is not one."""
    names = {run.source.format for run in runs.by_name.values()}
    return registry.load_formats().get(names.pop(), _NO_FORMAT) if len(names) == 1 else _NO_FORMAT
