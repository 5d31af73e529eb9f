"""The stand-in Slack: a small honest Web API and Socket Mode server that enforces what Slack enforces."""

from tests.fakes.slack.deliveries import Attempt, Delivery
from tests.fakes.slack.records import ApiError, Call, Post, Update, View
from tests.fakes.slack.stand_in import StandInSlack
from tests.fakes.slack.workspace import Channel, Message, StandInError, User, Workspace

__all__ = [
    "ApiError",
    "Attempt",
    "Call",
    "Channel",
    "Delivery",
    "Message",
    "Post",
    "StandInError",
    "StandInSlack",
    "Update",
    "User",
    "View",
    "Workspace",
]
