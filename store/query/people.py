"""People in a question who narrow it: "by Jon", "comments from Laura", "according to May Chen", "@jon".

Where only a name can stand ("posts by …", "according to …", "what did … say") near spellings count too; after a "by" or
"from" that may be of anything ("learning by doing", "working from home") only exact names do. A name is taken with all
words that go with it, up to a word of grammar or a punctuation mark: "by Mark Twain" is not by the Mark we know. A name
that is talked about is a topic. Of "not by Jon" and "by anyone but Jon" he is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from store.query.known import Known
from store.query.names import split_name
from store.query.vocabulary import NOUNS_OF_SAYING, PARTICIPLES, PAST_OF_SAYING, TOPIC_PREPOSITIONS
from store.query.wording import Wording, is_function_word, word_set

_MAX_WORDS = 5
# Months and seasons that are names as well are people only where nothing else can stand, and only as first names.
_TIMES = word_set(
    "january february march april may june july august september october november december spring summer "
    "autumn fall winter christmas easter monday tuesday wednesday thursday friday saturday sunday"
)
# What may follow a name besides words of grammar.
_AFTER_NAME = frozenset(_TIMES | PAST_OF_SAYING | {"early", "mid", "late", "earlier", "says", "thinks"})
# Surnames to somebody, but not after a bare "by" or "from".
_IDIOMS = word_set(
    "abroad accident afar air bus car chance choice contract day default definition design doing email "
    "example experience far foot hand hands heart home law mail management memory mistake name nature "
    "night office order others page phone post scratch side source top train trial video virtue watching "
    "way within word work year"
)
_ANYONE = word_set("anyone anybody everyone everybody all")
_BUT = word_set("but except excluding besides")
_TO = frozenset({"to", "until", "till", "through"})
_VIEWS = word_set("opinion opinions view views eyes mind words")


@dataclass(frozen=True, slots=True)
class People:
    """Authors as the archive spells them, those who are left out, and the places of the words that named them."""

    authors: tuple[str, ...] = ()
    taken: frozenset[int] = frozenset()
    not_by: tuple[str, ...] = ()


def find_people(wording: Wording, known: Known) -> People:
    """Find the people that prepositions mark."""
    authors: dict[str, None] = {}
    not_by: dict[str, None] = {}
    taken: set[int] = set()
    index = 0
    while index < len(wording.words):
        found = _find_left_out(wording, index, known) or _find_marked(wording, index, known)
        authors |= dict.fromkeys(found.authors)
        not_by |= dict.fromkeys(found.not_by)
        is_found = bool(found.authors or found.not_by)
        taken |= found.taken if is_found else frozenset()
        index = (max(found.taken) if is_found else index) + 1
    return People(tuple(authors), frozenset(taken), tuple(not_by))


def find_mentions(every: Wording, kept: Wording, known: Known) -> People:
    """Find people named with an "@" among the kept words, unless they are what is talked about."""
    authors: dict[str, None] = {}
    taken: set[int] = set()
    before = {word.start: every.key(index - 1) for index, word in enumerate(every.words)}
    for index, word in enumerate(kept.words):
        if word.key.startswith("@") and before[word.start] not in TOPIC_PREPOSITIONS:
            names = read_names(kept, index, known, is_certain=True)
            authors |= dict.fromkeys(names.authors)
            taken |= names.taken
    return People(tuple(authors), frozenset(taken))


def resolve_people(wording: Wording, known: Known) -> People:
    """Find the people that words consist of, from the first: "Jon, Laura and the others" gives two."""
    authors: dict[str, None] = {}
    taken: set[int] = set()
    index = 0
    while index < len(wording.words):
        if wording.key(index) in {"and", "or"} and taken:
            index += 1
            continue
        found = read_names(wording, index, known, is_certain=True)
        if not found.authors:
            break
        authors |= dict.fromkeys(found.authors)
        taken |= found.taken
        index = max(found.taken) + 1
    if index >= len(wording.words) and taken:
        taken = set(range(len(wording.words)))
    return People(tuple(authors), frozenset(taken))


def read_names(wording: Wording, start: int, known: Known, *, is_certain: bool) -> People:
    """Read one name or several that begin here: the longest that ends where a name can end."""
    for end in range(min(start + _MAX_WORDS, len(wording.words)), start, -1):
        last = wording.key(end - 1)
        if last.isdecimal() or (is_function_word(last) and last != "will") or (end - 1 > start and last[0] == "@"):
            continue
        authors = known.find_authors(_spell_name(wording, start, end), is_certain=is_certain)
        if not authors:
            continue
        following = _find_linked(wording, end)
        more = read_names(wording, following, known, is_certain=is_certain) if following else People()
        if more.authors:
            names = dict.fromkeys((*authors, *more.authors))
            return People(tuple(names), frozenset(range(start, max(more.taken) + 1)))
        if _ends_name(wording, end) or _is_mention(wording, start, end, authors):
            return People(authors, frozenset(range(start, end)))
    return People()


def _is_mention(wording: Wording, start: int, end: int, authors: Iterable[str]) -> bool:
    """Tell a whole name after an "@", which ends where it ends: "@Jon Ingham badges"."""
    return wording.key(start).startswith("@") and all(len(split_name(name)) == end - start for name in authors)


def _spell_name(wording: Wording, start: int, end: int) -> str:
    """Give the words of a name as typed, without the possessive ending that the whole of them may have."""
    text = wording.spell(start, end)
    return text[:-2] if wording.key(end - 1).endswith("'s") else text


def _find_linked(wording: Wording, end: int) -> int | None:
    """Find where another name of a list may begin: after "and", "or", a comma or "&". Two words alone are one name."""
    if end >= len(wording.words):
        return None
    if wording.key(end) in {"and", "or"}:
        return end + 1
    return end if _has_sign(wording, end, ",&/+") else None


def _ends_name(wording: Wording, end: int) -> bool:
    """Tell whether a name can end here: with a word that is not of names, or a punctuation mark."""
    key = wording.key(end)
    return (
        is_function_word(key)
        or key[0].isdecimal()
        or key[0] == "#"
        or key in _AFTER_NAME
        or _has_sign(wording, end, ",;:.!?()")
    )


def _has_sign(wording: Wording, end: int, signs: str) -> bool:
    between = wording.text[wording.words[end - 1].end : wording.words[end].start]
    return any(sign in between for sign in signs)


def _find_left_out(wording: Wording, index: int, known: Known) -> People | None:
    """Find a person who is left out: "not by Jon", "by anyone but Jon", "from everyone other than Jon"."""
    if wording.key(index) == "not":
        found = _find_marked(wording, index + 1, known) if wording.key(index + 1) in {"by", "from"} else People()
        begin = index - 1 if wording.key(index - 1) in {"but", "and"} else index
    elif wording.key(index) in {"by", "from"} and wording.key(index + 1) in _ANYONE:
        but = " ".join(wording.key(index + place) for place in (2, 3))
        start = index + 4 if but == "other than" else index + 3
        is_meant = but == "other than" or wording.key(index + 2) in _BUT
        found, begin = read_names(wording, start, known, is_certain=True) if is_meant else People(), index
    else:
        return None
    if not found.authors:
        return None
    return People(taken=found.taken | frozenset(range(begin, max(found.taken))), not_by=found.authors)


def _find_marked(wording: Wording, index: int, known: Known) -> People:
    """Find a person whom a preposition at this place marks."""
    key = wording.key(index)
    if key == "according" and wording.key(index + 1) == "to":
        return _take(wording, index, index + 2, known, is_certain=True)
    if key == "in":
        return _find_in_the_view(wording, index, known)
    if key not in {"by", "from"}:
        return People()
    is_certain = wording.key(index - 1) in NOUNS_OF_SAYING | PARTICIPLES
    found = _take(wording, index, index + 1, known, is_certain=is_certain)
    last = max(found.taken, default=index)
    if wording.key(last).endswith("'s") or (key == "from" and wording.key(last + 1) in _TO):
        return People()
    return _doubt_word(wording, last, found, is_certain=is_certain) if last == index + 1 else found


def _doubt_word(wording: Wording, place: int, found: People, *, is_certain: bool) -> People:
    """Let a month or an everyday word be a person only as a first name, and where nothing else can stand."""
    key = wording.key(place)
    if key not in _IDIOMS | _TIMES:
        return found
    if not is_certain or wording.key(place + 1).isdecimal():
        return People()
    authors = tuple(name for name in found.authors if split_name(name)[0] == key)
    return People(authors, found.taken if authors else frozenset())


def _take(wording: Wording, index: int, start: int, known: Known, *, is_certain: bool) -> People:
    names = read_names(wording, start, known, is_certain=is_certain)
    if not names.authors:
        return People()
    begin = index
    # "badges posted by Jon": the participle goes with the preposition, unless it is the verb of "what was said by Jon".
    if wording.key(index - 1) in PARTICIPLES and not _is_verb(wording, index - 1):
        begin -= 1
    return People(names.authors, names.taken | frozenset(range(begin, start)))


def _is_verb(wording: Wording, index: int) -> bool:
    return index == 0 or is_function_word(wording.key(index - 1)) or wording.key(index - 1).endswith("'s")


def _find_in_the_view(wording: Wording, index: int, known: Known) -> People:
    """Find "in Laura's opinion"."""
    for end in range(index + 2, min(index + 2 + _MAX_WORDS, len(wording.words))):
        if wording.key(end) in _VIEWS and wording.key(end - 1).endswith("'s"):
            names = read_names(wording.part(0, end), index + 1, known, is_certain=True)
            if names.authors and max(names.taken) == end - 1:
                return People(names.authors, frozenset(range(index, end + 1)))
    return People()
