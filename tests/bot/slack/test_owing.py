"""What Slack does not take for now: given in the end, once, or ended with a sentence; what is kept of it until then."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from http.client import IncompleteRead
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.error import URLError

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.slack.asking import PutOffError
from bot.slack.owing import deliver_owed
from bot.slack.payloads import Command, Message
from bot.slack.views.message import MessageView
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.errors import ArchiveError
from store.repositories.replies import Replies
from tests.bot.slack.stage import Stage, acting
from tests.fakes.slack import Post, StandInSlack
from tests.fakes.slack.identity import Json
from tests.fakes.slack.records import ApiError
from tests.store.factories import make_comment, put_indexed, write_indexed

if TYPE_CHECKING:
    from bot.slack.asking import SlackServices

MENTION = f"<@{StandInSlack.bot_user_id}>"
CHANNEL, OUTSIDE = "C1", "COUT"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_indexed(
        tmp_path_factory.mktemp("archive") / "archive.db",
        make_comment("c1", "Badges were printed.", author="Ada", thread="t1"),
        make_comment("c2", "Kettles were boiled.", author="Ada", thread="t2"),
        make_comment("c3", "Badges of ours alone.", author="Ada", thread="t3", visibility=f"channel:{CHANNEL}"),
    )


@pytest.fixture
def stage(filled: Path, tmp_path: Path) -> Iterator[Stage]:
    archive = Archive.open(f"sqlite:///{shutil.copy(filled, tmp_path / 'archive.db')}")
    with StandInSlack(reads_channels=True) as slack:
        slack.workspace.add_user("U1", name="ada")
        slack.workspace.add_channel(CHANNEL, name="hr", members=["U1", slack.bot_user_id])
        slack.workspace.add_channel(OUTSIDE, name="outside", members=["U1"])
        with acting(slack, archive) as stage:
            yield stage
    archive.close()


def ask(stage: Stage, text: str = "badges") -> None:
    stage.slack.send_mention(channel=CHANNEL, user="U1", text=f"{MENTION} {text}")
    stage.settle()


def command(stage: Stage, text: str = "badges", channel: str = CHANNEL) -> None:
    stage.slack.send_command("/hark", text=text, user="U1", channel=channel)
    stage.settle()


def say(stage: Stage, text: str, thread_ts: str | None) -> None:
    stage.slack.send_message(channel=CHANNEL, user="U1", text=text, thread_ts=thread_ts)
    stage.settle()


def take_and_fail(slack: StandInSlack) -> None:
    """Let the next post stand, though Slack says that it failed."""
    post = slack._web_api.methods["chat.postMessage"]

    def post_and_fail(params: Json) -> Json:
        slack.add_method("chat.postMessage", post)
        post(params)
        raise ApiError("internal_error")

    slack.add_method("chat.postMessage", post_and_fail)


def fail_where_asked_and_directly(slack: StandInSlack) -> None:
    """Let the next command not be answered."""
    slack.fail_next("response_url", error="expired_url", status=404)
    slack.fail_next("chat.postMessage", error="service_unavailable")


@pytest.mark.parametrize("error", ["internal_error", "service_unavailable", "request_timeout", "fatal_error"])
def test_question_is_owed_until_slack_takes_its_answer(stage: Stage, error: str):
    stage.slack.fail_next("chat.postMessage", error=error, times=3)
    ask(stage)
    for _ in range(2):
        stage.resume()
        assert (stage.slack.posts, len(stage.read_owed())) == ([], 1)
    for _ in range(2):
        stage.resume()
        (post,) = (post for post in stage.slack.posts if post.ephemeral_to is None)
        assert ("were printed" in post.text, stage.read_owed()) == (True, [])


def test_what_is_for_one_person_alone_comes_with_the_answer_and_once(stage: Stage):
    stage.slack.workspace.users["U1"].is_restricted = False
    put_indexed(
        stage.archive,
        HashingEncoder(),
        make_comment("c4", "Badges for few.", author="Ada", thread="t4", visibility="channel:CFEW"),
    )
    stage.slack.workspace.add_channel("CFEW", name="few", members=["U1", stage.slack.bot_user_id])
    stage.slack.fail_next("chat.postMessage", error="internal_error")
    ask(stage)
    assert stage.slack.posts == []
    stage.resume()
    assert [post.ephemeral_to for post in stage.slack.posts] == [None, "U1"]


def test_answer_that_stands_though_slack_did_not_say_so_is_found(stage: Stage):
    take_and_fail(stage.slack)
    ask(stage)
    assert len(stage.read_owed()) == 1
    stage.resume()
    assert (len(stage.slack.posts), stage.read_owed()) == (1, [])


def test_question_waits_while_slack_does_not_say_whether_its_answer_stands(stage: Stage):
    take_and_fail(stage.slack)
    ask(stage)
    stage.slack.fail_next("conversations.replies", error="internal_error", times=2)
    for _ in range(3):
        stage.resume()
        assert len(stage.slack.posts) == 1
    assert stage.read_owed() == []


def test_question_whose_answer_slack_cannot_show_is_answered_again(stage: Stage):
    take_and_fail(stage.slack)
    ask(stage)
    stage.slack.fail_next("conversations.replies", error="missing_scope")
    stage.resume()
    assert (len(stage.slack.posts), stage.read_owed()) == (2, [])


def test_answer_that_slack_does_not_take_for_hours_ends_with_a_sentence(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    stage.slack.fail_next("chat.postMessage", error="internal_error", times=2)
    ask(stage)
    monkeypatch.setattr("store.repositories.replies.PATIENCE", timedelta(0))
    for _ in range(2):
        stage.resume()
        (post,) = stage.slack.posts
        assert post.text.startswith("Something went wrong")
    assert (post.channel, stage.read_owed()) == (CHANNEL, [])


def test_answer_that_slack_takes_in_no_way_ends_all_the_same(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("store.repositories.replies.PATIENCE", timedelta(0))
    stage.slack.fail_next("chat.postMessage", error="internal_error", times=2)
    ask(stage)
    stage.resume()
    assert (stage.slack.posts, stage.read_owed()) == ([], [])


def test_question_that_is_edited_while_it_is_owed_has_one_answer(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.slack.messages._EDIT_WAIT_SECONDS", 0.1)
    stage.slack.fail_next("chat.postMessage", error="internal_error")
    asked = stage.slack.send_mention(channel=CHANNEL, user="U1", text=f"{MENTION} badges")
    stage.settle()
    stage.slack.edit_message(asked, f"{MENTION} kettles")
    stage.settle()
    assert (stage.slack.posts, len(stage.read_owed())) == ([], 2)
    stage.resume()
    stage.resume()
    assert len([post for post in stage.slack.posts if post.ephemeral_to is None]) == 1
    shown = [*stage.slack.posts, *stage.slack.updates][-1]
    assert ("were boiled" in shown.text, stage.read_owed()) == (True, [])


def test_edit_whose_answer_is_the_first_and_not_taken_is_owed_too(stage: Stage):
    asked = stage.slack.send_message(channel=CHANNEL, user="U1", text="badges")
    stage.settle()
    stage.slack.fail_next("chat.postMessage", error="internal_error")
    stage.slack.edit_message(asked, f"{MENTION} kettles")
    stage.settle()
    assert stage.slack.posts == []
    stage.resume()
    assert ["were boiled" in post.text for post in stage.slack.posts] == [True]


def test_command_that_could_not_be_answered_is_answered_alone_in_its_channel(stage: Stage):
    fail_where_asked_and_directly(stage.slack)
    command(stage)
    (owed,) = stage.read_owed()
    assert (stage.slack.posts, "badges" in owed, "response" in owed, "http" in owed) == ([], True, False, False)
    for _ in range(2):
        stage.resume()
        (post,) = stage.slack.posts
        assert (post.via, post.channel, post.ephemeral_to) == ("chat.postEphemeral", CHANNEL, "U1")
    assert ("ours alone" in json.dumps(post.blocks), stage.read_owed()) == (True, [])


def test_subcommand_that_may_have_been_done_is_not_done_again(stage: Stage):
    fail_where_asked_and_directly(stage.slack)
    command(stage, "watch badges")
    stage.resume()
    (post,) = stage.slack.posts
    assert post.text == "I was interrupted, and cannot tell whether `/hark watch badges` was done. Type it again."
    assert stage.read_owed() == []


def test_message_that_another_version_noted_holds_up_nobody(stage: Stage):
    Replies(stage.archive.database).owe("message:T1:C1:0.1", '{"of": "another version"}')
    stage.slack.fail_next("chat.postMessage", error="internal_error")
    ask(stage)
    stage.resume()
    assert ["were printed" in post.text for post in stage.slack.posts] == [True]


def test_command_is_answered_directly_where_the_bot_is_not(stage: Stage):
    fail_where_asked_and_directly(stage.slack)
    command(stage, channel=OUTSIDE)
    stage.resume()
    assert [(post.channel, "were printed" in post.text) for post in stage.slack.posts] == [("DU1", True)]


def test_command_of_somebody_who_left_shows_nothing_of_what_is_for_the_channel(stage: Stage):
    fail_where_asked_and_directly(stage.slack)
    command(stage)
    stage.slack.leave_channel("U1", CHANNEL)
    stage.resume()
    (post,) = stage.slack.posts
    assert (post.channel, "were printed" in post.text) == ("DU1", True)
    assert "ours alone" not in json.dumps(post.blocks)


def test_command_whose_later_answer_is_not_taken_is_owed_on(stage: Stage):
    fail_where_asked_and_directly(stage.slack)
    command(stage)
    stage.slack.fail_next("chat.postEphemeral", error="internal_error")
    stage.resume()
    assert (stage.slack.posts, len(stage.read_owed())) == ([], 1)
    stage.resume()
    assert (len(stage.slack.posts), stage.read_owed()) == (1, [])


def test_command_is_acknowledged_in_time_though_the_archive_is_busy(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.slack.owing._NOTE_SECONDS", 0.05)
    with stage.archive.database.writing():
        sent = stage.slack.send_command("/hark", text="badges", user="U1", channel=CHANNEL)
        sent.wait_acked(3)
    stage.settle()
    stage.resume()
    assert ["were printed" in post.text for post in stage.slack.posts] == [True]


def find_answer(stage: Stage) -> Post:
    """Ask in the channel, and give the answer."""
    ask(stage)
    return stage.slack.posts[0]


def test_follow_up_is_owed_until_slack_takes_its_answer(stage: Stage):
    thread_ts = find_answer(stage).thread_ts
    stage.slack.fail_next("chat.postMessage", error="internal_error")
    say(stage, "and about kettles?", thread_ts)
    assert (len(stage.slack.posts), len(stage.read_owed())) == (1, 1)
    for _ in range(2):
        stage.resume()
        assert [post.thread_ts for post in stage.slack.posts] == [thread_ts] * 2
    assert ("were boiled" in stage.slack.posts[1].text, stage.read_owed()) == (True, [])


def note(stage: Stage, text: str, thread_ts: str | None) -> Message:
    """Note what somebody says in a thread as the process does that is killed before it does any more."""
    ts = stage.slack.workspace.next_ts()
    message = Message(StandInSlack.team_id, CHANNEL, "U1", ts, text, thread_ts, is_addressed=False)
    Replies(stage.archive.database).owe(message.key, json.dumps(asdict(message)))
    return message


def test_follow_up_that_nobody_took_is_answered(stage: Stage):
    thread_ts = find_answer(stage).thread_ts
    note(stage, "and about kettles?", thread_ts)
    stage.resume()
    assert ["were boiled" in post.text for post in stage.slack.posts] == [False, True]
    assert stage.read_owed() == []


def test_talk_in_a_thread_is_not_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    thread_ts = find_answer(stage).thread_ts
    owed: list[str] = []
    owe = Replies.owe
    monkeypatch.setattr(Replies, "owe", lambda self, key, message: (owed.append(message), owe(self, key, message))[1])
    # That may be one, and is none after all.
    say(stage, "any thoughts?", thread_ts)
    assert (len(owed), stage.read_owed(), len(stage.slack.posts)) == (1, [], 1)
    # Where the bot was not asked, nothing may be.
    say(stage, "and about kettles?", stage.slack.workspace.add_message(CHANNEL, "U1", "A root.").ts)
    assert len(owed) == 1


def test_talk_that_nobody_took_is_left_alone(stage: Stage):
    thread_ts = find_answer(stage).thread_ts
    note(stage, "any thoughts?", thread_ts)
    note(stage, "and about kettles?", "1.1")
    stage.resume()
    assert (len(stage.slack.posts), stage.read_owed()) == (1, [])


def test_never_mind_that_nobody_took_ends_the_conversation(stage: Stage):
    thread_ts = find_answer(stage).thread_ts
    note(stage, "never mind", thread_ts)
    stage.resume()
    say(stage, "and about kettles?", thread_ts)
    assert (len(stage.slack.posts), stage.read_owed()) == (1, [])


def test_command_that_nobody_took_is_answered(stage: Stage):
    asked = Command(StandInSlack.team_id, CHANNEL, "U1", "badges", "1.2.3")
    Replies(stage.archive.database).owe(asked.key, json.dumps(asdict(asked)))
    stage.resume()
    assert [(post.ephemeral_to, "were printed" in post.text) for post in stage.slack.posts] == [("U1", True)]
    assert stage.read_owed() == []


def refuse(error: str, status: int = 200) -> SlackApiError:
    response: Any = SlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": False, "error": error},
        headers={},
        status_code=status,
    )
    return SlackApiError("refused", response)


PASSING = [
    URLError("gone"),
    ConnectionResetError(),
    TimeoutError(),
    IncompleteRead(b""),
    refuse("internal_error"),
    refuse("ratelimited"),
    refuse("no JSON: <html>", 503),
]


@pytest.fixture
def services(tmp_path: Path) -> Iterator["SlackServices"]:
    archive = Archive.open(f"sqlite:///{tmp_path}/archive.db")
    replies = Replies(archive.database)
    replies.owe("owed", "{}")
    yield cast("SlackServices", SimpleNamespace(replies=replies, guard=lambda _: MessageView("Sorry", [])))
    archive.close()


def fail_with(error: Exception, sent: list[str]) -> Any:
    def send(view: MessageView) -> str:
        sent.append(view.text)
        if len(sent) == 1:
            raise error
        return view.text

    return send


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_slack_may_take_later_is_put_off_as_long_as_it_is_owed(services: "SlackServices", error: Exception):
    with pytest.raises(PutOffError):
        deliver_owed(services, "owed", MessageView("Found", []), fail_with(error, []))
    assert deliver_owed(services, "not owed", MessageView("Found", []), fail_with(error, [])) == "Sorry"


@pytest.mark.parametrize("error", [refuse("channel_not_found"), ArchiveError("locked", "x"), ValueError()], ids=repr)
def test_what_is_refused_for_good_is_not_put_off(services: "SlackServices", error: Exception):
    sent: list[str] = []
    with pytest.raises(type(error)):
        deliver_owed(services, "owed", MessageView("Found", []), fail_with(error, sent))
    assert sent == ["Found"]
