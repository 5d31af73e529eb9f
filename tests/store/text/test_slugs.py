"""Titles read off addresses."""

import pytest

from store.text.slugs import title_of


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("https://blog.example/2014/05/on-benches.html?x=1#c2", "On benches"),
        ("/posts/on_the_NATO/", "On the NATO"),
        ("on-benches", "On benches"),
        ("https://blog.example/", ""),
        ("https://blog.example/caf%C3%A9%0A-x", "Café x"),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_title_is_the_last_part(address: str, title: str):
    assert title_of(address) == title
