"""Live sources, refreshed from a real server on this machine: by what is new where they can tell that, else whole."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from store.archive import Archive
from store.domain.refresh import RefreshReport, RefreshState
from store.errors import FetchError, SourceError
from store.refresh.reading import ImportRequest
from store.refresh.refreshing import Places
from store.sources.addresses import read_query, write_time
from store.sources.dates import parse_date
from store.sources.fetch import Fetcher, FetchPolicy
from tests.fakes.web import Answer, LocalServer, reset, send, send_tagged
from tests.store.factories import make_feed, read_texts

PAGE = 3
NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = NOW - timedelta(days=400)

Refresh = Callable[..., RefreshReport]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


@pytest.fixture
def places(archive: Archive) -> Places:
    return Places(archive, lambda: closing(Fetcher(FetchPolicy(allow_private_addresses=True, attempts=2))))


@pytest.fixture
def refresh(archive: Archive, places: Places) -> Refresh:
    """Import an address, or refresh it if it was imported."""

    def run(url: str, *, is_full: bool = False, format_name: str | None = None) -> RefreshReport:
        known = archive.find_source("Site")
        request = ImportRequest(url, "Site", "Site", format_name, is_refresh=known is not None)
        [report] = places.refresh_place(request, [known], is_full=is_full) if known else places.import_place(request)
        return report

    return run


def count(report: RefreshReport) -> tuple[int, int, int, int]:
    assert not report.problems
    return (report.added, report.edited, report.unchanged, report.deleted)


class Listing:
    """A list of records that is served in pages, the oldest first unless it is asked for what was active last.

    `find_time` gives the time that a record is narrowed by, `read_since` that which an address asks for.
    """

    def __init__(
        self,
        url: str,
        records: list[dict[str, Any]],
        find_time: Callable[[dict[str, Any]], datetime],
        read_since: Callable[[dict[str, str]], datetime | None],
        write: Callable[[list[dict[str, Any]], str], str],
    ) -> None:
        self.url = url
        self.records = records
        self._find_time, self._read_since, self._write = find_time, read_since, write

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        query = read_query(handler.path)
        since = self._read_since(query)
        found = [record for record in self.records if since is None or self._find_time(record) > since]
        number = int(query.get("page", "1"))
        host = f"http://{handler.headers['Host']}"
        kept = "&".join(f"{name}={value}" for name, value in query.items() if name != "page")
        following = f"{host}{self.url.partition('?')[0]}?{kept}&page={number + 1}" if len(found) > number * PAGE else ""
        body = self._write(found[(number - 1) * PAGE : number * PAGE], following)
        # A tag of what is shown says nothing of the other pages.
        headers = {"Link": f'<{following}>; rel="next"'} if following and body.startswith("[") else {}
        send_tagged(body, f'"{hashlib.sha256(body.encode()).hexdigest()}"', **headers)(handler)


def make_wordpress() -> Listing:
    def make(number: int, when: datetime) -> dict[str, Any]:
        return {
            "id": number,
            "post": 7,
            "author_name": "Ann",
            "date_gmt": f"{when:%Y-%m-%dT%H:%M:%S}",
            "content": {"rendered": f"<p>Text {number}.</p>"},
            "link": "https://blog.example/on-boats/",
            "_links": {"self": [{"href": f"https://blog.example/wp-json/wp/v2/comments/{number}"}]},
        }

    return Listing(
        "/wp-json/wp/v2/comments?per_page=3&order=asc",
        [make(number, LONG_AGO) for number in range(1, 7)] + [make(7, NOW)],
        lambda record: parse_date(record["date_gmt"]) or NOW,
        lambda query: parse_date(query.get("after", "")),
        lambda records, _: json.dumps(records),
    )


def make_github() -> Listing:
    def make(number: int, when: datetime) -> dict[str, Any]:
        return {
            "html_url": f"https://github.com/ann/boats/issues/1#issuecomment-{number}",
            "body": f"Text {number}.",
            "user": {"login": "ann", "id": 5},
            "author_association": "OWNER",
            "created_at": write_time(LONG_AGO),
            "updated_at": write_time(when),
        }

    return Listing(
        "/repos/ann/boats/issues/comments?per_page=3",
        [make(number, LONG_AGO) for number in range(1, 7)] + [make(7, NOW)],
        lambda record: parse_date(record["updated_at"]) or NOW,
        lambda query: parse_date(query.get("since", "")),
        lambda records, _: json.dumps(records),
    )


def make_stackexchange() -> Listing:
    def make(number: int, when: datetime) -> dict[str, Any]:
        return {
            "answer_id": number,
            "question_id": 1,
            "body": f"<p>Text {number}.</p>",
            "owner": {"display_name": "Ann", "user_id": 5},
            "score": 1,
            "creation_date": int(LONG_AGO.timestamp()),
            "last_activity_date": int(when.timestamp()),
        }

    def write(records: list[dict[str, Any]], following: str) -> str:
        return json.dumps({"items": records, "has_more": bool(following), "quota_remaining": 300})

    return Listing(
        "/2.3/answers?site=boats&filter=withbody",
        [make(number, LONG_AGO) for number in range(1, 7)] + [make(7, NOW)],
        lambda record: datetime.fromtimestamp(record["last_activity_date"], UTC),
        lambda query: parse_date(query.get("min", "")) if query.get("sort") == "activity" else None,
        write,
    )


def make_blogger() -> Listing:
    def write(records: list[dict[str, Any]], following: str) -> str:
        return make_feed(
            *((record["id"], record["text"]) for record in records), next_url=following.replace("&", "&amp;")
        )

    old = [{"id": f"{number}", "text": f"Text {number}.", "when": LONG_AGO} for number in range(1, 7)]
    return Listing(
        "/feeds/comments/default",
        [*old, {"id": "7", "text": "Text 7.", "when": NOW}],
        lambda record: record["when"],
        lambda query: parse_date(query.get("updated-min", "")) if query.get("orderby") == "updated" else None,
        write,
    )


def make_hackernews() -> Listing:
    def make(number: int, when: datetime) -> dict[str, Any]:
        return {
            "objectID": f"{number}",
            "created_at_i": int(when.timestamp()),
            "_tags": ["comment"],
            "comment_text": f"Text {number}.",
            "author": "ann",
            "story_id": 1,
            "story_title": "On boats",
            "parent_id": 1,
        }

    def write(records: list[dict[str, Any]], following: str) -> str:
        return json.dumps({"hits": records, "nbPages": 9 if following else 0, "page": 1})

    def read_since(query: dict[str, str]) -> datetime | None:
        return parse_date(query.get("numericFilters", "").partition("created_at_i>")[2])

    return Listing(
        "/api/v1/search_by_date?tags=comment,story_1",
        [make(number, LONG_AGO) for number in range(1, 3)] + [make(7, NOW)],
        lambda record: datetime.fromtimestamp(record["created_at_i"], UTC),
        read_since,
        write,
    )


@pytest.mark.parametrize(
    ("make", "format_name"),
    [
        (make_wordpress, "wordpress-rest"),
        (make_github, "github"),
        (make_stackexchange, "stackexchange"),
        (make_blogger, "blogger"),
    ],
)
class TestLists:
    def test_reply_on_an_old_thread_is_found_by_what_is_new(
        self, server: LocalServer, refresh: Refresh, make: Callable[[], Listing], format_name: str
    ):
        listing = make()
        new = listing.records.pop()
        url = server.answer(listing.url, listing)
        server.answers[listing.url.partition("?")[0]] = [listing]
        assert count(first := refresh(url)) == (6, 0, 0, 0)
        assert (first.format, len(server.asked)) == (format_name, 2)

        # It comes last of all, on a page that was not there: the first one is what it was.
        listing.records.append(new)
        assert count(refresh(url)) == (1, 0, 6, 0)
        assert len(server.asked) == 3

    def test_nothing_new_costs_one_request(
        self, server: LocalServer, archive: Archive, refresh: Refresh, make: Callable[[], Listing], format_name: str
    ):
        listing = make()
        listing.records.pop()
        url = server.answer(listing.url, listing)
        server.answers[listing.url.partition("?")[0]] = [listing]
        refresh(url)
        asked = len(server.asked)
        report = refresh(url)
        assert (count(report), report.format) == ((0, 0, 6, 0), format_name)
        assert len(server.asked) == asked + 1
        assert archive.get_source("Site").is_format_given is False

    def test_what_is_gone_is_seen_when_all_is_read(
        self,
        server: LocalServer,
        refresh: Refresh,
        make: Callable[[], Listing],
        format_name: str,  # noqa: ARG002
    ):
        listing = make()
        url = server.answer(listing.url, listing)
        server.answers[listing.url.partition("?")[0]] = [listing]
        refresh(url)
        # On another page than the first.
        del listing.records[4]
        assert count(refresh(url)) == (0, 0, 7, 0)
        assert count(refresh(url, is_full=True)) == (0, 0, 6, 1)

    def test_all_is_read_when_that_is_due(
        self,
        server: LocalServer,
        places: Places,
        refresh: Refresh,
        archive: Archive,
        make: Callable[[], Listing],
        format_name: str,  # noqa: ARG002
    ):
        listing = make()
        url = server.answer(listing.url, listing)
        server.answers[listing.url.partition("?")[0]] = [listing]
        refresh(url)
        del listing.records[4]
        always = Places(archive, places.open_fetcher, full_every=timedelta())
        [report] = always.refresh_place(
            ImportRequest(url, "Site", "Site", is_refresh=True), [archive.get_source("Site")]
        )
        assert count(report) == (0, 0, 6, 1)


@pytest.mark.parametrize(
    ("make", "format_name"), [(make_wordpress, "wordpress-rest"), (make_stackexchange, "stackexchange")]
)
def test_list_of_a_given_format_is_told_from_a_web_page_where_only_what_is_new_is_asked_for(
    server: LocalServer, archive: Archive, refresh: Refresh, make: Callable[[], Listing], format_name: str
):
    listing = make()
    url = server.answer(listing.url, listing)
    path = listing.url.partition("?")[0]
    server.answers[path] = [listing]
    refresh(url, format_name=format_name)
    assert count(refresh(url, format_name=format_name)) == (0, 0, 7, 0)
    server.answers[path] = server.answers[listing.url] = [send("<!DOCTYPE html><html><body>Log in</body></html>")]
    report = refresh(url, format_name=format_name)
    assert (report.state, report.unchanged) == (RefreshState.STOPPED, 7)
    assert len(read_texts(archive)) == 7


def test_search_is_narrowed_and_says_nothing_of_what_is_gone(server: LocalServer, refresh: Refresh):
    listing = make_hackernews()
    new = listing.records.pop()
    url = server.answer(listing.url, listing)
    server.answers[listing.url.partition("?")[0]] = [listing]
    assert count(refresh(url)) == (2, 0, 0, 0)
    listing.records[:] = [new]
    assert count(refresh(url)) == (1, 0, 2, 0)
    assert count(refresh(url, is_full=True)) == (0, 0, 1, 0)
    assert read_query(server.paths[1])["tags"] == "comment,story_1"


def test_comment_that_was_removed_since_goes_at_once(server: LocalServer, archive: Archive, refresh: Refresh):
    listing = make_blogger()
    url = server.answer(listing.url, listing)
    refresh(url)
    listing.records[2] = {"id": "3", "text": "This comment has been removed by the author.", "when": NOW}
    report = refresh(url)
    assert (report.deleted, report.unchanged) == (1, 6)
    assert "Site/tag:blogger.com,1999:blog-1.post-3" not in read_texts(archive)


def test_page_of_what_is_new_that_is_missing_is_asked_for_again(server: LocalServer, refresh: Refresh):
    listing = make_wordpress()
    first, last = dict(listing.records[0]), dict(listing.records[-1])
    url = server.answer(listing.url, listing)
    path = listing.url.partition("?")[0]
    server.answers[path] = [listing]
    refresh(url)
    listing.records += [{**last, "id": number} for number in range(8, 12)]
    # The second page of what is new fails; what is on it is not passed over by the next refresh.
    server.answers[path] = [listing, send(status=404)]
    report = refresh(url)
    assert (report.added, report.problem_count) == (2, 1)
    server.answers[path] = [listing]
    assert count(refresh(url)) == (2, 0, 9, 0)
    assert first in listing.records


class TestForum:
    def serve(self, server: LocalServer) -> dict[int, list[str]]:
        """Serve a forum of topics, each with its posts' texts, in pages of two, by what was posted last."""
        topics = {number: [f"Text of {number}."] for number in range(1, 6)}
        times = dict.fromkeys(topics, LONG_AGO)

        def serve_list(handler: BaseHTTPRequestHandler) -> None:
            page = int(read_query(handler.path).get("page", "0"))
            for number, texts in topics.items():
                times[number] = NOW if len(texts) > 1 else LONG_AGO
            # A pinned topic stands first, whenever it was active.
            ordered = [1, *sorted([number for number in topics if number > 1], key=lambda number: times[number])[::-1]]
            shown = ordered[page * 2 : page * 2 + 2]
            listed = [{"id": number, "bumped_at": write_time(times[number]), "pinned": number == 1} for number in shown]
            more = {"more_topics_url": f"/latest?page={page + 1}"} if ordered[page * 2 + 2 :] else {}
            send(json.dumps({"topic_list": {"topics": listed, **more}}))(handler)

        def serve_topic(number: int) -> Answer:
            def answer(handler: BaseHTTPRequestHandler) -> None:
                posts = [
                    {
                        "id": number * 100 + position,
                        "topic_id": number,
                        "post_number": position,
                        "username": "ann",
                        "cooked": f"<p>{text}</p>",
                        "created_at": write_time(LONG_AGO),
                    }
                    for position, text in enumerate(topics[number], start=1)
                ]
                stream = {"posts": posts, "stream": [post["id"] for post in posts]}
                send(json.dumps({"post_stream": stream, "id": number, "title": f"Topic {number}"}))(handler)

            return answer

        server.answer("/latest.json", serve_list)
        for number in topics:
            server.answer(f"/t/{number}.json", serve_topic(number))
        return topics

    def test_reply_on_an_old_topic_is_found_and_no_other_topic_is_read(self, server: LocalServer, refresh: Refresh):
        topics = self.serve(server)
        url = server.url("/latest.json")
        assert count(refresh(url)) == (5, 0, 0, 0)
        asked = len(server.asked)
        topics[4].append("A late reply.")
        assert count(refresh(url)) == (1, 0, 5, 0)
        assert server.paths[asked:] == ["/latest.json", "/latest.json?page=1", "/t/4.json"] or server.paths[asked:] == [
            "/latest.json",
            "/t/4.json",
            "/latest.json?page=1",
        ]

    def test_list_ends_where_nothing_happened(self, server: LocalServer, refresh: Refresh):
        self.serve(server)
        url = server.url("/latest.json")
        refresh(url)
        asked = len(server.asked)
        assert count(refresh(url)) == (0, 0, 5, 0)
        assert server.paths[asked:] == ["/latest.json"]

    def test_post_that_is_gone_is_seen_when_all_is_read(self, server: LocalServer, refresh: Refresh):
        topics = self.serve(server)
        url = server.url("/latest.json")
        topics[4] += ["One.", "Two."]
        refresh(url)
        topics[4].pop()
        assert count(refresh(url)) == (0, 0, 7, 0)
        assert count(refresh(url, is_full=True)) == (0, 0, 6, 1)

    @pytest.mark.parametrize("status", [404, 410])
    def test_topic_that_is_gone_is_read_and_goes(
        self, server: LocalServer, archive: Archive, refresh: Refresh, status: int
    ):
        topics = self.serve(server)
        url = server.url("/latest.json")
        topics[4] += ["One.", "Two.", "Three."]
        server.answer("/t/5.json", send(status=status))
        report = refresh(url)
        assert (report.added, report.problem_count) == (7, 0)
        assert report.left_out == (("its page is gone, and so is what stood there", 1),)
        asked = len(server.asked)
        assert refresh(url).unchanged == 7
        assert len(server.asked) - asked < 6
        # What is gone elsewhere goes, and so does what stood there.
        topics[4].pop()
        server.answer("/t/2.json", send(status=status))
        report = refresh(url, is_full=True)
        assert (report.state, report.deleted, report.problem_count) == (RefreshState.STOPPED, 0, 1)
        topics[4].append("Three.")
        assert refresh(url, is_full=True).deleted == 1
        assert "Site/2/1" not in read_texts(archive)

    def test_topic_that_cannot_be_fetched_keeps_what_was_there_and_nothing_else(
        self, server: LocalServer, archive: Archive, refresh: Refresh
    ):
        topics = self.serve(server)
        url = server.url("/latest.json")
        topics[4] += ["One.", "Two.", "Three."]
        refresh(url)
        whole = archive.refreshes.find_place(archive.get_source("Site"), url)
        topics[4].pop()
        server.answer("/t/2.json", send(status=403))
        report = refresh(url, is_full=True)
        assert (report.state, report.deleted, report.unchanged) == (RefreshState.DONE, 1, 6)
        assert [(problem.record[:13], problem.reason) for problem in report.problems] == [
            ("cannot fetch:", "a page could not be fetched"),
            ("1", "comments of discussions of which a page could not be fetched did not come: kept"),
        ]
        assert "Site/2/1" in read_texts(archive)
        # It may pass, and everything is read again; what fails again is as usual.
        once = archive.refreshes.find_place(archive.get_source("Site"), url)
        assert whole is not None
        assert once is not None
        assert (once.read_at, once.full_at) == (whole.read_at, whole.full_at)
        assert refresh(url, is_full=True).unchanged == 6
        twice = archive.refreshes.find_place(archive.get_source("Site"), url)
        assert twice is not None
        assert twice.full_at == twice.read_at > whole.read_at
        asked = len(server.asked)
        assert refresh(url).unchanged == 7
        assert len(server.asked) - asked < 6
        # An admin may say that it is gone.
        source = archive.get_source("Site")
        request = ImportRequest(url, "Site", "Site", is_refresh=True, accept_removals=True)
        places = Places(archive, lambda: closing(Fetcher(FetchPolicy(allow_private_addresses=True, attempts=1))))
        [report] = places.refresh_place(request, [source], is_full=True)
        assert (report.deleted, "Site/2/1" in read_texts(archive)) == (1, False)

    def test_page_of_a_list_that_fails_again_stops_no_polling_and_removes_nothing(
        self, server: LocalServer, archive: Archive, refresh: Refresh
    ):
        topics = self.serve(server)
        url = server.url("/latest.json")
        refresh(url)
        before = archive.refreshes.find_place(archive.get_source("Site"), url)
        del topics[4]
        server.answer("/latest.json?page=1", send(status=500))
        places = []
        for _ in range(3):
            report = refresh(url, is_full=True)
            assert (report.state, report.deleted) == (RefreshState.DONE, 0)
            assert report.problems[-1].reason.startswith("comments did not come, and more could not be read than usual")
            places.append(archive.refreshes.find_place(archive.get_source("Site"), url))
        assert before is not None
        assert [place.full_at > before.full_at for place in places] == [False, True, True]  # type: ignore[union-attr,operator]

    def test_reply_in_a_single_topic_is_found(self, server: LocalServer, refresh: Refresh):
        topics = self.serve(server)
        url = server.url("/t/4.json")
        refresh(url)
        topics[4].append("A late reply.")
        assert count(refresh(url)) == (1, 0, 1, 0)


def test_reply_in_a_tree_of_many_pages_is_found(server: LocalServer, refresh: Refresh, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("store.sources.formats.hackernews._LIVE", server.url("/v0/item/"))
    kids: dict[int, list[int]] = {1: [2], 2: [3], 3: []}

    def serve_item(number: int) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            item = {"id": number, "type": "comment", "time": 1_500_000_000, "by": "ann", "text": f"Text {number}."}
            body = json.dumps({**item, "kids": kids[number]})
            send_tagged(body, f'"{hashlib.sha256(body.encode()).hexdigest()}"')(handler)

        server.answer(f"/v0/item/{number}.json", answer)

    for number in (1, 2, 3, 4):
        serve_item(number)
    url = server.url("/v0/item/1.json")
    assert count(refresh(url)) == (3, 0, 0, 0)
    # The first page is what it was.
    kids.update({3: [4], 4: []})
    assert count(refresh(url)) == (1, 0, 3, 0)


FEED = '<rss version="2.0"><channel><title>Boats</title><link>https://blog.example/</link>{}</channel></rss>'
ITEM = (
    "<item><guid>{0}</guid><title>On boats</title><description>Text {0}.</description>"
    "<pubDate>Fri, 01 Mar 2019 12:0{0}:00 GMT</pubDate></item>"
)


def make_rss(*numbers: int) -> str:
    return FEED.format("".join(ITEM.format(number) for number in numbers))


class TestFeed:
    def test_feed_that_is_what_it_was_costs_one_request(self, server: LocalServer, archive: Archive, refresh: Refresh):
        url = server.answer("/feed", send_tagged(make_rss(2, 1), '"one"'))
        refresh(url)
        place = archive.refreshes.find_place(archive.get_source("Site"), url)
        assert count(refresh(url)) == (0, 0, 2, 0)
        assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, '"one"']
        assert archive.refreshes.find_place(archive.get_source("Site"), url) == place

    def test_new_entry_is_found(self, server: LocalServer, refresh: Refresh):
        url = server.answer("/feed", send_tagged(make_rss(2, 1), '"one"'))
        refresh(url)
        server.answer("/feed", send_tagged(make_rss(3, 2), '"two"'))
        assert count(refresh(url)) == (1, 0, 1, 0)

    def test_server_without_stamps_is_read_each_time(self, server: LocalServer, refresh: Refresh):
        url = server.answer("/feed", send(make_rss(2, 1)))
        refresh(url)
        assert count(refresh(url)) == (0, 0, 2, 0)

    def test_full_refresh_asks_without_a_stamp(self, server: LocalServer, refresh: Refresh):
        url = server.answer("/feed", send_tagged(make_rss(2, 1), '"one"'))
        refresh(url)
        assert count(refresh(url, is_full=True)) == (0, 0, 2, 0)
        assert "if-none-match" not in server.asked[-1].headers

    def test_feed_that_turned_into_a_web_page_changes_nothing(
        self, server: LocalServer, archive: Archive, refresh: Refresh
    ):
        url = server.answer("/feed?key=s3cr3t", send(make_rss(2, 1)))
        refresh(url)
        # It leads to the site's feed of posts, which is no feed of comments.
        server.answer("/posts", send(make_rss(9, 8, 7)))
        page = '<html><head><link rel="alternate" type="application/rss+xml" href="/posts"></head></html>'
        server.answer("/feed?key=s3cr3t", send(page))
        for is_full in (False, True):
            with pytest.raises(SourceError) as caught:
                refresh(url, is_full=is_full)
            assert str(caught.value) == (
                f"cannot refresh: '{server.url('/feed?key=…')}': it gave comments, and gives something else now, "
                "such as a web page: nothing was changed: look at it in a browser; if its comments are elsewhere now, "
                "import them from there"
            )
        [last, *_] = archive.refreshes.list_latest(archive.get_source("Site"))
        assert (last.state, last.message) == (RefreshState.FAILED, str(caught.value))
        assert len(read_texts(archive)) == 2

    def test_feed_of_a_given_format_that_turned_into_a_web_page_changes_nothing(
        self, server: LocalServer, archive: Archive, refresh: Refresh
    ):
        url = server.answer("/feed", send(make_rss(2, 1)))
        refresh(url, format_name="feed")
        before = archive.list_sources()[0].refreshed
        server.answer("/feed", send("<!DOCTYPE html><html><body>Log in</body></html>"))
        for is_full in (False, True):
            report = refresh(url, format_name="feed", is_full=is_full)
            assert (report.state, report.unchanged, report.deleted) == (RefreshState.STOPPED, 2, 0)
            assert report.problems[-1].reason == (
                "it gave comments, and gives something else now, such as a web page: nothing was changed: "
                "look at it in a browser; if its comments are elsewhere now, import them from there"
            )
        assert archive.list_sources()[0].refreshed == before
        [standing] = archive.refreshes.read_standings()
        assert standing.is_troubled
        assert len(read_texts(archive)) == 2
        server.answer("/feed", send(make_rss(3, 2, 1)))
        assert count(refresh(url, format_name="feed")) == (1, 0, 2, 0)

    def test_feed_of_a_given_format_may_be_empty(self, server: LocalServer, refresh: Refresh):
        url = server.answer("/feed", send(make_rss(2, 1)))
        refresh(url, format_name="feed")
        for page in (make_rss(), "[]"):
            server.answer("/feed", send(page))
            assert refresh(url, format_name="feed").state is RefreshState.DONE

    def test_feed_that_is_found_by_its_site_is_remembered(
        self, server: LocalServer, archive: Archive, refresh: Refresh
    ):
        page = '<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head></html>'
        url = server.answer("/", send(page))
        server.answer("/feed", send_tagged(make_rss(2, 1), '"one"'))
        refresh(url)
        assert count(refresh(url)) == (0, 0, 2, 0)
        assert server.paths == ["/", "/feed", "/feed"]
        assert archive.get_source("Site").location == url
        # Where it has moved, the site says so.
        server.answer("/", send(page.replace("/feed", "/new")))
        server.answer("/feed", send(page))
        server.answer("/new", send(make_rss(3, 2, 1)))
        assert count(refresh(url)) == (1, 0, 2, 0)

    def test_comments_of_a_blog_by_its_address_are_polled_by_what_is_new(self, server: LocalServer, refresh: Refresh):
        listing = make_blogger()
        new = listing.records.pop()
        server.answer(listing.url, listing)
        url = server.answer("/", send('<html><head><meta name="generator" content="blogger"></head></html>'))
        assert count(refresh(url)) == (6, 0, 0, 0)
        asked = len(server.asked)
        listing.records.append(new)
        assert count(refresh(url)) == (1, 0, 6, 0)
        [path] = server.paths[asked:]
        assert path.startswith("/feeds/comments/default?orderby=updated&updated-min=")


class TestFaults:
    def test_connection_that_is_reset_costs_its_page_alone(
        self, server: LocalServer, archive: Archive, refresh: Refresh
    ):
        feed = make_feed(("1", "One."), next_url=server.url("/2"))
        url = server.answer("/1", send(feed))
        server.answer("/2", send(make_feed(("2", "Two."), ("3", "Three."))))
        refresh(url)
        server.answer("/2", reset(make_feed(("2", "Two."))))
        report = refresh(url)
        assert (report.unchanged, report.deleted, report.problem_count) == (1, 0, 2)
        assert [problem.reason[:32] for problem in report.problems] == [
            "a page could not be fetched",
            "comments did not come, and more ",
        ]
        assert len(read_texts(archive)) == 3
        # What could not be read once is nothing that usually cannot be read.
        assert refresh(url).deleted == 0
        server.answer("/2", send(make_feed(("2", "Two."), ("3", "Three."))))
        assert count(refresh(url)) == (0, 0, 3, 0)

    @pytest.mark.parametrize("status", [404, 410, 403])
    def test_page_of_a_list_that_is_not_there_takes_nothing_along(
        self, server: LocalServer, archive: Archive, refresh: Refresh, status: int
    ):
        first = [(f"{number}", f"Text {number}.") for number in range(1, 10)]
        url = server.answer("/1", send(make_feed(*first, next_url=server.url("/2"))))
        server.answer("/2", send(make_feed(("10", "Tenth."), next_url=server.url("/3"))))
        server.answer("/3", send(make_feed(("11", "Last."))))
        refresh(url)
        server.answer("/2", send(status=status))
        # Behind it there are others, which nothing leads to any more.
        assert [refresh(url).deleted for _ in range(3)] == [0, 0, 0]
        assert len(read_texts(archive)) == 11

    def test_first_page_that_fails_changes_nothing(self, server: LocalServer, archive: Archive, refresh: Refresh):
        url = server.answer("/feed", send(make_rss(2, 1)))
        refresh(url)
        until = datetime.now(UTC) + timedelta(hours=1)
        server.answer("/feed", send(status=429, Retry_After="3600"))
        with pytest.raises(FetchError, match=f"asks to wait: try again after {until:%Y-%m-%d}"):
            refresh(url)
        assert len(read_texts(archive)) == 2

    def test_pages_that_go_on_under_new_addresses_are_left(
        self, server: LocalServer, archive: Archive, refresh: Refresh, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("store.refresh.reading.MAX_FRUITLESS_PAGES", 5)

        def answer(handler: BaseHTTPRequestHandler) -> None:
            number = len(server.asked)
            send(make_feed(("1", "One."), next_url=server.url(f"/feed?at={number}")))(handler)

        url = server.answer("/feed", answer)
        report = refresh(url)
        assert (report.added, report.problem_count, len(server.asked)) == (1, 1, 6)
        assert report.problems[0].reason == (
            "it goes on and on, and nothing new came on 1,000 more pages: not read on from here"
        )
        assert archive.refreshes.find_place(archive.get_source("Site"), url).full_at is None  # type: ignore[union-attr]

    def test_no_secret_of_an_address_is_told_or_kept(self, server: LocalServer, archive: Archive, refresh: Refresh):
        secret = "&key=s3cr3t&access_token=s3cr3t"
        first = server.url(f"/feed?page=1{secret}", "ann:s3cr3t@127.0.0.1")
        feed = make_feed(("1", "One."), next_url=server.url(f"/feed?page=2{secret}").replace("&", "&amp;"))
        server.answer(f"/feed?page=1{secret}", send(feed))
        reports = [refresh(first)]
        server.answer(f"/feed?page=1{secret}", send("<html>Log in</html>"))
        told = []
        for status in (200, 403):
            with pytest.raises(SourceError) as caught:
                refresh(first)
            told.append(str(caught.value))
            server.answer(f"/feed?page=1{secret}", send(status=status))
        server.answer(f"/feed?page=1{secret}", send(make_rss(1)))
        reports.append(refresh(first))
        assert reports[-1].state is RefreshState.STOPPED
        source = archive.get_source("Site")
        kept = [(group.records, group.reason) for group in archive.read_problems(source)]
        kept += [(one.message, one.stage) for one in archive.refreshes.list_latest(source)]
        assert "key=…&access_token=…" in f"{told}{reports}{kept}"
        assert "s3cr3t" not in f"{told}{reports}{kept}"
