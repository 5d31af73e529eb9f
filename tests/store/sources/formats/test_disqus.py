"""Disqus's exports: what is taken, what is a copy, and what damage leaves."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.sources.dates import parse_date
from store.sources.formats import disqus
from store.sources.head import Head
from tests.store.sources.making import TRUNCATED, comments_of, make_file, problems_of, skipped_of

EXPORT = (Path(__file__).parent / "samples" / "disqus" / "export.xml").read_text()
LAKE = Discussion("20", "Benches & lakes", "http://benches.example/2012/lake.html")
COPY = "a copy of another comment"
LONG = "So long a text that nobody writes it twice in one second."


def parse(content: str | bytes) -> list[SourceItem]:
    return list(disqus.FORMAT.parse([make_file(content)]))


def make_thread(number: int, link: str, title: str = "") -> str:
    return f'<thread dsq:id="{number}"><id/><forum>f</forum><link>{link}</link><title>{title}</title></thread>'


def make_post(
    number: int, thread: int, message: str = LONG, *, at: str = "2012-03-05T10:00:01Z", more: str = ""
) -> str:
    return (
        f'<post dsq:id="{number}"><message>{message}</message><createdAt>{at}</createdAt><author><name>Ada</name>'
        f'</author><thread dsq:id="{thread}"/>{more}</post>'
    )


def make_export(*parts: str) -> str:
    declared = 'xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals"'
    return f"<?xml version='1.0'?><disqus {declared}>{''.join(parts)}</disqus>"


def discussions_of(items: list[SourceItem]) -> dict[str, str]:
    return {item.native_id: item.discussion.native_id for item in comments_of(items)}


def test_export_gives_its_comments_and_says_what_it_leaves_out():
    assert parse(EXPORT) == [
        Comment(
            native_id="101",
            discussion=LAKE,
            author=AuthorAlias("Tom & Ada", "tomada"),
            text="By the lake.\n\nMind the geese (https://geese.example/).\nThey bite.",
            url=f"{LAKE.url}#comment-101",
            published=parse_date("2012-03-05T10:00:00Z"),
        ),
        Comment(
            native_id="102",
            discussion=LAKE,
            author=AuthorAlias("Guest"),
            text="Which lake?",
            url=f"{LAKE.url}#comment-102",
            published=parse_date("2012-03-05T11:00:00Z"),
            parent_id="101",
        ),
        SkippedRecord("201", COPY),
        # It stands in the newer thread, and answers the copy there.
        Comment(
            native_id="202",
            discussion=LAKE,
            author=AuthorAlias("Kofi", "kofi"),
            text="Still so, years later.",
            url="https://www.benches.example/posts/lake/#comment-202",
            published=parse_date("2019-03-05T10:00:00Z"),
            parent_id="101",
        ),
        SkippedRecord("203", "spam"),
        SkippedRecord("204", "deleted"),
        SkippedRecord("205", "its discussion is deleted"),
    ]


def test_nothing_personal_is_kept():
    assert not any(hidden in repr(parse(EXPORT)) for hidden in ("@", "192.0.2"))


@pytest.mark.parametrize(
    ("first", "second", "message", "at", "is_one"),
    [
        # Copies on one page: http and https, "www.", old and new path.
        (("http://a.example/x/", "X"), ("https://www.a.example/x", "X"), "Yes.", "2012-03-05T10:00:01Z", True),
        (("http://a.example/x.html", ""), ("https://b.example/2012/x/", ""), "Yes.", "2012-03-05T10:00:01Z", True),
        (("http://a.example/?p=1", "X"), ("https://b.example/x/", "X"), "Yes.", "2012-03-05T10:00:01Z", True),
        (("http://a.example/x", "X"), ("http://a.example/y", "Y"), LONG, "2012-03-05T10:00:01Z", True),
        # The same by chance, on pages that have nothing to do with each other.
        (("http://a.example/x", "X"), ("http://a.example/y", "Y"), "Yes.", "2012-03-05T10:00:01Z", False),
        (("http://a.example/x", "X"), ("http://a.example/y", "Y"), LONG, "2012-03-05T00:00:00Z", False),
        (("", ""), ("", ""), "Yes.", "2012-03-05T10:00:01Z", False),
    ],
)
def test_copies_are_told_from_coincidences(
    first: tuple[str, str], second: tuple[str, str], message: str, at: str, *, is_one: bool
):
    threads = make_thread(1, *first) + make_thread(2, *second)
    items = parse(make_export(threads, make_post(11, 1, message, at=at), make_post(12, 2, message, at=at)))

    assert discussions_of(items) == ({"11": "1"} if is_one else {"11": "1", "12": "2"})
    assert items[1:] == [SkippedRecord("12", COPY)] if is_one else len(items) == 2


def test_threads_of_one_address_are_one_discussion_without_copies():
    threads = [make_thread(9, "https://www.a.example/x/"), make_thread(8, "http://a.example/x", "X")]
    items = parse(make_export(*threads, make_post(11, 8, "One"), make_post(12, 9, "Two")))

    assert [item.discussion for item in comments_of(items)] == [Discussion("8", "X", "http://a.example/x")] * 2


def test_threads_of_one_address_with_other_titles_are_several():
    threads = [make_thread(8, "http://a.example/", "X"), make_thread(9, "http://a.example/", "Y")]
    items = parse(make_export(*threads, make_post(11, 8, "One"), make_post(12, 9, "Two")))

    assert discussions_of(items) == {"11": "8", "12": "9"}


def test_the_oldest_of_several_copies_is_kept_in_whatever_order_they_stand():
    threads = [make_thread(number, f"http://a.example/{number}/x", "X") for number in (3, 1, 2)]
    posts = [make_post(13, 3), make_post(11, 1), make_post(12, 2)]
    reply = make_post(14, 3, "Reply", more='<parent dsq:id="13"/>')

    items = parse(make_export(*threads, *posts, reply))

    assert [(item.native_id, item.parent_id) for item in comments_of(items)] == [("11", None), ("14", "11")]
    assert discussions_of(items) == {"11": "1", "14": "1"}


def test_twice_in_one_thread_is_said_twice():
    threads = make_thread(1, "http://a.example/x") + make_thread(2, "http://a.example/y")

    assert discussions_of(parse(make_export(threads, make_post(11, 1), make_post(12, 1)))) == {"11": "1", "12": "1"}


def test_deleted_comments_have_no_copies():
    threads = make_thread(1, "http://a.example/x", "X") + make_thread(2, "http://b.example/x", "X")
    deleted = make_post(11, 1, more="<isDeleted>true</isDeleted>")

    assert parse(make_export(threads, deleted, make_post(12, 2)))[0] == SkippedRecord("11", "deleted")
    assert discussions_of(parse(make_export(threads, deleted, make_post(12, 2)))) == {"12": "2"}


def test_thread_may_be_defined_after_its_comments_or_nowhere():
    items = parse(
        make_export(make_post(11, 1, "One"), make_thread(1, "http://a.example/x", "X"), make_post(12, 7, "Two"))
    )

    assert [item.discussion for item in comments_of(items)] == [
        Discussion("1", "X", "http://a.example/x"),
        Discussion("7"),
    ]
    assert [item.url for item in comments_of(items)] == ["http://a.example/x#comment-11", ""]


def test_old_messages_keep_their_lines():
    (item,) = comments_of(parse(make_export(make_post(1, 1, 'One\n&lt;a href="https://a.example/"&gt;two&lt;/a&gt;'))))

    assert item.text == "One\ntwo (https://a.example/)"


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("http://disq.us/url?url=https%3A%2F%2Fa.example%2F%3Fx%3D1%26y%3D2%3AaB3_-cD4eF5gH6iJ7kL8mN9oP&amp;cuid=7", "(https://a.example/?x=1&y=2)"),
        ("https://disq.us/?url=https%3A%2F%2Fa.example%3A80%2F&amp;key=k", "(https://a.example:80/)"),
        ("https://disq.us/p/1abc", "(https://disq.us/p/1abc)"),
    ],
)  # fmt: skip
def test_links_lead_where_they_lead_in_the_end(href: str, text: str):
    message = f'<![CDATA[<p>See <a href="{href}" rel="nofollow">a</a> &lt;b&gt;</p>]]>'
    (item,) = comments_of(parse(make_export(make_post(1, 1, message))))

    assert item.text == f"See a {text} <b>"


def test_named_accounts_stand_as_they_are_shown():
    (item,) = comments_of(parse(make_export(make_post(1, 1, "<![CDATA[<p>@tom_ada:disqus: yes</p>]]>"))))

    assert item.text == "@tom_ada: yes"


@pytest.mark.parametrize("stray", ["`", "\ufeff", "\n\n  ", "x\n"])
def test_stray_characters_before_the_beginning_do_not_matter(stray: str):
    assert disqus.recognises(Head.read(make_file(stray + EXPORT)))
    assert parse(stray + EXPORT) == parse(EXPORT)


def test_other_files_that_name_it_are_not_recognised():
    assert not disqus.recognises(Head.read(make_file("<disqus><thread/></disqus>")))
    assert not disqus.recognises(Head.read(make_file("x" * 100 + EXPORT)))
    assert not disqus.recognises(Head.read(make_file(f"<html>{EXPORT}")))


def test_prefixes_need_not_be_declared():
    undeclared = EXPORT.replace(' xmlns:dsq="http://disqus.com/disqus-internals"', "")

    assert comments_of(parse(undeclared)) == comments_of(parse(EXPORT))


def test_comment_without_id_is_told():
    items = parse(make_export(make_post(1, 1).replace('<post dsq:id="1">', "<post>")))

    assert items == [SourceProblem("post 1", "the comment has no id")]


def test_file_cut_short_gives_all_that_is_whole():
    items = parse(EXPORT[: EXPORT.index("Which lake?")])

    assert [item.native_id for item in comments_of(items)] == ["101"]
    assert problems_of(items) == [SourceProblem("post 2", "the record is cut short: left out"), TRUNCATED]


def test_many_threads_of_one_address_take_no_longer_than_their_number():
    threads = (make_thread(number, "http://a.example/x") for number in range(20_000, 1, -1))

    assert discussions_of(parse(make_export(*threads, make_post(1, 19_000)))) == {"1": "2"}


def test_forum_is_named():
    assert disqus.identify(make_file(EXPORT)) == "disqus:benches"
    assert disqus.identify(make_file(make_export())) == ""


@given(st.lists(st.tuples(st.integers(0, len(EXPORT)), st.integers(0, 40), st.binary(max_size=8)), max_size=6))
def test_whatever_the_bytes_are_comments_have_text(changes: list[tuple[int, int, bytes]]):
    data = EXPORT.encode()
    for place, length, instead in changes:
        data = data[:place] + instead + data[place + length :]
    items = parse(data)
    disqus.identify(make_file(data))

    assert all(item.text and item.native_id for item in comments_of(items))
    assert all(item.record and item.reason for item in skipped_of(items))
