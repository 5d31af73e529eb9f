"""Markdown, and HTML in its place."""

import pytest

from store.sources.markdown import read_markdown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**One**\n\n- two & three &amp; 4 < 5", "**One**\n\n- two & three &amp; 4 < 5"),
        ("<p>One<br>two</p>\n<p>three &amp; four</p>", "One\ntwo\n\nthree & four"),
        (
            'See <a href="https://a.example/">this page</a>\n\nNew line',
            "See this page (https://a.example/)\n\nNew line",
        ),
        ("Write `<br>`, not `<a>`", "Write `<br>`, not `<a>`"),
        ("<https://a.example/>", "<https://a.example/>"),
        ("", ""),
    ],
)
def test_html_is_read_and_markdown_is_kept(text: str, expected: str):
    assert read_markdown(text) == expected
