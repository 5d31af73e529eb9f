"""A direct message: answered where it stands, for that person's eyes. Other messages are left to their owners."""

from typing import Any

from slack_bolt import App

from bot.slack.asking import Message, SlackServices

# Without a subtype, or with one of these, a message is something a person said.
_SAID = frozenset({None, "file_share", "thread_broadcast"})


def register(app: App, services: SlackServices) -> None:
    """Listen for direct messages. A mention in a channel is not ours: the mention's listener owns it."""

    @app.event("message")
    def handle_direct_message(event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("channel_type") != "im":
            return
        message = _read(event, body.get("team_id", ""))
        if message:
            services.answer_message(
                message, lambda: services.people.make_viewer(message.team, message.user, message.channel)
            )


def _read(event: dict[str, Any], team: str) -> Message | None:
    said: dict[str, Any] = event
    edited_ts = None
    if event.get("subtype") == "message_changed":
        said = event.get("message") or {}
        # A preview that was added to a link changes a message too.
        if said.get("text") == (event.get("previous_message") or {}).get("text"):
            return None
        edited_ts = (said.get("edited") or {}).get("ts") or event.get("event_ts")
    if said.get("subtype") not in _SAID or said.get("bot_id") or not said.get("user"):
        return None
    return Message(
        team=team or said.get("team", ""),
        channel=event["channel"],
        user=said["user"],
        ts=said["ts"],
        text=said.get("text", ""),
        thread_ts=said.get("thread_ts"),
        edited_ts=edited_ts,
    )
