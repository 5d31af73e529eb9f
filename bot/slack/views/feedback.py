"""Thanks for what somebody said of an answer, and the modal in which they say it of each of its excerpts. Pure."""

from collections.abc import Mapping

from bot.slack.views.buttons import MAX_VALUE_CHARS, build_button
from bot.slack.views.hits import build_hits
from bot.slack.views.message import Block, MessageView, build_context, build_section
from bot.slack.views.modal import ModalView
from bot.slack.views.notices import build_expired
from bot.slack.views.opened import Opened
from bot.translations import say
from store.domain.answer import Answer, Hit
from store.domain.feedback import Rated

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


def name_rating() -> str:
    """Say what the modal is."""
    return say("Judge each excerpt")


def build_rating(answer: Answer, ratings: Mapping[Rated, bool], opened: Opened) -> ModalView:
    """Build the modal of an answer's excerpts, each with what its reader said of it."""
    if not answer.hits:
        return ModalView(name_rating(), build_expired().blocks)
    blocks = [block for hit in answer.hits for block in (*build_hits((hit,), with_menus=False), *_rate(hit, ratings))]
    thanks = say("What you say is noted at once, and you can change your mind.")
    return ModalView(name_rating(), [build_context(thanks), *blocks], metadata=str(opened))


def build_rating_buttons(comment_id: int) -> Block:
    """Build the buttons that judge a comment, in a modal whose metadata is what it was opened from."""
    helped, did_not = say("Say that this excerpt helped"), say("Say that this excerpt did not help")
    return {
        "type": "actions",
        "elements": [
            build_button(RATE_HELPFUL, say("Helpful"), str(comment_id), helped),
            build_button(RATE_UNHELPFUL, say("Not helpful"), str(comment_id), did_not),
        ],
    }


def _rate(hit: Hit, ratings: Mapping[Rated, bool]) -> list[Block]:
    said = ratings.get(Rated(hit.comment.source, hit.comment.native_id))
    if said is None:
        return [build_rating_buttons(hit.comment.id)]
    words = say("You said that this helped.") if said else say("You said that this did not help.")
    return [build_context(words), build_rating_buttons(hit.comment.id)]
