"""Who said what: people instead of discussions, counted and opened for whoever sees the answer."""

import re

import pytest

from bot.slack.views.buttons import SHARE, WHO
from bot.slack.views.who import PEOPLE, PERSON
from tests.fakes.slack import Post, StandInSlack
from tests.fakes.slack.records import View
from tests.scenarios.conftest import make_person
from tests.scenarios.modals import count_modals, wait_for_modal, wait_for_version
from tests.scenarios.process import Serving
from tests.scenarios.room import GUEST, MEMBER, QUESTION, Room, count_hits, dump, find_actions

PERSON_LINE = re.compile(r"\*(?P<name>[^*]+)\* \((?P<comments>\d+) comments?\)")


def read_people(view: View) -> dict[str, int]:
    """Everybody on a page, with how much they said."""
    texts = [block["text"]["text"] for block in view.blocks if "accessory" in block]
    found = [PERSON_LINE.match(text) for text in texts]
    return {one["name"]: int(one["comments"]) for one in found if one}


def read_values(view: View) -> list[str]:
    return [block["accessory"]["value"] for block in view.blocks if "accessory" in block]


def count_quotes(view: View) -> int:
    return sum(block["type"] == "rich_text" for block in view.blocks)


def open_people(slack: StandInSlack, post: Post, user: str) -> View:
    before = count_modals(slack, user)
    slack.click(post, WHO, user=user).wait_acked()
    return wait_for_modal(slack, user, before + 1)


def test_who_counts_all_hits_of_the_answer_by_person(slack: StandInSlack, room: Room):
    room.mention()
    post = room.wait_for_post()
    people = read_people(open_people(slack, post, GUEST))
    assert sum(people.values()) == count_hits(post)
    named = [comments for name, comments in people.items() if name != "Without a name"]
    assert named == sorted(named, reverse=True)
    assert len(people) > 3
    assert room.settle() == [post]


def test_who_says_when_it_was_said(slack: StandInSlack, room: Room):
    room.mention()
    post = room.wait_for_post()
    shown = dump(open_people(slack, post, MEMBER).blocks)
    assert re.search(r"First mentioned <!date\^\d+\^\{date_pretty\}\|2\d{3}-\d\d-\d\d> by ", shown)
    years = [int(count) for count in re.findall(r"\d{4}:\xa0(\d+)", shown)]
    assert 0 < sum(years) <= count_hits(post)


def test_each_person_opens_what_they_said_page_by_page_and_leads_back(slack: StandInSlack, room: Room):
    room.mention()
    view = open_people(slack, room.wait_for_post(), MEMBER)
    people, values = read_people(view), read_values(view)
    for number, ((name, comments), value) in enumerate(list(zip(people.items(), values, strict=True))[:2]):
        wait_for_version(slack, view, 1 + 2 * number)
        slack.click(view, PERSON, user=MEMBER, value=value)
        wait_for_version(slack, view, 2 + 2 * number)
        assert count_quotes(view) == min(5, comments)
        assert name in view.blocks[0]["text"]["text"]
        assert dump(view.blocks).count(f'"{name}, <!date') == min(5, comments)
        slack.click(view, PEOPLE, user=MEMBER)
        wait_for_version(slack, view, 3 + 2 * number)
        assert read_people(view) == people


@pytest.mark.parametrize(("user", "is_shown"), [(MEMBER, True), (GUEST, False)])
def test_who_of_a_private_answer_counts_what_that_person_may_see(
    slack: StandInSlack, room: Room, user: str, *, is_shown: bool
):
    room.command("gondola brewery", user=user)
    private = room.wait_for_post()
    if is_shown:
        assert WHO in find_actions(private)
        view = open_people(slack, private, user)
        slack.click(view, PERSON, user=user, value=read_values(view)[0])
        wait_for_version(slack, view, 2)
        assert "members.example/p2" in dump(view.blocks)
    else:
        assert WHO not in find_actions(private)


def test_who_in_a_channel_counts_what_everyone_there_may_see_whoever_presses(slack: StandInSlack, room: Room):
    room.mention()
    post = room.wait_for_post()
    views = [open_people(slack, post, user) for user in (MEMBER, GUEST)]
    assert read_people(views[0]) == read_people(views[1])
    assert sum(read_people(views[0]).values()) == count_hits(post)


def test_who_of_a_private_answer_that_was_shared_counts_for_everyone(slack: StandInSlack, room: Room):
    room.command()
    private = room.wait_for_post()
    slack.click(private, SHARE, user=MEMBER)
    shared = room.wait_for_post(2)
    mine = sum(read_people(open_people(slack, private, MEMBER)).values())
    ours = sum(read_people(open_people(slack, shared, MEMBER)).values())
    assert (mine, ours) == (count_hits(private), count_hits(shared))
    assert mine > ours


def test_who_in_a_direct_message(slack: StandInSlack, bot_process: Serving):
    person = make_person(slack)
    room = Room(slack, slack.workspace.open_direct_message(person).id)
    slack.send_direct_message(user=person, text=QUESTION)
    post = room.wait_for_post()
    assert sum(read_people(open_people(slack, post, person)).values()) == count_hits(post)
    assert bot_process.is_alive


def test_who_of_another_version_says_so(slack: StandInSlack, room: Room):
    room.mention()
    post = room.wait_for_post()
    before = count_modals(slack, MEMBER)
    payload = slack.click(post, WHO, user=MEMBER).payload
    wait_for_modal(slack, MEMBER, before + 1)
    kept = {key: payload[key] for key in ("type", "container", "channel", "message", "response_url")}
    slack.send_interaction(kept | {"actions": [payload["actions"][0] | {"value": "{}"}]}, user=MEMBER)
    assert "not in use any more" in dump(wait_for_modal(slack, MEMBER, before + 2).blocks)
