"""Blogger feeds and exports that are as they should be."""

import dataclasses
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path

import pytest

from bot.sample import COMMENTS
from store.domain.comment import AuthorAlias, Channel, Comment, Discussion, SkippedRecord, SourceProblem
from store.domain.viewer import Visibility
from store.sources import registry
from store.sources.files import open_files
from store.sources.formats import blogger
from store.text.cleaning import clean_text
from tests.store.sources.making import (
    BLOG,
    POST_URL,
    comments_of,
    make_comment,
    make_entry,
    make_feed,
    make_file,
    make_kind,
    parse_feed,
    skipped_of,
)

POST = (
    f"<entry><id> {BLOG}.post-99\n</id><title type='html'>On &amp;amp; off &amp;lt;benches&amp;gt;</title>"
    f"{make_kind('post')}<link rel='alternate' href='{POST_URL}'/></entry>"
)
TAKEOUT_POST = (
    f"<entry><id>{BLOG}.post-99</id><blogger:type>POST</blogger:type><blogger:status>LIVE</blogger:status>"
    "<title>On benches</title><blogger:filename>/2014/05/on-benches.html</blogger:filename></entry>"
)
DRAFT = "<app:control xmlns:app='http://purl.org/atom/app#'><app:draft>yes</app:draft></app:control>"


def make_takeout_entry(number: int, *, status: str = "LIVE", trashed: str = "", reply_to: str = "") -> str:
    return (
        f"<entry><id>{BLOG}.post-{number}</id><blogger:parent>{BLOG}.post-99</blogger:parent>"
        f"<blogger:inReplyTo>{reply_to}</blogger:inReplyTo><blogger:type>COMMENT</blogger:type>"
        f"<blogger:status>{status}</blogger:status><author><name>Milo</name><uri></uri>"
        f"<blogger:type>BLOGGER</blogger:type></author><content type='html'>Hello there.</content>"
        f"<published>2026-06-15T12:00:00Z</published><updated>2026-06-15T12:30:00Z</updated>"
        f"<blogger:trashed>{trashed}</blogger:trashed></entry>"
    )


def test_comment_of_a_feed_is_read():
    assert parse_feed(make_feed(make_entry())) == [make_comment()]


def test_comments_keep_the_order_of_the_feed():
    numbers = [5, 3, 9, 1]

    items = parse_feed(make_feed(*(make_entry(number) for number in numbers)))

    assert items == [make_comment(number) for number in numbers]


def test_title_and_link_come_from_the_post_wherever_it_stands():
    expected = [make_comment(title="On & off <benches>")]

    assert parse_feed(make_feed(POST, make_entry())) == expected
    assert parse_feed(make_feed(make_entry(), POST)) == expected


def test_posts_are_found_in_any_encoding():
    feed = make_feed(POST, make_entry(), prolog='<?xml version="1.0" encoding="UTF-16"?>')

    assert parse_feed(feed.encode("utf-16")) == [make_comment(title="On & off <benches>")]


@pytest.mark.parametrize("kind", ["post", "page", "template", "settings"])
def test_entries_that_are_no_comments_are_passed_over(kind: str):
    assert parse_feed(make_feed(make_entry().replace("kind#comment", f"kind#{kind}"))) == []


def test_entry_that_answers_something_is_a_comment_without_a_category():
    assert parse_feed(make_feed(make_entry().replace(make_kind("comment"), ""))) == [make_comment()]


def test_text_escaped_once_or_twice_reads_the_same():
    once = "It&#39;s <b>so</b>.<br /><br />I &quot;agree&quot; &amp; so on."

    (first, second) = parse_feed(make_feed(make_entry(1, once), make_entry(2, escape(once))))

    assert isinstance(first, Comment)
    assert isinstance(second, Comment)
    assert first.text == second.text == 'It\'s so.\n\nI "agree" & so on.'


def test_content_of_type_xhtml_is_read():
    content = (
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>"
        "<p>One <b>bold</b> word.</p><p>Two.</p></div></content>"
    )
    entry = make_entry().replace("<content type='html'>Hello there.</content>", content)

    assert parse_feed(make_feed(entry)) == [make_comment(text="One bold word.\n\nTwo.")]


def test_text_around_an_xml_comment_is_kept():
    entry = make_entry().replace("Hello there.", "Hello <!-- so to speak -->there.")

    assert parse_feed(make_feed(entry)) == [make_comment()]


def test_text_in_cdata_is_kept():
    entry = make_entry().replace("Hello there.", "<![CDATA[Hello </entry><entry> <b>there</b>.]]>")

    assert parse_feed(make_feed(entry)) == [make_comment()]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Rosa Díaz", AuthorAlias("Rosa Díaz", "0042")),
        ("https://rosa.example/", AuthorAlias("https://rosa.example/", "0042")),
        ("rosa@example.com", AuthorAlias("rosa@…", "0042")),
        ("Anonymous", AuthorAlias("Anonymous")),
        (" \u202e ", AuthorAlias("Anonymous")),
    ],
)
def test_author_is_read_without_any_address(name: str, expected: AuthorAlias):
    (comment,) = comments_of(parse_feed(make_feed(make_entry(name=name))))

    assert comment.author == expected
    assert "blogger.com" not in repr(comment.author)


def test_author_without_a_profile_has_no_account():
    entry = make_entry().replace("/profile/0042", "/")

    assert comments_of(parse_feed(make_feed(entry)))[0].author == AuthorAlias("Rosa Díaz")


def test_parent_is_the_comment_the_related_link_names():
    related = "<link rel='related' href='https://www.blogger.com/feeds/7/99/comments/default/12'/>"

    (comment,) = comments_of(parse_feed(make_feed(make_entry(13, extra=related))))

    assert comment == dataclasses.replace(make_comment(13), parent_id=f"{BLOG}.post-12")


def test_edited_comment_has_both_dates():
    entry = make_entry().replace("<updated>2014-05-01T10:00:00.000", "<updated>2014-05-02T10:00:00.250")

    (comment,) = comments_of(parse_feed(make_feed(entry)))

    assert comment.published == datetime(2014, 5, 1, 17, tzinfo=UTC)
    assert comment.edited == datetime(2014, 5, 2, 17, microsecond=250_000, tzinfo=UTC)


def test_date_that_is_none_is_reported_and_the_comment_kept():
    entry = make_entry().replace("2014-05-01T10:00:00.000-07:00", "May\u202e, last year")

    assert parse_feed(make_feed(entry)) == [
        SourceProblem(f"{BLOG}.post-1: 'May, last year'", "the date cannot be read: kept without one"),
        dataclasses.replace(make_comment(), published=None),
    ]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (make_entry(extra="<gd:extendedProperty name='blogger.contentRemoved' value='true'/>"), "removed"),
        (make_entry(markup="This comment has been removed by the author."), "removed"),
        (make_entry(markup="This post has been removed by a blog administrator."), "removed"),
        (make_entry(markup="<img src='smile.gif'/>"), "without text"),
        (make_entry(markup="&nbsp;<br />"), "without text"),
        (make_entry(extra=DRAFT), "draft"),
        (make_takeout_entry(1, status="DRAFT"), "draft"),
        (make_takeout_entry(1, status="spam"), "spam"),
        (make_takeout_entry(1, trashed="2026-06-16T00:00:00Z"), "deleted"),
    ],
)  # fmt: skip
def test_what_is_not_shown_on_the_blog_is_left_out(entry: str, reason: str):
    assert parse_feed(make_feed(entry)) == [SkippedRecord(f"{BLOG}.post-1", reason)]


def test_beginning_is_read_where_a_feed_gives_no_more():
    entry = make_entry().replace("content type='html'", "summary type='text'").replace("/content", "/summary")

    assert parse_feed(make_feed(entry)) == [make_comment()]


@pytest.mark.parametrize(
    ("post", "entry"),
    [
        (POST.replace("<title", f"{DRAFT}<title"), make_entry()),
        (POST.replace("<title", f"{DRAFT}<title").replace("purl.org/atom/app#", "www.w3.org/2007/app"), make_entry()),
        (TAKEOUT_POST.replace("LIVE", "DRAFT"), make_takeout_entry(1)),
        (TAKEOUT_POST.replace("LIVE", "SCHEDULED"), make_takeout_entry(1)),
    ],
)
def test_comments_on_posts_that_are_not_public_are_shown_to_nobody(post: str, entry: str):
    (comment,) = comments_of(parse_feed(make_feed(post, entry)))

    assert comment.discussion.channel == Channel("posts that are not public", Visibility("nobody"))


def test_comments_on_deleted_posts_are_left_out():
    post = TAKEOUT_POST.replace("</entry>", "<blogger:trashed>2026-06-16T00:00:00Z</blogger:trashed></entry>")

    assert parse_feed(make_feed(post, make_takeout_entry(1))) == [
        SkippedRecord(f"{BLOG}.post-1", "its post is deleted")
    ]


def test_removed_comment_in_a_sentence_is_kept():
    text = "He wrote: This comment has been removed by the author."

    assert parse_feed(make_feed(make_entry(markup=text))) == [make_comment(text=text)]


def test_comment_of_a_takeout_is_read():
    items = parse_feed(make_feed(TAKEOUT_POST, make_takeout_entry(1), make_takeout_entry(2, reply_to=f"{BLOG}.post-1")))

    first = Comment(
        native_id=f"{BLOG}.post-1",
        discussion=Discussion(f"{BLOG}.post-99", "On benches"),
        author=AuthorAlias("Milo"),
        text="Hello there.",
        published=datetime(2026, 6, 15, 12, tzinfo=UTC),
        edited=datetime(2026, 6, 15, 12, 30, tzinfo=UTC),
    )
    assert items == [first, dataclasses.replace(first, native_id=f"{BLOG}.post-2", parent_id=f"{BLOG}.post-1")]


def test_parent_in_a_takeout_may_be_a_number_alone():
    (comment,) = comments_of(parse_feed(make_feed(make_takeout_entry(2, reply_to="1"))))

    assert comment.parent_id == f"{BLOG}.post-1"


def test_answers_to_a_deleted_comment_are_kept():
    items = parse_feed(
        make_feed(make_takeout_entry(1, trashed="yes"), make_takeout_entry(2, reply_to=f"{BLOG}.post-1"))
    )

    assert skipped_of(items) == [SkippedRecord(f"{BLOG}.post-1", "deleted")]
    assert [(comment.native_id, comment.parent_id) for comment in comments_of(items)] == [
        (f"{BLOG}.post-2", f"{BLOG}.post-1")
    ]


def test_repeated_id_is_given_as_often_as_it_stands():
    items = parse_feed(make_feed(make_entry(1, "one"), make_entry(1, "two")))

    assert items == [make_comment(1, "one"), make_comment(1, "two")]


@pytest.mark.parametrize(
    ("href", "title", "url"),
    [
        ("https://blog.example/2014/05/on_the-bench.html", "On the bench", "https://blog.example/2014/05/on_the-bench.html"),
        ("https://blog.example/caf%C3%A9/", "Café", "https://blog.example/caf%C3%A9/"),
        ("https://blog.example", "", "https://blog.example"),
        ("https://[blog.example/", "", "https://[blog.example/"),
        ("javascript:alert(1)", "On benches", POST_URL),
    ],
)  # fmt: skip
def test_discussion_is_named_by_its_address(href: str, title: str, url: str):
    entry = make_entry().replace(f"<thr:in-reply-to href='{POST_URL}'", f"<thr:in-reply-to href='{href}'")

    (comment,) = comments_of(parse_feed(make_feed(entry)))

    assert comment.discussion == Discussion(f"{BLOG}.post-99", title, url)


def test_discussion_of_a_post_that_is_not_named_is_known_by_its_address():
    entry = make_entry().replace(f" ref='{BLOG}.post-99'", "")
    moved = entry.replace("https://blog.example", "http://www.blog.example")
    found = [comments_of(parse_feed(make_feed(each)))[0].discussion.native_id for each in (entry, moved)]

    assert found == ["blog.example/2014/05/on-benches.html"] * 2


def test_comment_without_a_permalink_leads_to_its_place_on_the_page():
    entry = make_entry(5).replace("rel='alternate'", "rel='other'")

    assert comments_of(parse_feed(make_feed(entry)))[0].url == f"{POST_URL}#c5"


def test_next_page_is_the_feeds_own():
    feed = "https://www.blogger.com/feeds/7/comments/default?start-index=26&amp;max-results=25"
    header = f"<link rel='self' href='https://blog.example/'/><link rel='next' type='x' href='{feed}'/>"
    entry = make_entry(extra="<link rel='next' href='https://blog.example/entry'/>")

    assert list(blogger.find_further(make_file(make_feed(entry, header=header)))) == [feed.replace("&amp;", "&")]
    assert not list(blogger.find_further(make_file(make_feed(entry))))
    assert not list(blogger.find_further(make_file(make_feed(header=header.replace("https:", "ftp:")))))
    assert not list(blogger.find_further(make_file("no feed")))


def test_blog_is_known_by_its_number():
    assert blogger.identify(make_file(make_feed(make_entry()))) == BLOG
    assert blogger.identify(make_file(make_feed(header=""))) == ""


def test_shipped_sample_is_read_whole():
    (file,) = open_files(COMMENTS)

    comments = comments_of(list(registry.recognise(file).parse([file])))

    names = {comment.author.name for comment in comments}
    ids = {comment.native_id for comment in comments}
    assert len(comments) == len(ids) == 165
    assert len({comment.discussion.native_id for comment in comments}) == 20
    assert len(names) == 27
    assert "Anonymous" in names
    assert {comment.parent_id for comment in comments} - {None} <= ids
    assert sum(comment.parent_id is not None for comment in comments) == 48
    assert all(comment.published and comment.url and comment.discussion.title for comment in comments)
    assert all("&#" not in comment.text and "<br" not in comment.text for comment in comments)


def test_shipped_sample_has_no_problems():
    (file,) = open_files(COMMENTS)

    assert len(list(blogger.parse(file))) == 165


def test_feed_rebuilt_from_scraped_comments_gives_them_back(shared_folder: Path):
    scraped = (shared_folder / "seed" / "comments.txt").read_text(encoding="utf-8")
    paragraphs = [part.strip() for part in scraped.split("\n\n") if part.strip()]
    entries = [make_entry(number, part.replace("\n", "<br />")) for number, part in enumerate(paragraphs)]

    items = parse_feed(make_feed(*entries))

    expected = [clean_text(unescape(part.replace("<br />", "\n"))) for part in paragraphs]
    assert len(paragraphs) == 41
    assert items == [make_comment(number, text) for number, text in enumerate(expected)]
