"""A past discussion, suggested where somebody asks again; and the switch for that."""

from bot.slack.views.answer import build_told
from bot.slack.views.buttons import build_button
from bot.slack.views.message import MessageView, build_notice
from bot.translations import say
from store.domain.answer import Answer

UNHELPFUL = "hark_suggestion_unhelpful"
STOP = "hark_suggestion_stop"


def build_suggestion(answer: Answer, asker: str) -> MessageView:
    """Build the reply that shows a past discussion.

    Args:
        answer: With hits of that discussion alone.
        asker: Whose question it answers: they may stop suggestions.
    """
    buttons = [
        build_button(UNHELPFUL, say("Not helpful"), asker, say("Take this suggestion back, and be more careful here")),
        build_button(STOP, say("Stop here"), asker, say("Suggest nothing more in this channel")),
    ]
    head = say("This may have been talked about before:")
    return build_told(answer, head, buttons)


def build_taken_back() -> MessageView:
    """Say, in place of a suggestion, that it did not help."""
    return build_notice(say("That did not help, so I took it back. I will be more careful in this channel."))


def build_ended() -> MessageView:
    """Say, in place of a suggestion, that there will be no more of them."""
    return build_notice(say("I will suggest nothing more in this channel. An admin can change that."))


def build_not_theirs() -> MessageView:
    """Say who may stop suggestions."""
    return build_notice(say("Sorry, only whoever asked this question, or an admin, may stop my suggestions here."))


def build_suggestions(*, is_on: bool, is_member: bool) -> MessageView:
    """Say, for an admin, whether past discussions are suggested in a channel."""
    if not is_on:
        return build_notice(
            say(
                "I suggest nothing in this channel. `/hark suggestions on` lets me reply to a new question here "
                "where it was talked about before."
            )
        )
    said = say(
        "Where somebody asks something new in this channel that was talked about before, I reply in its thread "
        "with the best past discussion: a few times a day at most. `/hark suggestions off` ends that."
    )
    invited = "" if is_member else say("I see only channels that I am in: please invite me.")
    return build_notice(f"{said} {invited}".strip())
