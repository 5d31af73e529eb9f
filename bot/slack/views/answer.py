"""An answer as a message. Within Slack's limits by construction: see the arithmetic at MAX_HITS."""

import json
from collections.abc import Mapping
from typing import Any

from bot.slack.views.message import (
    Block,
    MessageView,
    build_context,
    build_date,
    build_label,
    build_link,
    build_notice,
    build_section,
    escape,
)
from bot.understood import describe_query
from store.domain.answer import Answer, Coverage, Excerpt, Hit, Outcome
from store.text.cleaning import clean_line, clean_text, shorten

MORE = "hark_more"
SHARE = "hark_share"

# Five hits in five discussions: 5 headings, 10 blocks of hits, 3 more: 18 of 50 blocks. A heading or a hit's line is at
# most 1,000 characters of label and 1,900 of address, an excerpt 600: even at its worst below 3,000 a block, and in all
# below 13,200 because addresses are then cut first, by _MAX_CHARS.
MAX_HITS = 5
# A button holds the question: twice as many characters where each is escaped, of 2,000.
MAX_QUESTION_CHARS = 900
_MAX_CHARS = 12_000
_TITLE_CHARS = 120
_NAME_CHARS = 80
_TOPIC_CHARS = 100
_UNDERSTOOD_CHARS = 400
_SPOKEN_CHARS = 140


def build_answer(answer: Answer, *, can_share: bool = False, asked_by: str = "") -> MessageView:
    """Build the message that answers a question.

    Args:
        answer: At most MAX_HITS hits are shown.
        can_share: Whether to offer sharing it with the channel.
        asked_by: Who shares the answer with the channel; empty where nobody does.
    """
    if answer.outcome is not Outcome.ANSWERED or not answer.hits:
        return build_nothing(answer)
    head = [build_context(f"{_label_name(asked_by)} asked: {_label_topic(answer.question)}")] if asked_by else []
    head += _build_understood(answer)
    for links in (True, False):
        body = [block for hits in answer.by_discussion() for block in _build_discussion(hits, with_links=links)]
        blocks = [
            *head,
            *body,
            build_context(_build_coverage(answer.coverage)),
            *_build_actions(answer, can_share=can_share),
        ]
        if count_chars(blocks) <= _MAX_CHARS:
            break
    return MessageView(_build_sentence(answer), blocks, _build_plain(answer), for_channel=bool(asked_by))


def build_nothing(answer: Answer) -> MessageView:
    """Say honestly that there is nothing, why, and what was searched."""
    coverage = answer.coverage
    if answer.outcome is Outcome.ANSWERED:
        return build_notice("There is nothing more: the archive has changed since. Please ask your question again.")
    if answer.outcome is Outcome.NOTHING_RELEVANT or coverage.comments == 0:
        topic = _label_topic(answer.query.topic or answer.question)
        sentence = f"I found nothing relevant about “{topic}”."
        if coverage.comments == 0:
            sentence = "The archive is empty so far: an admin can bring one in with `harkback import`."
        else:
            sentence += " Other words may help: the ones people would have used then."
        blocks = [build_section(sentence)]
        if coverage.comments:
            blocks += [*_build_understood(answer), build_context(_build_coverage(coverage))]
        return MessageView(text=sentence, blocks=blocks, plain=f"{sentence} {_speak_coverage(coverage)}".strip())
    return build_notice(
        f"The archive is still being indexed: {coverage.pending:,} of {coverage.comments:,} comments wait. "
        "Please ask again in a little while."
    )


def read_button(value: str) -> tuple[str, int] | None:
    """Read the question and offset a button carries; None if it is not one of this version's."""
    try:
        held = json.loads(value)
    except ValueError:
        return None
    if not isinstance(held, Mapping) or not isinstance(held.get("q"), str) or not isinstance(held.get("o"), int):
        return None
    return held["q"], max(0, held["o"])


def _build_understood(answer: Answer) -> list[Block]:
    """Say what the question was narrowed to, so that whoever asked sees what was left out, and why."""
    understood = build_label(describe_query(answer.query), _UNDERSTOOD_CHARS)
    return [build_context(understood)] if understood else []


def _build_button_value(question: str, offset: int) -> str:
    return json.dumps({"q": shorten(clean_text(question), MAX_QUESTION_CHARS), "o": offset}, ensure_ascii=False)


def _build_discussion(hits: tuple[Hit, ...], *, with_links: bool) -> list[Block]:
    comment = hits[0].comment
    title = build_label(comment.discussion_title, _TITLE_CHARS) or "Untitled discussion"
    heading = build_link(comment.discussion_url, title) if with_links else title
    blocks = [build_section(f"*{heading}*")]
    for hit in hits:
        blocks += [build_section(_build_byline(hit, with_links=with_links)), _build_quote(hit.excerpt)]
    return blocks


def _build_byline(hit: Hit, *, with_links: bool) -> str:
    comment = hit.comment
    link = build_link(comment.url, "open the comment") if with_links else ""
    parts = [_label_name(comment.author), build_date(comment.published)]
    return ", ".join(parts) + (f" ({link})" if link.startswith("<") else "")


def _build_quote(excerpt: Excerpt) -> Block:
    """Quote an excerpt literally: rich text parses nothing, so nothing in it can be a mention or a link."""
    elements: list[dict[str, Any]] = []
    position = 0
    for start, end in excerpt.highlights:
        elements.append({"type": "text", "text": excerpt.text[position:start]})
        elements.append({"type": "text", "text": excerpt.text[start:end], "style": {"bold": True}})
        position = end
    elements.append({"type": "text", "text": excerpt.text[position:]})
    shown = [element for element in elements if element["text"]]
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": shown}]}


def _build_actions(answer: Answer, *, can_share: bool) -> list[Block]:
    buttons = []
    if answer.next_offset is not None:
        left = answer.total - answer.next_offset
        value = _build_button_value(answer.question, answer.next_offset)
        buttons.append(_build_button(MORE, f"More ({left})", value, f"Show more of the {left} hits that are left"))
    if can_share:
        value = _build_button_value(answer.question, answer.offset)
        buttons.append(_build_button(SHARE, "Share in channel", value, "Show this answer to everyone in the channel"))
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _build_button(action_id: str, text: str, value: str, label: str) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": text},
        "value": value,
        "accessibility_label": label,
    }


def _build_sentence(answer: Answer) -> str:
    """Say who said what, and how many more, in words that read well aloud."""
    hit = answer.hits[0]
    when = f" on {hit.comment.published.date().isoformat()}" if hit.comment.published else ""
    quoted = escape(shorten(hit.excerpt.text, _SPOKEN_CHARS))
    left = answer.total - 1
    more = f" And {left} more comment{'' if left == 1 else 's'}." if left and not answer.offset else ""
    return f"{_label_name(hit.comment.author)} wrote{when}: “{quoted}”{more}"


def _build_plain(answer: Answer) -> str:
    """Say all of it without blocks, for when Slack refuses them."""
    lines = []
    for hit in answer.hits:
        day = hit.comment.published.date().isoformat() if hit.comment.published else "undated"
        link = build_link(hit.comment.url, "open the comment")
        quoted = escape(shorten(hit.excerpt.text, 2 * _SPOKEN_CHARS))
        lines.append(f"{_label_name(hit.comment.author)}, {day}: “{quoted}”" + (f" {link}" if link[0] == "<" else ""))
    return "\n".join([*lines, _speak_coverage(answer.coverage)])


def _build_coverage(coverage: Coverage) -> str:
    spoken = _count_coverage(coverage)
    return f"{spoken}, newest from {build_date(coverage.newest)}." if coverage.newest else f"{spoken}."


def _speak_coverage(coverage: Coverage) -> str:
    newest = f", newest from {coverage.newest.date().isoformat()}" if coverage.newest else ""
    return f"{_count_coverage(coverage)}{newest}." if coverage.comments else ""


def _count_coverage(coverage: Coverage) -> str:
    comments = f"{coverage.comments:,} comment{'' if coverage.comments == 1 else 's'}"
    return f"Searched {comments} in {coverage.sources:,} source{'' if coverage.sources == 1 else 's'}"


def _label_name(name: str) -> str:
    return build_label(name, _NAME_CHARS) or "Somebody"


def _label_topic(text: str) -> str:
    return build_label(clean_line(text, _TOPIC_CHARS), _TOPIC_CHARS)


def count_chars(value: Any) -> int:
    """Count the characters of all strings in some blocks, as a bound of what Slack counts."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(count_chars(part) for part in value.values())
    return sum(count_chars(part) for part in value) if isinstance(value, list) else 0
