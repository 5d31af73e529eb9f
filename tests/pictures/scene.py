"""What the pictures show: the real process, asked over the stand-in Slack by people of a small workspace."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sample import COMMENTS
from bot.slack.views.buttons import FILTERS, WHO
from tests.fakes.slack import StandInSlack, View
from tests.fakes.slack.limits import walk
from tests.pictures.mrkdwn import Reader
from tests.scenarios.conftest import make_slack_settings
from tests.scenarios.process import run_harkback, serving
from tests.scenarios.room import MENTION, QUESTION
from tests.waiting import PATIENCE_SECONDS

# The words that the pictures were made with.
WORDS = Path(__file__).with_name("words.json")
NARROW = "what did Tomasz say about unconferences since 2008?"
_LATELY = ("who talked about lurkers?", "what was said about mentoring before 2012?", QUESTION)
_WATCHES = ("unconferences", "communities of practice in this channel")
_CHANNEL = "CPRACTICE"
_ADA, _GRACE = "UADA", "UGRACE"
_VARYING = re.compile(r"<[^<>]*>|\d+")


@dataclass(frozen=True)
class Scene:
    """What Slack was given to show, and whoever looks at it."""

    answer: list[dict[str, Any]]
    who: dict[str, Any]
    home: dict[str, Any]
    filters: dict[str, Any]
    reader: Reader

    @property
    def payloads(self) -> dict[str, Any]:
        """What each picture shows, by its name."""
        return {"answer": self.answer, "who-said-what": self.who, "home": self.home, "filters": self.filters}


def list_words(scene: Scene) -> dict[str, list[str]]:
    """List the bot's own words in each picture, in order: not what the archive or the model make different."""
    found = {}
    for name, payload in scene.payloads.items():
        is_quoting = name in ("answer", "who-said-what")
        kinds = {"plain_text"} if is_quoting else {"plain_text", "mrkdwn"}
        nodes = [node for pointer, node in walk(payload, "") if node.get("type") in kinds and "options/" not in pointer]
        found[name] = list(dict.fromkeys(_VARYING.sub("#", node["text"]) for node in nodes))
    return found


def take_scene(folder: Path, model: str) -> Scene:
    """Ask the sample archive, press what is pressed, and give what Slack was given.

    Args:
        folder: An empty one, for the archive.
        model: What HARKBACK_MODEL is.
    """
    database = folder / "archive.db"
    settings = {"HARKBACK_MODEL": model, "HARKBACK_ADMINS": _GRACE, "HARKBACK_REFRESH_EVERY": "24h"}
    done = run_harkback("import", "--source", "Tideway Practice", COMMENTS, database=database, extra=settings)
    assert (done.returncode, done.stderr) == (0, "")
    with StandInSlack() as slack:
        _fill_workspace(slack)
        with serving(database, settings | make_slack_settings(slack), folder / "log"):
            slack.wait_connected()
            return _act(slack)


def _fill_workspace(slack: StandInSlack) -> None:
    for user, name in ((_ADA, "Ada"), (_GRACE, "Grace")):
        slack.workspace.add_user(user, name=name, tz="UTC", locale="en-US")
    slack.workspace.add_channel(_CHANNEL, name="practice", members=[_ADA, _GRACE, slack.bot_user_id])


def _act(slack: StandInSlack) -> Scene:
    answer = _get_post(slack, lambda: slack.send_mention(channel=_CHANNEL, user=_ADA, text=f"{MENTION} {QUESTION}"))
    who = _get_modal(slack, lambda: slack.click(answer, WHO, user=_ADA))
    narrow = _get_post(slack, lambda: slack.send_mention(channel=_CHANNEL, user=_ADA, text=f"{MENTION} {NARROW}"))
    filters = _get_modal(slack, lambda: slack.click(narrow, FILTERS, user=_ADA))
    for text in (*(f"watch {question}" for question in _WATCHES), *_LATELY):
        _get_post(slack, lambda text=text: slack.send_command("/hark", text=text, user=_GRACE, channel=_CHANNEL))
    slack.wait_quiet()
    home = _get_view(slack, lambda: slack.open_app(user=_GRACE), versions=1)
    named = {channel.id: f"#{channel.name}" for channel in slack.workspace.channels.values()}
    return Scene(answer.blocks, who.content, home.content, filters.content, Reader(named))


def _get_post(slack: StandInSlack, act: Callable[[], object]) -> Any:
    before = len(slack.posts)
    act()
    return slack.wait_for_posts(before + 1, PATIENCE_SECONDS)[before]


def _get_modal(slack: StandInSlack, act: Callable[[], object]) -> View:
    """Give the modal that opens, once it does not say any more to wait."""
    return _get_view(slack, act, versions=2)


def _get_view(slack: StandInSlack, act: Callable[[], object], *, versions: int) -> View:
    before = len(slack.views)
    act()
    slack.wait_for(
        lambda: any(len(view.versions) >= versions for view in slack.views[before:]), PATIENCE_SECONDS, "what opens"
    )
    return slack.views[before]
