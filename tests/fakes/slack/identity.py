"""Who is who in the stand-in Slack: fixed ids, tokens and scopes. No behaviour."""

from typing import Any, Final

Json = dict[str, Any]

TEAM_ID: Final = "T0STANDIN"
TEAM_DOMAIN: Final = "standin"
STRANGER_TEAM_ID: Final = "T0STRANGE"
APP_ID: Final = "A0STANDIN"
BOT_ID: Final = "B0STANDIN"
BOT_USER_ID: Final = "UBOT"
BOT_NAME: Final = "harkback"

BOT_TOKEN: Final = "xoxb-1-1-standin"
APP_TOKEN: Final = "xapp-1-A0STANDIN-1-standin"
SIGNING_SECRET: Final = "0123456789abcdef0123456789abcdef"
VERIFICATION_TOKEN: Final = "standin-verification"

APP_TOKEN_SCOPES: Final = ("connections:write",)
DEFAULT_SCOPES: Final = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "users:read",
)
