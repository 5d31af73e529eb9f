"""From a question as people type it to a Query: the frame around the topic is recognised and kept out."""

import re

from store.domain.query import Query
from store.text.cleaning import clean_text, collapse_spaces

# Longer questions add nothing an encoder of 256 tokens would read.
MAX_QUESTION_CHARS = 1_000

_SAYING = r"(?:said|saying|say|written|wrote|discussed|talked|mentioned|mention|thought|think|posted|shared|talk|discuss|write)"
_PREPOSITION = r"(?:about|on|of|regarding|concerning|re|around)"
_FRAMES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^what (?:was|is|has been|have been|were|did (?:people|we|they|anyone|folks|everyone)|do (?:people|we|they)|"
        rf"have (?:people|we|they)|has anyone)(?: ever)? {_SAYING}(?: {_PREPOSITION})? (?=\S)",
        rf"^(?:did|has|have|does) (?:anyone|anybody|someone|somebody|we|people)(?: ever| already)? {_SAYING}"
        rf"(?: anything)?(?: {_PREPOSITION})? (?=\S)",
        rf"^who (?:has |have |else )?(?:ever )?(?:{_SAYING}|talks)(?: {_PREPOSITION})? (?=\S)",
        rf"^(?:please )?(?:find|show|search|look up|give|get|list)(?: me| us)?(?: for)?(?: the| all| any| some| past| "
        rf"old| earlier)*(?: (?:discussions?|comments?|threads?|mentions?|anything|posts?|conversations?))"
        rf"(?: {_PREPOSITION})? (?=\S)",
        rf"^(?:is there |was there |are there )?(?:anything|something|any (?:discussions?|comments?|threads?|talk))"
        rf"(?: {_SAYING})? {_PREPOSITION} (?=\S)",
        rf"^(?:discussions?|comments?|threads?|mentions?) {_PREPOSITION} (?=\S)",
    )
]
_OPENING = re.compile(r"^(?:hi|hello|hey|ok|so|please)\b[,!. ]+(?=\S)", re.IGNORECASE)
_ENDING = re.compile(r"[\s?!.,;:…？！]+$")  # noqa: RUF001


def understand(question: str) -> Query:
    """Understand a question. Never raises; the topic is empty only if the question holds no word."""
    text = collapse_spaces(clean_text(question))[:MAX_QUESTION_CHARS]
    return Query(topic=_strip_frame(text))


def _strip_frame(text: str) -> str:
    text = _ENDING.sub("", _OPENING.sub("", text)).strip()
    for frame in _FRAMES:
        rest = frame.sub("", text, count=1).strip()
        if rest and rest != text:
            return rest
    return text
