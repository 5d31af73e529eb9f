"""IRC logs: supybot (Limnoria), irssi, WeeChat, ZNC and EnergyMech, and "[YYYY-MM-DD HH:MM:SS] <nick> text".

A line is what was said, an action ("* nick waves"), a notice or an event; only the first two are comments. Dates are
UTC where a log names no zone. A log that holds times alone has its day in its lines (irssi) or its name (ZNC). The
channel is the one in the file's name, or the first that is joined. Among logs named after channels, one that is of none
is talk between two people, and nobody's to see. Hosts, which stand in joins, are not read.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from store.domain.comment import Channel, SkippedRecord, SourceItem, SourceProblem
from store.domain.viewer import NOBODY
from store.sources.dates import parse_date
from store.sources.days import day_of
from store.sources.decoding import STRAY_BYTE_MARK, decode, read_lines
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, locate
from store.sources.head import Head
from store.sources.raw import RawComment

# The protocol's own limit is 512 bytes; bridges write longer ones.
_MAX_LINE_CHARS = 2**16
_NOT_SAID = "not said by anybody: a join, a notice or the like"
# A file is a log if nearly all of its first lines are a log's.
_LOOKED_AT = 60
_SHARE = 0.8

_TIME = r"(?P<time>\d\d:\d\d(?::\d\d)?)"
_DATE = r"(?P<date>\d{4}-\d\d-\d\d)"
_DIALECTS = {
    "supybot": re.compile(rf"{_DATE}T{_TIME}(?P<zone>[+-]\d\d:?\d\d|Z)?  (?P<body>.*)"),
    "weechat": re.compile(rf"{_DATE} {_TIME}\t(?P<prefix>[^\t]*)\t(?P<body>.*)"),
    "dated": re.compile(rf"\[{_DATE}[ T]{_TIME}(?P<zone>Z| ?[+-]\d\d:?\d\d)?\] ?(?P<body>.*)"),
    "znc": re.compile(rf"\[{_TIME}\] ?(?P<body>.*)"),
    "irssi": re.compile(rf"{_TIME} (?P<body>.*)"),
}
# A nick with its mode: an operator's "@", a space where there is none.
_SAID = re.compile(r"<[ @+%&~!]?(?P<nick>[^\s<>]{1,64})>(?:\s(?P<text>.*))?")
_ACTED = re.compile(r" ?\* ?(?P<nick>[^\s*]{1,64})(?:\s(?P<text>.*))?")
_NOTICE = re.compile(r"-[^\s!-]\S{0,200}-(?:\s.*)?")
_EVENT = re.compile(
    r"(?:\*\*\*|-!-|---|-->|<--|==|→|←)(?:\s.*)?"
    r"|\S{1,64} (?:[(\[]\S{0,200}[)\]] )?"
    r"(?:has (?:joined|left|quit)\b|(?:joined|left) [#&]|quit \(|is now known as |sets? (?:mode|the topic)"
    r"|changed the topic).*"
)
_WEECHAT_EVENTS = ("-->", "<--", "--", "=!=", "")
_IRSSI_DAY = re.compile(
    r"--- (?:Log (?:opened|closed)|Day changed) [A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2})"
    r"(?: \d\d:\d\d:\d\d)? (?P<year>\d{4})"
)

_JOINED = re.compile(r"\bhas joined (?P<channel>[#&]\S{1,64})")
_CHANNEL_NAME = re.compile(r"(?:^|[._@-])(?P<channel>[#&]{1,3}[^\s/\\]{1,64})")
_NAME_END = re.compile(r"(?:[._-]?\d{4}[-_.]?\d\d[-_.]?\d\d|\.(?:log|txt|weechatlog|irclog|gz))+$", re.IGNORECASE)
# WeeChat names servers and people like channels, which alone have their sign.
_NAMED_BY_WEECHAT = re.compile(r"irc\..+\.weechatlog$", re.IGNORECASE)
_DIRECT = Channel("direct message", NOBODY)
_DAY_IN_NAME = re.compile(r"(?<!\d)(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
# Bold, colours and the like, as clients send them; the characters alone go in cleaning, the colours' numbers here.
_COLOURS = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line of a log is: said, acted, a notice, an event; of unknown kind where it is none of these."""

    kind: str
    moment: str = ""
    nick: str = ""
    text: str = ""


def recognises(head: Head) -> bool:
    """Tell whether nearly all of the first lines are those of one kind of log."""
    return bool(_find_dialect(head.text, is_whole=head.is_whole))


def parse(files: Iterable[SourceFile]) -> Iterator[SourceItem]:
    """Give what was said and done in channels, in the order of their logs."""
    logs = list(files)
    are_named = any(_find_named(file.name) for file in logs)
    for file in logs:
        yield from locate(file, _parse_log(file, are_named=are_named))


def _parse_log(file: SourceFile, *, are_named: bool) -> Iterator[SourceItem]:
    text = decode(file.read_head())
    # Where the format was named by hand, what fits best.
    dialect = _find_dialect(text, is_whole=True, share=0) or "dated"
    name = _find_named(file.name) or _find_joined(text)
    is_direct = not name and (are_named or _NAMED_BY_WEECHAT.search(file.name) is not None)
    log = _Log(dialect, name, _find_day(file.name), _DIRECT if is_direct else Channel())
    for number, line in enumerate(read_lines(file, _MAX_LINE_CHARS), start=1):
        plain = line.replace(STRAY_BYTE_MARK, "").lstrip("\ufeff")
        if plain.strip():
            yield from log.take(number, plain)


def _find_dialect(text: str, *, is_whole: bool, share: float = _SHARE) -> str:
    """Give the kind of log whose lines most of the first ones are; empty if none has enough."""
    lines = [line.removesuffix("\r") for line in text.split("\n")[: None if is_whole else -1] if line.strip()]
    lines = [line.lstrip("\ufeff")[:_MAX_LINE_CHARS] for line in lines[:_LOOKED_AT]]
    for dialect in _DIALECTS:
        kinds = [_read_line(line, dialect).kind for line in lines]
        known = [kind for kind in kinds if kind]
        if len(known) > share * len(kinds) and _is_sure(dialect, lines, known):
            return dialect
    return ""


def _is_sure(dialect: str, lines: list[str], kinds: list[str]) -> bool:
    """Tell whether lines are a log's, and not those of another table or program that has dates at their beginning."""
    if dialect == "weechat":
        return any("\t-->\t" in line or "\t<--\t" in line or "\t--\t" in line or "\t@" in line for line in lines)
    if dialect == "irssi":
        return bool(_IRSSI_DAY.match(lines[0]))
    return "said" in kinds or "event" in kinds


def _read_line(line: str, dialect: str) -> _Line:
    if dialect == "irssi" and _IRSSI_DAY.match(line):
        return _Line("event")
    found = _DIALECTS[dialect].fullmatch(line)
    if not found:
        return _Line("")
    parts = found.groupdict()
    moment = "T".join(part for part in (parts.get("date"), parts["time"]) if part) + (parts.get("zone") or "").strip()
    if dialect == "weechat":
        return _read_weechat(moment, parts["prefix"].strip(), parts["body"])
    return _read_body(moment, parts["body"])


def _read_body(moment: str, body: str) -> _Line:
    for kind, form in (("said", _SAID), ("event", _EVENT), ("notice", _NOTICE), ("acted", _ACTED)):
        if found := form.fullmatch(body):
            named = found.groupdict()
            return _Line(kind, moment, named.get("nick") or "", named.get("text") or "")
    return _Line("")


def _read_weechat(moment: str, prefix: str, body: str) -> _Line:
    """Read the columns of WeeChat: what is in the first tells what is in the second."""
    if prefix in _WEECHAT_EVENTS:
        return _Line("event", moment)
    if prefix == "*":
        nick, _, text = body.partition(" ")
        return _Line("acted", moment, nick, text)
    nick = prefix.lstrip("@+%&~!")
    return _Line("said", moment, nick, body) if nick and " " not in nick else _Line("")


class _Log:
    """A log being read: of which channel and day, and what was said at the latest moment."""

    def __init__(self, dialect: str, channel: str, day: str, shown_in: Channel) -> None:
        self._dialect = dialect
        self._shown_in = shown_in
        self._channel = channel
        self._day = day
        self._moment = ""
        self._repeated: dict[str, int] = {}
        self._missed_day = False

    def take(self, number: int, raw: str) -> Iterator[SourceItem]:
        if self._dialect == "irssi" and (found := _IRSSI_DAY.match(raw)):
            read = parse_date(f"{found['day']} {found['month']} {found['year']} 00:00:00")
            self._day = f"{read:%Y-%m-%d}" if read else self._day
            yield SkippedRecord(f"line {number}", _NOT_SAID)
            return
        line = _read_line(raw, self._dialect)
        if not line.kind:
            yield SourceProblem(f"line {number}", "the line is none that this kind of log has: left out")
        elif line.kind not in ("said", "acted"):
            yield SkippedRecord(f"line {number}", _NOT_SAID)
        else:
            yield from self._take_said(number, line)

    def _take_said(self, number: int, line: _Line) -> Iterator[SourceItem]:
        said = _COLOURS.sub("", line.text).strip()
        text = f"{line.nick} {said}" if said and line.kind == "acted" else said
        published = self._date(line.moment)
        if published is None and "T" in line.moment:
            yield SourceProblem(f"line {number}", "the date cannot be read: kept without one")
        elif published is None and not self._missed_day:
            self._missed_day = True
            yield SourceProblem(f"line {number}", "the log does not say of which day it is: kept without dates")
        thread, title = day_of(self._channel or "irc", self._channel, published)
        yield from RawComment(
            id=self._make_id(line, text, published),
            text=text,
            thread=thread,
            title=title,
            author=line.nick,
            published=published.isoformat() if published else "",
            channel=self._shown_in,
        ).finish()

    def _date(self, moment: str) -> datetime | None:
        return parse_date(moment if "T" in moment else f"{self._day}T{moment}")

    def _make_id(self, line: _Line, text: str, published: datetime | None) -> str:
        """Make an id that is the same in every export of the log; the same line again at one moment is counted."""
        when = published.astimezone(UTC).isoformat() if published else line.moment
        if when != self._moment:
            self._moment = when
            self._repeated.clear()
        parts = f"{self._channel}\x1f{when}\x1f{line.nick}\x1f{text}".encode("utf-8", "replace")
        made = "irc:" + hashlib.sha256(parts).hexdigest()[:32]
        self._repeated[made] = count = self._repeated.get(made, 0) + 1
        return made if count == 1 else f"{made}-{count}"


def _find_named(name: str) -> str:
    """Give the channel that a file or its folder is named after."""
    for part in reversed(re.split(r"[/\\]", name)[-2:]):
        if found := _CHANNEL_NAME.search(_NAME_END.sub("", part)):
            return found["channel"].lower()
    return ""


def _find_joined(text: str) -> str:
    """Give the first channel that somebody joins."""
    joined = _JOINED.search(text)
    return joined["channel"].lower() if joined else ""


def _find_day(name: str) -> str:
    """Give the day that a file is named after."""
    found = _DAY_IN_NAME.search(re.split(r"[/\\]", name)[-1])
    return "-".join(found.groups()) if found else ""


FORMAT = Format("irc", recognises, parse, coverage=Coverage.PART)
