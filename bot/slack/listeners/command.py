"""`/hark QUESTION`: answered privately, with a button to share the answer."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.delivery import respond
from bot.slack.views.buttons import Asked

COMMAND = "/hark"


def register(app: App, services: SlackServices) -> None:
    """Listen for the command."""

    @app.command(COMMAND)
    def handle_command(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        team, user, channel = body.get("team_id", ""), body["user_id"], body.get("channel_id", "")

        def work() -> None:
            view = services.build_reply(
                team,
                body.get("text", ""),
                lambda question: services.ask(
                    Asked(question, zone=services.people.find_zone(team, user)),
                    services.people.make_viewer(team, user, channel),
                    can_share=True,
                ),
            )
            respond(body["response_url"], view)

        services.submit(f"command:{team}:{body['trigger_id']}", work)
