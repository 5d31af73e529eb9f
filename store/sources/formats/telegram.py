"""Telegram: Telegram Desktop's export (`result.json`) of one chat or of an account, and updates from the Bot API.

The export is written by `export_output_json.cpp` of Telegram Desktop: of a chat, its name, type and id come before its
messages. The updates are described at core.telegram.org/bots/api. Both number a chat's messages alike, and chats too
once the Bot API's signs are taken off, so that they give the same comments. Only public chats are public here; what
somebody forwarded is kept under the name of who said it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from store.domain.comment import ANONYMOUS, Channel, SkippedRecord, SourceItem, SourceProblem
from store.domain.viewer import NOBODY, PUBLIC, Visibility
from store.sources.dates import parse_date
from store.sources.days import day_of
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, each
from store.sources.head import Head
from store.sources.json import JsonRecord
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.cleaning import clean_line, clean_name

_PUBLIC = {"public_supergroup", "public_channel"}
_CLOSED = {"private_group", "private_supergroup", "private_channel"}
_PEOPLE = {"personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes"}
_NAMELESS = {"saved_messages": "Saved messages", "replies": "Replies", "verification_codes": "Verification codes"}
# One chat is the document itself; an account's chats are in two lists.
_PLACES = ("", "chats.list.item.", "left_chats.list.item.")
_PATHS = tuple(f"{place}{name}" for place in _PLACES for name in ("name", "type", "id", "messages.item"))
_NO_VALUE = ("", "null")
# Until 2021 groups and channels had this added to their numbers, and accounts were numbers alone.
_OLD_MARK, _OLD_NUMBERS = 2**33, 2**32
# At the beginning of 1970, in zones east and west of it.
_NEVER = ("1970-01-01", "1969-12-31")
_UPDATES = ("message", "edited_message", "channel_post", "edited_channel_post")


@dataclass(slots=True)
class _Chat:
    """A chat as far as it was read. `topics` holds titles by number, `topic_of` the topic of each message in one."""

    name: str = ""
    type: str = ""
    id: str = ""
    known: set[str] = field(default_factory=set)
    topics: dict[str, str] = field(default_factory=dict)
    topic_of: dict[str, str] = field(default_factory=dict)

    @property
    def channel(self) -> Channel:
        return Channel(clean_name(self.name or _NAMELESS.get(self.type, "")), self._visibility())

    def _visibility(self) -> Visibility:
        if self.type in _PUBLIC:
            return PUBLIC
        if self.id and self.type in _CLOSED:
            return Visibility("channel", frozenset({self.id}))
        if self.id and self.type in _PEOPLE:
            return Visibility("people", frozenset({f"user{self.id}"}))
        return NOBODY


def recognises(head: Head) -> bool:
    """Tell whether the file is an export of a chat or an account, or an answer of the Bot API."""
    known = head.json
    is_chat = known.has("type", "messages") and known.values.get("type") in _PUBLIC | _CLOSED | _PEOPLE
    is_account = known.has("about", "personal_information.user_id") or known.has("about", "chats.list.item.messages")
    is_empty_answer = known.has("ok", "result") and len(known.paths) <= len(("", "ok", "result"))
    is_error = known.values.get("ok") == "false" and known.has("error_code", "description")
    return is_chat or is_account or known.has("ok", "result.item.update_id") or is_empty_answer or is_error


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments of an export or of updates."""
    yield from _read_updates(file) if Head.read(file).json.has("ok") else _read_export(file)


def identify(file: SourceFile) -> str:
    """Name the chat, or the account whose chats these are."""
    values = Head.read(file).json.values
    account, chat = (clean_line(values.get(name, "")) for name in ("personal_information.user_id", "id"))
    chat = _drop_old_mark(chat, values.get("type", ""))
    if account not in _NO_VALUE:
        return f"telegram:user{account}"
    return f"telegram:{chat}" if chat not in _NO_VALUE else ""


def _read_export(file: SourceFile) -> Iterator[SourceItem]:
    chat = _Chat()
    for record in read_json(file, *_PATHS):
        if isinstance(record, SourceProblem):
            yield record
            continue
        name = record.path.rpartition(".")[2]
        if name == "item":
            chat.known.add(name)
            yield from _read_message(record, chat)
            continue
        if name in chat.known or "item" in chat.known:
            chat = _Chat()
        chat.known.add(name)
        setattr(chat, name, clean_line(as_text(record.value)))
        chat.id = _drop_old_mark(chat.id, chat.type)


def _drop_old_mark(number: str, kind: str) -> str:
    """Give a chat's number as today's versions write it."""
    if kind in _PEOPLE or not (number.isascii() and number.isdigit()):
        return number
    bare = int(number) - _OLD_MARK
    return str(bare) if 0 <= bare < _OLD_NUMBERS else number


def _read_message(record: JsonRecord, chat: _Chat) -> Iterator[SourceItem]:
    written = as_object(record.value)
    number = as_text(written.get("id"))
    native_id = clean_line(f"{chat.id}:{number}") if number else ""
    topic = _find_topic(written, number, chat)
    if native_id and written.get("type") == "service":
        yield SkippedRecord(native_id, "a notice")
        return
    date = written.get("date_unixtime") or written.get("date")
    day, title = day_of(chat.id or chat.name, chat.channel.name, parse_date(as_text(date)))
    name, account = _who_wrote(written)
    yield from RawComment(
        id=native_id,
        text=_plain_text(written.get("text")),
        thread=f"{chat.id}:topic {topic}" if topic else day,
        title=chat.topics[topic] if topic else title,
        author=name,
        account=account,
        published=date,
        edited=_find_edited(written),
        parent=_find_parent(written, chat),
        channel=chat.channel,
        place=record.place,
    ).finish()


def _find_edited(written: dict[str, Any]) -> str:
    """Give when a message was edited; of those that never were, old versions wrote the beginning of 1970."""
    edited = as_text(written.get("edited_unixtime") or written.get("edited"))
    return "" if edited.startswith(_NEVER) else edited


def _find_topic(written: dict[str, Any], number: str, chat: _Chat) -> str:
    """Give the forum topic that a message is in: it answers the notice that began it, or something in it."""
    if written.get("action") == "topic_created" and number:
        chat.topics[number] = as_text(written.get("title"))
        return ""
    answered = as_text(written.get("reply_to_message_id"))
    topic = answered if answered in chat.topics else chat.topic_of.get(answered, "")
    if topic and number:
        chat.topic_of[number] = topic
    return topic


def _find_parent(written: dict[str, Any], chat: _Chat) -> str:
    answered = as_text(written.get("reply_to_message_id"))
    if not answered or answered in chat.topics:
        return ""
    # It may answer something said in another chat, which is named "channel123".
    elsewhere = as_text(written.get("reply_to_peer_id")).lstrip("abcdefghijklmnopqrstuvwxyz")
    return f"{elsewhere or chat.id}:{answered}"


def _who_wrote(written: dict[str, Any]) -> tuple[str, str]:
    if "forwarded_from" in written:
        return as_text(written.get("forwarded_from")) or ANONYMOUS, _read_account(written.get("forwarded_from_id"))
    if signed := as_text(written.get("author")):
        # In a channel, the channel speaks; some have their authors sign.
        return signed, ""
    return as_text(written.get("from")), _read_account(written.get("from_id"))


def _read_account(value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return as_text(value)
    return f"channel{value - _OLD_MARK}" if value >= _OLD_MARK else f"user{value}"


def _plain_text(text: Any) -> str:
    """Join the pieces of a text: strings, and objects with a type."""
    pieces = text if isinstance(text, list) else [text]
    return "".join(_piece(piece) if isinstance(piece, dict) else as_text(piece) for piece in pieces)


def _piece(piece: dict[str, Any]) -> str:
    shown, address = as_text(piece.get("text")), as_text(piece.get("href"))
    if piece.get("type") == "blockquote":
        return "> " + shown.replace("\n", "\n> ") + "\n"
    return _link(shown, address) if piece.get("type") == "text_link" else shown


def _link(shown: str, address: str) -> str:
    return f"{shown} ({address})" if address and shown not in address else shown


def _read_updates(file: SourceFile) -> Iterator[SourceItem]:
    latest = _find_latest(file)
    for record in read_json(file, "result.item"):
        if isinstance(record, SourceProblem):
            yield record
        elif written := _message_of(record.value):
            native_id = _native_id(written)
            # What was edited since is told once, as it is now.
            if latest.get(native_id, record.number) == record.number:
                yield from _read_update(written, native_id, record.place)


def _find_latest(file: SourceFile) -> dict[str, int]:
    """Find the last version of each message that was edited."""
    latest: dict[str, int] = {}
    for record in read_json(file, "result.item"):
        if isinstance(record, JsonRecord) and (written := _message_of(record.value)):
            value = as_object(record.value)
            if "edited_message" in value or "edited_channel_post" in value:
                latest[_native_id(written)] = record.number
    return latest


def _message_of(update: Any) -> dict[str, Any]:
    """Give the message that an update is about; most kinds of updates have none."""
    return next((message for name in _UPDATES if (message := as_object(as_object(update).get(name)))), {})


def _native_id(written: dict[str, Any]) -> str:
    number = as_text(written.get("message_id"))
    return clean_line(f"{_bare_id(as_object(written.get('chat')))}:{number}") if number else ""


def _bare_id(chat: dict[str, Any]) -> str:
    """Give a chat's number as the export does; the Bot API marks groups with "-", supergroups and channels "-100"."""
    number = as_text(chat.get("id"))
    return number.removeprefix("-100" if chat.get("type") in ("supergroup", "channel") else "-")


def _read_update(written: dict[str, Any], native_id: str, place: str) -> Iterator[SourceItem]:
    chat, answered = as_object(written.get("chat")), as_object(written.get("reply_to_message"))
    held = _chat_of(chat)
    username = as_text(chat.get("username"))
    name, account, also, is_bot = _who_sent(written)
    date = as_text(written.get("date"))
    thread, title = day_of(held.id, held.channel.name, parse_date(date))
    topic = as_text(written.get("message_thread_id")) if written.get("is_topic_message") is True else ""
    begun = as_object(answered.get("forum_topic_created"))
    is_public = held.channel.visibility == PUBLIC
    yield from RawComment(
        id=native_id,
        text=_linked_text(written),
        thread=f"{held.id}:topic {topic}" if topic else thread,
        title=as_text(begun.get("name")) or held.channel.name if topic else title,
        author=name,
        account=account,
        also=also,
        published=date,
        edited=written.get("edit_date"),
        url=f"https://t.me/{username}/{as_text(written.get('message_id'))}" if is_public else "",
        parent="" if begun else _native_id({"chat": chat, **answered}) if answered else "",
        channel=held.channel,
        skipped="a bot's" if is_bot else "",
        place=place,
    ).finish()


def _chat_of(chat: dict[str, Any]) -> _Chat:
    types = {"private": "personal_chat", "group": "private_group"}
    is_public = bool(as_text(chat.get("username")))
    types["supergroup"] = "public_supergroup" if is_public else "private_supergroup"
    types["channel"] = "public_channel" if is_public else "private_channel"
    name = as_text(chat.get("title")) or _full_name(chat)
    return _Chat(name, types.get(as_text(chat.get("type")), ""), clean_line(_bare_id(chat)))


def _who_sent(written: dict[str, Any]) -> tuple[str, str, list[str], bool]:
    """Give the name, account and other names of who wrote it, and whether that is a bot."""
    if forwarded := _forwarded(written):
        return forwarded, "", [], False
    if signed := as_text(written.get("author_signature")):
        return signed, "", [], False
    if speaker := as_object(written.get("sender_chat")):
        return as_text(speaker.get("title")), f"channel{_bare_id(speaker)}", [], False
    user = as_object(written.get("from"))
    number = as_text(user.get("id"))
    account = f"user{number}" if number else ""
    return _full_name(user), account, [as_text(user.get("username"))], user.get("is_bot") is True


def _forwarded(written: dict[str, Any]) -> str:
    """Name who said what is forwarded; empty if it is not."""
    origin = as_object(written.get("forward_origin")) or {
        "sender_user": written.get("forward_from"),
        "sender_user_name": written.get("forward_sender_name"),
        "sender_chat": written.get("forward_from_chat"),
    }
    speaker = as_object(origin.get("sender_chat")) or as_object(origin.get("chat"))
    named = _full_name(as_object(origin.get("sender_user"))) or as_text(origin.get("sender_user_name"))
    is_forwarded = "forward_origin" in written or "forward_date" in written
    return named or as_text(speaker.get("title")) or (ANONYMOUS if is_forwarded else "")


def _full_name(user: dict[str, Any]) -> str:
    return " ".join(filter(None, (as_text(user.get("first_name")), as_text(user.get("last_name")))))


def _linked_text(written: dict[str, Any]) -> str:
    """Give a message's text with the addresses that stand behind its words; their places count UTF-16 units."""
    name, marked = ("text", "entities") if written.get("text") else ("caption", "caption_entities")
    text = as_text(written.get(name))
    links = [link for value in as_list(written.get(marked)) if (link := _find_link(as_object(value)))]
    if not links:
        return text
    units = text.encode("utf-16-le", errors="replace")
    parts, done = [], 0
    for start, end, address in sorted(links):
        if done <= start < end <= len(units):
            parts += [_decode(units[done:start]), _link(_decode(units[start:end]), address)]
            done = end
    return "".join([*parts, _decode(units[done:])])


def _find_link(entity: dict[str, Any]) -> tuple[int, int, str] | None:
    offset, length = entity.get("offset"), entity.get("length")
    if entity.get("type") != "text_link" or not isinstance(offset, int) or not isinstance(length, int):
        return None
    return 2 * offset, 2 * (offset + length), as_text(entity.get("url"))


def _decode(units: bytes) -> str:
    return units.decode("utf-16-le", errors="replace")


FORMAT = Format("telegram", recognises, each(parse), identify=identify, coverage=Coverage.PART)
