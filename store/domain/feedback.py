"""What people said of answers, and of comments in them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rated:
    """A comment that was judged, by its source and that one's own id."""

    source: str
    native_id: str


# Stands for the answer itself.
WHOLE = Rated("", "")


@dataclass(frozen=True, slots=True)
class Feedback:
    """How many people found an answer, or a comment in it, helpful, and how many did not; who they are is not told.

    `asked` is what was asked, as it was noted. It `is_public` if somebody asked it where everyone may read it.
    """

    asked: str
    rated: Rated
    is_public: bool
    helpful: int
    unhelpful: int
