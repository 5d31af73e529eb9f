from typing import Any

import pytest
from sqlalchemy import event

from store.archive import Archive
from tests.store.conftest import SqliteShelf
from tests.store.factories import make_comment, put_comments


@pytest.fixture(scope="module")
def shelf(sqlite_shelf: SqliteShelf) -> SqliteShelf:
    return sqlite_shelf


def test_few_comments_are_read_without_going_through_all_of_their_channel(archive: Archive):
    put_comments(archive, *(make_comment(f"{number}") for number in range(30)))
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(archive.database.engine, "before_cursor_execute", note)
    # As many as a question ranks.
    assert len(archive.read_comments(range(1, 101), [1])) == 30
    statement, parameters = next(one for one in asked if "FROM comment" in one[0])
    with archive.database.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert [row[3] for row in plan if "SEARCH comment " in row[3]] == [
        "SEARCH comment USING INTEGER PRIMARY KEY (rowid=?)"
    ]
