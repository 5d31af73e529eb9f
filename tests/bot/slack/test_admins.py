import pytest
from slack_sdk import WebClient

from bot.slack.admins import Admins
from bot.slack.viewers import People
from tests.fakes.slack import StandInSlack

TEAM = StandInSlack.team_id


@pytest.fixture
def people(slack: StandInSlack, client: WebClient) -> People:
    workspace = slack.workspace
    workspace.add_user("UBOSS", name="bea", is_admin=True)
    workspace.add_user("UGUEST", is_admin=True, is_restricted=True)
    workspace.add_user("USTRANGER", is_admin=True, team_id="T0STRANGE")
    workspace.add_user("UGONE", is_admin=True, deleted=True)
    return People(client)


def test_admins_are_those_who_are_named(people: People):
    admins = Admins(("U1",), with_workspace_admins=False, people=people)
    assert [admins.include(TEAM, user) for user in ("U1", "UBOSS", "UNOBODY", "")] == [True, False, False, False]


def test_admins_are_those_of_the_workspace_where_that_is_set(people: People):
    admins = Admins((), with_workspace_admins=True, people=people)
    users = ("UBOSS", "U1", "UGUEST", "USTRANGER", "UGONE", "UNOBODY")
    assert [admins.include(TEAM, user) for user in users] == [True, False, False, False, False, False]


@pytest.mark.parametrize("flag", ["is_admin", "is_owner", "is_primary_owner"])
def test_admins_of_the_workspace_are_its_owners_too(
    people: People, client: WebClient, monkeypatch: pytest.MonkeyPatch, flag: str
):
    shown = {"user": {"id": "U1", "team_id": TEAM, flag: True}}
    monkeypatch.setattr(client, "users_info", lambda **_: shown)
    assert Admins((), with_workspace_admins=True, people=people).include(TEAM, "U1")


def test_admins_whom_slack_does_not_tell_of_are_none(slack: StandInSlack, people: People):
    slack.fail_next("users.info", status=500)
    assert not Admins((), with_workspace_admins=True, people=people).include(TEAM, "UBOSS")


def test_admins_have_the_names_that_they_go_by(people: People):
    assert Admins(("UBOSS", "UNOBODY"), with_workspace_admins=False, people=people).list_names(TEAM) == ["bea"]
