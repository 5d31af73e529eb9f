"""What an operator sees of the real process, and what stands nowhere: words of people, and secrets."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.slack.listeners.find import FIND
from bot.slack.views.buttons import MORE
from store.stages import Stage
from tests.bot.telemetry.test_metrics import read
from tests.databases import ArchivePlace, Databases
from tests.fakes.slack import StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import SECRETS, Serving, serving
from tests.scenarios.room import GUEST, MEMBER, Room
from tests.scenarios.test_failures import broken, find_reference

METRICS_TOKEN = "only-the-operator-knows-this"
# Asked in each way; they stand nowhere else. What is found is another thing.
WORDS = ("rhubarb", "marmalade", "quince", "damson", "medlar")


class Collector:
    """Takes what is sent to it, as a collector of traces does."""

    def __init__(self, url: str, taken: list[tuple[str, bytes]]) -> None:
        self.url = url
        self.taken = taken


@contextmanager
def collecting() -> Iterator[Collector]:
    taken: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield Collector(f"http://127.0.0.1:{server.server_port}", taken)
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
def http_slack(databases: Databases) -> Iterator[StandInSlack]:  # noqa: ARG001  # one of each kind's own
    with StandInSlack(redelivery_delays=(0.0, 1.0), reads_channels=True) as running:
        fill_workspace(running)
        yield running


@pytest.fixture(scope="module")
def http_process(
    http_slack: StandInSlack,
    collector: Collector,
    databases: Databases,
    sample_archive: ArchivePlace,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Serving]:
    """The real process, where Slack posts to it, with all that it can tell."""
    folder = tmp_path_factory.mktemp("telling")
    settings = make_slack_settings(http_slack) | {
        "SLACK_SIGNING_SECRET": http_slack.signing_secret,
        "HARKBACK_METRICS_TOKEN": METRICS_TOKEN,
        "HARKBACK_LOG_FORMAT": "json",
        "HARKBACK_LOG_LEVEL": "debug",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
    }
    del settings["SLACK_APP_TOKEN"]
    with serving(databases.copy(sample_archive), settings, folder / "log") as running:
        http_slack.deliver_to = running.events_url
        yield running


@pytest.fixture
def http_room(http_slack: StandInSlack, http_process: Serving) -> Room:  # noqa: ARG001  # it is to be there
    return make_room(http_slack)


def read_metrics(process: Serving) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answered = process.get("/metrics")
    assert answered.status_code == 200
    return read(answered.content)


def test_everything_is_ready_and_says_so(bot_process: Serving):
    told = json.loads(bot_process.wait_for_status("/readyz", 200))
    assert {name: found["detail"] for name, found in told["checks"].items()} == {
        "model": "loaded",
        "database": "can be read",
        "schema": read_schema(bot_process),
        "slack": "connected",
    }


def read_schema(process: Serving) -> str:
    return f"{int(read_metrics(process)['harkback_schema_version', ()]):04}"


def test_metrics_tell_of_a_question_of_its_stages_and_of_the_archive(
    slack: StandInSlack, bot_process: Serving, room: Room
):
    before = read_metrics(bot_process)

    def grew(name: str, **labels: str) -> float:
        key = (name, tuple(sorted(labels.items())))
        return read_metrics(bot_process)[key] - before[key]

    room.mention()
    room.wait_for_post()
    slack.wait_for(lambda: grew("harkback_stage_seconds_count", stage="reply") >= 1, 15, "the end of the reply")
    assert grew("harkback_questions_total", outcome="answered", surface="mention") == 1
    assert [one for one in Stage if not grew("harkback_stage_seconds_count", stage=str(one))] == []
    after = read_metrics(bot_process)
    assert sum(value for (name, _), value in after.items() if name == "harkback_source_comments") >= 165
    assert after["harkback_slack_connected", ()] == 1
    assert after["harkback_ready", (("check", "slack"),)] == 1
    assert after["harkback_index_passages", ()] > 165
    assert after["harkback_slack_last_delivery_timestamp_seconds", ()] > 1.7e9


def test_delivery_that_comes_again_is_counted(slack: StandInSlack, bot_process: Serving, room: Room):
    key = ("harkback_duplicate_deliveries_total", ())
    delivery = room.mention().wait_acked()
    room.wait_for_post()
    before = read_metrics(bot_process)[key]
    slack.redeliver(delivery).wait_acked()
    room.settle()
    slack.wait_for(lambda: read_metrics(bot_process)[key] == before + 1, 15, "the duplicate to be counted")


def test_metrics_are_shown_to_who_has_the_token_alone(http_process: Serving):
    refused = http_process.get("/metrics")
    assert (refused.status_code, "harkback_" in refused.text) == (401, False)


def test_one_id_goes_from_the_delivery_to_what_a_person_is_told(http_process: Serving, http_room: Room):
    with broken(http_process.database, "archive_state"):
        http_room.mention()
        reference = find_reference(http_room.wait_for_post())
    http_room.settle()
    lines = [json.loads(line) for line in http_process.log.splitlines()]
    mine = [line for line in lines if line.get("request") == reference]
    assert "a question failed" in {line["event"] for line in mine}
    assert {line["reference"] for line in mine if "reference" in line} == {reference}
    # Another question has another.
    http_room.mention()
    http_room.wait_for_post(2)
    http_room.settle()
    answered = [json.loads(line) for line in http_process.log.splitlines() if '"answered"' in line]
    assert re.fullmatch(r"[0-9a-f]{8}", answered[-1]["request"])
    assert answered[-1]["request"] != reference


def ask_in_every_way(slack: StandInSlack, room: Room) -> None:
    """Ask by every surface, with each of the words, while things go well and while they do not."""
    word = iter(WORDS)
    mention = room.mention(f"what was said about unconferences and {next(word)}?")
    first = room.wait_for_post()
    room.mention(f"and by Nobody about {next(word)}?", thread_ts=mention.ts)
    room.command(f"{next(word)} unconference")
    slack.send_direct_message(user=MEMBER, text=f"who said {next(word)}?")
    slack.use_shortcut(FIND, user=GUEST, message=mention.ts)
    slack.click(first, MORE, user=GUEST)
    room.settle()
    slack.fail_next("chat.postMessage", error="is_archived", times=2)
    room.mention(f"unconferences, {next(word)}")
    room.settle()


def assert_silent(told: str) -> None:
    assert [word for word in (*WORDS, "unconference") if word in told.lower()] == []
    assert [secret for secret in (*SECRETS, METRICS_TOKEN) if secret in told] == []


def test_nothing_that_people_ask_nor_any_secret_is_logged_in_socket_mode(
    slack: StandInSlack, bot_process: Serving, room: Room
):
    ask_in_every_way(slack, room)
    with broken(bot_process.database, "archive_state"):
        room.mention(f"{WORDS[0]} again")
        room.settle()
    assert "a reply could not be delivered" in bot_process.log
    assert "a question failed" in bot_process.log
    for told in ("true", "false"):
        assert read_metrics(bot_process)["harkback_replies_failed_total", (("told", told),)] > 0
    assert_silent(bot_process.log)


def test_nothing_that_people_ask_nor_any_secret_is_logged_or_traced_over_http(
    http_slack: StandInSlack, http_process: Serving, http_room: Room, collector: Collector
):
    ask_in_every_way(http_slack, http_room)
    with broken(http_process.database, "archive_state"):
        http_room.mention(f"{WORDS[0]} again")
        http_room.settle()
    http_slack.wait_for(lambda: any(b"understand" in body for _, body in collector.taken), 30, "spans")
    assert {path for path, _ in collector.taken} == {"/v1/traces"}
    traced = b"".join(body for _, body in collector.taken).decode("latin-1")
    assert "harkback.request" in traced
    assert_silent(http_process.log)
    assert_silent(traced)


def test_process_ends_in_time_though_nobody_takes_its_traces(archive_copy: ArchivePlace, tmp_path: Path):
    with StandInSlack() as slack:
        fill_workspace(slack)
        settings = make_slack_settings(slack) | {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
        with serving(archive_copy, settings, tmp_path / "log") as running:
            room = make_room(slack)
            room.mention()
            room.wait_for_post()
            assert running.stop() == 0
