"""The port to one kind of database: everything that is not the same SQL everywhere. One file implements each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class WordsRow:
    """A comment as the word index holds it."""

    comment_id: int
    author: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a question narrows a search to. Empty means anybody, any time; dates are half-open."""

    author_ids: tuple[int, ...] = ()
    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class WordMatch:
    """A comment found by words; the score is higher for better ones."""

    comment_id: int
    score: float


class DatabaseDialect(Protocol):
    """What differs between databases."""

    def make_engine(self, url: str) -> Engine:
        """Make an engine with this database's settings."""

    def create_words(self, connection: Connection) -> None:
        """Create the word index; called by the migration."""

    def drop_words(self, connection: Connection) -> None:
        """Drop the word index; called by the migration."""

    def put_words(self, connection: Connection, rows: Sequence[WordsRow]) -> None:
        """Write comments to the word index, in place of what it held of them."""

    def delete_words(self, connection: Connection, comment_ids: Collection[int]) -> None:
        """Remove comments from the word index."""

    def find_by_words(
        self,
        connection: Connection,
        words: Sequence[str],
        channel_ids: Collection[int] | None,
        limit: int,
        narrowing: Narrowing | None = None,
    ) -> list[WordMatch]:
        """Find comments that hold any of these words, best first.

        Args:
            connection: To read with.
            words: Folded words; anything may stand in them, none of it is syntax.
            channel_ids: Only comments of these channels; None for all.
            limit: How many at most.
            narrowing: Only comments of these authors and times; None for all.
        """

    def count_comments_with(
        self, connection: Connection, words: Sequence[str], channel_ids: Collection[int] | None = None
    ) -> list[int]:
        """Count, for each word, the comments of these channels that hold it; None for all channels."""

    def insert_or_ignore(self, connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> int:
        """Insert the rows whose keys are not there yet; give how many."""
