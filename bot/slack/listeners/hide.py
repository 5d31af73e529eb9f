"""*Hide for everyone*, in a hit's menu: an admin hides the whole discussion, after a question back; others may not."""

from typing import Any

from slack_bolt import Ack, App

from bot.slack.asking import SlackServices
from bot.slack.payloads import Click, Submission
from bot.slack.views.buttons import read_number
from bot.slack.views.hide import HIDE, build_confirmation, build_hidden, build_hiding_refused, name_hiding
from bot.slack.views.menu import HIT_MENU, HitAction, find_action, read_comment_id
from bot.slack.views.modal import ModalView
from bot.slack.views.quote import build_gone


def register(app: App, services: SlackServices) -> None:
    """Listen for the choice, and for its confirmation."""
    overseeing = services.overseeing

    @app.action(HIT_MENU, matchers=[lambda body: find_action(body) == HitAction.HIDE])
    def handle_choice(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        click = Click.read(body)

        def build() -> ModalView:
            if not overseeing.admins.include(click.team, click.user):
                return build_hiding_refused(overseeing.build_refused(click.team))
            comment = services.answering.find_comment(read_comment_id(click.value), services.find_opener(click))
            return build_confirmation(comment) if comment else build_gone()

        services.show(click, name_hiding, build)

    @app.view(HIDE)
    def handle_confirmation(ack: Ack, body: dict[str, Any]) -> None:
        sent = Submission.read(body)

        def build() -> ModalView:
            # Whoever was an admin when they were asked may be none any more.
            if not overseeing.admins.include(sent.team, sent.user):
                return build_hiding_refused(overseeing.build_refused(sent.team))
            return build_hidden(overseeing.archive.hiding.hide(read_number(sent.metadata), sent.user))

        # Done before it is acknowledged: what an acknowledgement shows could come after what is shown of the work.
        ack(response_action="update", view=services.build_modal(sent.reader, build).build())
