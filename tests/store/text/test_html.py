"""HTML to text, as comment forms and feeds write it, and as nobody should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.cleaning import clean_text
from store.text.html import Element, parse_html, unescape_doubled

DEEP = 100_000


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("plain &amp; simple", "plain & simple"),
        ("one<br />two<BR>three<br/><br/>four", "one\ntwo\nthree\n\nfour"),
        ("<p>one</p><p>two</p>three", "one\n\ntwo\n\nthree"),
        ("<div>one</div>\r\n<div>two\nlines</div>", "one\n\ntwo lines"),
        ("<p>one\rline</p>", "one line"),
        ("<b>bo</b>ld <i>and</i> <font color=red>red</font>", "bold and red"),
        ("<ul><li>one<li>two</ul>three", "- one\n- two\n\nthree"),
        ("<table><tr><td>a<td>b<tr><th>c</table>", "a b\nc"),
        ("it&rsquo;s&nbsp;so &hellip;", "it’s so …"),
        ("<p>a<!-- hidden -->b</p>", "ab"),
        ("I <3 this, 5 < 6 & 7 > 2", "I <3 this, 5 < 6 & 7 > 2"),
        ("no tags\nkeep lines", "no tags\nkeep lines"),
        ("<p>unclosed <b>tags <i>everywhere", "unclosed tags everywhere"),
        ("<o:p>Word</o:p><custom-tag x=1>y</custom-tag>", "Wordy"),
        ("</div></p></b>stray ends", "stray ends"),
        ("<pre><code>one\n  two\r\n</code></pre>three\nfour", "```\none\n  two\n```\n\nthree four"),
        ("<pre>a<span>b\nc</span></pre><p>d\ne", "```\nab\nc\n```\n\nd e"),
        ("", ""),
    ],
)
def test_markup_is_read_as_text(markup: str, expected: str):
    assert parse_html(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<blockquote>said<br>before</blockquote>my answer", "> said\n> before\n\nmy answer"),
        ("<blockquote><blockquote>first</blockquote>second</blockquote>", "> > first\n>\n> second"),
        ("<blockquote> </blockquote>nothing", "nothing"),
        ("<blockquote>unclosed", "> unclosed"),
    ],
)
def test_quotations_are_marked(markup: str, expected: str):
    assert parse_html(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<a href="https://a.example/x">site</a>', "site (https://a.example/x)"),
        ('<a href="https://a.example/x">https://a.example/x</a>', "https://a.example/x"),
        ('<a href="https://a.example/x">a.example/x</a>', "a.example/x"),
        ('<a href="https://a.example/?a=1&amp;b=2" rel="nofollow">two</a>', "two (https://a.example/?a=1&b=2)"),
        ('<a href="https://a.example/">click <b>here</b></a>.', "click here (https://a.example/)."),
        # A word of the address is no address.
        ('<a href="https://a.example/map">map</a>', "map (https://a.example/map)"),
        ('<a href="https://a.example/x"><img alt="a boat" src="b.png"></a>', "a boat (https://a.example/x)"),
        ('<a href="https://a.example/x"></a>nothing', "nothing"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ('<a href="/there">click</a> <a name="x">anchor</a> <a href>bare</a>', "click anchor bare"),
        (f'<a href="https://a.example/{"x" * 2_000}">long</a>', "long"),
    ],
)
def test_links_show_where_they_lead(markup: str, expected: str):
    assert parse_html(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<ol><li>one</li><li>two</li></ol>three", "1. one\n2. two\n\nthree"),
        ("<ol start=4><li>four<li value=9>nine<li>ten</ol>", "4. four\n9. nine\n10. ten"),
        ("<ol start=x><li value=99999999999>one</ol>", "1. one"),
        ("<ul><li>one<ul><li>inner</ul><li>two</ul>", "- one\n\n◦ inner\n\n- two"),
        ("<ol><li>one<ol><li>inner<li>more</ol><li>two</ol>", "1. one\n\n1.1. inner\n1.2. more\n\n2. two"),
        ("<ul><li>one<ol><li>inner</ol></ul>", "- one\n\n1. inner"),
        ("<ol><li>one</ol><ol><li>other</ol>", "1. one\n\n1. other"),
        ("<li>stray", "- stray"),
    ],
)
def test_lists_are_numbered_and_nested(markup: str, expected: str):
    assert parse_html(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>So:</p><pre><code>if x:\n    y()\n\n  z  </code></pre>", "So:\n\n```\nif x:\n    y()\n\n  z\n```"),
        ("<pre>\n\tone<br>two &lt;b&gt;</pre>end", "```\n    one\ntwo <b>\n```\n\nend"),
        ("<pre>a\r\n  b</pre>", "```\na\n  b\n```"),
        ("<pre>```\nx\n```</pre>", "````\n```\nx\n```\n````"),
        ("<blockquote><pre>a\n  b</pre></blockquote>c", "> ```\n> a\n>   b\n> ```\n\nc"),
        ("<pre> \n </pre>nothing", "nothing"),
        ("<pre>a <pre>b</pre></pre>", "```\na\n\nb\n```"),
        ("use <code>a  b</code> here", "use a b here"),
    ],
)
def test_code_keeps_its_layout(markup: str, expected: str):
    assert parse_html(markup) == expected


QUOTE = (
    '<aside class="quote no-group" data-username="ines" data-post="3" data-topic="9"><div class="title">'
    '<div class="quote-controls"></div><img alt="" class="avatar" src="x.png"> ines:</div>'
    "<blockquote><p>Which way?</p></blockquote></aside><p>Left.</p>"
)


def test_who_is_quoted_stands_above_the_quotation():
    assert parse_html(QUOTE) == "> ines:\n>\n> Which way?\n\nLeft."
    assert parse_html(QUOTE.replace(' data-username="ines"', "")) == parse_html(QUOTE)
    assert parse_html('<aside class="onebox"><p>A page</p></aside>mine') == "A page\n\nmine"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<p><img src="x" alt="two boats"></p><img alt="a quay">', "two boats\na quay"),
        ('<p>look <img alt="two boats"></p>', "look"),
        ('nice <img class="emoji" alt=":wave:"> day', "nice :wave: day"),
        ("<img><img alt>", ""),
    ],
)
def test_pictures_are_told_where_there_is_nothing_else(markup: str, expected: str):
    assert parse_html(markup) == expected


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>alert('shown')</script>",
        "<STYLE>p { color: shown }</STYLE>",
        "<noscript>shown</noscript>",
        "<template>shown</template>",
        "<iframe src=x>shown</iframe>",
        "<object><param name=shown>shown</object>",
        "<svg><text>shown</text></svg>",
    ],
)
def test_what_browsers_do_not_show_is_dropped(hidden: str):
    assert parse_html(f"<p>before{hidden} after</p>") == "before after"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("one&lt;br /&gt;two &lt;b&gt;bold&lt;/b&gt;", "one\ntwo bold"),
        ("it&amp;#39;s &amp;quot;quoted&amp;quot; &amp;amp; so on", 'it\'s "quoted" & so on'),
        ("&lt;a href=&quot;https://a.example/&quot;&gt;site&lt;/a&gt;", "site (https://a.example/)"),
        ("&lt;script&gt;kept&lt;/script&gt; as written", "<script>kept</script> as written"),
        ("5 &lt; 6 &amp;&amp; 7 &gt; 2", "5 < 6 && 7 > 2"),
        ("<p>use &lt;br&gt; here</p>", "use <br> here"),
    ],
)
def test_text_escaped_twice_is_unescaped_once_more(markup: str, expected: str):
    assert parse_html(markup) == expected


def test_markup_with_a_real_tag_is_not_unescaped():
    assert unescape_doubled("<i>one</i> &lt;br&gt;") == "<i>one</i> &lt;br&gt;"
    assert unescape_doubled("one &lt;br&gt;") == "one <br>"


@pytest.mark.parametrize(
    ("tags", "count"),
    [
        ("<div>", DEEP),
        ("<blockquote>", DEEP),
        ("<pre>x", DEEP),
        ("<ol><li>", DEEP // 5),
        ("<aside class=quote><div class=title></div><blockquote>", DEEP // 5),
        ("<ul><li>", DEEP // 5),
        ("<table><tr><td>", DEEP // 5),
        ("<p><b>", DEEP // 5),
        ("<a href=https://a.example>", DEEP // 5),
    ],
)
def test_any_depth_of_nesting_is_read_at_once(tags: str, count: int):
    text = parse_html(tags * count + "the end")

    assert "the end" in text


def test_tags_that_only_format_are_not_repeated_in_every_paragraph():
    text = parse_html("".join(f"<p><b id={number}>x" for number in range(10_000)))

    assert text == "\n\n".join("x" * 10_000)


def test_tag_with_a_hundred_thousand_attributes_is_read_at_once():
    attributes = " ".join(f"a{number}=1" for number in range(DEEP))

    assert parse_html(f"before <b {attributes}>after</b>") == "before after"


def test_quotations_are_marked_to_a_depth_people_use():
    assert parse_html("<blockquote>" * 50 + "deep") == "> " * 10 + "deep"


def test_more_tags_than_may_nest_lose_no_words():
    words = [f"word{number}" for number in range(1_000)]

    assert parse_html("".join(f"<div>{word} " for word in words)).split() == words


PIECES = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<br>", "<ul>", "<li>", "<blockquote>", "</blockquote>", "<a href='https://a.b/'>",
     "</a>", "<ol>", "</ol>", "<pre>", "</pre>", "```", "\n  ", "<img alt=x>", "<aside class=quote>", "</aside>",
     "<table>", "<td>", "<!--", "-->", "<script>", "</script>", "&lt;", "&amp;#39;", "<", ">", "\n", "word "]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_any_markup_gives_clean_text(markup: str):
    text = parse_html(markup)

    assert text == clean_text(text)


@given(st.lists(st.sampled_from(["one", "two", "three"]), max_size=20), st.data())
def test_formatting_never_changes_the_words(words: list[str], data: st.DataObject):
    tags = st.sampled_from(["{}", "<b>{}</b>", "<p>{}</p>", "<i><u>{}</i></u>", "<div>{}", "<font size=2>{}", "<li>{}"])
    markup = " ".join(data.draw(tags).format(word) for word in words)

    assert parse_html(markup).replace("-", " ").split() == words


def test_elements_are_replaced_by_what_they_mean():
    def replace(element: Element) -> str | None:
        return {"aside": "[aside]", "img": ":-)"}.get(element.tag or "")

    assert parse_html("<p>kept <img></p><aside>not<pre>", replace) == "kept :-)\n\n[aside]"
    assert parse_html("plain", replace) == "plain"
