"""Past discussions, suggested where somebody asks again."""

from dataclasses import dataclass

from store.domain.answer import Answer


@dataclass(frozen=True, slots=True)
class Past:
    """The best past discussion about a question.

    Attributes:
        answer: The question, with hits of that discussion alone.
        relevance: How far the best of them answers by itself: comparable between questions.
        comments: How many comments the discussion has.
    """

    answer: Answer
    relevance: float
    comments: int
