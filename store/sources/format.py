"""What a format is: the one thing that a module here, or somebody else's, has to offer."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from store.domain.comment import SourceItem, SourceProblem
from store.errors import SourceError
from store.sources.files import SourceFile
from store.sources.head import Head


def _find_nothing(_file: SourceFile) -> Iterable[str]:
    return ()


def _know_no_place(_file: SourceFile) -> str:
    return ""


def _narrow_nothing(_url: str, _since: datetime) -> str:
    return ""


def _know_no_thread(_url: str) -> str:
    return ""


def _give_all(_url: str) -> bool:
    return False


class Coverage(Enum):
    """What it says of a comment that a place, read from beginning to end, does not hold it.

    WHOLE: the place holds everything there is: the comment is gone. EXPORT: so it is, and another file of the same
    identity says as much of the time that it covers. WINDOW: only the newest are there: what is older than all of them
    is not gone. PART: nothing.
    """

    WHOLE = auto()
    EXPORT = auto()
    WINDOW = auto()
    PART = auto()


@dataclass(frozen=True, slots=True)
class Format:
    """One format of archives.

    Attributes:
        name: What it is called in `--format`; lower case, without spaces.
        recognises: Tells a file of this format by its beginning alone. Files that hold none of the comments but belong
            to them (a list of users) are recognised, too. No two formats may recognise the same file.
        parse: Gives the comments of one import: of all files of this format in one file, zip or folder, or of all pages
            of one address, which are fetched as they are taken. In `SourceFile.name` is each one's path.
        find_further: Gives the addresses of further pages that belong to a page fetched.
        identify: Names the place that a file was exported from, such as a blog's number, so that its feed, its export
            and its next export are one source; empty where the file does not tell.
        says_visibility: Somebody wrote into the file who may see what. Elsewhere, what is not public is private
            conversation, and is imported only if that is asked for.
        coverage: What it says of a comment that it does not come again.
        gives_part: Tells by the address of a page, or the path of one that was saved, that it is some of what is there,
            which changes: what does not come again says nothing, whatever the format says else.
        since: Gives, for the address of a live source, the one of what was written since a time, of which nothing is
            missing but may be more; empty where there is none.
        find_newer: As `find_further` where only what is new since a time is wanted, of a list that has what was active
            last first: it stops where the list is older.
        find_thread: Gives, for the address of a further page, what the source calls the one discussion that it is of;
            empty where it is of several, or leads to others.
    """

    name: str
    recognises: Callable[[Head], bool]
    parse: Callable[[Iterable[SourceFile]], Iterator[SourceItem]]
    find_further: Callable[[SourceFile], Iterable[str]] = _find_nothing
    identify: Callable[[SourceFile], str] = _know_no_place
    says_visibility: bool = False
    coverage: Coverage = Coverage.WHOLE
    gives_part: Callable[[str], bool] = _give_all
    since: Callable[[str, datetime], str] = _narrow_nothing
    find_newer: Callable[[SourceFile, datetime], Iterable[str]] | None = None
    find_thread: Callable[[str], str] = _know_no_thread


def each(parse: Callable[[SourceFile], Iterator[SourceItem]]) -> Callable[[Iterable[SourceFile]], Iterator[SourceItem]]:
    """Make the parser of a format whose files have nothing to do with each other."""

    def parse_each(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
        for file in files:
            yield from locate(file, parse(file))

    return parse_each


def locate(file: SourceFile, items: Iterator[SourceItem]) -> Iterator[SourceItem]:
    """Give what a file holds, its problems with the file's name where it is one of several.

    That the file cannot be read on is a problem like others: what was read of it is kept.
    """
    try:
        for item in items:
            yield _name_file(item, file) if isinstance(item, SourceProblem) else item
    except SourceError as error:
        yield SourceProblem(file.name, f"the file cannot be read on from here: {error.__cause__ or error}")


def _name_file(problem: SourceProblem, file: SourceFile) -> SourceProblem:
    if not file.member:
        return problem
    return replace(problem, record=file.member if problem.record == file.name else f"{file.member}: {problem.record}")
