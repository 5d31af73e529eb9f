"""An answer as a message. Within Slack's limits by construction: see the arithmetic at MAX_HITS."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bot.found import introduce_nearest
from bot.slack.views.buttons import build_actions, build_filters, build_nothing_actions
from bot.slack.views.hits import SPOKEN_CHARS, build_hits, label_name, speak_hits
from bot.slack.views.message import (
    Block,
    MessageView,
    build_context,
    build_date,
    build_label,
    build_notice,
    build_section,
    count_comments,
    count_sources,
    escape,
)
from bot.translations import join_parts, say, say_count, write_day
from bot.understood import describe_query, describe_unknown, name_filters, unquote
from store.domain.answer import Answer, Coverage, Hit, Outcome
from store.domain.asked import Asked
from store.domain.query import Filter, Query
from store.stages import Stage, in_stage
from store.text.cleaning import clean_line, shorten

# Five hits in five discussions: 5 headings, 10 blocks of hits, 5 more: 20 of 50 blocks. A heading is at most 600
# characters of label and 1,900 of address, a hit's line 500 and as much, an excerpt 600; a line has further links
# only below MAX_TEXT_CHARS: even at its worst below 3,000 a block, and in all below 13,200 because of what is left out
# from _MAX_CHARS on.
MAX_HITS = 5
_MAX_CHARS = 12_000
_TOPIC_CHARS = 100
_FILTERS_CHARS = 400


class _Form(NamedTuple):
    """What an answer has around its excerpts, and the characters of what was understood.

    Extras are the buttons that tell more of the same: each carries the whole question.
    """

    has_links: bool
    has_extras: bool
    has_menus: bool
    has_filters: bool
    understood_chars: int


# Tried in this order: what costs a reader least goes first.
_FORMS = (
    _Form(has_links=True, has_extras=True, has_menus=True, has_filters=True, understood_chars=400),
    _Form(has_links=True, has_extras=True, has_menus=True, has_filters=False, understood_chars=400),
    _Form(has_links=True, has_extras=True, has_menus=False, has_filters=False, understood_chars=400),
    _Form(has_links=True, has_extras=False, has_menus=False, has_filters=False, understood_chars=100),
    _Form(has_links=False, has_extras=False, has_menus=False, has_filters=False, understood_chars=100),
)


@in_stage(Stage.BUILD)
def build_answer(answer: Answer, *, can_share: bool = False, asked_by: str = "") -> MessageView:
    """Build the message that answers a question.

    Args:
        answer: With at most MAX_HITS hits.
        can_share: Whether to offer sharing it with the channel.
        asked_by: Who shares the answer with the channel; empty where nobody does.
    """
    asked = answer.asked
    if answer.outcome is not Outcome.ANSWERED or not answer.hits:
        return build_nothing(answer, asked)
    blocks = _build_blocks(
        answer, asked, head=_build_asked_by(asked_by, answer.asked.question) if asked_by else [], can_share=can_share
    )
    plain = "\n".join([*speak_hits(answer.hits), _speak_coverage(answer.coverage)])
    return MessageView(_build_sentence(answer), blocks, plain, for_channel=bool(asked_by))


def build_rest(answer: Answer) -> MessageView:
    """Build what whoever asked may see alone, beside an answer for everyone in a channel; it has hits.

    No button is under it: another page, or one filter less, would be of another answer.
    """
    head = say_count(
        "{number} more, only for you: not everyone in this channel may see it.",
        "{number} more, only for you: not everyone in this channel may see them.",
        answer.total,
    )
    left = answer.total - len(answer.hits)
    said = say_count(
        "And {number} more: ask me in private, with `/hark` or in a direct message, to see it.",
        "And {number} more: ask me in private, with `/hark` or in a direct message, to see them.",
        left,
    )
    foot = [said] if left else []
    blocks = _build_blocks(
        answer,
        answer.asked,
        head=[build_section(head)],
        foot=[build_context(line) for line in foot],
    )
    plain = "\n".join([head, *speak_hits(answer.hits), *foot, _speak_coverage(answer.coverage)])
    return MessageView(f"{head} {_speak_quote(answer.hits[0])}", blocks, plain)


def build_told(answer: Answer, head: str, buttons: Sequence[dict[str, Any]]) -> MessageView:
    """Build a message that tells of hits unasked: a sentence says why, and buttons let people stop it."""
    more = build_actions(answer, answer.asked, can_share=False, has_extras=False)
    foot = [*more, {"type": "actions", "elements": list(buttons)}]
    blocks = _build_blocks(answer, answer.asked, head=[build_section(head)], foot=foot)
    plain = "\n".join([head, *speak_hits(answer.hits), _speak_coverage(answer.coverage)])
    return MessageView(f"{head} {_build_sentence(answer)}", blocks, plain)


def _build_asked_by(name: str, question: str) -> list[Block]:
    return [build_context(say("{name} asked: {question}", name=label_name(name), question=_label_topic(question)))]


def build_nothing(answer: Answer, asked: Asked) -> MessageView:
    """Say honestly that there is nothing, why, and what was searched."""
    coverage = answer.coverage
    if answer.outcome is Outcome.ANSWERED:
        return build_notice(
            say("There is nothing more: the archive has changed since. Please ask your question again.")
        )
    if coverage.comments == 0:
        # An archive that holds nothing for them looks like one that holds nothing.
        return build_notice(
            say(
                "There is nothing here to search so far: the archive is empty, or what it holds is not for those here. "
                "An admin can bring one in with `harkback import`, and choose who may see it."
            )
        )
    if answer.outcome is Outcome.NOTHING_RELEVANT:
        return _build_nothing_relevant(answer, asked)
    return build_notice(_say_indexing(coverage))


def _say_indexing(coverage: Coverage) -> str:
    return say_count(
        "The archive is still being indexed, {percent}% of it so far: {pending} of {number} comment waits. "
        "Please ask again in a little while.",
        "The archive is still being indexed, {percent}% of it so far: {pending} of {number} comments wait. "
        "Please ask again in a little while.",
        coverage.comments,
        percent=100 * max(0, coverage.comments - coverage.pending) // coverage.comments,
        pending=coverage.pending,
    )


def _build_nothing_relevant(answer: Answer, asked: Asked) -> MessageView:
    """Say that there is nothing, and show what is nearest as what it is."""
    sentence = _say_nothing_there(answer.query) if _is_nothing_there(answer) else _say_nothing_relevant(answer)
    if answer.coverage.pending:
        sentence = f"{sentence} {_say_indexing(answer.coverage)}"
    blocks = _build_blocks(answer, asked, head=[build_section(sentence)])
    nearest = answer.nearest[:MAX_HITS]
    said = [*filter(None, [sentence, escape(describe_unknown(answer.query))])]
    said += [introduce_nearest(), *speak_hits(nearest)] if nearest else []
    text = f"{sentence} {introduce_nearest()} {_speak_quote(nearest[0])}" if nearest else sentence
    return MessageView(text, blocks, "\n".join([*said, _speak_coverage(answer.coverage)]))


def _is_nothing_there(answer: Answer) -> bool:
    """Tell whether nothing at all is where a question is narrowed to: else something there would be nearest."""
    narrows = [one for one in answer.query.filters if one is not Filter.TOPIC]
    return bool(narrows) and not answer.nearest and not answer.coverage.pending


def _say_nothing_there(query: Query) -> str:
    words = [words for one, words in name_filters(query) if one is not Filter.TOPIC]
    filters = build_label(join_parts(words), _FILTERS_CHARS)
    if not query.removable:
        return say("There is nothing here {filters}. Other names or dates may help.", filters=filters)
    return say(
        "There is nothing here {filters}, about this or anything else. "
        "Take away one of the parts below, and I search more widely.",
        filters=filters,
    )


def _say_nothing_relevant(answer: Answer) -> str:
    return say(
        "I found nothing relevant about “{topic}”. Other words may help: the ones people would have used then.",
        topic=_label_topic(unquote(answer.query.topic or answer.asked.question)),
    )


def _build_blocks(
    answer: Answer,
    asked: Asked,
    *,
    head: Sequence[Block] = (),
    foot: Sequence[Block] | None = None,
    can_share: bool = False,
) -> list[Block]:
    """Put together what stands around the hits; too long, it loses filters first, links last.

    `foot` stands in place of all buttons.
    """
    nearest = answer.nearest[:MAX_HITS]
    blocks: list[Block] = []
    for form in _FORMS:
        blocks = [
            *head,
            *_build_understood(answer, asked, form.understood_chars),
            *(build_filters(answer.query, asked) if form.has_filters and foot is None else []),
            *([build_section(introduce_nearest())] if nearest else []),
            *build_hits(answer.hits or nearest, with_links=form.has_links, with_menus=form.has_menus),
            build_context(_build_coverage(answer.coverage)),
            *(_build_foot(answer, asked, form, can_share=can_share) if foot is None else foot),
        ]
        if count_chars(blocks) <= _MAX_CHARS:
            break
    return blocks


def _build_foot(answer: Answer, asked: Asked, form: _Form, *, can_share: bool) -> list[Block]:
    if answer.hits:
        return build_actions(answer, asked, can_share=can_share, has_extras=form.has_extras)
    return build_nothing_actions(answer, asked) if form.has_extras else []


def _build_understood(answer: Answer, asked: Asked, max_chars: int) -> list[Block]:
    """Say what the question was narrowed to, so that whoever asked sees what was left out, and why."""
    told = (describe_query(answer.query, asked.without), describe_unknown(answer.query))
    return [build_context(build_label(one, max_chars)) for one in told if one]


def _build_sentence(answer: Answer) -> str:
    """Say who said what, and how many more, in words that read well aloud."""
    left = answer.total - 1
    quote = _speak_quote(answer.hits[0])
    if not left or answer.asked.offset:
        return quote
    more = say_count("And {number} more comment.", "And {number} more comments.", left)
    return f"{quote} {more}"


def _speak_quote(hit: Hit) -> str:
    name, quote = label_name(hit.comment.author), escape(shorten(hit.excerpt.text, SPOKEN_CHARS))
    if hit.comment.published is None:
        return say("{name} wrote: “{quote}”", name=name, quote=quote)
    day = write_day(hit.comment.published.date())
    return say("{name} wrote on {day}: “{quote}”", name=name, day=day, quote=quote)


def _build_coverage(coverage: Coverage) -> str:
    return _describe_coverage(coverage, build_date(coverage.newest) if coverage.newest else "")


def _speak_coverage(coverage: Coverage) -> str:
    newest = write_day(coverage.newest.date()) if coverage.newest else ""
    return _describe_coverage(coverage, newest) if coverage.comments else ""


def _describe_coverage(coverage: Coverage, newest: str) -> str:
    comments, sources = count_comments(coverage.comments), count_sources(coverage.sources)
    if not newest:
        return say("Searched {comments} in {sources}.", comments=comments, sources=sources)
    return say("Searched {comments} in {sources}, newest from {date}.", comments=comments, sources=sources, date=newest)


def _label_topic(text: str) -> str:
    return build_label(clean_line(text, _TOPIC_CHARS), _TOPIC_CHARS)


def count_chars(value: Any) -> int:
    """Count the characters of all strings in some blocks, as a bound of what Slack counts."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(count_chars(part) for part in value.values())
    return sum(count_chars(part) for part in value) if isinstance(value, list) else 0
