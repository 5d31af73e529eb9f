"""Slack: its own export, slackdump's export and dump, and pages of its API.

An export is `channels.json`, `groups.json`, `dms.json`, `mpims.json`, `users.json` (`org_users.json` on Enterprise) and
`<channel>/<YYYY-MM-DD>.json`, an array of messages (https://slack.com/help/articles/220556107); slackdump names folders
by name or id. Its dump is `<CHANNEL>.json` with the replies inside the messages that began the threads. Of the API:
conversations.history, .replies, .info, .list, .members, users.info, .list, team.info, auth.test.

A message is known by its channel and `ts`, which is never read as a number: it would lose digits. A thread is a
discussion; what stands in no thread belongs to the channel's day, because talk in a channel is a conversation, and a
line alone would be ranked and read without what it answers. Left out: what bots posted, joins and other notices,
unfurled pages, files' addresses (they carry the export's token), and everything that is hidden.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Any

from store.domain.comment import SourceItem, SourceProblem
from store.sources.days import day_of
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, locate
from store.sources.formats.slack_places import UNKNOWN_ROOM, Listing, Person, Room
from store.sources.head import Head, read_outline_of
from store.sources.json import JsonOutline, JsonRecord, iterate_json
from store.sources.json_records import read_json
from store.sources.raw import RawComment, as_list, as_object, as_text
from store.text.cleaning import clean_line
from store.text.slack import parse_mrkdwn, parse_rich_text, remove_file_urls

_TS = re.compile(r"(\d{1,11})\.(\d{1,6})")
# As it stands in files of Slack's: what else calls itself `ts` is a date or whole.
_FULL_TS = re.compile(r"\d{9,11}\.\d{6}")
_PERSON_ID = re.compile(r"[UW][A-Z0-9]+")
_ROOM_ID = re.compile(r"[CDG][A-Z0-9]+")
_TEAM = re.compile(r'(?<!\\)"(?:team|team_id|user_team|context_team_id)"\s{0,9}:\s{0,9}"([TE][A-Z0-9]{1,20})"')
_SHARED_TEAM = re.compile(r'(?<!\\)"shared_team_ids"\s{0,9}:\s{0,9}\[\s{0,99}"([TE][A-Z0-9]{1,20})"\s{0,99}\]')
_ERROR = re.compile(r"[a-z_]{3,60}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

_KEPT_SUBTYPES = {"", "file_share", "thread_broadcast", "me_message"}
_REASONS = {"bot_message": "bot message", "tombstone": "deleted"}
# How old clients wrote a file into the text; what was said of it stands in the file's record.
_UPLOAD = re.compile(r"uploaded a file: |shared a file: |mentioned a file: ")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TITLE_CHARS = 80

# Kinds of files.
_DAYS, _DUMP, _PAGE, _LISTING, _NO_TALK = "days", "dump", "page", "listing", "no talk"


def recognises(head: Head) -> bool:
    """Tell whether a file is part of an export, or a page of the API, by what its records hold."""
    return bool(_find_kind(head.json))


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give the comments of exports and pages: who and where first, whatever the files' order, then the talk."""
    kinds = [(_kind_of(file), file) for file in files]
    listing = Listing()
    for kind, file in kinds:
        listing.expect(PurePath(file.name))
        if kind == _LISTING:
            yield from locate(file, listing.read(file))
    talk = [(kind, file) for kind, file in kinds if kind not in (_LISTING, _NO_TALK)]
    listing.read_domains((_root_of(kind, file), file) for kind, file in talk)
    said = _Talk(listing)
    for kind, file in talk:
        yield from locate(file, _parse_talk(kind, file, said))


def identify(file: SourceFile) -> str:
    """Give the workspace's id, where a list of its people or channels, or a whole channel, tells it.

    A day's talk does not: in a channel shared with another workspace, all of it may be theirs.
    """
    head = Head.read(file)
    if _find_kind(head.json) not in (_LISTING, _DUMP):
        return ""
    own = head.json.values.get("team.id")
    teams = Counter([own] if own else [*_TEAM.findall(head.text), *_SHARED_TEAM.findall(head.text)])
    return name_workspace(teams.most_common(1)[0][0]) if teams else ""


def name_workspace(team: str) -> str:
    """Give what a source is identified by that is of a workspace."""
    return f"slack:{team}"


def _kind_of(file: SourceFile) -> str:
    # Most files by far: what else is named by a day and is no talk has no messages to give.
    if _is_day(PurePath(file.name)):
        return _DAYS
    return _find_kind(read_outline_of(file)) or _DAYS


def _is_day(path: PurePath) -> bool:
    return _DAY.fullmatch(path.stem) is not None


def _find_kind(outline: JsonOutline) -> str:
    return _find_talk(outline) or _find_other(outline)


def _find_talk(outline: JsonOutline) -> str:
    if _holds_messages(outline, "item"):
        return _DAYS
    if _ROOM_ID.fullmatch(outline.values.get("channel_id", "")) and outline.has("messages"):
        return _DUMP
    if _holds_messages(outline, "messages.item"):
        return _PAGE if outline.has("ok") or not outline.has("name") else _DUMP
    return ""


def _find_other(outline: JsonOutline) -> str:
    values, is_answer = outline.values, outline.has("ok")
    is_listing = (
        any(_holds_people(outline, path) for path in ("item", "members.item", "user"))
        or any(_holds_rooms(outline, path) for path in ("item", "channels.item", "groups.item", "ims.item", "channel"))
        or (is_answer and (outline.has("team.domain") or ".slack.com" in values.get("url", "")))
    )
    if is_listing:
        return _LISTING
    is_members = is_answer and _PERSON_ID.fullmatch(values.get("members.item", ""))
    is_error = values.get("ok") == "false" and _ERROR.fullmatch(values.get("error", ""))
    return _NO_TALK if is_members or is_error else ""


def _holds_messages(outline: JsonOutline, path: str) -> bool:
    is_timed = _FULL_TS.fullmatch(outline.values.get(f"{path}.ts", ""))
    told_by = (f"{path}.{name}" for name in ("user", "text", "bot_id", "subtype"))
    return bool(is_timed) and any(outline.has(name) for name in told_by)


def _holds_people(outline: JsonOutline, path: str) -> bool:
    is_person = _PERSON_ID.fullmatch(outline.values.get(f"{path}.id", ""))
    return bool(is_person) and outline.has(f"{path}.profile")


def _holds_rooms(outline: JsonOutline, path: str) -> bool:
    is_room = _ROOM_ID.fullmatch(outline.values.get(f"{path}.id", ""))
    told_by = (f"{path}.{name}" for name in ("name", "members", "user"))
    is_dated = outline.values.get(f"{path}.created", "").isdigit()
    return bool(is_room) and is_dated and any(outline.has(name) for name in told_by)


def _root_of(kind: str, file: SourceFile) -> str:
    """Give the folder of the export that a file belongs to."""
    path = PurePath(file.name)
    return str(path.parent.parent if kind == _DAYS and _is_day(path) else path.parent)


@dataclass(slots=True)
class _Talk:
    """What is known while talk is read: of the channel being read, its threads' titles and the replies shown in it."""

    listing: Listing
    room: Room = UNKNOWN_ROOM
    domain: str = ""
    titles: dict[str, str] = field(default_factory=dict)
    broadcasts: set[str] = field(default_factory=set)

    def enter(self, room: Room, domain: str) -> None:
        """Turn to a file's channel; what was kept of another's threads is not needed any more."""
        if room != self.room:
            self.titles.clear()
            self.broadcasts.clear()
        self.room, self.domain = room, domain

    def name_id(self, ts: str) -> str:
        """Give a message's id, or a thread's, which is that of its first message."""
        return f"{self.room.id}:{ts}" if self.room.id else ts

    def find_url(self, ts: str, thread: str = "") -> str:
        """Give a message's address, if its workspace and channel are known."""
        if not self.domain or not self.room.has_address:
            return ""
        address = f"https://{self.domain}.slack.com/archives/{self.room.id}/p{ts.replace('.', '')}"
        return f"{address}?thread_ts={thread}&cid={self.room.id}" if thread and thread != ts else address


def _parse_talk(kind: str, file: SourceFile, talk: _Talk) -> Iterator[SourceItem]:
    talk.enter(_find_room(kind, file, talk.listing), talk.listing.find_domain(_root_of(kind, file)))
    for record in read_json(file, "item" if kind == _DAYS else "messages.item"):
        if isinstance(record, SourceProblem):
            yield record
        else:
            yield from _parse_record(record, talk)


def _find_room(kind: str, file: SourceFile, listing: Listing) -> Room:
    path = PurePath(file.name)
    if kind == _DUMP:
        return listing.find_dump_room(path, *_read_dump_names(file))
    return listing.find_day_room(path) if kind == _DAYS and _is_day(path) else listing.find_page_room(path)


def _read_dump_names(file: SourceFile) -> tuple[str, str]:
    """Read a dump's channel, which may stand after its messages."""
    found: dict[str, str] = {}
    for record in iterate_json(file, "channel_id", "name"):
        if isinstance(record, JsonRecord):
            found.setdefault(record.path, as_text(record.value))
        if len(found) == 2:  # noqa: PLR2004  # both
            break
    return found.get("channel_id", ""), found.get("name", "")


def _parse_record(record: JsonRecord, talk: _Talk) -> Iterator[SourceItem]:
    message = as_object(record.value)
    yield from _parse_message(message, record.place, talk)
    # Those that slackdump puts into the message that began the thread.
    for reply in as_list(message.get("slackdump_thread_replies")):
        yield from _parse_message(as_object(reply), record.place, talk)


def _parse_message(message: dict[str, Any], place: str, talk: _Talk) -> Iterator[SourceItem]:
    ts = as_text(message.get("ts")).strip()
    said_at = _parse_ts(ts)
    if said_at is None:
        yield SourceProblem(place, "the message has no time that can be read: left out")
        return
    thread = _find_thread(message, ts)
    skipped, text = _why_skipped(message, talk.listing), _read_text(message, talk.listing)
    day, day_title = day_of(talk.room.id, talk.room.shown, said_at)
    if thread == ts:
        talk.titles[ts] = clean_line(text, _TITLE_CHARS) if text and not skipped else day_title
    raw = RawComment(
        id=talk.name_id(ts),
        text=text,
        thread=talk.name_id(thread) if thread else day.removeprefix(":"),
        title=talk.titles.get(thread, _title_of_root(message, talk)) if thread else day_title,
        thread_url=talk.find_url(thread) if thread else "",
        published=said_at,
        edited=_parse_ts(as_text(as_object(message.get("edited")).get("ts"))),
        url=as_text(message.get("permalink")) or talk.find_url(ts, thread),
        parent=talk.name_id(thread) if thread and thread != ts else "",
        channel=talk.room.channel,
        skipped=skipped,
        **_read_author(message, talk.listing),
    )
    yield from _drop_repeated(message, ts, talk, raw.finish())


def _find_thread(message: dict[str, Any], ts: str) -> str:
    """Give the ts of the message that began a thread: this one's, another's, or none."""
    thread = as_text(message.get("thread_ts")).strip()
    if _TS.fullmatch(thread):
        return thread
    return ts if as_list(message.get("replies")) or as_list(message.get("slackdump_thread_replies")) else ""


def _drop_repeated(message: dict[str, Any], ts: str, talk: _Talk, items: Iterator[SourceItem]) -> Iterator[SourceItem]:
    """Give a reply that was sent to the channel, too, once, where it stands among the replies and in the channel."""
    if message.get("subtype") == "thread_broadcast":
        if ts in talk.broadcasts:
            return
        talk.broadcasts.add(ts)
    yield from items


def _parse_ts(ts: str) -> datetime | None:
    """Read the time in a ts, to the microsecond."""
    found = _TS.fullmatch(ts)
    if not found:
        return None
    try:
        return _EPOCH + timedelta(seconds=int(found[1]), microseconds=int(found[2].ljust(6, "0")))
    except OverflowError:
        return None


def _title_of_root(message: dict[str, Any], talk: _Talk) -> str:
    """Give the title of a thread whose first message was not read yet, where the reply holds that."""
    return clean_line(_read_text(as_object(message.get("root")), talk.listing), _TITLE_CHARS)


def _why_skipped(message: dict[str, Any], listing: Listing) -> str:
    subtype = as_text(message.get("subtype"))
    if message.get("hidden") or subtype == "tombstone":
        return "deleted"
    kind = as_text(message.get("type"))
    if kind not in ("", "message"):
        return "no message"
    if subtype not in _KEPT_SUBTYPES:
        return _REASONS.get(subtype) or clean_line(subtype.replace("_", " "), 40)
    # Newer bots have accounts, and their messages no subtype. What an app posts for a person has a `bot_id`, too.
    return "bot message" if listing.is_bot(as_text(message.get("user"))) else ""


def _read_text(message: dict[str, Any], listing: Listing) -> str:
    """Give what was said; of files without a word their titles. Pages unfurled below it were not said by anybody."""
    written = as_text(message.get("text"))
    upload = as_object(message.get("file"))
    if upload and _UPLOAD.search(written):
        written = as_text(as_object(upload.get("initial_comment")).get("comment"))
        text = parse_mrkdwn(written, listing.find_name, listing.find_channel, shows_urls=True)
    else:
        text = parse_rich_text(message.get("blocks"), listing.find_name, listing.find_channel)
        text = text or parse_mrkdwn(written, listing.find_name, listing.find_channel, shows_urls=True)
    text = remove_file_urls(text)
    if text.strip():
        return text
    files = [as_object(file) for file in (*as_list(message.get("files")), upload)]
    titles = (as_text(file.get("title")) or as_text(file.get("name")) for file in files)
    return ", ".join(filter(None, map(remove_file_urls, titles)))


def _read_author(message: dict[str, Any], listing: Listing) -> dict[str, Any]:
    account = as_text(message.get("user"))
    person = listing.people.get(account) or Person.read(as_object(message.get("user_profile")))
    program = as_object(message.get("bot_profile"))
    name = person.name or as_text(message.get("username")) or ("" if account else as_text(program.get("name")))
    return {"author": name, "account": account, "also": person.also}


FORMAT = Format("slack", recognises, parse, identify=identify, coverage=Coverage.PART)
