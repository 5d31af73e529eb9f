"""Feeds of every kind: what is said in them, by whom, on what; and feeds as nobody should write them."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.sources.files import open_files
from store.sources.formats.feed import find_further, identify, parse, recognises
from store.sources.formats.feed_entries import Entry, Threads, find_page, fold_address
from store.sources.head import Head
from tests.store.sources.making import TRUNCATED, comments_of, make_file, problems_of

SAMPLES = Path(__file__).parent / "samples" / "feed"
BROKEN = "the markup is broken: read as far as it can be"


def read(content: bytes | str, name: str = "feed.xml") -> list[SourceItem]:
    return list(parse([make_file(content, name)]))


def read_sample(name: str) -> list[SourceItem]:
    return list(parse(open_files(SAMPLES / name)))


def make_rss(*items: str, channel: str = "", head: str = "") -> str:
    return f'{head}<rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'


def make_item(text: str, extra: str = "") -> str:
    return f"<item><guid isPermaLink='false'>1</guid><description>{text}</description>{extra}</item>"


def text_of_item(text: str) -> str:
    return comments_of(read(make_rss(make_item(text))))[0].text


def test_answers_in_atom_belong_to_what_they_answer():
    thread = Discussion("walks.example/canal", "Along the canal", "https://walks.example/canal")

    assert read_sample("threaded.atom") == [
        Comment(
            native_id="urn:walks:3",
            discussion=thread,
            author=AuthorAlias("Pim de Wit"),
            text="Take a printed one (https://walks.example/map): 5 < 6 km.",
            url="https://walks.example/canal#c3",
            published=datetime(2019, 5, 3, 8, tzinfo=UTC),
            edited=datetime(2019, 5, 3, 9, tzinfo=UTC),
            parent_id="urn:walks:2",
        ),
        Comment(
            native_id="urn:walks:2",
            discussion=thread,
            author=AuthorAlias("Ines Roth"),
            text="Which way at the <lock>?",
            url="https://walks.example/canal#c2",
            published=datetime(2019, 5, 2, 8, tzinfo=UTC),
            parent_id="urn:walks:1",
        ),
        Comment(
            native_id="urn:walks:1",
            discussion=thread,
            author=AuthorAlias("Olga Brandt"),
            text="Ten kilometres.\n\nBring bread & butter.",
            url="https://walks.example/canal",
            published=datetime(2019, 5, 1, 8, tzinfo=UTC),
        ),
    ]


def test_old_atom_is_read():
    assert read_sample("old.atom") == [
        Comment(
            native_id="tag:kites.example,2004:7",
            discussion=Discussion("kites.example/string.html", "String", "http://www.kites.example/string.html"),
            author=AuthorAlias("Juno Falk"),
            text="Use waxed string.",
            url="http://www.kites.example/string.html",
            published=datetime(2004, 3, 1, 9, tzinfo=UTC),
            edited=datetime(2004, 3, 2, 9, tzinfo=UTC),
        )
    ]


def test_posts_in_rss_are_discussions_of_their_own():
    assert read_sample("posts.rss") == [
        Comment(
            native_id="bread.example/?p=7",
            discussion=Discussion("bread.example/rye", "Rye", "https://www.bread.example/rye/"),
            author=AuthorAlias("Ugo Sand"),
            text="Rye is patient.\n\nAT&T &lt;3",
            url="https://www.bread.example/rye/",
            published=datetime(2014, 1, 7, 15, tzinfo=UTC),
        ),
        Comment(
            native_id="bread.example/oats",
            discussion=Discussion("bread.example/oats", "Oats", "https://www.bread.example/oats/"),
            # The feed's editor wrote what nobody is named for.
            author=AuthorAlias("Tilda Moss"),
            text="Oats & honey go together.",
            url="https://www.bread.example/oats/",
        ),
    ]


def test_places_in_a_forum_page_are_one_discussion():
    page = "http://boats.example/forum/viewtopic.php?t=4"
    thread = Discussion("boats.example/forum/viewtopic.php?t=4", "Varnish", page)

    assert read_sample("forum.rss") == [
        Comment(
            "boats.example/forum/viewtopic.php?t=4&p=41#p41",
            thread,
            AuthorAlias("Finn Aas"),
            "> Which one?\n\nAny.",
            f"{page}&p=41#p41",
        ),
        # There is an address alone, which is nobody's name.
        Comment(
            "boats.example/forum/viewtopic.php?t=4&p=40#p40",
            thread,
            AuthorAlias("Anonymous"),
            "Which one?",
            f"{page}&p=40#p40",
        ),
    ]


def test_rss_1_is_read():
    assert read_sample("index.rdf") == [
        Comment(
            native_id="stars.example/vega",
            discussion=Discussion("stars.example/vega", "Vega", "https://stars.example/vega"),
            author=AuthorAlias("Wim Haas"),
            text="It is overhead in summer.",
            url="https://stars.example/vega",
            published=datetime(2005, 7, 1, 19, tzinfo=UTC),
        )
    ]


def test_json_feed_is_read():
    assert read_sample("feed.json") == [
        Comment(
            native_id="yarn.example/socks",
            discussion=Discussion("yarn.example/socks", "Socks", "https://yarn.example/socks"),
            author=AuthorAlias("Lotte Berg"),
            text="Two needles &amp; patience.",
            url="https://yarn.example/socks",
            published=datetime(2020, 2, 1, 8, tzinfo=UTC),
            edited=datetime(2020, 2, 2, 8, tzinfo=UTC),
        ),
        Comment(
            native_id="12",
            discussion=Discussion("yarn.example/socks", "", "https://yarn.example/socks"),
            author=AuthorAlias("Mads Holm"),
            text="Four needles.\n\nAnd <tea>.",
            url="https://yarn.example/socks#c12",
            published=datetime(2020, 2, 3, 9, tzinfo=UTC),
        ),
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("5 &lt; 6 &amp;amp; 7", "5 < 6 & 7"),
        ("<![CDATA[<p>one</p><p>5 &lt; 6</p>]]>", "one\n\n5 < 6"),
        ("<![CDATA[<p>write &amp;lt;br&amp;gt;</p>]]>", "write &lt;br&gt;"),
        ("&lt;p&gt;a &amp;amp;amp; b&lt;/p&gt;", "a &amp; b"),
        ("it&rsquo;s&nbsp;so", "it’s so"),
        ("one & two", "one & two"),
        ("&lt;script&gt;x&lt;/script&gt;said", "said"),
    ],
)
def test_text_is_unescaped_as_often_as_it_was_escaped(written: str, expected: str):
    assert text_of_item(written) == expected


def test_title_is_what_is_said_where_there_is_nothing_else():
    assert comments_of(read(make_rss("<item><guid>a</guid><title>One line</title></item>")))[0].text == "One line"
    assert read(make_rss("<item><guid>a</guid></item>")) == [SkippedRecord("a", "without text")]


def test_entry_without_id_or_address_is_known_by_what_it_says():
    first, second = comments_of(read(make_rss(*(f"<item><description>{text}</description></item>" for text in "ab"))))

    assert first.native_id != second.native_id
    assert comments_of(read(make_rss("<item><description>a</description></item>")))[0].native_id == first.native_id


@pytest.mark.parametrize(
    "address",
    ["http://a.example/x", "https://www.a.example/x/", "HTTPS://A.example/x", " https://a.example/x#"],
)
def test_forms_of_an_address_are_one_id(address: str):
    assert fold_address(address) == "a.example/x"


def test_other_ids_stay_as_they_are():
    assert fold_address("urn:uuid:1/") == "urn:uuid:1/"
    assert fold_address("https://a.example/x/#comment-5") == "a.example/x#comment-5"
    assert fold_address("https://a.example/X?Y=/") == "a.example/X?Y="


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ("https://a.example/post#comment-5", "https://a.example/post"),
        ("https://a.example/post", ""),
        ("https://a.example/post#utm_source=rss", ""),
        ("https://a.example/t?id=4&post=12#post12", "https://a.example/t?id=4"),
        ("https://a.example/t?post=12#post12", ""),
        ("https://a.example/p.html?showComment=9#c77", "https://a.example/p.html"),
        ("http://[a/?b=1#1", ""),
        ("", ""),
    ],
)
def test_page_of_a_place_in_it_is_found(link: str, page: str):
    assert find_page(link) == page


def test_comments_of_one_post_have_its_title():
    items = read(
        make_rss(make_item("Yes.", "<link>https://a.example/p#c1</link>"), channel="<title>Comments on: On tea</title>")
    )

    assert comments_of(items)[0].discussion == Discussion("a.example/p", "On tea", "https://a.example/p")


def test_feed_speaks_for_no_comment_without_a_name():
    editor = "<managingEditor>Ada Crane</managingEditor>"
    answer = make_item("Yes.", "<link>https://a.example/p#c1</link>")

    assert comments_of(read(make_rss(make_item("Yes."), channel=editor)))[0].author == AuthorAlias("Ada Crane")
    assert comments_of(read(make_rss(answer, channel=editor)))[0].author == AuthorAlias("Anonymous")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ann@mail.photography (Ann Poe)", "Ann Poe"),
        ("Ann Poe &lt;ann@a.example&gt;", "Ann Poe"),
        ("ann@a.example", "Anonymous"),
        ("Ann (Poe)", "Ann (Poe)"),
        ("", "Anonymous"),
    ],
)
def test_author_is_a_name_and_never_an_address(written: str, name: str):
    assert comments_of(read(make_rss(make_item("x", f"<author>{written}</author>"))))[0].author.name == name


def test_answer_to_what_is_not_in_the_feed_belongs_to_its_address():
    answers = "".join(
        f"<entry><id>c{number}</id><content>x</content><thr:in-reply-to ref='{ref}' href='{href}'/></entry>"
        for number, ref, href in [
            (1, "p", "https://a.example/p"),
            (2, "c9", "https://a.example/p#c9"),
            (3, "q", ""),
            (4, "c4", ""),
        ]
    )
    feed = (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">{answers}</feed>'
    )

    assert [(comment.discussion.native_id, comment.parent_id) for comment in comments_of(read(feed))] == [
        ("a.example/p", None),
        ("a.example/p", "c9"),
        ("q", None),
        ("c4", None),
    ]


def test_chain_of_answers_may_be_long_and_go_round():
    answers = "".join(
        f"<entry><id>c{number}</id><content>x</content><in-reply-to ref='c{number - 1}'/></entry>"
        for number in range(1, 3_000)
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{answers}<entry><id>c0</id><content>x</content>'
    found = comments_of(read(f"{feed}</entry></feed>"))

    assert {comment.discussion.native_id for comment in found} == {"c0"}
    assert len(comments_of(read(f"{feed}<in-reply-to ref='c9'/></entry></feed>"))) == 3_000


def test_long_chain_of_answers_is_followed_in_time():
    threads = Threads()
    began = time.thread_time()
    found = set()
    for number in range(1, 20_000):
        entry = Entry(place="", id=f"c{number}", ref=f"c{number - 1}")
        threads.note(entry)
        found.add(threads.find_beginning(entry))

    assert found == {("c0", "")}
    assert time.thread_time() - began < 2


def test_drafts_are_left_out():
    control = '<app:control xmlns:app="http://www.w3.org/2007/app"><app:draft>yes</app:draft></app:control>'
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id><content>x</content>{control}</entry></feed>'

    assert read(feed) == [SkippedRecord("a", "draft")]


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("2014-05-01T10:00:00Z", datetime(2014, 5, 1, 10, tzinfo=UTC)),
        ("Thu, 01 May 2014 10:00:00 +0200", datetime(2014, 5, 1, 8, tzinfo=UTC)),
        ("Thu, 1 May 2014 10:00 GMT", datetime(2014, 5, 1, 10, tzinfo=UTC)),
        ("2014-05", datetime(2014, 5, 1, tzinfo=UTC)),
        ("Thu May  1 10:00:00 2014", datetime(2014, 5, 1, 10, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_feeds_write_them(written: str, published: datetime):
    assert comments_of(read(make_rss(make_item("x", f"<pubDate>{written}</pubDate>"))))[0].published == published


def test_date_that_cannot_be_read_is_a_problem():
    (comment,) = comments_of(items := read(make_rss(make_item("x", "<pubDate>someday</pubDate>"))))

    assert comment.published is None
    assert problems_of(items) == [SourceProblem("1: 'someday'", "the date cannot be read: kept without one")]


def test_live_feed_leads_on_and_to_its_comments():
    address = "https://walks.example/feed.atom"
    threaded, posts, yarn = (
        list(find_further(make_file((SAMPLES / name).read_bytes(), address)))
        for name in ("threaded.atom", "posts.rss", "feed.json")
    )

    assert threaded == ["https://walks.example/feed.atom?page=2", "https://walks.example/canal.atom"]
    # Not to those of a post without any.
    assert posts == ["https://www.bread.example/rye/feed/"]
    assert yarn == ["https://walks.example/feed.json?page=2"]


def test_post_and_its_comments_on_a_later_page_are_one_discussion():
    post = make_rss(make_item("Post.", "<link>http://www.a.example/p/</link><title>Tea</title>"))
    comment = make_rss(
        "<item><guid>https://a.example/p#c1</guid><link>https://a.example/p#c1</link><description>Yes.</description></item>"
    )
    found = comments_of(list(parse([make_file(post), make_file(comment)])))

    assert [one.discussion.native_id for one in found] == ["a.example/p", "a.example/p"]


def test_relative_links_are_made_whole_by_the_feeds_address():
    feed = make_rss("<item><link>p/1</link><description>&lt;a href='../x'&gt;here&lt;/a&gt;</description></item>")
    (comment,) = comments_of(read(feed, "https://a.example/blog/feed.xml"))

    assert comment.url == "https://a.example/blog/p/1"
    assert comment.text == "here (https://a.example/x)"


def test_feeds_of_one_site_are_of_one_place():
    assert identify(make_file(make_rss(channel="<link>http://www.a.example/</link>"))) == "feed:a.example"
    assert identify(make_file(json.dumps({"version": "x", "home_page_url": "https://a.example"}))) == "feed:a.example"
    assert identify(make_file("<rss/>")) == ""


@pytest.mark.parametrize(
    "content",
    [
        make_rss(
            "<item><link>https://a.example/p/#comment-12</link><guid>https://a.example/?p=1#comment-12</guid></item>"
        ),
        make_rss(
            "<item><link><![CDATA[https://a.example/p/#comment-12]]></link><guid>a.example/#comment-12</guid></item>"
        ),
        '<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel/></rss>',
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:blogger.com,1999:blog-1</id></feed>',
        "<feed><thing/></feed>",
        "<rdf:RDF><thing/></rdf:RDF>",
        "<disqus/>",
        "<!doctype html><html><rss></rss></html>",
        '{"version": "1.1", "items": []}',
    ],
)
def test_files_of_other_formats_are_not_claimed(content: str):
    assert not recognises(Head.read(make_file(content)))


def test_feed_whose_own_fields_are_broken_is_read():
    feed = '<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x<b></id><entry><id>1</id><title>x</title></entry></feed>'

    assert identify(make_file(feed)) == ""
    assert [comment.text for comment in comments_of(read(feed))] == ["x"]


def test_page_that_is_no_feed_is_a_problem():
    assert read("<!doctype html><html><body>Not found</body></html>") == [SourceProblem("feed.xml", "it is no feed")]
    assert read("Not found") == [SourceProblem("feed.xml", "it is no feed")]


def test_broken_entry_costs_only_itself():
    good = [make_item("fine").replace(">1<", f">{number}<") for number in (1, 3)]
    bad = "<item><guid>2</guid><description>half <b>bold</description><x></item>"

    assert read(make_rss(good[0], bad, good[1])) == [
        Comment("1", Discussion("1"), AuthorAlias("Anonymous"), "fine"),
        SourceProblem("2", BROKEN),
        Comment("2", Discussion("2"), AuthorAlias("Anonymous"), "half bold"),
        Comment("3", Discussion("3"), AuthorAlias("Anonymous"), "fine"),
    ]


def test_number_of_no_character_costs_only_its_entry():
    items = read(make_rss(make_item("a"), make_item("b &#99999999999999; c")))

    assert [comment.text for comment in comments_of(items)] == ["a"]
    assert problems_of(items) == [SourceProblem("item 2", "the record cannot be read: left out")]


def test_feed_cut_short_gives_what_is_whole():
    feed = make_rss(make_item("one"), make_item("two"))
    items = read(feed[: feed.index("two")])

    assert [comment.text for comment in comments_of(items)] == ["one"]
    assert problems_of(items) == [SourceProblem("item 2", "the record is cut short: left out"), TRUNCATED]


def test_bytes_outside_the_encoding_are_told_about():
    feed = make_rss(make_item("don’t"), head='<?xml version="1.0" encoding="utf-8"?>')
    items = read(feed.encode("cp1252"))

    assert [comment.text for comment in comments_of(items)] == ["don’t"]
    reason = "some bytes are not in the encoding the file declares: read as Windows-1252"
    assert problems_of(items) == [SourceProblem("1", reason)]


@pytest.mark.parametrize("encoding", ["utf-16", "koi8-r", "windows-1251", "utf-8-sig", "shift_jis"])
def test_encodings_are_read(encoding: str):
    declared = "utf-8" if "utf" in encoding else encoding
    feed = make_rss(make_item("Привет"), head=f'<?xml version="1.0" encoding="{declared}"?>')

    assert comments_of(read(feed.encode(encoding)))[0].text == "Привет"


def test_entities_a_feed_defines_are_not_expanded():
    bomb = '<!DOCTYPE rss [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'

    assert "boom" not in str(read(make_rss(make_item("x &b; &c; y"), head=bomb)))


@pytest.mark.parametrize(
    "hostile", ["<" * 100_000, "<a " * 20_000, "<![CDATA[" * 20_000, "&" * 50_000, "<b>" * 20_000, '<a b="' * 20_000]
)
def test_hostile_markup_is_read_in_time(hostile: str):
    began = time.thread_time()
    read(make_rss(make_item(hostile)))

    assert time.thread_time() - began < 10


def test_many_entries_are_all_read():
    items = [
        f"<item><guid isPermaLink='false'>{n}</guid><description>text {n}</description></item>" for n in range(120)
    ]

    assert [comment.text for comment in comments_of(read(make_rss(*items)))] == [f"text {n}" for n in range(120)]


WRONG = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just([{}])
    | st.just({"name": []})
)


KEYS = ["id", "url", "title", "content_html", "content_text", "summary", "date_published", "authors", "author"]


@given(st.dictionaries(st.sampled_from(KEYS), WRONG), WRONG)
def test_json_of_any_types_gives_comments_with_text(item: dict[str, Any], value: Any):
    feed = {"version": "https://jsonfeed.org/version/1", "title": value, "authors": value, "items": [item, value]}

    for content in (feed, {**feed, "items": value}):
        file = make_file(json.dumps(content))
        assert all(comment.text for comment in comments_of(list(parse([file]))))
        assert list(find_further(file)) == []


@given(st.sampled_from(sorted(SAMPLES.iterdir())), st.data())
def test_any_damage_gives_comments_with_text(path: Path, data: st.DataObject):
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6))
    file = make_file(bytes(content))

    assert all(comment.text for comment in comments_of(list(parse([file]))))
    assert list(find_further(file)) == list(find_further(file))
    assert identify(file) == identify(file)
