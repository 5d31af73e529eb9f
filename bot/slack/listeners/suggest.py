"""A new question in a channel, asked of nobody in particular: where it was talked about before, that is suggested.

Every message of every channel that the bot is in comes here: most are let go without asking Slack or the database.
Where suggestions are off, nothing is noted of any.
"""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.delivery import Place, post
from bot.slack.payloads import Click, Message, find_team
from bot.slack.suggesting import may_be_asked
from bot.slack.views.suggestions import STOP, UNHELPFUL, build_ended, build_not_theirs, build_taken_back

_CHANNEL_TYPES = ("channel", "group")


def register(app: App, services: SlackServices) -> None:
    """Listen for what is said in channels, and for the buttons; register this before what listens for all messages."""
    suggesting = services.suggesting

    @app.event("message", matchers=[_is_first])
    def handle_question(event: dict[str, Any], body: dict[str, Any]) -> None:
        message = Message.read(event, find_team(body))
        if message is None or not may_be_asked(message, services.bot_user) or not suggesting.is_on(message):
            return

        def work() -> str | None:
            view = suggesting.suggest(message)
            return str(post(services.client, Place(message.channel, message.ts), view)) if view else None

        services.submit(f"suggest:{message.key}", message.reader, work)

    @app.action(UNHELPFUL)
    def handle_unhelpful(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def work() -> None:
            suggesting.note_unhelpful(click)
            post(services.client, Place(click.channel, ts=click.message_ts), build_taken_back())

        services.press(f"unhelpful:{click.key}", click, work)

    @app.action(STOP)
    def handle_stop(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def work() -> None:
            if suggesting.stop(click):
                post(services.client, Place(click.channel, ts=click.message_ts), build_ended())
            else:
                services.tell(click, build_not_theirs())

        # Somebody who may not can be followed by somebody who may.
        services.press(f"stop suggestions:{click.trigger_id}", click, work)


def _is_first(event: dict[str, Any]) -> bool:
    is_reply = event.get("thread_ts") not in (None, event.get("ts"))
    return event.get("channel_type") in _CHANNEL_TYPES and "subtype" not in event and not is_reply
