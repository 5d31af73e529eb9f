"""What was understood of a question, said in one line. The same words on every surface."""

import re
from collections.abc import Collection
from datetime import timedelta

from bot.translations import join_any, join_parts, name_language, say, write_day
from store.domain.query import Filter, Query, TimeOrder

_QUOTATION = re.compile(r'^"([^"]*)"$')


def describe_query(query: Query, without: Collection[Filter] = ()) -> str:
    """Say what a question was narrowed to, and what was taken away from that; an empty text where there is nothing."""
    words = {one: _name_removed(one) for one in without} | dict(name_filters(query))
    about = words.pop(Filter.TOPIC, _name_removed(Filter.TOPIC))
    order = _name_order(query.order)
    parts = [*(words[one] for one in Filter if one in words), *([order] if order else [])]
    return say("Understood: {parts}.", parts=join_parts([about, *parts])) if parts else ""


def describe_unknown(query: Query) -> str:
    """Say which names of places were taken for words; an empty text where there are none.

    A place that those who see the answer must not know of is told in the same words as one that is nowhere: it is
    never said that somebody may not search it, which would say that it is there.
    """
    if not query.unknown:
        return ""
    return say(
        "I know no channel or source called {names} that I may search here, so I took it for words to look for.",
        names=join_any(say("“{word}”", word=name) for name in query.unknown),
    )


def name_filters(query: Query) -> list[tuple[Filter, str]]:
    """Say each part of what a question was narrowed to, in the order in which they are told."""
    return [(one, _name_filter(one, query)) for one in query.filters]


def unquote(topic: str) -> str:
    """Give a topic that is all in quotation marks without them: it is told in some."""
    return _QUOTATION.sub(r"\1", topic)


def _name_filter(one: Filter, query: Query) -> str:
    match one:
        case Filter.TOPIC:
            return say("about “{topic}”", topic=unquote(query.topic))
        case Filter.AUTHORS:
            return _name_authors(query)
        case Filter.DATES:
            return _describe_dates(query)
        case Filter.SOURCES:
            return say("in {sources}", sources=join_any(query.sources))
        case Filter.CHANNELS:
            return say("in {channels}", channels=join_any(f"#{name}" for name in query.channels))
        case Filter.LANGUAGES:
            return say("in {languages}", languages=join_any(map(name_language, query.languages)))


def _name_authors(query: Query) -> str:
    if query.authors:
        return say("by {authors}", authors=join_any(query.authors))
    return say("by anyone but {authors}", authors=join_any(query.not_by))


def _name_removed(one: Filter) -> str:
    match one:
        case Filter.TOPIC:
            return say("everything")
        case Filter.AUTHORS:
            return say("by anyone")
        case Filter.DATES:
            return say("at any time")
        case Filter.SOURCES:
            return say("in any source")
        case Filter.CHANNELS:
            return say("in any channel")
        case Filter.LANGUAGES:
            return say("in any language")


def _name_order(order: TimeOrder) -> str:
    match order:
        case TimeOrder.OLDEST:
            return say("oldest first")
        case TimeOrder.NEWEST:
            return say("newest first")
        case TimeOrder.RECENT:
            return say("recent ones first")
        case TimeOrder.RELEVANCE:
            return ""


def _describe_dates(query: Query) -> str:
    """Say a half-open range as people do, with its last day in it, by the days of whoever asked."""
    first = write_day(query.after.astimezone(query.zone).date()) if query.after else ""
    last = write_day((query.before.astimezone(query.zone) - timedelta(microseconds=1)).date()) if query.before else ""
    if first and last:
        return say("on {day}", day=first) if first == last else say("from {first} to {last}", first=first, last=last)
    return say("since {day}", day=first) if first else say("until {day}", day=last)
