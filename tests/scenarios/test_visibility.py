"""Who may see a source is changed under a running process, which obeys at the next question."""

from collections.abc import Iterator

import pytest

from bot.choosing import name_source
from bot.sample import COMMENTS
from bot.slack.views.buttons import MORE, SHARE
from tests.fakes.slack import StandInSlack
from tests.scenarios.process import Serving, run_harkback
from tests.scenarios.room import MEMBER, Room, dump, find_links

SOURCE = name_source(str(COMMENTS))


def show_to(bot_process: Serving, who: str) -> None:
    done = run_harkback("sources", "--visibility", SOURCE, who, database=bot_process.database)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def shown_again(bot_process: Serving) -> Iterator[None]:
    yield
    show_to(bot_process, "public")


@pytest.mark.usefixtures("shown_again")
def test_source_that_is_hidden_is_hidden_at_the_next_question(room: Room, bot_process: Serving):
    room.mention("lunch page")
    assert find_links(room.wait_for_post())
    show_to(bot_process, "nobody")
    room.mention("lunch page")
    assert "tideway" not in dump(room.wait_for_post(2)).lower()
    room.command("lunch page")
    assert "tideway" not in dump(room.wait_for_post(3)).lower()
    room.command("sources")
    assert f"*{SOURCE}*" not in dump(room.wait_for_post(4))
    show_to(bot_process, f"channel:{room.id}")
    room.mention("lunch page")
    assert find_links(room.wait_for_post(5)) == find_links(room.posts[0])


@pytest.mark.usefixtures("shown_again")
def test_source_that_is_limited_between_the_answer_and_the_press_is_not_shared(
    slack: StandInSlack, room: Room, bot_process: Serving
):
    room.command("lunch page")
    private = room.wait_for_post()
    assert find_links(private)
    show_to(bot_process, f"people:{MEMBER}")
    slack.click(private, SHARE, user=MEMBER)
    told = room.wait_for_post(2)
    assert (told.ephemeral_to, "nothing in this answer that everyone" in told.text) == (MEMBER, True)


@pytest.mark.usefixtures("shown_again")
def test_source_that_is_limited_between_two_pages_has_no_next_page_for_everyone(
    slack: StandInSlack, room: Room, bot_process: Serving
):
    room.mention()
    first = room.wait_for_post()
    show_to(bot_process, f"people:{MEMBER}")
    slack.click(first, MORE, user=MEMBER)
    following = room.wait_for_post(2)
    assert following.ephemeral_to is None
    assert "tideway" not in dump(following).lower()
