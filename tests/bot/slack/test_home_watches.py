"""Standing questions in App Home and in the list of all, where what comes of a press is shown with the others."""

from collections.abc import Callable

from bot.slack.views.watches import PAUSE, REMOVE, RESUME
from store.archive import Archive
from tests.bot.slack.stage import acting
from tests.bot.slack.test_wrong_eyes import (
    empty,  # noqa: F401  # a fixture
    make_archive,  # noqa: F401  # a fixture
    slack,  # noqa: F401  # a fixture
)
from tests.fakes.slack import Post, StandInSlack, Update
from tests.scenarios.room import find_actions


def test_press_in_home_shows_home_anew_with_what_came_of_it(
    slack: StandInSlack,  # noqa: F811
    make_archive: Callable[[], Archive],  # noqa: F811
):
    slack.workspace.add_channel("COPEN", name="open", members=["UFULL", slack.bot_user_id])
    with acting(slack, make_archive()) as stage:
        slack.send_command("/hark", text="watch zeppelins", user="UFULL", channel="COPEN")
        stage.settle()
        slack.open_app(user="UFULL")
        stage.settle()
        (home,) = [view for view in slack.views if view.user == "UFULL"]
        for action, said in ((PAUSE, "I will not tell of “zeppelins”"), (REMOVE, "You watch nothing so far.")):
            slack.click(home, action, user="UFULL")
            stage.settle()
            assert said in str(home.blocks)
            # Home lists them itself.
            assert str(home.blocks).count("You watch 1 question.") == (action == PAUSE)


def test_press_in_a_list_shows_the_list_as_it_is_then(
    slack: StandInSlack,  # noqa: F811
    make_archive: Callable[[], Archive],  # noqa: F811
):
    slack.workspace.add_channel("COPEN", name="open", members=["UFULL", slack.bot_user_id])
    with acting(slack, make_archive()) as stage:
        for typed in ("watch apples", "watch salt & pears", "watches"):
            slack.send_command("/hark", text=typed, user="UFULL", channel="COPEN")
            stage.settle()
        listed = slack.posts[-1]

        def press(message: Post | Update, action: str, place: int) -> Update:
            """Press one of the first or second question."""
            values = [block["elements"][0]["value"] for block in message.blocks if block["type"] == "actions"]
            slack.click(message, action, user="UFULL", value=values[place])
            stage.settle()
            return slack.updates[-1]

        paused = press(listed, PAUSE, 0)
        assert paused.text.startswith("I will not tell of “apples” until you go on with it. You watch 2 questions.")
        assert find_actions(paused) == [RESUME, REMOVE, PAUSE, REMOVE]
        resumed = press(paused, RESUME, 0)
        assert find_actions(resumed) == [PAUSE, REMOVE, PAUSE, REMOVE]
        left = press(resumed, REMOVE, 0)
        assert left.text.startswith("I do not watch “apples” any more. You watch 1 question.")
        none = press(left, REMOVE, 0)
        assert (none.text, none.ts) == ("I do not watch “salt &amp; pears” any more.", listed.ts)
