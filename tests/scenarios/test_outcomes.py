"""One honest outcome each: what there is not is told as what it is, and nothing of what is for others."""

from pathlib import Path
from typing import Any

import pytest

from bot.slack.views.buttons import WITHOUT
from tests.databases import ArchivePlace
from tests.fakes.slack import Post, StandInSlack
from tests.fakes.slack.limits import walk
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import run_harkback, serving
from tests.scenarios.room import GUEST, MEMBER, Room, dump, find_actions


def test_nothing_relevant_says_what_was_searched_and_what_is_nearest(room: Room):
    room.command("zeppelins from Tomasz since 2007", user=GUEST)
    post = room.wait_for_post()
    shown = dump(post)
    assert post.text.startswith("I found nothing relevant about “zeppelins”.")
    assert "The nearest the archive has is this; it may be about something else:" in shown
    assert "Searched 166 comments in 2 sources" in shown
    assert [one for one in find_actions(post) if one.startswith(WITHOUT)] != []


def test_filters_that_leave_nothing_are_said_to(room: Room):
    room.command("unconferences by Tomasz in German from:2031 to:2032")
    post = room.wait_for_post()
    assert "Tomasz" in dump(post)
    room.command("source:secrets from:Tomasz unconferences")
    nothing = room.wait_for_post(2)
    said = "There is nothing here by Tomasz Wójcik, in secrets, about this or anything else. Take away one of the parts"
    assert nothing.text.startswith(said)
    assert len([one for one in find_actions(nothing) if one.startswith(WITHOUT)]) == 3
    assert "nearest" not in dump(nothing)


@pytest.mark.parametrize(
    "typed", ["zeppelin source:{}", "zeppelin in:{}", "in #{} zeppelin", "in the {} channel zeppelin"]
)
def test_place_that_one_may_not_know_of_reads_like_one_that_is_nowhere(slack: StandInSlack, room: Room, typed: str):
    # The source is there, and nothing in it is for a guest who is only here.
    guest = slack.workspace.add_user("UELSEWHERE", is_restricted=True).id
    slack.workspace.channels[room.id].members.add(guest)
    for number, place in enumerate(("secrets", "nowhere"), start=1):
        room.command(f"xylophone {typed.format(place)}", user=guest)
        room.wait_for_post(number)
    # What is nearest to the words of a place is its own.
    first, second = (_list_said(post, "nearest").replace("nowhere", "secrets") for post in room.posts)
    assert first == second
    assert "I found nothing relevant about “xylophone" in first
    assert "Searched 165 comments in 1 source" in first
    if "the" not in typed:
        assert "I know no channel or source called “secrets” that I may search here" in first


def _list_said(post: Post, end: str) -> str:
    """Say all that a message says before it shows comments, and what was searched."""
    texts = [post.text.partition(end)[0], *(text for block in post.blocks for text in _list_texts(block))]
    return "\n".join(text for text in texts if "<" not in text or text.startswith("Searched"))


def _list_texts(block: dict[str, Any]) -> list[str]:
    return [node["text"] for _, node in walk(block, "") if node.get("type") == "mrkdwn"]


def test_place_that_one_may_know_of_is_searched(room: Room):
    room.command("gondola source:secrets", user=MEMBER)
    shown = dump(room.wait_for_post())
    assert "behind the brewery" in shown
    assert "I know no channel" not in shown


def test_archive_that_holds_nothing_for_somebody_reads_like_an_empty_one(database: ArchivePlace, tmp_path: Path):
    secret = tmp_path / "secret.jsonl"
    with StandInSlack() as slack:
        fill_workspace(slack)
        with serving(database, make_slack_settings(slack), tmp_path / "log"):
            slack.wait_connected()
            room = make_room(slack)
            room.command("zeppelin", user=GUEST)
            empty = room.wait_for_post().text
            secret.write_text('{"text": "The zeppelin stays with us.", "visibility": "people:UNOBODY"}\n')
            assert run_harkback("import", secret, database=database).returncode == 0
            room.command("zeppelin", user=GUEST)
            assert room.wait_for_post(2).text == empty
            assert empty.startswith("There is nothing here to search so far: ")
