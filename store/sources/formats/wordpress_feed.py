"""WordPress's comments feeds (RSS 2.0): a blog's (`/comments/feed/`) and a post's (`…/feed/`).

The format is what wp-includes/feed-rss2-comments.php writes. A comment is known by the number in its link, as in
exports and the REST API; a post by the number in the item's guid, which is the post's own with the comment's anchor.
What a feed adds before a reply, "In reply to …", is its parent, not its text. A feed shows the latest comments, and has
no further pages: WordPress ignores `paged` here. Feeds of posts, and of other software, are no matter of this module.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from store.domain.comment import SourceItem, SourceProblem
from store.sources.decoding import decode
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, each
from store.sources.formats.feed_entries import fold_address
from store.sources.formats.wordpress import name_place, read_fields
from store.sources.formats.wordpress_rest import find_article
from store.sources.head import Head
from store.sources.raw import RawComment
from store.sources.xml import XmlFault, XmlRecord, iterate_records, parse_header
from store.text.html import parse_html

_ITEM = re.compile(r"<item[\s>].*?(?:</item\s*>|\Z)", re.DOTALL)
_LINK = re.compile(r"<link>\s*(?:<!\[CDATA\[)?[^<\]]*#comment-(\d+)\s*[<\]]")
_GUID = re.compile(r"<guid[^<>]*>\s*(?:<!\[CDATA\[)?[^<\]]*#comment-(\d+)\s*[<\]]")
_BLOG_IN_GUID = re.compile(r"<guid[^<>]*>\s*(https?://[^<?]*)\?(?:p|page_id)=\d")
_ANCHOR = re.compile(r"#comment-(\d+)$")
_FEED_OF_BLOG = re.compile(r"/comments/feed/?(?:\?.*)?$|[?&]feed=comments-")
_SELF = re.compile(r'<atom:link\s[^<>]*\brel="self"')
_GENERATOR = re.compile(r"<generator>https?://wordpress\.(?:org|com)/")
_POST_NUMBER = re.compile(r"[?&](?:p|page_id|attachment_id)=(\d+)")
# In whatever language: a paragraph that is a few words and a link to a comment.
_IN_REPLY = re.compile(
    r'\s*(?:<p>)?[^<>]{0,40}<a href="[^"]*#comment-(\d+)"[^<>]*>[^<]*</a>[^<>]{0,20}(?:</p>|<br\s*/?>|\n\s*\n)\s*'
)
# What is shown in place of a comment on a post with a password.
_PASSWORD = re.compile(r"post-password-form|action=postpass")
# WordPress quotes the other blog so; nobody else writes it at both ends.
_PINGBACK = re.compile(r"\[(?:\.\.\.|…)\].*\[(?:\.\.\.|…)\]", re.DOTALL)
# "Comment on TITLE by NAME"; the name is known.
_TITLE = re.compile(
    r"(?:Comment on|Kommentar zu|Commentaires? sur|Comentarios? en|Comentários? (?:em|sobre)|Comment[oi] su|Reactie op)"
    r"\s+(.+?)\s+(?:by|von|par|por|di|door)",
    re.DOTALL,
)


class _Channel(NamedTuple):
    title: str
    url: str
    is_of_blog: bool


def recognises(head: Head) -> bool:
    """Tell whether a file is a feed of comments: its first item's link and guid end in the same comment's anchor."""
    if head.root_name != "rss" or "wordpress.org/export/" in head.root:
        return False
    first = _ITEM.search(head.text)
    if first is None:
        return "<item" not in head.text and _is_empty_feed(head.text)
    link, guid = _LINK.search(first[0]), _GUID.search(first[0])
    return bool(link and guid and link[1] == guid[1])


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of a feed, in its order."""
    channel = _read_channel(file)
    for record in iterate_records(file, "item"):
        if isinstance(record, XmlFault):
            yield SourceProblem(record.place, record.reason)
        else:
            yield from _parse_item(record, channel)


def identify(file: SourceFile) -> str:
    """Give the blog's address; that of a post's feed tells it only in its items' guids."""
    channel = _read_channel(file)
    if channel.is_of_blog:
        return name_place(channel.url)
    first = _ITEM.search(decode(file.read_head()))
    guid = first and _BLOG_IN_GUID.search(first[0])
    return name_place(guid[1]) if guid and _is_same_host(guid[1], channel.url) else ""


def _is_empty_feed(text: str) -> bool:
    found = _SELF.search(text)
    tag = text[found.start() : text.find(">", found.start())] if found else ""
    href = re.search(r'href="([^"]*)"', tag)
    return bool(_GENERATOR.search(text) and href and _FEED_OF_BLOG.search(href[1]))


def _read_channel(file: SourceFile) -> _Channel:
    header = parse_header(file, "item")
    channel = None if header is None else next(iter(header.iter("channel", "{*}channel")), None)
    if channel is None:
        return _Channel("", "", is_of_blog=False)
    links = channel.iterchildren("{*}link")
    own = next((str(link.get("href", "")) for link in links if link.get("rel") == "self"), "")
    url = next((text for link in channel.iterchildren("link") if (text := (link.text or "").strip())), "")
    return _Channel(read_fields(channel).get("title", ""), url, bool(_FEED_OF_BLOG.search(own)))


def _parse_item(record: XmlRecord, channel: _Channel) -> Iterator[SourceItem]:
    fields = read_fields(record.element)
    place = f"item {record.number}"
    link, guid = fields.get("link", ""), fields.get("guid", "")
    number = _ANCHOR.search(link) or _ANCHOR.search(guid)
    yield from (SourceProblem(number[1] if number else place, fault) for fault in record.faults)
    markup = fields.get("encoded") or fields.get("description", "")
    reply = _IN_REPLY.match(markup)
    answer = parse_html(markup[reply.end() :]) if reply else ""
    text = answer or parse_html(markup)
    author = parse_html(fields.get("creator", ""))
    yield from RawComment(
        id=number[1] if number else "",
        text=text,
        thread=_find_post(guid, link) or fold_address(find_article(link)),
        title=_find_title(parse_html(fields.get("title", "")), author, channel),
        thread_url=find_article(link),
        author=author,
        published=fields.get("pubDate", ""),
        url=link,
        parent=reply[1] if reply and answer else "",
        skipped=_explain_skipping(markup, text),
        place=place,
    ).finish()


def _explain_skipping(markup: str, text: str) -> str:
    if _PASSWORD.search(markup):
        return "its post has a password"
    return "pingback" if _PINGBACK.fullmatch(text) else ""


def _find_post(guid: str, link: str) -> str:
    """Give the post's number; the guid of a post that was moved from another blog has that one's address and number."""
    number = _POST_NUMBER.search(guid)
    return number[1] if number and _is_same_host(guid, link) else ""


def _is_same_host(url: str, other: str) -> bool:
    host, other_host = (name_place(address).partition("/")[0] for address in (url, other))
    return bool(host) and host == other_host


def _find_title(title: str, author: str, channel: _Channel) -> str:
    """Give the post's title: of a post's feed, what its own title has after the colon; else what the item's says."""
    if not channel.is_of_blog and title.removesuffix(author).rstrip().endswith((":", "\uff1a")):
        return parse_html(re.split("[:\uff1a]", channel.title, maxsplit=1)[-1])
    found = _TITLE.fullmatch(title.removesuffix(author).strip()) if author and title.endswith(author) else None
    return found[1] if found else ""


FORMAT = Format("wordpress-feed", recognises, each(parse), identify=identify, coverage=Coverage.WINDOW)
