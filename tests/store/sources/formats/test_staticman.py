"""Static comments: a file each."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.sources.dates import parse_date
from store.sources.files import SourceFile, open_files
from store.sources.formats.staticman import FORMAT, MAX_BYTES
from store.sources.head import Head
from tests.store.sources.damage import check_harmless, damaged_bytes
from tests.store.sources.making import comments_of, make_file

SAMPLES = Path(__file__).parent / "samples/staticman"
CONTENTS = [path.read_bytes() for path in sorted(SAMPLES.rglob("*.*"))]
BENCHES = Discussion("on-benches", "On benches")
ROSA_ID = "5f2c9a10-8b8e-11ea-bc55-0242ac130003"
NEITHER = SourceProblem("the file", "it is neither YAML nor JSON: left out")


def parse(content: str, name: str = "_data/comments/on-benches/1.yml") -> list[SourceItem]:
    return list(FORMAT.parse([make_file(content, name)]))


def make_comment(text: str = "Hello.", native_id: str = "1") -> Comment:
    return Comment(native_id, BENCHES, AuthorAlias("Ines"), text)


def test_every_form_is_read():
    assert list(FORMAT.parse(open_files(SAMPLES))) == [
        Comment(
            native_id=ROSA_ID,
            discussion=BENCHES,
            author=AuthorAlias("Rosa Díaz"),
            text="The *north* side dries first.\n\nPaint it in May.",
            published=parse_date("2020-05-01T10:00:00Z"),
        ),
        Comment(
            native_id="6a11",
            discussion=BENCHES,
            author=AuthorAlias("Milo"),
            text="Which paint?",
            published=parse_date("2020-05-02T10:00:00Z"),
            parent_id=ROSA_ID,
        ),
        Comment(
            native_id="6a12",
            discussion=BENCHES,
            author=AuthorAlias("Ines"),
            text="Oil, then.\n\nAnd time.",
            published=parse_date("2020-05-03T10:00:00Z"),
        ),
        Comment(
            native_id="dsq-77",
            discussion=BENCHES,
            author=AuthorAlias("Ada"),
            text="Sanded first?\nI did.",
            published=parse_date("2012-08-04T01:43:44Z"),
        ),
    ]


def test_page_is_the_folder_wherever_the_file_comes_from():
    file = make_file("_id: 1\nname: Ines\nmessage: Hello.\n", "/tmp/site.zip/_data/comments/on-benches/1.yml")
    member = SourceFile("site.zip", file.opener, file.size, "comments/on-benches/1.yml")

    assert list(FORMAT.parse([file, member])) == [make_comment(), make_comment()]


def test_page_of_a_file_alone_is_what_it_names():
    assert parse("_id: 1\nname: Ines\nslug: on-benches\nmessage: Hello.\n", "1.yml") == [make_comment()]
    assert parse("_id: 1\nname: Ines\nmessage: Hello.\n_parent: https://a.example/b/\n", "1.yml") == [
        Comment("1", Discussion("https://a.example/b/", "B", "https://a.example/b/"), AuthorAlias("Ines"), "Hello.")
    ]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("'It''s'", "It's"),
        ('"a\\nb \\U0001F642"', "a\nb \U0001f642"),
        ("|\n  a: 1\n  - b", "a: 1\n- b"),
        ("no", "no"),
        ("2020-01-01", "2020-01-01"),
        ("a\0b", "ab"),
        ('"null"', "null"),
        ("!!python/object/apply:os.system [ls]", ""),
        ("!x tagged", "tagged"),
        ("null", ""),
        ("[a, b]", ""),
        ("{message: b}", ""),
    ],
)
def test_message_is_what_yaml_says(message: str, text: str):
    expected = make_comment(text) if text else SkippedRecord("1", "without text")

    assert parse(f"_id: 1\nname: Ines\nmessage: {message}\n") == [expected]


def test_alias_stands_for_a_scalar_alone():
    assert parse("_id: 1\nname: &n Ines\nmessage: *n\n") == [make_comment("Ines")]
    assert parse("_id: 1\nname: &n [a]\nmessage: *n\n") == [SkippedRecord("1", "without text")]


def test_later_document_and_nested_fields_are_not_read():
    nested = "extra: {message: Inner, list: [{name: x}, [y]]}\n? [k]\n: z\n"

    assert parse(f"_id: 1\n{nested}name: Ines\nmessage: Hello.\n---\nmessage: x\n") == [make_comment()]


@pytest.mark.parametrize(
    ("field", "reason"),
    [("deleted: true", "deleted"), ("approved: false", "not approved"), ("hidden: True", "not approved")],
)
def test_what_is_left_out_is_told(field: str, reason: str):
    assert parse(f"_id: 1\nmessage: Hello.\n{field}\n") == [SkippedRecord("1", reason)]


@pytest.mark.parametrize(
    "content",
    [
        "_id: 1\nmessage: [\n",
        "_id: 1\nmessage: 'never closed\n",
        "_id: 1\n\tmessage: tab\n",
        '{"_id": 1, "message": ',
        '{"_id": ' * 100_000,
        "_id: 1\nmessage: " + "[" * 100_000,
        "_id: 1\nmessage: x\nlist: [" + "a, " * 20_000 + "]",
    ],
    ids=range(7),
)
def test_what_cannot_be_read_is_a_problem(content: str):
    assert parse(content) == [NEITHER]


def test_aliases_cannot_multiply():
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]

    assert parse("\n".join(["_id: 1", "name: Ines", *lines, "message: Hello."])) == [make_comment()]


def test_long_message_is_read_and_a_longer_file_is_not():
    long = "word " * 150_000

    (comment,) = comments_of(parse(f"_id: 1\nmessage: |\n  {long}\n"))
    assert len(comment.text) == len(long) - 1
    assert parse("_id: 1\nmessage: " + "x" * MAX_BYTES) == [
        SourceProblem("the file", "the file is too long for a comment: left out")
    ]


@pytest.mark.parametrize(
    "content",
    ["title: x\ndate: 2020\n", "id: 7\nmessage: x\n", "post:\n  _id: 1\n  message: x\n  date: 2\n", "message: x\n",
     "---\ntitle: A page\ndate: 2020-01-01\n---\nIts text\n", "_id: 1\nname: x\n", '{"id": 1, "message": "x"}'],
)  # fmt: skip
def test_other_files_are_not_recognised(content: str):
    assert not FORMAT.recognises(Head.read(make_file(content)))


@given(st.sampled_from(CONTENTS).flatmap(damaged_bytes))
def test_any_bytes_raise_nothing(content: bytes):
    check_harmless(FORMAT, make_file(content))


PIECES = ["_id: ", "message: ", "date: ", "\n", "  ", "- ", "? ", ": ", "&a ", "*a", "[", "]", "{", "}", "'", '"', "|",
          ">-", "---\n", "...\n", "!!binary ", "#", "%YAML 9\n", "x", "\t", "\\"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=30).map("".join))
def test_any_mixture_raises_nothing(content: str):
    check_harmless(FORMAT, make_file(content))


def test_parent_is_the_comment_named_rather_than_its_count():
    (item,) = parse("_id: a2\nmessage: Hello.\nname: Ines\nreplying_to: '1'\nreplying_to_uid: a1\n", "2.yml")

    assert isinstance(item, Comment)
    assert item.parent_id == "a1"
