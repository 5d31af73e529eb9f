"""What a format is recognised by: a file's name and beginning, read once and looked at by every format."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from store.errors import SourceError
from store.sources.decoding import decode
from store.sources.files import HEAD_BYTES, SourceFile
from store.sources.json import JsonOutline, read_outline
from store.sources.xml import find_root_tag


@dataclass(frozen=True)
class Head:
    """The beginning of a file. `name` is its path; `is_whole` tells that nothing follows."""

    name: str
    data: bytes
    is_whole: bool

    @classmethod
    def read(cls, file: SourceFile) -> "Head":
        """Read the beginning of a file.

        Raises:
            SourceError: The bytes cannot be read.
        """
        data = file.read_head()
        # A file's size is that of what is packed.
        return cls(file.name, data, len(data) < HEAD_BYTES)

    @cached_property
    def text(self) -> str:
        """The beginning as text, without a byte order mark."""
        return decode(self.data)

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, without their ends; the last may be cut."""
        return self.text.splitlines()

    @cached_property
    def json(self) -> JsonOutline:
        """What it holds as JSON; empty if it is none."""
        return read_outline(self.text)

    @property
    def records_path(self) -> str:
        """The path at which JSON records stand, as `iterate_json` takes it: each of an array, or the whole document."""
        return "item" if self.text.lstrip("\ufeff \t\r\n").startswith("[") else ""

    @cached_property
    def root(self) -> str:
        """The root element's start tag, if it is XML; else empty."""
        found = find_root_tag(self.text) if self.text.lstrip("\ufeff \t\r\n").startswith("<") else None
        return found[0] if found else ""

    @cached_property
    def root_name(self) -> str:
        """The root element's local name, lower case; empty if there is none."""
        found = find_root_tag(self.root) if self.root else None
        return found[1].rpartition(":")[2].lower() if found else ""


def read_outline_of(file: SourceFile) -> JsonOutline:
    """Look at what a file holds as JSON; an empty one where it cannot be read, which reading it on will tell."""
    try:
        return Head.read(file).json
    except SourceError:
        return JsonOutline()


def sort_out(
    files: Iterable[SourceFile], is_listing: Callable[[JsonOutline], bool]
) -> tuple[list[SourceFile], list[SourceFile]]:
    """Give the files that list rooms or people, which have to be read first, and the others; each in their order."""
    listings: list[SourceFile] = []
    others: list[SourceFile] = []
    for file in files:
        (listings if is_listing(read_outline_of(file)) else others).append(file)
    return listings, others
