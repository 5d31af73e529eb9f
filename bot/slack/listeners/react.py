"""An emoji under a message: what was said before about it, for whoever put it there alone, once."""

from dataclasses import replace
from typing import Any

from slack_bolt import App

from bot.slack.asking import SlackServices
from bot.slack.delivery import Place, post_alone
from bot.slack.payloads import find_team
from bot.slack.viewers import Reader
from bot.slack.views.message import MessageView
from bot.slack.views.notices import build_nothing_to_find
from bot.slack.views.past import build_about


def register(app: App, services: SlackServices, emoji: str) -> None:
    """Listen for an emoji."""

    @app.event("reaction_added")
    def handle_reaction(event: dict[str, Any], body: dict[str, Any]) -> None:
        item, user = event["item"], event["user"]
        # A skin tone may follow its name.
        if event["reaction"].partition("::")[0] != emoji or item.get("type") != "message" or user == services.bot_user:
            return
        reader, channel, ts = Reader(find_team(body), user), item["channel"], item["ts"]

        def work() -> None:
            threads: list[str] = []

            def build() -> MessageView:
                said = services.sayings.fetch(channel, ts)
                threads.append(said.thread_ts)
                if said.is_wordless:
                    return build_nothing_to_find()
                asked = said.ask(services.people.find_zone(*reader))
                view = services.ask(asked, services.people.make_viewer(*reader, channel), can_share=True)
                # It stands below whatever was said last.
                return replace(view, blocks=[build_about(asked.question), *view.blocks])

            view = services.guard(build)
            thread = next(filter(None, threads), None)
            post_alone(services.client, Place(channel, thread if thread != ts else None), user, view)

        services.submit(f"reaction:{reader.team}:{channel}:{ts}:{user}", reader, work)
