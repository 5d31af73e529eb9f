"""The Bolt app: clients, executors and listeners put together."""

from concurrent.futures import ThreadPoolExecutor

from slack_bolt import App
from slack_sdk import WebClient

from bot.answering import Answering
from bot.settings import Settings
from bot.slack.asking import SlackServices
from bot.slack.delivery import make_retry_handlers
from bot.slack.listeners import catch_all, command, direct_message, mention, more, share, without
from bot.slack.viewers import People
from store.replies import Replies

# Bolt runs every listener in one pool, of five threads unless told otherwise. Ours only hand work on, so this many
# acknowledge a burst at once while the answers queue elsewhere.
LISTENER_THREADS = 32

# What the code below uses: deploy/slack/manifest.json asks for exactly these.
SCOPES = frozenset({"app_mentions:read", "chat:write", "commands", "im:history", "users:read"})
EVENTS = frozenset({"app_mention", "message.im"})


def make_client(settings: Settings, *, retries: bool = True) -> WebClient:
    """Make the Web API client, with retries after lost connections, rate limits and server errors, or without any."""
    assert settings.slack_bot_token is not None
    return WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        retry_handlers=make_retry_handlers() if retries else [],
    )


def build_app(settings: Settings, answering: Answering, replies: Replies, pool: ThreadPoolExecutor) -> App:
    """Build the app with all listeners.

    Raises:
        SlackApiError: Slack refuses the bot token.
        OSError: Slack is not reached.
    """
    client = make_client(settings)
    bot_user = str(client.auth_test()["user_id"])
    secret = settings.slack_signing_secret
    app = App(
        client=client,
        signing_secret=secret.get_secret_value() if secret else "",
        request_verification_enabled=secret is not None,
        listener_executor=ThreadPoolExecutor(LISTENER_THREADS, thread_name_prefix="listener"),
    )
    services = SlackServices(
        answering=answering,
        replies=replies,
        people=People(client),
        client=client,
        pool=pool,
        bot_user=bot_user,
    )
    for listener in (mention, direct_message, command, more, share, without, catch_all):
        listener.register(app, services)
    return app
