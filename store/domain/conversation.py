"""Conversations with the bot: what was asked where, one after the other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thread:
    """Where people talk. `thread` is empty where what is said follows each other outside of any."""

    team: str
    channel: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody asked the bot, by the id of what they said: later ids are greater.

    `asked` is the question as it was understood, written by the surface; empty where somebody began anew.
    `is_addressed` tells whether they spoke to the bot, or went on without doing so.
    """

    id: str
    person: str
    asked: str
    is_addressed: bool = True
    is_stopped: bool = False
