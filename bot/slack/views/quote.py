"""A quote card as a modal: the same quotation in each format, ready to be copied."""

from bot.quoting import QuoteCard
from bot.slack.views.message import Block, build_context, build_section
from bot.slack.views.modal import ModalView
from bot.translations import say


def name_quote() -> str:
    """Say what the modal is."""
    return say("Quote")


def build_quote(card: QuoteCard) -> ModalView:
    """Build the modal of a quote card."""
    formats = (
        (say("To paste into Slack"), card.slack),
        ("Markdown", card.markdown),
        ("HTML", card.html),
        ("BibTeX", card.bibtex),
    )
    blocks = [block for name, text in formats for block in (build_section(f"*{name}*"), _build_code(text))]
    if card.is_cut:
        blocks.append(build_context(say("The comment is longer than this: the quotation ends where it is cut.")))
    return ModalView(name_quote(), blocks)


def build_gone() -> ModalView:
    """Say that a comment is not there for whoever wanted to do something with it."""
    sentence = say(
        "This comment is not in the archive any more, or you may not see it. Please ask your question again."
    )
    return ModalView(name_quote(), [build_section(sentence)])


def _build_code(text: str) -> Block:
    """Show text exactly as it is: rich text parses nothing."""
    code = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [code]}
