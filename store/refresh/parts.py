"""Which files of a place belong together: of one format, and exported from one place; and what is left of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from store.domain.comment import SkippedRecord, SourceProblem
from store.errors import FetchError, SourceError
from store.sources import registry
from store.sources.discovery import find_addresses
from store.sources.files import SourceFile
from store.sources.format import Format
from store.sources.head import Head
from store.text.cleaning import mask_keys

# Blogs in one zip are told apart by what each file says; of more files than this, only the first are asked.
_MAX_IDENTIFIED = 100

_ZIP = b"PK\x03\x04"
# What a program writes where it has nothing to write.
_HOLDING_NOTHING = ("", "[]", "{}", "null")


Fetch = Callable[[str], SourceFile]


@dataclass(frozen=True, slots=True)
class Part:
    """Files of one format from one place."""

    format: Format
    files: list[SourceFile]
    identity: str


def discover(page: SourceFile, fetch: Fetch) -> SourceFile:
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


def holds_nothing(head: Head) -> bool:
    """Tell whether a file holds what a program writes where it has nothing to write."""
    return head.is_whole and head.text.strip() in _HOLDING_NOTHING


def part_files(
    files: list[SourceFile], location: str, format_name: str | None = None
) -> tuple[list[Part], list[SourceProblem | SkippedRecord]]:
    """Put the files of a place together that belong together; files that are of no part come with the reason.

    Args:
        files: All files of the place.
        location: The place, for messages.
        format_name: The format to take them for, whatever they hold; None to tell it by their content.

    Raises:
        SourceError: None of them is of a known format, or the only one cannot be read.
    """
    parter = _Parter(location, format_name)
    return list(parter.part(files)), parter.unread


class _Parter:
    def __init__(self, location: str, format_name: str | None) -> None:
        self._location = location
        self._format_name = format_name
        self.unread: list[SourceProblem | SkippedRecord] = []

    def part(self, files: list[SourceFile]) -> Iterator[Part]:
        """Put the files together that belong together: those of one format and, where they tell, from one place."""
        for known, some in self._group(files).items():
            identities = [known.identify(file) for file in some[:_MAX_IDENTIFIED]]
            if len(some) == len(identities) and all(identities):
                by_identity: dict[str, list[SourceFile]] = {}
                for file, identity in zip(some, identities, strict=True):
                    by_identity.setdefault(identity, []).append(file)
                yield from (Part(known, those, identity) for identity, those in by_identity.items())
            else:
                yield Part(known, some, next(filter(None, identities), ""))

    def _group(self, files: list[SourceFile]) -> dict[Format, list[SourceFile]]:
        """Put the files of each format together; what is of none, in a zip or folder, is left out."""
        if self._format_name:
            chosen = registry.get_format(self._format_name)
            return {chosen: files if len(files) == 1 else self._choose(files, chosen)}
        if len(files) == 1:
            return {registry.recognise(files[0]): files}
        grouped: dict[Format, list[SourceFile]] = {}
        for file in files:
            if known := self._recognise_one(file):
                grouped.setdefault(known, []).append(file)
        if not grouped:
            raise SourceError(f"cannot import: {mask_keys(self._location)!r}: {self._explain_none(len(files))}")
        return grouped

    def _choose(self, files: list[SourceFile], chosen: Format) -> list[SourceFile]:
        """Give those of several files that are of a format; where none is, somebody knows better: all."""
        own = []
        for file in files:
            head = self._read_head(file)
            if head and chosen.recognises(head):
                own.append(file)
            elif head:
                self.unread.append(SkippedRecord(file.member, "a file of another format"))
        if not own:
            self.unread.clear()
        return own or files

    def _recognise_one(self, file: SourceFile) -> Format | None:
        """Recognise one file of several. One that is of no format, or cannot be read, does not stop the others."""
        head = self._read_head(file)
        if head is None:
            return None
        known = registry.find_format(head)
        if known is None and head.data.startswith(_ZIP):
            self.unread.append(SourceProblem(file.member, "a zip inside the zip: unpack it, and import it by itself"))
        elif known is None:
            reason = "a file that holds nothing" if holds_nothing(head) else "a file of no known format"
            self.unread.append(SkippedRecord(file.member, reason))
        return known

    def _read_head(self, file: SourceFile) -> Head | None:
        try:
            return Head.read(file)
        except SourceError as error:
            self.unread.append(SourceProblem(file.member, f"the file cannot be read: {error.__cause__ or error}"))
            return None

    def _explain_none(self, count: int) -> str:
        if not count:
            return "it holds no file that could be an export: check the path"
        problems = [item for item in self.unread if isinstance(item, SourceProblem)]
        if problems:
            return f"none of the {count} files in it can be imported: {problems[0].record}: {problems[0].reason}"
        names = ", ".join(sorted(registry.load_formats()))
        return f"none of the {count} files in it is of a known format ({names}): check that it is the export itself"
