"""Short messages: how to ask, what went wrong, what is not there any more."""

from bot.slack.views.message import MessageView, build_notice, build_section
from bot.translations import say

_USAGE = (
    "Ask me what was said about something, and I answer with quotations from the archive.",
    "• Mention me in a channel: `@Harkback unconferences`",
    "• Write to me here in Slack, directly: `what was said about mentoring?`",
    "• Or privately, anywhere: `/hark badges`",
    "`/hark sources` lists what I search for you. Admins have `/hark status`, `/hark refresh` and `/hark problems`.",
    'To ask about one of these words, put it in quotation marks: `/hark "status"`',
)


def build_usage() -> MessageView:
    """Say how to ask, in answer to an empty question."""
    return MessageView(text=_USAGE[0], blocks=[build_section("\n".join(_USAGE))], plain="\n".join(_USAGE))


def build_failure(reference: str) -> MessageView:
    """Say that something failed: never how, only where an admin finds it."""
    return build_notice(
        say(
            "Something went wrong and I could not answer. Please ask again in a minute; "
            "if it happens again, tell an admin this reference: {reference}.",
            reference=reference,
        )
    )


def build_expired() -> MessageView:
    """Say that a button is from an older version or has lost its question."""
    return build_notice("This button is not in use any more. Please ask your question again.")


def build_not_shared() -> MessageView:
    """Say that what was found for one person may not be shown to the channel."""
    return build_notice("There is nothing in this answer that everyone in this channel may see, so I did not share it.")
