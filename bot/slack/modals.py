"""Opening modals in time: what opens one works for three seconds, so it opens empty and is filled when it can be."""

from slack_sdk import WebClient

from bot.slack.views.modal import ModalView, build_loading
from store.stages import Stage, in_stage


def open_modal(client: WebClient, trigger_id: str, title: str, *, is_on_top: bool = False) -> str:
    """Open a modal that says to wait, on top of the one that was clicked in, if that was in one; give its id.

    Raises:
        SlackApiError: What opens it was used or is too old.
    """
    # With a modal open, views.open works on some clients only.
    show = client.views_push if is_on_top else client.views_open
    return str(show(trigger_id=trigger_id, view=build_loading(title).build())["view"]["id"])


@in_stage(Stage.POST)
def update_modal(client: WebClient, view_id: str, view: ModalView) -> None:
    """Show something else in a modal.

    Raises:
        SlackApiError: It is closed, or Slack refuses what it should show.
    """
    client.views_update(view_id=view_id, view=view.build())
