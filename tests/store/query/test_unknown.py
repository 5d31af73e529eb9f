import pytest

from store.query.known import Known
from store.query.understand import understand


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("pay in #secret", ("secret",)),
        ("in:secret channel:#other pay", ("secret", "other")),
        ("pay in #hr about #hr", ()),
        ("tip #5 in C# at https://a.example/#part", ()),
        ('"pay in #secret"', ()),
    ],
)
def test_names_of_places_that_nothing_is_known_of_are_told(question: str, unknown: tuple[str, ...]):
    assert understand(question, Known((), (), ("hr",))).unknown == unknown
