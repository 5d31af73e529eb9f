"""Sending messages: once, without unfurls, and once more in plain text if Slack refuses the blocks."""

import time
from dataclasses import asdict, dataclass, replace
from http.client import HTTPException
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryHandler, RetryState
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.webhook import WebhookClient

from bot.slack.refusals import describe_error
from bot.slack.views.message import MAX_TEXT_CHARS, MessageView
from bot.slack.views.notices import build_elsewhere_than_asked
from bot.telemetry.metrics import note_rate_limit
from store.stages import Stage, in_stage
from store.text.cleaning import shorten

_log = structlog.get_logger(__name__)

_NO_THREAD = ("cannot_reply_to_message", "message_not_found", "thread_not_found")
# The bot is not, or not any more, where it was to write.
NOT_IN = ("not_in_channel", "channel_not_found")
# Nobody reads what is written to them any more, or ever.
NOT_REACHED = ("user_not_found", "user_disabled", "account_inactive", "cannot_dm_bot", "messages_tab_disabled", *NOT_IN)
# It may stand there all the same.
_PERHAPS_TAKEN = ("fatal_error", "internal_error", "request_timeout", "service_unavailable")
_BUSY = "ratelimited"
_REFUSED_FOR_SIZE = ("invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long")
_GONE_URL = ("used_url", "expired_url")
_HTTP_OK = 200
_SERVER_ERRORS = 500
_RETRIES = 3
_MARKED = "hark_marked"
# How many of a conversation's latest messages are looked at for a mark.
_LATEST = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands or goes."""

    channel: str
    thread_ts: str | None = None
    ts: str | None = None

    def __str__(self) -> str:
        return f"{self.channel} {self.ts or ''}".strip()

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read a place that was written with str()."""
        channel, _, ts = text.partition(" ")
        return cls(channel, ts=ts or None)


class DeliveryError(Exception):
    """Slack did not take a message."""


class _RateLimitHandler(RateLimitErrorRetryHandler):
    """Waits as long as Slack says, and notes that."""

    def prepare_for_next_attempt(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        """Wait."""
        began = time.monotonic()
        super().prepare_for_next_attempt(state=state, request=request, response=response, error=error)
        note_rate_limit(time.monotonic() - began)


def is_passing(error: Exception) -> bool:
    """Tell whether Slack may take a message later that it did not take now, or did, without saying so."""
    if isinstance(error, SlackApiError):
        return _is_perhaps_taken(error) or error.response["error"] == _BUSY
    return isinstance(error, OSError | HTTPException)


def make_retry_handlers() -> list[RetryHandler]:
    """Make the handlers that try again after lost connections, rate limits and server errors."""
    return [
        ConnectionErrorRetryHandler(max_retry_count=_RETRIES),
        _RateLimitHandler(max_retry_count=_RETRIES),
        ServerErrorRetryHandler(max_retry_count=_RETRIES),
    ]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a message carries unseen, so that it is known again: what it is known by, and up to where it tells."""

    key: str
    until: int = 0


@in_stage(Stage.POST)
def post(client: WebClient, place: Place, view: MessageView, mark: Mark | None = None) -> Place:
    """Post a message, with a mark if it has one, or update the one that stands at the place; give where it stands.

    Raises:
        SlackApiError: Slack refuses it for another reason than its size or shape.
    """
    try:
        return _send(client, place, text=view.text, blocks=view.blocks, mark=mark)
    except SlackApiError as error:
        if error.response["error"] not in _REFUSED_FOR_SIZE:
            raise
        _log.warning("blocks were refused: sending plain text", error=error.response["error"])
        text = shorten(view.plain or view.text, MAX_TEXT_CHARS)
        return _send(client, place, text=text, blocks=[], mark=mark)


def find_marked(client: WebClient, place: Place, key: str) -> tuple[Place, Mark] | None:
    """Find a message by what it is known by, among the latest of a conversation, or of a thread those after its `ts`.

    Raises:
        SlackApiError: Slack does not show them.
    """
    asked: dict[str, Any] = {"channel": place.channel, "limit": _LATEST, "include_all_metadata": True}
    page: Any = (
        client.conversations_replies(**asked, ts=place.thread_ts, oldest=place.ts)
        if place.thread_ts
        else client.conversations_history(**asked)
    )
    for message in page["messages"]:
        held = message.get("metadata") or {}
        if held.get("event_type") == _MARKED and held["event_payload"].get("key") == key:
            return replace(place, ts=message["ts"]), Mark(key, int(held["event_payload"]["until"]))
    return None


def post_or_write(client: WebClient, place: Place, user: str, view: MessageView, mark: Mark | None = None) -> Place:
    """Post a message or, where it cannot stand there, write it to whoever asked; give where it stands.

    Raises:
        SlackApiError: It may stand there all the same, or they cannot be written to.
    """
    try:
        return post(client, place, view, mark)
    except SlackApiError as error:
        if _is_perhaps_taken(error):
            raise
        name = str(error.response["error"])
        _log.warning("an answer cannot stand where it was asked for: it goes to whoever asked", **describe_error(error))
        return post(client, Place(user), build_elsewhere_than_asked(name, view))


@in_stage(Stage.POST)
def post_alone(client: WebClient, place: Place, user: str, view: MessageView) -> None:
    """Show a message in a channel to one person alone, if they and the bot are there: who is not, is told nothing."""
    try:
        _show_alone(client, place, user, view)
    except SlackApiError as error:
        _log.info("a message for one person alone was not taken", error=error.response["error"])


@in_stage(Stage.POST)
def post_alone_or_write(client: WebClient, place: Place, user: str, view: MessageView) -> None:
    """Show a message in a channel to one person alone or, where they or the bot are not there, write it to them.

    Raises:
        SlackApiError: They may see it there all the same, or they cannot be written to.
    """
    try:
        _show_alone(client, place, user, view)
    except SlackApiError as error:
        if _is_perhaps_taken(error):
            raise
        _log.info(
            "what is for one person cannot be shown where they asked: it is written to them", **describe_error(error)
        )
        post(client, Place(user), view)


def post_or_respond(client: WebClient, place: Place, url: str, view: MessageView) -> Place | None:
    """Post a message or, where the bot cannot, send it there through a button's response URL.

    Raises:
        SlackApiError: It may stand there all the same.
        DeliveryError: The URL is used up or expired, or Slack refuses the message.
    """
    try:
        return post(client, place, view)
    except SlackApiError as error:
        if _is_perhaps_taken(error):
            raise
        _log.warning("an answer is sent by the button that asked for it", **describe_error(error))
        thread_ts = None if error.response["error"] in _NO_THREAD else place.thread_ts
        respond(url, replace(view, for_channel=True), thread_ts=thread_ts)
        return None


def share(client: WebClient, channel: str, url: str, view: MessageView) -> None:
    """Put a message into the channel through a private message's response URL, or by ourselves if that works no more.

    Raises:
        SlackApiError: Slack refuses it.
        DeliveryError: It does so for another reason than that the URL is used up or expired.
    """
    try:
        respond(url, view)
    except DeliveryError as error:
        # A channel that somebody may not write to, they may not write to through us either.
        if not view.for_channel or not any(reason in str(error) for reason in _GONE_URL):
            raise
        post(client, Place(channel), view)


def tell(client: WebClient, user: str, url: str, view: MessageView, *, thread_ts: str | None = None) -> None:
    """Tell somebody something for their eyes alone: where they are, or directly if that is not possible.

    Raises:
        SlackApiError: Slack refuses it.
    """
    try:
        respond(url, view, thread_ts=thread_ts)
    except DeliveryError as error:
        _log.warning("what is for one person cannot be shown where they are: it is written to them", error=str(error))
        post(client, Place(user), view)


@in_stage(Stage.POST)
def respond(url: str, view: MessageView, *, thread_ts: str | None = None) -> None:
    """Answer a command or a button through its response URL: privately, unless the message is for the channel.

    Raises:
        DeliveryError: There is no URL, it is used up or expired, or Slack refuses the message.
    """
    if not url:
        raise DeliveryError("no address to respond to")
    webhook = WebhookClient(url, retry_handlers=make_retry_handlers())
    sent: dict[str, Any] = {
        "response_type": "in_channel" if view.for_channel else "ephemeral",
        "replace_original": view.replaces,
        "unfurl_links": False,
        "unfurl_media": False,
        "thread_ts": thread_ts,
    }
    answered = webhook.send_dict({**sent, "text": view.text, "blocks": view.blocks})
    if answered.status_code != _HTTP_OK and any(reason in answered.body for reason in _REFUSED_FOR_SIZE):
        _log.warning("blocks were refused: sending plain text", error=shorten(answered.body, 80))
        answered = webhook.send_dict({**sent, "text": shorten(view.plain or view.text, MAX_TEXT_CHARS)})
    if answered.status_code != _HTTP_OK:
        raise DeliveryError(f"{answered.status_code} {shorten(answered.body, 80)}")


def _is_perhaps_taken(error: SlackApiError) -> bool:
    """Tell whether a message may stand that Slack did not say it took."""
    # Where something before Slack fails, there is no name of Slack's for that.
    status = getattr(error.response, "status_code", _HTTP_OK)
    return error.response["error"] in _PERHAPS_TAKEN or status >= _SERVER_ERRORS


def _show_alone(client: WebClient, place: Place, user: str, view: MessageView) -> None:
    sent: dict[str, Any] = {"channel": place.channel, "thread_ts": place.thread_ts, "user": user}
    try:
        client.chat_postEphemeral(**sent, text=view.text, blocks=view.blocks)
    except SlackApiError as error:
        if error.response["error"] not in _REFUSED_FOR_SIZE:
            raise
        client.chat_postEphemeral(**sent, text=shorten(view.plain or view.text, MAX_TEXT_CHARS))


def _send(client: WebClient, place: Place, *, text: str, blocks: list[dict[str, Any]], mark: Mark | None) -> Place:
    if place.ts:
        client.chat_update(channel=place.channel, ts=place.ts, text=text, blocks=blocks)
        return place
    sent = client.chat_postMessage(
        channel=place.channel,
        thread_ts=place.thread_ts,
        text=text,
        blocks=blocks,
        unfurl_links=False,
        unfurl_media=False,
        metadata={"event_type": _MARKED, "event_payload": asdict(mark)} if mark else None,
    )
    # To a person it goes by their id, and stands in a channel.
    return Place(sent["channel"], place.thread_ts, sent["ts"])
