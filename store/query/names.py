"""An index of people's names: by whole name, first name, last name, and, failing those, by near spelling.

Small and fast at 50,000 names: words are kept once, near spellings are looked for only among words that begin with
the same letter and are nearly as long.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from rapidfuzz import fuzz, process

from store.query.wording import word_set
from store.text.words import fold

# More namesakes than this say too little to be a filter: the name stays in the topic.
MAX_NAMESAKES = 12
# Floors of rapidfuzz's ratio (0 to 100). One letter missing or too many in a word of five is 89, one wrong is 80:
# Ingram is not Ingham (83). Whole names are longer, so that two such slips pass where they would not in a word.
_MIN_PART_RATIO = 86
_MIN_WHOLE_RATIO = 90
# Shorter words are near to too many others.
_MIN_FUZZY_CHARS = 4

# Names that sources give to people they do not know, and words that stand in the place of a first or last name.
GENERIC_NAMES = word_set(
    "admin administrator anon anonym anonymous author blogger bot commenter deleted editor guest member "
    "mod moderator nobody none null owner root somebody someone staff system test unknown user username "
    "webmaster"
)
_NO_PARTS = GENERIC_NAMES | word_set(
    "blog company consulting group hcm hr inc jobs limited llc ltd news people recruiting support talent "
    "team work the dr jr md mba mr mrs ms phd prof sr sir van von de del der den di da la le al bin ibn "
    "ii iii"
)
# "hrnotes.example.com" is called "hrnotes"; "jon.ingham" is no address.
_ADDRESS = re.compile(
    r"(?:https?://(?:www\.)?|www\.)(?P<label>[\w-]+)\S*"
    r"|(?P<bare>[\w-]+)(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|info|biz|blog|[a-z]{2})(?:/\S*)?"
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_AFTER_COMMA = re.compile(r",\s*(?:ph\.?d|mba|m\.?d|[a-z]{2,5}-[a-z]{2,4}|jr|sr|esq|shrm\S*|sphr|phr|cipd)\b.*$")
_REST_OF_MAIL = re.compile(r"(?<=\w)@\S*")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NO_LETTER = re.compile(r"[\W_]+")


class NameIndex:
    """Finds people by what they may be called."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(dict.fromkeys(names))
        self._published = frozenset(self._names)
        wholes: dict[str, list[int]] = defaultdict(list)
        parts: dict[str, list[int]] = defaultdict(list)
        for index, name in enumerate(self._names):
            words = split_name(name)
            wholes["".join(words)].append(index)
            if words and words[0] not in GENERIC_NAMES:
                for word in {words[0], words[-1]} - _NO_PARTS:
                    if len(word) > 1 and len(words) > 1:
                        parts[word].append(index)
        wholes.pop("", None)
        self._wholes = {key: tuple(found) for key, found in wholes.items()}
        self._parts = {key: tuple(found) for key, found in parts.items()}
        self._near_wholes = _bucket(key for key in self._wholes if key not in GENERIC_NAMES)
        self._near_parts = _bucket(self._parts)

    @property
    def names(self) -> frozenset[str]:
        """All names, as they are published."""
        return self._published

    def find(self, name: str, *, is_certain: bool = True) -> tuple[str, ...]:
        """Find whom a name means: all who are equally likely, as published; nobody if there are too many.

        Args:
            name: A first name, a last name or a whole name.
            is_certain: Whether it stands where only a name can: then near spellings of one word count, and generic
                names as well.
        """
        words = split_name(name)
        if not words or (not is_certain and "".join(words) in GENERIC_NAMES):
            return ()
        if is_address(name):
            found: Sequence[int] = self._wholes.get(words[0], ())
        else:
            may_be_near = is_certain or len(words) > 1
            found = self._find_exactly(words) or (self._find_nearly(words) if may_be_near else ())
        return tuple(self._names[index] for index in found) if len(found) <= MAX_NAMESAKES else ()

    def _find_exactly(self, words: Sequence[str]) -> Sequence[int]:
        whole = self._wholes.get("".join(words), ())
        if len(words) == 1:
            return tuple(dict.fromkeys((*whole, *self._parts.get(words[0], ()))))
        return whole or self._wholes.get("".join(reversed(words)), ()) or self._find_within(words)

    def _find_within(self, words: Sequence[str]) -> Sequence[int]:
        """Find names of more words: "Anna Berg" is "Anna Sofia Berg"."""
        first, last = self._parts.get(words[0], ()), self._parts.get(words[-1], ())
        candidates = set(first) & set(last) if first and last else first or last
        return [index for index in sorted(candidates) if _is_within(words, split_name(self._names[index]))]

    def _find_nearly(self, words: Sequence[str]) -> Sequence[int]:
        key = "".join(words)
        wholes = {
            near: score
            for near, score in _match_nearly(key, self._near_wholes, _MIN_WHOLE_RATIO).items()
            if self._has_as_many(near, len(words))
        }
        parts = _match_nearly(key, self._near_parts, _MIN_PART_RATIO) if len(words) == 1 else {}
        best = max((*wholes.values(), *parts.values()), default=0.0)
        found = chain(
            *(self._wholes[near] for near, score in wholes.items() if score == best),
            *(self._parts[near] for near, score in parts.items() if score == best),
        )
        return tuple(dict.fromkeys(found))

    def _has_as_many(self, whole: str, words: int) -> bool:
        """Tell whether a near spelling has as many words, or is an account: "Jon Ingham HR" is not "Jon Ingham"."""
        return any(len(split_name(self._names[index])) in {1, words} for index in self._wholes[whole])


def is_address(name: str) -> bool:
    """Tell a name that is the address of a site: nobody is meant by the first name in it."""
    return "." in name and bool(_ADDRESS.fullmatch(fold(name.strip())))


def split_name(name: str) -> list[str]:
    """Split a name into folded words, without titles, degrees and what stands in brackets; an address is one word."""
    folded = fold(name.strip().lstrip("@"))
    if address := _ADDRESS.fullmatch(folded):
        return [_NO_LETTER.sub("", address["label"] or address["bare"])]
    bare = folded if folded.isalpha() else _AFTER_COMMA.sub("", _BRACKETS.sub(" ", _REST_OF_MAIL.sub("", folded)))
    words = [_NO_LETTER.sub("", word) for word in _WORD.findall(bare)] or _WORD.findall(folded)
    titled = words[1:] if len(words) > 1 and words[0] in {"dr", "mr", "mrs", "ms", "prof", "sir"} else words
    return titled[:-1] if len(titled) > 2 and titled[-1] in {"jr", "sr", "ii", "iii", "phd", "mba", "md"} else titled  # noqa: PLR2004


def _is_within(words: Sequence[str], of: Sequence[str]) -> bool:
    """Tell whether words stand in others, in order."""
    rest = iter(of)
    return all(word in rest for word in words)


def _bucket(keys: Iterable[str]) -> dict[tuple[str, int], list[str]]:
    buckets: dict[tuple[str, int], list[str]] = defaultdict(list)
    for key in keys:
        if len(key) >= _MIN_FUZZY_CHARS:
            buckets[key[0], len(key)].append(key)
    return dict(buckets)


def _match_nearly(key: str, buckets: dict[tuple[str, int], list[str]], floor: float) -> dict[str, float]:
    """Give the nearest spellings with their ratios; a spelling with two letters swapped has the floor's."""
    if len(key) < _MIN_FUZZY_CHARS:
        return {}
    reach = max(1, round(len(key) * 2 * (100 - floor) / 100))
    sizes = range(len(key) - reach, len(key) + reach + 1)
    candidates = list(chain.from_iterable(buckets.get((key[0], size), ()) for size in sizes))
    scored = process.extract(key, candidates, scorer=fuzz.ratio, score_cutoff=floor, limit=MAX_NAMESAKES + 1)
    if scored:
        return {near: score for near, score, _ in scored}
    swapped = (f"{key[:place]}{key[place + 1]}{key[place]}{key[place + 2 :]}" for place in range(len(key) - 1))
    same_size = set(buckets.get((key[0], len(key)), ())).intersection(swapped)
    return dict.fromkeys(same_size, floor)
