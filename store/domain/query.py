"""What was typed, understood."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from enum import StrEnum


class TimeOrder(StrEnum):
    """What a question says about which answers come first. RECENT weighs newer ones more; the others sort."""

    RELEVANCE = "relevance"
    OLDEST = "oldest"
    NEWEST = "newest"
    RECENT = "recent"


class Filter(StrEnum):
    """A part of a question that narrows the search, in the order in which they are told."""

    TOPIC = "topic"
    AUTHORS = "authors"
    DATES = "dates"
    SOURCES = "sources"
    CHANNELS = "channels"
    LANGUAGES = "languages"


@dataclass(frozen=True, slots=True)
class Query:
    """A question understood. `topic` is what to look for; the rest narrows where.

    Names are spelled as the archive spells them; several in one field are alternatives. `not_by` are authors who are
    left out; with `authors` it is not needed. Dates are half-open
    [after, before), UTC; `zone` is where the days they were made of begin. Languages are ISO 639-1 codes. An empty
    topic with a filter asks for all that the filter lets through. `beside` are ids that a discussion, or a comment in
    it, has in its source: it is left out, as the one that is being read already. `new` narrows to what came into the
    archive between two moments: the archive's ids above the first, up to the second. `unknown` are names of places that
    nothing is known of, or nothing may be: they stay in the topic.
    """

    topic: str
    authors: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    sources: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    order: TimeOrder = TimeOrder.RELEVANCE
    languages: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    new: tuple[int, int] | None = None
    zone: tzinfo = field(default=UTC, compare=False)
    unknown: tuple[str, ...] = field(default=(), compare=False)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """Those that are set."""
        is_set = {
            Filter.TOPIC: bool(self.topic),
            Filter.AUTHORS: bool(self.authors or self.not_by),
            Filter.DATES: bool(self.after or self.before),
            Filter.SOURCES: bool(self.sources),
            Filter.CHANNELS: bool(self.channels),
            Filter.LANGUAGES: bool(self.languages),
        }
        return tuple(one for one in Filter if is_set[one])

    @property
    def removable(self) -> tuple[Filter, ...]:
        """Those that can be taken away, so that something is left to ask by."""
        return self.filters if len(self.filters) > 1 else ()

    def without(self, filters: Iterable[Filter]) -> "Query":
        """Take filters away: their words do not go back into the topic. One that would leave nothing stays."""
        query = self
        for one in filters:
            if one in query.removable:
                query = query._clear(one)
        return query

    def choose(self, chosen: "Query") -> "Query":
        """Take filters that somebody chose, in place of those that were understood. A topic is never chosen."""
        query = replace(self, beside=chosen.beside, new=chosen.new)
        for one in chosen.filters:
            match one:
                case Filter.AUTHORS:
                    query = replace(query, authors=chosen.authors, not_by=chosen.not_by)
                case Filter.DATES:
                    query = replace(query, after=chosen.after, before=chosen.before)
                case Filter.SOURCES:
                    query = replace(query, sources=chosen.sources)
                case Filter.CHANNELS:
                    query = replace(query, channels=chosen.channels)
                case Filter.LANGUAGES:
                    query = replace(query, languages=chosen.languages)
                case Filter.TOPIC:
                    pass
        return query

    def _clear(self, one: Filter) -> "Query":
        match one:
            case Filter.TOPIC:
                return replace(self, topic="")
            case Filter.AUTHORS:
                return replace(self, authors=(), not_by=())
            case Filter.DATES:
                return replace(self, after=None, before=None)
            case Filter.SOURCES:
                return replace(self, sources=())
            case Filter.CHANNELS:
                return replace(self, channels=())
            case Filter.LANGUAGES:
                return replace(self, languages=())


NOTHING_CHOSEN = Query("")
