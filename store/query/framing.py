"""Taking the frame off a question, so that its topic is left, and reading the order that the frame asks for.

A frame is taken only if a topic is left or something else was understood; so short questions of nouns stay whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from store.domain.query import TimeOrder
from store.query.frames import (
    ABOUT_AT_END,
    ADVERBS,
    AFTER,
    AROUND,
    ENDING,
    FRAMES,
    OPENING,
    ORDERS,
    REMNANT,
    WEIGHING,
    Frame,
)
from store.query.known import Known
from store.query.people import People, resolve_people
from store.query.vocabulary import FRAME_WORDS
from store.query.wording import Wording, has_content, is_function_word


@dataclass(frozen=True, slots=True)
class Framed:
    """The words of the topic, who was asked for, and in what order."""

    topic: Wording
    authors: tuple[str, ...] = ()
    order: TimeOrder = TimeOrder.RELEVANCE
    is_framed: bool = False


def find_frame(wording: Wording, known: Known, *, may_be_empty: bool) -> Framed:
    """Take the frame of a question off its topic.

    Args:
        wording: Its words, without those already understood.
        known: Who may be asked for.
        may_be_empty: Whether something else was understood, so that no topic need be left.
    """
    wording, order = _take_adverbs(wording)
    if FRAME_WORDS.isdisjoint(word.key for word in wording.words):
        return Framed(wording, order=_choose_order("", order, wording))
    for framed, taken in _iterate_framed(wording, known, may_be_empty=may_be_empty):
        if framed.authors or may_be_empty or _is_topic(framed.topic, taken):
            topic = _strip_ending(framed.topic)
            return Framed(topic, framed.authors, _choose_order(taken, order, topic), is_framed=True)
    return Framed(wording, order=_choose_order("", order, wording))


def _is_topic(topic: Wording, taken: str) -> bool:
    """Tell whether a frame leaves a topic: "what was said about us" does, "who said what" does not."""
    return has_content(topic) or bool(topic.words and ABOUT_AT_END.search(taken))


def _iterate_framed(wording: Wording, known: Known, *, may_be_empty: bool) -> Iterator[tuple[Framed, str]]:
    """Give the ways to take a frame off, the likeliest first, each with the words that it takes."""
    plain = wording.plain
    starts = [0]
    while found := OPENING.match(plain, starts[-1]):
        starts.append(found.end())
    for start in reversed(starts):
        for frame in FRAMES:
            match = frame.pattern.match(plain, start)
            if match and (framed := _apply(wording, match, frame, known)):
                yield framed
        for around in (AROUND, AFTER):
            match = around.match(plain, start)
            if match:
                topic = wording.indices(match.start("topic"), match.end("topic"))
                taken = f"{plain[: match.start('topic')]}{match['end']}"
                yield Framed(wording.part(topic.start, topic.stop)), taken
        match = REMNANT.pattern.match(plain, start)
        if match and (start or may_be_empty):
            yield Framed(wording.part(wording.indices(0, match.end()).stop, len(wording.words))), match[0]


def _apply(wording: Wording, match: re.Match[str], frame: Frame, known: Known) -> tuple[Framed, str] | None:
    """Take a frame off, with the author in it; whoever is not known stays in the topic."""
    plain = wording.plain
    rest = range(wording.indices(0, match.end()).stop, len(wording.words))
    if "who" not in match.re.groupindex or match["who"] is None:
        return Framed(wording.part(rest.start, rest.stop)), plain[: match.end()]
    who = wording.indices(*match.span("who"))
    people = resolve_people(wording.part(who.start, who.stop), known)
    if frame.needs_author and len(people.taken) < len(who):
        return None
    taken = f"{plain[: match.start('who')]}{plain[match.end('who') : match.end()]}"
    return Framed(_leave(wording, who, people, rest), people.authors), taken


def _leave(wording: Wording, who: range, people: People, rest: range) -> Wording:
    kept = [index for place, index in enumerate(who) if place not in people.taken]
    while kept and people.taken and wording.key(kept[0]) in {"and", "or"}:
        kept.pop(0)
    return Wording(wording.text, (wording.words[index] for index in (*kept, *rest)))


def _strip_ending(topic: Wording) -> Wording:
    found = ENDING.search(topic.plain)
    stripped = topic.part(0, topic.indices(0, found.start()).stop) if found else topic
    return stripped if has_content(stripped) else topic


def _take_adverbs(wording: Wording) -> tuple[Wording, TimeOrder]:
    """Take "recently" and the like out where they go with the verb: not in "recently hired people"."""
    for found in ADVERBS.finditer(wording.plain):
        places = wording.indices(*found.span())
        if is_function_word(wording.key(places.stop)) and len(places) < len(wording.words):
            return wording.without(places), read_order(found[0])
    return wording, TimeOrder.RELEVANCE


def _choose_order(taken: str, order: TimeOrder, topic: Wording) -> TimeOrder:
    """Give the order of the frame, else of an adverb; what is new in the topic itself is only weighed."""
    framed = read_order(taken)
    if framed is not TimeOrder.RELEVANCE or order is not TimeOrder.RELEVANCE:
        return framed if framed is not TimeOrder.RELEVANCE else order
    return TimeOrder.RECENT if WEIGHING.search(topic.plain) else TimeOrder.RELEVANCE


def read_order(taken: str) -> TimeOrder:
    """Give the order that the words of a frame ask for."""
    return next((order for pattern, order in ORDERS if pattern.search(taken)), TimeOrder.RELEVANCE)
