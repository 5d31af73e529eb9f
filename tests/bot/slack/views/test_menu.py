import pytest

from bot.slack.views.answer import build_answer
from bot.slack.views.menu import HIT_MENU, HitAction, build_menu, find_action, read_comment_id
from bot.slack.views.message import Block, MessageView
from tests.bot.slack.views.factories import make_answer, make_hit, make_nearest_answer


def find_menus(view: MessageView) -> list[Block]:
    return [block["accessory"] for block in view.blocks if "accessory" in block]


def test_menu_stands_beside_every_hit_and_carries_its_comment():
    view = build_answer(make_answer([make_hit(7), make_hit(8), make_hit(9, discussion_id=2)]))
    assert find_menus(view) == [build_menu(7), build_menu(8), build_menu(9)]
    offered = [[option["value"] for option in menu["options"]] for menu in find_menus(view)]
    assert offered == [[f"read {number}", f"quote {number}", f"hide {number}"] for number in (7, 8, 9)]


def test_menu_stands_beside_what_is_nearest_too():
    assert len(find_menus(build_answer(make_nearest_answer()))) == 2


def test_menu_offers_no_more_than_slack_takes():
    options = build_menu(2**63)["options"]
    assert len(options) <= 5
    assert max(len(option["value"]) for option in options) <= 150


def test_menus_go_before_links_do_where_there_is_no_room():
    seen = []
    for length in range(0, 1_800, 20):
        url = "https://blog.example/" + "x" * length
        hits = [make_hit(rank, text="x" * 600, highlights=(), url=url, discussion_url=url) for rank in range(1, 6)]
        view = build_answer(make_answer(hits, total=9))
        seen.append((len(find_menus(view)), str(view.blocks).count("open the comment")))
    assert list(dict.fromkeys(seen)) == [(5, 5), (0, 5), (0, 0)]


def test_find_action_reads_what_was_chosen():
    chosen = {"actions": [{"action_id": HIT_MENU, "selected_option": {"value": "quote 7"}}]}
    assert (find_action(chosen), HitAction(find_action(chosen))) == ("quote", HitAction.QUOTE)
    assert find_action({"actions": [{"action_id": "hark_more", "value": "quote 7"}]}) == ""


@pytest.mark.parametrize(
    ("value", "number"),
    [("quote 7", 7), ("quote", 0), ("quote x", 0), ("quote -7", 0), ("", 0), ("quote " + "9" * 30, 0), ("quote ²", 0)],
)
def test_read_comment_id_of_what_is_not_ours_is_none_there_is(value: str, number: int):
    assert read_comment_id(value) == number
