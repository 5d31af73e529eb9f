"""Fetching from a real server on this machine, and from places that may not be fetched from."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from store.errors import FetchError, RefreshCancelledError, SourceError
from store.sources import fetch
from store.sources.fetch import Fetcher, FetchPolicy, is_public
from store.sources.formats import blogger
from tests.fakes.web import Answer, LocalServer, drip, hang, redirect, reset, send
from tests.store.sources.making import make_entry, make_feed

FEED = make_feed(make_entry()).encode()


def resolve_by(monkeypatch: pytest.MonkeyPatch, find: Callable[[int], list[str]]) -> list[str]:
    """Answer look-ups of `.example` names by how many there have been; give the names asked for."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def resolve(host: str, port: int, *rest: Any, **named: Any) -> Any:
        if not host.endswith(".example"):
            return look_up(host, port, *rest, **named)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in find(len(asked))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


@pytest.fixture
def make_fetcher() -> Iterator[Callable[..., Fetcher]]:
    """Make fetchers that may fetch from this machine, unless told otherwise."""
    made: list[Fetcher] = []

    def make(**policy: Any) -> Fetcher:
        made.append(Fetcher(FetchPolicy(**{"allow_private_addresses": True, "attempts": 3, **policy})))
        return made[-1]

    yield make
    for fetcher in made:
        fetcher.close()


def test_page_is_fetched_to_a_file(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", send(FEED))

    file = make_fetcher().fetch(url)

    assert (file.name, file.size, file.read_head()) == (url, len(FEED), FEED)
    assert len(list(blogger.parse(file))) == 1
    [asked] = server.asked
    assert (asked.path, asked.headers["host"]) == ("/feed", f"127.0.0.1:{server.server_address[1]}")
    assert asked.headers["user-agent"] == "Harkback (+archive reader)"


def test_pages_fetched_one_after_the_other_stay(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    fetcher = make_fetcher()

    files = [fetcher.fetch(server.answer(path, send(path.encode()))) for path in ("/one", "/two")]

    assert [file.read_head() for file in files] == [b"/one", b"/two"]
    with files[0].open() as opened:
        assert opened.read() == b"/one"


def test_closing_deletes_what_was_fetched(server: LocalServer):
    fetcher = Fetcher(FetchPolicy(allow_private_addresses=True))
    file = fetcher.fetch(server.answer("/feed", send(FEED)))

    fetcher.close()

    with pytest.raises(SourceError, match=r"cannot read the file: .*: no such file or directory"), file.open():
        pass


@pytest.mark.parametrize("asked", [1, 2])
def test_fetching_ends_where_it_is_to(server: LocalServer, asked: int):
    """Before it is tried, and in the middle of what comes."""
    left = [asked]

    def check() -> None:
        left[0] -= 1
        if not left[0]:
            raise RefreshCancelledError("cannot go on")

    with closing(Fetcher(FetchPolicy(allow_private_addresses=True, attempts=3), check)) as fetcher:
        with pytest.raises(RefreshCancelledError):
            fetcher.fetch(server.answer("/feed", send(FEED)))
        assert len(server.asked) == asked - 1


def test_compressed_page_is_unpacked(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", send(gzip.compress(FEED), Content_Encoding="gzip"))

    assert make_fetcher().fetch(url).read_head() == FEED


def test_redirects_are_followed(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/old", redirect("/new"))
    server.answer("/new", redirect(server.answer("/feed", send(FEED))))

    file = make_fetcher().fetch(url)

    assert (file.name, file.read_head()) == (url, FEED)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "[::1]", "0", "[::ffff:127.0.0.1]"]
)
def test_private_addresses_are_refused_by_default(host: str, server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    server.answer("/feed", send(FEED))

    with pytest.raises(FetchError) as caught:
        make_fetcher(allow_private_addresses=False).fetch(server.url("/feed", host))

    assert str(caught.value) == (
        f"cannot fetch: {server.url('/feed', host)!r}: it is on a private network: allow that with "
        "HARKBACK_FETCH_PRIVATE_ADDRESSES=true, if the address is really yours"
    )
    assert server.asked == []


def test_redirect_to_a_private_address_is_refused(
    server: LocalServer, make_fetcher: Callable[..., Fetcher], monkeypatch: pytest.MonkeyPatch
):
    # As if this machine were on the public internet, and its neighbour were not.
    monkeypatch.setattr(fetch, "is_public", lambda address: address == "127.0.0.1")
    server.answer("/feed", send(FEED))
    url = server.answer("/here", redirect(server.url("/feed", "127.0.0.2")))

    with pytest.raises(FetchError, match="it is on a private network"):
        make_fetcher(allow_private_addresses=False).fetch(url)

    assert server.paths == ["/here"]


def test_name_is_resolved_once_and_only_its_public_addresses_are_used(
    server: LocalServer, make_fetcher: Callable[..., Fetcher], monkeypatch: pytest.MonkeyPatch
):
    resolved = resolve_by(monkeypatch, lambda times: ["10.0.0.1", "127.0.0.1"] if times == 1 else ["10.0.0.1"])
    monkeypatch.setattr(fetch, "is_public", lambda address: address == "127.0.0.1")
    server.answer("/feed", send(FEED))

    file = make_fetcher(allow_private_addresses=False).fetch(server.url("/feed", "rebinding.example"))

    assert file.read_head() == FEED
    assert resolved == ["rebinding.example"]
    assert [asked.headers["host"] for asked in server.asked] == [f"rebinding.example:{server.server_address[1]}"]


def test_next_address_is_tried_where_one_does_not_answer(
    server: LocalServer, make_fetcher: Callable[..., Fetcher], monkeypatch: pytest.MonkeyPatch
):
    resolve_by(monkeypatch, lambda _: ["::1", "127.0.0.1"])
    server.answer("/feed", send(FEED))

    assert make_fetcher(attempts=1).fetch(server.url("/feed", "two.example")).read_head() == FEED


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://blog.example/feed", "only http and https addresses are fetched"),
        ("file:///etc/passwd", "only http and https addresses are fetched"),
        ("feed.xml", "only http and https addresses are fetched"),
        ("", "only http and https addresses are fetched"),
        ("http://", "check the address"),
        ("http://127.0.0.1:port/", "Invalid port"),
        ("http://[::1/", "check the address"),
        ("http://xn--a/", "check the address"),
        ("http://\ud800/", "check the address"),
        ("http://a\x00b/", "check the address"),
        ("http://127.0.0.1/" + "a" * 70_000, "URL too long"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str, reason: str, make_fetcher: Callable[..., Fetcher]):
    with pytest.raises(FetchError, match=reason):
        make_fetcher(attempts=1).fetch(url)


@pytest.mark.parametrize("elsewhere", ["file:///etc/passwd", "ftp://blog.example/", "gopher://x/"])
def test_redirect_away_from_the_web_is_refused(
    elsewhere: str, server: LocalServer, make_fetcher: Callable[..., Fetcher]
):
    with pytest.raises(FetchError, match="check the address and the network"):
        make_fetcher().fetch(server.answer("/old", redirect(elsewhere)))
    assert len(server.asked) == 1


def test_endless_redirect_is_refused(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/round", redirect("/round"))

    with pytest.raises(FetchError, match="it redirects without end: check the address in a browser"):
        make_fetcher(attempts=1).fetch(url)


def test_page_over_the_limit_is_refused(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", send(b"x" * 2_001))
    bomb = server.answer("/bomb", send(gzip.compress(bytes(10_000_000)), Content_Encoding="gzip"))

    for place in (url, bomb):
        with pytest.raises(FetchError) as caught:
            make_fetcher(max_bytes=2_000).fetch(place)
        assert str(caught.value) == (
            f"cannot fetch: {place!r}: it is larger than 2,000 bytes: "
            "raise HARKBACK_FETCH_MAX_BYTES, or download it and import the file"
        )
    assert make_fetcher(max_bytes=2_001).fetch(url).size == 2_001
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_refusal_is_told_at_once(status: int, server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", send(status=status))

    with pytest.raises(FetchError, match=f"the server answered {status} .*: check the address in a browser") as caught:
        make_fetcher().fetch(url)
    assert len(server.asked) == 1
    assert caught.value.is_gone is (status in {404, 410})


@pytest.mark.parametrize("status", [403, 429, 503])
def test_server_that_is_busy_is_asked_again(status: int, server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", send(status=status, Retry_After="0"), send(FEED))

    assert make_fetcher().fetch(url).read_head() == FEED
    assert len(server.asked) == 2


def test_server_says_how_long_to_wait(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", send(status=503, Retry_After="1"), send(FEED))
    started = time.perf_counter()

    make_fetcher().fetch(url)

    assert time.perf_counter() - started >= 1


def test_waiting_ends_where_it_is_to(server: LocalServer):
    url = server.answer("/feed", send(status=503, Retry_After="600"), send(FEED))
    began = time.monotonic()

    def check() -> None:
        if server.asked and time.monotonic() - began > 0.5:
            raise RefreshCancelledError("cannot go on")

    with closing(Fetcher(FetchPolicy(allow_private_addresses=True), check)) as fetcher:
        with pytest.raises(RefreshCancelledError):
            fetcher.fetch(url)
        assert len(server.asked) == 1


def test_failure_that_names_no_wait_is_not_waited_for_as_the_one_before(make_fetcher: Callable[..., Fetcher]):
    fetcher, request = make_fetcher(), httpx.Request("GET", "http://127.0.0.1/")

    def fail(**headers: str) -> httpx.HTTPStatusError:
        return httpx.HTTPStatusError("", request=request, response=httpx.Response(503, headers=headers))

    assert (fetcher._find_retry(fail(**{"Retry-After": "600"})), fetcher._wait_seconds) == (0.0, 600.0)
    assert (fetcher._find_retry(fail()), fetcher._wait_seconds) == (True, 0.0)


def test_page_does_not_wait_for_another(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    fetcher = make_fetcher(attempts=1)
    with pytest.raises(FetchError, match="and asks to wait"):
        fetcher.fetch(server.answer("/busy", send(status=503, Retry_After="600")))

    assert fetcher.fetch(server.answer("/feed", send(FEED))).read_head() == FEED


@pytest.mark.parametrize("status", [429, 503])
def test_server_says_until_when_to_wait(status: int, server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    url = server.answer("/feed", send(status=status, Retry_After=format_datetime(until, usegmt=True)), send(FEED))

    make_fetcher().fetch(url)

    assert datetime.now(UTC) >= until


@pytest.mark.parametrize("status", [429, 503])
def test_wait_that_is_too_long_is_told(status: int, server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    url = server.answer("/feed", send(status=status, Retry_After=format_datetime(until, usegmt=True)))

    with pytest.raises(FetchError) as caught:
        make_fetcher().fetch(url)

    assert str(caught.value).endswith(f", and asks to wait: try again after {until:%Y-%m-%d %H:%M} UTC")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "retry_after",
    [
        "²",
        "soon",
        "-5",
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "9" * 5_000,
        "Wed, 21 Oct 2015",
        "Wed, 99 Oct 2015 07:28:00 GMT",
    ],
)
def test_wait_that_is_none_is_passed_over(retry_after: str, server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", send(status=503, Retry_After=retry_after), send(FEED))

    assert make_fetcher().fetch(url).read_head() == FEED


def test_server_that_stays_busy_is_given_up(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", send(status=503, Retry_After="0"))

    with pytest.raises(FetchError, match="the server answered 503 Service Unavailable: try again later"):
        make_fetcher(attempts=3).fetch(url)
    assert len(server.asked) == 3


def test_server_that_does_not_answer_is_given_up(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", hang)

    with pytest.raises(FetchError, match="the server did not answer in time: try again later"):
        make_fetcher(attempts=1, timeout_seconds=0.2).fetch(url)


def test_server_that_never_ends_is_given_up(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", drip)

    with pytest.raises(FetchError) as caught:
        make_fetcher(max_seconds=0.3).fetch(url)

    assert str(caught.value) == (
        f"cannot fetch: {url!r}: it was not read whole in 0 seconds: "
        "try again later, or download it and import the file"
    )


def test_answer_that_breaks_off_is_asked_for_again(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", send(FEED[:100], Content_Length="5000"), send(FEED))

    assert make_fetcher().fetch(url).read_head() == FEED


def test_connection_that_is_reset_in_the_middle_is_asked_for_again(
    server: LocalServer, make_fetcher: Callable[..., Fetcher]
):
    url = server.answer("/feed", reset(FEED), send(FEED))

    assert make_fetcher().fetch(url).read_head() == FEED
    assert len(server.asked) == 2


def test_connection_that_is_reset_every_time_is_given_up(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    url = server.answer("/feed", reset(FEED))

    with pytest.raises(FetchError, match="check the address and the network"):
        make_fetcher(attempts=2).fetch(url)
    assert len(server.asked) == 2


@pytest.mark.parametrize("body", [FEED, gzip.compress(FEED)[:3] + b"\0" * 50], ids=["not gzip", "broken gzip"])
def test_page_that_is_not_compressed_as_it_says_is_refused(
    body: bytes, server: LocalServer, make_fetcher: Callable[..., Fetcher]
):
    url = server.answer("/feed", send(body, Content_Encoding="gzip"))

    with pytest.raises(FetchError, match="it is not compressed as the server says"):
        make_fetcher().fetch(url)


def test_login_goes_to_its_own_host_alone(server: LocalServer, make_fetcher: Callable[..., Fetcher]):
    server.answer("/new", redirect(server.url("/feed", "localhost")))
    server.answer("/feed", send(FEED))
    server.answer("/old", redirect("/new"))

    make_fetcher().fetch(server.url("/old", "ann:s3cr3t@127.0.0.1"))

    assert server.paths == ["/old", "/new", "/feed"]
    assert ["authorization" in asked.headers for asked in server.asked] == [True, True, False]


@pytest.mark.parametrize("answer", [send(status=404), send(b"x" * 100), hang, redirect("ftp://x/"), send(status=429)])
def test_secrets_of_an_address_are_not_told(
    answer: Answer, server: LocalServer, make_fetcher: Callable[..., Fetcher], caplog: pytest.LogCaptureFixture
):
    server.answer("/feed", answer)
    url = server.url("/feed?page=2&key=s3cr3t&token=s3cr3t", "ann:s3cr3t@127.0.0.1")

    with pytest.raises(FetchError) as caught:
        make_fetcher(attempts=1, timeout_seconds=0.2, max_bytes=50).fetch(url)

    assert "/feed?page=2&key=…&token=…" in str(caught.value)
    assert "s3cr3t" not in f"{caught.value}{caplog.text}"


def test_nobody_listening_is_told(make_fetcher: Callable[..., Fetcher]):
    # Kept, so that nobody else comes to listen on it, and not listened on.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(FetchError, match="Connection refused: check the address and the network"):
            make_fetcher(attempts=1).fetch(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1"]
)
def test_public_addresses_are_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize("form", ["{}", "::ffff:{}", "64:ff9b::{}", "2002:{}::1"])
@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.8", "192.0.2.1",
        "192.168.0.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
    ],
)  # fmt: skip
def test_private_addresses_are_private_in_every_form(form: str, address: str):
    packed = socket.inet_aton(address)
    written = f"{packed[:2].hex()}:{packed[2:].hex()}" if form.startswith("2002") else address

    assert not is_public(form.format(written))


@pytest.mark.parametrize("form", ["::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"])
def test_public_addresses_are_public_in_every_form(form: str):
    assert is_public(form)


@pytest.mark.parametrize(
    "address",
    [
        "::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "100::1",
        "2001:db8::1", "2001::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "64:ff9b:1::8.8.8.8", "::ffff:0:8.8.8.8",
        "4000::1",
    ],
)  # fmt: skip
def test_addresses_outside_the_public_internet_are_private(address: str):
    assert not is_public(address)
