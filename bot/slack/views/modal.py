"""What a modal is made of."""

from dataclasses import dataclass, field
from typing import Any

from bot.slack.views.message import Block, MessageView, build_section
from bot.translations import say
from store.text.cleaning import clean_line

# Slack's own limits.
MAX_TITLE_CHARS = 24
MAX_MODAL_BLOCKS = 100
MAX_METADATA_CHARS = 3_000


@dataclass(frozen=True, slots=True)
class ModalView:
    """A modal. `submit` labels the button that sends what was filled in, to the listener of `callback_id`.

    `metadata` comes back with every press and with what was filled in.
    """

    title: str
    blocks: list[Block] = field(default_factory=list)
    submit: str = ""
    callback_id: str = ""
    metadata: str = ""

    def build(self) -> dict[str, Any]:
        """Build what Slack takes."""
        built: dict[str, Any] = {
            "type": "modal",
            "title": _build_label(self.title),
            "close": _build_label(say("Close")),
            "blocks": self.blocks[:MAX_MODAL_BLOCKS],
            "callback_id": self.callback_id,
            "private_metadata": self.metadata,
        }
        return built | ({"submit": _build_label(self.submit)} if self.submit else {})


def build_loading(title: str) -> ModalView:
    """Build what stands in a modal until its content is there."""
    return ModalView(title, [build_section(say("One moment, please."))])


def build_failed_modal(notice: MessageView) -> ModalView:
    """Build what stands in a modal whose content could not be shown."""
    return ModalView(say("Something went wrong"), notice.blocks)


def _build_label(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": clean_line(text, MAX_TITLE_CHARS)}
