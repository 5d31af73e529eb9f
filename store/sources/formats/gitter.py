"""Gitter: pages of its API's messages, and descriptions of rooms beside them.

https://developer.gitter.im/docs/messages-resource: an array of messages, which do not name their room; where just one
room is described beside them, they are that room's. Left out: deleted messages, which have no text. A message that came
over a bridge has its author in `virtualUser`. A thread is a discussion; else it is the room's day.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from store.domain.comment import Channel, SourceItem, SourceProblem
from store.domain.viewer import NOBODY, PUBLIC, Visibility
from store.sources.dates import parse_date
from store.sources.days import day_of
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, locate
from store.sources.head import Head, sort_out
from store.sources.json import JsonFault, JsonOutline, JsonRecord, iterate_json
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_object, as_text
from store.text.cleaning import clean_line, clean_name

_ID = re.compile(r"[0-9a-f]{24}")
_URI = re.compile(r"[\w.-]+(?:/[\w.-]+)*")
_TITLE_CHARS = 80


def recognises(head: Head) -> bool:
    """Tell whether a file is a page of messages or describes rooms, by what its records hold."""
    return _holds_messages(head.json) or _holds_rooms(head.json)


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the comments of all pages: rooms first, whatever the files' order."""
    rooms, pages = sort_out(files, _holds_rooms)
    talk = _Talk()
    for file in rooms:
        yield from locate(file, talk.read_rooms(file))
    for file in pages:
        yield from locate(file, _parse_page(file, talk))


def _holds_messages(outline: JsonOutline) -> bool:
    is_known = _ID.fullmatch(outline.values.get("item.id", ""))
    return bool(is_known) and outline.has("item.text", "item.sent")


def _holds_rooms(outline: JsonOutline) -> bool:
    return any(
        _ID.fullmatch(outline.values.get(f"{prefix}id", ""))
        and outline.has(f"{prefix}name", f"{prefix}oneToOne")
        and not outline.has(f"{prefix}text")
        for prefix in ("", "item.")
    )


@dataclass(frozen=True, slots=True)
class _Room:
    id: str = ""
    uri: str = ""
    channel: Channel = Channel("")  # noqa: RUF009  # frozen


@dataclass(slots=True)
class _Talk:
    rooms: list[_Room] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)

    @property
    def room(self) -> _Room:
        """Give the only room; where there are several, nothing tells which, and nobody may see it."""
        if len(self.rooms) == 1:
            return self.rooms[0]
        return _Room(channel=Channel("", NOBODY)) if self.rooms else _Room()

    def read_rooms(self, file: SourceFile) -> Iterator[SourceProblem]:
        """Take in a page that describes rooms."""
        for record in iterate_json(file, Head.read(file).records_path):
            if isinstance(record, JsonFault):
                yield SourceProblem(record.place, record.reason)
            else:
                self.rooms.append(_read_room(as_object(record.value)))


def _read_room(record: dict[str, Any]) -> _Room:
    native_id, uri = as_text(record.get("id")), as_text(record.get("uri"))
    is_public = (
        record.get("oneToOne") is False
        and record.get("public", True) is True
        and record.get("security")
        in (
            None,
            "PUBLIC",
        )
    )
    limited = Visibility("channel", frozenset({native_id})) if _ID.fullmatch(native_id) else NOBODY
    channel = Channel(clean_name(as_text(record.get("name"))), PUBLIC if is_public else limited)
    return _Room(native_id, uri if _URI.fullmatch(uri) else "", channel)


def _parse_page(file: SourceFile, talk: _Talk) -> Iterator[SourceItem]:
    for record in read_json(file, "item"):
        if isinstance(record, SourceProblem):
            yield record
        else:
            yield from _parse_message(record, as_object(record.value), talk)


def _parse_message(record: JsonRecord, message: dict[str, Any], talk: _Talk) -> Iterator[SourceItem]:
    room, native_id = talk.room, as_text(message.get("id"))
    text, sent, parent = (as_text(message.get(name)) for name in ("text", "sent", "parentId"))
    thread = parent or (native_id if as_text(message.get("threadMessageCount")) not in ("", "0") else "")
    day, day_title = day_of(room.id, room.channel.name or "Gitter", parse_date(sent))
    if thread == native_id:
        talk.titles[thread] = clean_line(text, _TITLE_CHARS) or day_title
    yield from RawComment(
        id=native_id,
        text=text,
        thread=thread or day.removeprefix(":"),
        title=talk.titles.get(thread, "") if thread else day_title,
        thread_url=_find_url(room, thread) if thread else "",
        published=sent,
        edited=as_text(message.get("editedAt")),
        url=_find_url(room, native_id),
        parent=parent,
        channel=room.channel,
        skipped="" if text.strip() else "deleted",
        place=record.place,
        **_read_author(message),
    ).finish()


def _find_url(room: _Room, native_id: str) -> str:
    """Give a message's address, as Gitter's own archive has it."""
    return f"https://gitter.im/{room.uri}?at={native_id}" if room.uri and _ID.fullmatch(native_id) else ""


def _read_author(message: dict[str, Any]) -> dict[str, Any]:
    bridged = as_object(message.get("virtualUser"))
    user = bridged or as_object(message.get("fromUser"))
    account = as_text(bridged.get("externalId") if bridged else user.get("id"))
    names = [as_text(user.get("displayName")), as_text(user.get("username"))]
    name = next((name for name in names if name.strip()), "")
    return {"author": name, "account": account, "also": names}


FORMAT = Format("gitter", recognises, parse, coverage=Coverage.PART)
