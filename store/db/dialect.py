"""The port to one kind of database: everything that is not the same SQL everywhere. One file implements each."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Engine, Table
from sqlalchemy.exc import DBAPIError

from store.text.quotes import split_quoted
from store.text.words import index_terms

if TYPE_CHECKING:
    from store.db.postgres_vectors import PostgresVectors


class Field(IntEnum):
    """The parts of a comment that words are found in."""

    TEXT = 0
    AUTHOR = 1
    TITLE = 2
    QUOTED = 3


@dataclass(frozen=True, slots=True)
class WordsRow:
    """A comment as the word index holds it: the terms of each field, in order."""

    comment_id: int
    author: Sequence[str]
    title: Sequence[str]
    text: Sequence[str]
    quoted: Sequence[str] = ()

    @classmethod
    def read(cls, comment_id: int, author: str, title: str, text: str, language: str | None = None) -> Self:
        """Read the terms of each field; what the text quotes is a field of its own. Names have no language."""
        own, quoted = split_quoted(text)
        said = (index_terms(part, language) for part in (title, own, quoted))
        return cls(comment_id, index_terms(author), *said)


@dataclass(frozen=True, slots=True)
class Postings:
    """Where a term stands: one entry each time, by comment, field and offset (in terms, from 0)."""

    comment_ids: NDArray[np.integer[Any]]
    fields: NDArray[np.integer[Any]]
    offsets: NDArray[np.integer[Any]]


class DatabaseDialect(Protocol):
    """What differs between databases.

    `migrates_when_opened` tells whether whoever opens a database brings its schema up to date: not where many share it.
    An empty one gets its schema in either case. `vectors` is how it searches vectors itself; None for one that cannot.
    """

    migrates_when_opened: bool
    vectors: "PostgresVectors | None"

    def make_engine(self, url: str) -> Engine:
        """Make an engine with this database's settings."""

    def connect(self, engine: Engine) -> Connection:
        """Give a connection."""

    def change_schema(self, engine: Engine, change: Callable[[Connection], None]) -> None:
        """Do what changes the schema, in one transaction, while others may use what it changes."""

    def explain(self, error: DBAPIError) -> str:
        """Say why something failed, and what to do."""

    def list_tables(self, connection: Connection) -> set[str]:
        """List the tables that are an archive's, or take its place."""

    def find_schema(self, connection: Connection) -> str:
        """Find the name of the schema that an archive's tables are in; empty where a database is of one alone."""

    def create_words(self, connection: Connection) -> None:
        """Create the word index; called by the migration."""

    def drop_words(self, connection: Connection) -> None:
        """Drop the word index; called by the migration."""

    def put_words(self, connection: Connection, rows: Sequence[WordsRow]) -> None:
        """Write comments to the word index, in place of what it held of them."""

    def delete_words(self, connection: Connection, comment_ids: Collection[int]) -> None:
        """Remove comments from the word index."""

    def read_postings(self, connection: Connection, terms: Sequence[str]) -> list[Postings]:
        """Give where each of these terms stands, in every comment; anything may be in a term, none of it is syntax."""

    def milliseconds_of(self, time: Any) -> ColumnElement[int]:
        """Give the milliseconds since 1970 of a time; NULL for none."""

    def insert_or_ignore(self, connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> int:
        """Insert the rows whose keys are not there yet; give how many."""

    def erase_traces(self, engine: Engine) -> bool:
        """Leave nothing of what was deleted in the files; False while another process keeps some of it there."""

    def read_last_id(self, connection: Connection, table: Table) -> int:
        """Give the highest id that a table ever gave, as far as the database knows; 0 for none."""

    def put_last_id(self, connection: Connection, table: Table, last_id: int) -> None:
        """Let a table give ids above one, and above those that it holds."""

    def count_bytes(self, connection: Connection) -> int:
        """Count the bytes that the archive takes in the database, its indexes included."""

    def note_filled(self, connection: Connection) -> None:
        """Let the database know what its tables hold, after much was written at once."""
