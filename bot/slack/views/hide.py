"""*Hide for everyone* as a modal: what will be hidden, and that it is."""

from bot.slack.views.hits import label_title
from bot.slack.views.message import MessageView, build_context, build_section
from bot.slack.views.modal import ModalView
from bot.slack.views.quote import build_gone
from bot.translations import say
from store.domain.comment import ArchivedComment

HIDE = "hark_hide"


def name_hiding() -> str:
    """Say what the modal is."""
    return say("Hide for everyone")


def build_confirmation(comment: ArchivedComment) -> ModalView:
    """Ask whether a comment's discussion is to be hidden."""
    return ModalView(
        name_hiding(),
        [
            build_section(
                say("The whole discussion is hidden: *{title}*", title=label_title(comment.discussion_title))
            ),
            build_section(
                say(
                    "Nobody finds it any more, and nothing of it is named or counted, whatever a refresh brings. "
                    "Nothing is deleted: whoever runs me can show it again with `harkback hidden`."
                )
            ),
            build_context(say("Messages that I sent before stay as they are.")),
        ],
        submit=say("Hide"),
        callback_id=HIDE,
        metadata=str(comment.discussion_id),
    )


def build_hidden(number: int | None) -> ModalView:
    """Say that a discussion is hidden, by its number among those that are; or that it is gone."""
    if number is None:
        return ModalView(name_hiding(), build_gone().blocks)
    sentence = say(
        "The discussion is hidden. Whoever runs me can show it again: `harkback hidden --show {number}`",
        number=str(number),
    )
    return ModalView(name_hiding(), [build_section(sentence)])


def build_hiding_refused(refused: MessageView) -> ModalView:
    """Say who may hide something."""
    return ModalView(name_hiding(), refused.blocks)
