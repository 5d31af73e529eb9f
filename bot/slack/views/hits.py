"""Hits as blocks and as lines: under the title of their discussion, who, when, where, and the excerpt."""

from typing import Any

from bot.found import find_other_urls
from bot.slack.views.menu import build_menu
from bot.slack.views.message import MAX_TEXT_CHARS, Block, build_date, build_label, build_link, build_section, escape
from bot.translations import say, say_count, write_day
from store.domain.answer import Excerpt, Hit, group_by_discussion
from store.domain.comment import ANONYMOUS, ArchivedComment
from store.text.cleaning import shorten

SPOKEN_CHARS = 140
_TITLE_CHARS = 120
_NAME_CHARS = 80
# Room for "and … more", and the comma before a link.
_REST_CHARS = 40


def build_hits(hits: tuple[Hit, ...], *, with_links: bool = True, with_menus: bool = True) -> list[Block]:
    """Build the blocks of hits, those of one discussion under one heading, each with its menu."""
    return [
        block
        for some in group_by_discussion(hits)
        for block in _build_discussion(some, with_links=with_links, with_menus=with_menus)
    ]


def speak_hits(hits: tuple[Hit, ...]) -> list[str]:
    """Say each hit in a line of its own, without blocks."""
    return [_speak_hit(hit) for hit in hits]


def label_name(name: str) -> str:
    """Make a person's name that can stand in mrkdwn."""
    if name == ANONYMOUS:
        return say("Anonymous")
    return build_label(name, _NAME_CHARS) or say("Somebody")


def label_title(title: str) -> str:
    """Make a discussion's title that can stand in mrkdwn."""
    return build_label(title, _TITLE_CHARS) or say("Untitled discussion")


def build_title(comment: ArchivedComment, *, with_links: bool = True) -> str:
    """Build the title of a comment's discussion, as a link to where that was."""
    title = label_title(comment.discussion_title)
    return f"*{build_link(comment.discussion_url, title) if with_links else title}*"


def _build_discussion(hits: tuple[Hit, ...], *, with_links: bool, with_menus: bool) -> list[Block]:
    blocks = [build_section(build_title(hits[0].comment, with_links=with_links))]
    for hit in hits:
        byline = build_section(build_byline(hit, with_links=with_links))
        menu = {"accessory": build_menu(hit.comment.id)} if with_menus else {}
        blocks += [byline | menu, _build_quote(hit.excerpt)]
    return blocks


def build_byline(hit: Hit, *, with_links: bool = True) -> str:
    """Say who wrote a hit and when, with a link to it."""
    comment = hit.comment
    byline = f"{label_name(comment.author)}, {build_date(comment.published)}"
    if not with_links:
        return byline
    link = build_link(comment.url, say("open the comment"))
    return _add_other_links(f"{byline} ({link})" if link.startswith("<") else byline, hit)


def _add_other_links(byline: str, hit: Hit) -> str:
    """Say where else the comment stands, as far as the line has room for it."""
    urls, left = find_other_urls(hit)
    line = byline
    for url in urls:
        link = build_link(url, say("also here"))
        if link.startswith("<") and len(line) + len(link) < MAX_TEXT_CHARS - _REST_CHARS:
            line += f", {link}"
        else:
            left += 1
    if not left or line == byline:
        return line
    return say_count("{line} and {number} more", "{line} and {number} more", left, line=line)


def _build_quote(excerpt: Excerpt) -> Block:
    """Quote an excerpt literally: rich text parses nothing, so nothing in it can be a mention or a link."""
    elements: list[dict[str, Any]] = []
    position = 0
    for start, end in excerpt.highlights:
        elements.append({"type": "text", "text": excerpt.text[position:start]})
        elements.append({"type": "text", "text": excerpt.text[start:end], "style": {"bold": True}})
        position = end
    elements.append({"type": "text", "text": excerpt.text[position:]})
    shown = [element for element in elements if element["text"]]
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": shown}]}


def _speak_hit(hit: Hit) -> str:
    day = write_day(hit.comment.published.date()) if hit.comment.published else say("undated")
    link = build_link(hit.comment.url, say("open the comment"))
    quoted = escape(shorten(hit.excerpt.text, 2 * SPOKEN_CHARS))
    said = say("{name}, {day}: “{quote}”", name=label_name(hit.comment.author), day=day, quote=quoted)
    return f"{said} {link}" if link.startswith("<") else said
