"""What admins hid from every answer."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HiddenDiscussion:
    """A discussion that nobody is shown, whatever they may see.

    `id` names that it was hidden, and stays what it is whatever a refresh does. Title, link and comments are those that
    its source has now: none, where the discussion is gone.
    """

    id: int
    source: str
    native_id: str
    title: str
    url: str
    comments: int
    by: str
    at: datetime
