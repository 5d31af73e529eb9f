"""Feeds: Atom (RFC 4287, 0.3), RSS of every version, JSON Feed; of comments, or of anything that somebody said.

Entries of a feed of posts are comments, too, each in a discussion of its own. A live feed of posts leads to the feeds
of their comments (`link rel=replies`, `wfw:commentRss`). Blogger's feeds and exports, WordPress's exports and its feeds
of comments are formats of their own.
"""

from collections.abc import Iterable, Iterator

from store.domain.comment import SourceItem, SourceProblem
from store.sources.decoding import read_text
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, locate
from store.sources.formats import blogger, feed_json, feed_xml, wordpress_feed
from store.sources.formats.feed_entries import Entry, Feed, Threads, finish, fold_address
from store.sources.head import Head

_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_RDF = ("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/")
_WORDPRESS_EXPORT = "wordpress.org/export/"
_ANSWERING = "in-reply-to"


def recognises(head: Head) -> bool:
    """Tell whether a file is a feed, by its root element and namespaces, or its version."""
    root = head.root_name
    if root == "rss":
        return _WORDPRESS_EXPORT not in head.text and not wordpress_feed.recognises(head)
    if root == "rdf":
        return any(namespace in head.text for namespace in _RDF)
    if root == "feed":
        is_atom = any(namespace in head.root for namespace in _ATOM) or "<entry" in head.text
        return is_atom and not blogger.recognises(head)
    return feed_json.recognises(head)


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the entries of feeds as comments; the pages of one feed know of each other's entries."""
    threads = Threads()
    for file in files:
        yield from locate(file, _parse_file(file, threads))


def find_further(file: SourceFile) -> Iterator[str]:
    """Find where a feed goes on (RFC 5005), and the feeds of its entries' comments."""
    yield from _read_feed(file).following
    for entry in _read_entries(file):
        if isinstance(entry, Entry):
            yield from entry.replies


def identify(file: SourceFile) -> str:
    """Name the site or page that a feed is of."""
    link = fold_address(_read_feed(file).link)
    return f"feed:{link}" if link else ""


def _parse_file(file: SourceFile, threads: Threads) -> Iterator[SourceItem]:
    feed = _read_feed(file)
    if _has_answers(file):
        # What an entry answers may stand after it.
        for entry in _read_entries(file):
            if isinstance(entry, Entry):
                threads.note(entry)
    for entry in _read_entries(file):
        if isinstance(entry, SourceProblem):
            yield entry
        else:
            threads.note(entry)
            yield from finish(entry, feed, threads)


def _read_feed(file: SourceFile) -> Feed:
    return feed_json.read_feed(file) if _is_json(file) else feed_xml.read_feed(file)


def _read_entries(file: SourceFile) -> Iterator[Entry | SourceProblem]:
    return feed_json.read_entries(file) if _is_json(file) else feed_xml.read_entries(file)


def _is_json(file: SourceFile) -> bool:
    return Head.read(file).text.lstrip().startswith("{")


def _has_answers(file: SourceFile) -> bool:
    """Look for any answer without parsing: most feeds hold none, and are read once."""
    rest = ""
    for part in read_text(file):
        rest = rest[-len(_ANSWERING) :] + part
        if _ANSWERING in rest:
            return True
    return False


FORMAT = Format("feed", recognises, parse, find_further, identify, coverage=Coverage.WINDOW)
