"""Thanks for what somebody said of an answer, and the buttons that say it of an excerpt. Pure."""

from bot.slack.views.buttons import MAX_VALUE_CHARS, build_button
from bot.slack.views.message import Block, MessageView, build_context, build_section
from bot.slack.views.opened import Opened
from bot.translations import say

# The button below the thanks, and those of each excerpt.
RATE = "hark_rate"
RATE_HELPFUL = f"{RATE}_helpful"
RATE_UNHELPFUL = f"{RATE}_unhelpful"


def build_thanks(opened: Opened, *, is_helpful: bool) -> MessageView:
    """Thank for what was said of an answer, and offer to say it of each excerpt."""
    sentence = (
        say("Thank you. I noted that this answer helped.")
        if is_helpful
        else say("Thank you. I noted that this answer did not help.")
    )
    label = say("Say of each excerpt whether it helped")
    button = build_button(RATE, say("Judge each excerpt"), str(opened), label)
    rate: list[Block] = [{"type": "actions", "elements": [button]}] if len(str(opened)) <= MAX_VALUE_CHARS else []
    return MessageView(sentence, [build_section(sentence), *rate], sentence)


def build_rating(comment_id: int, said: bool | None) -> list[Block]:  # noqa: FBT001  # True, False, or nothing said
    """Build what judges a comment in a modal that holds what it was opened from, and what its reader said before."""
    helped, did_not = say("Say that this excerpt helped"), say("Say that this excerpt did not help")
    buttons: Block = {
        "type": "actions",
        "elements": [
            build_button(RATE_HELPFUL, say("Helpful"), str(comment_id), helped),
            build_button(RATE_UNHELPFUL, say("Not helpful"), str(comment_id), did_not),
        ],
    }
    if said is None:
        return [buttons]
    words = say("You said that this helped.") if said else say("You said that this did not help.")
    return [build_context(words), buttons]
