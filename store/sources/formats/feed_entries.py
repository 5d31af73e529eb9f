"""Entries of feeds, however they are written, to comments: what they are called, and which discussion they belong to.

Where an entry names what it answers (RFC 4685), or its address is a place in a page (`…/post#comment-5`), it is a
comment on that. Any other entry begins a discussion of its own. Addresses tell discussions apart, not ids: the feed of
a post's comments knows the post's address alone.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from store.domain.comment import SourceItem
from store.sources.raw import RawComment

_ORIGIN = re.compile(r"https?://(?:www\.)?([^/?#]*)", re.IGNORECASE)
# What counts readers, rather than telling a place in the page.
_TRACKING = re.compile(r"(?:utm_|xtor=|rss$|ref=)")
_NUMBER_AT_END = re.compile(r"\d+$")
_COMMENTS_ON = re.compile(r"Comments on:?\s+(?:“|\")?(.+?)(?:”|\")?", re.IGNORECASE | re.DOTALL)
_ANSWER_TITLE = re.compile(r"(?:.*[•·] )?(?:Re|Aw|Antw|Sv):\s*(.+)|Comment on (.+) by .+", re.IGNORECASE | re.DOTALL)
# A chain of answers longer than this, one inside the other, is none that people wrote.
_MAX_CHAIN = 100_000


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself. `following` are the addresses of its further pages."""

    title: str = ""
    link: str = ""
    author: str = ""
    following: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as its feed has it.

    Attributes:
        place: Where it stands in the file.
        ref: The id of what it answers, in a feed that says so.
        ref_url: The address of that.
        replies: The addresses of feeds of its comments.
        skipped: Why it is left out on purpose; empty if it is not.
    """

    place: str
    id: str = ""
    link: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    published: str = ""
    edited: str = ""
    ref: str = ""
    ref_url: str = ""
    replies: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def native_id(self) -> str:
        """Give its id, else its address, else a hash of what it says."""
        said = f"{self.title}\n{self.text}\n{self.author}\n{self.published}"
        hashed = hashlib.sha256(said.encode(errors="replace")).hexdigest()[:32]
        return fold_address(self.id) or fold_address(self.link) or hashed

    @property
    def is_answer(self) -> bool:
        """Tell whether it is a comment on something."""
        return bool(self.ref or find_page(self.link))


@dataclass(slots=True)
class Threads:
    """Which entries answer which, as far as they were read."""

    answers: dict[str, tuple[str, str]] = field(default_factory=dict)
    begun: dict[str, tuple[str, str]] = field(default_factory=dict)

    def note(self, entry: Entry) -> None:
        """Remember an entry for those that answer it."""
        if entry.ref:
            self.answers[entry.native_id] = fold_address(entry.ref), entry.ref_url
        elif not entry.is_answer:
            self.begun[entry.native_id] = entry.link, entry.title

    def has(self, native_id: str) -> bool:
        """Tell whether an entry was read."""
        return native_id in self.answers or native_id in self.begun

    def find_beginning(self, entry: Entry) -> tuple[str, str]:
        """Follow what an entry answers to the first that answers nothing; give its id, and its address where known."""
        ref, url = fold_address(entry.ref), entry.ref_url
        seen = {entry.native_id}
        while ref in self.answers and ref not in seen and len(seen) < _MAX_CHAIN:
            seen.add(ref)
            ref, url = self.answers[ref]
        # Shortens the way for those who ask next.
        self.answers.update(dict.fromkeys(seen - {entry.native_id, ref}, (ref, url)))
        return ref, self.begun[ref][0] if ref in self.begun else url


def finish(entry: Entry, feed: Feed, threads: Threads) -> Iterator[SourceItem]:
    """Give the comment that an entry is."""
    page = find_page(entry.link)
    ref, begun_at = threads.find_beginning(entry) if entry.ref else ("", "")
    thread_url = (find_page(begun_at) or begun_at or page) if entry.is_answer else entry.link
    native_id = entry.native_id
    yield from RawComment(
        id=native_id,
        text=entry.text or entry.title,
        thread=fold_address(thread_url) or ref or (_name_topic(entry) if entry.is_answer else native_id),
        title=threads.begun.get(ref, ("", ""))[1] or _title_thread(entry, feed),
        thread_url=thread_url,
        author=entry.author or ("" if entry.is_answer else feed.author),
        published=entry.published,
        edited=entry.edited,
        url=entry.link,
        parent=_find_parent(entry, threads),
        skipped=entry.skipped,
        place=entry.place,
    ).finish()


def fold_address(text: str) -> str:
    """Give the same id for all forms of one address: with http or https, www or not, a slash at the end or not."""
    text = text.strip()
    origin = _ORIGIN.match(text)
    if origin is None:
        return text
    page, _, fragment = text[origin.end() :].partition("#")
    folded = origin[1].lower() + page.removesuffix("/")
    return f"{folded}#{fragment}" if fragment else folded


def find_page(link: str) -> str:
    """Give the page that an address of a place in it is of; empty if it is of a whole page, or the page is not told.

    Forums repeat the number of a place in the page's own address (`viewtopic.php?t=7&p=123#p123`).
    """
    page, _, fragment = link.partition("#")
    if not fragment or _TRACKING.match(fragment):
        return ""
    number = _NUMBER_AT_END.search(fragment)
    try:
        query = urlsplit(page).query
    except ValueError:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(key, value) for key, value in pairs if not (number and value == number[0]) and key != "showComment"]
    if len(kept) == len(pairs):
        return page
    path = page.partition("?")[0]
    if kept:
        return f"{path}?{urlencode(kept)}"
    return path if any(key == "showComment" for key, _ in pairs) else ""


def _find_parent(entry: Entry, threads: Threads) -> str:
    """Give what an entry answers, where that is an entry, too: one that was read, or a place in a page."""
    ref = fold_address(entry.ref)
    return ref if ref and ref != entry.native_id and (threads.has(ref) or find_page(entry.ref_url)) else ""


def _title_thread(entry: Entry, feed: Feed) -> str:
    """Give the discussion's title. A comment's own is often its author or its beginning, and is no title of it."""
    if not entry.is_answer:
        return entry.title
    on_one = _COMMENTS_ON.fullmatch(feed.title)
    return on_one[1] if on_one else _name_topic(entry)


def _name_topic(entry: Entry) -> str:
    found = _ANSWER_TITLE.fullmatch(entry.title)
    return (found[1] or found[2]) if found else ""
