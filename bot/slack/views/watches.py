"""Standing questions as messages: that something is watched, the list of all, and what is new."""

from collections.abc import Sequence
from typing import Any

from bot.slack.views.answer import build_told
from bot.slack.views.buttons import build_button, read_button, read_number
from bot.slack.views.message import (
    Block,
    MessageView,
    build_label,
    build_notice,
    build_section,
    build_time,
    speak_lines,
)
from bot.translations import say, say_count
from store.domain.answer import Answer
from store.domain.watch import Watch
from store.text.cleaning import clean_line

PAUSE = "hark_watch_pause"
RESUME = "hark_watch_resume"
REMOVE = "hark_watch_remove"
_LISTED = "listed"

# 20 questions of 2 blocks each, and one above them: 41 of 50 blocks. Each is at most 300 characters of label where all
# of it is escaped, 100 of what is said of it and 170 of buttons: all are 11,400 characters.
MAX_WATCHES = 20
_LISTED_CHARS = 60
_QUESTION_CHARS = 100
_SPOKEN_CHARS = 75


def build_watched(watch: Watch, *, is_elsewhere: bool = False) -> MessageView:
    """Say that a question is watched from now on.

    Args:
        watch: As it is kept.
        is_elsewhere: Whether it should have been told in a channel, where the bot cannot write.
    """
    where = (
        say(
            "I will tell everyone in this channel when something new comes into the archive about “{question}”.",
            question=_label(watch),
        )
        if watch.channel
        else say(
            "I will write to you directly when something new comes into the archive about “{question}”.",
            question=_label(watch),
        )
    )
    invite = say(
        "I am no member of this channel, so I cannot tell it here: invite me with `/invite`, and watch it again."
    )
    said = [where, *([invite] if is_elsewhere else []), say("`/hark watches` lists what you watch.")]
    return _build_with_buttons(" ".join(said), watch)


def build_too_many() -> MessageView:
    """Say that somebody watches as much as they may."""
    return build_notice(
        say(
            "You watch {number} questions, and there is no room for more: `/hark watches` lets you remove some.",
            number=MAX_WATCHES,
        )
    )


def build_not_words() -> MessageView:
    """Say that a message, or an address, cannot be watched."""
    return build_notice(
        say(
            "I watch for what people say, not for addresses or single messages. "
            "Tell me in a few words what it is about, as in: `/hark watch unconferences`"
        )
    )


def build_watches(watches: Sequence[Watch], done: str = "") -> MessageView:
    """List what somebody watches, for their own eyes; first what was just `done` in the list, if anything."""
    if not watches:
        return build_notice(say("You watch nothing so far. `/hark watch unconferences` tells you of what is new."))
    counted = say_count("You watch {number} question.", "You watch {number} questions.", len(watches))
    head = f"{done} {counted}" if done else counted
    blocks, lines = [build_section(head)], [head]
    for watch in watches[:MAX_WATCHES]:
        line = _describe(watch)
        blocks += [build_section(line), _build_actions(build_buttons(watch, is_listed=True))]
        lines.append(line)
    return MessageView(speak_lines(lines), blocks, "\n".join(lines))


def build_not_watched(question: str) -> MessageView:
    """Say that there was nothing to remove."""
    return build_notice(
        say(
            "You do not watch “{question}”. `/hark watches` lists what you watch.",
            question=clean_line(question, _QUESTION_CHARS),
        )
    )


def build_removed(watch: Watch) -> MessageView:
    """Say that a question is not watched any more."""
    return build_notice(say("I do not watch “{question}” any more.", question=_line(watch)))


def build_paused(watch: Watch) -> MessageView:
    """Say that a watch rests, or goes on."""
    if watch.is_paused:
        said = say("I will not tell of “{question}” until you go on with it.", question=_label(watch))
    else:
        said = say("I watch “{question}” again, and tell of what came meanwhile.", question=_label(watch))
    return _build_with_buttons(said, watch)


def build_gone() -> MessageView:
    """Say that a button is of a question that nobody watches any more."""
    return build_notice(say("That is not watched any more. `/hark watches` lists what you watch."))


def build_somebody_elses() -> MessageView:
    """Say who may stop a watch."""
    return build_notice(say("Sorry, only whoever asked to watch that, or an admin, may change it."))


def build_news(watch: Watch, answer: Answer, name: str) -> MessageView:
    """Tell of what is new about a question; the answer has hits.

    Args:
        watch: What is watched.
        answer: What is new.
        name: Who watches it, for others; empty for that person's own eyes.
    """
    head = (
        say(
            "New about “{question}”, which {name} watches here:",
            question=_label(watch),
            name=build_label(name, _SPOKEN_CHARS),
        )
        if name
        else say("New about “{question}”, which you watch:", question=_label(watch))
    )
    return build_told(answer, head, build_buttons(watch))


def build_buttons(watch: Watch, *, is_listed: bool = False) -> list[dict[str, Any]]:
    """Build the buttons of a watch. They carry which it is; whose it is is looked up when one is pressed.

    Those in a list say that, for a list takes the place of what they stand in.
    """
    value, question = f"{watch.id} {_LISTED}" if is_listed else str(watch.id), _line(watch)
    first = (
        build_button(RESUME, say("Go on"), value, _speak(say("Go on watching {question}", question=question)))
        if watch.is_paused
        else build_button(PAUSE, say("Pause"), value, _speak(say("Pause watching {question}", question=question)))
    )
    remove = build_button(REMOVE, say("Remove"), value, _speak(say("Stop watching {question}", question=question)))
    return [first, remove]


def read_watch(value: str) -> tuple[int, bool]:
    """Read which watch a button is of, 0 for none, and whether it stands in the list of all."""
    number, _, place = value.partition(" ")
    return read_number(number), place == _LISTED


def _build_with_buttons(said: str, watch: Watch) -> MessageView:
    return MessageView(said, [build_section(said), _build_actions(build_buttons(watch))], said)


def _build_actions(buttons: list[dict[str, Any]]) -> Block:
    return {"type": "actions", "elements": buttons}


def _describe(watch: Watch) -> str:
    said = [
        say("Told in {channel}.", channel=f"<#{watch.channel}>") if watch.channel else say("Told to you directly."),
        *([say("Paused.")] if watch.is_paused else []),
        *([say("Last told {when}.", when=build_time(watch.told_at))] if watch.told_at else []),
    ]
    return f"*{build_label(_line(watch), _LISTED_CHARS)}*\n{' '.join(said)}"


def _label(watch: Watch) -> str:
    return build_label(_line(watch), _QUESTION_CHARS)


def _line(watch: Watch) -> str:
    asked = read_button(watch.asked)
    return clean_line(asked.question if asked else "", _QUESTION_CHARS)


def _speak(label: str) -> str:
    return clean_line(label, _SPOKEN_CHARS)
