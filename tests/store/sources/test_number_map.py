import sqlite3

import pytest

from store.errors import SourceError
from store.sources.number_map import NumberMap


def test_numbers_are_found_by_their_keys():
    with NumberMap() as numbers:
        numbers.add({1: 10, -(2**63): 20, 2**63 - 1: -30})
        assert numbers.find([1, 2, -(2**63), 2**63 - 1]) == {1: 10, -(2**63): 20, 2**63 - 1: -30}
        assert numbers.find([]) == {}


def test_number_that_came_first_stays_unless_it_is_put():
    with NumberMap() as numbers:
        numbers.add({1: 10})
        numbers.add({1: 11, 2: 20})
        assert numbers.find([1, 2]) == {1: 10, 2: 20}
        numbers.put({1: 12, 3: 30})
        assert numbers.find([1, 2, 3]) == {1: 12, 2: 20, 3: 30}


def test_many_numbers_are_remembered():
    with NumberMap() as numbers:
        for start in range(0, 200_000, 1_000):
            numbers.add({number * 7: number for number in range(start, start + 1_000)})
        assert numbers.find([number * 7 for number in range(0, 200_000, 1_000)]) == {
            number * 7: number for number in range(0, 200_000, 1_000)
        }


def test_numbers_that_find_no_room_are_told_about():
    with NumberMap() as numbers:
        numbers._database.execute("PRAGMA max_page_count = 20")
        with pytest.raises(SourceError) as raised:
            numbers.add({number * 7: number for number in range(20_000)})
    assert str(raised.value) == (
        "cannot remember what was read: a temporary file: database or disk is full: free some disk space, or name a "
        "folder on another disk with SQLITE_TMPDIR"
    )


def test_numbers_are_gone_when_the_map_is_closed():
    with NumberMap() as numbers:
        numbers.add({1: 10})
    with pytest.raises(sqlite3.ProgrammingError):
        numbers.find([1])
