"""WordPress's exports: what is taken, what is left out, and what damage leaves of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.domain.viewer import Visibility
from store.sources.dates import parse_date
from store.sources.formats import wordpress
from store.sources.head import Head
from store.sources.xml import CUT_SHORT
from tests.store.sources.making import comments_of, make_file, problems_of, skipped_of

SAMPLES = Path(__file__).parent / "samples" / "wordpress"
EXPORT = (SAMPLES / "export.xml").read_text()
BENCHES = Discussion("41", "Benches & other seats", "https://www.benches.example/notes/2023/11/benches/")
HIDDEN = Channel("posts that are not public", Visibility("nobody"))
TRUNCATED = SourceProblem("the end of the file", CUT_SHORT)


def parse(content: str | bytes) -> list[SourceItem]:
    return list(wordpress.FORMAT.parse([make_file(content)]))


def make_export(*comments: str, post: str = "", root: str = 'xmlns:wp="http://wordpress.org/export/1.2/"') -> str:
    head = f"<title>T</title><link>https://b.example/t/</link><wp:post_id>4</wp:post_id>{post}"
    items = f"<item>{head}{''.join(comments)}</item>"
    return f'<rss version="2.0" {root}><channel><link>https://b.example</link>{items}</channel></rss>'


def make_comment(number: int = 1, content: str = "Hello.", **fields: str) -> str:
    given = {"author": "Ada", "date_gmt": "2020-01-02 03:04:05", "approved": "1", "type": "", **fields}
    parts = "".join(f"<wp:comment_{name}>{text}</wp:comment_{name}>" for name, text in given.items())
    return (
        f"<wp:comment><wp:comment_id>{number}</wp:comment_id>{parts}"
        f"<wp:comment_content>{content}</wp:comment_content></wp:comment>"
    )


def make_expected(number: int = 1, text: str = "Hello.") -> Comment:
    return Comment(
        native_id=str(number),
        discussion=Discussion("4", "T", "https://b.example/t/"),
        author=AuthorAlias("Ada"),
        text=text,
        url=f"https://b.example/t/#comment-{number}",
        published=parse_date("2020-01-02T03:04:05Z"),
    )


def test_export_gives_its_comments_and_says_what_it_leaves_out():
    assert parse(EXPORT) == [
        Comment(
            native_id="101",
            discussion=BENCHES,
            author=AuthorAlias("Tom & Ada"),
            text="The one by the lake.\n\nIt says a[0]]> there,\nand <b> too.",
            url=f"{BENCHES.url}#comment-101",
            published=parse_date("2023-11-03T09:15:00Z"),
        ),
        Comment(
            native_id="102",
            discussion=BENCHES,
            author=AuthorAlias("Mira", "user:5", ("Mira O'Dell",)),
            text="Which lake?",
            url=f"{BENCHES.url}#comment-102",
            published=parse_date("2023-11-03T10:20:00Z"),
            parent_id="101",
        ),
        SkippedRecord("103", "pingback"),
        SkippedRecord("104", "spam"),
        Comment(
            native_id="105",
            discussion=Discussion("43", "For the committee", "https://www.benches.example/notes/?p=43", HIDDEN),
            author=AuthorAlias("Anonymous"),
            text="Between us.",
            url="https://www.benches.example/notes/?p=43#comment-105",
            published=parse_date("2023-11-05T08:00:00Z"),
            parent_id="9",
        ),
    ]


def test_nothing_personal_is_kept():
    assert not any(hidden in repr(parse(EXPORT)) for hidden in ("@", "192.0.2", "mira@", "tom.example"))


@pytest.mark.parametrize(
    ("approved", "kind", "reason"),
    [
        ("0", "", "unapproved"),
        ("hold", "", "unapproved"),
        ("spam", "comment", "spam"),
        ("trash", "pingback", "deleted"),
        ("post-trashed", "", "its post is deleted"),
        ("something", "", "unapproved"),
        ("1", "trackback", "trackback"),
        ("1", "order_note", "order note"),
        ("1", "", ""),
        ("1", "comment", ""),
        ("1", "review", ""),
        ("", "", ""),
    ],
)
def test_only_approved_comments_are_taken(approved: str, kind: str, reason: str):
    items = parse(make_export(make_comment(approved=approved, type=kind)))

    assert items == ([SkippedRecord("1", reason)] if reason else [make_expected()])


@pytest.mark.parametrize(
    "post",
    [
        "<wp:status>private</wp:status>",
        "<wp:status>draft</wp:status>",
        "<wp:status>wc-completed</wp:status>",
        "<wp:status>publish</wp:status><wp:post_password><![CDATA[enter]]></wp:post_password>",
    ],
)
def test_comments_on_posts_that_are_not_public_are_shown_to_nobody(post: str):
    (comment,) = comments_of(parse(make_export(make_comment(), post=post)))

    assert comment.discussion.channel == HIDDEN


def test_comments_on_deleted_posts_are_left_out():
    items = parse(make_export(make_comment(), post="<wp:status>trash</wp:status>"))

    assert items == [SkippedRecord("1", "its post is deleted")]


@pytest.mark.parametrize(
    ("gmt", "local", "published"),
    [
        ("0000-00-00 00:00:00", "2020-02-03 04:05:06", "2020-02-03T04:05:06Z"),
        ("", "2020-02-03 04:05:06", "2020-02-03T04:05:06Z"),
        ("0000-00-00 00:00:00", "0000-00-00 00:00:00", ""),
        ("2020-01-02 03:04:05", "2020-02-03 04:05:06", "2020-01-02T03:04:05Z"),
    ],
)
def test_date_is_the_first_that_is_one(gmt: str, local: str, published: str):
    (comment,) = parse(make_export(make_comment(date_gmt=gmt, date=local)))

    assert isinstance(comment, Comment)
    assert comment.published == parse_date(published)


def test_date_that_cannot_be_read_is_told():
    items = parse(make_export(make_comment(date_gmt="yesterday")))

    assert [comment.published for comment in comments_of(items)] == [None]
    assert problems_of(items) == [SourceProblem("1: 'yesterday'", "the date cannot be read: kept without one")]


@pytest.mark.parametrize("root", ["", 'xmlns:wp="http://wordpress.org/export/9.9/"', 'xmlns:excerpt="urn:x"'])
def test_prefixes_need_not_be_declared(root: str):
    assert parse(make_export(make_comment(), root=root)) == [make_expected()]


@pytest.mark.parametrize(
    "text",
    ["see http://wordpress.org/export/1.2/", "<![CDATA[write <wp:post_id>4</wp:post_id>]]>", "&lt;wp:post_id&gt;"],
)
def test_feed_about_exports_is_none(text: str):
    feed = f'<rss version="2.0"><channel><item><description>{text}</description></item></channel></rss>'

    assert not wordpress.recognises(Head.read(make_file(feed)))
    assert wordpress.recognises(Head.read(make_file(make_export(make_comment(), root=""))))


def test_loose_items_are_an_export_too():
    assert [item.native_id for item in comments_of(parse((SAMPLES / "items.xml").read_bytes()))] == ["1"]
    assert problems_of(parse((SAMPLES / "items.xml").read_bytes())) == []


def test_post_without_number_is_known_by_its_address():
    content = make_export(make_comment()).replace("<wp:post_id>4</wp:post_id>", "")

    assert [item.discussion.native_id for item in comments_of(parse(content))] == ["https://b.example/t/"]


def test_comments_without_number_or_text_are_told():
    empty = make_comment().replace("<wp:comment_id>1</wp:comment_id>", "")

    assert parse(make_export(empty, make_comment(2, ""))) == [
        SourceProblem("comment 1", "the comment has no id"),
        SkippedRecord("2", "without text"),
    ]


def test_broken_markup_costs_no_other_comment():
    content = make_export(make_comment(1, "One & two\0 <b>three"), make_comment(2))

    assert [(item.native_id, item.text[:9]) for item in comments_of(parse(content))] == [
        ("1", "One & two"),
        ("2", "Hello."),
    ]
    assert {problem.record for problem in problems_of(parse(content))} == {"1"}


def test_file_cut_short_gives_all_that_is_whole():
    content = make_export(*(make_comment(number) for number in (1, 2, 3)))
    cut = parse(content[: content.index("Hello.", content.index(">3<"))])

    assert comments_of(cut) == [make_expected(1), make_expected(2)]
    assert problems_of(cut) == [SourceProblem("comment 3", "the record is cut short: left out"), TRUNCATED]


@pytest.mark.parametrize("share", range(0, 100, 7))
def test_file_cut_anywhere_says_so(share: int):
    items = parse(EXPORT.encode()[: len(EXPORT) * share // 100])

    assert problems_of(items)[-1:] == [TRUNCATED]
    assert comments_of(items) == comments_of(parse(EXPORT))[: len(comments_of(items))]


def test_post_with_thousands_of_comments_is_read():
    items = parse(make_export(*(make_comment(number, "x" * 2_000) for number in range(1, 3_001))))

    assert [item.native_id for item in comments_of(items)] == [str(number) for number in range(1, 3_001)]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("", "", "wordpress:benches.example/notes"),
        ("https://www.b", "http://b", "wordpress:benches.example/notes"),
        (".example/notes</wp:base_blog_url>", ".EXAMPLE/notes/</wp:base_blog_url>", "wordpress:benches.example/notes"),
        ("wp:base_blog_url", "wp:other", "wordpress:benches.example/notes"),
        ("://", ":[", ""),
    ],
)
def test_blog_is_named_by_its_address(old: str, new: str, place: str):
    assert wordpress.identify(make_file(EXPORT.replace(old, new) if old else EXPORT)) == place


@given(
    st.lists(st.tuples(st.integers(0, len(EXPORT)), st.integers(0, 40), st.binary(max_size=8)), max_size=6),
    st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_whatever_the_bytes_are_comments_have_text(changes: list[tuple[int, int, bytes]], encoding: str):
    data = EXPORT.encode(encoding, errors="replace")
    for place, length, instead in changes:
        data = data[:place] + instead + data[place + length :]
    items = parse(data)
    wordpress.identify(make_file(data))

    assert all(item.text and item.native_id for item in comments_of(items))
    assert all(item.record and item.reason for item in skipped_of(items))
