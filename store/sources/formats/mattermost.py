"""Mattermost: pages of its API (posts, users, channels) and its bulk export (JSONL).

The API: https://api.mattermost.com, `{"order": […], "posts": {id: post}}`; a page holds the first posts of its threads,
too. The export: https://docs.mattermost.com/onboard/bulk-loading-data-format.html, in which posts have no ids: one is
known by its channel, time and author, as Mattermost's own import does it, and is another comment than the API's.

Neither tells the server's address, so there are no links. Text is Markdown and kept. A thread is a discussion; what
stands in no thread belongs to the channel's day. Left out: what the system or bots posted, deleted posts and earlier
versions of edited ones. E-mail addresses are not read.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from store.domain.comment import Channel, SourceItem, SourceProblem
from store.domain.viewer import NOBODY, PUBLIC, Visibility
from store.errors import SourceError
from store.sources.days import day_of
from store.sources.decoding import STRAY_BYTE_MARK, read_lines
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, locate
from store.sources.head import Head, read_outline_of
from store.sources.json import MAX_RECORD_CHARS, JsonFault, JsonOutline, JsonRecord, iterate_json
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.cleaning import clean_line, clean_name

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_POST = re.compile(r"posts\.[^.]+\.create_at")
_KEPT_TYPES = {"", "me"}
# Direct messages have channels of these types: of two people, and of a group.
_DIRECT, _GROUP = "D", "G"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TITLE_CHARS = 80
_SHOWN_CHARS = 80

_POSTS, _EXPORT, _LISTING, _NO_TALK = "posts", "export", "listing", "no talk"


def recognises(head: Head) -> bool:
    """Tell whether a file is a bulk export or a page of the API, by what its records hold."""
    return bool(_find_kind(head.json))


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the comments of pages and exports: who and where first, whatever the files' order."""
    kinds = [(_find_kind(read_outline_of(file)), file) for file in files]
    talk = _Talk()
    for kind, file in kinds:
        if kind == _LISTING:
            yield from locate(file, talk.read_listing(file))
        elif kind not in (_EXPORT, _NO_TALK):
            talk.note_roots(file)
    for kind, file in kinds:
        if kind == _EXPORT:
            yield from locate(file, _parse_export(file, talk))
        elif kind not in (_LISTING, _NO_TALK):
            yield from locate(file, _parse_page(file, talk))


def _find_kind(outline: JsonOutline) -> str:
    values = outline.values
    if values.get("type") == "version" and outline.has("version"):
        return _EXPORT
    if outline.has("order") and (_is_empty_page(outline) or any(_POST.fullmatch(path) for path in outline.paths)):
        return _POSTS
    if any(_holds_user(outline, prefix) or _holds_channel(outline, prefix) for prefix in ("", "item.")):
        return _LISTING
    is_error = outline.has("status_code", "request_id", "message", "id")
    return _NO_TALK if is_error or outline.has("allow_open_invite", "create_at", "display_name") else ""


def _is_empty_page(outline: JsonOutline) -> bool:
    return outline.has("posts") and not any(path.startswith(("order.", "posts.")) for path in outline.paths)


def _holds_user(outline: JsonOutline, prefix: str) -> bool:
    return outline.has(*(prefix + name for name in ("id", "username", "create_at", "nickname", "roles")))


def _holds_channel(outline: JsonOutline, prefix: str) -> bool:
    is_typed = outline.values.get(f"{prefix}type") in ("O", "P", _DIRECT, _GROUP)
    return is_typed and outline.has(*(prefix + name for name in ("id", "team_id", "create_at", "display_name", "name")))


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    also: tuple[str, ...]

    @classmethod
    def read(cls, user: dict[str, Any]) -> "_Person":
        full = f"{as_text(user.get('first_name'))} {as_text(user.get('last_name'))}"
        written = (as_text(user.get("nickname")), full, as_text(user.get("username")))
        names = [name for name in dict.fromkeys(map(clean_name, written)) if name]
        return cls(names[0] if names else "", tuple(names[1:]))


@dataclass(slots=True)
class _Talk:
    """What the files say of people and channels, and the titles of the threads read so far."""

    people: dict[str, _Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)

    def note_roots(self, file: SourceFile) -> None:
        """Note which posts are answered: on other pages, too, a first post may stand without its replies."""
        try:
            for record in iterate_json(file, "posts"):
                if isinstance(record, JsonRecord):
                    self.roots.update(map(_find_root, as_object(record.value).values()))
        except SourceError:
            # Told when its posts are read.
            return

    def read_listing(self, file: SourceFile) -> Iterator[SourceProblem]:
        """Take in a page of users or channels."""
        for record in iterate_json(file, Head.read(file).records_path):
            if isinstance(record, JsonFault):
                yield SourceProblem(record.place, record.reason)
            else:
                self._take(as_object(record.value))

    def _take(self, record: dict[str, Any]) -> None:
        native_id = as_text(record.get("id"))
        if "username" in record:
            self.people[native_id] = _Person.read(record)
        else:
            members = as_text(record.get("name")).split("__") if record.get("type") == _DIRECT else []
            self.channels[native_id] = self.make_channel(record, native_id, members)

    def make_channel(self, record: dict[str, Any], native_id: str, members: list[str]) -> Channel:
        """Make a channel with those who may see it: what is not called open is not."""
        kind = as_text(record.get("type"))
        name = clean_name(as_text(record.get("display_name"))) or clean_name(as_text(record.get("name")))
        if kind in (_DIRECT, _GROUP):
            return self.make_direct(members, name if kind == _GROUP else "")
        return Channel(name, PUBLIC if kind == "O" else _limit("channel", [native_id]))

    def make_direct(self, members: list[str], name: str = "") -> Channel:
        """Make the channel of a direct message."""
        shown = name or " and ".join(self.name(member) for member in members)
        return Channel(
            clean_name(f"direct message of {shown}" if shown else "direct message"), _limit("people", members)
        )

    def name(self, account: str) -> str:
        """Give a person's name; their account where it is not told."""
        person = self.people.get(account)
        return person.name if person else account

    def find_channel(self, native_id: str) -> Channel:
        """Find a channel; one that is missing where others are listed is hidden for a reason."""
        return self.channels.get(native_id) or Channel("", NOBODY if self.channels else PUBLIC)


def _limit(kind: str, ids: list[str]) -> Visibility:
    return Visibility.limited(kind, filter(_NAME.fullmatch, ids))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a post stands: its channel, and the post it answers; `has_replies` makes a first post a thread's."""

    channel_id: str
    channel: Channel
    root: str = ""
    has_replies: bool = False


def _parse_page(file: SourceFile, talk: _Talk) -> Iterator[SourceItem]:
    for record in iterate_json(file, "posts"):
        if isinstance(record, JsonFault):
            yield SourceProblem(record.place, record.reason)
            continue
        yield from (SourceProblem("posts", fault) for fault in record.faults)
        posts = map(as_object, as_object(record.value).values())
        # What begins a thread comes first, so that its title is known.
        for post in sorted(posts, key=lambda post: _find_root(post) != ""):
            yield from _parse_api_post(post, talk)


def _find_root(post: Any) -> str:
    return as_text(as_object(post).get("root_id"))


def _parse_api_post(post: dict[str, Any], talk: _Talk) -> Iterator[SourceItem]:
    native_id, channel_id = as_text(post.get("id")), as_text(post.get("channel_id"))
    has_replies = native_id in talk.roots or as_text(post.get("reply_count")) not in ("", "0")
    place = _Place(channel_id, talk.find_channel(channel_id), _find_root(post), has_replies)
    files = as_list(as_object(post.get("metadata")).get("files"))
    titles = [as_text(as_object(file).get("name")) for file in files]
    yield from _parse_post(post, native_id, as_text(post.get("user_id")), place, talk, titles)


def _parse_export(file: SourceFile, talk: _Talk) -> Iterator[SourceItem]:
    """Read an export line by line: Mattermost writes channels and people before posts."""
    for number, line in enumerate(read_lines(file, MAX_RECORD_CHARS), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line.replace(STRAY_BYTE_MARK, ""), strict=False)
        except (ValueError, RecursionError):
            yield SourceProblem(f"line {number}: {clean_line(line[:_SHOWN_CHARS])!r}", "the line is not JSON")
            continue
        yield from _parse_line(as_object(record), f"line {number}", talk)


def _parse_line(line: dict[str, Any], place: str, talk: _Talk) -> Iterator[SourceItem]:
    kind = as_text(line.get("type"))
    record = as_object(line.get(kind))
    if kind == "channel":
        channel_id = _name_channel(record.get("team"), record.get("name"))
        talk.channels[channel_id] = talk.make_channel(record, channel_id, [])
    elif kind == "user":
        talk.people[as_text(record.get("username"))] = _Person.read(record)
    elif kind == "post":
        channel_id = _name_channel(record.get("team"), record.get("channel"))
        yield from _parse_thread(record, _Place(channel_id, talk.find_channel(channel_id)), place, talk)
    elif kind == "direct_post":
        members = sorted({as_text(member) for member in as_list(record.get("channel_members"))})
        channel = talk.make_direct(members)
        yield from _parse_thread(record, _Place(f"direct:{','.join(members)}", channel), place, talk)


def _name_channel(team: Any, name: Any) -> str:
    return f"{as_text(team)}/{as_text(name)}"


def _parse_thread(post: dict[str, Any], at: _Place, place: str, talk: _Talk) -> Iterator[SourceItem]:
    """Read a post of an export and the replies inside it."""
    if _find_date(post.get("create_at")) is None:
        # It is known by its time.
        yield SourceProblem(place, "the post has no time that can be read: left out")
        return
    replies = [as_object(reply) for reply in as_list(post.get("replies"))]
    root = _name_post(post, at)
    begun = _Place(at.channel_id, at.channel, has_replies=bool(replies))
    yield from _parse_post(post, root, as_text(post.get("user")), begun, talk, [])
    answering = _Place(at.channel_id, at.channel, root)
    for reply in replies:
        if _find_date(reply.get("create_at")) is None:
            yield SourceProblem(place, "the post has no time that can be read: left out")
        else:
            yield from _parse_post(reply, _name_post(reply, at), as_text(reply.get("user")), answering, talk, [])


def _name_post(post: dict[str, Any], at: _Place) -> str:
    return f"{at.channel_id}:{as_text(post.get('create_at'))}:{as_text(post.get('user'))}"


def _parse_post(  # what API and export have in common
    post: dict[str, Any], native_id: str, account: str, at: _Place, talk: _Talk, titles: list[str]
) -> Iterator[SourceItem]:
    said_at = _find_date(post.get("create_at"))
    text, skipped = as_text(post.get("message")), _why_skipped(post)
    text = text if text.strip() else ", ".join(filter(None, titles))
    day, day_title = day_of(at.channel_id, at.channel.name, said_at)
    thread = at.root or (native_id if at.has_replies else "")
    if thread == native_id:
        talk.titles[thread] = clean_line(text, _TITLE_CHARS) if text.strip() and not skipped else day_title
    person = talk.people.get(account)
    edited = _find_date(post.get("edit_at"))
    yield from RawComment(
        id=native_id,
        text=text,
        thread=thread or day,
        title=talk.titles.get(thread, "") if thread else day_title,
        author=person.name if person else account,
        account=account,
        also=person.also if person else (),
        published=said_at or as_text(post.get("create_at")),
        edited=edited,
        parent=at.root,
        channel=at.channel,
        skipped=skipped,
        place="a post",
    ).finish()


def _why_skipped(post: dict[str, Any]) -> str:
    kind, props = as_text(post.get("type")), as_object(post.get("props"))
    if post.get("original_id"):
        return "earlier version"
    if post.get("delete_at"):
        return "deleted"
    if kind not in _KEPT_TYPES:
        return clean_line(kind.replace("_", " "), 40)
    is_bots = any(as_text(props.get(name)).lower() == "true" for name in ("from_bot", "from_webhook"))
    return "bot message" if is_bots else ""


def _find_date(milliseconds: Any) -> datetime | None:
    """Read milliseconds since 1970; 0 stands for never."""
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool) or milliseconds <= 0:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


FORMAT = Format("mattermost", recognises, parse, coverage=Coverage.PART)
