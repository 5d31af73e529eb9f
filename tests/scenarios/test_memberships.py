"""Whoever comes to see more, or less, sees so at their next question."""

from collections.abc import Iterator

import pytest

from tests.fakes.slack import StandInSlack
from tests.scenarios.conftest import make_person
from tests.scenarios.process import Serving
from tests.scenarios.room import SECRET_CHANNEL, Room, dump


@pytest.fixture
def person(slack: StandInSlack, bot_process: Serving) -> Iterator[str]:  # noqa: ARG001  # the process is to be there
    """Somebody in the secret channel."""
    user = make_person(slack)
    slack.workspace.channels[SECRET_CHANNEL].members.add(user)
    yield user
    slack.workspace.channels[SECRET_CHANNEL].members.discard(user)


class Asker:
    """Somebody who asks the bot directly, again and again."""

    def __init__(self, slack: StandInSlack, user: str) -> None:
        self._slack = slack
        self._user = user
        self._room = Room(slack, f"D{user}")

    def find(self, question: str = "zeppelin") -> str:
        """Ask, and give all that the answer says."""
        before = len(self._room.posts)
        self._slack.send_direct_message(user=self._user, text=question)
        return dump(self._room.wait_for_post(before + 1))


def test_answer_of_one_alone_holds_what_is_for_their_channels(slack: StandInSlack, person: str):
    assert "budget stays with us" in Asker(slack, person).find()


def test_answer_of_who_left_does_not_hold_it_any_more(slack: StandInSlack, person: str):
    asker = Asker(slack, person)
    asker.find()
    left = slack.leave_channel(person, SECRET_CHANNEL)
    assert left is not None
    left.wait_acked()
    assert "I found nothing relevant" in asker.find()
    joined = slack.join_channel(person, SECRET_CHANNEL)
    assert joined is not None
    joined.wait_acked()
    assert "budget stays with us" in asker.find()


def test_answer_holds_nothing_of_a_channel_that_the_bot_left(slack: StandInSlack, person: str):
    asker = Asker(slack, person)
    asker.find()
    left = slack.leave_channel(slack.bot_user_id, SECRET_CHANNEL)
    try:
        assert left is not None
        left.wait_acked()
        assert "I found nothing relevant" in asker.find()
    finally:
        joined = slack.join_channel(slack.bot_user_id, SECRET_CHANNEL)
        assert joined is not None
        joined.wait_acked()
    assert "budget stays with us" in asker.find()


def test_answer_of_who_became_a_guest_holds_nothing_of_the_workspace(slack: StandInSlack, person: str):
    asker = Asker(slack, person)
    assert "behind the brewery" in asker.find("gondola")
    slack.workspace.users[person].is_restricted = True
    slack.send_event({"type": "user_change", "user": {"id": person}}).wait_acked()
    assert "behind the brewery" not in asker.find("gondola")
