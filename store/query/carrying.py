"""What carries over from one question to the next, and what takes its place."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from store.domain.query import NOTHING_CHOSEN, Filter, Query, TimeOrder

_PLACES = (Filter.SOURCES, Filter.CHANNELS)


@dataclass(frozen=True, slots=True)
class LastAsked:
    """The question before, how it was understood, and what was taken away from that. Empty after "start over"."""

    question: str = ""
    query: Query = NOTHING_CHOSEN
    without: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The question that is meant: filters chosen in place of those that are understood, less what is taken away."""

    question: str
    chosen: Query = NOTHING_CHOSEN
    without: tuple[Filter, ...] = ()


def narrow(last: LastAsked, new: Query, text: str, *, is_besides: bool) -> FollowUp:
    """Narrow the question before by what is new, and leave its topic as it is."""
    chosen = overlay(last.query, new, is_besides=is_besides)
    replaced = {*last.query.filters, *last.without} & set(_PLACES) if set(_PLACES) & set(new.filters) else set()
    without = ({*last.without} | replaced) - set(chosen.filters)
    return FollowUp(last.question or text, chosen, tuple(one for one in Filter if one in without))


def remove(last: LastAsked, removed: Collection[Filter]) -> FollowUp:
    """Take filters away from the question before."""
    # Something to ask by has to be left for a filter to be taken away.
    left = replace(last.query, topic=last.query.topic or last.question).without(removed)
    without = {*last.without, *removed}
    return FollowUp(last.question, overlay(left, NOTHING_CHOSEN), tuple(one for one in Filter if one in without))


def overlay(carried: Query, new: Query, *, is_besides: bool = False) -> Query:
    """Give the filters that carry over, with new ones in place of those of their kind, or besides them.

    Words that were read out of a message stay so: what they are to be found beside carries over with them.
    """
    base = replace(carried, topic="", order=TimeOrder.RELEVANCE)
    # What is read already stays beside; what was new to somebody is no bound to what is asked next.
    new = replace(new, beside=carried.beside, new=None)
    if is_besides:
        new = replace(
            new,
            authors=_unite(base.authors, new.authors),
            sources=_unite(base.sources, new.sources),
            channels=_unite(base.channels, new.channels),
            languages=_unite(base.languages, new.languages),
        )
    if new.not_by:
        new = _leave_out(base, new)
    if new.sources or new.channels:
        # In a source and in a channel is in both: what is named last is meant.
        base = replace(base, sources=(), channels=())
    return replace(base.choose(_bound(base, new)), beside=carried.beside)


def _leave_out(base: Query, new: Query) -> Query:
    """Leave people out of those who are asked for or, where nobody would be left of these, out of everybody."""
    left = tuple(name for name in base.authors if name not in new.not_by)
    return replace(new, authors=left, not_by=() if left else _unite(base.not_by, new.not_by))


def _unite(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Add what is new of a kind that is named."""
    return tuple(dict.fromkeys((*old, *new))) if new else ()


def _bound(base: Query, new: Query) -> Query:
    """Let "before 2012" after "since 2010" be what lies between."""
    after, before = new.after or base.after, new.before or base.before
    if bool(new.after) is bool(new.before) or not after or not before or after >= before:
        return new
    return replace(new, after=after, before=before)
