"""What is kept and counted of what people say: as little as there is a use for."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.slack.views.buttons import HELPFUL, MORE, SHARE, WHY
from bot.slack.views.feedback import RATE_HELPFUL
from bot.telemetry.requests import Surface
from store.archive import Archive
from store.repositories.channel_settings import ChannelSettings
from tests.bot.slack.stage import Stage, acting
from tests.bot.telemetry.test_metrics import Growth
from tests.databases import execute
from tests.fakes.slack import Post, StandInSlack, View
from tests.store.factories import make_comment, write_indexed

CHANNEL = "C1"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    comments = [
        make_comment(f"c{number}", f"The zeppelin flew for the {number}. time.", author="Ada", thread=f"t{number}")
        for number in range(7)
    ]
    return write_indexed(tmp_path_factory.mktemp("archive") / "archive.db", *comments)


@pytest.fixture
def database(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(filled, tmp_path / "archive.db"))


@pytest.fixture
def archive(database: Path) -> Iterator[Archive]:
    opened = Archive.open(f"sqlite:///{database}")
    yield opened
    opened.close()


@pytest.fixture
def stage(archive: Archive) -> Iterator[Stage]:
    with StandInSlack(redelivery_delays=(), reads_channels=True) as slack:
        for user in ("U1", "U2"):
            slack.workspace.add_user(user)
        slack.workspace.add_channel(CHANNEL, name="hr", members=["U1", "U2", slack.bot_user_id])
        with acting(slack, archive) as running:
            yield running


def find_kept(database: Path) -> list[str]:
    return [key for (key,) in execute(database, "SELECT key FROM reply")]


def test_question_that_is_asked_of_nobody_leaves_no_trace_where_suggestions_are_off(stage: Stage, database: Path):
    calls = len(stage.slack.calls)
    stage.slack.send_message(channel=CHANNEL, user="U1", text="Does anybody know when lunch is served today?")
    stage.settle()
    assert (find_kept(database), stage.slack.calls[calls:]) == ([], [])


def test_question_that_is_asked_of_nobody_is_looked_up_where_suggestions_are_on(
    stage: Stage, archive: Archive, database: Path
):
    ChannelSettings(archive.database).set_suggestions(stage.slack.team_id, CHANNEL, is_on=True, by="U1")
    said = stage.slack.send_message(channel=CHANNEL, user="U1", text="Does anybody know when lunch is served today?")
    stage.settle()
    assert find_kept(database) == [f"suggest:message:{stage.slack.team_id}:{CHANNEL}:{said.ts}"]


def count_questions(growth: Growth) -> float:
    return sum(growth.of("harkback_questions_total", outcome="answered", surface=one) for one in Surface)


def test_question_is_counted_and_nothing_that_goes_on_from_its_answer(stage: Stage):
    growth, slack = Growth(), stage.slack
    slack.send_command("/hark", text="zeppelin", user="U1", channel=CHANNEL)
    stage.settle()
    answer = slack.posts[-1]
    assert count_questions(growth) == 1
    slack.click(answer, WHY, user="U1")
    stage.settle()
    why = slack.views[-1]
    slack.click(why, RATE_HELPFUL, user="U1", value=find_values(why, RATE_HELPFUL)[0])
    slack.click(answer, MORE, user="U1")
    slack.click(answer, SHARE, user="U1")
    stage.settle()
    assert count_questions(growth) == 1


def find_values(shown: View | Post, action: str) -> list[str]:
    buttons = [button for block in shown.blocks if block["type"] == "actions" for button in block["elements"]]
    return [button["value"] for button in buttons if button["action_id"] == action]


def test_words_of_a_message_are_not_kept_with_what_somebody_says_of_the_answer(stage: Stage, database: Path):
    slack = stage.slack
    said = slack.workspace.add_message(CHANNEL, "U2", "Confidential: the zeppelin costs too much")
    link = f"<https://stand-in.slack.com/archives/{CHANNEL}/p{said.ts.replace('.', '')}>"
    slack.send_command("/hark", text=link, user="U1", channel=CHANNEL)
    stage.settle()
    answer = slack.posts[-1]
    slack.click(answer, HELPFUL, user="U1")
    slack.click(answer, WHY, user="U1")
    stage.settle()
    why = slack.views[-1]
    slack.click(why, RATE_HELPFUL, user="U1", value=find_values(why, RATE_HELPFUL)[0])
    stage.settle()
    assert "You said that this helped." in json.dumps(why.blocks)
    (kept,) = {asked for (asked,) in execute(database, "SELECT asked FROM feedback")}
    assert (json.loads(kept)["q"], json.loads(kept)["c"]) == ("", {"b": [f"{CHANNEL}:{said.ts}"]})
