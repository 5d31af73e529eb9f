import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.reading import (
    AROUND_TURNS,
    PART_CHARS,
    PART_COMMENTS,
    PIECE_CHARS,
    Side,
    Spot,
    choose_part,
)

lengths = st.lists(st.sampled_from([0, 1, 40, 900, 3_000, PIECE_CHARS, PART_CHARS, 10**6]), min_size=1, max_size=60)


@given(lengths=lengths, side=st.sampled_from(Side), data=st.data())
def test_part_fits_and_holds_one_at_least_where_there_is_any(lengths: list[int], side: Side, data: st.DataObject):
    place = data.draw(st.integers(0, len(lengths) - 1))
    part = choose_part(lengths, place, Spot(1, side))
    assert 0 <= part.start <= part.stop <= len(lengths)
    assert len(part) <= PART_COMMENTS
    assert len(part) == 1 or sum(min(lengths[one], PIECE_CHARS) for one in part) <= PART_CHARS
    is_any = {Side.BEFORE: place > 0, Side.AFTER: place + 1 < len(lengths)}.get(side, True)
    assert bool(part) == is_any
    if side is Side.AROUND:
        assert place in part


@given(lengths=lengths)
def test_after_and_before_miss_nothing_and_repeat_nothing(lengths: list[int]):
    for side, place in ((Side.AFTER, 0), (Side.BEFORE, len(lengths) - 1)):
        read = {place}
        while part := choose_part(lengths, place, Spot(1, side)):
            assert read.isdisjoint(part)
            read.update(part)
            place = part[-1] if side is Side.AFTER else part[0]  # noqa: PLW2901  # from there on
        assert read == set(range(len(lengths)))


def test_around_takes_a_few_of_each_side():
    assert choose_part([10] * 20, 10, Spot(1)) == range(10 - AROUND_TURNS, 11 + AROUND_TURNS)
    assert choose_part([10] * 20, 0, Spot(1)) == range(1 + AROUND_TURNS)
    assert choose_part([10] * 20, 19, Spot(1)) == range(19 - AROUND_TURNS, 20)


def test_around_leaves_no_gap_beside_what_does_not_fit():
    assert choose_part([10, PIECE_CHARS, 10, 10, 3_500, 10], 3, Spot(1)) == range(2, 6)
    assert choose_part([10, PIECE_CHARS, PIECE_CHARS, 10], 2, Spot(1)) == range(2, 4)


@pytest.mark.parametrize(("skip", "part"), [(0, range(1, 2)), (PIECE_CHARS, range(3))])
def test_around_the_end_of_a_long_comment_there_is_more_room(skip: int, part: range):
    assert choose_part([4_000, PIECE_CHARS + 100, 4_000], 1, Spot(1, skip=skip)) == part
