"""Quoting a hit from its menu: the same words in every format, for whoever chose it, if they may see them."""

import pytest

from bot.slack.views.menu import HIT_MENU
from tests.databases import execute
from tests.fakes.slack import Post, StandInSlack
from tests.fakes.slack.records import View
from tests.scenarios.conftest import make_person
from tests.scenarios.modals import count_modals, wait_for_modal
from tests.scenarios.process import Serving
from tests.scenarios.room import GUEST, MEMBER, Room, dump


def find_choices(message: Post) -> list[str]:
    """What the menus of a message offer, hit by hit."""
    menus = [block["accessory"] for block in message.blocks if "accessory" in block]
    return [option["value"] for menu in menus for option in menu["options"] if option["text"]["text"] == "Quote"]


def read_codes(view: View) -> list[str]:
    return [
        block["elements"][0]["elements"][0]["text"]
        for block in view.blocks
        if block["type"] == "rich_text" and block["elements"][0]["type"] == "rich_text_preformatted"
    ]


def test_quote_opens_a_card_for_whoever_chose_it(slack: StandInSlack, room: Room):
    room.mention()
    post = room.wait_for_post()
    before = count_modals(slack, GUEST)
    slack.click(post, HIT_MENU, user=GUEST, value=find_choices(post)[0]).wait_acked()
    view = wait_for_modal(slack, GUEST, before + 1)
    pasted, markdown, html, bibtex = read_codes(view)
    author = post.text.partition(" wrote")[0]
    assert pasted.startswith("> ")
    assert f"\n— {author}, 20" in pasted
    assert all(author in one for one in (markdown, html, bibtex))
    assert "https://" in pasted
    assert view.content["title"]["text"] == "Quote"
    assert room.settle() == [post]


def test_quote_of_every_hit_is_offered(room: Room):
    room.mention()
    post = room.wait_for_post()
    assert len(set(find_choices(post))) == 5


@pytest.mark.parametrize(("user", "is_shown"), [(MEMBER, True), (GUEST, False)])
def test_quote_of_a_comment_that_one_may_not_see_shows_nothing_of_it(
    slack: StandInSlack, room: Room, bot_process: Serving, user: str, *, is_shown: bool
):
    ((number,),) = execute(bot_process.database, "SELECT id FROM comment WHERE native_id = 'p2'")
    room.command(user=user)
    private = room.wait_for_post()
    before = count_modals(slack, user)
    forge(slack, private, f"quote {number}", user)
    view = wait_for_modal(slack, user, before + 1)
    assert ("behind the brewery" in dump(view.blocks)) == is_shown
    assert ("you may not see it" in dump(view.blocks)) != is_shown


@pytest.mark.parametrize(("user", "is_shown"), [(MEMBER, True), (GUEST, False)])
def test_quote_in_a_channel_is_for_the_eyes_of_whoever_chose_it(
    slack: StandInSlack, room: Room, bot_process: Serving, user: str, *, is_shown: bool
):
    ((number,),) = execute(bot_process.database, "SELECT id FROM comment WHERE native_id = 'p2'")
    room.mention()
    post = room.wait_for_post()
    before = count_modals(slack, user)
    forge(slack, post, f"quote {number}", user)
    assert ("brewery" in dump(wait_for_modal(slack, user, before + 1).blocks)) == is_shown


def forge(slack: StandInSlack, message: Post, value: str, user: str) -> None:
    """Choose what the message never offered."""
    shown = slack.find_message(message)
    slack.send_interaction(
        {
            "type": "block_actions",
            "actions": [{"type": "overflow", "action_id": HIT_MENU, "selected_option": {"value": value}}],
            "container": {
                "type": "message",
                "message_ts": shown.ts,
                "channel_id": shown.channel,
                "is_ephemeral": message.ephemeral_to is not None,
            },
            "channel": {"id": shown.channel},
        },
        user=user,
    )


def test_quote_in_a_direct_message(slack: StandInSlack, bot_process: Serving):
    person = make_person(slack)
    room = Room(slack, slack.workspace.open_direct_message(person).id)
    slack.send_direct_message(user=person, text="what was said about unconferences?")
    post = room.wait_for_post()
    slack.click(post, HIT_MENU, user=person, value=find_choices(post)[0])
    assert len(read_codes(wait_for_modal(slack, person))) == 4
    assert bot_process.is_alive


def test_choice_of_another_version_says_so(slack: StandInSlack, room: Room):
    room.mention()
    post = room.wait_for_post()
    forge_with_url(slack, post, "juggle 3")
    assert "not in use any more" in room.wait_for_post(2).text


def forge_with_url(slack: StandInSlack, message: Post, value: str) -> None:
    payload = slack.click(message, HIT_MENU, user=MEMBER, value=find_choices(message)[0]).payload
    url = payload["response_url"]
    slack.send_interaction(
        {
            **{key: payload[key] for key in ("type", "container", "channel", "message")},
            "actions": [{"type": "overflow", "action_id": HIT_MENU, "selected_option": {"value": value}}],
            "response_url": url,
        },
        user=MEMBER,
    )
