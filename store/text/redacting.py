"""Taking somebody's words out of what others quote: which quoted lines are theirs, and a text without those. Pure.

Whose words a line is, is not known here: a predicate tells it of each line and each sentence that is quoted, so that
quotations that were wrapped anew, or hold only a sentence, are found as well.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from store.text.cleaning import collapse_spaces
from store.text.passages import Span
from store.text.quotes import drop_spans, find_quoted
from store.text.words import fold

REMOVED = "[removed]"
# Shorter ones, as "Thanks, I agree.", are anybody's.
MIN_LETTERS = 20
# A whole comment that is shorter, as "Thank you very much for your help!", may be said by several.
MIN_OWN_LETTERS = 35

_MARK = re.compile(r"[ \t]*[>|] ?")
# Nobody quotes so deep: marks beyond are one, as a line of nothing but marks may be of any length.
_MAX_DEPTH = 50
_ALL_MARKS = re.compile(rf"(?:{_MARK.pattern})+")
_NO_LETTER = re.compile(r"[\W_]+")
_SENTENCE = re.compile(r"\S.*?(?:[.!?…](?=\s)|[。！？]|(?=\n\s*\n)|\Z)", re.DOTALL)
# Headers of a mail that is quoted whole, below "Original Message" and the like: a line that says who sent it.
_SENDER = re.compile(r"[ \t]*\*?(?:From|Von|De|Da|Van|Från)\*?[ ]?:(.*)", re.IGNORECASE)
# A name has at most so many words.
_MAX_WORDS = 6
_EDGES = ",:;<>()[]\"“”„*'’"
# What may stand before a name with a capital of its own and be no part of it.
_NOT_OF_NAME = frozenset(
    {"am", "pm", "quoting", "utc", "gmt", "on", "le", "el", "em", "il", "op", "den", "dne", "citando"}
    | {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
)
_DAY = re.compile(r"\d{1,2}\.?")


class Known(Protocol):
    """Tells whose words are to be taken out."""

    def has_words(self, words: str) -> bool:
        """Tell whether a line or sentence is theirs, as `find_words` gives it."""

    def has_name(self, name: str) -> bool:
        """Tell whether a name is theirs, folded."""


def find_words(text: str) -> Iterator[str]:
    """Give each line and each sentence that is long enough to be told from what others write.

    As letters and digits alone: whoever quotes changes spaces, quotation marks and where lines end.
    """
    for words, _ in _find_words(text):
        yield words


def find_own_words(text: str) -> Iterator[str]:
    """Give the lines and sentences that are the author's own, and all of these as one.

    A signature, which others quote along, is theirs too.
    """
    others = [span for span in find_quoted(text) if not text.startswith("--", span.start) or _is_original(text, span)]
    yield from find_words(drop_spans(text, others, Span(0, len(text))))
    # All of it at once, however its lines end, and with those that are too short to be told from others'.
    words = normalise(_drop_quoted(text))
    if len(words) >= MIN_OWN_LETTERS:
        yield words


def is_of(text: str, known: Known) -> bool:
    """Tell whether all that is said in a text, quotations and a signature aside, is somebody's whose words are known.

    All of it as one, or each of its lines. It has to be long enough that nobody else says the same by chance.
    """
    own = _drop_quoted(text)
    words = normalise(own)
    if len(words) < MIN_OWN_LETTERS:
        return False
    return known.has_words(words) or all(known.has_words(line) for line in map(normalise, own.split("\n")) if line)


def _drop_quoted(text: str) -> str:
    return drop_spans(text, find_quoted(text), Span(0, len(text)))


def normalise(text: str) -> str:
    """Reduce a text to its letters and digits, folded."""
    return _NO_LETTER.sub("", fold(text))


def redact(text: str, known: Known) -> tuple[str, int]:
    """Give a text without the lines that quote somebody, and how many pieces of it were theirs.

    "[removed]" stands for each piece, marked as the quotation was; a line that says whom it quotes goes with it.
    """
    # Most comments quote nobody, and need no further look.
    if not find_quoted(text):
        return text, 0
    lines = text.split("\n")
    found = _find_theirs(lines, known)
    if not found:
        return text, 0
    kept: list[str] = []
    pieces = 0
    for number, line in enumerate(lines):
        if number not in found:
            kept.append(line)
            continue
        if number - 1 in found and _depth(found[number - 1]) == _depth(found[number]):
            continue
        kept.append(found[number] + REMOVED)
        pieces += 1
    return "\n".join(kept), pieces


def redact_title(title: str, known: Known) -> str:
    """Give a title, or nothing where it is what somebody wrote: chats call a thread by its first line."""
    words = normalise(title)
    return "" if len(words) >= MIN_LETTERS and known.has_words(words) else title


def find_names(line: str) -> Iterator[str]:
    """Give what may be the name in a line that says whom a quotation is of, folded."""
    words = line.split()
    for start in range(len(words)):
        # An address stands after the name that it is of.
        if not (words[start].startswith("<") or _may_precede(words[start - 1] if start else "")):
            continue
        for end in range(start + 1, min(start + _MAX_WORDS, len(words)) + 1):
            name = " ".join(words[start:end]).strip(_EDGES)
            if name and _may_follow(words[end - 1], words[end] if end < len(words) else ""):
                yield fold(name)


def _may_precede(word: str) -> bool:
    """Tell whether a name may begin after a word: "Bob" in "Ann Bob" is another's."""
    if not word or word[-1] in ",:;>)":
        return True
    if _DAY.fullmatch(word):
        # "3 May" is a day.
        return False
    return not word[0].isupper() or fold(word) in _NOT_OF_NAME


def _may_follow(last: str, word: str) -> bool:
    """Tell whether a name may end with a word before another."""
    return not word or last[-1] in ",:;" or word[0] in "<([" or not (word[0].isupper() or word[0].isdigit())


class _Words(NamedTuple):
    words: str
    span: Span


def _find_words(text: str) -> Iterator[_Words]:
    position = 0
    for line in text.split("\n"):
        yield from _make_words(line, position)
        position += len(line) + 1
    for found in _SENTENCE.finditer(text):
        yield from _make_words(found[0], found.start())


def _make_words(text: str, start: int) -> Iterator[_Words]:
    words = normalise(text)
    if len(words) >= MIN_LETTERS:
        yield _Words(words, Span(start, start + len(text)))


def _is_original(text: str, span: Span) -> bool:
    """Tell whether a tail of a text is a mail that is quoted whole, and no signature."""
    return any(_SENDER.match(line) for line in text[span.start : span.end].split("\n"))


def _find_theirs(lines: Sequence[str], known: Known, *, depth: int = 0, is_theirs: bool = False) -> dict[int, str]:
    """Give the lines that are theirs, each with the marks that stand before what is put there.

    Args:
        lines: Of one depth of quotation, with the marks of what is quoted in there.
        known: Tells whose they are.
        depth: In how many quotations they stand.
        is_theirs: The line above says that it is theirs.
    """
    found: dict[int, str] = {}
    is_quoted = depth > 0
    marks_of_one = _MARK if depth < _MAX_DEPTH else _ALL_MARKS
    attributions, tails = _find_unmarked(lines)
    named = [span for span in attributions if _names(lines, span, known)]
    for block in _find_runs([bool(_MARK.match(line)) for line in lines]):
        above = _find_above(block, attributions, lines)
        is_named = above in named
        inner = [marks_of_one.sub("", lines[number], count=1) for number in block]
        inside = _find_theirs(inner, known, depth=depth + 1, is_theirs=is_named)
        for number, marks in inside.items():
            mark = marks_of_one.match(lines[block[number]])
            found[block[number]] = (mark[0] if mark else "") + marks
        # What is marked once more inside is another's.
        if is_named or "" in inside.values():
            found.update(dict.fromkeys(above, "> "))
    found.update({number: "> " for span in named for number in span})
    taken = {number for span in attributions for number in span}
    if is_quoted:
        own = [not _MARK.match(line) and number not in taken for number, line in enumerate(lines)]
        runs = _find_runs(own)
    else:
        runs = tails
    for run in runs:
        theirs = _find_known([lines[number] for number in run], known, is_theirs=is_theirs)
        found.update({run[number]: "" if is_quoted else "> " for number in theirs})
    return found


def _depth(marks: str) -> int:
    return marks.count(">") + marks.count("|")


def _find_unmarked(lines: Sequence[str]) -> tuple[list[range], list[range]]:
    """Find the lines that say whom a quotation is of, and those that stand below what is said: a mail, a signature."""
    text = "\n".join(lines)
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    attributions: list[range] = []
    tails: list[range] = []
    for span in find_quoted(text):
        first = bisect_right(starts, span.start) - 1
        numbers = range(first, max(first + 1, bisect_right(starts, max(span.start, span.end - 1))))
        if _MARK.match(lines[first]):
            continue
        is_attribution = text[span.start : span.end].rstrip().endswith((":", "：")) and len(numbers) <= 2  # noqa: PLR2004  # it may be wrapped once
        (attributions if is_attribution else tails).append(numbers)
    return attributions, tails


def _find_runs(flags: Sequence[bool]) -> list[range]:
    """Give the runs of those that are set."""
    runs: list[range] = []
    for number, flag in enumerate(flags):
        if not flag:
            continue
        if runs and runs[-1].stop == number:
            runs[-1] = range(runs[-1].start, number + 1)
        else:
            runs.append(range(number, number + 1))
    return runs


def _find_above(block: range, attributions: Sequence[range], lines: Sequence[str]) -> range:
    """Find the line above a quotation that says whose it is, a blank line away at most."""
    for span in attributions:
        between = lines[span.stop : block.start]
        if span.stop <= block.start and len(between) <= 1 and not "".join(between).strip():
            return span
    return range(0)


def _names(lines: Sequence[str], span: range, known: Known) -> bool:
    line = collapse_spaces(" ".join(lines[number] for number in span))
    return any(known.has_name(name) for name in find_names(line))


def _find_known(lines: Sequence[str], known: Known, *, is_theirs: bool) -> set[int]:
    """Give which of some lines that stand together, in one quotation, are theirs; short ones go with the long ones."""
    said = {number for number, line in enumerate(lines) if line.strip()}
    every = set(range(min(said), max(said) + 1)) if said else said
    if is_theirs:
        return every
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    found: set[int] = set()
    for words, span in _find_words("\n".join(lines)):
        if known.has_words(words):
            found.update(range(bisect_right(starts, span.start) - 1, bisect_right(starts, span.end - 1)))
    found |= _find_sent(lines, known)
    found &= said
    is_all = found and {number for number in said if len(normalise(lines[number])) >= MIN_LETTERS} <= found
    return every if is_all else found


def _find_sent(lines: Sequence[str], known: Known) -> set[int]:
    """Give the lines of mails that are quoted whole and were sent by them."""
    found: set[int] = set()
    is_theirs = False
    for number, line in enumerate(lines):
        if sender := _SENDER.match(line):
            is_theirs = any(known.has_name(name) for name in find_names(sender[1].strip()))
        if is_theirs:
            found.add(number)
    return found
