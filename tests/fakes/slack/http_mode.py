"""Deliveries over HTTP: bodies, true signatures, retry headers."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from tests.fakes.slack.deliveries import DeliveryError
from tests.fakes.slack.identity import SIGNING_SECRET, VERIFICATION_TOKEN

if TYPE_CHECKING:
    from tests.fakes.slack.deliveries import Attempt, Delivery
    from tests.fakes.slack.identity import Json
    from tests.fakes.slack.state import State

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


def build_signed_headers(body: bytes, timestamp: float | None = None, secret: str | None = None) -> dict[str, str]:
    """Build the two headers that prove a request is Slack's (signature version v0).

    Args:
        body: The raw body.
        timestamp: Seconds since the epoch; now where None.
        secret: The signing secret; the right one where None.
    """
    sent_at = str(int(time.time() if timestamp is None else timestamp))
    key = (secret or SIGNING_SECRET).encode()
    digest = hmac.new(key, b"v0:" + sent_at.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": sent_at, "X-Slack-Signature": f"v0={digest}"}


def encode_body(kind: str, payload: Json) -> tuple[bytes, str]:
    """Encode a payload as Slack does: events as JSON, the rest as forms. Returns body and content type."""
    if kind == "events_api":
        return json.dumps(payload).encode(), JSON_TYPE
    if kind == "slash_commands":
        return urlencode(payload).encode(), FORM_TYPE
    return urlencode({"payload": json.dumps(payload)}).encode(), FORM_TYPE


class HttpMode:
    """The app's HTTP endpoint, ``settings.deliver_to``."""

    timeout_reason = "http_timeout"

    def __init__(self, state: State) -> None:
        self._state = state
        self._client: httpx.AsyncClient | None = None

    async def send(self, delivery: Delivery, attempt: Attempt) -> None:
        """Post an attempt; a 2xx answer is its ack."""
        body, content_type = encode_body(delivery.kind, delivery.payload)
        headers = build_signed_headers(body) | {"Content-Type": content_type}
        if attempt.number:
            headers |= {
                "X-Slack-Retry-Num": str(attempt.number),
                "X-Slack-Retry-Reason": attempt.reason or "",
            }
        delivery.mark_sent(attempt)
        response = await self._post(body, headers)
        if not response.is_success:
            may_retry = response.headers.get("X-Slack-No-Retry") != "1"
            raise DeliveryError("http_error", may_retry=may_retry)
        delivery.mark_acked(attempt, self._read_ack(response))

    async def verify_url(self) -> bool:
        """Send ``url_verification`` and tell whether the challenge came back."""
        challenge = secrets.token_hex(16)
        payload = {"token": VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
        body = json.dumps(payload).encode()
        response = await self._post(body, build_signed_headers(body) | {"Content-Type": JSON_TYPE})
        return response.is_success and challenge in response.text

    async def close(self) -> None:
        """Close idle connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=None, trust_env=False)
        try:
            return await self._client.post(self._state.settings.deliver_to or "", content=body, headers=headers)
        except httpx.HTTPError as error:
            raise DeliveryError("connection_failed") from error

    @staticmethod
    def _read_ack(response: httpx.Response) -> object:
        if response.headers.get("Content-Type", "").startswith(JSON_TYPE):
            return response.json()
        return {"text": response.text} if response.text else None
