"""What was said before about a message, in a modal: whoever asked reads it alone, wherever the message stands."""

from dataclasses import replace

from bot.slack.views.answer import build_answer
from bot.slack.views.buttons import build_button, build_more, build_value
from bot.slack.views.message import Block, build_context, build_label, build_section
from bot.slack.views.modal import ModalView
from bot.translations import say
from store.domain.answer import Answer
from store.search.ranking import PAGE_HITS

# Each button has an id of its own, because a block takes no id twice.
PAST = "hark_past"
_ABOUT_CHARS = 80


def name_past() -> str:
    """Name the modal."""
    return say("Past discussions")


def build_past(answer: Answer, channel: str, *, is_there: bool = True) -> ModalView:
    """Build the modal of an answer.

    Args:
        answer: To the message as a question.
        channel: Where the message stands, which comes back with every press.
        is_there: Whether its reader is known to be there, and so sees what is for that channel alone.
    """
    # The buttons of an answer go on where it stands: a modal has its own.
    blocks = [block for block in build_answer(answer).blocks if block["type"] != "actions"]
    buttons = _build_buttons(answer)
    actions: list[Block] = [{"type": "actions", "elements": buttons}] if buttons else []
    head = [build_about(answer.asked.question), *([] if is_there else [_build_left_out()])]
    return ModalView(name_past(), [*head, *blocks, *actions], metadata=channel)


def build_about(question: str) -> Block:
    """Say which message it was, by its first words."""
    return build_context(say("Past discussions about “{words}”", words=build_label(question.strip('"'), _ABOUT_CHARS)))


def build_nothing_said() -> ModalView:
    """Say that a message has no words to look for."""
    sentence = say("There are no words in this message that I could look for. Ask me in a few words, with `/hark`.")
    return ModalView(name_past(), [build_section(sentence)])


def _build_left_out() -> Block:
    return build_context(
        say(
            "Slack does not tell me whether you are in this channel, so what is for it alone is left out here. "
            "To see that too, ask with `/hark` in the channel."
        )
    )


def _build_buttons(answer: Answer) -> list[Block]:
    asked, buttons = answer.asked, []
    if asked.offset:
        before = replace(asked, offset=max(0, asked.offset - PAGE_HITS))
        label = say("Show the hits before these")
        buttons.append(build_button(f"{PAST}_back", say("Back"), build_value(before), label))
    return [*buttons, *build_more(f"{PAST}_more", answer, asked)]
