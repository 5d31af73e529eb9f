"""Fetching URLs: http and https only, public addresses only unless allowed, bounded in size and time."""

import ipaddress
import json
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpcore
import httpx
import stamina

from store.errors import FetchError
from store.sources.files import SourceFile
from store.text.cleaning import mask_keys

_USER_AGENT = "Harkback (+archive reader)"
_TIMEOUT_SECONDS = 30.0
# For one page, however slowly it comes.
_MAX_SECONDS = 1_800.0
_ATTEMPTS = 4
_MAX_REDIRECTS = 10
# How long servers are waited for, if they ask for that; whoever refreshes has other sources, too.
_MAX_WAIT_SECONDS = 900.0
_LONGEST_SECONDS = 10**8
# How often it is asked meanwhile whether that is still to be done.
_CHECK_SECONDS = 1.0
# What a server tells a page by, and what it is asked by whether the page is still so.
_CONDITIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE_STATUS = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
# All of the public IPv6 internet (RFC 4291, 2.4), and the addresses that gateways make of IPv4 ones (RFC 6052).
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# For protocols and, in some clouds, metadata; older Pythons count most of it as public.
_PROTOCOL_ASSIGNMENTS = ipaddress.IPv4Network("192.0.0.0/24")


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """What may be fetched."""

    max_bytes: int = 512 * 2**20
    allow_private_addresses: bool = False
    timeout_seconds: float = _TIMEOUT_SECONDS
    max_seconds: float = _MAX_SECONDS
    attempts: int = _ATTEMPTS


class Fetcher:
    """Fetches pages into files of a temporary folder; close it to delete them."""

    def __init__(self, policy: FetchPolicy, check: Callable[[], object] = lambda: None) -> None:
        """Take what may be fetched, and what ends it by an error.

        That is asked before each try, after each part, and while a server asks to wait.
        """
        self._policy = policy
        self._check = check
        self._folder = tempfile.TemporaryDirectory(prefix="harkback-")
        certificates = httpx.create_ssl_context()
        transport = httpx.HTTPTransport(verify=certificates)
        # The one way httpx leaves to look at an address after it was resolved and before it is connected to.
        transport._pool = httpcore.ConnectionPool(  # noqa: SLF001
            ssl_context=certificates,
            network_backend=_GuardedBackend(allow_private=policy.allow_private_addresses),
        )
        self._client = httpx.Client(
            transport=transport,
            timeout=policy.timeout_seconds,
            follow_redirects=True,
            max_redirects=_MAX_REDIRECTS,
            headers={"User-Agent": _USER_AGENT},
            trust_env=False,
        )
        self._fetched = 0
        # How long a server asked to wait before the next try.
        self._wait_seconds = 0.0

    def close(self) -> None:
        """Close connections and delete what was fetched."""
        self._client.close()
        self._folder.cleanup()

    def fetch(self, url: str) -> SourceFile:
        """Fetch a URL.

        Raises:
            FetchError: It is not http(s), not a public address, too large, too slow, or the server refuses.
        """
        found = self.fetch_if_changed(url, "")
        # Nothing but a condition is answered so.
        assert found is not None
        return found

    def fetch_if_changed(self, url: str, stamp: str) -> SourceFile | None:
        """Fetch a URL unless it is as it was when it had a stamp; then give None.

        Raises:
            FetchError: As for `fetch`.
        """
        if not url.lower().startswith(("http://", "https://")):
            raise FetchError(f"{_name(url)}: only http and https addresses are fetched: check the address")
        self._fetched += 1
        self._wait_seconds = 0.0
        path = Path(self._folder.name) / f"{self._fetched}"
        try:
            for attempt in stamina.retry_context(self._find_retry, self._policy.attempts, _MAX_WAIT_SECONDS):
                with attempt:
                    self._wait()
                    found = self._download(url, path, _build_conditions(stamp))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError, _PrivateAddressError) as error:
            raise FetchError(f"{_name(url)}: {mask_keys(_explain(error))}", is_gone=_is_gone(error)) from error
        if found is None:
            return None
        next_url, new_stamp = found
        return SourceFile(url, lambda: path.open("rb"), path.stat().st_size, next_url=next_url, stamp=new_stamp)

    def _find_retry(self, error: Exception) -> bool | float:
        """Tell as `_when_to_retry` does; a wait that a server asks for is left to `_wait`, which may end it."""
        found = _when_to_retry(error)
        is_told = not isinstance(found, bool)
        # A failure that names no wait is not waited for as one before it was.
        self._wait_seconds = found if is_told else 0.0
        return 0.0 if is_told else found

    def _wait(self) -> None:
        until = time.monotonic() + self._wait_seconds
        self._check()
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _CHECK_SECONDS))
            self._check()

    def _download(self, url: str, path: Path, conditions: Mapping[str, str]) -> tuple[str, str] | None:
        """Fetch into a file; give the address of the next page, where the server names one (RFC 8288), and the stamp.

        None where the conditions are not met: it is what it was.
        """
        with self._client.stream("GET", url, headers=conditions) as response, path.open("wb") as file:
            if response.status_code == HTTPStatus.NOT_MODIFIED and conditions:
                return None
            response.raise_for_status()
            size = 0
            deadline = time.monotonic() + self._policy.max_seconds
            for chunk in response.iter_bytes():
                self._check()
                size += len(chunk)
                if size > self._policy.max_bytes:
                    raise FetchError(
                        f"{_name(url)}: it is larger than {self._policy.max_bytes:,} bytes: "
                        "raise HARKBACK_FETCH_MAX_BYTES, or download it and import the file"
                    )
                if time.monotonic() > deadline:
                    raise FetchError(
                        f"{_name(url)}: it was not read whole in {self._policy.max_seconds:,.0f} seconds: "
                        "try again later, or download it and import the file"
                    )
                file.write(chunk)
            following = response.links.get("next", {}).get("url", "")
            return str(response.url.join(following)) if following else "", _read_stamp(response)


class _GuardedBackend(httpcore.NetworkBackend):
    """Resolves names itself and connects to the very address that it looked at."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # the port's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host!r} does not resolve") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        allowed = [address for address in addresses if self._allow_private or is_public(address)]
        if not allowed:
            raise _PrivateAddressError(host)
        return self._connect_any(allowed, port, timeout, local_address, socket_options)

    def _connect_any(self, addresses: list[str], port: int, *rest: Any) -> httpcore.NetworkStream:
        for address in addresses[:-1]:
            try:
                return self._backend.connect_tcp(address, port, *rest)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._backend.connect_tcp(addresses[-1], port, *rest)


class _PrivateAddressError(Exception):
    """Every address of a host is one of a private network."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, looking into IPv6 forms of IPv4 addresses."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _find_inner(ip)
        if inner is None:
            return ip.is_global and ip in _GLOBAL_UNICAST
        ip = inner
    return ip.is_global and not ip.is_multicast and ip not in _PROTOCOL_ASSIGNMENTS


def _find_inner(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in _NAT64:
        return ipaddress.IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _read_stamp(response: httpx.Response) -> str:
    """Give what a server tells a page by from what it was (RFC 9110, 8.8); empty where it has nothing."""
    given = {name: response.headers[name] for name in _CONDITIONS if name in response.headers}
    return json.dumps(given) if given else ""


def _build_conditions(stamp: str) -> dict[str, str]:
    return {_CONDITIONS[name]: value for name, value in json.loads(stamp).items()} if stamp else {}


def _when_to_retry(error: Exception) -> bool | float:
    """Tell whether a failure may pass; where the server says when, give the seconds until then."""
    if isinstance(error, httpx.HTTPStatusError):
        if not _is_busy(error.response):
            return False
        wait = _read_wait(error.response)
        return wait is None or (wait.total_seconds() if wait.total_seconds() <= _MAX_WAIT_SECONDS else False)
    return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


def _is_gone(error: Exception) -> bool:
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code in _GONE_STATUS


def _is_busy(response: httpx.Response) -> bool:
    """Tell a refusal that may pass; GitHub answers 403 to who asks too often, and says when to come again."""
    is_asked_to_wait = response.status_code == HTTPStatus.FORBIDDEN and "Retry-After" in response.headers
    return response.status_code in _RETRIED_STATUS or is_asked_to_wait


def _read_wait(response: httpx.Response) -> timedelta | None:
    """Give how long a server asks to wait, as seconds or until a date (RFC 9110, 10.2.3); None if it does not."""
    asked = response.headers.get("Retry-After", "").strip()
    try:
        wait = timedelta(seconds=min(int(asked), _LONGEST_SECONDS)) if asked.isascii() else None
    except ValueError:
        wait = None
    if wait is None:
        try:
            until = parsedate_to_datetime(asked)
        except (ValueError, OverflowError):
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - datetime.now(UTC)
    return wait if wait >= timedelta() else None


def _name(url: str) -> str:
    return f"cannot fetch: {mask_keys(url)!r}"


def _explain(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return _explain_status(error.response)
    if isinstance(error, httpx.DecodingError):
        return "it is not compressed as the server says: check the address in a browser"
    if isinstance(error, _PrivateAddressError):
        return (
            "it is on a private network: allow that with HARKBACK_FETCH_PRIVATE_ADDRESSES=true, "
            "if the address is really yours"
        )
    if isinstance(error, httpx.TimeoutException):
        return "the server did not answer in time: try again later"
    if isinstance(error, httpx.TooManyRedirects):
        return "it redirects without end: check the address in a browser"
    return f"{str(error) or type(error).__name__}: check the address and the network"


def _explain_status(response: httpx.Response) -> str:
    answered = f"the server answered {response.status_code} {response.reason_phrase}"
    if not _is_busy(response):
        return f"{answered}: check the address in a browser"
    wait = _read_wait(response)
    if not wait:
        return f"{answered}: try again later"
    until = datetime.now(UTC) + wait
    return f"{answered}, and asks to wait: try again after {until:%Y-%m-%d %H:%M} UTC"
