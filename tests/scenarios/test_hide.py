"""Hiding a hit's discussion for everyone: admins alone, after a question back, at once and everywhere."""

import re
from collections.abc import Callable, Iterator

import pytest

from bot.slack.views.menu import HIT_MENU
from tests.fakes.slack import Post, StandInSlack
from tests.fakes.slack.records import View
from tests.scenarios.process import Serving, run_harkback, settle
from tests.scenarios.room import ADMIN, GUEST, MEMBER, Room, dump, find_links

QUESTION = "what was said about badges?"


def find_choices(message: Post) -> list[str]:
    """What hides each hit's discussion."""
    menus = [block["accessory"] for block in message.blocks if "accessory" in block]
    return [one["value"] for menu in menus for one in menu["options"] if one["text"]["text"] == "Hide for everyone"]


@pytest.fixture
def choose(slack: StandInSlack) -> Callable[[Post, str, str], View]:
    """Chooses something in a menu, and gives the modal that is shown for it."""

    def choose(message: Post, value: str, user: str) -> View:
        earlier = {view.id for view in slack.views}
        slack.click(message, HIT_MENU, user=user, value=value).wait_acked()

        def find() -> list[View]:
            return [one for one in slack.views if one.id not in earlier and one.user == user and len(one.versions) > 1]

        slack.wait_for(lambda: bool(find()), what="a modal")
        return find()[0]

    return choose


@pytest.fixture
def _shown_again(bot_process: Serving) -> Iterator[None]:
    """Shows what a test hid again, for other tests."""
    yield
    for number in re.findall(r"^(\d+)  ", run_harkback("hidden", database=bot_process.database).stdout, re.MULTILINE):
        assert run_harkback("hidden", "--show", number, database=bot_process.database).returncode == 0


def hide(slack: StandInSlack, modal: View) -> str:
    """Confirm; what the modal says then."""
    slack.submit_view(modal, user=ADMIN)
    slack.wait_for(lambda: len(modal.versions) > 2, what="what was done")
    return dump(modal.blocks)


@pytest.mark.usefixtures("_shown_again")
def test_admin_hides_a_discussion_for_everyone_at_once(
    slack: StandInSlack, room: Room, bot_process: Serving, choose: Callable[[Post, str, str], View]
):
    room.mention(QUESTION)
    first = room.wait_for_post()
    modal = choose(first, find_choices(first)[0], ADMIN)
    title = re.findall(
        r"\|(.+)>\*", next(block["text"]["text"] for block in first.blocks if block["type"] == "section")
    )
    assert title[0] in dump(modal.blocks)
    room.mention(QUESTION)
    assert find_links(room.wait_for_post(2)) == find_links(first)
    done = hide(slack, modal)
    assert "The discussion is hidden" in done
    room.mention(QUESTION)
    after = room.wait_for_post(3)
    assert title[0] not in dump(after.blocks)
    assert not set(find_links(after)) & set(find_links(first)[:1])
    room.command(QUESTION, user=MEMBER)
    assert title[0] not in dump(room.wait_for_post(4).blocks)
    [number] = re.findall(r"--show (\d+)", done)
    assert run_harkback("hidden", "--show", number, database=bot_process.database).returncode == 0
    room.mention(QUESTION)
    assert find_links(room.wait_for_post(5)) == find_links(first)


@pytest.mark.parametrize("user", [MEMBER, GUEST])
def test_others_are_told_who_may_hide(
    slack: StandInSlack, room: Room, choose: Callable[[Post, str, str], View], user: str
):
    room.mention(QUESTION)
    first = room.wait_for_post()
    modal = choose(first, find_choices(first)[0], user)
    assert "Sorry, only these people may do that: grace." in dump(modal.blocks)
    assert "submit" not in modal.content
    # Nor may they by what nobody offered them.
    payload = modal.content | {"callback_id": "hark_hide", "private_metadata": "1", "id": modal.id}
    slack.send_interaction({"type": "view_submission", "view": payload}, user=user)
    slack.wait_for(lambda: len(modal.versions) > 2, what="what was done")
    assert "Sorry" in dump(modal.blocks)
    room.mention(QUESTION)
    assert find_links(room.wait_for_post(2)) == find_links(first)


def test_hiding_what_is_not_there_says_so(slack: StandInSlack, room: Room):
    room.mention(QUESTION)
    first = room.wait_for_post()
    payload = slack.click(first, HIT_MENU, user=ADMIN, value=find_choices(first)[0]).payload
    settle(slack)
    before = len(slack.views)
    forged = {key: payload[key] for key in ("type", "container", "channel", "message", "response_url")}
    action = payload["actions"][0] | {"selected_option": {"value": "hide 99999"}}
    slack.send_interaction(forged | {"actions": [action]}, user=ADMIN).wait_acked()
    slack.wait_for(lambda: len(slack.views) > before and len(slack.views[-1].versions) > 1, what="a modal")
    assert "not in the archive any more" in dump(slack.views[-1].blocks)
