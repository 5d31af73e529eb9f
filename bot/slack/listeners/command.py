"""`/hark QUESTION`: answered privately, with a button to share the answer; or `/hark refresh` and the like."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.delivery import tell
from bot.slack.overseeing import Caller
from bot.slack.payloads import find_team
from bot.slack.viewers import Reader
from bot.slack.views.message import MessageView
from store.domain.asked import Asked

COMMAND = "/hark"


def register(app: App, services: SlackServices) -> None:
    """Listen for the command."""

    @app.command(COMMAND)
    def handle_command(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        team, user, channel = find_team(body), body["user_id"], body.get("channel_id", "")
        reader = Reader(team, user)

        def build(question: str) -> MessageView:
            viewer = services.people.make_viewer(team, user, channel)
            done = services.do_subcommand(question, Caller(team, user, viewer, channel))
            if done:
                return done
            asked = Asked(question, zone=services.people.find_zone(team, user))
            services.note_asked(asked, reader)
            return services.ask(asked, viewer, can_share=True)

        def work() -> None:
            view = services.build_reply(reader, body.get("text") or "", build, place=channel)
            tell(services.client, user, body["response_url"], view)

        services.submit(f"command:{team}:{body['trigger_id']}", reader, work)
