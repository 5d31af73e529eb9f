"""Channels that are picked in Slack: named in a question by their ids, with their names or without."""

import json
from collections.abc import Callable, Iterator

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from tests.bot.slack.stage import Stage, acting
from tests.fakes.slack import StandInSlack
from tests.store.factories import make_comment, put_indexed

MENTION = f"<@{StandInSlack.bot_user_id}>"
OPEN, SECRET, HR = "COPEN", "CSECRET", "CHR"
Ask = Callable[[Stage, str], None]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    archive = Archive.open(f"sqlite:///{tmp_path_factory.mktemp('archive')}/archive.db")
    put_indexed(
        archive,
        HashingEncoder(),
        make_comment("1", "A zeppelin for everyone.", thread="1", channel="hr"),
        make_comment("2", "A zeppelin elsewhere.", thread="2", channel="random"),
        make_comment("3", "A zeppelin of ours.", thread="3", channel="plans", visibility=f"channel:{SECRET}"),
    )
    with StandInSlack(redelivery_delays=(), reads_channels=True) as slack:
        for user in ("UFULL", "UOTHER"):
            slack.workspace.add_user(user)
        everyone = ["UFULL", "UOTHER", slack.bot_user_id]
        slack.workspace.add_channel(OPEN, name="open", members=everyone)
        slack.workspace.add_channel(HR, name="hr", members=everyone)
        slack.workspace.add_channel(SECRET, name="plans", members=["UFULL", slack.bot_user_id], is_private=True)
        with acting(slack, archive) as running:
            yield running
    archive.close()


def mention(stage: Stage, text: str, channel: str = OPEN) -> None:
    stage.slack.send_mention(channel=channel, user="UFULL", text=f"{MENTION} {text}")


def command(stage: Stage, text: str) -> None:
    stage.slack.send_command("/hark", text=text, user="UFULL", channel=OPEN)


def write(stage: Stage, text: str) -> None:
    stage.slack.send_direct_message(user="UFULL", text=text)


def mention_there(stage: Stage, text: str) -> None:
    mention(stage, text, SECRET)


def read(stage: Stage, ask: Ask, text: str) -> str:
    """Ask, and give all that is said."""
    before = len(stage.slack.posts)
    ask(stage, text)
    stage.settle()
    return json.dumps([(post.text, post.blocks) for post in stage.slack.posts[before:]], ensure_ascii=False)


@pytest.mark.parametrize("ask", [mention, command, write])
@pytest.mark.parametrize("channel", ["<#CHR|hr>", "<#CHR|>", "<#CHR>"])
def test_channel_that_is_picked_narrows_a_question(stage: Stage, ask: Ask, channel: str):
    said = read(stage, ask, f"zeppelin in {channel}")
    assert "Understood: about “zeppelin”, in #hr." in said
    assert ("for everyone" in said, "elsewhere" in said) == (True, False)


@pytest.mark.parametrize("ask", [write, mention_there])
def test_private_channel_is_named_where_only_those_read_it_who_are_in_it(stage: Stage, ask: Ask):
    said = read(stage, ask, f"zeppelin in <#{SECRET}>")
    assert "Understood: about “zeppelin”, in #plans." in said


@pytest.mark.parametrize("ask", [mention, command])
def test_private_channel_is_not_named_where_others_may_come_to_read_it(stage: Stage, ask: Ask):
    said = read(stage, ask, f"zeppelin in <#{SECRET}|>")
    assert "plans" not in said
    assert f"I know no channel or source called “{SECRET}”" in said


def test_private_channel_is_not_named_to_who_is_not_in_it(stage: Stage):
    def write_as_other(stage: Stage, text: str) -> None:
        stage.slack.send_direct_message(user="UOTHER", text=text)

    said = read(stage, write_as_other, f"zeppelin in <#{SECRET}>")
    assert ("plans" in said, "of ours" in said) == (False, False)
