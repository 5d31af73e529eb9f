"""Text as it is typed into a comment form: HTML whose line ends are meant."""

import time

import pytest

from store.text.html import parse_html_lines


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("One.\nTwo.\n\nThree.", "One.\nTwo.\n\nThree."),
        ("One.\r\nTwo.\r\n\r\nThree.\rFour.", "One.\nTwo.\n\nThree.\nFour."),
        ("One <b>bold\nand on</b>\nTwo.", "One bold\nand on\nTwo."),
        ("One.<br />\nTwo.<BR>Three.\n<br>\nFour.", "One.\nTwo.\nThree.\n\nFour."),
        ("<p>One\ntwo.</p>\n\n<p>Three.</p>\n", "One\ntwo.\n\nThree."),
        ("List:\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\nEnd.", "List:\n\n- one\n- two\n\nEnd."),
        ("<blockquote>\nSaid\nthus.\n</blockquote>\nNo.", "> Said\n> thus.\n\nNo."),
        ("<pre>\na = 1\nb = 2\n</pre>", "```\na = 1\nb = 2\n```"),
        ('<a\nhref="https://a.example/">here</a>\n&amp; there', "here (https://a.example/)\n& there"),
        ("a < b\nand c > d", "a < b\nand c > d"),
        ("Write &lt;b&gt; for bold,\n&amp;lt; for &lt;", "Write <b> for bold,\n&lt; for <"),
        ("a <!-- no\nthing --> b", "a b"),
        ("", ""),
    ],
)
def test_line_ends_are_kept_where_they_are_text(markup: str, text: str):
    assert parse_html_lines(markup) == text


@pytest.mark.parametrize(
    "markup", ["\n" * 300_000, "<" * 300_000, "<br>\n" * 50_000, "a <b\n" * 50_000, "\r" * 300_000]
)
def test_hostile_text_is_read_to_its_end(markup: str):
    began = time.thread_time()
    assert len(parse_html_lines(markup)) <= len(markup)
    assert time.thread_time() - began < 60
