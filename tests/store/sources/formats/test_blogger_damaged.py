"""Blogger files that are broken, cut short, in the wrong encoding, or meant to do harm."""

import dataclasses
import tracemalloc
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import Comment, SourceItem, SourceProblem
from store.errors import SourceError
from store.sources import decoding, registry
from store.sources.formats import blogger
from store.sources.head import Head
from store.sources.xml import MAX_RECORD_CHARS
from tests.store.sources.making import (
    BLOG,
    FEED,
    HEADER,
    TRUNCATED,
    comments_of,
    make_comment,
    make_entry,
    make_feed,
    make_file,
    parse_feed,
    problems_of,
)

CDATA_ENTRY = make_entry(2).replace("Hello there.", "<![CDATA[Half </entry><entry> a <b>word</b> & more]]>")
SMALL_FEED = make_feed(
    make_entry(1, "First <b>caf\u00e9</b>"), CDATA_ENTRY, "<!-- <entry> -->", make_entry(3, "Third")
).encode()
WHOLE = [make_comment(1, "First caf\u00e9"), make_comment(2, "Half a word & more"), make_comment(3, "Third")]
BROKEN_AMPERSAND = "it uses an ampersand or an entity that is not defined: kept as written"
STRAY_BYTES = "some bytes are not in the encoding the file declares: read as Windows-1252"
ILLEGAL = "it holds characters XML does not allow: left out"
CUT = "the record is cut short: left out"


def replace_text(raw: str) -> str:
    """Write an entry whose content is this, as it stands."""
    return make_entry().replace("Hello there.", raw)


def problem(reason: str, number: int = 1) -> SourceProblem:
    return SourceProblem(f"{BLOG}.post-{number}", reason)


def test_feed_of_these_tests_is_read_whole():
    assert parse_feed(SMALL_FEED) == WHOLE


@pytest.mark.parametrize("chunk_bytes", [1, 7, 64, 1_000])
def test_feed_is_read_whole_in_pieces_of_any_size(chunk_bytes: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(decoding, "CHUNK_BYTES", chunk_bytes)
    nested = make_entry(4).replace("Hello there.", "<![CDATA[In <![CDATA[ </entry><!-- it]]>")

    items = parse_feed(SMALL_FEED.replace(b"</feed>", f"<!-- <![CDATA[ -->{nested}</feed>".encode()))

    assert items == [*WHOLE, make_comment(4, "In")]


def test_feed_cut_at_any_byte_gives_whole_comments_and_says_so():
    for length in range(len(SMALL_FEED)):
        items = parse_feed(SMALL_FEED[:length])
        comments = comments_of(items)
        assert comments == WHOLE[: len(comments)], length
        assert items[-1] == TRUNCATED, length
        assert {found.reason for found in problems_of(items)} <= {TRUNCATED.reason, CUT}, length


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@given(length=st.integers(0, 3_000))
def test_file_cut_at_any_byte_raises_source_errors_alone(encoding: str, length: int):
    file = make_file(SMALL_FEED.decode().replace("UTF-8", encoding).encode(encoding)[:length])
    try:
        comments = comments_of(list(registry.recognise(file).parse([file])))
    except SourceError:
        return
    assert comments == WHOLE[: len(comments)]


@given(st.data())
def test_feed_with_any_bytes_changed_raises_nothing(data: st.DataObject):
    damaged = bytearray(SMALL_FEED)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))

    items = parse_feed(bytes(damaged))

    assert all(item.text for item in comments_of(items))
    list(blogger.find_further(make_file(bytes(damaged))))


PIECES = st.sampled_from(
    ["<entry>", "</entry>", make_entry(1), make_entry(2, "x"), "<content>", "</content>", "<![CDATA[", "]]>", "<!--",
     "-->", "&", "&#55296;", "&#0;", "<id>", "</feed>", "<!DOCTYPE x [", "]>", "<?x ?>", "text", '"', "<a b='"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join), st.sampled_from([FEED, "", "<x>", "<!-- "]))
def test_any_mixture_of_tags_raises_nothing(middle: str, start: str):
    file = make_file(start + middle)

    assert isinstance(blogger.recognises(Head.read(file)), bool)
    assert all(item.text for item in comments_of(list(blogger.parse(file))))


@pytest.mark.parametrize(
    ("raw", "text", "reasons"),
    [
        ("Tea & cake", "Tea & cake", [BROKEN_AMPERSAND]),
        ("Tea &amp; cake & more", "Tea & cake & more", [BROKEN_AMPERSAND]),
        ("caf&eacute;&nbsp;&mdash; yes", "café — yes", []),
        ("5 &lt; &unknown; 6", "5 < &unknown; 6", [BROKEN_AMPERSAND]),
        ("https://a.example/?b=1&c=2", "https://a.example/?b=1&c=2", [BROKEN_AMPERSAND]),
        ("<p>one<p>two<br>three", "one\n\ntwo\nthree", []),
        ("<b>never closed", "never closed", []),
        ("closed</b> twice</b>", "closed twice", []),
        ("a < b and c > d", "a < b and c > d", []),
        ("nul\0 and bell\x07", "nul and bell", [ILLEGAL]),
        ("nul&#0; half&#xD800;&#55296; far&#x110000; none&#xFFFF;", "nul half far none", [ILLEGAL]),
    ],
)
def test_broken_text_is_read_to_its_end(raw: str, text: str, reasons: list[str]):
    items = parse_feed(make_feed(replace_text(raw), make_entry(2)))

    assert items == [*(problem(reason) for reason in reasons), make_comment(text=text), make_comment(2)]


def test_broken_text_with_prefixed_tags_is_read_to_its_end():
    prefixed = (
        '<n:feed xmlns:n="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">'
        "<n:generator>Blogger</n:generator><n:entry><n:id>c1</n:id><n:published>2014-05-01T17:00:00Z</n:published>"
        "<n:content>one<br>two & three</n:content><thr:in-reply-to ref='p1'/></n:entry></n:feed>"
    )

    (found, comment) = parse_feed(prefixed)

    assert found == SourceProblem("c1", BROKEN_AMPERSAND)
    assert isinstance(comment, Comment)
    assert (comment.native_id, comment.discussion.native_id, comment.text) == ("c1", "p1", "one\ntwo & three")


def test_broken_record_costs_only_itself():
    broken = replace_text("text").replace("</content>", "").replace("<category", "<categ")

    items = parse_feed(make_feed(make_entry(1), broken, make_entry(3)))

    assert items == [
        make_comment(1),
        SourceProblem("entry 2", "the record is too broken to tell what it is: left out"),
        make_comment(3),
    ]


def test_record_that_is_not_closed_costs_only_itself():
    items = parse_feed(make_feed(make_entry(1).removesuffix("</entry>"), make_entry(2)))

    assert items == [SourceProblem("entry 1", CUT), make_comment(2)]


def test_comment_without_an_id_is_reported():
    assert parse_feed(make_feed(make_entry().replace(f"<id>{BLOG}.post-1</id>", "<id> </id>"))) == [
        SourceProblem("entry 1", "the comment has no id")
    ]


def test_xml_comment_that_never_ends_hides_no_record():
    assert comments_of(parse_feed(make_feed(make_entry(1), "<!-- unclosed", make_entry(2)))) == [
        make_comment(1),
        make_comment(2),
    ]


def test_latin_1_bytes_in_utf_8_are_read_and_reported():
    feed = make_feed(make_entry(1, "plain"), make_entry(2, "caf\u00e9 \u2019so\u2019")).encode("cp1252")

    items = parse_feed(feed.replace("Rosa Díaz".encode("cp1252"), "Rosa Díaz".encode()))

    assert items == [make_comment(1, "plain"), problem(STRAY_BYTES, 2), make_comment(2, "caf\u00e9 \u2019so\u2019")]


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("UTF-8", "utf-16"),
        ("UTF-16", "utf-8"),
        ("UTF-32", "utf-32"),
        ("ISO-8859-1", "cp1252"),
        ("windows-1252", "cp1252"),
        ("no-such-encoding", "utf-8"),
        ("base64", "utf-8"),
        ("rot13", "utf-8"),
        ("idna", "utf-8"),
        ("unicode_escape", "utf-8"),
        ("utf-7", "utf-8"),
    ],
)
def test_feed_is_read_in_the_encoding_it_really_has(declared: str, encoding: str):
    prolog = f'<?xml version="1.0" encoding="{declared}"?>'
    text = "caf\u00e9 \u201cso\u201d \u2014 1 + 1 \\n"

    assert parse_feed(make_feed(make_entry(1, text), prolog=prolog).encode(encoding)) == [make_comment(1, text)]


@pytest.mark.parametrize("encoding", ["koi8-r", "shift_jis", "gb18030", "euc-kr"])
@given(noise=st.binary(max_size=200))
def test_any_bytes_in_any_encoding_raise_nothing(encoding: str, noise: bytes):
    prolog = f'<?xml version="1.0" encoding="{encoding}"?>'
    feed = make_feed(make_entry(name="Rosa"), prolog=prolog).encode().replace(b"Hello", b"Hello" + noise)

    assert len(parse_feed(feed)) >= 1


BOMB = '<!DOCTYPE feed [<!ENTITY a "ha<b>ha</b>">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB + "]>",
        '<!DOCTYPE feed [<!ENTITY i SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE feed [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p; <!ENTITY i "x">]>',
        '<!DOCTYPE feed SYSTEM "http://127.0.0.1:9/feed.dtd">',
        '<!DOCTYPE feed PUBLIC "-//x//<feed>" "http://127.0.0.1:9/feed.dtd" [ <!ELEMENT feed ANY> ]>',
    ],
)
def test_entities_of_a_document_are_never_expanded(doctype: str):
    prolog = f'<?xml version="1.0"?>\n<!-- <feed> -->\n<?style <feed>?>{doctype}'

    assert parse_feed(make_feed(replace_text("before &i; after"), prolog=prolog)) == [
        problem(BROKEN_AMPERSAND),
        make_comment(text="before &i; after"),
    ]


def test_stray_bytes_before_the_declaration_are_passed_over():
    assert parse_feed(b"\xef\xbb\xbf\n x " + make_feed(make_entry()).encode()) == [make_comment()]


def test_ten_megabyte_text_is_read_whole():
    text = "word " * 2_200_000

    assert parse_feed(make_feed(make_entry(1, text), make_entry(2))) == [
        make_comment(1, text.strip()),
        make_comment(2),
    ]


def test_record_that_never_ends_is_left_out_in_bounded_memory():
    endless = make_entry(1, "x" * (MAX_RECORD_CHARS + 1_000_000))
    file = make_file(make_feed(make_entry(7), endless, make_entry(2)))
    tracemalloc.start()
    try:
        items = list(blogger.parse(file))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert items == [make_comment(7), SourceProblem("entry 2", CUT), make_comment(2)]
    assert peak < 8 * MAX_RECORD_CHARS


@pytest.mark.parametrize(
    "raw",
    ["<b>" * 50_000, escape("<div>" * 50_000), "<content>" * 50_000 + "&", "&" * 100_000, "&a" * 50_000 + ";",
     "<!--" * 50_000, "<![CDATA[ ]]>" * 50_000, "<title>" * 50_000 + "&"],
)  # fmt: skip
def test_text_made_to_be_slow_is_read_at_once(raw: str):
    comments = comments_of(parse_feed(make_feed(replace_text(raw + "deep"), make_entry(2))))
    assert comments[-1] == make_comment(2)


@pytest.mark.parametrize(
    "start", ["<feed " + "a='b' " * 5_000, "<!--" * 15_000, "<?" * 20_000, "<!DOCTYPE " + "[" * 30_000, "<" * 60_000]
)
def test_beginning_made_to_be_slow_is_looked_at_at_once(start: str):

    assert not blogger.recognises(Head.read(make_file(start + " schemas.google.com/blogger/")))


def test_export_whose_posts_come_after_the_cut_keeps_its_comments():
    feed = make_feed(make_entry(1), make_entry(2))

    items: list[SourceItem] = parse_feed(feed.replace(HEADER, HEADER + "<!-- kind#post -->")[: feed.index("post-2")])

    assert items == [make_comment(1), SourceProblem("entry 2", CUT), TRUNCATED]


def test_problem_never_holds_more_than_a_line_of_the_file():
    entry = make_entry().replace("2014-05-01T10:00:00.000-07:00", "x\n" * 1_000, 1)

    (found, comment) = parse_feed(make_feed(entry))

    assert isinstance(found, SourceProblem)
    assert len(found.record) < 200
    assert "\n" not in found.record
    assert comment == dataclasses.replace(make_comment(), published=None, edited=make_comment().published)


def test_file_that_vanishes_while_it_is_read_is_a_source_error(tmp_path: Path):
    path = tmp_path / "feed.xml"
    path.write_text(make_feed(make_entry()))
    file = make_file(path.read_bytes())
    file.opener = lambda: path.open("rb")
    path.unlink()

    with pytest.raises(SourceError, match=r"cannot read the file: 'feed\.xml': no such file or directory"):
        list(blogger.parse(file))
