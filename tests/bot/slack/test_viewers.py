from collections.abc import Callable
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from slack_sdk import WebClient
from structlog.testing import capture_logs

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
    # Slack calls nobody a stranger who is in a channel with the app.
    slack.workspace.add_channel("CWITHUS", name="with-us", members=["UOWN", slack.bot_user_id], is_ext_shared=True)
    people = People(client)
    assert people.make_viewer("T0STRANGE", "UOWN", "C1") == Viewer(channels=frozenset({"C1"}), person="UOWN")
    assert people.get_viewer(Reader("T0STRANGE", "UOWN")) is None


def test_viewer_member_asking_under_the_team_of_strangers_sees_the_workspace(slack: StandInSlack, client: WebClient):
    slack.workspace.add_user("UOURS")
    assert People(client).make_viewer("T0STRANGE", "UOURS", "C1").workspaces == frozenset({TEAM})


def test_zone_is_that_of_the_person(slack: StandInSlack, client: WebClient):
    slack.workspace.add_user("UFAR", tz="Asia/Tokyo")
    assert People(client).find_zone(TEAM, "UFAR") == ZoneInfo("Asia/Tokyo")


def test_zone_of_somebody_nobody_knows_is_utc(client: WebClient):
    assert People(client).find_zone(TEAM, "UNOBODY") == UTC


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
    monkeypatch.setattr("bot.slack.remembering.time", clock)
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


CHANNELS: list[tuple[str, dict[str, Any]]] = [
    ("COPEN", {}),
    ("CCLOSED", {"is_private": True}),
    ("CGROUP", {"is_mpim": True}),
    ("CSHARED", {"is_ext_shared": True}),
    ("CWITHOUT", {"is_private": True}),
]


@pytest.fixture
def channels(slack: StandInSlack) -> None:
    """Channels of every kind, with the person of each kind in them."""
    workspace = slack.workspace
    people = {
        "UIN": {},
        "UGUESTIN": {"is_restricted": True},
        "USINGLEIN": {"is_ultra_restricted": True},
        "USTRANGERIN": {"team_id": "T0STRANGE"},
        "UGONEIN": {"deleted": True},
    }
    for user, kind in people.items():
        workspace.add_user(user, **kind)
    for channel, kind in CHANNELS:
        bots = [] if channel == "CWITHOUT" else [slack.bot_user_id]
        workspace.add_channel(channel, name=channel.lower(), members=[*people, *bots], **kind)
    workspace.add_channel("CELSEWHERE", name="elsewhere", members=["U1", slack.bot_user_id])


KNOWN = frozenset({"COPEN", "CCLOSED", "CGROUP", "CSHARED"})


@pytest.mark.usefixtures("channels")
class TestMemberships:
    """What is for the channels somebody is in is for them, wherever they ask; where the bot is not, nobody knows."""

    @pytest.mark.parametrize(
        ("user", "workspaces", "known"),
        [
            ("UIN", {TEAM}, KNOWN),
            ("UGUESTIN", set(), KNOWN),
            ("USINGLEIN", set(), KNOWN),
            ("USTRANGERIN", set(), set()),
            ("UGONEIN", set(), set()),
            ("UNOBODY", set(), set()),
        ],
    )
    def test_viewer_alone_sees_what_is_for_their_channels(
        self, client: WebClient, user: str, workspaces: set[str], known: set[str]
    ):
        people = People(client)
        for channel in ("", "D1", "CELSEWHERE"):
            asked_in = {channel} - {""}
            expected = Viewer(frozenset(workspaces), frozenset(known | asked_in), user)
            assert people.find_viewer(Reader(TEAM, user), channel, is_private=True) == expected

    @pytest.mark.parametrize("failing", [{}, {"error": "missing_scope"}, {"status": 500}])
    def test_person_is_in_a_channel_where_slack_says_so(
        self, slack: StandInSlack, client: WebClient, monkeypatch: pytest.MonkeyPatch, failing: dict[str, Any]
    ):
        monkeypatch.setattr("bot.slack.memberships._PAGE", 2)
        people = People(client)
        if failing:
            slack.fail_next("conversations.members", **failing)
        assert people.is_in(Reader(TEAM, "USTRANGERIN"), "CSHARED") is not bool(failing)
        assert not people.is_in(Reader(TEAM, "USTRANGERIN"), "CELSEWHERE")
        assert not people.is_in(Reader(TEAM, "USTRANGERIN"), "CNONE")
        assert people.is_in(Reader(TEAM, "UIN"), "CCLOSED")
        assert not people.is_in(Reader(TEAM, "UIN"), "CWITHOUT")
        assert people.is_in(Reader(TEAM, "UNOBODY"), "D1")

    @pytest.mark.parametrize(
        ("user", "channel", "place", "name"),
        [
            pytest.param("UIN", "COPEN", "CELSEWHERE", "copen", id="public"),
            pytest.param("UIN", "CELSEWHERE", "COPEN", "elsewhere", id="public, not in it"),
            pytest.param("UGUESTIN", "COPEN", "COPEN", "copen", id="public, a guest in it"),
            pytest.param("UGUESTIN", "CELSEWHERE", "COPEN", None, id="public, a guest not in it"),
            pytest.param("USTRANGERIN", "CSHARED", "CSHARED", "cshared", id="shared, a stranger in it"),
            pytest.param("USTRANGERIN", "CELSEWHERE", "CSHARED", None, id="public, a stranger not in it"),
            pytest.param("UIN", "CCLOSED", "CCLOSED", "cclosed", id="private, in itself"),
            pytest.param("UIN", "CCLOSED", "", "cclosed", id="private, alone"),
            pytest.param("UIN", "CCLOSED", "COPEN", None, id="private, before others"),
            pytest.param("U1", "CCLOSED", "", None, id="private, not in it"),
            pytest.param("U1", "CCLOSED", "CCLOSED", None, id="private, not in it any more"),
            pytest.param("UIN", "CWITHOUT", "", None, id="private, without the bot"),
            pytest.param("UIN", "CNONE", "", None, id="nowhere"),
        ],
    )
    def test_channel_is_named_to_those_who_may_know_of_it(
        self, client: WebClient, user: str, channel: str, place: str, name: str | None
    ):
        assert People(client).find_channel(Reader(TEAM, user), channel, place) == name

    @pytest.mark.parametrize("failing", [{"error": "missing_scope"}, {"status": 500}])
    def test_channel_that_slack_does_not_tell_of_is_not_named_until_it_does(
        self, slack: StandInSlack, client: WebClient, failing: dict[str, Any]
    ):
        people = People(client)
        slack.fail_next("conversations.info", **failing)
        named = [people.find_channel(Reader(TEAM, "UIN"), "COPEN", "COPEN") for _ in range(3)]
        assert named == [None, "copen", "copen"]

    def test_viewer_of_a_channel_is_everyone_in_it(self, slack: StandInSlack, client: WebClient):
        before = len(slack.calls)
        viewer = People(client).find_viewer(Reader(TEAM, "UIN"), "COPEN", is_private=False)
        assert viewer == Viewer.channel_audience("COPEN")
        assert len(slack.calls) == before

    def test_viewer_of_many_channels_sees_all_of_them(
        self, slack: StandInSlack, client: WebClient, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("bot.slack.memberships._PAGE", 2)
        before = len(slack.list_calls("users.conversations"))
        assert People(client).make_viewer(TEAM, "UIN", "").channels == KNOWN
        assert len(slack.list_calls("users.conversations")) - before == 2

    @pytest.mark.parametrize("failing", [{"error": "missing_scope"}, {"status": 500}, {"status": 429}])
    def test_viewer_whose_channels_slack_does_not_tell_is_in_none(
        self, slack: StandInSlack, client: WebClient, failing: dict[str, Any]
    ):
        people = People(client)
        slack.fail_next("users.conversations", **failing)
        assert people.make_viewer(TEAM, "UIN", "C1") == Viewer(frozenset({TEAM}), frozenset({"C1"}), "UIN")
        assert people.make_viewer(TEAM, "UIN", "C1").channels == KNOWN | {"C1"}

    def test_viewer_of_whom_only_some_channels_are_told_is_in_none(
        self, slack: StandInSlack, client: WebClient, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("bot.slack.memberships._PAGE", 2)
        monkeypatch.setattr(client, "users_conversations", _fail_after(client.users_conversations, slack))
        assert People(client).make_viewer(TEAM, "UIN", "").channels == frozenset()

    @pytest.mark.parametrize("scope", ["channels:read", "groups:read", "mpim:read"])
    def test_viewer_is_in_no_channel_where_a_scope_is_missing_and_the_log_names_it(
        self, slack: StandInSlack, client: WebClient, monkeypatch: pytest.MonkeyPatch, scope: str
    ):
        monkeypatch.setattr("bot.slack.memberships._log", structlog.get_logger())
        all_of_them = set(slack.scopes)
        slack.scopes = all_of_them - {scope}
        try:
            with capture_logs() as logs:
                assert People(client).make_viewer(TEAM, "UIN", "").channels == frozenset()
        finally:
            slack.scopes = all_of_them
        assert (logs[-1]["error"], logs[-1]["needed"]) == ("missing_scope", scope)

    def test_channels_are_remembered_for_minutes(
        self, slack: StandInSlack, client: WebClient, monkeypatch: pytest.MonkeyPatch
    ):
        clock = FakeTime()
        monkeypatch.setattr("bot.slack.remembering.time", clock)
        people = People(client)
        assert people.make_viewer(TEAM, "UIN", "").channels == KNOWN
        slack.workspace.channels["CCLOSED"].members.remove("UIN")
        clock.now += 299
        assert people.make_viewer(TEAM, "UIN", "").channels == KNOWN
        clock.now += 2
        assert people.make_viewer(TEAM, "UIN", "").channels == KNOWN - {"CCLOSED"}

    @pytest.mark.parametrize(
        "forget",
        [
            lambda people: people.forget_memberships("UIN"),
            lambda people: people.forget_memberships(),
            lambda people: people.forget(Reader(TEAM, "UIN")),
        ],
    )
    def test_channels_are_asked_for_again_once_forgotten(
        self, slack: StandInSlack, client: WebClient, forget: Callable[[People], None]
    ):
        people = People(client)
        people.make_viewer(TEAM, "UIN", "")
        people.make_viewer(TEAM, "UGUESTIN", "")
        slack.workspace.channels["CCLOSED"].members.remove("UIN")
        forget(people)
        assert people.make_viewer(TEAM, "UIN", "").channels == KNOWN - {"CCLOSED"}

    def test_what_came_while_somebody_left_is_not_remembered(
        self, slack: StandInSlack, client: WebClient, monkeypatch: pytest.MonkeyPatch
    ):
        people, ask = People(client), client.users_conversations

        def ask_while_leaving(**asked: Any) -> Any:
            found = ask(**asked)
            slack.workspace.channels["CCLOSED"].members.discard("UIN")
            people.forget_memberships("UIN")
            return found

        monkeypatch.setattr(client, "users_conversations", ask_while_leaving)
        people.make_viewer(TEAM, "UIN", "")
        monkeypatch.setattr(client, "users_conversations", ask)
        assert people.make_viewer(TEAM, "UIN", "").channels == KNOWN - {"CCLOSED"}

    def test_role_is_asked_for_again_once_forgotten(self, slack: StandInSlack, client: WebClient):
        people = People(client)
        assert people.make_viewer(TEAM, "UIN", "").workspaces == {TEAM}
        slack.workspace.users["UIN"].is_restricted = True
        people.forget(Reader(TEAM, "UIN"))
        assert people.make_viewer(TEAM, "UIN", "").workspaces == frozenset()


def _fail_after(ask: Callable[..., Any], slack: StandInSlack) -> Callable[..., Any]:
    """Let Slack tell once, and then fail."""

    def asking(**asked: Any) -> Any:
        found = ask(**asked)
        slack.fail_next("users.conversations", status=500)
        return found

    return asking
