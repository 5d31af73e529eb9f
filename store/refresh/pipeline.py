"""Load → plan → store, for one file or feed. Chunk by chunk, one transaction each, so that it may end at any moment."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from store.archive import Archive
from store.domain.comment import Comment, SkippedRecord, SourceItem, SourceProblem
from store.domain.source import Progress, RefreshReport, RefreshTally, Source
from store.domain.viewer import Visibility
from store.errors import SourceError
from store.refresh.plan import fingerprint, plan
from store.sources import registry
from store.sources.files import SourceFile
from store.sources.format import Format
from store.sources.head import Head

# Small enough that a reader never waits long for the write lock, large enough that commits do not show.
CHUNK_COMMENTS = 500
MAX_PAGES = 20_000
_PROGRESS_EVERY = 100

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import, and as what. Where `source_name` is None, records may name their own source."""

    location: str
    default_name: str
    source_name: str | None = None
    format_name: str | None = None
    visibility: Visibility | None = None
    is_dry_run: bool = False


@dataclass(slots=True)
class _Intake:
    """One source being brought up to date."""

    name: str
    source: Source | None
    tally: RefreshTally = field(default_factory=RefreshTally)
    chunk: list[tuple[Comment, bytes]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    seen: dict[int, int] = field(default_factory=dict)


class Importer:
    """Imports one place into one archive. Use one instance for one import."""

    def __init__(self, archive: Archive, request: ImportRequest, on_progress: OnProgress = lambda _: None) -> None:
        self._archive = archive
        self._request = request
        self._on_progress = on_progress
        self._intakes: dict[str, _Intake] = {}
        self._pages: list[SourceFile] = []
        self._read = 0

    def run(self, files: Iterable[SourceFile], fetch: Callable[[str], SourceFile] | None = None) -> list[RefreshReport]:
        """Import files, following the pages of a live source where there is a way to fetch them.

        Returns:
            A report for each source the files held; one without comments where they held none.

        Raises:
            SourceError: None of the files is of a known format, or one cannot be read.
        """
        grouped = self._group(list(files))
        for known, some in grouped.items():
            for item in known.parse(self._iterate_pages(some, known, fetch)):
                self._take(item, known.name)
                self._note_progress()
        main = max(grouped, key=lambda known: len(grouped[known])).name if grouped else ""
        if not self._intakes:
            self._intake(self._request.source_name or self._request.default_name, main)
        return [self._finish(intake, main) for intake in self._intakes.values()]

    def _group(self, files: list[SourceFile]) -> dict[Format, list[SourceFile]]:
        """Put the files of each format together; what is of none, in a zip or folder, is left out."""
        if self._request.format_name:
            chosen = registry.get_format(self._request.format_name)
            return {chosen: [file for file in files if len(files) == 1 or chosen.recognises(Head.read(file))] or files}
        if len(files) == 1:
            return {registry.recognise(files[0]): files}
        grouped: dict[Format, list[SourceFile]] = {}
        for file in files:
            if known := registry.find_format(Head.read(file)):
                grouped.setdefault(known, []).append(file)
        if not grouped:
            raise SourceError(
                f"cannot import: {self._request.location!r}: none of the {len(files)} files in it is of a known format "
                f"({', '.join(sorted(registry.load_formats()))}): check that it is the export itself"
            )
        return grouped

    def _iterate_pages(
        self, files: list[SourceFile], known: Format, fetch: Callable[[str], SourceFile] | None
    ) -> Iterator[SourceFile]:
        """Give files and, of a live source, the pages that belong to them, each fetched when it is its turn."""
        visited = {file.name for file in files}
        waiting: deque[SourceFile | str] = deque(files)
        while waiting:
            page = waiting.popleft()
            if isinstance(page, str):
                assert fetch is not None
                page = fetch(page)
            self._pages.append(page)
            yield page
            if fetch:
                further = [url for url in (page.next_url, *known.find_further(page)) if url and url not in visited]
                waiting.extend(further[: max(0, MAX_PAGES - len(visited))])
                visited.update(further)

    def _note_progress(self) -> None:
        self._read += 1
        if self._read % _PROGRESS_EVERY == 0:
            # Records are about equally long: what was read of the bytes tells how many there will be.
            position, size = (sum(getattr(page, name) for page in self._pages) for name in ("position", "size"))
            self._on_progress(Progress("reading", self._read, int(self._read * size / position) if position else None))

    def _take(self, item: SourceItem, format_name: str) -> None:
        default = self._request.source_name or self._request.default_name
        own = item.source if isinstance(item, Comment) and not self._request.source_name else ""
        intake = self._intake(own or default, format_name)
        if isinstance(item, SourceProblem):
            intake.tally.note_problem(item)
        elif isinstance(item, SkippedRecord):
            intake.tally.skipped += 1
            # It may have been imported before it was removed.
            intake.gone.append(item.record)
            self._store_if_full(intake)
        else:
            self._take_comment(intake, item)

    def _take_comment(self, intake: _Intake, comment: Comment) -> None:
        now = fingerprint(comment)
        # Hashes alone: the ids of a million comments would be most of the memory of an import.
        id_hash = hash(comment.native_id)
        earlier = intake.seen.get(id_hash)
        if earlier is None:
            intake.seen[id_hash] = hash(now)
            intake.chunk.append((comment, now))
            self._store_if_full(intake)
        elif earlier != hash(now):
            # Pages of a live feed overlap, and the same again is no news; this is something else.
            reason = "the id stands twice with different content: kept the first"
            intake.tally.note_problem(SourceProblem(comment.native_id, reason))

    def _store_if_full(self, intake: _Intake) -> None:
        if len(intake.chunk) + len(intake.gone) >= CHUNK_COMMENTS:
            self._store(intake)

    def _delete(self, intake: _Intake) -> int:
        """Remove what the source has removed; give how many were in the archive."""
        gone, intake.gone = intake.gone, []
        if intake.source is None or not gone:
            return 0
        known = self._archive.find_fingerprints(intake.source, gone)
        if known and not self._request.is_dry_run:
            self._archive.delete_comments(intake.source, list(known))
        return len(known)

    def _store(self, intake: _Intake) -> None:
        ids = [comment.native_id for comment, _ in intake.chunk]
        known = self._archive.find_fingerprints(intake.source, ids) if intake.source else {}
        planned = plan(intake.chunk, known)
        if intake.source and planned.changed and not self._request.is_dry_run:
            self._archive.put_comments(intake.source, planned.changed)
        intake.tally.deleted += self._delete(intake)
        intake.tally.added += len(planned.new)
        intake.tally.edited += len(planned.edited)
        intake.tally.unchanged += planned.unchanged
        intake.chunk.clear()

    def _intake(self, name: str, format_name: str) -> _Intake:
        if name not in self._intakes:
            if self._request.is_dry_run:
                source = self._archive.find_source(name)
            else:
                source = self._archive.put_source(name, format_name, self._request.location, self._request.visibility)
            self._intakes[name] = _Intake(name, source)
        return self._intakes[name]

    def _finish(self, intake: _Intake, format_name: str) -> RefreshReport:
        self._store(intake)
        if intake.source and not self._request.is_dry_run:
            self._archive.note_refreshed(intake.source)
        return intake.tally.report(intake.name, format_name)
