"""Whatever comes, of whatever version and shape, and whatever Slack refuses: a sentence, once, to whom it is for."""

import json
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.slack.views.buttons import FILTERS, MORE, SHARE, WHO, WHY
from bot.slack.views.filters import SUGGEST
from bot.slack.views.home import ASK, FORGET_QUESTIONS
from bot.slack.views.own import APPROVE
from bot.slack.views.refresh import CANCEL
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.query import Filter
from store.errors import ArchiveError
from store.repositories.recent_questions import RecentQuestions
from store.repositories.replies import Replies
from store.search.searcher import Searcher
from tests.bot.slack.stage import Stage, acting
from tests.bot.slack.test_wrong_eyes import empty, slack  # noqa: F401  # fixtures
from tests.fakes.slack import Post, StandInSlack, Update, View, payloads
from tests.store.factories import make_comment, put_indexed

MENTION = f"<@{StandInSlack.bot_user_id}>"
CHANNEL = "CODD"
_numbers = count(1)


@pytest.fixture(scope="module")
def stage(slack: StandInSlack, empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:  # noqa: F811
    path = shutil.copy(empty, tmp_path_factory.mktemp("odd") / "archive.db")
    archive = Archive.open(f"sqlite:///{path}")
    said = [
        make_comment(f"c{number}", f"Badges of kind {number} were printed.", author="Ada", thread=f"t{number}")
        for number in range(12)
    ]
    put_indexed(archive, HashingEncoder(), *said)
    slack.workspace.add_channel(CHANNEL, name="odd", members=["UFULL", slack.bot_user_id])
    with acting(slack, archive) as running:
        yield running
    archive.close()


@pytest.fixture
def user(stage: Stage) -> str:
    """Somebody to whom no other test has spoken, and nothing is on its way to anybody."""
    stage.settle()
    name = f"UODD{next(_numbers)}"
    stage.slack.workspace.add_user(name)
    stage.slack.workspace.channels[CHANNEL].members.add(name)
    return name


class Seen:
    """What the app showed since."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._posts, self._updates = len(stage.slack.posts), len(stage.slack.updates)
        self._views = len(stage.slack.views)

    def look(self) -> list[Post | Update | View]:
        """Give all messages and views that came, when no more can come."""
        self._stage.settle()
        shown = self._stage.slack
        return [*shown.posts[self._posts :], *shown.updates[self._updates :], *shown.views[self._views :]]

    def read(self) -> str:
        """Give what the one message or view says that came."""
        (one,) = self.look()
        return json.dumps(one.blocks, ensure_ascii=False)


def send_direct_event(stage: Stage, user: str, **changes: Any) -> None:
    channel = stage.slack.workspace.open_direct_message(user).id
    event = {"type": "message", "channel": channel, "channel_type": "im", "user": user, "text": "badges"}
    stage.slack.send_event(event | {"ts": stage.slack.workspace.next_ts()} | changes)


def open_filters(stage: Stage, user: str) -> View:
    seen = Seen(stage)
    stage.slack.use_shortcut("hark_ask", user=user)
    (view,) = seen.look()
    assert isinstance(view, View)
    return view


def suggest(stage: Stage, user: str, action_id: str, **changes: Any) -> Any:
    """Type into a menu of the filters, and give what is suggested within three seconds."""
    view = open_filters(stage, user)
    payload = payloads.build_interaction(stage.slack.workspace.get_user(user))
    payload |= {"type": "block_suggestion", "action_id": action_id, "block_id": "x", "value": "Ad"}
    payload |= {"view": payloads.build_view(view), "container": {"type": "view", "view_id": view.id}} | changes
    return stage.slack._courier.deliver("interactive", payload).wait_acked(3).ack_payload


def test_what_somebody_says_of_themselves_is_a_question_too(stage: Stage, user: str):
    seen = Seen(stage)
    send_direct_event(stage, user, subtype="me_message")
    assert "were printed" in seen.read()


def test_file_that_comes_without_any_text_is_told_of(stage: Stage, user: str):
    seen = Seen(stage)
    send_direct_event(stage, user, subtype="file_share", text=None, files=[{"id": "F1"}])
    assert "I do not read files." in seen.read()


@pytest.mark.parametrize("team", [{}, {"team": None, "enterprise": {"id": "E1", "name": "all"}}])
def test_names_are_suggested_in_an_organisation_too(stage: Stage, user: str, team: dict[str, Any]):
    found = suggest(stage, user, f"{SUGGEST}_{Filter.AUTHORS}", **team)
    assert [option["value"] for option in found["options"]] == ["Ada"]


def test_menu_of_an_older_version_suggests_nothing_and_does_not_fail(stage: Stage, user: str):
    assert suggest(stage, user, "of_old") == {"options": []}


@pytest.mark.parametrize("value", ["", "old:1", "9" * 30, "²"])
def test_watch_of_an_older_version_is_told_of(stage: Stage, user: str, value: str):
    stage.slack.send_command("/hark", text="watch badges", user=user, channel=CHANNEL)
    stage.settle()
    pressed = payloads.build_message_container(
        stage.slack.find_message(stage.slack.posts[-1]),
        stage.slack.workspace.get_user(stage.slack.bot_user_id),
        stage.slack.workspace.get_channel(CHANNEL),
    )
    seen = Seen(stage)
    action = {"type": "button", "action_id": "hark_watch_pause", "value": value, "action_ts": "1.1"}
    url = stage.slack._response_urls.issue("actions", CHANNEL, user)
    stage.slack.send_interaction(
        pressed | {"type": "block_actions", "actions": [action], "response_url": url}, user=user
    )
    assert "This button is not in use any more." in seen.read()


def test_slip_before_a_question_is_told_of_and_the_words_can_be_asked_about(stage: Stage, user: str):
    seen = Seen(stage)
    stage.slack.send_command("/hark", text="wathc badges", user=user, channel=CHANNEL)
    assert "Did you mean `/hark watch badges`? I did not look for “wathc badges”." in seen.read()


@pytest.mark.parametrize("typed", ["watch badges", "forget-me", "about-me", "status", "sources"])
def test_subcommand_in_a_direct_message_is_told_where_it_belongs(stage: Stage, user: str, typed: str):
    seen = Seen(stage)
    stage.slack.send_direct_message(user=user, text=typed)
    assert f"For that, type `/hark {typed}`. I did not look for “{typed}”." in seen.read()


def test_subcommand_in_a_mention_is_told_where_it_belongs_and_can_be_asked_about(stage: Stage, user: str):
    seen = Seen(stage)
    stage.slack.send_mention(channel=CHANNEL, user=user, text=f"{MENTION} watch badges")
    (told,) = seen.look()
    assert isinstance(told, Post)
    assert told.text == "For that, type `/hark watch badges`. I did not look for “watch badges”."
    seen = Seen(stage)
    stage.slack.click(told, MORE, user=user)
    (answer,) = seen.look()
    assert isinstance(answer, Post)
    assert ("were printed" in answer.text, answer.thread_ts) == (True, told.thread_ts)


def test_subcommand_in_the_home_tab_is_told_where_it_belongs(stage: Stage, user: str):
    stage.slack.open_app(user=user)
    stage.settle()
    (home,) = [view for view in stage.slack.views if view.user == user]
    seen = Seen(stage)
    stage.slack.enter(home, ASK, "status", user=user)
    assert "For that, type `/hark status`." in json.dumps([one.blocks for one in seen.look()])


@pytest.mark.parametrize("typed", ["watch out for badges", "problems with badges", "watch badges where?"])
def test_question_that_begins_like_a_subcommand_is_answered(stage: Stage, user: str, typed: str):
    seen = Seen(stage)
    stage.slack.send_direct_message(user=user, text=typed)
    assert "were printed" in seen.read()


def test_watch_of_nothing_but_this_channel_watches_nothing(stage: Stage, user: str):
    seen = Seen(stage)
    stage.slack.send_command("/hark", text="watch in this channel", user=user, channel=CHANNEL)
    assert "You watch nothing so far." in seen.read()


@pytest.mark.parametrize(
    "typed",
    [
        "<https://stand-in.slack.com/archives/CODD/p1700000000000001>",
        "badges like <https://stand-in.slack.com/archives/CODD/p1700000000000001> in this channel",
        "<https://blog.example/badges>",
    ],
)
def test_address_is_not_watched(stage: Stage, user: str, typed: str):
    seen = Seen(stage)
    stage.slack.send_command("/hark", text=f"watch {typed}", user=user, channel=CHANNEL)
    assert "not for addresses or single messages." in seen.read()
    seen = Seen(stage)
    stage.slack.send_command("/hark", text="watches", user=user, channel=CHANNEL)
    assert "You watch nothing so far." in seen.read()


def test_channel_is_meant_in_ones_own_language_too(stage: Stage, user: str):
    stage.slack.workspace.users[user].locale = "de-DE"
    seen = Seen(stage)
    stage.slack.send_command("/hark", text="watch Namensschilder in diesem Channel", user=user, channel=CHANNEL)
    assert "Ich sage allen in diesem Channel Bescheid, wenn etwas Neues zu „Namensschilder“" in seen.read()
    stage.slack.send_command("/hark", text="unwatch Namensschilder in this channel", user=user, channel=CHANNEL)
    stage.settle()
    assert stage.slack.posts[-1].text == "„Namensschilder“ beobachte ich nicht mehr."


def ask_in_channel(stage: Stage, user: str) -> Post:
    stage.slack.send_mention(channel=CHANNEL, user=user, text=f"{MENTION} badges")
    stage.settle()
    return stage.slack.posts[-1]


def ask_alone(stage: Stage, user: str) -> Post:
    stage.slack.send_command("/hark", text="badges", user=user, channel=CHANNEL)
    stage.settle()
    return stage.slack.posts[-1]


@pytest.mark.parametrize(
    "error", ["account_inactive_here", "no_permission", "ratelimited", "restricted_action_non_threadable_channel"]
)
def test_answer_that_cannot_stand_where_it_was_asked_for_is_written_to_whoever_asked(
    stage: Stage, user: str, error: str
):
    stage.slack.fail_next("chat.postMessage", error=error)
    answer = ask_in_channel(stage, user)
    assert (answer.channel, "were printed" in answer.text) == (f"D{user}", True)
    assert "so I answer you here. " in answer.text


def test_answer_that_may_stand_all_the_same_is_not_given_twice_but_in_the_end(stage: Stage, user: str):
    stage.slack.fail_next("chat.postMessage", error="internal_error")
    seen = Seen(stage)
    stage.slack.send_mention(channel=CHANNEL, user=user, text=f"{MENTION} badges")
    assert seen.look() == []
    stage.resume()
    assert "were printed" in seen.read()
    stage.resume()
    assert len(seen.look()) == 1


@pytest.mark.parametrize(("error", "status"), [("expired_url", 404), ("channel_is_archived", 400)])
def test_command_that_cannot_be_answered_where_it_was_typed_is_answered_directly(
    stage: Stage, user: str, error: str, status: int
):
    stage.slack.fail_next("response_url", error=error, status=status)
    answer = ask_alone(stage, user)
    assert (answer.channel, "were printed" in answer.text) == (f"D{user}", True)


@pytest.mark.parametrize("action", [WHO, WHY, FILTERS])
@pytest.mark.parametrize("error", ["expired_trigger_id", "ratelimited"])
def test_modal_that_does_not_open_is_told_of_where_it_was_wanted(stage: Stage, user: str, action: str, error: str):
    answer, seen = ask_in_channel(stage, user), Seen(stage)
    stage.slack.fail_next("views.open", error=error)
    stage.slack.click(answer, action, user=user)
    (told,) = seen.look()
    assert isinstance(told, Post)
    assert (told.ephemeral_to, told.text) == (user, "That could not be opened in time. Please choose it once more.")


def test_shortcut_that_does_not_open_is_told_of_directly(stage: Stage, user: str):
    seen = Seen(stage)
    stage.slack.fail_next("views.open", error="expired_trigger_id")
    stage.slack.use_shortcut("hark_ask", user=user)
    (told,) = seen.look()
    assert isinstance(told, Post)
    assert (told.channel, "That could not be opened in time." in told.text) == (f"D{user}", True)


def test_modal_whose_content_is_refused_does_not_wait_for_ever(stage: Stage, user: str):
    answer, seen = ask_in_channel(stage, user), Seen(stage)
    stage.slack.fail_next("views.update", error="invalid_arguments")
    stage.slack.click(answer, WHO, user=user)
    assert "tell an admin this reference" in seen.read()


def test_modal_opens_though_slack_tells_nothing_of_its_reader_for_now(stage: Stage, user: str):
    answer, seen = ask_in_channel(stage, "UFULL"), Seen(stage)
    stage.slack.fail_next("users.info", status=429, retry_after=30, times=2)
    stage.slack.click(answer, WHO, user=user)
    assert "About: badges" in seen.read()


@pytest.mark.parametrize("value", ["", "old:1", '{"q": "badges", "o": 0, "w": ["gone"]}'])
@pytest.mark.parametrize("action", ["hark_more", "hark_without_authors"])
def test_button_of_an_older_version_is_told_of_to_whoever_presses_alone(
    stage: Stage, user: str, action: str, value: str
):
    answer, seen = ask_in_channel(stage, user), Seen(stage)
    pressed = payloads.build_message_container(
        stage.slack.find_message(answer),
        stage.slack.workspace.get_user(stage.slack.bot_user_id),
        stage.slack.workspace.get_channel(CHANNEL),
    )
    actions = [{"type": "button", "action_id": action, "value": value, "action_ts": "1.1"}]
    url = stage.slack._response_urls.issue("actions", CHANNEL, user)
    stage.slack.send_interaction(
        pressed | {"type": "block_actions", "actions": actions, "response_url": url}, user=user
    )
    (told,) = seen.look()
    assert isinstance(told, Post)
    assert (told.ephemeral_to, "not in use any more" in told.text) == (user, True)


def test_button_that_failed_says_so_to_one_alone_and_can_be_pressed_again(
    stage: Stage, user: str, monkeypatch: pytest.MonkeyPatch
):
    answer, seen = ask_in_channel(stage, user), Seen(stage)
    with monkeypatch.context() as broken:
        broken.setattr(Searcher, "search", lambda *_, **__: 1 / 0)
        stage.slack.click(answer, MORE, user=user)
        (told,) = seen.look()
        assert isinstance(told, Post)
        assert (told.ephemeral_to, "tell an admin this reference" in told.text) == (user, True)
    seen = Seen(stage)
    stage.slack.click(answer, MORE, user=user)
    stage.slack.click(answer, MORE, user=user)
    assert "were printed" in seen.read()


def test_answer_that_could_not_be_shared_can_be_shared_later(stage: Stage, user: str):
    private = ask_alone(stage, user)
    seen = Seen(stage)
    stage.slack.fail_next("response_url", error="channel_is_archived", status=400)
    stage.slack.click(private, SHARE, user=user)
    assert "I could not share this answer" in seen.read()
    seen = Seen(stage)
    stage.slack.click(private, SHARE, user=user)
    assert "were printed" in seen.read()


@pytest.mark.parametrize("action", [APPROVE, CANCEL, "of_old"])
def test_button_of_an_older_version_in_home_is_told_of_there(stage: Stage, user: str, action: str):
    stage.slack.open_app(user=user)
    stage.settle()
    (home,) = [view for view in stage.slack.views if view.user == user]
    actions = [{"type": "button", "action_id": action, "value": "old", "action_ts": "1.1"}]
    place = {"container": {"type": "view", "view_id": home.id}, "view": {"id": home.id, "type": "home"}}
    stage.slack.send_interaction(place | {"type": "block_actions", "actions": actions}, user=user)
    stage.settle()
    assert "This button is not in use any more." in json.dumps(home.blocks)


def test_home_says_what_could_not_be_done_there(stage: Stage, user: str, monkeypatch: pytest.MonkeyPatch):
    stage.slack.open_app(user=user)
    stage.settle()
    (home,) = [view for view in stage.slack.views if view.user == user]
    stage.slack.enter(home, ASK, "badges", user=user)
    stage.settle()
    monkeypatch.setattr(RecentQuestions, "erase", lambda *_: 1 / 0)
    stage.slack.click(home, FORGET_QUESTIONS, user=user)
    stage.settle()
    assert "tell an admin this reference" in json.dumps(home.blocks)


@pytest.mark.parametrize("typed", [":tada:", ":+1::skin-tone-3: :smile:", "🎉", "?!"])
def test_marks_and_emoji_alone_ask_nothing(stage: Stage, user: str, typed: str):
    seen = Seen(stage)
    stage.slack.send_direct_message(user=user, text=typed)
    assert "Ask me what was said about something" in seen.read()
    said = stage.slack.send_message(channel=CHANNEL, user=user, text=typed)
    seen = Seen(stage)
    stage.slack.use_shortcut("hark_find", user=user, message=said)
    assert "There are no words in this message" in seen.read()
    view = open_filters(stage, user)
    answered = stage.slack.submit_view(view, user=user, filled={"question": typed}).wait_acked().ack_payload
    assert answered == {
        "response_action": "errors",
        "errors": {"question": "Please write what you would like to know."},
    }


@pytest.mark.parametrize(("locale", "typed"), [("en-GB", "Help"), ("de-DE", "help"), ("de-DE", "Hilfe")])
def test_help_is_asked_for_in_ones_own_language_too(stage: Stage, user: str, locale: str, typed: str):
    stage.slack.workspace.users[user].locale = locale
    seen = Seen(stage)
    stage.slack.send_direct_message(user=user, text=typed)
    assert "`/hark about-me`" in seen.read()


def test_message_that_is_passed_on_without_a_word_is_asked_about(stage: Stage, user: str):
    seen = Seen(stage)
    passed_on = [{"is_share": True, "text": "Who printed the badges &amp; when?", "fallback": "[today] ada: Who …"}]
    send_direct_event(stage, user, text="", attachments=passed_on)
    assert "Searched 12 comments" in seen.read()


def refuse(*_: object, **__: object) -> None:
    raise ArchiveError("cannot write: 'archive.db': the disk is full: make room")


def test_question_is_answered_though_nothing_can_be_noted(stage: Stage, user: str, monkeypatch: pytest.MonkeyPatch):
    for name in ("take", "finish"):
        monkeypatch.setattr(Replies, name, refuse)
    assert "were printed" in ask_in_channel(stage, user).text
    assert "were printed" in ask_alone(stage, user).text


def test_trouble_is_told_though_nothing_can_be_read_or_noted(stage: Stage, user: str, monkeypatch: pytest.MonkeyPatch):
    answer, seen = ask_in_channel(stage, user), Seen(stage)
    for name in ("take", "finish", "release"):
        monkeypatch.setattr(Replies, name, refuse)
    monkeypatch.setattr(Searcher, "search", refuse)
    assert "tell an admin this reference" in ask_alone(stage, user).text
    stage.slack.click(answer, MORE, user=user)
    told = seen.look()
    assert [isinstance(one, Post) and "tell an admin this reference" in one.text for one in told] == [True, True]
