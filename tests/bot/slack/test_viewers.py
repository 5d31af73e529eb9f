from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.slack.viewers import People, Reader
from store.domain.viewer import Viewer
from tests.fakes.slack import StandInSlack

TEAM = StandInSlack.team_id


def count_lookups(slack: StandInSlack) -> int:
    return len(slack.list_calls("users.info"))


def test_viewer_full_member_sees_the_workspace_and_the_channel(slack: StandInSlack, client: WebClient):
    slack.workspace.add_user("UFULL")
    assert People(client).make_viewer(TEAM, "UFULL", "C1") == Viewer(
        workspaces=frozenset({TEAM}), channels=frozenset({"C1"}), person="UFULL"
    )


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        ("UGUEST", {"is_restricted": True}),
        ("USINGLE", {"is_ultra_restricted": True}),
        ("USTRANGER", {"team_id": "T0STRANGE"}),
        ("UROBOT", {"is_bot": True}),
        ("UGONE", {"deleted": True}),
    ],
)
def test_viewer_others_do_not_see_the_workspace(
    slack: StandInSlack, client: WebClient, user: str, kind: dict[str, Any]
):
    slack.workspace.add_user(user, **kind)
    assert People(client).make_viewer(TEAM, user, "C1") == Viewer(channels=frozenset({"C1"}), person=user)


def test_viewer_stranger_asking_under_their_own_team_sees_no_workspace(slack: StandInSlack, client: WebClient):
    slack.workspace.add_user("UOWN", team_id="T0STRANGE")
    assert People(client).make_viewer("T0STRANGE", "UOWN", "C1").workspaces == frozenset()


def test_zone_is_that_of_the_person(slack: StandInSlack, client: WebClient):
    slack.workspace.add_user("UFAR", tz="Asia/Tokyo")
    assert People(client).find_zone(TEAM, "UFAR") == "Asia/Tokyo"


def test_zone_of_somebody_nobody_knows_is_none(client: WebClient):
    assert People(client).find_zone(TEAM, "UNOBODY") == ""


def test_viewer_nobody_knows_sees_what_is_public(client: WebClient):
    assert People(client).make_viewer(TEAM, "UNOBODY", "") == Viewer(person="UNOBODY")


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param({"error": "missing_scope"}, id="refused"),
        pytest.param({"status": 500}, id="broken"),
        pytest.param({"status": 429}, id="limited"),
    ],
)
def test_viewer_sees_what_is_public_when_slack_fails(slack: StandInSlack, client: WebClient, failing: dict[str, Any]):
    slack.fail_next("users.info", **failing)
    assert People(client).make_viewer(TEAM, "U1", "C1").workspaces == frozenset()


def test_viewer_sees_what_is_public_when_slack_is_not_reached():
    nowhere = WebClient(token="xoxb-1", base_url="http://127.0.0.1:9/api/", retry_handlers=[])
    assert People(nowhere).make_viewer(TEAM, "U1", "C1").workspaces == frozenset()


def test_viewer_is_looked_up_again_after_a_failure(slack: StandInSlack, client: WebClient):
    people = People(client)
    slack.fail_next("users.info", status=500)
    assert people.make_viewer(TEAM, "U1", "C1").workspaces == frozenset()
    assert people.make_viewer(TEAM, "U1", "C1").workspaces == frozenset({TEAM})


class FakeTime:
    """Stands in for the module `time` of the code under test."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


def test_viewer_is_remembered_for_minutes_and_then_looked_up_again(
    slack: StandInSlack, client: WebClient, monkeypatch: pytest.MonkeyPatch
):
    clock = FakeTime()
    monkeypatch.setattr("bot.slack.viewers.time", clock)
    slack.workspace.add_user("UCHANGES")
    people, before = People(client), count_lookups(slack)
    assert people.make_viewer(TEAM, "UCHANGES", "C1").workspaces == frozenset({TEAM})
    slack.workspace.users["UCHANGES"].is_restricted = True
    clock.now += 599
    assert people.make_viewer(TEAM, "UCHANGES", "C2").workspaces == frozenset({TEAM})
    assert count_lookups(slack) - before == 1
    clock.now += 2
    assert people.make_viewer(TEAM, "UCHANGES", "C1").workspaces == frozenset()
    assert count_lookups(slack) - before == 2


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        (lambda user: user, "ada"),
        (lambda user: user | {"profile": {"display_name": "", "real_name": "Ada Lovelace"}}, "Ada Lovelace"),
        (lambda user: user | {"profile": None, "real_name": "Ada L."}, "Ada L."),
        (lambda user: {"id": user["id"], "name": "ada.l"}, "ada.l"),
        (lambda user: {"id": user["id"]}, None),
    ],
)
def test_find_name_takes_the_name_a_person_goes_by(
    client: WebClient,
    monkeypatch: pytest.MonkeyPatch,
    profile: Callable[[dict[str, Any]], dict[str, Any]],
    name: str | None,
):
    shown = {"user": profile(client.users_info(user="U1")["user"])}
    monkeypatch.setattr(client, "users_info", lambda **_: shown)
    assert People(client).find_name(TEAM, "U1") == name


def test_locale_is_that_of_the_person(slack: StandInSlack, client: WebClient):
    slack.workspace.add_user("UDE", locale="de-DE")
    people = People(client)
    assert [people.find_locale(Reader(TEAM, user)) for user in ("UDE", "UNOBODY", "")] == ["de-DE", "", ""]
