"""Load → plan → store, for one file or feed. Chunk by chunk, one transaction each, so that it may end at any moment."""

import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import lru_cache

from store.archive import Archive
from store.domain.comment import Channel, Comment, SkippedRecord, SourceItem, SourceProblem
from store.domain.source import Progress, RefreshReport, RefreshTally, Source
from store.domain.viewer import PUBLIC, Visibility
from store.errors import FetchError, SourceError
from store.refresh.plan import fingerprint, plan
from store.refresh.seen import SeenComments
from store.sources import registry
from store.sources.discovery import find_addresses
from store.sources.files import SourceFile
from store.sources.format import Format
from store.sources.head import Head
from store.text.cleaning import clean_line, mask_private

# Small enough that a reader never waits long for the write lock, large enough that commits do not show.
CHUNK_COMMENTS = 500
MAX_PAGES = 20_000
PROGRESS_SECONDS = 0.2
PRIVATE = "private: import with --include-private to take it"
# Blogs in one zip are told apart by what each file says; of more files than this, only the first are asked.
_MAX_IDENTIFIED = 100

_ZIP = b"PK\x03\x04"
# Of whom may see a channel, as `Visibility.parse` reads it.
_ID = re.compile(r"[^\s,\x00-\x1f\ud800-\udfff]+")
_NOBODY = Visibility("nobody")
# What a program writes where it has nothing to write.
_HOLDING_NOTHING = ("", "[]", "{}", "null")

# What an address that is fetched may let its holder in by.
_SECRET = re.compile(r"([?&](?:api_?key|key|(?:access_?)?token|secret|password|auth)=)[^\s&#'\"]+", re.IGNORECASE)
_TOO_MANY = f"it has more than {MAX_PAGES:,} pages: import the others by their own addresses"
_REPLACED = "comments of another place had the same ids and were replaced: give each place a --source of its own"

OnProgress = Callable[[Progress], None]
Fetch = Callable[[str], SourceFile]


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


@dataclass(frozen=True, slots=True)
class _Part:
    """Files of one format from one place."""

    format: Format
    files: list[SourceFile]
    identity: str


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
        self._unread: list[SourceProblem | SkippedRecord] = []
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
            places = [_discover(places[0], fetch)]
        with self._opened:
            for part in self._part(places):
                name = self._name(part)
                for item in part.format.parse(self._iterate_pages(part, name, fetch)):
                    self._take(item, part, name)
                    self._note_progress()
                if not self._intakes:
                    self._intake(name, part)
            for problem in self._unread:
                self._note(next(iter(self._intakes.values())), problem)
            return [self._finish(intake) for intake in self._intakes.values()]

    def _part(self, files: list[SourceFile]) -> Iterator[_Part]:
        """Put the files together that belong together: those of one format and, where they tell, from one place."""
        for known, some in self._group(files).items():
            identities = [known.identify(file) for file in some[:_MAX_IDENTIFIED]]
            if len(some) == len(identities) and all(identities):
                by_identity: dict[str, list[SourceFile]] = {}
                for file, identity in zip(some, identities, strict=True):
                    by_identity.setdefault(identity, []).append(file)
                yield from (_Part(known, those, identity) for identity, those in by_identity.items())
            else:
                yield _Part(known, some, next(filter(None, identities), ""))

    def _group(self, files: list[SourceFile]) -> dict[Format, list[SourceFile]]:
        """Put the files of each format together; what is of none, in a zip or folder, is left out."""
        if self._request.format_name:
            chosen = registry.get_format(self._request.format_name)
            return {chosen: files if len(files) == 1 else self._choose(files, chosen)}
        if len(files) == 1:
            return {registry.recognise(files[0]): files}
        grouped: dict[Format, list[SourceFile]] = {}
        for file in files:
            if known := self._recognise_one(file):
                grouped.setdefault(known, []).append(file)
        if not grouped:
            raise SourceError(f"cannot import: {self._request.location!r}: {self._explain_none(len(files))}")
        return grouped

    def _choose(self, files: list[SourceFile], chosen: Format) -> list[SourceFile]:
        """Give those of several files that are of a format; where none is, somebody knows better: all."""
        own = []
        for file in files:
            head = self._read_head(file)
            if head and chosen.recognises(head):
                own.append(file)
            elif head:
                self._unread.append(SkippedRecord(file.member, "a file of another format"))
        if not own:
            self._unread.clear()
        return own or files

    def _recognise_one(self, file: SourceFile) -> Format | None:
        """Recognise one file of several. One that is of no format, or cannot be read, does not stop the others."""
        head = self._read_head(file)
        if head is None:
            return None
        known = registry.find_format(head)
        if known is None and head.data.startswith(_ZIP):
            self._unread.append(SourceProblem(file.member, "a zip inside the zip: unpack it, and import it by itself"))
        elif known is None:
            is_empty = head.is_whole and head.text.strip() in _HOLDING_NOTHING
            reason = "a file that holds nothing" if is_empty else "a file of no known format"
            self._unread.append(SkippedRecord(file.member, reason))
        return known

    def _read_head(self, file: SourceFile) -> Head | None:
        try:
            return Head.read(file)
        except SourceError as error:
            self._unread.append(SourceProblem(file.member, f"the file cannot be read: {error.__cause__ or error}"))
            return None

    def _explain_none(self, count: int) -> str:
        if not count:
            return "it holds no file that could be an export: check the path"
        problems = [item for item in self._unread if isinstance(item, SourceProblem)]
        if problems:
            return f"none of the {count} files in it can be imported: {problems[0].record}: {problems[0].reason}"
        names = ", ".join(sorted(registry.load_formats()))
        return f"none of the {count} files in it is of a known format ({names}): check that it is the export itself"

    def _name(self, part: _Part) -> str:
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

    def _is_anothers(self, name: str, part: _Part) -> bool:
        """Tell whether a source of this name is of another place."""
        begun = self._intakes.get(name)
        known = begun.source if begun else self._archive.find_source(name)
        other = begun.identity if begun else known.identity if known else ""
        return bool(other and part.identity and other != part.identity)

    def _iterate_pages(self, part: _Part, name: str, fetch: Fetch | None) -> Iterator[SourceFile]:
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

    def _take(self, item: SourceItem, part: _Part, name: str) -> None:
        own = item.source if isinstance(item, Comment) and not self._request.source_name else ""
        intake = self._intake(own or name, part)
        if isinstance(item, Comment) and not part.format.says_visibility:
            visibility = item.discussion.channel.visibility
            intake.closing |= visibility.ids - intake.closed if visibility.kind == "channel" else set()
        if isinstance(item, Comment) and self._is_left_out(item, part, intake):
            item = SkippedRecord(item.native_id, PRIVATE)
        if isinstance(item, Comment):
            kept = _mask(item)
            intake.chunk.append((kept, fingerprint(kept)))
        else:
            self._note(intake, item)
        if isinstance(item, SkippedRecord):
            # It may have been imported before it was removed.
            intake.gone.append(mask_private(item.record))
        if len(intake.chunk) + len(intake.gone) >= CHUNK_COMMENTS:
            self._store(intake)

    def _note(self, intake: _Intake, item: SourceProblem | SkippedRecord) -> None:
        record = _SECRET.sub(r"\1…", mask_private(item.record))
        intake.tally.note(replace(item, record=clean_line(record)))

    def _is_left_out(self, comment: Comment, part: _Part, intake: _Intake) -> bool:
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

    def _intake(self, name: str, part: _Part) -> _Intake:
        if name not in self._intakes:
            seen = self._opened.enter_context(SeenComments())
            known = self._archive.find_source(name)
            other = known.identity if known and part.identity not in ("", known.identity) else ""
            source = known if self._request.is_dry_run else self._put_source(name, part)
            self._intakes[name] = _Intake(name, part.format.name, part.identity, source, seen, other)
        return self._intakes[name]

    def _put_source(self, name: str, part: _Part) -> Source:
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


def _discover(page: SourceFile, fetch: Fetch) -> SourceFile:
    """Give a page itself or, where it is a web page, the first of the addresses that it names where comments are.

    Raises:
        FetchError: It names some, and none could be used; the first could not be fetched.
    """
    if registry.find_format(Head.read(page)):
        return page
    failures: list[FetchError] = []
    for address in find_addresses(page):
        try:
            found = fetch(address)
        except FetchError as error:
            failures.append(error)
            continue
        if registry.find_format(Head.read(found)):
            return found
    if failures:
        raise failures[0]
    return page


def _mask(comment: Comment) -> Comment:
    """Take out what is never kept, wherever the source put it."""
    discussion, author = comment.discussion, comment.author
    return replace(
        comment,
        native_id=mask_private(comment.native_id),
        parent_id=mask_private(comment.parent_id) if comment.parent_id else None,
        text=mask_private(comment.text),
        url=mask_private(comment.url),
        author=replace(
            author,
            name=mask_private(author.name),
            account=mask_private(author.account) if author.account else None,
            also=tuple(map(mask_private, author.also)),
        ),
        discussion=replace(
            discussion,
            native_id=mask_private(discussion.native_id),
            title=mask_private(discussion.title),
            url=mask_private(discussion.url),
            channel=_settle(discussion.channel),
        ),
    )


@lru_cache(maxsize=1_000)
def _settle(channel: Channel) -> Channel:
    """Make sure that a channel is read back as it is written: one for nobody that can be named is nobody's."""
    wanted = channel.visibility
    ids = frozenset(filter(_ID.fullmatch, wanted.ids))
    visibility = wanted if wanted == PUBLIC else replace(wanted, ids=ids) if ids else _NOBODY
    return Channel(clean_line(channel.name), visibility)
