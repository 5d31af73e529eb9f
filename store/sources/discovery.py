"""Where the comments of a web page are: an admin knows the address of a blog or forum, not that of its feed.

Read off the page alone, by what its software writes there; nothing is fetched, and nothing is guessed that the page
does not tell.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from store.sources.decoding import decode
from store.sources.files import SourceFile
from store.text.cleaning import find_http_url

# What stands in the head of a page is enough.
_MAX_BYTES = 2**20
_MAX_FOUND = 20
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")
_COMMENT_WORDS = re.compile(r"comment|kommentar|coment|repl(?:y|ies)|antworten|reacties", re.IGNORECASE)
# As browsers read it, what is not closed goes on to the end.
_NOT_SHOWN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|textarea|title)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TELLING_TAG = re.compile(r"<(?:link|meta|base)\s[^<>]{1,5000}>", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_BLOGGER_FEED = re.compile(r"/feeds/(?:posts|comments|\d+)/|/feeds/\d+/\d+/comments/")
_BLOGGER_POST_FEED = re.compile(r"/feeds/(\d+)/comments/default")
_DISCOURSE_TOPIC = re.compile(r"(/t/)(?:[^/]+/)?(\d+)(?:/\d+)?/?$")
_DISCOURSE_LIST = re.compile(r"/(?:c|tag)/[^/]")
_WORDPRESS_COMMENTS = "wp/v2/comments"
_PAGE_OF_COMMENTS = {"per_page": "100", "order": "asc"}


@dataclass(frozen=True, slots=True)
class _Link:
    rel: frozenset[str]
    type: str
    href: str
    title: str

    def is_feed(self) -> bool:
        # An alternate of the type application/json is WordPress's own record of the page.
        return "alternate" in self.rel and self.type in _FEED_TYPES[:3]

    def is_of_comments(self) -> bool:
        return bool(_COMMENT_WORDS.search(f"{self.title} {urlsplit(self.href).path}"))


@dataclass(frozen=True, slots=True)
class _Page:
    """What of a page tells where its comments are. `address` is the page's own."""

    address: str
    generator: str
    links: tuple[_Link, ...]
    is_discourse: bool
    discourse_base: str

    def find_links(self, rel: str) -> Iterator[str]:
        return (link.href for link in self.links if rel in link.rel)


def find_addresses(file: SourceFile) -> list[str]:
    """Find the addresses where the comments of a page, or of its site, may be fetched, best first.

    Args:
        file: A web page. Its name is the address it was fetched from, which relative links are relative to.

    Returns:
        Absolute http(s) addresses, none twice; none where the page tells of none, or is no web page.

    Raises:
        SourceError: The bytes cannot be read.
    """
    page = _read_page(file)
    if page is None:
        return []
    found = [
        *_find_discourse(page),
        *_find_blogger(page),
        *_find_wordpress(page),
        *_find_feeds(page),
    ]
    return [url for url in dict.fromkeys(map(find_http_url, found)) if url and url != page.address][:_MAX_FOUND]


def _find_discourse(page: _Page) -> Iterator[str]:
    if not page.is_discourse:
        return
    # The address a topic has now; that it was fetched from may be an old one.
    for address in (*page.find_links("canonical"), page.address):
        topic = _DISCOURSE_TOPIC.search(_path(address))
        if topic:
            yield _join(address, f"{_path(address)[: topic.start()]}/t/{topic[2]}.json")
            return
    if _DISCOURSE_LIST.search(_path(page.address)):
        yield _join(page.address, f"{_path(page.address).rstrip('/')}.json")
        return
    yield _join(page.address, f"{page.discourse_base.rstrip('/')}/latest.json")


def _find_blogger(page: _Page) -> Iterator[str]:
    feeds = [link.href for link in page.links if link.is_feed() and _BLOGGER_FEED.search(_path(link.href))]
    if page.generator != "blogger" and not any("blogger.com/feeds" in feed for feed in feeds):
        return
    # A post's page names the feed of its own comments besides the blog's feeds.
    own = [feed for feed in feeds if _BLOGGER_POST_FEED.search(_path(feed))]
    yield from own
    yield _join(page.address or next(iter(feeds), ""), "/feeds/comments/default")


def _find_wordpress(page: _Page) -> Iterator[str]:
    interfaces = list(page.find_links("https://api.w.org/"))
    if not interfaces and not page.generator.startswith("wordpress"):
        return
    own = _find_wordpress_post(page)
    for interface in interfaces:
        yield _add_query(interface, _WORDPRESS_COMMENTS, {**({"post": own} if own else {}), **_PAGE_OF_COMMENTS})


def _find_wordpress_post(page: _Page) -> str:
    """Give the number of the post whose page it is, from its record's address (`wp/v2/posts/7`) or its short one."""
    for link in page.links:
        record = re.search(r"wp/v2/(?:posts|pages)/(\d+)/?(?:$|&)", link.href)
        if record and "alternate" in link.rel:
            return record[1]
        short = re.search(r"[?&]p=(\d+)$", link.href)
        if short and "shortlink" in link.rel:
            return short[1]
    return ""


def _find_feeds(page: _Page) -> Iterator[str]:
    feeds = [link for link in page.links if link.is_feed()]
    replies = [link.href for link in page.links if "replies" in link.rel and link.type in _FEED_TYPES]
    yield from replies
    own = _path(page.address).rstrip("/")
    # The feed of a page's own comments before that of the whole site's; sites list theirs first.
    comments = [link.href for link in feeds if link.is_of_comments()]
    yield from sorted(comments, key=lambda href: not (own and _path(href).startswith(f"{own}/")))
    yield from (link.href for link in feeds if not link.is_of_comments())


def _read_page(file: SourceFile) -> _Page | None:
    with file.open() as opened:
        data = opened.read(_MAX_BYTES)
    text = _decode(data)
    is_other = text.lstrip("\ufeff \t\r\n").startswith(("<?xml", "{", "[")) and "<html" not in text.lower()
    if "<" not in text or is_other:
        return None
    # Just the tags that tell: the parser's time grows with the square of what nests.
    tree = LexborHTMLParser("".join(found[0] for found in _TELLING_TAG.finditer(_NOT_SHOWN.sub("", text))))
    based = tree.css_first("base[href]")
    address = find_http_url(file.name)
    base = _join(address, _attribute(based, "href")) if based else address
    generators = [_attribute(meta, "content") for meta in tree.css("meta[name=generator i]")]
    discourse = tree.css_first("#data-discourse-setup")
    return _Page(
        address=address,
        generator=" ".join(generators).lower(),
        links=tuple(_read_link(node, base or address) for node in tree.css("link[href]")),
        is_discourse=bool(discourse or any(name.startswith("Discourse") for name in generators)),
        discourse_base=_attribute(discourse, "data-base-uri"),
    )


def _read_link(node: object, base: str) -> _Link:
    return _Link(
        rel=frozenset(_attribute(node, "rel").lower().split()),
        type=_attribute(node, "type").partition(";")[0].strip().lower(),
        href=_join(base, _attribute(node, "href")),
        title=_attribute(node, "title"),
    )


def _attribute(node: object, name: str) -> str:
    attributes = getattr(node, "attributes", None) or {}
    return (attributes.get(name) or "").strip()


def _decode(data: bytes) -> str:
    declared = _CHARSET.search(data[:4_096])
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(declared[1].decode("ascii"), errors="replace")
        except (LookupError, UnicodeError):
            pass
    return decode(data)


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _join(base: str, address: str) -> str:
    try:
        return find_http_url(urljoin(base, address))
    except ValueError:
        return ""


def _add_query(interface: str, route: str, query: dict[str, str]) -> str:
    """Give the address of a route: below the interface or, where WordPress has no own paths, in `rest_route`."""
    parts = urlsplit(interface)
    known = parse_qsl(parts.query, keep_blank_values=True)
    if not any(name == "rest_route" for name, _ in known):
        return f"{interface.rstrip('/')}/{route}?{urlencode(query)}"
    named = [(name, f"{value.rstrip('/')}/{route}" if name == "rest_route" else value) for name, value in known]
    return parts._replace(query=urlencode([*named, *query.items()], safe="/")).geturl()
