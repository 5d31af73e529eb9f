"""What parsers of independent files share: names of files in problems, and going on after one that cannot be read."""

import io
from collections.abc import Iterator

from store.domain.comment import SkippedRecord, SourceItem, SourceProblem
from store.errors import SourceError
from store.sources.files import SourceFile
from store.sources.format import each


def make_member(name: str) -> SourceFile:
    return SourceFile(f"/zip/{name}", lambda: io.BytesIO(b""), 0, name)


def parse(file: SourceFile) -> Iterator[SourceItem]:
    yield SkippedRecord(f"{file.name} 1", "deleted")
    yield SourceProblem("line 2", "no text")
    if "bad" in file.name:
        raise SourceError("cannot read") from ValueError("the bytes end here")
    yield SkippedRecord(f"{file.name} 3", "deleted")


def test_problems_name_the_file_where_there_are_several():
    assert list(each(parse)([make_member("a"), make_member("")])) == [
        SkippedRecord("/zip/a 1", "deleted"),
        SourceProblem("a: line 2", "no text"),
        SkippedRecord("/zip/a 3", "deleted"),
        SkippedRecord("/zip/ 1", "deleted"),
        SourceProblem("line 2", "no text"),
        SkippedRecord("/zip/ 3", "deleted"),
    ]


def test_problem_of_a_whole_file_names_it_once():
    def refuse(file: SourceFile) -> Iterator[SourceItem]:
        yield SourceProblem(file.name, "it is no feed")

    assert list(each(refuse)([make_member("a")])) == [SourceProblem("a", "it is no feed")]


def test_file_that_cannot_be_read_on_does_not_stop_the_others():
    assert list(each(parse)([make_member("bad"), make_member("b")]))[2:4] == [
        SourceProblem("/zip/bad", "the file cannot be read on from here: the bytes end here"),
        SkippedRecord("/zip/b 1", "deleted"),
    ]
