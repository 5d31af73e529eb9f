"""Dropping what is kept of what people do with the bot for some time only, whether or not anybody asks any more."""

from store.archive import Archive
from store.repositories.conversations import Conversations
from store.repositories.logged_questions import LoggedQuestions
from store.repositories.recent_questions import RecentQuestions
from store.repositories.replies import Replies
from store.repositories.suggestions import Suggestions

_KEPT = (Conversations, LoggedQuestions, RecentQuestions, Replies, Suggestions)


def forget_old(archive: Archive) -> int:
    """Drop all that is too old; give how much."""
    return sum(kept(archive.database).forget_old() for kept in _KEPT)
