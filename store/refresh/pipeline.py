"""Load → plan → store, for one file or feed. Chunk by chunk, one transaction each, so that it may end at any moment."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from store.archive import Archive
from store.domain.comment import Comment, SkippedRecord, SourceItem, SourceProblem
from store.domain.source import Progress, RefreshReport, RefreshTally, Source
from store.domain.viewer import PUBLIC, Visibility
from store.errors import FetchError
from store.refresh.masking import mask_comment, mask_problem
from store.refresh.parts import Fetch, Part, discover, part_files
from store.refresh.plan import fingerprint, plan
from store.refresh.seen import SeenComments
from store.sources.files import SourceFile
from store.text.cleaning import mask_private

# Small enough that a reader never waits long for the write lock, large enough that commits do not show.
CHUNK_COMMENTS = 500
MAX_PAGES = 20_000
PROGRESS_SECONDS = 0.2
PRIVATE = "private: import with --include-private to take it"
_TOO_MANY = f"it has more than {MAX_PAGES:,} pages: import the others by their own addresses"
_REPLACED = "comments of another place had the same ids and were replaced: give each place a --source of its own"

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import, and as what. Where `source_name` is None, records may name their own source.

    `format_name` is taken for the files whatever they hold; without it, their content tells.
    """

    location: str
    default_name: str
    source_name: str | None = None
    format_name: str | None = None
    visibility: Visibility | None = None
    is_dry_run: bool = False
    include_private: bool = False


@dataclass(slots=True)
class _Intake:
    """One source being brought up to date.

    `other` is the place it was of before, if that was another; `closing` holds private channels that may have been
    public before.
    """

    name: str
    format_name: str
    identity: str
    source: Source | None
    seen: SeenComments
    other: str = ""
    tally: RefreshTally = field(default_factory=RefreshTally)
    chunk: list[tuple[Comment, bytes]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    closing: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)


class Importer:
    """Imports one place into one archive. Use one instance for one import."""

    def __init__(self, archive: Archive, request: ImportRequest, on_progress: OnProgress = lambda _: None) -> None:
        self._archive = archive
        self._request = request
        self._on_progress = on_progress
        self._intakes: dict[str, _Intake] = {}
        self._opened = ExitStack()
        self._pages: list[SourceFile] = []
        self._read = 0
        self._told_at = 0.0

    def run(self, files: Iterable[SourceFile], fetch: Fetch | None = None) -> list[RefreshReport]:
        """Import files, following the pages of a live source where there is a way to fetch them.

        Returns:
            A report for each source the files held; one without comments where they held none.

        Raises:
            SourceError: None of the files is of a known format, or one cannot be read.
        """
        places = list(files)
        if fetch and len(places) == 1 and not self._request.format_name:
            places = [discover(places[0], fetch)]
        with self._opened:
            parts, unread = part_files(places, self._request.location, self._request.format_name)
            for part in parts:
                name = self._name(part)
                for item in part.format.parse(self._iterate_pages(part, name, fetch)):
                    self._take(item, part, name)
                    self._note_progress()
                if not self._intakes:
                    self._intake(name, part)
            for problem in unread:
                self._note(next(iter(self._intakes.values())), problem)
            return [self._finish(intake) for intake in self._intakes.values()]

    def _name(self, part: Part) -> str:
        """Name the source: as asked for, as the same place is called already, or after the file or host."""
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
        begun = self._intakes.get(name)
        known = begun.source if begun else self._archive.find_source(name)
        other = begun.identity if begun else known.identity if known else ""
        return bool(other and part.identity and other != part.identity)

    def _iterate_pages(self, part: Part, name: str, fetch: Fetch | None) -> Iterator[SourceFile]:
        """Give files and, of a live source, the pages that belong to them, each fetched when it is its turn.

        A page that cannot be fetched is a problem, and does not stop the others.
        """
        visited = {file.name for file in part.files}
        waiting: deque[SourceFile | str] = deque(part.files)
        while waiting:
            page = waiting.popleft()
            if isinstance(page, str):
                assert fetch is not None
                try:
                    page = replace(fetch(page), member=page)
                except FetchError as error:
                    self._note(self._intake(name, part), SourceProblem(str(error), "a page could not be fetched"))
                    continue
            self._pages.append(page)
            yield page
            if fetch:
                found = dict.fromkeys((page.next_url, *part.format.find_further(page)))
                further = [url for url in found if url and url not in visited]
                room = max(0, MAX_PAGES - len(visited))
                waiting.extend(further[:room])
                visited.update(further)
                for url in further[room:]:
                    self._note(self._intake(name, part), SourceProblem(url, _TOO_MANY))

    def _note_progress(self) -> None:
        self._read += 1
        now = time.monotonic()
        if now - self._told_at >= PROGRESS_SECONDS:
            self._told_at = now
            # Records are about equally long: what was read of the bytes tells how many there will be.
            position, size = (sum(getattr(page, name) for page in self._pages) for name in ("position", "size"))
            total = max(self._read, int(self._read * size / position)) if position else None
            self._on_progress(Progress("reading", self._read, total))

    def _take(self, item: SourceItem, part: Part, name: str) -> None:
        own = item.source if isinstance(item, Comment) and not self._request.source_name else ""
        intake = self._intake(own or name, part)
        if isinstance(item, Comment) and not part.format.says_visibility:
            visibility = item.discussion.channel.visibility
            intake.closing |= visibility.ids - intake.closed if visibility.kind == "channel" else set()
        if isinstance(item, Comment) and self._is_left_out(item, part, intake):
            item = SkippedRecord(item.native_id, PRIVATE)
        if isinstance(item, Comment):
            kept = mask_comment(item)
            intake.chunk.append((kept, fingerprint(kept)))
        else:
            self._note(intake, item)
        if isinstance(item, SkippedRecord):
            # It may have been imported before it was removed.
            intake.gone.append(mask_private(item.record))
        if len(intake.chunk) + len(intake.gone) >= CHUNK_COMMENTS:
            self._store(intake)

    def _note(self, intake: _Intake, item: SourceProblem | SkippedRecord) -> None:
        intake.tally.note(mask_problem(item))

    def _is_left_out(self, comment: Comment, part: Part, intake: _Intake) -> bool:
        """Tell whether a comment is private conversation that nobody asked for."""
        is_asked_for = self._request.include_private or (intake.source is not None and intake.source.include_private)
        return not (part.format.says_visibility or is_asked_for) and comment.discussion.channel.visibility != PUBLIC

    def _store(self, intake: _Intake) -> None:
        self._close_channels(intake)
        chunk, intake.chunk = self._drop_repeats(intake), []
        # Where one record says what was said, and another that it was removed, it is gone.
        for native_id in intake.gone:
            chunk.pop(native_id, None)
        known = self._archive.find_fingerprints(intake.source, list(chunk)) if intake.source else {}
        planned = plan(chunk.values(), known)
        if intake.source and planned.changed and not self._request.is_dry_run:
            self._archive.put_comments(intake.source, planned.changed)
        if intake.other and planned.edited:
            self._note(intake, SourceProblem(f"{intake.other}, {intake.identity}", _REPLACED))
            intake.other = ""
        intake.tally.deleted += self._delete(intake)
        intake.tally.added += len(planned.new)
        intake.tally.edited += len(planned.edited)
        intake.tally.unchanged += planned.unchanged

    def _close_channels(self, intake: _Intake) -> None:
        """Hide what was said in channels while they were public: other exports may not say it again."""
        if intake.closing and intake.source and not self._request.is_dry_run:
            self._archive.close_channels(intake.source, intake.closing)
        intake.closed |= intake.closing
        intake.closing.clear()

    def _drop_repeats(self, intake: _Intake) -> dict[str, tuple[Comment, bytes]]:
        """Give what came for the first time, by id.

        Pages of a live feed overlap, and the same again is no news; something else under the same id is a problem.
        """
        came = intake.seen.find([comment.native_id for comment, _ in intake.chunk])
        first: dict[str, tuple[Comment, bytes]] = {}
        for comment, print_ in intake.chunk:
            earlier = came.get(comment.native_id)
            if earlier is None:
                first[comment.native_id] = (comment, print_)
                came[comment.native_id] = hash(print_)
            elif earlier != hash(print_):
                reason = "the id stands twice with different content: kept the first"
                self._note(intake, SourceProblem(comment.native_id, reason))
        intake.seen.add({native_id: print_ for native_id, (_, print_) in first.items()})
        if self._request.is_dry_run:
            for comment, _ in first.values():
                intake.tally.note_example(comment)
        return first

    def _delete(self, intake: _Intake) -> int:
        """Remove what the source has removed; give how many were in the archive."""
        gone, intake.gone = intake.gone, []
        if intake.source is None or not gone:
            return 0
        known = self._archive.find_fingerprints(intake.source, gone)
        if known and not self._request.is_dry_run:
            self._archive.delete_comments(intake.source, list(known))
        return len(known)

    def _intake(self, name: str, part: Part) -> _Intake:
        if name not in self._intakes:
            seen = self._opened.enter_context(SeenComments())
            known = self._archive.find_source(name)
            other = known.identity if known and part.identity not in ("", known.identity) else ""
            source = known if self._request.is_dry_run else self._put_source(name, part)
            self._intakes[name] = _Intake(name, part.format.name, part.identity, source, seen, other)
        return self._intakes[name]

    def _put_source(self, name: str, part: Part) -> Source:
        return self._archive.put_source(
            name,
            part.format.name,
            self._request.location,
            self._request.visibility,
            identity=part.identity,
            include_private=self._request.include_private,
            is_format_given=self._request.format_name is not None,
        )

    def _finish(self, intake: _Intake) -> RefreshReport:
        self._store(intake)
        if intake.source and not self._request.is_dry_run:
            self._archive.note_refreshed(intake.source, self._request.location, intake.tally.groups())
        return intake.tally.report(intake.name, intake.format_name)
