"""What was understood of a question, said in one line. The same words on every surface."""

from collections.abc import Collection
from datetime import timedelta

from store.domain.language import name_language
from store.domain.query import Filter, Query, TimeOrder

_ORDERS = {
    TimeOrder.OLDEST: "oldest first",
    TimeOrder.NEWEST: "newest first",
    TimeOrder.RECENT: "recent ones first",
}
_REMOVED = {
    Filter.TOPIC: "everything",
    Filter.AUTHORS: "by anyone",
    Filter.DATES: "at any time",
    Filter.SOURCES: "in any source",
    Filter.CHANNELS: "in any channel",
    Filter.LANGUAGES: "in any language",
}


def describe_query(query: Query, without: Collection[Filter] = ()) -> str:
    """Say what a question was narrowed to, and what was taken away from that; an empty text where there is nothing."""
    words = {one: _REMOVED[one] for one in without} | dict(name_filters(query))
    about = words.pop(Filter.TOPIC, _REMOVED[Filter.TOPIC])
    parts = [words[one] for one in Filter if one in words]
    if query.order in _ORDERS:
        parts.append(_ORDERS[query.order])
    return f"Understood: {', '.join([about, *parts])}." if parts else ""


def name_filters(query: Query) -> list[tuple[Filter, str]]:
    """Say each part of what a question was narrowed to, in the order in which they are told."""
    words = {
        Filter.TOPIC: f"about “{query.topic}”",
        Filter.AUTHORS: f"by {' or '.join(query.authors)}",
        Filter.DATES: _describe_dates(query),
        Filter.SOURCES: f"in {' or '.join(query.sources)}",
        Filter.CHANNELS: f"in {' or '.join(f'#{name}' for name in query.channels)}",
        Filter.LANGUAGES: f"in {' or '.join(map(name_language, query.languages))}",
    }
    return [(one, words[one]) for one in query.filters]


def _describe_dates(query: Query) -> str:
    """Say a half-open range as people do, with its last day in it, by the days of whoever asked."""
    first = query.after.astimezone(query.zone).date().isoformat() if query.after else ""
    last = (query.before.astimezone(query.zone) - timedelta(microseconds=1)).date().isoformat() if query.before else ""
    if first and last:
        return f"on {first}" if first == last else f"from {first} to {last}"
    return f"since {first}" if first else f"until {last}"
