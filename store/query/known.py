"""What the archive holds that a question can name. Built once per change of the archive, read from many threads."""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from store.domain.language import LANGUAGES
from store.domain.query import Filter, Query
from store.query.names import NameIndex
from store.query.wording import word_set
from store.text.words import fold

# Words that say what kind of place a source is. One alone means all sources that bear it: "in Slack", "on the blog".
KINDS = word_set(
    "archive archives blog blogs board channel channels discord discourse forum forums group groups irc "
    "list lists mailing mattermost newsgroup site slack teams wiki workspace zulip"
)
# More places than this say too little to be a filter.
MAX_PLACES = 5
# "In French" names a language if this share of the comments is in it, and another language has as much; else it is the
# topic: what little an archive holds in a language may be a mistake, and what is all in one is not told apart by it.
_MIN_SHARE = 0.01
# Stands for names that must not be told. No source gives such a name.
_UNKNOWN = "…"
_NO_LETTER = re.compile(r"[\W_]+")


class Known:
    """The authors, sources, channels and languages of an archive, by the names that people call them by.

    `languages` says how many comments are in each, by code.
    """

    def __init__(
        self,
        authors: Iterable[str],
        sources: Iterable[str],
        channels: Iterable[str],
        languages: Mapping[str, int] | None = None,
    ) -> None:
        self.languages = dict(languages or {})
        self._authors = NameIndex(authors)
        self._sources = {name: tuple(_split(name)) for name in dict.fromkeys(sources)}
        self._channels: dict[str, list[str]] = defaultdict(list)
        for name in dict.fromkeys(channels):
            self._channels["".join(_split(name))].append(name)
        self._channels.pop("", None)
        self._channel_names = frozenset(channel for some in self._channels.values() for channel in some)
        least = _MIN_SHARE * sum(self.languages.values())
        shared = {code for code, comments in self.languages.items() if comments >= least}
        self._shared_languages = shared if len(shared) > 1 else set()

    def restrict(self, chosen: Query) -> Query:
        """Give what of some chosen filters is known here; of the rest, which others may know of, nothing is told.

        A filter of which nothing is known lets nothing through. Who is not known needs not be left out.
        """
        return replace(
            chosen,
            authors=_keep(chosen.authors, self._authors.names),
            not_by=tuple(name for name in chosen.not_by if name in self._authors.names),
            sources=_keep(chosen.sources, self._sources),
            channels=_keep(chosen.channels, self._channel_names),
        )

    def find_authors(self, name: str, *, is_certain: bool = True) -> tuple[str, ...]:
        """Find whom a name means; see `NameIndex.find`."""
        return self._authors.find(name, is_certain=is_certain)

    def suggest(self, kind: Filter, typed: str, limit: int) -> list[str]:
        """Give names of a kind that hold what was typed, at the beginning of a word; those that begin with it first.

        Upper case and accents do not matter. Nothing typed is in every name.
        """
        wanted = fold(typed.strip().removeprefix("#"))
        names = {
            Filter.AUTHORS: self._authors.names,
            Filter.SOURCES: self._sources,
            Filter.CHANNELS: self._channel_names,
        }.get(kind, ())
        folded = ((fold(name), name) for name in names)
        found = [(called.startswith(wanted), called, name) for called, name in folded if _begins_word(called, wanted)]
        return [name for _, _, name in sorted(found, key=lambda one: (not one[0], *one[1:]))[:limit]]

    def find_channels(self, name: str) -> tuple[str, ...]:
        """Find the channels of a name, with or without its "#"; hyphens and spaces are alike."""
        return tuple(self._channels.get("".join(_split(name)), ()))

    def find_languages(self, name: str, *, is_certain: bool = True) -> tuple[str, ...]:
        """Find the language of an English name or a code, if any comment is in it.

        Args:
            name: As it was typed.
            is_certain: Whether it stands where only a language can: then its code will do, and few comments.
        """
        called = fold(name)
        names = {fold(LANGUAGES.get(code, code)): code for code in self.languages}
        code = names.get(called) or (called if is_certain else "")
        held = self.languages if is_certain else self._shared_languages
        return (code,) if code in held else ()

    def find_sources(self, name: str) -> tuple[str, ...]:
        """Find the sources of a name: the same words, or some of them with a kind ("the HCM blog"), or a kind alone."""
        words = _split(name)
        if not words:
            return ()
        same = tuple(source for source, own in self._sources.items() if "".join(own) == "".join(words))
        proper = [word for word in words if word not in KINDS]
        if same or len(proper) == len(words):
            return same
        without_kind = tuple(source for source, own in self._sources.items() if proper == list(own))
        like = tuple(source for source, own in self._sources.items() if set(proper or words) <= set(own))
        found = without_kind or like
        return found if len(found) <= MAX_PLACES else ()


def _keep(names: tuple[str, ...], known: Container[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in known) or (_UNKNOWN,) * bool(names)


def _begins_word(name: str, wanted: str) -> bool:
    at = name.find(wanted)
    while at > 0 and name[at - 1].isalnum():
        at = name.find(wanted, at + 1)
    return at >= 0


def _split(name: str) -> list[str]:
    return [word for word in _NO_LETTER.split(fold(name)) if word]


NOTHING_KNOWN = Known((), (), ())
