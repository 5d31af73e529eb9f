"""Titles read off addresses, for archives that know where a discussion stands but not what it is called."""

from functools import lru_cache
from urllib.parse import unquote, urlsplit

from store.text.cleaning import clean_line


@lru_cache(maxsize=10_000)
def title_of(address: str) -> str:
    """Read a title off the last part of an address or path: "/2014/05/on-benches.html" is "On benches"."""
    try:
        path = urlsplit(address).path
    except ValueError:
        # A host in brackets that is no address.
        return ""
    slug = unquote(path).rstrip("/").rpartition("/")[2]
    words = slug.rpartition(".")[0] or slug
    title = clean_line(words.replace("-", " ").replace("_", " "))
    return title[:1].upper() + title[1:]
