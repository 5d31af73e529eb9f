"""Discourse: topics, posts and lists of topics as its API gives them, live or saved.

The shapes are those of docs.discourse.org: `/t/ID.json`, `/t/ID/posts.json`, `/posts.json`, `/posts/ID.json`,
`/latest.json` and the pages of categories. Whispers, which only staff see, and what was hidden or deleted are not
imported; e-mail addresses are not read.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urljoin

from store.domain.comment import Channel, SourceItem, SourceProblem
from store.domain.viewer import Visibility
from store.errors import SourceError
from store.sources.addresses import read_path, read_query
from store.sources.dates import parse_date
from store.sources.files import SourceFile
from store.sources.format import Format, locate
from store.sources.head import Head
from store.sources.json import JsonRecord, iterate_json
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_object, as_text
from store.text.html import Element, parse_html
from store.text.slugs import title_of

_POSTS = ("post_stream.posts.item", "latest_posts.item", "private_posts.item")
# Any of these tells the format; a post's text may be too long for what follows it to be in the beginning.
_SHAPES = (
    ("post_stream.posts",),
    ("post_stream.stream",),
    ("latest_posts",),
    ("private_posts",),
    ("topic_list.topics",),
    ("category_list.categories",),
    ("users.item.username", "users.item.avatar_template"),
    ("username", "avatar_template", "created_at"),
    ("item.username", "item.avatar_template", "item.created_at"),
    ("errors.item", "error_type"),
)
_FURTHER = (
    "id",
    "post_stream.stream.item",
    "post_stream.posts.item",
    "topic_list.topics.item",
    "topic_list.more_topics_url",
)
# Lists of topics by what happened last, but for those that are pinned, and the pages that are always the same.
_BY_ACTIVITY = re.compile(r"/(?:latest|(?:c|tag)/(?!.*/l/(?!latest))[^?#]+)\.json$")
_ORDERS = frozenset({"order", "ascending", "page", "before", "status", "period", "f"})
_WHOLE = re.compile(r"/(?:t/(?:[^/]+/)?\d+|posts/\d+)\.json$")
# A topic's own page: one of its further posts may fail for reasons of its own.
_TOPIC = re.compile(r"/t/(?:[^/]+/)?(\d+)\.json$")
_BATCH = 20
_REGULAR = "1"
_KINDS = {"2": "a moderator's action", "3": "a small action", "4": "a whisper"}
# What Discourse's addresses go on with after the place it is installed at.
_PLACE = re.compile(r"(https?://[^/?#]+(?:/[^/?#]+)*?)/(?:t|posts|latest|new|top|hot|c|tag|tags|categories)(?:[/.?]|$)")
# An uploaded picture's address names the forum's host.
_AVATAR = re.compile(r'"avatar_template"\s*:\s*"(?P<root>[^"{}\s]*)/user_avatar/(?P<host>[\w.-]+(?::\d+)?)/')
_PUBLIC = Channel()
_NO_SLUGS = frozenset({"", "-", "topic"})


@dataclass(frozen=True, slots=True)
class _Topic:
    """What is known of a topic beside its posts."""

    id: str = ""
    title: str = ""
    slug: str = ""
    channel: Channel = _PUBLIC
    is_deleted: bool = False


def recognises(head: Head) -> bool:
    """Tell whether a file is a page of Discourse's API, by the keys that stand in it."""
    return any(head.json.has(*shape) for shape in _SHAPES)


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the posts of all pages.

    A topic's further pages tell neither its title nor that it is private: saved files are looked through first for
    that, in whatever order they come; of those that are fetched, a topic's first page comes first.
    """
    topics: dict[str, _Topic] = {}
    saved: list[SourceFile] = []
    for file in files:
        if file.name.startswith("http"):
            yield from locate(file, _parse_file(file, topics))
        else:
            saved.append(file)
    for file in saved if len(saved) > 1 else ():
        # What cannot be read on is told when the file is read for its posts.
        with suppress(SourceError):
            _read_topic(file, topics)
    for file in saved:
        yield from locate(file, _parse_file(file, topics))


def find_further(file: SourceFile) -> Iterator[str]:
    """Find a topic's posts that are not on its page; of a list, its topics and its next page."""
    yield from find_newer(file, None)


def find_newer(file: SourceFile, since: datetime | None) -> Iterator[str]:
    """Find the same; of a list, just the topics in which something happened since a time, as far as there are such."""
    base = _find_base(file)
    if not base or not file.name.startswith("http"):
        return
    found: dict[str, list[Any]] = {}
    for record in _values(file, *_FURTHER):
        found.setdefault(record.path, []).append(record.value)
    topics = [as_object(topic) for topic in found.get("topic_list.topics.item", [])]
    for topic in topics:
        if (known := _number(topic.get("id"))) and _is_newer(topic, since):
            yield f"{base}/t/{known}.json"
    ordered = [topic for topic in topics if not (topic.get("pinned") or topic.get("pinned_globally"))]
    if not ordered or _is_newer(ordered[-1], since):
        for following in found.get("topic_list.more_topics_url", []):
            yield from _find_next_list(file, as_text(following))
    yield from _find_missing(f"{base}/t/{_number(found.get('id', [None])[0])}/posts.json", found)


def _is_newer(topic: dict[str, Any], since: datetime | None) -> bool:
    """Tell whether something happened in a topic since a time; one that does not say when is asked for."""
    if since is None:
        return True
    moments = [parse_date(as_text(topic.get(name))) for name in ("bumped_at", "last_posted_at")]
    return not any(moments) or any(moment is not None and moment >= since for moment in moments)


def gives_part(url: str) -> bool:
    """Tell whether an address gives some of what is there, such as the latest posts."""
    path = read_path(url)
    return not (_BY_ACTIVITY.search(path) or _WHOLE.search(path)) or not _ORDERS.isdisjoint(read_query(url))


def since(url: str, _moment: datetime) -> str:
    """Give the address of a list that has what was active last first: itself."""
    return url if _BY_ACTIVITY.search(read_path(url)) and _ORDERS.isdisjoint(read_query(url)) else ""


def find_thread(url: str) -> str:
    """Give the topic that a page is of."""
    found = _TOPIC.search(read_path(url))
    return found[1] if found else ""


def _find_missing(address: str, found: dict[str, list[Any]]) -> Iterator[str]:
    """Give the addresses of a topic's posts that its page lists and does not hold, as many at once as are given out."""
    shown = {_number(as_object(post).get("id")) for post in found.get("post_stream.posts.item", [])}
    listed = dict.fromkeys(map(_number, found.get("post_stream.stream.item", [])))
    missing = [known for known in listed if known and known not in shown]
    for start in range(0, len(missing), _BATCH):
        yield f"{address}?{'&'.join(f'post_ids[]={known}' for known in missing[start : start + _BATCH])}"


def identify(file: SourceFile) -> str:
    """Give the forum's host, from the page's address or from the pictures in it."""
    base = _find_base(file)
    return f"discourse:{base.partition('://')[2].lower()}" if base else ""


def _find_next_list(file: SourceFile, following: str) -> Iterator[str]:
    """Give the next page of a list: the address that people are shown, as JSON."""
    path, _, query = following.partition("?")
    if path.startswith("/") and not path.startswith("//"):
        yield urljoin(file.name, f"{path.removesuffix('.json')}.json" + (f"?{query}" if query else ""))


def _parse_file(file: SourceFile, topics: dict[str, _Topic]) -> Iterator[SourceItem]:
    base = _find_base(file)
    topic = _read_topic(file, topics)
    for record in read_json(file, *_post_paths(file)):
        if isinstance(record, SourceProblem):
            yield record
        elif record.path == "errors.item":
            yield SourceProblem(record.place, "the forum answered with an error instead of posts")
        elif isinstance(record.value, dict):
            post = record.value
            own = topic if topic.id else topics.get(as_text(post.get("topic_id")), topic)
            yield from _parse_post(record, own, base).finish()
        else:
            yield SourceProblem(record.place, "it is no post")


def _post_paths(file: SourceFile) -> tuple[str, ...]:
    outline = Head.read(file).json
    if outline.has("item"):
        return ("item",)
    return ("",) if outline.has("avatar_template") else (*_POSTS, "errors.item")


def _read_topic(file: SourceFile, topics: dict[str, _Topic]) -> _Topic:
    """Read what stands about a topic before and after its posts; what an earlier page told is kept."""
    found: dict[str, Any] = {}
    people: list[str] = []
    for record in _values(
        file, "id", "title", "slug", "archetype", "deleted_at", "details.allowed_users.item", "cooked"
    ):
        if record.path == "details.allowed_users.item":
            people += [f"discourse:{known}" for known in [_number(as_object(record.value).get("id"))] if known]
        else:
            found[record.path] = record.value
    topic_id = _number(found.get("id"))
    if "cooked" in found or not topic_id:
        return _Topic()
    if "title" in found:
        channel = _private_channel(people) if found.get("archetype") == "private_message" else _PUBLIC
        topics[topic_id] = _Topic(
            topic_id, as_text(found["title"]), as_text(found.get("slug")), channel, bool(found.get("deleted_at"))
        )
    return topics.get(topic_id, _Topic(topic_id))


def _private_channel(people: list[str]) -> Channel:
    return Channel("", Visibility.limited("people", people))


def _parse_post(record: JsonRecord, topic: _Topic, base: str) -> RawComment:
    post = record.value
    topic_id, number = _number(post.get("topic_id")) or topic.id, _number(post.get("post_number"))
    answered = _number(post.get("reply_to_post_number"))
    slug = as_text(post.get("topic_slug")) or topic.slug
    thread_url = "/".join(part for part in (base, "t", quote(slug, safe="%", errors="replace"), topic_id) if part)
    username = as_text(post.get("username"))
    return RawComment(
        id=f"{topic_id}/{number}" if topic_id and number else "",
        text=parse_html(as_text(post.get("cooked")), _replace),
        thread=topic_id,
        title=topic.title or post.get("topic_title") or ("" if slug in _NO_SLUGS else title_of(slug)),
        thread_url=thread_url if base else "",
        author=as_text(post.get("name")).strip() or username,
        account=username,
        also=(username,),
        published=post.get("created_at"),
        # The date alone changes with much else, too.
        edited=post.get("updated_at") if post.get("version") not in (None, 1) else "",
        url=f"{thread_url}/{number}" if base else "",
        parent=f"{topic_id}/{answered}" if answered else "",
        channel=_private_channel([]) if record.path == "private_posts.item" else topic.channel,
        position=int(number) if 0 < len(number) < 10 else None,  # noqa: PLR2004  # as many as any database holds
        skipped=_why_skipped(post, topic),
        place=record.place,
    )


def _why_skipped(post: dict[str, Any], topic: _Topic) -> str:
    if topic.is_deleted or post.get("deleted_at") or post.get("user_deleted"):
        return "deleted"
    if post.get("hidden"):
        return "hidden"
    kind = as_text(post.get("post_type", 1))
    return "" if kind == _REGULAR else _KINDS.get(kind, "of a kind that is no post")


def _replace(element: Element) -> str | None:
    """Say what Discourse's own markup means, as `cooked` has it."""
    if element.tag not in ("div", "aside"):
        return None
    classes = (element.attributes.get("class") or "").split()
    if element.tag == "aside":
        return _address_of(element) if "onebox" in classes else None
    return "" if "quote-controls" in classes or "lightbox-wrapper" in classes else None


def _address_of(onebox: Element) -> str:
    """Give the address that was shown with a preview: the preview is not the author's words."""
    address = onebox.attributes.get("data-onebox-src")
    link = None if address else onebox.css_first("a[href]")
    return f"\n\n{address or ('' if link is None else link.attributes.get('href')) or ''}\n\n"


def _find_base(file: SourceFile) -> str:
    """Give the address that the forum is installed at; empty where nothing tells."""
    found = _PLACE.match(file.name)
    if found:
        return found[1]
    avatar = _AVATAR.search(Head.read(file).text)
    if not avatar:
        return ""
    # A picture that is served from elsewhere says nothing about the folder.
    root = "" if avatar["root"].startswith(("http", "//")) else avatar["root"]
    return f"https://{avatar['host']}{root}"


def _values(file: SourceFile, *paths: str) -> Iterator[JsonRecord]:
    return (record for record in iterate_json(file, *paths) if isinstance(record, JsonRecord))


def _number(value: Any) -> str:
    """Give one of Discourse's numbers as text; what is none as an empty one."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15 else ""


FORMAT = Format(
    "discourse",
    recognises,
    parse,
    find_further,
    identify,
    gives_part=gives_part,
    since=since,
    find_newer=find_newer,
    find_thread=find_thread,
)
