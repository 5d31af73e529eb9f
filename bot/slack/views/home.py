"""App Home: where to ask, what was asked, what is there to be searched; for admins, how the archive is.

Each part is a list of blocks with a limit of its own, so that all of them fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.overview import SeenSource
from bot.slack.views.buttons import MAX_QUESTION_CHARS, build_button, build_value
from bot.slack.views.message import (
    Block,
    MessageView,
    build_context,
    build_label,
    build_lines,
    build_section,
    escape,
)
from bot.slack.views.overview import build_seen_sources
from bot.slack.views.own import build_decision
from bot.translations import join_parts, say, say_count
from store.domain.answer import Outcome
from store.domain.asked import Asked
from store.domain.channel_setting import ChannelSetting
from store.domain.questions import UnansweredQuestion
from store.text.cleaning import clean_line, shorten

ASK = "hark_home_ask"
AGAIN = "hark_home_again"
FORGET_QUESTIONS = "hark_home_forget_questions"
REFRESH = "hark_home_refresh"
READ_ANSWER = "hark_home_read_answer"

MAX_HOME_BLOCKS = 100
_TITLE_CHARS = 150
_QUESTION_CHARS = 200
_BUTTON_CHARS = 75
_NOTICE_CHARS = 600
_MAX_REQUESTS = 5
# How many there are, and 8 of them with their buttons.
_MAX_WATCH_BLOCKS = 17


@dataclass(frozen=True, slots=True)
class Notice:
    """What came of what somebody did in App Home; `url` leads to the answer, if there is one."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for an admin to let them be forgotten."""

    name: str
    person: str
    team: str


def build_home(parts: Sequence[Sequence[Block]]) -> dict[str, Any]:
    """Put App Home together."""
    blocks: list[Block] = []
    for part in parts:
        if part:
            blocks += [*([{"type": "divider"}] if blocks else []), *part]
    return {"type": "home", "blocks": blocks[:MAX_HOME_BLOCKS]}


def build_ask(notice: Notice | None, turn: str) -> list[Block]:
    """Build where to ask. Each `turn` has a box of its own: an empty one."""
    box = {
        "type": "plain_text_input",
        "action_id": ASK,
        "max_length": MAX_QUESTION_CHARS,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
        "placeholder": _build_plain(say("What was said about …"), _TITLE_CHARS),
    }
    asked = {
        "type": "input",
        "block_id": f"ask-{turn}",
        "dispatch_action": True,
        "element": box,
        "label": _build_plain(say("Ask what was said about something, and press Enter"), _TITLE_CHARS),
    }
    hint = build_context(say("The answer comes as a message to you alone."))
    return [build_header(say("What was said about it?")), *_build_notice(notice), asked, hint]


def build_recent(questions: Sequence[Asked]) -> list[Block]:
    """Build what somebody asked lately."""
    head = build_header(say("What you asked lately"))
    if not questions:
        return [head, build_context(say("Nothing in the last 30 days. Only you see this."))]
    forget = build_button(FORGET_QUESTIONS, say("Forget these"), "{}", say("Forget the questions that I asked lately"))
    foot = build_context(say("Only you see this. It is forgotten after 30 days."))
    return [head, *map(_build_question, questions), {"type": "actions", "elements": [forget]}, foot]


def build_watched(watches: MessageView) -> list[Block]:
    """Build what somebody watches, as far as there is room."""
    more = [build_context(say("`/hark watches` lists all."))] if len(watches.blocks) > _MAX_WATCH_BLOCKS else []
    return [build_header(say("What you watch")), *watches.blocks[:_MAX_WATCH_BLOCKS], *more]


def build_seen(sources: Sequence[SeenSource]) -> list[Block]:
    """Build what is there to be searched for somebody."""
    return [build_header(say("What I search for you")), *build_seen_sources(sources).blocks]


def build_oversight(status: MessageView, problems: MessageView | None) -> list[Block]:
    """Build how the archive is, for an admin, and which sources have problems, if any has."""
    label = say("Bring all sources up to date now")
    refresh = build_button(REFRESH, say("Refresh"), "{}", label)
    return [
        build_header(say("For admins: how the archive is")),
        *status.blocks,
        *(problems.blocks if problems else []),
        {"type": "actions", "elements": [refresh]},
    ]


def build_usage_of_late(counts: Mapping[Outcome, int], unanswered: Sequence[UnansweredQuestion]) -> list[Block]:
    """Build what was asked of late, by nobody in particular, and what of it found nothing, for an admin."""
    head = build_header(say("For admins: what was asked in the last 30 days"))
    total = sum(counts.values())
    counted = say_count(
        "{number} question, of which {answered} found something.",
        "{number} questions, of which {answered} found something.",
        total,
        answered=counts.get(Outcome.ANSWERED, 0),
    )
    lines = [
        say_count(
            "“{question}”, {number} time",
            "“{question}”, {number} times",
            one.times,
            question=build_label(one.question, _QUESTION_CHARS),
        )
        for one in unanswered
    ]
    found_nothing = [build_section(say("These found nothing:")), *build_lines(lines)] if lines else []
    who = build_context(say("Nobody's name is kept with these. They are forgotten after 30 days."))
    return [head, build_section(counted), *found_nothing, who]


def build_removals(waiting: Sequence[Waiting]) -> list[Block]:
    """Build who waits to be forgotten, for an admin to decide."""
    if not waiting:
        return []
    blocks = [build_header(say("For admins: who asks to be forgotten"))]
    for one in waiting[:_MAX_REQUESTS]:
        who = {"name": build_label(one.name, _QUESTION_CHARS), "id": build_label(one.person, _QUESTION_CHARS)}
        blocks += [
            build_section(say("{name} (member id {id}) asks to be forgotten, for good.", **who)),
            build_decision(one.person, one.team),
        ]
    return blocks


def build_channels(chosen: Sequence[tuple[str, ChannelSetting]]) -> list[Block]:
    """Build what was chosen for channels, for an admin."""
    head = build_header(say("For admins: what was chosen for channels"))
    how = build_context(say("In a channel, `/hark follow-ups` and `/hark suggestions`, with `on` or `off`, choose."))
    lines = [_describe_channel(channel, setting) for channel, setting in chosen]
    return [head, *(build_lines(lines) if lines else [build_section(say("Nothing so far."))]), how]


def build_header(text: str) -> Block:
    """Build the title of a part."""
    return {"type": "header", "text": _build_plain(text, _TITLE_CHARS)}


def _describe_channel(channel: str, setting: ChannelSetting) -> str:
    chosen = [
        *([] if setting.follow_ups is None else [_describe_follow_ups(is_on=setting.follow_ups)]),
        *([] if setting.suggestions is None else [_describe_suggestions(is_on=setting.suggestions)]),
    ]
    return f"<#{channel}>: {join_parts(chosen)}"


def _describe_follow_ups(*, is_on: bool) -> str:
    return say("follow-ups on") if is_on else say("follow-ups off")


def _describe_suggestions(*, is_on: bool) -> str:
    return say("suggestions on") if is_on else say("suggestions off")


def _build_notice(notice: Notice | None) -> list[Block]:
    if notice is None:
        return []
    section = build_section(shorten(notice.text, _NOTICE_CHARS))
    if not notice.url:
        return [section]
    read = build_button(READ_ANSWER, say("Read the answer"), "{}", say("Read the answer among our messages"))
    return [section | {"accessory": read | {"url": notice.url}}]


def _build_question(asked: Asked) -> Block:
    question = clean_line(asked.question, _QUESTION_CHARS)
    label = clean_line(say("Ask again: {question}", question=question), _BUTTON_CHARS)
    again = build_button(AGAIN, say("Ask again"), build_value(asked), label)
    return build_section(escape(question) or say("(no words)")) | {"accessory": again}


def _build_plain(text: str, max_chars: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": clean_line(text, max_chars)}
