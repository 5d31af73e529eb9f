"""JSON records one a line."""

import pytest

from store.domain.comment import SourceProblem
from store.sources.head import Head
from store.sources.json import JsonRecord
from store.sources.json_lines import are_lines, read_json_lines
from tests.store.sources.making import make_file


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"a": 1}\n{"a": 2}', True),
        ('\n{"a": 1}\r\n\r\nnope', True),
        ('{"a": 1}\n', False),
        ('{\n"a": 1}', False),
        ('[{"a": 1}\n]', False),
        ("", False),
    ],
)
def test_lines_are_told_from_one_document(content: str, expected: bool):  # noqa: FBT001  # a parameter
    assert are_lines(Head.read(make_file(content))) is expected


def test_each_line_is_read_by_itself():
    content = '{"a": 1}\n\nnope\n{"b":"caf\xe9"}\n'.encode("latin-1") + b"[" * 5_000 + b"\n"

    assert list(read_json_lines(make_file(content))) == [
        JsonRecord("line", 1, {"a": 1}),
        SourceProblem("line 3", "the line is not JSON"),
        SourceProblem("line 4", "some bytes are not in the file's encoding: read as Windows-1252"),
        JsonRecord("line", 4, {"b": "café"}),
        SourceProblem("line 5", "the line is not JSON"),
    ]
