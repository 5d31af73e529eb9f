"""Which messages are questions to everybody, and which past discussions fit well enough to be suggested."""

from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.slack.admins import Admins
from bot.slack.payloads import Message
from bot.slack.suggesting import MAX_A_DAY, Suggesting, may_be_asked
from bot.slack.viewers import People
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.errors import ArchiveError
from store.repositories.channel_settings import ChannelSettings
from store.repositories.suggestions import Suggestions
from store.search.searcher import Searcher
from tests.fakes.slack import StandInSlack
from tests.fakes.slack.workspace import Message as Said
from tests.store.factories import make_comment, put_indexed

QUESTION = "Who repairs a copper kettle?"


def make_message(text: str = QUESTION, **more: Any) -> Message:
    return Message(**{"team": "T1", "channel": "C1", "user": "U1", "ts": "9.5", "text": text, "thread_ts": None} | more)


def put_message(slack: StandInSlack, ts: str, thread_ts: str | None = None) -> None:
    slack.workspace.keep(Said(channel="C1", ts=ts, user="U1", text=QUESTION, thread_ts=thread_ts))


@pytest.fixture
def suggesting(slack: StandInSlack, client: WebClient, tmp_path: Path) -> Suggesting:
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    encoder = HashingEncoder()
    put_indexed(
        archive,
        encoder,
        make_comment("C1:1.5", QUESTION, thread="C1:1.5"),
        make_comment("C1:2.5", "The tinker repairs a copper kettle.", thread="C1:1.5", author="Mei"),
    )
    slack.workspace.add_channel("C1", name="c1", members=["U1", slack.bot_user_id])
    slack.workspace.messages.clear()
    for ts in ("1.5", "9.5", *(f"{number}.9" for number in range(MAX_A_DAY + 1))):
        put_message(slack, ts)
    people = People(client)
    settings = ChannelSettings(archive.database)
    settings.set_suggestions("T1", "C1", is_on=True, by="U1")
    admins = Admins((), with_workspace_admins=False, people=people)
    return Suggesting(Searcher(archive, encoder), settings, Suggestions(archive.database), people, admins, client)


@pytest.mark.parametrize(
    ("more", "may_be"),
    [
        pytest.param({}, True, id="a question"),
        pytest.param({"thread_ts": "9.5"}, True, id="which a thread began with"),
        pytest.param({"thread_ts": "1.5"}, False, id="a reply"),
        pytest.param({"edited_ts": "10.5"}, False, id="an edit"),
        pytest.param({"text": "The tinker does."}, False, id="no question"),
        pytest.param({"text": "<@U2> who repairs kettles?"}, False, id="to somebody"),
        pytest.param({"text": "Does anyone know, or <@U2>?"}, True, id="to everybody, and somebody"),
        pytest.param({"text": "Who repairs kettles, <@UBOT>?"}, False, id="to the bot"),
        pytest.param({"user": "UBOT"}, False, id="by the bot"),
    ],
)
def test_question_to_everybody_is_looked_up(more: dict[str, str], *, may_be: bool):
    assert may_be_asked(make_message(**more), "UBOT") is may_be


def test_discussion_that_fits_is_suggested_once_a_thread(suggesting: Suggesting):
    view = suggesting.suggest(make_message())
    assert view
    assert "tinker" in str(view.blocks)
    assert suggesting.suggest(make_message()) is None


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"channel": "C2"}, id="where nobody turned it on"),
        pytest.param({"text": "copper kettle?"}, id="of few words"),
        pytest.param({"ts": "1.5"}, id="that began this very discussion"),
        pytest.param(
            {"text": "Who repairs a copper roof on the tower of a church in Riga?"}, id="about something else"
        ),
    ],
)
def test_nothing_is_suggested_for_a_question(suggesting: Suggesting, more: dict[str, str]):
    assert suggesting.suggest(make_message(**more)) is None


def test_nothing_is_suggested_once_somebody_answered(slack: StandInSlack, suggesting: Suggesting):
    put_message(slack, "9.6", "9.5")
    assert suggesting.suggest(make_message()) is None
    assert suggesting.suggestions.count_lately("T1", "C1") == 0


def test_nothing_is_suggested_for_a_question_that_is_gone(slack: StandInSlack, suggesting: Suggesting):
    del slack.workspace.messages["C1", "9.5"]
    assert suggesting.suggest(make_message()) is None


@pytest.mark.parametrize("failing", [{"error": "missing_scope"}, {"status": 500}])
def test_nothing_is_suggested_where_slack_does_not_tell_whether_somebody_answered(
    slack: StandInSlack, suggesting: Suggesting, failing: dict[str, Any]
):
    slack.fail_next("conversations.replies", **failing)
    assert suggesting.suggest(make_message()) is None


def test_nothing_is_suggested_where_enough_was(suggesting: Suggesting):
    made = [suggesting.suggest(make_message(ts=f"{number}.9")) for number in range(MAX_A_DAY + 1)]
    assert [view is not None for view in made] == [True] * MAX_A_DAY + [False]


def test_channel_in_which_others_did_not_help_wants_what_fits_better(suggesting: Suggesting):
    for number in range(20):
        suggesting.suggestions.note(("T1", "C1", f"{number}"), 7, 2.0, 99)
        suggesting.suggestions.note_unhelpful("T1", "C1", f"{number}")
    age_all(suggesting)
    assert suggesting.suggest(make_message()) is None


def age_all(suggesting: Suggesting) -> None:
    """Let all suggestions have been made days ago."""
    with suggesting.suggestions._database.writing() as connection:
        connection.exec_driver_sql("UPDATE suggestion SET made_at = datetime('now', '-3 days')")


def test_nothing_is_suggested_where_it_cannot_be_told_whether_that_is_wanted(
    suggesting: Suggesting, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise ArchiveError("cannot use the archive")

    monkeypatch.setattr(ChannelSettings, "find", fail)
    assert suggesting.suggest(make_message()) is None
