"""What is known of people who are to be forgotten, and taking it away."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from store.db import authors, comments, forgotten, history
from store.db.engine import Database
from store.db.forgotten import KeptVersion, Saying, StoredComment
from store.domain.forgetting import ForgottenKind, Namesake, Written
from store.domain.source import Source
from store.repositories.refreshes import RefreshKey, changing


class Forgetting:
    """What is known of people who are to be forgotten, and taking it away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_namesakes(self, name: str) -> list[Namesake]:
        """Give everybody who is called by a name; upper case and accents are one."""
        with self._database.reading() as connection:
            return forgotten.find_namesakes(connection, name)

    def read_person(self, author_id: int) -> list[Namesake]:
        """Give all authors that are the same person as one."""
        with self._database.reading() as connection:
            return forgotten.read_namesakes(connection, authors.find_members(connection, [author_id]))

    def find_people_of(self, identity: str, account: str) -> list[list[Namesake]]:
        """Find who has an account of a place: each is one person, with all that an admin said to be the same."""
        with self._database.reading() as connection:
            ids = forgotten.find_author_ids(connection, identity, account)
            found = forgotten.read_namesakes(connection, authors.find_members(connection, ids))
        people: dict[int | None, list[Namesake]] = {}
        for one in found:
            people.setdefault(one.person_id, []).append(one)
        return list(people.values())

    def count_written(self, author_ids: Collection[int]) -> list[Written]:
        """Count what authors wrote, by source, channel and name; not in discussions that are hidden."""
        with self._database.reading() as connection:
            return forgotten.count_written(connection, author_ids)

    def read_names_of(self, source: Source) -> set[tuple[str, str]]:
        """Give what a source tells every author apart by, with each of their names there, folded."""
        with self._database.reading() as connection:
            return forgotten.read_names(connection, source.id)

    def get_salt(self) -> bytes:
        """Give the key of the hashes of those who were forgotten, made at first use."""
        with self._database.writing() as connection:
            return forgotten.get_salt(connection)

    def read_forgotten(self) -> tuple[bytes | None, frozenset[bytes]]:
        """Give that key, if there is one, and the hashes."""
        with self._database.reading() as connection:
            return forgotten.find_salt(connection), forgotten.read_digests(connection)

    def put_forgotten(self, digests: Mapping[bytes, ForgottenKind], refresh: RefreshKey) -> None:
        """Keep hashes of somebody; from now on whatever has them is not imported.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            forgotten.put_digests(connection, self._database.dialect, digests, datetime.now(UTC))

    def find_discussion_ids(self, author_ids: Collection[int]) -> list[int]:
        """Give the discussions that authors wrote in."""
        with self._database.reading() as connection:
            return forgotten.find_discussion_ids(connection, author_ids)

    def read_sayings(self, discussion_ids: Sequence[int], author_ids: Collection[int]) -> list[list[Saying]]:
        """Give what was said in each of some discussions, and whether it is of those authors."""
        with self._database.reading() as connection:
            return list(forgotten.read_sayings(connection, discussion_ids, author_ids).values())

    def iterate_others(self, source: Source, author_ids: Collection[int]) -> Iterator[list[tuple[int, str]]]:
        """Give the ids and texts of what everybody but some authors wrote in a source, some at a time."""
        return self._database.reading_some(
            lambda connection, after: forgotten.read_others(connection, source.id, author_ids, after),
            lambda one: one[0],
        )

    def read_stored(self, ids: Sequence[int]) -> list[StoredComment]:
        """Give comments as they are stored, by the archive's ids."""
        with self._database.reading() as connection:
            return forgotten.read_comments(connection, ids)

    def rewrite_comments(self, changed: Sequence[StoredComment], refresh: RefreshKey) -> None:
        """Write texts anew, and keep nothing of what they were; indexing will follow.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            forgotten.rewrite_comments(connection, self._database.dialect, changed)

    def iterate_versions(self, source: Source) -> Iterator[list[KeptVersion]]:
        """Give what is kept of the comments of a source as they were, some at a time."""
        return self._database.reading_some(
            lambda connection, after: forgotten.read_versions(connection, source.id, after), lambda one: one.id
        )

    def rewrite_versions(
        self, source: Source, gone: Sequence[KeptVersion], changed: Sequence[KeptVersion], refresh: RefreshKey
    ) -> None:
        """Remove some of what is kept of comments as they were, and write some anew.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            forgotten.rewrite_versions(connection, gone, changed)
            forgotten.delete_records(connection, source.id, [version.native_id for version in gone])

    def read_titles(self, source: Source) -> list[tuple[int, str]]:
        """Give the titles that the discussions of a source have, and had, by discussion."""
        with self._database.reading() as connection:
            return forgotten.read_titles(connection, source.id)

    def delete_titles(self, titles: Sequence[tuple[int, str]], refresh: RefreshKey) -> None:
        """Take titles from the discussions that have them, or had.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            forgotten.delete_titles(connection, self._database.dialect, titles)

    def delete_some_written(self, source: Source, author_ids: Collection[int], refresh: RefreshKey) -> int:
        """Remove some of the comments of authors in a source, and keep nothing of them; give how many.

        Discussions that have no other comment go with them, with the titles that they had.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            some = forgotten.find_written(connection, source.id, author_ids)
            count = comments.delete_comments(connection, self._database.dialect, source.id, list(some))
            history.delete_emptied(connection, set(some.values()))
            history.delete_former(connection, source.id, list(some))
            forgotten.delete_records(connection, source.id, some)
            return count

    def delete_authors(self, author_ids: Collection[int], refresh: RefreshKey) -> None:
        """Remove authors who have no comment any more.

        Raises:
            RefreshLostError: The refresh was taken for dead.
            RefreshCancelledError: It was cancelled.
        """
        with changing(self._database, refresh) as connection:
            forgotten.delete_authors(connection, author_ids)
