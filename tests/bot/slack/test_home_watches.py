"""Standing questions in App Home, where a press can be responded to only by showing it anew."""

from collections.abc import Callable

from bot.slack.views.watches import PAUSE, REMOVE
from store.archive import Archive
from tests.bot.slack.stage import acting
from tests.bot.slack.test_wrong_eyes import (
    empty,  # noqa: F401  # a fixture
    make_archive,  # noqa: F401  # a fixture
    slack,  # noqa: F401  # a fixture
)
from tests.fakes.slack import StandInSlack


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
