"""Going on from what was asked without words: by buttons and modals; and pressing again where something failed."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.slack.views.buttons import FILTERS, MORE, SHARE, WITHOUT
from bot.slack.views.filters import ASK_SHORTCUT, SUGGEST
from store.archive import Archive
from tests.bot.slack.stage import Stage, acting
from tests.fakes.slack import Post, StandInSlack, View
from tests.store.factories import make_comment, write_indexed

MENTION = f"<@{StandInSlack.bot_user_id}>"
QUESTION = "what was said about badges?"
PEOPLE = f"{SUGGEST}_authors"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    comments = [
        make_comment(
            f"{name}{year}", text=f"Badges in {year}.", author=name, published=datetime(year, 6, 1, tzinfo=UTC)
        )
        for name in ("Jon Ingham", "Mei Lin")
        for year in range(2005, 2015)
    ]
    return write_indexed(tmp_path_factory.mktemp("archive") / "archive.db", *comments)


@pytest.fixture
def stage(filled: Path, tmp_path: Path) -> Iterator[Stage]:
    archive = Archive.open(f"sqlite:///{shutil.copy(filled, tmp_path / 'archive.db')}")
    with StandInSlack(reads_channels=True) as slack:
        slack.workspace.add_user("U1", name="ada")
        slack.workspace.add_channel("C1", name="hr", members=["U1", slack.bot_user_id])
        with acting(slack, archive) as stage:
            yield stage
    archive.close()


def ask(stage: Stage, text: str = QUESTION) -> Post:
    """Ask in the channel; give the answer."""
    stage.slack.send_mention(channel="C1", user="U1", text=f"{MENTION} {text}")
    return look(stage)


def go_on(stage: Stage, thread_ts: str | None, text: str) -> Post:
    stage.slack.send_message(channel="C1", user="U1", text=text, thread_ts=thread_ts)
    return look(stage)


def look(stage: Stage) -> Post:
    """Give the latest message of the app's, when all is done."""
    stage.settle()
    return stage.slack.posts[-1]


def open_modal(stage: Stage) -> View:
    stage.settle()
    return next(view for view in reversed(stage.slack.views) if view.content["type"] == "modal")


def find_understood(message: Post) -> str:
    lines = [one["text"] for block in message.blocks if block["type"] == "context" for one in block["elements"]]
    return next((line for line in lines if line.startswith("Understood: ")), "")


def test_going_on_from_what_a_filter_was_taken_away_from(stage: Stage):
    answer = ask(stage, "what did Jon say about badges?")
    stage.slack.click(answer, f"{WITHOUT}_authors", user="U1")
    stage.settle()
    assert find_understood(go_on(stage, answer.thread_ts, "before 2008")) == (
        "Understood: about “badges”, by anyone, until 2007-12-31."
    )


def test_going_on_from_what_was_chosen_in_the_filters_modal(stage: Stage):
    answer = ask(stage)
    stage.slack.click(answer, FILTERS, user="U1")
    stage.slack.submit_view(open_modal(stage), user="U1", filled={PEOPLE: ["Jon Ingham"]})
    stage.settle()
    assert find_understood(go_on(stage, answer.thread_ts, "since 2009")) == (
        "Understood: about “badges”, by Jon Ingham, since 2009-01-01."
    )


def test_going_on_in_direct_messages_from_what_was_asked_by_the_shortcut(stage: Stage):
    stage.slack.use_shortcut(ASK_SHORTCUT, user="U1")
    stage.slack.submit_view(open_modal(stage), user="U1", filled={"question": QUESTION})
    look(stage)
    stage.slack.send_direct_message(user="U1", text="since 2009")
    assert find_understood(look(stage)) == "Understood: about “badges”, since 2009-01-01."
    stage.slack.open_app(user="U1")
    stage.settle()
    home = next(view for view in stage.slack.views if view.content["type"] == "home")
    assert QUESTION in str(home.blocks)


def test_more_of_nothing_is_no_more(stage: Stage):
    answer = ask(stage, "what was said about zeppelins?")
    assert answer.text.startswith("I found nothing relevant")
    assert go_on(stage, answer.thread_ts, "more").text == "That was all I found."


def test_people_are_left_out(stage: Stage):
    answer = ask(stage)
    shown = go_on(stage, answer.thread_ts, "not from Jon")
    assert find_understood(shown) == "Understood: about “badges”, by anyone but Jon Ingham."
    assert ("Mei Lin" in str(shown.blocks), "Jon Ingham," in str(shown.blocks)) == (True, False)
    stage.slack.click(shown, f"{WITHOUT}_authors", user="U1")
    assert find_understood(look(stage)) == "Understood: about “badges”, by anyone."


def test_share_that_failed_can_be_pressed_again(stage: Stage):
    stage.slack.send_command("/hark", text=QUESTION, user="U1", channel="C1")
    private = look(stage)
    stage.slack.fail_next("response_url", error="action_prohibited", status=403)
    stage.slack.click(private, SHARE, user="U1")
    assert look(stage).text.startswith("I could not share this answer")
    stage.slack.click(private, SHARE, user="U1")
    assert look(stage).ephemeral_to is None
    stage.slack.click(private, SHARE, user="U1")
    stage.settle()
    assert len(stage.slack.posts) == 3


def test_page_that_could_not_be_posted_can_be_asked_for_again(stage: Stage):
    answer = ask(stage)
    stage.slack.fail_next("chat.postMessage", error="fatal_error")
    stage.slack.click(answer, MORE, user="U1")
    told = look(stage)
    assert (told.ephemeral_to, told.text.startswith("Something went wrong")) == ("U1", True)
    stage.slack.click(answer, MORE, user="U1")
    page = look(stage)
    assert page.ephemeral_to is None
    stage.slack.click(answer, MORE, user="U1")
    stage.settle()
    assert stage.slack.posts == [answer, told, page]
