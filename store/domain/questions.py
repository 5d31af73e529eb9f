"""What people ask: somebody's own latest questions, and what nobody in particular asked."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RecentQuestion:
    """A question that somebody asked lately. `asked` is written by the surface that it was asked on."""

    asked: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """A question that found nothing, how often it was asked, and when last."""

    question: str
    times: int
    asked_at: datetime
