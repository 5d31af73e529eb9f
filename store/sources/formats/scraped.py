"""Text scraped off a page or flattened from a feed: comments one after the other, each one's author after it.

    what somebody said,

    in paragraphs

    Their Name What the next one said …

Nothing marks where a name ends and the next comment begins but how names and sentences look. So a file is never
recognised as this: whoever imports it says so. What is not sure is told about, and a comment whose author is not sure
is nobody's rather than somebody else's. E-mail addresses and the feed's ids left in the text mark where entries meet;
they are left out.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from store.domain.comment import ANONYMOUS, SourceItem, SourceProblem
from store.sources.decoding import STRAY_BYTE_MARK, read_lines
from store.sources.files import SourceFile
from store.sources.format import Coverage, Format, each
from store.sources.head import Head
from store.sources.raw import RawComment
from store.text.cleaning import clean_line, clean_text
from store.text.html import parse_html

_MAX_LINE_CHARS = 2**20
# A comment without any end in sight is cut here.
_MAX_COMMENT_CHARS = 200_000
_MAX_WORDS_KNOWN = 200_000
_MAX_NAME_TOKENS = 4
# After a border that nobody is named at, whoever is named later than this may not have written it all.
_MAX_PARAGRAPHS_AFTER_DOUBT = 3
_MIN_NAME_CHARS = 3
_BEGINNING_CHARS = 300
# One short line may be a heading; from this many on they are how this text names authors.
_NAMES_ALONE = 3
_NO_AUTHOR = "the author is not sure: left without one"
_NO_SPLIT = "the split is not sure: it may hold several comments"

_WORD = re.compile(r"(?<![\w.@/-])[a-z][a-z'’]+(?![\w.@/-])")
# What may stand in a name: letters, a point after an initial, a hyphen, an apostrophe; in a nickname digits, too.
_NAME_TOKEN = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?|[^\W\d_]\.")
_NICKNAME = re.compile(
    r"[a-z][\w-]*\w(?:\.[a-z]{2,6})?|\w+(?:\.\w+)*\.[a-z]{2,6}|[A-Z][a-z]+[A-Z]\w*|[^\W_]*\d\w*|\w+_\w+"
)
_PARTICLES = frozenset(
    ["de", "da", "di", "del", "der", "den", "van", "von", "la", "le", "bin", "al", "ten", "ter", "zu"]
)
# Words that begin sentences and are nobody's name.
_STARTS = frozenset(
    """
    a about after again agreed ah all also although am an and another any anyway are as at awesome back be because been
    before being both brilliant but by can cheers congratulations could dear definitely did do does doing don't even
    every everyone excellent fantastic few fine finally first for found from further given go good got great greetings
    had has have having he hello her here hey hi his hmm how however i i'd i'll i'm i've if in indeed interesting is it
    it's its just last let let's like lol looking lots love lovely many may maybe more most much my never next nice no
    nobody none not nothing now of oh ok okay on once one only or other our perhaps please really regards right same she
    should simply since so some something sometimes somebody sorry still such sure thank thanks that that's the their
    then there there's these they they're this those though thx to today too totally true two until up us very was we
    we're welcome well were what what's when where whether which while who why will wish with wonderful would wow yeah
    yep yes yesterday yet you you're your
    """.split()  # noqa: SIM905  # two hundred lines otherwise
)
_FIRST_PERSON = re.compile(r"I(?:['’](?:m|d|ll|ve))?")
_ADDRESSING = re.compile(
    r"(?:(?:hi|hello|hey|dear|thanks|thank you|cheers|great post|nice post),? )?(\w+)\s*(?:,|-|–|!|:)", re.IGNORECASE
)
_EMAIL = re.compile(r"\b([\w.+-]{1,64})@[\w-]+(?:\.[\w-]+)+")
_DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)?"
# What a flattened feed leaves between one entry's author and the next one's text.
_ENTRY_MARK = re.compile(
    rf"(?:https?://\S+\s+)?(?:[\w.+-]{{1,64}}@[\w.-]+\s+)?tag:[\w.-]+,\d{{4}}[-\d]*:\S+(?:\s+{_DATE})*\s*"
    rf"|(?:https?://\S+\s+)?noreply@blogger\.com\s*(?:{_DATE}\s*)*|(?:{_DATE}\s+){{2}}"
)
_TITLE = re.compile(r"(.{5,80}?)\.\.\.\s+")
# A comment that ends in an address, and the next one; between them somebody's name was lost.
_LOST_NAME = re.compile(r"(https?://[^\s<>]*[^\s<>.,;:!?)\]'\"]) (?=[A-Z][\w'’]* )")
_SIGNED = re.compile(r"([^\W\d_]\w+[.!]) (?=[A-Z])")
_TAG = re.compile(r"<(?:br|p|b|i|a|em|strong)\b|&(?:#\d+|[a-z]+);", re.IGNORECASE)


@dataclass(slots=True)
class _Known:
    """What the whole text tells: words that are not names, and names that certainly are."""

    words: set[str] = field(default_factory=set)
    names: Counter[str] = field(default_factory=Counter)

    def is_ordinary(self, token: str) -> bool:
        lowered = token.lower().replace("’", "'")
        return lowered in _STARTS or (lowered in self.words and not token.islower())


@dataclass(frozen=True, slots=True)
class _Border:
    """Where a comment ends: how much of the paragraph still is its own, its author, and what follows."""

    own: str
    author: str
    rest: str
    doubt: str = ""


def recognises(_head: Head) -> bool:
    """Recognise nothing: any text may look like this."""
    return False


def parse(file: SourceFile) -> Iterator[SourceItem]:
    """Give the comments that a text splits into, and what is not sure of it."""
    known = _Known()
    for paragraph in _iterate_paragraphs(file):
        if len(known.words) < _MAX_WORDS_KNOWN:
            # The first may be a nickname.
            known.words.update(_WORD.findall(paragraph.partition(" ")[2]))
    alone: Counter[str] = Counter()
    for paragraph in _iterate_paragraphs(file):
        name = _find_sure_name(paragraph, known)
        if name and len(known.names) < _MAX_WORDS_KNOWN:
            known.names[name] += 1
        elif " " in paragraph and len(paragraph) < _BEGINNING_CHARS and _is_name(paragraph, known):
            alone[paragraph] += 1
    if alone.total() >= _NAMES_ALONE:
        known.names += alone
    yield from _split(_iterate_paragraphs(file), known)


def _iterate_paragraphs(file: SourceFile) -> Iterator[str]:
    lines: list[str] = []
    length = 0
    for raw in read_lines(file, _MAX_LINE_CHARS):
        line = raw.replace(STRAY_BYTE_MARK, "").strip()
        if lines and (not line or length > _MAX_COMMENT_CHARS):
            yield "\n".join(lines)
            lines, length = [], 0
        if line:
            lines.append(line)
            length += len(line)
    if lines:
        yield "\n".join(lines)


def _split(paragraphs: Iterator[str], known: _Known) -> Iterator[SourceItem]:
    block = _Block()
    for paragraph in paragraphs:
        border = _find_border(paragraph, known) if block.paragraphs else None
        if border:
            yield from block.end(border)
        yield from block.add(border.rest if border else paragraph)
    yield from block.end_of_text(known)


@dataclass(slots=True)
class _Block:
    """The paragraphs since the last border."""

    paragraphs: list[str] = field(default_factory=list)
    length: int = 0
    # After a border that nobody is named at.
    is_doubtful: bool = False
    has_ended: bool = False
    # Who said what was said before, by its id.
    authors: dict[str, str] = field(default_factory=dict)

    def add(self, paragraph: str) -> Iterator[SourceItem]:
        lost = _LOST_NAME.split(paragraph)
        for text, address in zip(lost[:-1:2], lost[1::2], strict=True):
            self._take(text + address)
            yield from self._finish(ANONYMOUS, _NO_AUTHOR)
            self.is_doubtful = True
        self._take(lost[-1])
        if self.length > _MAX_COMMENT_CHARS:
            yield from self._finish(ANONYMOUS, _NO_SPLIT)

    def end(self, border: _Border) -> Iterator[SourceItem]:
        self.has_ended = True
        self._take(border.own)
        doubt = border.doubt or self._doubt(border.author)
        yield from self._finish(ANONYMOUS if doubt else border.author, doubt)

    def end_of_text(self, known: _Known) -> Iterator[SourceItem]:
        last = self.paragraphs[-1] if self.paragraphs else ""
        # Only where names stand elsewhere is a short end one.
        if len(self.paragraphs) > 1 and _is_name(last, known) and (known.names or self.has_ended):
            self.paragraphs.pop()
            yield from self.end(_Border("", last, ""))
        else:
            yield from self._finish(ANONYMOUS, _NO_AUTHOR if self.has_ended else _NO_SPLIT)

    def _take(self, text: str) -> None:
        if text.strip():
            self.paragraphs.append(text.strip())
            self.length += len(text)

    def _doubt(self, author: str) -> str:
        if self.is_doubtful and len(self.paragraphs) > _MAX_PARAGRAPHS_AFTER_DOUBT:
            return _NO_AUTHOR
        addressed = _ADDRESSING.match(self.paragraphs[0]) if self.paragraphs else None
        # Nobody begins by greeting themselves: the one who did was somebody else, whose name was lost.
        called = addressed[1].lower() if addressed else ""
        return _NO_AUTHOR if len(called) >= _MIN_NAME_CHARS and called in author.lower() else ""

    def _finish(self, author: str, doubt: str) -> Iterator[SourceItem]:
        text = _read(self.paragraphs)
        self.paragraphs, self.length, self.is_doubtful = [], 0, False
        if not text:
            return
        native_id = _make_id(text)
        if self.authors.setdefault(native_id, author) != author:
            # "Thanks!" is said by many.
            native_id = _make_id(f"{text}\n\n{author}")
        if doubt:
            yield SourceProblem(f"{native_id}: {clean_line(text, 60)!r}", doubt)
        yield from RawComment(id=native_id, text=text, author=author).finish()


def _make_id(said: str) -> str:
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:32]


def _read(paragraphs: list[str]) -> str:
    text = "\n\n".join(paragraphs)
    if _TAG.search(text):
        text = parse_html(text.replace("\n", "<br>") if "<" in text else text)
    return clean_text(_EMAIL.sub(r"\1@…", text))


def _find_border(paragraph: str, known: _Known) -> _Border | None:
    marked = _ENTRY_MARK.search(paragraph)
    if marked:
        return _read_marked(paragraph[: marked.start()].strip(), paragraph[marked.end() :], known)
    head = paragraph[:_BEGINNING_CHARS]
    if head.startswith(f"{ANONYMOUS} "):
        return _Border("", ANONYMOUS, paragraph[len(ANONYMOUS) :].lstrip())
    name = _find_known_name(head, known) or _find_sure_name(paragraph, known)
    if name:
        return _Border("", name, paragraph[len(name) :].lstrip())
    signed = _SIGNED.match(head)
    if signed and not known.is_ordinary(signed[1][:-1]):
        return _Border(signed[1], "", paragraph[signed.end() :], _NO_AUTHOR)
    length = _measure_doubtful_name(head, known)
    return _Border("", "", paragraph[length:].lstrip(), _NO_AUTHOR) if length else None


def _read_marked(before: str, after: str, known: _Known) -> _Border:
    """Read a border that the feed's own fields mark: the author before them, after them a title and the text."""
    title = _TITLE.match(after)
    rest = after[title.end() :] if title and after[title.end() :].startswith(title[1].rstrip()[:20]) else after
    own, _, last = before.rpartition("\n")
    if not _is_name(last, known):
        return _Border(before, "", rest, _NO_AUTHOR)
    tokens = last.split(" ")
    # A nickname and a name are two people, and one of them said what was lost.
    is_one = len(tokens) == 1 or not any(_is_nickname(token) for token in tokens)
    return _Border(own, last if is_one else "", rest, "" if is_one else _NO_AUTHOR)


def _find_known_name(head: str, known: _Known) -> str:
    """Find the longest name known from elsewhere that a paragraph begins with, a sentence following."""
    tokens = head.split(" ", _MAX_NAME_TOKENS + 1)
    for count in range(min(_MAX_NAME_TOKENS, len(tokens) - 1), 0, -1):
        name = " ".join(tokens[:count])
        if name in known.names and tokens[count][:1].isupper() and (count > 1 or known.names[name] > 1):
            return name
    return head if head in known.names else ""


def _find_sure_name(paragraph: str, known: _Known) -> str:
    """Find a name that a paragraph begins with, where how it looks and what follows leave no doubt."""
    tokens = paragraph[:_BEGINNING_CHARS].replace("\n", " \n").split(" ")[: _MAX_NAME_TOKENS + 2]
    count = 0
    while count < len(tokens) and _belongs_to_name(tokens[count], known, is_first=count == 0):
        count += 1
    name, following = " ".join(tokens[:count]), tokens[count] if count < len(tokens) else ""
    if count == 2 and _is_vocative(tokens[1:]):  # noqa: PLR2004  # a nickname, and whom they speak to
        count, name, following = 1, tokens[0], tokens[1]
    if not 0 < count <= _MAX_NAME_TOKENS or tokens[count - 1] in _PARTICLES or not following[:1].isupper():
        return ""
    is_start = known.is_ordinary(following.rstrip(",.!?:;")) or following.startswith(("I'", "I’"))
    if count > 1:
        return name if is_start or following[-1:] in ",-!" else ""
    if is_start and not _FIRST_PERSON.fullmatch(following):
        return name
    return name if following.endswith(",") or (is_start and _NICKNAME.fullmatch(name)) else ""


def _belongs_to_name(token: str, known: _Known, *, is_first: bool) -> bool:
    if not is_first and token in _PARTICLES:
        return True
    if known.is_ordinary(token) or token.lower() in _STARTS:
        return False
    if is_first and _NICKNAME.fullmatch(token) and not (token.islower() and token in known.words and "." not in token):
        return True
    return bool(_NAME_TOKEN.fullmatch(token)) and token[:1].isupper()


def _is_nickname(token: str) -> bool:
    return token not in _PARTICLES and bool(_NICKNAME.fullmatch(token))


def _is_vocative(tokens: list[str]) -> bool:
    return len(tokens) > 1 and tokens[1] in ("-", "–", ",")


def _measure_doubtful_name(head: str, known: _Known) -> int:
    """Tell how long something is that looks like a name and the first word of a sentence; 0 where nothing does.

    Three and more words with a capital, and then one without: where the name ends is open, that there is one is likely.
    """
    tokens = head.split(" ")[: _MAX_NAME_TOKENS + 2]
    count = 0
    while count < len(tokens) and _belongs_to_name(tokens[count], known, is_first=count == 0):
        count += 1
    is_open = count in (3, _MAX_NAME_TOKENS) and count < len(tokens) and tokens[count][:1].islower()
    return len(" ".join(tokens[: count - 1])) if is_open else 0


def _is_name(text: str, known: _Known) -> bool:
    """Tell whether a short end is a name: up to four words with a capital, or one nickname."""
    tokens = text.split(" ")
    if not text or len(tokens) > _MAX_NAME_TOKENS or text == ANONYMOUS:
        return text == ANONYMOUS
    return all(_belongs_to_name(token, known, is_first=place == 0) for place, token in enumerate(tokens))


FORMAT = Format("text", recognises, each(parse), coverage=Coverage.PART)
