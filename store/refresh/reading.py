"""One reading of a place: files or pages to comments, each against what the archive has of it.

Chunk by chunk, one transaction each, so that it may end at any moment; or, to see what would change, without writing.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

from store.archive import Archive
from store.db.comments import KnownComment
from store.domain.comment import Comment, SkippedRecord, SourceItem, SourceProblem
from store.domain.refresh import Progress, RefreshKind
from store.domain.source import Place, Source
from store.domain.viewer import PUBLIC, Visibility
from store.errors import FetchError
from store.refresh.forgotten import FORGOTTEN, load_forgotten
from store.refresh.intake import GOES_ROUND, TOO_MANY_PAGES, Intake, find_usual_failures
from store.refresh.masking import mask_comment
from store.refresh.parts import Fetch, Part
from store.refresh.plan import Scope, fingerprint, is_newer, is_older, plan
from store.refresh.run import OnProgress, RefreshRun
from store.refresh.seen import SeenComments
from store.repositories.refreshes import RefreshKey
from store.sources.files import SourceFile
from store.sources.format import Coverage
from store.text.cleaning import mask_id

# Small enough that a reader never waits long for the write lock, large enough that commits do not show.
CHUNK_COMMENTS = 500
MAX_PAGES = 20_000
# Pages that lead on for ever repeat what was there, under ever new addresses. More than a chunk may hold.
MAX_FRUITLESS_PAGES = 1_000
PROGRESS_SECONDS = 0.2
TOO_OLD = "older than HARKBACK_RETENTION"
PRIVATE = "private: import with --include-private to take it"
# What goes by these goes, however much it is.
_OUR_RULES = (TOO_OLD, PRIVATE, FORGOTTEN)
_TOO_MANY = f"{TOO_MANY_PAGES} {MAX_PAGES:,} pages: import the others by their own addresses"
_FRUITLESS = f"{GOES_ROUND} {MAX_FRUITLESS_PAGES:,} more pages: not read on from here"
_OLDER = "older than what is known: kept the newer: if it is right, pass --accept-removals"
_REPLACED = "comments of another place had the same ids and were replaced: give each place a --source of its own"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import, and as what. Where `source_name` is None, records may name their own source.

    Attributes:
        format_name: Taken for the files whatever they hold; without it, their content tells.
        is_refresh: It was read before, and has to be what it was then: of the same format, and of the same place.
        accept_removals: However much is gone is removed.
        stamp: What tells later whether the place has changed since; empty where nothing does.
        since: Only what is new since then is read: what does not come is not gone.
        keep_after: What was published before is not taken; None for any time.
        left_alone: Sources of which nothing is taken, should records name them.
    """

    location: str
    default_name: str
    source_name: str | None = None
    format_name: str | None = None
    visibility: Visibility | None = None
    is_dry_run: bool = False
    include_private: bool = False
    is_refresh: bool = False
    accept_removals: bool = False
    stamp: str = ""
    since: datetime | None = None
    keep_after: datetime | None = None
    left_alone: tuple[str, ...] = ()

    @property
    def kind(self) -> RefreshKind:
        """Whether somebody brings it, or it is brought up to date."""
        return RefreshKind.REFRESH if self.is_refresh else RefreshKind.IMPORT


@dataclass
class Runs:
    """The refreshes of one import, a source each: begun when its source is met, ended together.

    `began_at` is when the import began: before anything of its place was read.
    """

    archive: Archive
    request: ImportRequest
    on_progress: OnProgress
    opened: ExitStack = field(default_factory=ExitStack)
    by_name: dict[str, RefreshRun] = field(default_factory=dict)
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def get(self, source: Source) -> RefreshRun:
        """Give the refresh of a source, begun if it was not.

        Raises:
            SourceBusyError: Somebody else is at work on it.
        """
        if source.name not in self.by_name:
            run = RefreshRun(self.archive, source, self.request.kind, self.on_progress)
            self.by_name[source.name] = self.opened.enter_context(run)
        return self.by_name[source.name]

    def index(self, index: Callable[[OnProgress], object]) -> None:
        """Bring passages and vectors up to date: of all sources at once, and shown under the name of the first."""
        run = next(iter(self.by_name.values()))

        def note(progress: Progress) -> None:
            self.note(replace(progress, source=run.source.name, problems=run.tally.count().problems))

        with self.timing("embedding"):
            index(note)

    def note(self, progress: Progress) -> None:
        """Note how far all are, which is shown as how far the one is that the progress names.

        Raises:
            RefreshLostError: One of them was taken for dead.
            RefreshCancelledError: One of them was cancelled.
        """
        self.on_progress(progress)
        for run in self.by_name.values():
            run.note_quietly(progress)

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Count the time spent inside for a stage of each refresh: they go on together, whichever source it is for."""
        with ExitStack() as timed:
            for run in self.by_name.values():
                timed.enter_context(run.timing(stage))
            yield


class Reading:
    """Reads the parts of a place once. Close it to forget what it has seen.

    `writes` tells whether the archive follows; `left_alone` names sources that it does not follow for.
    """

    def __init__(self, archive: Archive, runs: Runs, *, writes: bool, left_alone: Mapping[str, str]) -> None:
        self.intakes: dict[str, Intake] = {}
        self._archive = archive
        self._request = runs.request
        self._runs = runs
        self._writes = writes
        self._left_alone = left_alone
        self._opened = ExitStack()
        self._pages: list[SourceFile] = []
        self._unfetched = 0
        self._read = 0
        self._fruitful_pages = 0
        self._told_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def read(self, parts: list[Part], names: Callable[[Part], str], fetch: Fetch | None) -> None:
        """Read everything, and store what changed if that is wanted."""
        for part in parts:
            name = names(part)
            for item in part.format.parse(self._iterate_pages(part, name, fetch)):
                self._take(item, part, name)
                self._note_progress(name)
            if not self.intakes and name not in self._request.left_alone:
                self.intake(name, part)
        self._take_in_missing(parts)
        for intake in self.intakes.values():
            self._store(intake)

    @property
    def page_count(self) -> int:
        """How many files or pages there are."""
        return len(self._pages) + self._unfetched

    def _take_in_missing(self, parts: list[Part]) -> None:
        """Begin the sources that are refreshed, and of which nothing came: all of them may be gone."""
        for name, run in self._runs.by_name.items():
            if name not in self.intakes:
                alike = (part for part in parts if part.format.name == run.source.format)
                self.intake(name, next(alike, parts[0]))

    def intake(self, name: str, part: Part) -> Intake:
        """Give the source that a part belongs to, begun if it was not."""
        if name not in self.intakes:
            seen = self._opened.enter_context(SeenComments())
            known = self._archive.find_source(name)
            other = known.identity if known and part.identity not in ("", known.identity) else ""
            source = known if self._request.is_dry_run or not self._writes else self._follow(known, name, part)
            place = self._archive.refreshes.find_place(known, self._request.location) if known else None
            intake = Intake(name, part.format.name, part.identity, source, seen, self._find_scope(place, part))
            intake.other, intake.usual_problems = other, place.problem_count if place else 0
            intake.accepts_removals = self._request.accept_removals
            if known:
                groups = self._archive.read_problems(known)
                intake.usual_failures = find_usual_failures(groups, self._request.location)
            if source and not self._request.is_dry_run:
                run = self._runs.get(source)
                if self._writes:
                    place_id = self._archive.refreshes.put_place(source, self._request.location)
                    intake.key, intake.tally = run.key(place_id), run.tally
                    intake.scope = replace(intake.scope, place_id=place_id)
            # Not before it is nobody else's turn on the source: somebody may be forgotten until then.
            identity = source.identity if source else ""
            intake.forgotten = load_forgotten(self._archive, name, part.identity, identity)
            self.intakes[name] = intake
        return self.intakes[name]

    def _find_scope(self, place: Place | None, part: Part) -> Scope:
        is_part = self._request.since or any(part.format.gives_part(file.name) for file in part.files)
        return Scope(
            coverage=Coverage.PART if is_part else part.format.coverage,
            place_id=place.id if place else -1,
            is_known=place is not None
            and place.full_at is not None
            and (self._request.is_refresh or self._request.accept_removals),
            is_file=bool(part.identity) and "://" not in self._request.location,
        )

    def _follow(self, known: Source | None, name: str, part: Part) -> Source:
        """Give a source as it is now: one that is known follows its place only when it is nobody else's turn on it."""
        if known is None:
            return self._put_source(name, part)
        return self._put_source(name, part, self._runs.get(known).key())

    def _put_source(self, name: str, part: Part, key: RefreshKey | None = None) -> Source:
        return self._archive.put_source(
            name,
            part.format.name,
            self._request.location,
            self._request.visibility,
            identity=part.identity,
            include_private=self._request.include_private,
            is_format_given=self._request.format_name is not None,
            refresh=key,
        )

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
                thread = mask_id(part.format.find_thread(page))
                try:
                    page = replace(fetch(page), member=page)
                except FetchError as error:
                    self._unfetched += 1
                    is_partial = self._request.since is not None
                    self.intake(name, part).note_unfetched(error, thread, is_partial=is_partial)
                    continue
            self._pages.append(page)
            yield page
            if fetch and len(self._pages) - self._fruitful_pages > MAX_FRUITLESS_PAGES:
                self.intake(name, part).note(SourceProblem(page.name, _FRUITLESS))
                return
            if fetch:
                found = dict.fromkeys((page.next_url, *self._find_further(part, page)))
                further = [url for url in found if url and url not in visited]
                room = max(0, MAX_PAGES - len(visited))
                waiting.extend(further[:room])
                visited.update(further)
                for url in further[room:]:
                    self.intake(name, part).note(SourceProblem(url, _TOO_MANY))

    def _find_further(self, part: Part, page: SourceFile) -> Iterable[str]:
        """Find the pages that belong to a page: of a list that tells what is new, only those that are."""
        if self._request.since and part.format.find_newer:
            return part.format.find_newer(page, self._request.since)
        return part.format.find_further(page)

    def _note_progress(self, name: str) -> None:
        self._read += 1
        now = time.monotonic()
        if now - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = now
        # Records are about equally long: what was read of the bytes tells how many there will be.
        position, size = (sum(getattr(page, name) for page in self._pages) for name in ("position", "size"))
        total = max(self._read, int(self._read * size / position)) if position else None
        problems = sum(intake.tally.count().problems for intake in self.intakes.values())
        stage = "reading" if self._writes or self._request.is_dry_run else "comparing"
        self._runs.note(Progress(stage, self._read, total, name, problems))

    def _take(self, item: SourceItem, part: Part, name: str) -> None:
        own = item.source if isinstance(item, Comment) and not self._request.source_name else ""
        if (own or name) in self._request.left_alone:
            return
        intake = self.intake(own or name, part)
        if isinstance(item, Comment):
            item = self._sift(item, part, intake)
        if isinstance(item, Comment):
            intake.chunk.append((item, fingerprint(item)))
        else:
            intake.note(item)
        if isinstance(item, SkippedRecord):
            # It may have been imported before it was removed.
            record = mask_id(item.record)
            intake.gone.append(record)
            if record not in intake.removed:
                self._fruitful_pages = len(self._pages)
            intake.removed.add(record)
            if item.reason == FORGOTTEN:
                intake.unkept.add(record)
            if item.reason in _OUR_RULES:
                intake.ruled_out.add(record)
        if len(intake.chunk) + len(intake.gone) >= CHUNK_COMMENTS:
            self._store(intake)

    def _sift(self, comment: Comment, part: Part, intake: Intake) -> Comment | SkippedRecord:
        """Give a comment without what is never kept, unless it is left out."""
        visibility = comment.discussion.channel.visibility
        if visibility.kind == "channel" and not part.format.says_visibility:
            intake.closing |= visibility.ids - intake.closed
        if self._is_left_out(comment, part, intake):
            intake.hidden[mask_id(comment.native_id)] = visibility
            return SkippedRecord(comment.native_id, PRIVATE)
        if self._is_too_old(comment):
            return SkippedRecord(comment.native_id, TOO_OLD)
        intake.scope.span.extend(comment.published)
        intake.newest = max(filter(None, (intake.newest, comment.published, comment.edited)), default=None)
        return intake.forgotten.take_out(mask_comment(comment))

    def _is_left_out(self, comment: Comment, part: Part, intake: Intake) -> bool:
        """Tell whether a comment is private conversation that nobody asked for."""
        is_asked_for = self._request.include_private or (intake.source is not None and intake.source.include_private)
        return not (part.format.says_visibility or is_asked_for) and comment.discussion.channel.visibility != PUBLIC

    def _is_too_old(self, comment: Comment) -> bool:
        keep_after = self._request.keep_after
        return None not in (keep_after, comment.published) and comment.published < keep_after  # type: ignore[operator]

    def _is_followed(self, intake: Intake) -> bool:
        """Tell whether the archive follows what comes."""
        return self._writes and not self._request.is_dry_run and intake.name not in self._left_alone

    def _store(self, intake: Intake) -> None:
        with self._runs.timing("storing"):
            self._close_channels(intake)
            with self._runs.timing("planning"):
                chunk, intake.chunk = self._drop_repeats(intake), []
                # Where one record says what was said, and another that it was removed, it is gone.
                chunk = {native_id: one for native_id, one in chunk.items() if native_id not in intake.removed}
                known = self._archive.find_known(intake.source, list(chunk)) if intake.source else {}
                self._keep_newer(intake, chunk, known)
                planned = plan(chunk.values(), {native_id: one.fingerprint for native_id, one in known.items()})
            if intake.source and planned.changed and self._is_followed(intake):
                self._archive.put_comments(intake.source, planned.changed, intake.key)
            self._move(intake, [key for key, one in known.items() if one.place_id != intake.scope.place_id])
            if intake.other and planned.edited:
                intake.note(SourceProblem(f"{intake.other}, {intake.identity}", _REPLACED))
                intake.other = ""
            intake.tally.deleted += self._delete(intake)
            intake.tally.added += len(planned.new)
            intake.tally.edited += len(planned.edited)
            intake.tally.unchanged += planned.unchanged

    def _keep_newer(
        self, intake: Intake, chunk: dict[str, tuple[Comment, bytes]], known: Mapping[str, KnownComment]
    ) -> None:
        """Leave out what an older export says of a comment that was edited since, but that fewer may see it."""
        if self._request.accept_removals:
            return
        for native_id, before in known.items():
            comment, print_ = chunk[native_id]
            if print_ == before.fingerprint:
                continue
            intake.taken_back += not is_newer(comment, before.published, before.edited)
            is_public = comment.discussion.channel.visibility == PUBLIC
            if is_public and is_older(comment, before.published, before.edited):
                intake.note(SkippedRecord(native_id, _OLDER))
                chunk[native_id] = (comment, before.fingerprint)

    def _move(self, intake: Intake, native_ids: list[str]) -> None:
        """Note that comments come from here now, where the source is refreshed from: here they will be missed."""
        if not native_ids or intake.source is None or intake.source.location != self._request.location:
            return
        intake.moved += len(native_ids)
        if intake.key and self._is_followed(intake):
            self._archive.move_comments(intake.source, native_ids, intake.key)

    def _close_channels(self, intake: Intake) -> None:
        """Hide what was said in channels while they were public: other exports may not say it again."""
        if intake.closing and intake.source and self._is_followed(intake):
            self._archive.close_channels(intake.source, intake.closing, intake.key)
        intake.closed |= intake.closing
        intake.closing.clear()

    def _drop_repeats(self, intake: Intake) -> dict[str, tuple[Comment, bytes]]:
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
                intake.note(SourceProblem(comment.native_id, reason))
        if first:
            self._fruitful_pages = len(self._pages)
        intake.seen.add({native_id: print_ for native_id, (_, print_) in first.items()})
        if self._request.is_dry_run:
            for comment, _ in first.values():
                intake.tally.note_example(comment)
        return first

    def _delete(self, intake: Intake) -> int:
        """Remove what the source has removed; give how many were in the archive."""
        gone, intake.gone = intake.gone, []
        hidden, intake.hidden = intake.hidden, {}
        if intake.source is None or not gone:
            return 0
        known = self._archive.find_known(intake.source, gone)
        intake.marked += len(known.keys() - intake.ruled_out)
        if known and self._is_followed(intake):
            # Of somebody who was forgotten nothing is kept that would bring it back.
            unkept = [native_id for native_id in known if native_id in intake.unkept]
            self._archive.delete_comments(intake.source, unkept)
            others = [native_id for native_id in known if native_id not in intake.unkept]
            self._archive.delete_comments(intake.source, others, intake.key, hidden)
        return len(known)
