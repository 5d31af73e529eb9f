"""Bringing the sources of a place up to date: not at all if it did not change, in part if only the new is asked for."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from store.archive import Archive
from store.domain.refresh import RefreshReport
from store.domain.source import Place, Source
from store.refresh.pipeline import MANY_PAGES, Importer
from store.refresh.plan import FINGERPRINT_VERSION
from store.refresh.reading import ImportRequest, Runs
from store.refresh.run import OnProgress
from store.sources import registry
from store.sources.files import SourceFile, open_files, stamp_files

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
    """

    archive: Archive
    open_fetcher: Callable[[], AbstractContextManager[PageFetcher]]
    index: Index | None = None
    full_every: timedelta = timedelta(days=1)

    def import_place(self, request: ImportRequest, on_progress: OnProgress = lambda _: None) -> list[RefreshReport]:
        """Import a place; `on_progress` is told how far that is.

        Raises:
            SourceError: It cannot be read.
            RefreshError: Somebody else is at work on a source, or this was cancelled.
        """
        runs = Runs(self.archive, request, on_progress)
        return self._read(request, runs, known_stamp="", since=None)

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
        with runs.opened:
            for source in sources:
                runs.get(source)
            places = [self.archive.find_place(source, request.location) for source in sources]
            is_due = is_full or any(place is None or self._is_due(place) for place in places)
            known_stamp = "" if is_full else _find_stamp(places, is_due=is_due)
            since = None if is_due or len(places) != 1 or places[0] is None else places[0].read_at
            return self._read(request, runs, known_stamp=known_stamp, since=since)

    def _read(
        self, request: ImportRequest, runs: Runs, *, known_stamp: str, since: datetime | None
    ) -> list[RefreshReport]:
        if "://" not in request.location:
            path = Path(request.location)
            stamp = _VERSION + stamp_files(path)
            if stamp == known_stamp:
                return self._note_unchanged(runs)
            return self._import(replace(request, stamp=stamp), runs, open_files(path), None)
        with self.open_fetcher() as fetcher:
            page = fetcher.fetch_if_changed(request.location, known_stamp.removeprefix(_VERSION))
            if page is None:
                return self._note_unchanged(runs)
            request = replace(request, stamp=_VERSION + page.stamp if page.stamp else "")
            newer = self._find_newer(runs, request, since)
            if newer:
                request = replace(request, is_partial=True)
                page = fetcher.fetch(newer)
            return self._import(request, runs, [page], fetcher)

    def _import(
        self, request: ImportRequest, runs: Runs, files: list[SourceFile], fetcher: PageFetcher | None
    ) -> list[RefreshReport]:
        runs.request = request
        importer = Importer(self.archive, request, runs.on_progress, runs)
        return importer.run(files, fetcher.fetch if fetcher else None, self.index)

    def _note_unchanged(self, runs: Runs) -> list[RefreshReport]:
        """Give the receipts of sources whose place is what it was."""
        reports = []
        for run in runs.by_name.values():
            run.tally.unchanged = self.archive.count_comments(run.source)
            self.archive.note_unchanged(run.source)
            report = run.tally.report(run.source.name, run.source.format)
            reports.append(replace(report, refresh_id=run.id))
        if self.index:
            # What an earlier refresh stored and did not come to.
            self.index(runs.on_progress)
        return reports

    def _is_due(self, place: Place) -> bool:
        """Tell whether a place has to be read whole again; also if the clock was set back since."""
        return place.full_at is None or not timedelta() <= datetime.now(UTC) - place.full_at < self.full_every

    def _find_newer(self, runs: Runs, request: ImportRequest, since: datetime | None) -> str:
        """Give the address of what is new since a time, where the source has one."""
        if since is None:
            return ""
        (run,) = runs.by_name.values()
        known = registry.load_formats().get(run.source.format)
        return known.since(request.location, since) if known else ""


# What is read differently by another version is read again.
_VERSION = f"{FINGERPRINT_VERSION} {version('harkback')} "


def _find_stamp(places: Sequence[Place | None], *, is_due: bool) -> str:
    """Give the stamp that a place had when it was read last, for all of its sources."""
    stamps = {place.stamp if place else "" for place in places}
    stamp = stamps.pop() if len(stamps) == 1 else ""
    if stamp.startswith(MANY_PAGES) and is_due:
        return ""
    stamp = stamp.removeprefix(MANY_PAGES)
    return stamp if stamp.startswith(_VERSION) else ""
