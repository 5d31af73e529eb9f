"""Why these hits, as a modal: for each hit of a page, in words, what speaks for it, and whether it helped."""

from collections.abc import Mapping, Sequence

from bot.found import introduce_nearest
from bot.slack.views.feedback import build_rating
from bot.slack.views.hits import build_byline, label_name
from bot.slack.views.message import Block, build_context, build_date, build_label, build_lines, build_section
from bot.slack.views.modal import ModalView
from bot.slack.views.opened import Opened
from bot.translations import join_parts, say
from bot.understood import name_filters
from store.domain.answer import Answer, Hit, Outcome, Reasons
from store.domain.feedback import Rated
from store.domain.query import Filter, Query, TimeOrder

# From these on, in parts of what is near by itself, a meaning is called so.
_VERY_NEAR = 1.3
_NEAR = 1.0
_SOMEWHAT_NEAR = 0.7
# A part of the question's words from which it is as good as all of them, or most of them.
_ALL = 0.99
_MOST = 0.5
# What neighbours lend below this changes the place of next to nothing.
_WORTH_TELLING = 0.5
_WORDS_CHARS = 200
_TITLE_CHARS = 120
_FILTERS_CHARS = 400


def name_why() -> str:
    """Say what the modal is."""
    return say("Why these?")


def build_why(answer: Answer, said: Mapping[Rated, bool], opened: Opened) -> ModalView:
    """Build the reasons for a page of hits, or what is nearest, each with whether its reader said that it helped."""
    shown = answer.hits or answer.nearest
    if not shown:
        return ModalView(name_why(), [build_section(_say_nothing(answer))])
    blocks = [
        build_context(
            say("I look for your words, and for what is near in meaning. What is shown is quoted, never made up.")
        ),
        *([] if answer.hits else [build_section(introduce_nearest())]),
        *(block for hit in shown for block in (*_build_hit(hit, answer.query), *_build_rating(hit, said))),
    ]
    return ModalView(name_why(), blocks, metadata=str(opened))


def _say_nothing(answer: Answer) -> str:
    if answer.outcome is Outcome.NOTHING_RELEVANT:
        return say("Nothing in the archive is near to your question, so there is no excerpt to explain or to judge.")
    return say("There is nothing here any more: the archive has changed since. Please ask your question again.")


def _build_hit(hit: Hit, query: Query) -> list[Block]:
    title = build_label(hit.comment.discussion_title, _TITLE_CHARS)
    return [
        build_section(f"*{hit.rank}.* {build_byline(hit)}"),
        *([build_context(title)] if title else []),
        *build_lines([f"• {reason}" for reason in explain_hit(hit, query)]),
    ]


def _build_rating(hit: Hit, said: Mapping[Rated, bool]) -> list[Block]:
    return build_rating(hit.comment.id, said.get(Rated(hit.comment.source, hit.comment.native_id)))


def explain_hit(hit: Hit, query: Query) -> list[str]:
    """Say what speaks for a hit, a sentence each."""
    told = _explain_reasons(hit, hit.reasons) if hit.reasons else []
    told += _explain_filters(query) + _explain_date(hit, query)
    return told or [say("A little of each speaks for it: its words, its meaning, and what was said around it.")]


def _explain_reasons(hit: Hit, reasons: Reasons) -> list[str]:
    told = [
        *_explain_words(hit, reasons),
        _describe_meaning(reasons.meaning),
        say("Your question names {name}, who wrote it.", name=label_name(hit.comment.author))
        if reasons.is_named
        else "",
        say("What was said around it in the discussion is near to your question, and lent it weight.")
        if reasons.lent >= _WORTH_TELLING
        else "",
        say("It opens its discussion.") if reasons.is_opener else "",
        say("Its discussion was opened by something near to your question.") if reasons.is_opened_so else "",
    ]
    return [sentence for sentence in told if sentence]


def _explain_words(hit: Hit, reasons: Reasons) -> list[str]:
    told = []
    # What is not quoted may have more of them.
    if words := _quote(hit.excerpt.words):
        if reasons.share >= _ALL:
            told.append(say("It has all the words that your question is about, as here: {words}.", words=words))
        elif reasons.share >= _MOST:
            told.append(say("It has most of the words that your question is about, as here: {words}.", words=words))
        else:
            told.append(say("It has some of the words that your question is about, as here: {words}.", words=words))
        if reasons.is_close:
            told.append(say("They stand close together, as in your question."))
    if words := _quote(reasons.title_words):
        told.append(say("The title of its discussion has words of your question: {words}.", words=words))
    return told


def _describe_meaning(meaning: float) -> str:
    if meaning >= _VERY_NEAR:
        return say("In meaning it is very near to your question.")
    if meaning >= _NEAR:
        return say("In meaning it is near to your question.")
    if meaning >= _SOMEWHAT_NEAR:
        return say("In meaning it is somewhat near to your question.")
    return ""


def _explain_filters(query: Query) -> list[str]:
    words = [words for one, words in name_filters(query) if one not in (Filter.TOPIC, Filter.DATES)]
    filters = build_label(join_parts(words), _FILTERS_CHARS)
    return [say("It is what your question is narrowed to: {filters}.", filters=filters)] if filters else []


def _explain_date(hit: Hit, query: Query) -> list[str]:
    date = build_date(hit.comment.published)
    told = []
    if dates := dict(name_filters(query)).get(Filter.DATES):
        told.append(say("Its date, {date}, is of the time that you asked for: {dates}.", date=date, dates=dates))
    match query.order:
        case TimeOrder.OLDEST:
            told.append(say("The oldest come first, as you asked: this one is of {date}.", date=date))
        case TimeOrder.NEWEST:
            told.append(say("The newest come first, as you asked: this one is of {date}.", date=date))
        case TimeOrder.RECENT:
            told.append(say("Newer ones counted for more, as you asked: this one is of {date}.", date=date))
        case TimeOrder.RELEVANCE:
            pass
    return told


def _quote(words: Sequence[str]) -> str:
    return build_label(join_parts(say("“{word}”", word=word) for word in words), _WORDS_CHARS)
