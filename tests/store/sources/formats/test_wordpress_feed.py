"""WordPress's comments feeds: the same comments and discussions that exports and the API give, and no other feeds."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceItem
from store.sources.dates import parse_date
from store.sources.formats import wordpress_feed
from store.sources.head import Head
from tests.store.sources.making import TRUNCATED, comments_of, make_file, problems_of

SAMPLES = Path(__file__).parent / "samples" / "wordpress-feed"
BLOG = (SAMPLES / "blog.xml").read_text()
POST = (SAMPLES / "post.xml").read_text()
SITE = "https://www.benches.example/notes"


def parse(content: str | bytes) -> list[SourceItem]:
    return list(wordpress_feed.FORMAT.parse([make_file(content)]))


def test_feed_of_a_blog_gives_its_comments_and_says_what_it_leaves_out():
    assert parse(BLOG) == [
        Comment(
            native_id="102",
            discussion=Discussion("41", "Benches & seats by Mira", f"{SITE}/2023/11/benches/"),
            author=AuthorAlias("Mira O’Dell"),
            text="Which lake?\nThe small one?",
            url=f"{SITE}/2023/11/benches/comment-page-2/#comment-102",
            published=parse_date("2023-11-03T09:20:00Z"),
            parent_id="101",
        ),
        SkippedRecord("90", "pingback"),
        # It came from another blog, and brought that one's number.
        Comment(
            native_id="89",
            discussion=Discussion("benches.example/notes/2020/01/moved", "Moved here", f"{SITE}/2020/01/moved/"),
            author=AuthorAlias("Tom"),
            text="Welcome.",
            url=f"{SITE}/2020/01/moved/#comment-89",
            published=parse_date("2023-11-03T07:00:00Z"),
        ),
        SkippedRecord("88", "its post has a password"),
    ]


def test_feed_of_a_post_gives_its_title_to_all():
    assert parse(POST) == [
        Comment(
            native_id="5",
            discussion=Discussion("2", "Bänke: die besten", "https://baenke.example/2023/11/baenke/"),
            author=AuthorAlias("Jörg"),
            text="Die am See.",
            url="https://baenke.example/2023/11/baenke/#comment-5",
            published=parse_date("2023-11-03T09:20:00Z"),
        )
    ]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Comment on A by Mira O’Dell", "A"),
        ("Kommentar zu A von B von Mira O’Dell", "A von B"),
        ("Commentaires sur A par Mira O’Dell", "A"),
        ("Something about A, Mira O’Dell", ""),
        ("Comment on A by Somebody", ""),
        ("", ""),
    ],
)
def test_title_of_the_post_is_read_from_that_of_the_comment(title: str, expected: str):
    first, *_ = comments_of(parse(BLOG.replace("Comment on Benches &#038; seats by Mira by Mira O&#8217;Dell", title)))

    assert first.discussion.title == expected


@pytest.mark.parametrize("rest", [", and so should all who ever sat down.</p><p>Yes.", ""])
def test_link_to_a_comment_in_a_text_is_no_parent(rest: str):
    quoted = f'<p>I agree with <a href="https://b.example/#comment-3">this</a>{rest}</p>'
    (item,) = comments_of(parse(POST.replace("<p>Die am See.</p>", quoted)))

    assert item.parent_id is None
    assert item.text.startswith("I agree with this")


def test_post_without_a_number_is_known_by_its_address():
    moved = BLOG.replace("?p=", "?x=")
    pages = [
        {item.discussion.native_id for item in comments_of(parse(content))}
        for content in (moved, moved.replace("https://benches", "http://www.benches"))
    ]

    assert pages[0] == pages[1]
    assert all(page.startswith("benches.example/notes/") for page in pages[0])


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (BLOG, "wordpress:benches.example/notes"),
        (POST, "wordpress:baenke.example"),
        (POST.replace("<guid", "<other"), ""),
        (POST.replace("<link>https://baenke", "<link>https://other"), ""),
    ],
)
def test_blog_is_named_by_its_address(content: str, place: str):
    assert wordpress_feed.identify(make_file(content)) == place


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#comment-5</link>", "</link>"),
        ("#comment-5</guid>", "</guid>"),
        ("#comment-5</guid>", "#comment-6</guid>"),
        ("<rss ", '<rss xmlns:wp="http://wordpress.org/export/1.2/" '),
        ("rss", "feed"),
    ],
)
def test_other_feeds_are_not_recognised(old: str, new: str):
    assert wordpress_feed.recognises(Head.read(make_file(POST)))
    assert not wordpress_feed.recognises(Head.read(make_file(POST.replace(old, new))))


def test_feed_without_items_is_recognised_by_who_made_it():
    empty = (SAMPLES / "empty.xml").read_text()

    assert wordpress_feed.recognises(Head.read(make_file(empty)))
    assert not wordpress_feed.recognises(Head.read(make_file(empty.replace("/comments/feed/", "/feed/"))))
    assert not wordpress_feed.recognises(Head.read(make_file(empty.replace("wordpress.org", "other.example"))))
    assert parse(empty) == []


def test_file_cut_short_gives_all_that_is_whole():
    items = parse(BLOG[: BLOG.index("Moved here by Tom")])

    assert [item.native_id for item in comments_of(items)] == ["102"]
    assert problems_of(items)[-1] == TRUNCATED


@given(st.integers(0, len(BLOG)), st.integers(0, 40), st.binary(max_size=8))
def test_whatever_the_bytes_are_comments_have_text(place: int, length: int, instead: bytes):
    data = BLOG.encode()[:place] + instead + BLOG.encode()[place + length :]
    wordpress_feed.recognises(Head.read(make_file(data)))
    wordpress_feed.identify(make_file(data))

    assert all(item.text and item.native_id for item in comments_of(parse(data)))
