"""From a question as people type it to a Query: who, when and where narrow it, the frame goes, the topic is left.

What is left is everything that was not understood: a name or place the archive does not know stays in the topic.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import reduce

from store.domain.query import Query, TimeOrder
from store.query.dates import combine, find_dates
from store.query.framing import find_frame
from store.query.german import put_question_in_english
from store.query.known import NOTHING_KNOWN, Known
from store.query.languages import find_languages
from store.query.operators import Operators, take_operators
from store.query.people import find_mentions, find_people
from store.query.places import find_places
from store.query.spans import Clock, Span, make_clock, to_utc
from store.query.wording import MAX_QUESTION_CHARS, QUOTATION, QUOTED, Wording, read_wording, spell_topic, tidy_question
from store.stages import Stage, in_stage

# "#hr", "in:hr", "channel:#hr": not "C#", nor the end of an address.
_PLACE = re.compile(r"(?<![\w#/])(?:#|(?:in|channel|source):#?)([^\W_][\w-]*)", re.IGNORECASE)
_CONJUNCTIONS = frozenset({"and", "or", "but"})
_LINKS = _CONJUNCTIONS | {"about", "at", "by", "during", "from", "in", "of", "on", "the", "with"}

__all__ = ["MAX_QUESTION_CHARS", "is_framed", "understand"]


@in_stage(Stage.UNDERSTAND)
def understand(
    question: str, known: Known = NOTHING_KNOWN, *, now: datetime | None = None, zone: tzinfo = UTC
) -> Query:
    """Understand a question. Never raises.

    The topic is empty only if a filter was understood, or if there is no word in the question.

    Args:
        question: As it was typed; cut at MAX_QUESTION_CHARS.
        known: Whom and what the archive holds: only that becomes a filter.
        now: What "last year" counts from; the present by default.
        zone: Where the asker is: their days begin at their midnight.
    """
    text = put_question_in_english(tidy_question(question))
    clock = make_clock(now, zone)
    if len(words := read_wording(text).words) == 1 and words[0].key == QUOTED:
        # All in quotes is either a phrase to look for, or a question that somebody pasted.
        query, is_framed = _understand(text[words[0].start + 1 : words[0].end - 1], known, clock)
        if is_framed:
            return query
    return _understand(text, known, clock)[0]


def is_framed(question: str, known: Known = NOTHING_KNOWN) -> bool:
    """Tell a question that is framed as one of what was said, as "has pay come up?", from one of anything."""
    return _understand(put_question_in_english(tidy_question(question)), known, make_clock(None, UTC))[1]


def _understand(text: str, known: Known, clock: Clock) -> tuple[Query, bool]:
    """Understand a tidy text; tell whether it was framed as a question."""
    operators = take_operators(text, known, clock)
    every = read_wording(operators.text)
    people = find_people(every, known)
    rest = every.without(people.taken)
    places = find_places(rest, known)
    rest = rest.without(places.taken)
    dates = find_dates(rest, clock)
    rest = rest.without(dates.taken)
    languages = find_languages(rest, known)
    rest = rest.without(languages.taken)
    taken = people.taken or places.taken or dates.taken or languages.taken
    is_filtered = bool(operators.has_any or taken)
    framed = find_frame(rest, known, may_be_empty=is_filtered)
    mentioned = find_mentions(every, framed.topic, known)
    topic = _trim(framed.topic.without(mentioned.taken), every)
    authors = _unite(operators.authors, people.authors, framed.authors, mentioned.authors)
    query = Query(
        topic=spell_topic(every, topic),
        authors=authors,
        # Whoever is asked for alone needs nobody left out.
        not_by=() if authors else _unite(operators.not_by, people.not_by),
        sources=_unite(operators.sources, places.sources),
        channels=_unite(operators.channels, places.channels),
        order=framed.order,
        languages=_unite(operators.languages, languages.languages),
        zone=clock.zone,
        unknown=_find_unknown(text, known),
    )
    query = _set_dates(query, operators, dates.span, clock)
    if not query.topic and not _has_filter(query):
        return Query(spell_topic(every, every) or text), False
    return query, framed.is_framed


def _find_unknown(text: str, known: Known) -> tuple[str, ...]:
    """Find names that only a place can have, and no place that is known does."""
    named = _PLACE.findall(re.sub(QUOTATION, " ", text))
    names = dict.fromkeys(name for name in named if any(map(str.isalpha, name)))
    return tuple(name for name in names if not known.find_channels(name) and not known.find_sources(name))


def _trim(topic: Wording, every: Wording) -> Wording:
    """Drop the words that linked the topic to what was taken: "badges and (by Jon)"."""
    words = list(topic.words)
    while words and words[-1].key in _LINKS and words[-1] != every.words[-1]:
        words.pop()
    while words and words[0].key in _CONJUNCTIONS and words[0] != every.words[0]:
        words.pop(0)
    return Wording(topic.text, words)


def _set_dates(query: Query, operators: Operators, span: Span, clock: Clock) -> Query:
    span = reduce(combine, operators.spans, span)
    return replace(query, after=to_utc(span.start, clock.zone), before=to_utc(span.end, clock.zone))


def _has_filter(query: Query) -> bool:
    return replace(query, topic="", order=TimeOrder.RELEVANCE) != Query("")


def _unite(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))
