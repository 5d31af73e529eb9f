import numpy as np

from store.search.growing import GrowingArray


def test_growing_array_takes_rows_and_leaves_views_what_they_were():
    growing = GrowingArray(np.arange(6).reshape(3, 2))
    views, expected = [growing.extend(3, np.zeros((0, 2), np.int64))], list(range(6))
    for number in range(10, 40):
        views.append(growing.extend(len(views[-1]), np.array([[number, -number]])))
    for view in views:
        assert view.ravel().tolist() == expected
        expected += [10 + len(expected) // 2 - 3, -(10 + len(expected) // 2 - 3)]


def test_growing_array_copies_seldom():
    growing = GrowingArray(np.zeros((100, 2)))
    views = [growing.extend(100 + number, np.ones((1, 2))) for number in range(300)]
    assert len({view.__array_interface__["data"][0] for view in views}) <= 5


def test_growing_array_takes_rows_again_where_the_first_time_came_to_nothing():
    growing = GrowingArray(np.zeros(2))
    growing.extend(2, np.array([1.0, 2.0]))
    assert growing.extend(2, np.array([3.0])).tolist() == [0, 0, 3]


def test_growing_array_that_may_not_be_written_to_is_left_as_it_is():
    rows = np.arange(3)
    rows.flags.writeable = False
    growing = GrowingArray(rows)
    assert growing.extend(3, rows[:0]).tolist() == [0, 1, 2]
    assert growing.extend(2, np.array([7])).tolist() == [0, 1, 7]
    assert rows.tolist() == [0, 1, 2]
