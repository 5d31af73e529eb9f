"""The Bolt app: clients, executors and listeners put together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient

from bot.answering import Answering
from bot.removing import Remover
from bot.settings import Settings
from bot.slack.admins import Admins
from bot.slack.asking import SlackServices
from bot.slack.boards import Boards
from bot.slack.delivery import make_retry_handlers
from bot.slack.home import Home
from bot.slack.listeners import LISTENERS, react
from bot.slack.memberships import Memberships
from bot.slack.overseeing import Overseeing
from bot.slack.own import Own
from bot.slack.resuming import resume
from bot.slack.said import Sayings
from bot.slack.subcommands import Verb
from bot.slack.suggesting import Suggesting
from bot.slack.talk import Talk
from bot.slack.viewers import People
from bot.slack.views.notices import build_usage
from bot.slack.watching import Watching
from bot.telemetry.metrics import note_delivery
from bot.telemetry.requests import CarryingPool, handling, read_surface
from store.repositories.channel_settings import ChannelSettings
from store.repositories.conversations import Conversations
from store.repositories.replies import Replies
from store.repositories.suggestions import Suggestions
from store.stages import Stage, stage

# Bolt runs every listener in one pool, of five threads unless told otherwise. Ours only hand work on, so this many
# acknowledge a burst at once while the answers queue elsewhere.
LISTENER_THREADS = 32

# What the code below uses: deploy/slack/manifest.json asks for exactly these.
SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "mpim:history",
        "mpim:read",
        "users:read",
    }
)
EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "channel_left",
        "group_left",
        "member_joined_channel",
        "member_left_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "user_change",
    }
)
# What a reaction as trigger takes besides, where the settings name one. Without it no reaction is told of, so that the
# manifest does not ask for this: who wants it adds it to their app.
EMOJI_SCOPES = frozenset({"reactions:read"})
EMOJI_EVENTS = frozenset({"reaction_added"})


def make_client(settings: Settings, *, retries: bool = True) -> WebClient:
    """Make the Web API client, with retries after lost connections, rate limits and server errors, or without any."""
    assert settings.slack_bot_token is not None
    return WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        retry_handlers=make_retry_handlers() if retries else [],
    )


def make_people(settings: Settings) -> People:
    """Make what knows who is who, and who may see what.

    Nobody waits for that until Slack's rate limit is over: a modal opens within three seconds, or never.
    """
    client = make_client(settings, retries=False)
    return People(client, Memberships(client))


def build_app(
    settings: Settings,
    answering: Answering,
    pool: ThreadPoolExecutor,
    boards: Boards,
    people: People,
    find_due: Callable[[], datetime | None],
    remover: Remover,
) -> tuple[App, Callable[[], None]]:
    """Build the app with all listeners, and what answers the questions that are owed an answer.

    `boards` show how refreshes go on, `people` knows who is who, `find_due` tells when the next refresh begins by
    itself, and `remover` forgets people.

    Raises:
        SlackApiError: Slack refuses the bot token.
        OSError: Slack is not reached.
    """
    client = boards.client
    identity = client.auth_test()
    team, bot_user = str(identity["team_id"]), str(identity["user_id"])
    admins = Admins(settings.admins, settings.workspace_admins, people)
    archive = boards.refresher.archive
    watching = Watching(archive.watches, admins, client)
    channels = ChannelSettings(archive.database)
    overseeing = Overseeing(admins, boards, find_due, channels)
    replies = Replies(archive.database)
    own = Own(archive, replies, client, admins, remover, settings.forget_needs_approval)
    services = SlackServices(
        answering=answering,
        replies=replies,
        people=people,
        client=client,
        pool=pool,
        bot_user=bot_user,
        overseeing=overseeing,
        watching=watching,
        own=own,
        home=Home(archive, client, people, overseeing, own, watching, answering),
        handlers={Verb.HELP: lambda *_: build_usage(), **overseeing.handlers, **watching.handlers, **own.handlers},
        suggesting=Suggesting(answering.searcher, channels, Suggestions(archive.database), people, admins, client),
        talk=Talk(answering.searcher, Conversations(archive.database), channels),
        sayings=Sayings(client, people, team, bot_user),
    )
    app = _make_bolt(settings, client)
    if settings.emoji:
        react.register(app, services, settings.emoji)
    for listener in LISTENERS:
        listener.register(app, services)
    return app, partial(resume, services)


class _WatchedApp(App):
    """Bolt's app, which gives each delivery an id that goes with it to its reply."""

    def dispatch(self, req: BoltRequest) -> BoltResponse:
        """Acknowledge a delivery, and hand on what it asks for."""
        note_delivery()
        with handling(read_surface(req.body)), stage(Stage.ACK):
            return super().dispatch(req)


def _make_bolt(settings: Settings, client: WebClient) -> App:
    secret = settings.slack_signing_secret
    return _WatchedApp(
        client=client,
        signing_secret=secret.get_secret_value() if secret else "",
        request_verification_enabled=secret is not None,
        listener_executor=CarryingPool(LISTENER_THREADS, "listener"),
    )
