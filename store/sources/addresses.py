"""What the addresses of live sources ask for in their queries."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, unquote_plus, urlsplit


def is_address(name: str) -> bool:
    """Tell the address of a page from the path of a file."""
    return name.lower().startswith(("http://", "https://"))


def read_path(url: str) -> str:
    """Give the path of an address; empty where it is none."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def read_query(url: str) -> dict[str, str]:
    """Give what an address asks for, by name; of a name that stands twice, the last."""
    try:
        return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    except ValueError:
        return {}


def change_query(url: str, changes: Mapping[str, str]) -> str:
    """Ask for something else; what is asked for besides stays as it is written."""
    parts = urlsplit(url)
    kept = [one for one in parts.query.split("&") if one and unquote_plus(one.partition("=")[0]) not in changes]
    asked = [f"{quote(name)}={quote(value, safe=':,')}" for name, value in changes.items()]
    return parts._replace(query="&".join(kept + asked)).geturl()


def write_time(moment: datetime) -> str:
    """Write a time as most interfaces read it (RFC 3339)."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
