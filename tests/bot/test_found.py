import pytest

from bot.found import find_other_urls
from tests.bot.slack.views.factories import make_hit

OWN = "https://tideway.example/a"


@pytest.mark.parametrize(
    ("also", "shown", "left"),
    [
        ([], [], 0),
        (["https://b.example/"], ["https://b.example/"], 0),
        (["https://b.example/", "", "javascript:alert(1)"], ["https://b.example/"], 0),
        (["https://b.example/", OWN, "https://b.example/"], ["https://b.example/"], 0),
        (["https://b.example/", "http://c.example/"], ["https://b.example/", "http://c.example/"], 0),
        ([f"https://b.example/{number}" for number in range(5)], ["https://b.example/0", "https://b.example/1"], 3),
    ],
)
def test_other_urls_are_those_that_can_be_opened_each_once(also: list[str], shown: list[str], left: int):
    assert find_other_urls(make_hit(url=OWN, also=also)) == (shown, left)


def test_other_urls_of_a_comment_without_one_are_all_there_are():
    assert find_other_urls(make_hit(url="", also=[OWN])) == ([OWN], 0)
