"""Which discussion each mail of a list belongs to, told in the order that the mails come.

By the References (RFC 5322), then In-Reply-To, then, for a reply that has neither, the same subject within weeks. A
list of 470,000 mails takes about 30 MB: of discussions, a hash and their title are held; the rest is on disk.
"""

import re
from array import array
from datetime import UTC, datetime
from typing import Self

from store.sources.formats.mail_headers import digest_id, encode_digest, make_plain
from store.sources.number_map import NumberMap
from store.text.cleaning import clean_line, clean_name

# A reply to a subject that nothing was said of for longer is another discussion under the same name.
MAX_SILENT_DAYS = 28
_DIGEST_BYTES = 20
# Few enough bits for Python's smaller numbers, far too many for two of a million mails to share.
_KEY_BITS = 60

# What stands before a subject: the mark of a reply or of a forward in several languages, or a tag, after which
# something follows.
_MARK = re.compile(
    r"\s*(?:(?P<reply>(?:re|aw|sv|vs|antw(?:oord|ort)?|odp\.?|res|ref|réf|rif|ynt|vá|bls|atb|απ|σχετ|отв|ответ|на"
    r"|回复|答复|回覆|返信|답장|회신|השב|תגובה|رد)(?:\s?[\[(^]\s?\d{1,3}\s?[\])]?)?\s*[:：])"
    r"|(?:fwd?|wg|tr|rv|enc|vb|vl|doorst|továbbítás|i̇lt|ilt|πρθ|пересл|转发|轉寄|転送|전달)\s*[:：]"
    r"|\[(?P<tag>[\w.+&-]{1,60})(?:(?::|\s)\s?#?\d+)?\](?=\s*\S))\s*",
    re.IGNORECASE,
)
_FORWARDED_TAIL = re.compile(r"\s*\(fwd\)\s*$", re.IGNORECASE)
# As Mozilla's programs mark what they forward.
_FORWARDED_WHOLE = re.compile(r"\s*\[fwd:\s*(.*)\]\s*", re.IGNORECASE)
# Tags that people write, where a list would put its name.
_SAID = frozenset({
    "ann", "announce", "announcement", "bug", "cfp", "discuss", "discussion", "draft", "help", "idea", "job", "jobs",
    "minutes", "offtopic", "ot", "patch", "poll", "proposal", "question", "reminder", "report", "request", "result",
    "results", "rfc", "rfe", "solved", "survey", "update", "urgent", "vote", "wip",
})  # fmt: skip


class Threads:
    """The discussions of a list so far."""

    def __init__(self) -> None:
        self._known = NumberMap()
        self._subjects = NumberMap()
        self._roots = bytearray()
        self._titles: list[str] = []
        self._last_days = array("l")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._known.close()
        self._subjects.close()

    def place(
        self, own: bytes, references: list[str], subject: "Subject", published: datetime | None
    ) -> tuple[str, str]:
        """Give the id and title of the discussion that a mail belongs to, and remember the mail.

        Args:
            own: The hash that the mail is known by.
            references: What it follows, the oldest first.
            subject: What it is about.
            published: When it was sent.
        """
        digests = [digest_id(reference) for reference in references]
        keys = [_key(digest) for digest in digests]
        own_key = _key(own)
        day = (published or datetime.fromtimestamp(0, UTC)).toordinal()
        thread = self._find(own_key, keys, subject, day)
        if thread is None:
            thread = self._begin(digests[0] if digests else own, subject.title)
        elif self._root(thread) == own and subject.title:
            # The first mail names the discussion, though a reply may have come before it.
            self._titles[thread] = subject.title
        self._known.add(dict.fromkeys((own_key, *keys), thread))
        self._last_days[thread] = max(self._last_days[thread], day)
        if subject.key:
            self._subjects.put({subject.key: thread})
        return encode_digest(self._root(thread)), self._titles[thread]

    def _find(self, own_key: int, keys: list[int], subject: "Subject", day: int) -> int | None:
        wanted = (own_key, *keys)
        known = self._known.find(wanted)
        if known:
            return next(known[key] for key in wanted if key in known)
        if keys or not subject.is_reply:
            return None
        thread = self._subjects.find((subject.key,)).get(subject.key)
        is_near = thread is not None and abs(day - self._last_days[thread]) <= MAX_SILENT_DAYS
        return thread if is_near else None

    def _begin(self, root: bytes, title: str) -> int:
        self._roots += root
        self._titles.append(title)
        self._last_days.append(0)
        return len(self._titles) - 1

    def _root(self, thread: int) -> bytes:
        return bytes(self._roots[thread * _DIGEST_BYTES : (thread + 1) * _DIGEST_BYTES])


class Subject:
    """What a mail is about: without the marks of replies and forwards, and without its list's name.

    Attributes:
        title: The subject as it is shown.
        is_reply: It is marked as a reply.
        key: What it is compared by; 0 for none.
    """

    __slots__ = ("is_reply", "key", "title")

    def __init__(self, subject: str, list_names: set[str]) -> None:
        rest, self.is_reply, tags = clean_line(subject, 2_000), False, set[str]()
        if whole := _FORWARDED_WHOLE.fullmatch(rest):
            rest = whole[1]
        while found := _MARK.match(rest):
            if found["tag"]:
                if not _is_list(found["tag"], list_names, tags):
                    break
                tags.add(make_plain(found["tag"]))
            self.is_reply |= bool(found["reply"])
            rest = rest[found.end() :]
        # An address is not kept here, either.
        self.title = clean_name(_FORWARDED_TAIL.sub("", rest), 300)
        folded = " ".join(self.title.casefold().split())
        self.key = _key(digest_id(folded)) if folded else 0


def _is_list(tag: str, list_names: set[str], tags: set[str]) -> bool:
    """Tell whether a tag is the list's name.

    Where the mail does not name the list, its name comes first, and may be any but what people write there themselves;
    lists add it again to replies that have it.
    """
    plain = make_plain(tag)
    return plain in list_names if list_names else tags <= {plain} and plain not in _SAID


def _key(digest: bytes) -> int:
    return int.from_bytes(digest[:8]) >> (64 - _KEY_BITS)
