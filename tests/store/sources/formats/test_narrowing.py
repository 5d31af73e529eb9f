"""What addresses of live sources can be asked for: what is new alone, and whether it is all that is there."""

from datetime import datetime

import pytest

from store.sources.format import Format
from store.sources.registry import BUILT_IN, get_format
from tests.store.factories import NOON

# 2019-03-01 12:00:00 UTC
SECONDS = "1551441600"
NARROWED = [
    ("wordpress-rest", "https://b.example/wp-json/wp/v2/comments?per_page=100&order=asc",
     "https://b.example/wp-json/wp/v2/comments?per_page=100&order=asc&after=2019-02-28T12:00:00Z"),
    ("wordpress-rest", "https://b.example/?rest_route=/wp/v2/comments&post=7",
     "https://b.example/?rest_route=/wp/v2/comments&post=7&after=2019-02-28T12:00:00Z"),
    ("wordpress-rest", "https://public-api.wordpress.com/wp/v2/sites/b.example/comments/",
     "https://public-api.wordpress.com/wp/v2/sites/b.example/comments/?after=2019-02-28T12:00:00Z"),
    ("github", "https://api.github.com/repos/a/b/issues?state=all",
     "https://api.github.com/repos/a/b/issues?state=all&since=2019-03-01T12:00:00Z"),
    ("github", "https://api.github.com/repos/a/b/issues", "https://api.github.com/repos/a/b/issues?since=2019-03-01T12:00:00Z"),
    ("github", "https://api.github.com/repos/a/b/issues/comments",
     "https://api.github.com/repos/a/b/issues/comments?since=2019-03-01T12:00:00Z"),
    ("github", "https://git.example/api/v3/repos/a/b/pulls/5/comments?per_page=100",
     "https://git.example/api/v3/repos/a/b/pulls/5/comments?per_page=100&since=2019-03-01T12:00:00Z"),
    ("stackexchange", "https://api.stackexchange.com/2.3/questions?site=x&sort=creation&filter=withbody",
     f"https://api.stackexchange.com/2.3/questions?site=x&filter=withbody&sort=activity&order=desc&min={SECONDS}"),
    ("stackexchange", "https://api.stackexchange.com/2.3/posts/5;6/comments?site=x",
     f"https://api.stackexchange.com/2.3/posts/5;6/comments?site=x&fromdate={SECONDS}"),
    ("hackernews", "https://hn.algolia.com/api/v1/search_by_date?tags=comment&numericFilters=points>1",
     f"https://hn.algolia.com/api/v1/search_by_date?tags=comment&numericFilters=points%3E1,created_at_i%3E{SECONDS}"),
    ("blogger", "https://b.example/feeds/comments/default?max-results=200&orderby=published",
     "https://b.example/feeds/comments/default?max-results=200&orderby=updated&updated-min=2019-03-01T12:00:00Z"),
    ("blogger", "https://www.blogger.com/feeds/12/34/comments/default",
     "https://www.blogger.com/feeds/12/34/comments/default?orderby=updated&updated-min=2019-03-01T12:00:00Z"),
    *(("discourse", url, url) for url in (
        "https://f.example/latest.json", "https://f.example/forum/c/staff/5.json?no_subcategories=true",
        "https://f.example/tag/boats.json", "https://f.example/c/staff/5/l/latest.json",
    )),
]  # fmt: skip
NOT_NARROWED = [
    ("wordpress-rest", "https://b.example/wp-json/wp/v2/comments?after=2015-01-01T00:00:00"),
    ("wordpress-rest", "https://b.example/wp-json/wp/v2/comments?page=2"),
    ("wordpress-rest", "https://b.example/wp-json/wp/v2/comments/5"),
    ("wordpress-rest", "https://b.example/"),
    ("github", "https://api.github.com/repos/a/b/issues/comments?since=2015-01-01T00:00:00Z"),
    ("github", "https://api.github.com/repos/a/b/pulls?state=all"),
    ("github", "https://api.github.com/repos/a/b/issues/5"),
    ("github", "https://api.github.com/search/issues?q=boats"),
    ("stackexchange", "https://api.stackexchange.com/2.3/questions?site=x&sort=votes&min=10"),
    ("stackexchange", "https://api.stackexchange.com/2.3/questions/5?site=x"),
    ("stackexchange", "https://api.stackexchange.com/2.3/questions/unanswered?site=x"),
    ("hackernews", "https://hn.algolia.com/api/v1/items/1"),
    ("hackernews", "https://hacker-news.firebaseio.com/v0/item/1.json"),
    ("blogger", "https://b.example/feeds/comments/default?start-index=26"),
    ("blogger", "https://b.example/feeds/posts/default"),
    ("discourse", "https://f.example/latest.json?order=created"),
    ("discourse", "https://f.example/t/on-boats/5.json"),
    ("discourse", "https://f.example/posts.json"),
    ("discourse", "https://f.example/c/staff/5/l/top.json"),
    ("feed", "https://b.example/feed"),
]
PARTS = [
    "wordpress-rest https://b.example/wp-json/wp/v2/comments?after=2015-01-01T00:00:00",
    "github https://api.github.com/repos/a/b/issues/comments?since=2015-01-01T00:00:00Z",
    "github https://api.github.com/repos/a/b/issues",
    "github https://api.github.com/repos/a/b/issues?state=all&labels=boats",
    "github https://api.github.com/repos/a/b/pulls?state=open",
    "github https://api.github.com/search/issues?q=boats",
    "stackexchange https://api.stackexchange.com/2.3/questions/unanswered?site=x",
    "stackexchange https://api.stackexchange.com/2.3/answers?site=x&fromdate=1",
    "hackernews https://hn.algolia.com/api/v1/search?query=boats",
    "blogger https://b.example/feeds/comments/default?published-min=2015-01-01T00:00:00Z",
    "discourse https://f.example/posts.json",
    "discourse https://f.example/top.json",
    "discourse https://f.example/latest.json?page=2",
    "askbot https://q.example/api/v1/questions/?page=2",
    *(
        f"{name} /saved/issues/comments.json"
        for name in (
            "askbot",
            "discourse",
            "github",
            "hackernews",
            "stackexchange",
            "wordpress-rest",
        )
    ),
]
WHOLE = [
    "wordpress-rest https://b.example/wp-json/wp/v2/comments?per_page=100&order=asc&post=7",
    "github https://api.github.com/repos/a/b/issues?state=all&per_page=100&sort=created&direction=asc",
    "github https://api.github.com/repos/a/b/issues/comments",
    "github https://api.github.com/repos/a/b/issues/5/comments",
    "stackexchange https://api.stackexchange.com/2.3/questions?site=x&filter=withbody",
    "stackexchange https://api.stackexchange.com/2.3/questions/5;6?site=x",
    "hackernews https://hacker-news.firebaseio.com/v0/item/1.json",
    "hackernews https://hn.algolia.com/api/v1/items/1",
    "blogger https://b.example/feeds/comments/default?max-results=500",
    "discourse https://f.example/latest.json",
    "discourse https://f.example/t/5.json",
    "discourse https://f.example/t/on-boats/5.json",
    "askbot https://q.example/api/v1/questions/",
    *(f"{name} /saved/issues/comments.json" for name in ("blogger", "disqus", "jsonl", "csv", "wordpress")),
]


@pytest.mark.parametrize(("name", "url", "narrowed"), NARROWED)
def test_list_is_narrowed_to_what_is_new(name: str, url: str, narrowed: str):
    assert get_format(name).since(url, NOON) == narrowed


@pytest.mark.parametrize(("name", "url"), NOT_NARROWED)
def test_what_cannot_be_narrowed_is_read_whole(name: str, url: str):
    assert get_format(name).since(url, NOON) == ""


@pytest.mark.parametrize("place", PARTS)
def test_address_of_some_of_what_is_there_is_told(place: str):
    name, url = place.split()
    assert get_format(name).gives_part(url)


@pytest.mark.parametrize("place", WHOLE)
def test_address_of_all_that_is_there_is_told(place: str):
    name, url = place.split()
    assert not get_format(name).gives_part(url)


@pytest.mark.parametrize("known", BUILT_IN, ids=lambda known: known.name)
@pytest.mark.parametrize("url", ["", "http://[x", "/path/export.xml", "https://b.example/?a=%ff&b"])
def test_any_address_may_be_asked_about(known: Format, url: str):
    assert isinstance(known.since(url, NOON), str)
    assert known.gives_part(url) in (True, False)


def test_moment_of_any_zone_is_written_in_utc():
    moment = datetime.fromisoformat("2019-03-01T14:00:00+02:00")
    url = "https://api.github.com/repos/a/b/issues/comments"
    assert get_format("github").since(url, moment) == get_format("github").since(url, NOON)
