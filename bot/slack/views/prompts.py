"""Questions to begin with, made of the titles of discussions."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.translations import say
from store.text.cleaning import clean_line

# Slack shows no more.
MAX_PROMPTS = 4
_TITLE_CHARS = 75
_MESSAGE_CHARS = 150


@dataclass(frozen=True, slots=True)
class Prompts:
    """Questions that Slack offers, each with what it sends when it is chosen."""

    title: str
    prompts: list[dict[str, str]]


def build_prompts(topics: Sequence[str]) -> Prompts:
    """Build the questions; where nothing is talked about, how to find out what there is."""
    prompts = [_build_prompt(topic) for topic in topics[:MAX_PROMPTS]]
    return Prompts(say("From the archive"), prompts or [{"title": say("How do I ask?"), "message": "help"}])


def _build_prompt(topic: str) -> dict[str, str]:
    return {"title": _ask_about(topic, _TITLE_CHARS), "message": _ask_about(topic, _MESSAGE_CHARS)}


def _ask_about(topic: str, max_chars: int) -> str:
    """Write a question of so many characters: its topic is cut, and not what makes a question of it."""
    room = max_chars - len(_write_question(""))
    return clean_line(_write_question(clean_line(topic, room).rstrip("?!. ")), max_chars)


def _write_question(topic: str) -> str:
    return say("What was said about {topic}?", topic=topic)
