"""What Slack refuses, for the log: by its own word for it, and with the scope that is missing where one is."""

from slack_sdk.errors import SlackApiError

_TOKEN_IS_BAD = ("account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked")


def describe_error(error: Exception) -> dict[str, str]:
    """Give what goes into a line of the log: never what was sent, which may be anybody's words."""
    if not isinstance(error, SlackApiError):
        return {"error": type(error).__name__}
    needed = error.response.get("needed")
    named = {"error": str(error.response["error"])}
    if named["error"] in _TOKEN_IS_BAD:
        return named | {"advice": "install the app again, set SLACK_BOT_TOKEN to its new token, and start again"}
    if not needed:
        return named
    return named | {
        "needed": str(needed),
        "advice": "add the scope under OAuth & Permissions, and install the app again",
    }
