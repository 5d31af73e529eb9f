"""From a question as people type it to a Query: the frame around the topic is recognised and kept out."""

import re

from store.domain.query import Query
from store.text.cleaning import clean_text, collapse_spaces

# Longer questions add nothing an encoder of 256 tokens would read.
MAX_QUESTION_CHARS = 1_000

_SAYING = (
    "(?:said|saying|say|written|wrote|write|discussed|discuss|talked|talk|mentioned|mention"
    "|thought|think|posted|shared)"
)
_PREPOSITION = r"(?:about|on|of|regarding|concerning|re|around)"
_PEOPLE = r"(?:people|we|they|anyone|anybody|someone|somebody|folks|everyone)"
_DISCUSSIONS = r"(?:discussions?|comments?|threads?|mentions?|anything|posts?|conversations?)"
_FRAMES = [
    re.compile(f"^{pattern}(?: {_PREPOSITION})? (?=\\S)", re.IGNORECASE)
    for pattern in (
        rf"what (?:(?:was|is|has been|have been|were)|(?:did|do|have|has) {_PEOPLE})(?: ever)? {_SAYING}",
        rf"(?:did|has|have|does) {_PEOPLE}(?: ever| already)? {_SAYING}(?: anything)?",
        rf"who (?:has |have |else )?(?:ever )?(?:{_SAYING}|talks)",
        (
            r"(?:please )?(?:find|show|search|look up|give|get|list)(?: me| us)?(?: for)?"
            rf"(?: the| all| any| some| past| old| earlier)* {_DISCUSSIONS}"
        ),
        (
            r"(?:is there |was there |are there )?(?:any |some )?"
            rf"(?:{_DISCUSSIONS}|something|talk)(?: {_SAYING})?(?= {_PREPOSITION} )"
        ),
    )
]
_OPENING = re.compile(r"^(?:hi|hello|hey|ok|so|please)\b[,!. ]+(?=\S)", re.IGNORECASE)
_ENDING = re.compile(r"[\s?!.,;:…？！]+$")


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
