"""response_urls: five uses in thirty minutes, for new messages, replacements and deletions."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse

from tests.fakes.slack.identity import TEAM_ID
from tests.fakes.slack.records import ApiError, Call

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.fakes.slack.failures import Failures
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.posting import Posting
    from tests.fakes.slack.state import State
    from tests.fakes.slack.workspace import Message

MAX_USES = 5
MAX_AGE_SECONDS = 30 * 60
METHOD = "response_url"


@dataclass(kw_only=True)
class Grant:
    """What one response_url stands for: a place, a user, and the message that was interacted with."""

    channel: str
    user: str
    source: Message | None
    issued_at: float
    uses: int = 0


def is_true(value: object) -> bool:
    """Read a flag, which Slack takes as a boolean or as text."""
    return value is True or str(value).lower() in {"true", "1"}


class ResponseUrls:
    """Issues response_urls and serves them."""

    def __init__(self, state: State, posting: Posting, failures: Failures) -> None:
        self._state = state
        self._posting = posting
        self._failures = failures
        self._grants: dict[str, Grant] = {}

    def issue(self, kind: str, channel: str, user: str, source: Message | None = None) -> str:
        """Return a fresh response_url; ``kind`` is its path: commands or actions."""
        path = f"{kind}/{TEAM_ID}/{self._state.next_id('')}"
        now = self._state.clock.now()
        self._grants[path] = Grant(channel=channel, user=user, source=source, issued_at=now)
        return f"{self._state.base_url}/hooks/{path}"

    async def endpoint(self, request: Request) -> PlainTextResponse:
        """Serve one use of a response_url."""
        params = self._parse_body((await request.body()).decode())
        await self._state.pass_gate(METHOD)
        with self._state.changed:
            failure = self._failures.take(METHOD)
            if failure is not None:
                status, answer, headers = failure.status, failure.error, failure.build_headers()
            else:
                status, answer = self._answer(request.path_params["path"], params)
                headers = {}
            reply: Json = {"ok": True} if status == 200 else {"ok": False, "error": answer}
            call = Call(METHOD, params or {}, dict(request.headers), time.time(), reply)
            self._state.record(self._state.calls, call)
        return PlainTextResponse(answer, status, headers=headers)

    @staticmethod
    def _parse_body(body: str) -> Json | None:
        try:
            params = json.loads(parse_qs(body)["payload"][0] if body.startswith("payload=") else body)
        except ValueError:
            return None
        return params if isinstance(params, dict) else None

    def _answer(self, path: str, params: Json | None) -> tuple[int, str]:
        if params is None:
            return 400, "invalid_payload"
        try:
            return self._use(path, params)
        except ApiError as error:
            return 400, error.error

    def _use(self, path: str, params: Json) -> tuple[int, str]:
        grant = self._grants.get(path)
        if grant is None:
            return 404, "no_service"
        if self._state.clock.now() - grant.issued_at > MAX_AGE_SECONDS:
            return 404, "expired_url"
        if grant.uses >= MAX_USES:
            return 404, "used_url"
        self._apply(grant, params)
        grant.uses += 1
        return 200, "ok"

    def _apply(self, grant: Grant, params: Json) -> None:
        """Post, replace or delete; a command has no source message, so it always posts anew."""
        if grant.source is not None and is_true(params.get("delete_original")):
            self._posting.remove(grant.source, params, via=METHOD)
        elif grant.source is not None and is_true(params.get("replace_original")):
            self._posting.revise(grant.source, params, via=METHOD)
        else:
            self.post_reply(grant.channel, grant.user, params, via=METHOD)

    def post_reply(self, channel_id: str, user: str, params: Json, *, via: str) -> None:
        """Post a reply to a command or an interaction: ephemeral unless ``in_channel`` is asked for."""
        channel = self._state.workspace.get_channel(channel_id)
        if channel.is_archived:
            raise ApiError("channel_is_archived")
        in_channel = params.get("response_type") == "in_channel"
        self._posting.publish(
            channel,
            params,
            via=via,
            ephemeral_to=None if in_channel else user,
            thread_ts=self._posting.check_thread(channel, params.get("thread_ts")),
        )
