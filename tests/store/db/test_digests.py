import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.db.digests import Digester, write_row
from store.domain.moving import Digest

NOON = datetime(2019, 3, 1, 12, tzinfo=UTC)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 30)
    | st.floats(allow_nan=False)
    | st.text("a01 \0\ufdd0", max_size=3)
    | st.binary(max_size=2)
    | st.datetimes(timezones=st.just(UTC))
)


def digest(*parts: list[tuple[Any, ...]]) -> Digest:
    digester = Digester()
    for part in parts:
        digester.add(part)
    return digester.finish()


def tell(row: tuple[Any, ...]) -> list[Any]:
    """Give what makes a row what it is, of whatever kind each value is; the two ways to write NUL are one."""
    return [(type(one), one.replace("\0", "\ufdd0") if isinstance(one, str) else one) for one in row]


@given(one=st.tuples(VALUES, VALUES), other=st.tuples(VALUES, VALUES))
def test_rows_are_written_alike_only_if_they_are_the_same(one: tuple[Any, ...], other: tuple[Any, ...]):
    assert (write_row(one) == write_row(other)) == (tell(one) == tell(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, ""),
        (0, False),
        (0, "0"),
        (1, 1.0),
        ("a", b"a"),
        (NOON, NOON.replace(microsecond=1)),
        ("e\u0301", "\xe9"),
    ],
)
def test_values_that_differ_are_told_apart(one: object, other: object):
    assert write_row((one,)) != write_row((other,))


def test_digest_is_the_same_in_whatever_order_and_portions():
    rows = [(number, f"kite {number}") for number in range(100)]
    mixed = random.Random(1).sample(rows, 100)
    assert digest(rows) == digest(mixed[:30], [], mixed[30:]) == Digest(100, digest(rows).hash)


def test_digest_tells_how_often_a_row_is_there():
    row = (1, "kite")
    assert len({digest([row] * count).hash for count in range(5)}) == 5


def test_digest_of_nothing_is_zero():
    assert digest() == Digest(0, "0" * 32)
