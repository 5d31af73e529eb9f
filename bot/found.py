"""What was found, told in the same words on every surface."""

from bot.translations import say
from store.domain.answer import Hit
from store.text.cleaning import find_http_url

_MAX_OTHER_URLS = 2


def introduce_nearest() -> str:
    """Say what hits are that answer nothing."""
    return say("The nearest the archive has is this; it may be about something else:")


def find_other_urls(hit: Hit) -> tuple[list[str], int]:
    """Find where else a hit's comment can be opened: the first addresses, and how many there are beyond them."""
    own = find_http_url(hit.comment.url)
    urls = dict.fromkeys(find_http_url(comment.url) for comment in hit.also)
    others = [url for url in urls if url not in ("", own)]
    return others[:_MAX_OTHER_URLS], max(0, len(others) - _MAX_OTHER_URLS)
