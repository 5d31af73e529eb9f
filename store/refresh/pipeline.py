"""Load → plan → store, for one file or feed; what nobody would want is told of, and not done.

A refresh reads its place first to see what would change, and then once more, to store it. An import stores what comes,
and removes nothing unless that is asked for: a file may hold less than another.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version

from store.archive import Archive
from store.domain.comment import SkippedRecord, SourceProblem
from store.domain.refresh import RefreshReport, RefreshState
from store.domain.source import PlaceReading, Source
from store.errors import FetchError
from store.refresh.intake import Intake
from store.refresh.parts import Fetch, Part, discover, holds_nothing, part_files
from store.refresh.plan import FINGERPRINT_VERSION, MAX_REMOVED_SHARE, is_older_export, is_too_much
from store.refresh.reading import ImportRequest, Reading, Runs
from store.refresh.run import OnProgress, explaining
from store.sources.files import SourceFile
from store.sources.format import Coverage
from store.sources.head import Head

# What is read differently by another version is read again.
STAMP_VERSION = f"{FINGERPRINT_VERSION} {version('harkback')} "
NO_ARCHIVE = (
    "it gave comments, and gives something else now, such as a web page: nothing was changed: look at it in a browser; "
    "if its comments are elsewhere now, import them from there"
)
_ACCEPT = "look at the place, and pass --accept-removals if they are to go"
_OTHERS = f"comments of an earlier export are not in this one: kept: {_ACCEPT}"
_CUT_SHORT = f"comments did not come as the place was read once more: it changed meanwhile: kept: {_ACCEPT}"
_UNREAD_PAGES = "comments of discussions of which a page could not be fetched did not come: kept"
_UNREAD = f"comments did not come, and more could not be read than usual: kept: {_ACCEPT}"


class Importer:
    """Imports one place into one archive. Use one instance for one import; `runs` holds refreshes that have begun."""

    def __init__(
        self,
        archive: Archive,
        request: ImportRequest,
        on_progress: OnProgress = lambda _: None,
        runs: Runs | None = None,
    ) -> None:
        self._archive = archive
        self._request = request
        self._runs = runs or Runs(archive, request, on_progress)
        self._first: SourceFile | None = None
        self._names: dict[int, str] = {}
        self._taken: dict[str, str] = {}

    def run(
        self,
        files: Iterable[SourceFile],
        fetch: Fetch | None = None,
        index: Callable[[OnProgress], object] | None = None,
    ) -> list[RefreshReport]:
        """Import files, following the pages of a live source where there is a way to fetch them.

        Args:
            files: The files, or the first page.
            fetch: Fetches further pages.
            index: Brings passages and vectors up to date; told how it goes on. The refresh ends when it has.

        Returns:
            A report for each source the files held; one without comments where they held none.

        Raises:
            SourceError: None of the files is of a known format, or one cannot be read.
            RefreshError: Somebody else is at work on a source, or this was cancelled.
        """
        places = list(files)
        fetch = _remembering(fetch) if fetch else None
        if fetch and len(places) == 1 and not self._request.format_name:
            places = [discover(places[0], fetch)]
        self._first = places[0] if fetch and places else None
        parts, unread = part_files(places, self._request.location, self._request.format_name)
        with self._runs.opened, explaining(self._request.location):
            stopped: dict[str, str] = {}
            if self._request.is_refresh and self._is_known(parts):
                with self._read(parts, fetch, {}, writes=False) as survey:
                    stopped = self._find_reasons(survey, parts)
                    if self._has_nothing_to_do(survey, stopped):
                        return self._finish(survey, stopped, unread, index)
            with self._read(parts, fetch, stopped, writes=True) as reading:
                return self._finish(reading, stopped, unread, index)

    def _is_known(self, parts: list[Part]) -> bool:
        """Tell whether a source that the place would change holds something."""
        names = {self._name(part) for part in parts}
        known = [source for name in names if (source := self._archive.find_source(name))]
        return not self._request.is_dry_run and any(self._archive.count_comments(source) for source in known)

    @contextmanager
    def _read(
        self, parts: list[Part], fetch: Fetch | None, left_alone: Mapping[str, str], *, writes: bool
    ) -> Iterator[Reading]:
        with Reading(self._archive, self._runs, writes=writes, left_alone=left_alone) as reading:
            reading.read(parts, self._name, fetch)
            yield reading

    def _find_reasons(self, survey: Reading, parts: list[Part]) -> dict[str, str]:
        """Give the sources that are to be left alone, and why."""
        is_archive = self._is_archive(survey, parts)
        reasons = {
            name: self._find_reason(intake) if is_archive or intake.source is None else NO_ARCHIVE
            for name, intake in survey.intakes.items()
        }
        return {name: reason for name, reason in reasons.items() if reason}

    def _is_archive(self, survey: Reading, parts: list[Part]) -> bool:
        """Tell whether the place still holds what somebody said it does, where its content is not what tells that.

        What it holds need not look like that: something came of it, or nothing is in it, or just nothing new.
        """
        counts = [intake.tally.count() for intake in survey.intakes.values()]
        if any(count.changed or count.unchanged or count.skipped for count in counts):
            return True
        if self._request.since is not None and not any(count.problems for count in counts):
            return True
        heads = [(part.format, Head.read(file)) for part in parts for file in part.files]
        return any(known.recognises(head) or holds_nothing(head) for known, head in heads)

    def _has_nothing_to_do(self, survey: Reading, stopped: Mapping[str, str]) -> bool:
        """Tell whether the archive has everything as it came."""
        return all(
            name in stopped
            or not (
                intake.source is None
                or intake.tally.count().changed
                or intake.closed
                or intake.moved
                or any(intake.count_missing(self._archive))
            )
            for name, intake in survey.intakes.items()
        )

    def _find_reason(self, intake: Intake) -> str:
        """Say why nobody would want what this would change; empty if there is no reason."""
        source = intake.source
        if source is None:
            return ""
        reason = self._find_other(intake, source)
        if reason or self._request.accept_removals:
            return reason
        return self._find_older(intake, source) or self._find_loss(intake, source)

    def _find_other(self, intake: Intake, source: Source) -> str:
        """Say that the place is not what it was."""
        if intake.format_name != source.format:
            return (
                f"the place held {source.format} and now holds {intake.format_name}: nothing was changed: "
                "look at the place; if that is right, import it again"
            )
        if intake.other:
            return (
                f"the place was of {source.identity} and now is of {intake.identity}: nothing was changed: "
                "look at the place; if that is right, import it with a --source of its own"
            )
        return ""

    def _find_loss(self, intake: Intake, source: Source) -> str:
        """Say that more is gone than anybody removes at once."""
        missing, _ = intake.count_missing(self._archive)
        gone = intake.marked + (missing if intake.is_complete else 0)
        # What the source itself has removed is gone already where this is stored.
        held = self._archive.count_comments(source) + (intake.tally.deleted - intake.tally.added if intake.key else 0)
        if not is_too_much(gone, held):
            return ""
        return (
            f"{gone:,} of {held:,} comments would be removed, more than {MAX_REMOVED_SHARE:.0%}: "
            f"nothing was changed: {_ACCEPT}"
        )

    def _find_older(self, intake: Intake, source: Source) -> str:
        """Say that a file is older than what was read there before; empty if it is not, or holds just a part anyway."""
        if self._first or intake.scope.coverage is Coverage.PART or not intake.is_complete:
            return ""
        later = self._find_later(intake, source)
        expected = later.keys() - intake.removed
        # An older export knows of none that was removed since.
        if not expected or not is_older_export(
            taken_back=intake.taken_back,
            returning=intake.tally.added,
            missing=sum(not intake.seen.find([native_id]) for native_id in expected),
            held=self._archive.count_comments(source),
        ):
            return ""
        before = max(later.values())
        assert intake.newest is not None
        return (
            f"the newest comment is of {intake.newest:%Y-%m-%d %H:%M} UTC, and there was one of "
            f"{before:%Y-%m-%d %H:%M} UTC: it may be an older export: nothing was changed: {_ACCEPT}"
        )

    def _find_later(self, intake: Intake, source: Source) -> dict[str, datetime]:
        """Give the comments that came from a place before, and are of after all that came now, with their times.

        A time that has not come yet tells nothing: what is written next would be older, too.
        """
        if intake.newest is None:
            return {}
        return self._archive.find_later(source, intake.scope.place_id, intake.newest, datetime.now(UTC))

    def _finish(
        self,
        reading: Reading,
        stopped: dict[str, str],
        unread: list[SourceProblem | SkippedRecord],
        index: Callable[[OnProgress], object] | None,
    ) -> list[RefreshReport]:
        intakes = list(reading.intakes.values())
        for problem in unread:
            intakes[0].note(problem)
        for intake in intakes:
            if intake.name in stopped:
                self._stop(intake, stopped[intake.name])
            elif intake.source and not self._request.is_dry_run:
                problems = intake.count_problems()
                kept = self._remove_missing(intake)
                self._note_read(intake, reading, None if kept else problems)
        if index and self._runs.by_name:
            self._runs.index(index)
        return [self._report(intake) for intake in intakes]

    def _stop(self, intake: Intake, reason: str) -> None:
        assert intake.source is not None
        run = self._runs.get(intake.source)
        run.tally, run.state, run.message = intake.tally, RefreshState.STOPPED, reason
        tally = intake.tally
        tally.unchanged = self._archive.count_comments(intake.source)
        tally.added = tally.edited = tally.deleted = 0
        intake.note(SourceProblem(self._request.location, reason))
        self._archive.note_problems(intake.source, self._request.location, tally.groups(), run.key())

    def _remove_missing(self, intake: Intake) -> int:
        """Remove what is gone, and tell of what only may be; give how much was not removed as it may not be gone."""
        assert intake.source is not None
        accepts = self._request.accept_removals
        doubt = "" if accepts else self._find_doubt(intake, intake.source)
        if unread := intake.count_unread(self._archive):
            intake.note(SourceProblem(f"{unread:,}", _UNREAD_PAGES))
        if intake.missing == (0, 0):
            return 0
        kept = others = 0
        for gone, maybe in intake.iterate_missing(self._archive, with_others=accepts):
            others += len(maybe)
            if doubt:
                kept += len(gone)
            elif gone:
                intake.tally.deleted += self._archive.delete_comments(intake.source, gone, intake.key)
        for count, reason in ((kept, doubt), (others, _OTHERS)):
            if count:
                intake.note(SourceProblem(f"{count:,}", reason))
        return kept

    def _find_doubt(self, intake: Intake, source: Source) -> str:
        """Say why what did not come may not be gone; empty if it is.

        How much it is was looked at as the place was compared: it may have been cut short since, or be just written.
        """
        if not intake.is_complete:
            return _UNREAD
        return _CUT_SHORT if intake.scope.is_known and self._find_loss(intake, source) else ""

    def _note_read(self, intake: Intake, reading: Reading, problem_count: int | None) -> None:
        assert intake.source is not None
        is_partial = self._request.since is not None
        if is_partial:
            intake.tally.unchanged = (
                self._archive.count_comments(intake.source) - intake.tally.added - intake.tally.edited
            )
        run = self._runs.get(intake.source)
        run.tally = intake.tally
        # Whatever this one changed: an earlier one may have been killed before it came to this.
        self._archive.purging.delete_empty(intake.source, run.key())
        self._archive.note_refreshed(
            intake.source,
            self._request.location,
            intake.tally.groups(),
            PlaceReading(
                stamp=self._find_stamp(intake, reading),
                address=self._first.name if self._first and not is_partial else "",
                began_at=self._runs.began_at,
                is_whole=intake.is_usual,
                is_partial=is_partial,
                problem_count=problem_count if intake.is_whole and not is_partial else None,
            ),
            run.key(),
        )

    def _find_stamp(self, intake: Intake, reading: Reading) -> str:
        """Give what tells that nothing changed; empty where it does not tell that of all that was read."""
        stamp = self._first.stamp if self._first else self._request.stamp
        # The stamp of one page says nothing of the others, nor that of what is new of the rest.
        is_all = self._first is None or (reading.page_count == 1 and self._request.since is None)
        return STAMP_VERSION + stamp if stamp and is_all and intake.is_whole else ""

    def _report(self, intake: Intake) -> RefreshReport:
        report = intake.tally.report(intake.name, intake.format_name)
        run = self._runs.by_name.get(intake.name)
        if run is None:
            return report
        return replace(report, refresh_id=run.id, state=run.state)

    def _name(self, part: Part) -> str:
        """Name the source: as asked for, as the same place is called already, or after the file or host."""
        if id(part) not in self._names:
            name = self._names[id(part)] = self._find_name(part)
            self._taken.setdefault(name, part.identity)
        return self._names[id(part)]

    def _find_name(self, part: Part) -> str:
        if self._request.source_name:
            return self._request.source_name
        known = self._archive.find_source_of(part.identity) if part.identity else None
        if known:
            return known.name
        name, number = self._request.default_name, 1
        while self._is_anothers(name, part):
            number += 1
            name = f"{self._request.default_name} {number}"
        return name

    def _is_anothers(self, name: str, part: Part) -> bool:
        """Tell whether a source of this name is of another place."""
        known = self._archive.find_source(name)
        other = self._taken.get(name, known.identity if known else "")
        return bool(other and part.identity and other != part.identity)


def _remembering(fetch: Fetch) -> Fetch:
    """Fetch each address once, however often it is asked for."""
    known: dict[str, SourceFile | FetchError] = {}

    def fetch_once(url: str) -> SourceFile:
        if url not in known:
            try:
                known[url] = fetch(url)
            except FetchError as error:
                known[url] = error
        found = known[url]
        if isinstance(found, FetchError):
            raise found
        return found

    return fetch_once
