"""What a Slack export says of people and channels, and which workspace's addresses its talk has.

A listing is read whole before any talk, whatever the order of the files. `groups.json` and `mpims.json` of Slack's own
export say only by their names that they are private: what nothing calls public is not.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from store.domain.comment import Channel, SourceProblem
from store.domain.viewer import NOBODY, PUBLIC, Visibility
from store.errors import SourceError
from store.sources.decoding import CHUNK_BYTES
from store.sources.files import SourceFile
from store.sources.json import JsonFault, iterate_json
from store.sources.raw import as_list, as_object, as_text
from store.text.cleaning import clean_line, clean_name

_UNNAMED = Channel()
_ID = re.compile(r"[A-Z][A-Z0-9]+")
_ROOM_ID = re.compile(r"[CDG][A-Z0-9]+")
# Conversations that begin with these are direct messages, and private channels of the days before 2021.
_PRIVATE_IDS = ("D", "G")
_NAMED_PEOPLE = 8
_LISTS = {"channels", "groups", "dms", "mpims"}

_LISTING_PATHS = ("item", "members.item", "user", "channels.item", "groups.item", "ims.item", "channel", "team", "url")
_LINK = re.compile(
    rb'((?<!\\)"permalink"\s{0,9}:\s{0,9}")?https?:\\?/\\?/([a-z0-9][a-z0-9-]{0,60}(?:\.enterprise)?)\.slack\.com'
    rb"\\?/(archives|files)\\?/([A-Z0-9]{2,20})"
)
_NOT_WORKSPACES = {b"api", b"app", b"files", b"get", b"my", b"status"}
_WORKSPACE_URL = re.compile(r"https://([a-z0-9-]+(?:\.enterprise)?)\.slack\.com/?")
_LONGEST_LINK = 256
# Links that people pasted tell the workspace only where there are several and all agree.
_MIN_PASTED_LINKS = 3


@dataclass(frozen=True, slots=True)
class Person:
    """The name that Slack shows, the other names of the same account, and whether that is a program's."""

    name: str = ""
    also: tuple[str, ...] = ()
    is_bot: bool = False

    @classmethod
    def read(cls, user: dict[str, Any]) -> "Person":
        """Read a record of users.json, or the `user_profile` that stands in a message."""
        profile = as_object(user.get("profile")) or user
        written = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
        names = [name for name in dict.fromkeys(clean_name(as_text(name)) for name in written) if name]
        is_bot = user.get("is_bot") is True
        return cls(names[0], tuple(names[1:]), is_bot) if names else cls(is_bot=is_bot)


@dataclass(frozen=True, slots=True)
class Room:
    """A conversation: a channel, or a direct message. `shown` is its name as Slack writes it."""

    id: str = ""
    shown: str = ""
    channel: Channel = _UNNAMED

    @property
    def has_address(self) -> bool:
        """Tell whether its id is one that an address can hold."""
        return _ROOM_ID.fullmatch(self.id) is not None


UNKNOWN_ROOM = Room()


@dataclass(frozen=True, slots=True)
class _Listed:
    id: str
    name: str
    is_public: bool
    is_direct: bool
    members: tuple[str, ...]


@dataclass(slots=True)
class Listing:
    """Everything that the files of one import say of people, channels and workspaces; channels by their export."""

    people: dict[str, Person] = field(default_factory=dict)
    # By an export's folder: the ids of its channels, by their names and by themselves.
    _rooms: dict[str, dict[str, str]] = field(default_factory=dict)
    _by_id: dict[str, _Listed] = field(default_factory=dict)
    _domains: dict[str, str] = field(default_factory=dict)
    _listed: set[str] = field(default_factory=set)

    def expect(self, path: PurePath) -> None:
        """Note where an export's lists of channels lie: one that cannot be read makes nothing public."""
        if path.stem in _LISTS:
            self._listed.add(str(path.parent))

    def read(self, file: SourceFile) -> Iterator[SourceProblem]:
        """Take in a file of people or channels, and give what is wrong with it.

        Raises:
            SourceError: The bytes cannot be read.
        """
        path = PurePath(file.name)
        for record in iterate_json(file, *_LISTING_PATHS):
            if isinstance(record, JsonFault):
                yield SourceProblem(record.place, record.reason)
            elif record.path == "url":
                self._note_domain(str(path.parent), as_text(record.value))
            else:
                self._take(as_object(record.value), path)

    def find_day_room(self, path: PurePath) -> Room:
        """Find the channel of a day's file: it is named by the folder, by name or by id."""
        # Some file systems part accents from their letters; the listing does not.
        root, folder = str(path.parent.parent), unicodedata.normalize("NFC", path.parent.name)
        listed = self._by_id.get(self._rooms.get(root, {}).get(folder, folder))
        return self._show(listed) if listed else self._guess(root, folder, folder)

    def find_dump_room(self, path: PurePath, channel_id: str, name: str) -> Room:
        """Find the channel of a file that names it."""
        listed = self._by_id.get(channel_id)
        return self._show(listed) if listed else self._guess(str(path.parent), channel_id or name, name)

    def find_page_room(self, path: PurePath) -> Room:
        """Find the channel of a file that does not name it: the only one that is described beside it."""
        root = str(path.parent)
        beside = set(self._rooms.get(root, {}).values())
        if len(beside) == 1:
            return self._show(self._by_id[beside.pop()])
        return self._guess(root, "", "")

    def find_name(self, user_id: str) -> str | None:
        """Give a person's name."""
        person = self.people.get(user_id)
        return person.name if person else None

    def is_bot(self, user_id: str) -> bool:
        """Tell whether an account is known to be a program's: Slack's own is not called one."""
        person = self.people.get(user_id)
        return user_id == "USLACKBOT" or (person is not None and person.is_bot)

    def find_channel(self, channel_id: str) -> str | None:
        """Give a channel's name, if everyone may know it."""
        listed = self._by_id.get(channel_id)
        return listed.name if listed and listed.is_public else None

    def find_domain(self, root: str) -> str:
        """Give the workspace's part of an export's addresses; empty if nothing tells."""
        return self._domains.get(root, "")

    def read_domains(self, talk: Iterable[tuple[str, SourceFile]]) -> None:
        """Find each export's workspace by the links in its talk.

        Slack's own export names it nowhere else. Told by the addresses that Slack gives files and messages, and by
        links to channels of this very export; else by all links to any channel, where they agree.
        """
        own: dict[str, Counter[str]] = {}
        pasted: dict[str, Counter[str]] = {}
        for root, file in talk:
            if root not in self._domains:
                for domain, is_own in self._iterate_links(file):
                    (own if is_own else pasted).setdefault(root, Counter())[domain] += 1
        for root in {*own, *pasted}:
            found = _majority(own.get(root)) or _unanimous(pasted.get(root))
            if found:
                self._domains[root] = found

    def _iterate_links(self, file: SourceFile) -> Iterator[tuple[str, bool]]:
        for given, domain, kind, target in _find_links(file):
            is_own = bool(given) or (kind == b"archives" and target.decode() in self._by_id)
            if domain not in _NOT_WORKSPACES and (is_own or kind == b"archives"):
                yield domain.decode(), is_own

    def _take(self, record: dict[str, Any], path: PurePath) -> None:
        native_id = as_text(record.get("id"))
        if "domain" in record:
            self._note_domain(str(path.parent), f"https://{as_text(record.get('domain'))}.slack.com")
        elif isinstance(record.get("profile"), dict):
            self.people.setdefault(native_id, Person.read(record))
        elif _ROOM_ID.fullmatch(native_id):
            self._take_room(_read_room(record, path.stem), str(path.parent))

    def _take_room(self, listed: _Listed, root: str) -> None:
        known = self._by_id.get(listed.id)
        # Two files may describe a channel; if either calls it private, it is.
        if known is None or not listed.is_public:
            self._by_id[listed.id] = listed
        rooms = self._rooms.setdefault(root, {})
        for name in filter(None, (listed.id, listed.name)):
            # Of two that have a name, its folder may hold the one that is private.
            if name not in rooms or not listed.is_public:
                rooms[name] = listed.id

    def _note_domain(self, root: str, url: str) -> None:
        found = _WORKSPACE_URL.fullmatch(url)
        if found:
            self._domains[root] = found[1]

    def _show(self, listed: _Listed) -> Room:
        if listed.is_direct:
            name = self._name_people(listed.members)
            visibility = Visibility.limited("people", listed.members)
            return Room(listed.id, name, Channel(name, visibility))
        visibility = PUBLIC if listed.is_public else Visibility("channel", frozenset({listed.id}))
        name = listed.name or listed.id
        return Room(listed.id, f"#{name}", Channel(name, visibility))

    def _guess(self, root: str, native_id: str, name: str) -> Room:
        """Describe a channel that no listing holds.

        Where there is a listing, it is hidden from it for a reason. Without any listing somebody chose this file alone,
        and the source's visibility is theirs to give; what its name or id tells to be private is private still.
        """
        name = clean_name(name)
        is_private = name.startswith("mpdm-") or (
            native_id.startswith(_PRIVATE_IDS) and _ROOM_ID.fullmatch(native_id) is not None
        )
        is_listed = bool(self._rooms.get(root)) or root in self._listed
        visibility = NOBODY if is_listed or is_private else PUBLIC
        return Room(clean_line(native_id), f"#{name}" if name else "", Channel(name, visibility))

    def _name_people(self, members: tuple[str, ...]) -> str:
        names = [self.find_name(member) or member for member in members]
        if len(names) > _NAMED_PEOPLE:
            names = [*names[: _NAMED_PEOPLE - 1], f"{len(names) - _NAMED_PEOPLE + 1} others"]
        listed = " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
        return f"direct message of {listed}" if listed else "direct message"


def _read_room(record: dict[str, Any], stem: str) -> _Listed:
    native_id, name = as_text(record.get("id")), clean_name(as_text(record.get("name")))
    members = [as_text(member) for member in (*as_list(record.get("members")), record.get("user"))]
    is_direct = bool(
        record.get("is_im")
        or record.get("is_mpim")
        or native_id.startswith("D")
        or not name
        or name.startswith("mpdm-")
        or stem in ("dms", "mpims")
    )
    return _Listed(
        native_id,
        name,
        is_public=not is_direct and _is_public(record, native_id, stem),
        is_direct=is_direct,
        members=tuple(dict.fromkeys(member for member in members if _ID.fullmatch(member))) if is_direct else (),
    )


def _is_public(record: dict[str, Any], native_id: str, stem: str) -> bool:
    if native_id.startswith(_PRIVATE_IDS) or stem == "groups":
        return False
    if record.get("is_private") or record.get("is_group"):
        return False
    # Only channels.json and the API say of a channel whether it is the general one.
    says_so = record.get("is_private") is False or record.get("is_channel") or "is_general" in record
    return stem == "channels" or bool(says_so)


def _find_links(file: SourceFile) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Look through a file's bytes for addresses of a workspace: far faster than reading its records a second time."""
    rest = b""
    try:
        with file.open() as opened:
            while chunk := opened.read(CHUNK_BYTES):
                looked, end = rest + chunk, 0
                for found in _LINK.finditer(looked):
                    # One that reaches the end may go on; it is found with the next part.
                    if found.end() < len(looked):
                        end = found.end()
                        yield found[1] or b"", found[2], found[3], found[4]
                rest = looked[max(end, len(looked) - _LONGEST_LINK) :]
    except SourceError:
        # Told when its records are read.
        return


def _majority(votes: Counter[str] | None) -> str:
    if not votes:
        return ""
    ((domain, count),) = votes.most_common(1)
    return domain if count * 2 > votes.total() else ""


def _unanimous(votes: Counter[str] | None) -> str:
    return next(iter(votes)) if votes and len(votes) == 1 and votes.total() >= _MIN_PASTED_LINKS else ""
