"""Modals of the stand-in workspace: waiting for what they show."""

from tests.fakes.slack import StandInSlack
from tests.fakes.slack.records import View


def count_modals(slack: StandInSlack, user: str) -> int:
    """How many modals somebody was shown so far."""
    return len(_list_modals(slack, user))


def wait_for_modal(slack: StandInSlack, user: str, number: int = 1) -> View:
    """Wait until the modal of this number, from 1, of somebody is filled."""

    def is_filled() -> bool:
        return any(len(view.versions) > 1 for view in _list_modals(slack, user)[number - 1 : number])

    slack.wait_for(is_filled, what=f"modal {number} of {user}")
    return _list_modals(slack, user)[number - 1]


def wait_for_version(slack: StandInSlack, view: View, number: int) -> View:
    """Wait until a modal shows its content of this number, from 1; before the first it says to wait."""
    slack.wait_for(lambda: len(view.versions) > number, what=f"version {number} of {view.id}")
    return view


def _list_modals(slack: StandInSlack, user: str) -> list[View]:
    return [view for view in slack.views if view.user == user and view.content["type"] == "modal"]
