"""Discord: channels exported by DiscordChatExporter as JSON, a file each.

Written by its `JsonMessageWriter.cs`: guild and channel come before the messages, mentions are names already. What
Discord itself says (joins, pins, boosts, calls) and what bots write is left out. Addresses of attached files hold
tokens and are never kept. A guild's channels are public here, as far as the file tells; direct messages and private
threads are not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from store.domain.comment import Channel, SkippedRecord, SourceItem, SourceProblem
from store.domain.viewer import NOBODY, PUBLIC, Visibility
from store.sources.dates import parse_date
from store.sources.days import day_of
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, each
from store.sources.head import Head
from store.sources.json import JsonRecord
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_object, as_text
from store.text.cleaning import clean_line, clean_name

_SAID = {"Default", "Reply", "0", "19"}
_DIRECT = {"DirectTextChat", "DirectGroupTextChat", "DirectMessage", "DirectGroupMessage"}
_PRIVATE = {*_DIRECT, "GuildPrivateThread"}
_THREADS = {"GuildPublicThread", "GuildPrivateThread", "GuildNewsThread"}
# People paste addresses of attached files, too.
_FILE_TOKEN = re.compile(r"(https?://(?:cdn|media)\.discordapp\.(?:com|net)/[^\s?<>]{1,500})\?[^\s<>)\]]{1,500}")
# The account that stands for everyone who deleted theirs.
_NOBODY = "456226577798135808"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where all of a file was said."""

    guild: str
    id: str
    type: str
    name: str
    category: str

    @property
    def channel(self) -> Channel:
        # Of a thread, the category is the channel it belongs to.
        name = self.category or self.name if self.type in _THREADS else self.name
        if self.type.startswith("Guild") and self.type != "GuildPrivateThread":
            return Channel(name, PUBLIC)
        is_known = self.id and self.type in _PRIVATE
        return Channel(name, Visibility("channel", frozenset({self.id})) if is_known else NOBODY)

    @property
    def url(self) -> str:
        guild = "@me" if self.type in _DIRECT else self.guild
        return f"https://discord.com/channels/{guild}/{self.id}" if guild and self.id else ""

    def find_discussion(self, date: str) -> tuple[str, str]:
        """Give the discussion's id and title: a thread is one, other talk is one a day."""
        if self.type in _THREADS:
            return self.id, self.name
        return day_of(
            self.id, self.name if self.type in _DIRECT or not self.name else f"#{self.name}", parse_date(date)
        )


def recognises(head: Head) -> bool:
    """Tell whether a guild and a channel stand before messages."""
    return head.json.has("guild.id", "guild.name", "channel.id", "channel.type", "messages")


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of a channel's export."""
    place = _read_place(file)
    for record in read_json(file, "messages.item"):
        if isinstance(record, SourceProblem):
            yield record
        else:
            yield from _read_message(record, place)


def identify(file: SourceFile) -> str:
    """Name the guild; direct messages belong to none, and are named by their channel."""
    place = _read_place(file)
    if place.guild and place.type not in _DIRECT:
        return f"discord:{place.guild}"
    return f"discord:@me/{place.id}" if place.id else ""


def _read_place(file: SourceFile) -> _Place:
    """Read what the file says of its guild and channel, which is what stands first."""
    found: dict[str, dict[str, Any]] = {}
    for record in read_json(file, "guild", "channel"):
        if isinstance(record, JsonRecord):
            found.setdefault(record.path, as_object(record.value))
        if "channel" in found:
            break
    channel = found.get("channel", {})
    number, kind = (clean_line(as_text(channel.get(name))) for name in ("id", "type"))
    name, category = (clean_name(as_text(channel.get(name))) for name in ("name", "category"))
    return _Place(clean_line(as_text(found.get("guild", {}).get("id"))), number, kind, name, category)


def _read_message(record: JsonRecord, place: _Place) -> Iterator[SourceItem]:
    written = as_object(record.value)
    native_id, author = clean_line(as_text(written.get("id"))), as_object(written.get("author"))
    is_noise = as_text(written.get("type")) not in _SAID
    if native_id and (is_noise or author.get("isBot") is True):
        yield SkippedRecord(native_id, "a notice" if is_noise else "a bot's")
        return
    account, date = as_text(author.get("id")), as_text(written.get("timestamp"))
    thread, title = place.find_discussion(date)
    yield from RawComment(
        id=native_id,
        text=_FILE_TOKEN.sub(r"\1", as_text(written.get("content"))),
        thread=thread,
        title=title,
        thread_url=place.url if place.type in _THREADS else "",
        author=author.get("nickname") or author.get("name"),
        account="" if account == _NOBODY else account,
        also=[author.get("name")],
        published=date,
        edited=written.get("timestampEdited"),
        url=f"{place.url}/{native_id}" if place.url else "",
        parent=_find_parent(written),
        channel=place.channel,
        place=record.place,
    ).finish()


def _find_parent(written: dict[str, Any]) -> str:
    """Give what a reply answers; pins, forwards and messages from other guilds refer to something too."""
    is_reply = as_text(written.get("type")) in ("Reply", "19")
    return as_text(as_object(written.get("reference")).get("messageId")) if is_reply else ""


FORMAT = Format("discord", recognises, each(parse), identify=identify, coverage=Coverage.PART)
