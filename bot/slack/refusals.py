"""What Slack refuses, for the log: by its own word for it, and with the scope that is missing where one is."""

from slack_sdk.errors import SlackApiError


def describe_error(error: Exception) -> dict[str, str]:
    """Give what goes into a line of the log: never what was sent, which may be anybody's words."""
    if not isinstance(error, SlackApiError):
        return {"error": type(error).__name__}
    needed = error.response.get("needed")
    named = {"error": str(error.response["error"])}
    if not needed:
        return named
    return named | {
        "needed": str(needed),
        "advice": "add the scope under OAuth & Permissions, and install the app again",
    }
