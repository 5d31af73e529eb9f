"""The front of the Web API: parameters, tokens, faults, records. The methods have modules of their own."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse

from tests.fakes.slack.identity import (
    APP_ID,
    APP_TOKEN,
    APP_TOKEN_SCOPES,
    BOT_ID,
    BOT_NAME,
    BOT_TOKEN,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
)
from tests.fakes.slack.records import ApiError, Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tests.fakes.slack.failures import Failures
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.socket_mode import SocketMode
    from tests.fakes.slack.state import State

    Method = Callable[[Json], Json]

JSON_PARAMS = ("attachments", "blocks", "metadata", "prompts", "view")
_ANY_TOKEN = {"api.test", "auth.test"}
_APP_TOKEN_ONLY = {"apps.connections.open"}


class RateLimited(ApiError):  # noqa: N818 - named after Slack's own word
    """Too many requests: HTTP 429 with ``Retry-After``."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


async def read_params(request: Request) -> Json:
    """Read the parameters of a call, from the query and from a JSON, form or multipart body."""
    params: Json = dict(request.query_params)
    content_type = request.headers.get("content-type", "")
    body = await request.body()
    if content_type.startswith("application/json"):
        params |= json.loads(body or b"{}")
    elif content_type.startswith("multipart/form-data"):
        params |= dict(await request.form())
    else:
        params |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {key: _decode(key, value) for key, value in params.items()}


def _decode(key: str, value: Any) -> Any:
    if key in JSON_PARAMS and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


class WebApi:
    """Answers ``/api/METHOD``; ``methods`` maps names to functions from parameters to the reply's fields."""

    def __init__(self, state: State, failures: Failures, socket_mode: SocketMode) -> None:
        self._state = state
        self._failures = failures
        self._socket_mode = socket_mode
        self.methods: dict[str, Method] = {
            "api.test": lambda params: {"args": params},
            "auth.test": self._test_auth,
            "apps.connections.open": lambda _: {"url": self._socket_mode.issue_url()},
        }

    async def endpoint(self, request: Request) -> JSONResponse:
        """Serve one call."""
        name = request.path_params["method"]
        try:
            params = await read_params(request)
        except ValueError:
            return JSONResponse({"ok": False, "error": "invalid_json"})
        await self._state.pass_gate(name)
        with self._state.changed:
            token = self._take_token(request, params)
            status, headers, reply = self._answer(name, token, params)
            call = Call(name, params, dict(request.headers), time.time(), reply)
            self._state.record(self._state.calls, call)
        return JSONResponse(reply, status, headers=headers | self._build_scope_headers(token))

    def _answer(self, name: str, token: str, params: Json) -> tuple[int, dict[str, str], Json]:
        failure = self._failures.take(name)
        if failure is not None:
            return failure.status, failure.build_headers(), {"ok": False, "error": failure.error}
        try:
            method = self._find_method(name, token)
            reply = method(params | {"token": token} if name == "auth.test" else params)
        except RateLimited as error:
            return 429, {"Retry-After": str(error.retry_after)}, error.build_reply()
        except ApiError as error:
            return 200, {}, error.build_reply()
        return 200, {}, {"ok": True, **reply}

    @staticmethod
    def _take_token(request: Request, params: Json) -> str:
        in_body = str(params.pop("token", ""))
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else in_body

    def _find_method(self, name: str, token: str) -> Method:
        method = self.methods.get(name)
        if method is None:
            raise ApiError("unknown_method", req_method=name)
        if name != "api.test":
            self._check_token(name, token)
        return method

    @staticmethod
    def _check_token(name: str, token: str) -> None:
        if not token:
            raise ApiError("not_authed")
        if token not in {BOT_TOKEN, APP_TOKEN}:
            raise ApiError("invalid_auth")
        if name not in _ANY_TOKEN and (token == APP_TOKEN) != (name in _APP_TOKEN_ONLY):
            raise ApiError("not_allowed_token_type")

    def _build_scope_headers(self, token: str) -> dict[str, str]:
        scopes = {BOT_TOKEN: self._state.settings.scopes, APP_TOKEN: set(APP_TOKEN_SCOPES)}.get(token)
        headers = {"x-slack-req-id": self._state.next_id("req-")}
        return headers if scopes is None else headers | {"x-oauth-scopes": ",".join(sorted(scopes))}

    @staticmethod
    def _test_auth(params: Json) -> Json:
        if params["token"] == APP_TOKEN:
            return {"app_name": BOT_NAME, "app_id": APP_ID}
        return {
            "url": f"https://{TEAM_DOMAIN}.slack.com/",
            "team": TEAM_DOMAIN,
            "user": BOT_NAME,
            "team_id": TEAM_ID,
            "user_id": BOT_USER_ID,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }
