"""Rocket.Chat: pages of its API's messages, and descriptions of rooms beside them.

https://developer.rocket.chat/apidocs: channels.history, groups.history, im.history, channels.messages, chat.getMessage,
chat.getThreadMessages; channels.info, channels.list, rooms.info and the like. They do not tell the server's address, so
there are no links. Text is Markdown and kept. A thread is a discussion; what stands in no thread belongs to the room's
day. Left out: what the system or bots posted, encrypted messages, and hidden ones: earlier versions of edited ones.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from store.domain.comment import Channel, SourceItem, SourceProblem
from store.domain.viewer import NOBODY, PUBLIC, Visibility
from store.sources.dates import parse_date
from store.sources.days import day_of
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, locate
from store.sources.head import Head, sort_out
from store.sources.json import JsonFault, JsonOutline, JsonRecord, iterate_json
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.cleaning import clean_line, clean_name

_ID = re.compile(r"[A-Za-z0-9._@-]+")
_PUBLIC, _DIRECT = "c", "d"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TITLE_CHARS = 80
# A reply that quotes begins with a link without words to the message it quotes.
_QUOTE_LINK = re.compile(r"\[\s{0,9}\]\(https?://[^\s()]{1,500}\)\s?")
_REASONS = {"rm": "deleted", "e2e": "encrypted"}

_MESSAGE_PATHS = ("messages.item", "message")
_ROOM_PATHS = ("channel", "group", "room", "channels.item", "groups.item", "ims.item")


def recognises(head: Head) -> bool:
    """Tell whether a file is a page of the API, by what its records hold."""
    outline = head.json
    return _holds_messages(outline) or _holds_rooms(outline) or _holds_none(outline)


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the comments of all pages: rooms first, whatever the files' order."""
    rooms, pages = sort_out(files, _holds_rooms)
    talk = _Talk()
    for file in rooms:
        yield from locate(file, talk.read_rooms(file))
    for file in pages:
        yield from locate(file, _parse_page(file, talk))


def _holds_messages(outline: JsonOutline) -> bool:
    return any(outline.has(f"{path}._id", f"{path}.rid", f"{path}.ts") for path in _MESSAGE_PATHS)


def _holds_rooms(outline: JsonOutline) -> bool:
    return any(outline.has(f"{path}._id", f"{path}.t") for path in _ROOM_PATHS)


def _holds_none(outline: JsonOutline) -> bool:
    """Tell pages of people, pages without messages, and errors."""
    if not outline.has("success"):
        return False
    is_people = outline.has("user._id", "user.username") or outline.has("users.item._id", "users.item.username")
    is_empty = outline.has("messages", "count", "offset", "total") and outline.values.get("total") == "0"
    return is_people or is_empty or outline.has("error", "errorType")


@dataclass(slots=True)
class _Talk:
    """The rooms that pages describe, and the titles of the threads read so far."""

    rooms: dict[str, Channel] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def read_rooms(self, file: SourceFile) -> Iterator[SourceProblem]:
        """Take in a page that describes rooms."""
        for record in iterate_json(file, *_ROOM_PATHS):
            if isinstance(record, JsonFault):
                yield SourceProblem(record.place, record.reason)
            else:
                room = as_object(record.value)
                self.rooms[as_text(room.get("_id"))] = _read_room(room)

    def find_room(self, native_id: str) -> Channel:
        """Find a room; one that is missing where others are described is hidden for a reason."""
        return self.rooms.get(native_id) or Channel("", NOBODY if self.rooms else PUBLIC)


def _read_room(room: dict[str, Any]) -> Channel:
    kind, native_id = as_text(room.get("t")), as_text(room.get("_id"))
    name = clean_name(as_text(room.get("fname"))) or clean_name(as_text(room.get("name")))
    if kind == _PUBLIC:
        return Channel(name, PUBLIC)
    if kind == _DIRECT:
        names = [as_text(name) for name in as_list(room.get("usernames"))]
        shown = clean_name(f"direct message of {' and '.join(names)}" if names else "direct message")
        return Channel(shown, _limit("people", [as_text(user) for user in as_list(room.get("uids"))]))
    return Channel(name, _limit("channel", [native_id]))


def _limit(kind: str, ids: list[str]) -> Visibility:
    return Visibility.limited(kind, filter(_ID.fullmatch, ids))


def _parse_page(file: SourceFile, talk: _Talk) -> Iterator[SourceItem]:
    for record in iterate_json(file, *_MESSAGE_PATHS):
        if isinstance(record, JsonFault):
            yield SourceProblem(record.place, record.reason)
        elif record.path != "message" or isinstance(record.value, dict):
            # An error's message is a text.
            yield from (SourceProblem(record.place, fault) for fault in record.faults)
            yield from _parse_message(record, as_object(record.value), talk)


def _parse_message(record: JsonRecord, message: dict[str, Any], talk: _Talk) -> Iterator[SourceItem]:
    native_id, room_id, root = (as_text(message.get(name)) for name in ("_id", "rid", "tmid"))
    channel, sent = talk.find_room(room_id), _read_date(message.get("ts"))
    text, skipped = _read_text(message), _why_skipped(message)
    thread = root or (native_id if as_text(message.get("tcount")) not in ("", "0") else "")
    day, day_title = day_of(room_id, _show(channel), parse_date(sent))
    if thread == native_id:
        talk.titles[thread] = clean_line(text, _TITLE_CHARS) if text.strip() and not skipped else day_title
    yield from RawComment(
        id=native_id,
        text=text,
        thread=thread or day,
        title=talk.titles.get(thread, "") if thread else day_title,
        published=sent,
        edited=_read_date(message.get("editedAt")),
        parent=root,
        channel=channel,
        skipped=skipped,
        place=record.place,
        **_read_author(message),
    ).finish()


def _show(channel: Channel) -> str:
    return f"#{channel.name}" if channel.name and channel.visibility == PUBLIC else channel.name


def _why_skipped(message: dict[str, Any]) -> str:
    kind = as_text(message.get("t"))
    if message.get("_hidden"):
        return "earlier version"
    if kind:
        return _REASONS.get(kind) or "system message"
    return "bot message" if message.get("bot") else ""


def _read_text(message: dict[str, Any]) -> str:
    """Give what was said; of files without a word what is written below them, or their names."""
    text = _QUOTE_LINK.sub("", as_text(message.get("msg")))
    if text.strip():
        return text
    attachments = [as_object(attachment) for attachment in as_list(message.get("attachments"))]
    below = [as_text(attachment.get("description")) for attachment in attachments]
    files = [as_object(file) for file in (*as_list(message.get("files")), message.get("file"))]
    names = [as_text(file.get("name")) for file in files if not as_text(file.get("name")).startswith("thumb-")]
    return "\n".join(filter(None, below)) or ", ".join(dict.fromkeys(filter(None, names)))


def _read_date(value: Any) -> str:
    """Give a date as text: ISO 8601, or milliseconds since 1970, bare or under "$date" as the database dumps them."""
    if isinstance(value, dict):
        value = value.get("$date")
    if not isinstance(value, int) or isinstance(value, bool):
        return as_text(value)
    try:
        return (_EPOCH + timedelta(milliseconds=value)).isoformat()
    except OverflowError:
        return str(value)


def _read_author(message: dict[str, Any]) -> dict[str, Any]:
    user = as_object(message.get("u"))
    names = [as_text(value) for value in (message.get("alias"), user.get("name"), user.get("username"))]
    name = next((name for name in names if name.strip()), "")
    return {"author": name, "account": as_text(user.get("_id")), "also": names[1:]}


FORMAT = Format("rocketchat", recognises, parse, coverage=Coverage.PART)
