"""What a PostgreSQL server says of what it cannot do, and what to do then."""

from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError

_DATA_ERROR = ("22", "23")
_AGAIN = "try again in a moment"
_FULL = "free some disk space; nothing that was stored is lost"
_RESTART = f"the server is being started again, or stopped: {_AGAIN}"
_CROWD = "stop some of what uses the server, or raise its max_connections, or the limit of that role or database"
_SERVER = "check that the server runs, and that the database URL names its host and port"
# Codes of https://www.postgresql.org/docs/current/errcodes-appendix.html, or parts of messages, as there is no code
# before there is a connection; and what to do.
_ADVICE: tuple[tuple[str | tuple[str, ...], str], ...] = (
    ("No space left on device", _FULL),
    # Of starting, stopping, and recovering from a crash; before what is said of any one database or role.
    ("the database system is", _RESTART),
    ("too many c", _CROWD),
    ("connection slots", _CROWD),
    ("password authentication failed", "check the user in the database URL, and HARKBACK_DATABASE_PASSWORD"),
    ("no password supplied", "give it with HARKBACK_DATABASE_PASSWORD"),
    ("no pg_hba.conf entry", "allow this user and this machine in the server's pg_hba.conf"),
    ("role ", "check the user in the database URL, or create that role"),
    ("permission denied", "let this user own the database, or give it the right to create and use tables there"),
    ("not currently accepting connections", "let people connect to that database, or name another"),
    ("database ", "check the name in the database URL, or create it with the encoding UTF8"),
    (("53100",), _FULL),
    (("53", "54"), "give the server more of it; nothing that was stored is lost"),
    # Of a schema that is older than the queue; an archive's own tables are looked for when it is opened.
    ("procrastinate_", "run `harkback db upgrade`"),
    (("55P03",), f"another process is writing, or makes a backup: {_AGAIN}"),
    (("40",), f"two processes wrote the same at once: {_AGAIN}"),
    ("idle-in-transaction", f"this process stood still within a write, and lost its turn: {_AGAIN}"),
    (("25006",), "name a server that can be written to, not a copy of one"),
    (("58", "XX"), "check the server's disk and its log; nothing that was stored is lost"),
    (("08", "57P"), _RESTART),
    ("server closed the connection", _RESTART),
    ("connection is lost", _RESTART),
    ("connection option", "take it out of the database URL"),
    ("SSL", "set SSL up at the server, or choose another sslmode in the database URL"),
    ("connection", _SERVER),
    ("host", _SERVER),
)


def explain(error: DBAPIError) -> str:
    """Say what the server said, without what was asked of it, and what to do."""
    return explain_cause(error.orig)


def explain_cause(orig: BaseException | None) -> str:
    """Say the same of an error of the driver itself."""
    code = (isinstance(orig, psycopg.Error) and orig.sqlstate) or ""
    reason = _read_reason(orig, code)
    for wanted, advice in _ADVICE:
        if code.startswith(wanted) if isinstance(wanted, tuple) else wanted in reason:
            return f"{reason}: {advice}"
    return f"{reason}: run `harkback doctor`"


def _read_reason(orig: Any, code: str) -> str:
    if code.startswith(_DATA_ERROR):
        # The message tells what the data were.
        return f"the server does not take what was to be stored ({type(orig).__name__})"
    primary = orig.diag.message_primary if isinstance(orig, psycopg.Error) else None
    return primary or str(orig).split("\n", 1)[0].split("FATAL:  ")[-1]
