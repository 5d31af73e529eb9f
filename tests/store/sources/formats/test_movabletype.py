"""Movable Type's text export and TypePad's: what is a comment, where it ends, and what damage leaves."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SourceItem, SourceProblem
from store.domain.viewer import Visibility
from store.sources.dates import parse_date
from store.sources.formats import movabletype
from store.sources.head import Head
from tests.store.sources.making import comments_of, make_file, problems_of

SAMPLES = Path(__file__).parent / "samples" / "movabletype"
EXPORT = (SAMPLES / "export.txt").read_text()
TYPEPAD = (SAMPLES / "typepad.txt").read_text()
LAKES = Discussion("sha256:f32907b17f650b98bfe87adf091e31a6", "Benches & lakes")
HIDDEN = Channel("posts that are not public", Visibility("nobody"))
TRUNCATED = SourceProblem("the end of the file", "the file ends before its last entry does: it was cut short")


def parse(content: str | bytes) -> list[SourceItem]:
    return list(movabletype.FORMAT.parse([make_file(content)]))


def make_entry(*comments: str, keys: str = "TITLE: T\nDATE: 01/02/2005 03:04:05 AM\n") -> str:
    sections = "".join(f"COMMENT:\n{comment}\n-----\n" for comment in comments)
    return f"{keys}-----\nBODY:\nText.\n-----\n{sections}--------\n"


def read_one(comment: str) -> Comment:
    (item,) = comments_of(parse(make_entry(comment)))
    return item


def test_export_gives_its_comments():
    assert parse(EXPORT) == [
        Comment(
            native_id="sha256:8144771d1b66d102de0784361cf34ce8",
            discussion=LAKES,
            author=AuthorAlias("Tom"),
            text="The one by the lake.\n\nNote: mind the geese,\nthey bite.",
            published=parse_date("2005-03-05T00:30:01Z"),
        ),
        # Dashes that nothing begins after are text, and so is a key that was given before.
        Comment(
            native_id="sha256:0a8c9a21725892f046fc2663fa3d5002",
            discussion=LAKES,
            author=AuthorAlias("Anonymous"),
            text="URL: said twice is text.\n-----\n--------\nSo is this.",
            published=parse_date("2005-03-05T14:00:00Z"),
        ),
        Comment(
            native_id="sha256:e6b854b115e45728574232eb8e7b0537",
            discussion=Discussion("sha256:cdca01787be7ebf8d9093da760d8f37d", "Not yet", channel=HIDDEN),
            author=AuthorAlias("Mira"),
            text="Shall I?",
            published=parse_date("2005-03-07T12:00:00Z"),
        ),
    ]


def test_export_of_typepad_gives_addresses():
    url = "http://benches.typepad.example/seats/2006/10/lakes.html"

    assert parse(TYPEPAD) == [
        Comment(
            native_id="sha256:27b1c5c30f8b7292a4aeea0d52ce9ff4",
            discussion=Discussion("benches.typepad.example/seats/2006/10/lakes.html", "Lakes", url),
            author=AuthorAlias("Kofi"),
            text="The small one.",
            url=url,
            published=parse_date("2006-10-27T10:00:00Z"),
        )
    ]


def test_nothing_personal_is_kept():
    assert not any(hidden in repr(parse(EXPORT + TYPEPAD)) for hidden in ("@", "192.0.2", "tom.example", "profile"))


def test_line_ends_of_windows_and_old_encodings_are_read():
    windows = EXPORT.replace("\n", "\r\n")
    old = EXPORT.replace("AUTHOR: Tom", "AUTHOR: Jörg").replace("the lake", "the lake “Süd”").encode("cp1252")

    assert parse(windows) == parse(EXPORT)
    first = comments_of(parse(old))[0]
    assert (first.author.name, first.text[:22]) == ("Jörg", "The one by the lake “S")
    assert problems_of(parse(old)) == [
        SourceProblem("comment 1", "some bytes are not in the file's encoding: read as Windows-1252")
    ]


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("01/02/2005 12:00:00 AM", "2005-01-02T00:00:00Z"),
        ("01/02/2005 12:00:00 PM", "2005-01-02T12:00:00Z"),
        ("1/2/2005 1:02 pm", "2005-01-02T13:02:00Z"),
        ("01/02/2005 23:04:05", "2005-01-02T23:04:05Z"),
        ("01/02/2005 13:04:05 PM", "2005-01-02T13:04:05Z"),
        ("2005-01-02 03:04:05", "2005-01-02T03:04:05Z"),
        ("", ""),
    ],
)
def test_dates_have_twelve_hours_or_twenty_four(text: str, published: str):
    assert read_one(f"AUTHOR: A\nDATE: {text}\nHello.").published == parse_date(published)


@pytest.mark.parametrize("text", ["31/12/2005 01:02:03 PM", "02/30/2005 01:02:03", "01/02/2005 25:00:00", "soon"])
def test_date_that_cannot_be_read_is_told_as_it_stands(text: str):
    items = parse(make_entry(f"AUTHOR: A\nDATE: {text}\nHello."))

    assert [comment.published for comment in comments_of(items)] == [None]
    assert [problem.record.partition(": ")[2] for problem in problems_of(items)] == [repr(text)]


def test_ids_do_not_depend_on_titles_texts_or_other_comments():
    first, second = "AUTHOR: A\nDATE: 01/03/2005 01:00:00\nOne.", "AUTHOR: A\nDATE: 01/03/2005 01:00:01\nTwo."
    ids = [item.native_id for item in comments_of(parse(make_entry(first, second)))]
    edited = make_entry(second.replace("Two", "2"), keys="TITLE: New\nDATE: 01/02/2005 03:04:05 AM\n")

    assert len(set(ids)) == 2
    assert [item.native_id for item in comments_of(parse(edited))] == ids[1:]


@pytest.mark.parametrize("date", ["01/03/2005 01:00:00", "01/03/2005 12:00:00 AM", "01/03/2005", ""])
def test_comments_of_one_moment_have_ids_of_their_own(date: str):
    comments = [f"AUTHOR: A\nDATE: {date}\n{text}" for text in ("One.", "Two.", "One.")]
    ids = [item.native_id for item in comments_of(parse(make_entry(*comments)))]

    assert len(set(ids)) == 2
    assert ids[0] == ids[2]


def test_keys_of_other_programs_are_passed_over():
    keys = "TITLE: T\nIMAGE: https://a.example/i.png\nBASENAME: t\n\nDATE: 01/02/2005 03:04:05\n"

    assert comments_of(parse(make_entry("Hello.", keys=keys)))[0].discussion == Discussion("t", "T")


def test_entries_are_told_apart_by_their_names_or_else_their_dates():
    entries = [
        make_entry("Hello.", keys=f"TITLE: Links\nDATE: 01/0{day}/2005 03:04:05\n{more}")
        for day, more in [(1, ""), (2, ""), (3, "BASENAME: links\n"), (4, "BASENAME: links_1\n")]
    ]
    names = [item.discussion.native_id for item in comments_of(parse("".join(entries)))]

    assert len(set(names)) == 4
    assert names[2:] == ["links", "links_1"]


def test_title_may_be_missing():
    (item,) = comments_of(parse(make_entry("AUTHOR: A\nHello.", keys="AUTHOR: M\nTITLE: \nBASENAME: x\n")))

    assert item.discussion == Discussion("x")


@pytest.mark.parametrize("status", ["Draft", "draft", "Future", "Review"])
def test_comments_on_entries_that_are_not_public_are_shown_to_nobody(status: str):
    (item,) = comments_of(parse(make_entry("Hello.", keys=f"TITLE: T\nSTATUS: {status}\n")))

    assert item.discussion.channel == HIDDEN


def test_file_cut_short_gives_all_that_is_whole():
    in_comment = parse(EXPORT[: EXPORT.index("said twice")])
    in_body = parse(EXPORT[: EXPORT.index("Soon.")])

    assert len(comments_of(in_comment)) == 1
    assert problems_of(in_comment) == [SourceProblem("comment 2", "the record is cut short: left out"), TRUNCATED]
    assert len(comments_of(in_body)) == 2
    assert problems_of(in_body) == [TRUNCATED]


def test_comment_longer_than_any_is_left_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(movabletype, "MAX_RECORD_CHARS", 1_000)

    assert parse(make_entry("x\n" * 1_000)) == [SourceProblem("comment 1", "the record is too long: left out")]


def test_endless_dashes_and_empty_lines_are_no_matter():
    assert parse(make_entry("Hello.") + "\n-----\n" * 50_000 + "--------\n" + make_entry("Yes."))[0] == read_one(
        "Hello."
    )


@pytest.mark.parametrize(
    "content",
    [
        "AUTHOR: A\nTITLE: B\n",
        "Author: A\n-----\nBODY:\n",
        "TITLE: T\n-----\nSubject:\n",
        "Said\nAUTHOR: A\n-----\nBODY:\n",
        "",
    ],
)
def test_other_text_is_not_recognised(content: str):
    assert not movabletype.recognises(Head.read(make_file(content)))


def test_blog_is_named_by_its_address():
    assert movabletype.identify(make_file(TYPEPAD)) == "movabletype:benches.typepad.example/seats"
    assert movabletype.identify(make_file(TYPEPAD.replace("http://", "http://["))) == ""
    assert movabletype.identify(make_file(EXPORT)) == ""


@given(st.lists(st.tuples(st.integers(0, len(EXPORT)), st.integers(0, 40), st.binary(max_size=8)), max_size=6))
def test_whatever_the_bytes_are_comments_have_text(changes: list[tuple[int, int, bytes]]):
    data = EXPORT.encode()
    for place, length, instead in changes:
        data = data[:place] + instead + data[place + length :]
    movabletype.identify(make_file(data))
    movabletype.recognises(Head.read(make_file(data)))

    assert all(item.text and item.native_id for item in comments_of(parse(data)))
