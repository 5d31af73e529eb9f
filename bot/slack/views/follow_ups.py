"""Short messages about going on from a question, and about the switch for that."""

from bot.slack.views.message import MessageView, build_notice
from bot.translations import say
from store.query.moves import Move


def build_no_more() -> MessageView:
    """Say that all hits were shown."""
    return build_notice(say("That was all I found."))


def build_move(move: Move) -> MessageView:
    """Answer what was asked for without a question; more of nothing is no more."""
    match move:
        case Move.STOP:
            return build_notice(say("All right. Ask me again whenever you like."))
        case Move.ANEW:
            return build_notice(say("All right, from the start: what would you like to know?"))
        case Move.THANKS:
            return build_notice(say("You are welcome."))
        case Move.UNABLE:
            return build_notice(
                say("I can leave out people, but no times, places or languages. Tell me which ones to look in instead.")
            )
        case Move.MORE:
            return build_no_more()


def build_follow_ups(*, is_on: bool) -> MessageView:
    """Say, for an admin, whether questions in a channel's threads may go on without a mention."""
    if is_on:
        return build_notice(
            say(
                "Where I was asked in a thread of this channel, people may go on there without a mention: "
                "“and about mentoring?”, “only from Jon”, “more”. `/hark follow-ups off` ends that."
            )
        )
    return build_notice(
        say("In this channel I answer only where I am mentioned. `/hark follow-ups on` lets people go on in a thread.")
    )


def build_only_in_channels() -> MessageView:
    """Say that there is no such switch in direct messages."""
    return build_notice(say("That is for channels: call it in the channel that it is about."))
