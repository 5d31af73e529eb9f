"""From a question and what somebody says next to the question that they mean: "and about mentoring?", "only from Jon".

Where the bot is spoken to, by a mention or in a direct message, words go on from the question before if they begin as
such words do ("and …", "what about …", "only …", "without …", "same for …"), if they do nothing but narrow
("before 2012"), or if they call its topic "it" or "that"; all else is a question of its own.

Elsewhere people talk to each other as well, and what is not clearly for the bot is left alone:

- Nothing is taken that addresses somebody ("@ada …"), has an "I", a "you" or a "tomorrow" in it, or is long or of
  several lines.
- Anybody in the thread may say "more", "never mind" or "only …" with nothing but a filter behind it, and, with a
  question mark, "and about …?" or "and …?" with nothing but a filter.
- Who has asked the bot in this thread may also say "what about …", "how about …", "and …?", "before …", "in …",
  "without …", "newest first", "who else?", "start over", and ask with a question mark what was said: "what did Laura
  say about it?", "has pay come up?". A question that asks for something else ("what time is it?") or for the opinions
  of those present ("any thoughts?") is for people.

Pure: nothing here knows who asked what when.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import cached_property

from store.domain.query import NOTHING_CHOSEN, Filter, Query, TimeOrder
from store.query.carrying import FollowUp, LastAsked, narrow, overlay, remove
from store.query.german import put_step_in_english
from store.query.known import Known
from store.query.moves import (
    ABOUT,
    AHEAD,
    ANY,
    ARTICLES,
    ASKING,
    BESIDES,
    BY,
    CALL,
    CANDIDATE,
    CLEAR,
    FRAMES,
    FRAMES_TO_BOT,
    KINDS,
    LEAD,
    MOVES,
    NARROWING,
    NEGATIONS,
    ONLY_AT_END,
    ORDER,
    ORDER_TO_BOT,
    OTHERS,
    OTHERS_TO_BOT,
    OURS,
    PERSONAL,
    PLANS,
    POLITE,
    PRONOUNS,
    SAME_FOR,
    TOO,
    Frame,
    Move,
)
from store.query.understand import is_framed, understand
from store.query.wording import Wording, has_content, is_function_word, read_wording, tidy_question, word_set

# Longer ones are talk.
_MAX_CHARS = 200
_MAX_TOPIC_WORDS = 8
_MAX_NAME_WORDS = 8
# Alone they are a topic.
_YEARS = re.compile(r"\d{4}(?: ?[-–—] ?\d{4})?")
# How a topic is asked for in an order, so that it is understood as the question before was.
_ORDERED = {
    TimeOrder.RELEVANCE: "{topic}",
    TimeOrder.OLDEST: "first mention of {topic}",
    TimeOrder.NEWEST: "latest comments about {topic}",
    TimeOrder.RECENT: "recent comments about {topic}",
}
_OLDEST_FIRST = word_set("oldest earliest older earlier")


class Speaker(StrEnum):
    """How sure it is that words are for the bot: it is spoken to, or they are by who asked it here, or by another."""

    TO_BOT = "to the bot"
    ASKER = "asker"
    OTHER = "other"


def may_follow_up(text: str) -> bool:
    """Tell quickly whether a message between people may be one that goes on; most are not."""
    return len(text) <= 2 * _MAX_CHARS and ("?" in text or bool(CANDIDATE.match(text)))


def read_follow_up(
    words: str, last: LastAsked, known: Known, *, speaker: Speaker, now: datetime | None = None, zone: tzinfo
) -> FollowUp | Move | None:
    """Understand what somebody says next. Never raises.

    Args:
        words: As they were typed, without a mention of the bot; people's names in place of their ids.
        last: What was asked before.
        known: Whom and what the archive holds.
        speaker: How sure it is that the words are for the bot.
        now: What "last year" counts from; the present by default.
        zone: Where the speaker is.

    Returns:
        The question that is meant, or what is asked for without one; None for words that do not go on from there.
    """
    if speaker is not Speaker.TO_BOT and "\n" in words.strip():
        return None
    said = _Said(tidy_question(words), last, known, speaker, now, zone)
    found = _read(said)
    english = put_step_in_english(said.text)
    return _read(replace(said, text=english)) if found is None and english != said.text else found


def _read(said: "_Said") -> FollowUp | Move | None:
    if not said.wording.words:
        return None
    if move := _read_move(said):
        return move
    if not said.is_sure and _is_for_people(said):
        return None
    return _read_others(said) or _read_framed(said) or _read_order(said) or _read_question(said)


@dataclass(frozen=True)
class _Said:
    """What was said, to whom, after what."""

    text: str
    last: LastAsked
    known: Known
    speaker: Speaker
    now: datetime | None
    zone: tzinfo

    @cached_property
    def wording(self) -> Wording:
        return read_wording(self.text)

    @property
    def is_sure(self) -> bool:
        return self.speaker is Speaker.TO_BOT

    @property
    def is_question(self) -> bool:
        return self.text.endswith(("?", "？"))

    @property
    def frames(self) -> tuple[tuple[Frame, re.Pattern[str]], ...]:
        return FRAMES_TO_BOT if self.is_sure else FRAMES

    @cached_property
    def core(self) -> str:
        """The plain words without what is polite around them."""
        return POLITE.sub("", self.wording.plain[self._lead_chars :])

    @cached_property
    def _lead_chars(self) -> int:
        lead = LEAD.match(self.wording.plain)
        return lead.end() if lead else 0

    def spell(self, start: int, end: int) -> str:
        """Give a part of the core as it was typed."""
        places = self.wording.indices(self._lead_chars + start, self._lead_chars + end)
        if not places:
            return ""
        first, last = self.wording.words[places.start], self.wording.words[places.stop - 1]
        return self.text[first.start : last.end]

    def understand(self, text: str) -> Query:
        return understand(text, self.known, now=self.now, zone=self.zone)


def _read_move(said: _Said) -> Move | None:
    # Thanks are all politeness.
    plain = said.wording.plain
    moves = MOVES[said.is_sure]
    found = next((move for move, pattern in moves for text in (said.core, plain) if pattern.fullmatch(text)), None)
    return None if found is Move.ANEW and said.speaker is Speaker.OTHER else found


def _is_for_people(said: _Said) -> bool:
    keys = [word.key for word in said.wording.words]
    if len(said.text) > _MAX_CHARS or keys[0].startswith("@") or not PERSONAL.isdisjoint(keys):
        return True
    return not PLANS.isdisjoint(keys) and not CLEAR.match(said.core)


def _read_framed(said: _Said) -> FollowUp | Move | None:
    """Read words with a frame around them, or such as do nothing but narrow."""
    core, frame, start = said.core, Frame.BARE, 0
    for kind, pattern in said.frames:
        if found := pattern.match(core):
            frame, start = kind, found.end()
            break
    is_besides = bool(BESIDES.match(core))
    end = len(core)
    if too := TOO.search(core, start):
        is_besides, end = True, too.start()
    if only := ONLY_AT_END.search(core, start, end):
        frame, end = Frame.ONLY, only.start()
    rest = said.spell(start, end)
    narrowed = None
    if rest and _may_narrow(said, rest, frame):
        narrowed = _read_narrowing(said, rest, frame, is_besides=is_besides)
    if narrowed or not rest or frame in (Frame.ONLY, Frame.NOT, Frame.BARE):
        return narrowed
    return _read_topic(said, rest, frame)


def _may_narrow(said: _Said, rest: str, frame: Frame) -> bool:
    """Tell what may be meant to narrow, by how it is said: "and Mark" without a question mark is about anything."""
    if frame in (Frame.ONLY, Frame.WHAT_ABOUT) and said.speaker is not Speaker.OTHER:
        return True
    narrows = bool(NARROWING.match(read_wording(rest).plain))
    if frame is Frame.BARE:
        is_meant = narrows or (said.is_sure and not is_framed(rest, said.known))
        return said.speaker is not Speaker.OTHER and is_meant
    if frame is Frame.NOT:
        # "Not Jon" may answer somebody.
        is_clear = narrows or not said.core.startswith("not ")
        return said.is_sure or (said.speaker is Speaker.ASKER and is_clear)
    if said.speaker is Speaker.OTHER:
        return frame is Frame.ONLY or said.is_question
    return narrows or said.is_sure or said.is_question


def _read_narrowing(said: _Said, rest: str, frame: Frame, *, is_besides: bool) -> FollowUp | Move | None:
    """Read what does nothing but narrow."""
    if removed := [one for one in _find_removed(rest, frame) if one in said.last.query.filters]:
        return remove(said.last, removed)
    if not NEGATIONS.isdisjoint(word.key for word in read_wording(rest).words):
        return None
    for text in _spell_filters(said, rest, frame):
        query = said.understand(text)
        if _is_narrowed(query) and (not query.topic or _calls_topic(query.topic)):
            return narrow(said.last, query, text, is_besides=is_besides)
    if frame is not Frame.NOT or not said.is_sure:
        return None
    query = said.understand(rest)
    return Move.UNABLE if _is_narrowed(query) and not query.topic else None


def _spell_filters(said: _Said, rest: str, frame: Frame) -> Iterable[str]:
    """Give how a filter may be meant: "only Jon" is by Jon, "and 2012?" in 2012."""
    wording = read_wording(rest)
    if frame is Frame.NOT:
        marked = BY.match(wording.plain)
        yield f"by anyone but {_cut(rest, marked.end()) if marked else rest}"
        return
    yield rest
    if frame is Frame.BARE and said.is_sure and _YEARS.fullmatch(rest):
        yield f"in {rest}"
    if frame is Frame.BARE or len(wording.words) > _MAX_NAME_WORDS or ABOUT.match(wording.plain):
        return
    by, within = f"by {rest}", f"in {rest}"
    is_person = bool(said.understand(by).authors)
    # May is a month, unless people are asked for.
    if is_person and said.last.query.authors:
        yield by
    found = said.understand(within).filters
    # "What about Slack?" asks about it; "only Slack" does not.
    if frame is Frame.ONLY or set(found) <= {Filter.DATES, *said.last.query.filters}:
        yield within
    if is_person:
        yield by


def _find_removed(rest: str, frame: Frame) -> tuple[Filter, ...]:
    plain = read_wording(rest).plain
    table = KINDS if frame is Frame.NOT else ANY
    return next((filters for filters, pattern in table if pattern.fullmatch(plain)), ())


def _read_topic(said: _Said, rest: str, frame: Frame) -> FollowUp | None:
    """Read a new topic, to which what the question before was narrowed to carries over."""
    about = (SAME_FOR if frame is Frame.SAME else ABOUT).match(read_wording(rest).plain)
    text = rest if about is None else _cut(rest, about.end())
    query = said.understand(text)
    if not query.topic or not has_content(read_wording(query.topic)) or _calls_topic(query.topic):
        return None
    if said.is_sure:
        is_meant = bool(about) or frame is not Frame.SAME
    else:
        is_meant = _is_topic(said, query.topic, frame, is_about=bool(about))
    if not is_meant:
        return None
    order = query.order if query.order is not TimeOrder.RELEVANCE else said.last.query.order
    # Another topic is not what was read.
    carried = replace(said.last.query, beside=())
    return FollowUp(_ORDERED[order].format(topic=query.topic), overlay(carried, query))


def _is_topic(said: _Said, topic: str, frame: Frame, *, is_about: bool) -> bool:
    """Tell a topic for the bot from what people propose to each other."""
    keys = [word.key for word in read_wording(topic).words]
    if len(keys) > _MAX_TOPIC_WORDS or any(key.startswith("@") for key in keys) or not OURS.isdisjoint(keys):
        return False
    if is_about and frame in (Frame.AND, Frame.SAME):
        return said.speaker is Speaker.ASKER or said.is_question
    # "And the fees?" names something, "and is it worth it?" asks for something else.
    is_name = keys[0] in ARTICLES or not is_function_word(keys[0])
    is_clear = frame is Frame.WHAT_ABOUT or (said.is_question and said.core.startswith("and "))
    return said.speaker is Speaker.ASKER and is_clear and is_name and not ASKING.intersection(keys)


def _read_order(said: _Said) -> FollowUp | None:
    found = (ORDER_TO_BOT if said.is_sure else ORDER).fullmatch(said.core)
    topic = said.last.query.topic
    if found is None or said.speaker is Speaker.OTHER or not topic:
        return None
    order = TimeOrder.OLDEST if found["order"] in _OLDEST_FIRST else TimeOrder.NEWEST
    return FollowUp(_ORDERED[order].format(topic=topic), overlay(said.last.query, NOTHING_CHOSEN))


def _read_question(said: _Said) -> FollowUp | None:
    """Read a question of what was said, that calls the topic "it", has none, or has its own."""
    if any(pattern.match(said.core) for _, pattern in said.frames):
        return None
    if said.is_sure:
        return _read_calling(said)
    keys = {word.key for word in said.wording.words}
    is_for_people = bool(CALL.match(said.core)) or not AHEAD.isdisjoint(keys)
    if said.speaker is Speaker.OTHER or not said.is_question or is_for_people:
        return None
    return _read_calling(said) or _read_whole(said)


def _read_whole(said: _Said) -> FollowUp | None:
    """Read a question with a topic of its own; without one, the topic stays as it was."""
    query = said.understand(said.text)
    if not is_framed(said.text, said.known) or _calls_topic(query.topic):
        return None
    if not query.topic:
        return narrow(said.last, query, said.text, is_besides=False) if _is_narrowed(query) else None
    topic = read_wording(query.topic)
    is_short = len(topic.words) <= _MAX_TOPIC_WORDS and not any(word.key.startswith("@") for word in topic.words)
    return FollowUp(said.text) if is_short and has_content(topic) else None


def _read_calling(said: _Said) -> FollowUp | None:
    """Read a question with "it" in place of the topic."""
    topic = said.last.query.topic
    for word in reversed(said.wording.words):
        if word.key not in PRONOUNS or not topic:
            continue
        text = f"{said.text[: word.start]}{topic}{said.text[word.end :]}"
        query = said.understand(text)
        if query.topic == topic and is_framed(text, said.known):
            carried = said.last.query
            if said.core.startswith("who else "):
                query = replace(query, not_by=carried.authors)
            elif said.wording.key(0) == "who":
                carried = replace(carried, authors=(), not_by=())
            return FollowUp(text, overlay(carried, query))
    return None


def _read_others(said: _Said) -> FollowUp | Move | None:
    """Read what asks for others than those who were asked for; of everybody, there are none but more."""
    is_meant = said.is_sure or (said.speaker is Speaker.ASKER and said.is_question)
    if not is_meant or not (OTHERS_TO_BOT if said.is_sure else OTHERS).fullmatch(said.core):
        return None
    others = Query("", not_by=said.last.query.authors)
    return narrow(said.last, others, said.text, is_besides=False) if others.not_by else Move.MORE


def _is_narrowed(query: Query) -> bool:
    return any(one is not Filter.TOPIC for one in query.filters)


def _calls_topic(topic: str) -> bool:
    words = read_wording(topic).words
    return bool(words) and all(word.key in PRONOUNS for word in words)


def _cut(text: str, plain_start: int) -> str:
    """Cut off what stands before a place in the plain words."""
    wording = read_wording(text)
    places = wording.indices(0, plain_start)
    return text[wording.words[places.stop].start :] if places.stop < len(wording.words) else ""
