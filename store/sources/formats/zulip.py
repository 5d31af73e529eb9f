"""Zulip: an organisation's export, unpacked or zipped anew, and pages of `GET /api/v1/messages`.

The export (`zerver/lib/export.py`) holds tables: `realm.json` the streams, people and recipients, `messages-*.json`
what was said. A page of messages does not tell whether a stream is private: the answers of `/api/v1/streams` and
`/api/v1/users`, saved beside it, do, and without them its streams are not public. Neither form knows the address of the
server, so comments have no links. What bots say is left out.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from store.domain.comment import Channel, SourceItem, SourceProblem
from store.domain.viewer import PUBLIC, Visibility
from store.sources.dates import parse_date
from store.sources.days import day_of
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, locate
from store.sources.head import Head
from store.sources.json import JsonRecord
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.cleaning import clean_line, clean_name
from store.text.html import parse_html

_EXPORTED, _ANSWERED = "zerver_message.item", "messages.item"
_PERSONAL, _STREAM = "1", "2"
# Stands before a topic that was marked as resolved; it is the same topic still.
_RESOLVED = "\u2714 "
_MENTION = re.compile(r"@_?\*\*([^*|\n]{1,200})(?:\|\d{1,20})?\*\*")
_STREAM_LINK = re.compile(r"#\*\*([^*\n]{1,200})\*\*")


@dataclass(slots=True)
class _Realm:
    """What the tables say. Ids are text; a recipient is a stream, a person or a group, by its type and number there."""

    streams: dict[str, Channel] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    bots: set[str] = field(default_factory=set)
    recipients: dict[str, tuple[str, str]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)

    def find_stream(self, number: str, name: str) -> Channel:
        """Give a stream; one of which nothing is known may be private."""
        return self.streams.get(number) or _make_stream(number, name, is_public=False)

    def find_direct(self, people: set[str], names: Iterable[str]) -> Channel:
        """Give the conversation of some people."""
        visibility = Visibility.limited("people", people)
        return Channel(clean_name(", ".join(sorted(filter(None, names)))), visibility)


def recognises(head: Head) -> bool:
    """Tell whether the file holds tables of an export, or an answer of the API about messages, streams or users."""
    known = head.json
    return (
        any(path.startswith("zerver_") for path in known.paths)
        or known.has(f"{_ANSWERED}.sender_full_name", f"{_ANSWERED}.display_recipient")
        or known.has("result", "msg", "messages", "found_newest")
        or known.has("streams.item.stream_id", "streams.item.invite_only")
        or known.has("subscriptions.item.stream_id", "subscriptions.item.invite_only")
        or known.has("members.item.user_id", "members.item.full_name", "members.item.is_bot")
        or (known.values.get("result") == "error" and known.has("msg", "code"))
    )


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the comments of an export's or the API's files. The tables may come after what needs them."""
    held, realm = list(files), _Realm()
    telling: list[SourceFile] = []
    for file in held:
        head = Head.read(file).json
        # Who read what may come before what was said, and be longer than what is looked at.
        if any(head.has(path) for path in (_EXPORTED, _ANSWERED, "zerver_usermessage")):
            telling.append(file)
        else:
            yield from locate(file, _read_tables(file, realm))
    for file in telling:
        yield from locate(file, _read_messages(file, realm))


def _read_tables(file: SourceFile, realm: _Realm) -> Iterator[SourceItem]:
    for record in read_json(file, *_TABLES):
        if isinstance(record, SourceProblem):
            yield record
        else:
            _TABLES[record.path](as_object(record.value), realm)


def _note_stream(row: dict[str, Any], realm: _Realm) -> None:
    number = _id_of(row, "stream_id", "id")
    is_public = row.get("invite_only") is False
    realm.streams[number] = _make_stream(number, as_text(row.get("name")), is_public=is_public)


def _note_person(row: dict[str, Any], realm: _Realm) -> None:
    number = _id_of(row, "user_id", "id")
    realm.names[number] = as_text(row.get("full_name"))
    if row.get("is_bot") is True:
        realm.bots.add(number)


def _note_system_bot(row: dict[str, Any], realm: _Realm) -> None:
    realm.bots.add(_id_of(row, "id"))


def _note_recipient(row: dict[str, Any], realm: _Realm) -> None:
    realm.recipients[_id_of(row, "id")] = _id_of(row, "type"), _id_of(row, "type_id")


def _note_member(row: dict[str, Any], realm: _Realm) -> None:
    realm.members.setdefault(_id_of(row, "recipient"), set()).add(_id_of(row, "user_profile"))


_TABLES = {
    "zerver_stream.item": _note_stream,
    "streams.item": _note_stream,
    "subscriptions.item": _note_stream,
    "zerver_userprofile.item": _note_person,
    "zerver_userprofile_mirrordummy.item": _note_person,
    "members.item": _note_person,
    "zerver_userprofile_crossrealm.item": _note_system_bot,
    "zerver_recipient.item": _note_recipient,
    "zerver_subscription.item": _note_member,
}


def _read_messages(file: SourceFile, realm: _Realm) -> Iterator[SourceItem]:
    for record in read_json(file, _EXPORTED, _ANSWERED):
        if isinstance(record, SourceProblem):
            yield record
        elif record.path == _EXPORTED:
            yield from _read_exported(record, realm).finish()
        else:
            yield from _read_answered(record, realm).finish()


def _read_exported(record: JsonRecord, realm: _Realm) -> RawComment:
    row = as_object(record.value)
    recipient, sender = _id_of(row, "recipient"), _id_of(row, "sender")
    kind, number = realm.recipients.get(recipient, ("", ""))
    if kind == _STREAM:
        place, channel = number, realm.find_stream(number, "")
    else:
        people = {sender, number} if kind == _PERSONAL else realm.members.get(recipient, set())
        place = _join(people) if people else f"recipient {recipient}"
        channel = realm.find_direct(people, (realm.names.get(person, "") for person in people))
    return _make_comment(
        row,
        (place, channel, kind == _STREAM),
        published=row.get("date_sent") or row.get("pub_date"),
        edited=row.get("last_edit_time"),
        author=realm.names.get(sender, ""),
        account=sender,
        skipped="a bot's" if sender in realm.bots else "",
        place=record.place,
    )


def _read_answered(record: JsonRecord, realm: _Realm) -> RawComment:
    row = as_object(record.value)
    sender, stream = _id_of(row, "sender_id"), _id_of(row, "stream_id")
    is_stream = row.get("type") in ("stream", "channel")
    if is_stream:
        place, channel = stream, realm.find_stream(stream, as_text(row.get("display_recipient")))
    else:
        people = {_id_of(person, "id"): as_text(person.get("full_name")) for person in _people(row)}
        place, channel = _join(people), realm.find_direct(set(people), people.values())
    return _make_comment(
        row,
        (place, channel, is_stream),
        published=row.get("timestamp"),
        edited=row.get("last_edit_timestamp"),
        author=row.get("sender_full_name"),
        account=sender,
        skipped="a bot's" if sender in realm.bots else "",
        place=record.place,
    )


def _people(row: dict[str, Any]) -> list[dict[str, Any]]:
    listed = (as_object(person) for person in as_list(row.get("display_recipient")))
    return [person for person in listed if _id_of(person, "id")]


def _make_comment(row: dict[str, Any], where: tuple[str, Channel, bool], **fields: Any) -> RawComment:
    """Make a comment of a stream's topic, which is one discussion, or of a conversation, whose days are."""
    number, channel, is_stream = where
    if is_stream:
        topic = as_text(row.get("subject") or row.get("topic")).removeprefix(_RESOLVED)
        # Topics are the same whatever their case.
        thread, title = f"{number}:{topic.lower()}", topic or channel.name
    else:
        thread, title = day_of(number, channel.name, parse_date(as_text(fields["published"])))
    return RawComment(id=row.get("id"), text=_read_text(row), thread=thread, title=title, channel=channel, **fields)


def _read_text(row: dict[str, Any]) -> str:
    content = as_text(row.get("content"))
    if row.get("content_type") == "text/html" or (row.get("content_type") is None and content.startswith("<p>")):
        return parse_html(content)
    return _STREAM_LINK.sub(r"#\1", _MENTION.sub(r"@\1", content))


def _make_stream(number: str, name: str, *, is_public: bool) -> Channel:
    closed = Visibility.limited("channel", filter(None, [number]))
    return Channel(clean_name(name), PUBLIC if is_public else closed)


def _id_of(row: dict[str, Any], *names: str) -> str:
    return next((text for name in names if (text := clean_line(as_text(row.get(name))))), "")


def _join(people: Iterable[str]) -> str:
    return f"direct {','.join(sorted(people))}" if people else "direct"


FORMAT = Format("zulip", recognises, parse, coverage=Coverage.PART)
