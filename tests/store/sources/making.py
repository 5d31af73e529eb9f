"""Files and feeds made for a test."""

import io
from html import escape

from store.domain.comment import AuthorAlias, Comment, Discussion, SkippedRecord, SourceItem, SourceProblem
from store.sources.dates import parse_date
from store.sources.files import SourceFile
from store.sources.formats import blogger

BLOG = "tag:blogger.com,1999:blog-7"
POST_URL = "https://blog.example/2014/05/on-benches.html"
FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:gd="http://schemas.google.com/g/2005" '
    'xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:openSearch="http://a9.com/-/spec/opensearchrss/1.0/" '
    'xmlns:blogger="http://schemas.google.com/blogger/2018">'
)
HEADER = f"<id>{BLOG}.comments</id><title type='text'>Benches</title><generator version='7.00'>Blogger</generator>"
TRUNCATED = SourceProblem("the end of the file", "the file ends before its last element does: it was cut short")


def make_file(content: bytes | str, name: str = "feed.xml") -> SourceFile:
    data = content.encode() if isinstance(content, str) else content
    return SourceFile(name, lambda: io.BytesIO(data), len(data))


def make_feed(*entries: str, header: str = HEADER, prolog: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return f"{prolog}{FEED}{header}{''.join(entries)}</feed>"


def make_kind(name: str) -> str:
    term = f"http://schemas.google.com/blogger/2008/kind#{name}"
    return f"<category scheme='http://schemas.google.com/g/2005#kind' term='{term}'/>"


def make_entry(number: int = 1, markup: str = "Hello there.", *, extra: str = "", name: str = "Rosa Díaz") -> str:
    """Write a comment as Blogger's comments feed does; `markup` is its HTML."""
    return (
        f"<entry><id>{BLOG}.post-{number}</id><published>2014-05-01T10:00:00.000-07:00</published>"
        f"<updated>2014-05-01T10:00:00.000-07:00</updated>{make_kind('comment')}"
        f"<title type='text'>{escape(markup[:20])}...</title><content type='html'>{escape(markup)}</content>{extra}"
        f"<link rel='alternate' type='text/html' href='{POST_URL}?showComment=1#c{number}'/>"
        f"<author><name>{escape(name)}</name><uri>https://www.blogger.com/profile/0042</uri>"
        f"<email>noreply@blogger.com</email></author><thr:in-reply-to href='{POST_URL}' ref='{BLOG}.post-99'/></entry>"
    )


def make_comment(number: int = 1, text: str = "Hello there.", *, title: str = "On benches") -> Comment:
    """Give the comment that `make_entry` writes."""
    return Comment(
        native_id=f"{BLOG}.post-{number}",
        discussion=Discussion(f"{BLOG}.post-99", title, POST_URL),
        author=AuthorAlias("Rosa Díaz", "0042"),
        text=text,
        url=f"{POST_URL}?showComment=1#c{number}",
        published=parse_date("2014-05-01T17:00:00Z"),
    )


def parse_feed(content: bytes | str) -> list[SourceItem]:
    return list(blogger.parse(make_file(content)))


def comments_of(items: list[SourceItem]) -> list[Comment]:
    return [item for item in items if isinstance(item, Comment)]


def problems_of(items: list[SourceItem]) -> list[SourceProblem]:
    return [item for item in items if isinstance(item, SourceProblem)]


def skipped_of(items: list[SourceItem]) -> list[SkippedRecord]:
    return [item for item in items if isinstance(item, SkippedRecord)]
