"""Finding the comments of a web page: what each software writes into its pages."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.sources.discovery import find_addresses
from tests.store.sources.making import make_file

RSS, ATOM = "application/rss+xml", "application/atom+xml"
SITE = "https://site.example"


def find(head: str, address: str = f"{SITE}/", body: str = "") -> list[str]:
    page = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return find_addresses(make_file(page, address))


def make_feed_link(href: str, title: str = "", kind: str = RSS) -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


BLOGGER = "<meta content='blogger' name='generator'/>" + "".join(
    [
        make_feed_link(f"{SITE}/feeds/posts/default", "Benches - Atom", ATOM),
        make_feed_link(f"{SITE}/feeds/posts/default?alt=rss", "Benches - RSS"),
    ]
)
WORDPRESS = "".join(
    [
        "<meta name='generator' content='WordPress 6.4'>",
        make_feed_link(f"{SITE}/feed/", "Bread » Feed"),
        make_feed_link(f"{SITE}/comments/feed/", "Bread » Comments Feed"),
        f"<link rel='https://api.w.org/' href='{SITE}/wp-json/'>",
    ]
)
DISCOURSE = "<meta name='generator' content='Discourse 3.2.0 - https://github.com/discourse/discourse'>"


def test_blogger_has_a_feed_of_all_its_comments():
    assert find(BLOGGER)[:2] == [f"{SITE}/feeds/comments/default", f"{SITE}/feeds/posts/default"]
    # The blog's number is in its address at blogger.com, in templates that name no generator.
    anonymous = make_feed_link("https://www.blogger.com/feeds/77/posts/default", "", ATOM)
    assert find(anonymous)[0] == f"{SITE}/feeds/comments/default"


def test_post_of_blogger_has_a_feed_of_its_comments():
    post = make_feed_link(f"{SITE}/feeds/1234/comments/default", "Comments", ATOM)

    assert find(BLOGGER + post, f"{SITE}/2014/05/benches.html")[:2] == [
        f"{SITE}/feeds/1234/comments/default",
        f"{SITE}/feeds/comments/default",
    ]


@pytest.mark.parametrize("path", ["/c/support/5", "/forum/c/support/help/7/", "/tag/bread"])
def test_list_of_discourse_is_not_all_of_the_forum(path: str):
    assert find(DISCOURSE, f"{SITE}{path}") == [f"{SITE}{path.rstrip('/')}.json"]


def test_wordpress_gives_all_comments_through_its_interface():
    assert find(WORDPRESS) == [
        f"{SITE}/wp-json/wp/v2/comments?per_page=100&order=asc",
        f"{SITE}/comments/feed/",
        f"{SITE}/feed/",
    ]


def test_wordpress_without_own_paths_is_asked_by_query():
    link = f"<link rel='https://api.w.org/' href='{SITE}/index.php?rest_route=/'>"

    assert find(link) == [f"{SITE}/index.php?rest_route=/wp/v2/comments&per_page=100&order=asc"]


def test_post_of_wordpress_gives_its_own_comments_first():
    own = "".join(
        [
            make_feed_link(f"{SITE}/rye/feed/", "Bread » Rye Comments Feed"),
            f"<link rel='alternate' type='application/json' href='{SITE}/wp-json/wp/v2/posts/7'>",
            f"<link rel='shortlink' href='{SITE}/?p=7'>",
        ]
    )

    assert find(WORDPRESS + own, f"{SITE}/rye/") == [
        f"{SITE}/wp-json/wp/v2/comments?post=7&per_page=100&order=asc",
        f"{SITE}/rye/feed/",
        f"{SITE}/comments/feed/",
        f"{SITE}/feed/",
    ]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"{SITE}/", f"{SITE}/latest.json"),
        (f"{SITE}/t/on-rye/12", f"{SITE}/t/12.json"),
        (f"{SITE}/t/on-rye/12/5?u=ann", f"{SITE}/t/12.json"),
        (f"{SITE}/forum/t/12", f"{SITE}/forum/t/12.json"),
    ],
)
def test_discourse_gives_its_pages_as_json(address: str, expected: str):
    assert find(DISCOURSE, address) == [expected]


def test_discourse_is_known_by_its_marks():
    setup = '<meta id="data-discourse-setup" data-base-uri="/forum">'

    assert find(setup, f"{SITE}/forum") == [f"{SITE}/forum/latest.json"]


def test_feeds_of_comments_come_before_others():
    feeds = [
        make_feed_link("/posts.xml", "Posts"),
        make_feed_link("/c.xml", "Comments"),
        make_feed_link("/comments.json", "", "application/feed+json"),
        make_feed_link("/print.html", "Comments", "text/html"),
    ]

    assert find("".join(feeds)) == [f"{SITE}/c.xml", f"{SITE}/comments.json", f"{SITE}/posts.xml"]


def test_addresses_are_relative_to_the_page_or_its_base():
    link = make_feed_link("feed.xml")

    assert find(link, f"{SITE}/a/b") == [f"{SITE}/a/feed.xml"]
    assert find("<base href='/c/'>" + link, f"{SITE}/a/b") == [f"{SITE}/c/feed.xml"]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "ftp://site.example/feed", "file:///etc/passwd", "http://[", ""]
)
def test_only_web_addresses_are_found(href: str):
    assert find(make_feed_link(href)) == []


def test_page_read_from_a_disk_has_only_the_addresses_it_writes_out():
    assert find(BLOGGER, "blog.html")[0] == f"{SITE}/feeds/comments/default"
    assert find(make_feed_link("/feed"), "blog.html") == []


@pytest.mark.parametrize(
    "content", ["", "text", "{}", "<?xml version='1.0'?><rss><link rel='alternate' href='x'/></rss>", "\0" * 99]
)
def test_what_is_no_page_has_none(content: str):
    assert find_addresses(make_file(content, f"{SITE}/")) == []


def test_comments_in_a_page_are_no_links_of_its_head():
    comment = "&lt;link rel=alternate type=application/rss+xml href=/x&gt;"

    assert find("", body=comment) == []


def test_at_most_twenty_are_given():
    assert len(find("".join(make_feed_link(f"/{number}") for number in range(1_000)))) == 20


@pytest.mark.parametrize(
    "hostile",
    ["<div>", "<b>", "<p><b>", "<a href=x>", "<base href=x>", "<link rel=alternate href=x>", "<", "<!--", "<script>"],
)
def test_hostile_page_is_read_in_time(hostile: str):
    began = time.thread_time()
    find("", body=hostile * 100_000)

    assert time.thread_time() - began < 10


PIECES = st.sampled_from(
    [BLOGGER, WORDPRESS, DISCOURSE, "<link", " rel=alternate", " type=application/rss+xml", " href='http://[x'", ">",
     "<base href='//[' >", "<meta charset=utf-7>", "\0", "<link rel='https://api.w.org/' href='http://a/?rest_route'>"]
)  # fmt: skip


@given(
    st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join), st.sampled_from(["", "http://[", f"{SITE}/t/1"])
)
def test_any_page_gives_web_addresses(page: str, address: str):
    found = find_addresses(make_file(page.encode(errors="replace"), address))

    assert all(url.startswith(("http://", "https://")) for url in found)
    assert len(set(found)) == len(found)
