"""From an archive to an answer by the real command, as a person at a terminal or a script runs it."""

import json
import os
import pty
import signal
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.exc import OperationalError

from bot.sample import COMMENTS
from tests.databases import ArchivePlace, execute
from tests.scenarios.process import make_command, make_environment, run_harkback
from tests.waiting import PATIENCE_SECONDS, wait_until


def import_json(database: ArchivePlace, place: Path) -> dict[str, Any]:
    """Import something; the one receipt."""
    done = run_harkback("import", place, "--json", database=database)
    assert (done.returncode, done.stderr) == (0, "")
    (report,) = json.loads(done.stdout)["reports"]
    return dict(report)


def count(report: dict[str, Any]) -> tuple[int, int, int]:
    return report["added"], report["edited"], report["unchanged"]


def ask_texts(database: ArchivePlace, question: str) -> str:
    """Every comment that answers, in full."""
    done = run_harkback("ask", question, "--json", database=database)
    assert (done.returncode, done.stderr) == (0, "")
    return "\n".join(hit["comment"]["text"] for hit in json.loads(done.stdout)["hits"])


def test_import_again_changes_nothing_and_of_an_edited_feed_shows_the_new_text(
    archive_copy: ArchivePlace, tmp_path: Path
):
    assert "I would protect the Lunch page" in ask_texts(archive_copy, "what was said about the lunch page")
    assert count(import_json(archive_copy, COMMENTS)) == (0, 0, 165)
    feed = tmp_path / COMMENTS.name
    edited = COMMENTS.read_text(encoding="utf-8").replace("I would protect the Lunch", "I would frame the Lunch")
    feed.write_text(edited, encoding="utf-8")
    assert count(import_json(archive_copy, feed)) == (0, 1, 164)
    texts = ask_texts(archive_copy, "what was said about the lunch page")
    assert "I would frame the Lunch page" in texts
    assert "I would protect the Lunch page" not in texts


ENTRY = """<entry><id>tag:blogger.com,1999:blog-1.post-{number}</id>
<published>2010-01-{number:02}T10:00:00Z</published><updated>2010-01-{number:02}T10:00:00Z</updated>
<category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#comment"/>
<title type="text">t</title><content type="html">Remark {number} about &lt;b&gt;unconferences&lt;/b&gt;.</content>
<link rel="alternate" type="text/html" href="https://blog.example/2010/01/talk.html?showComment=1#c{number}"/>
<author><name>Ann {number}</name></author></entry>"""
FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:blogger.com,1999:blog-1.comments</id><title>Talk</title>
<generator version="7.00" uri="https://www.blogger.com">Blogger</generator>{links}
{entries}</feed>"""
TOTAL, PER_PAGE = 7, 3


class Feed(BaseHTTPRequestHandler):
    """A feed in pages, as Blogger gives it; the second page fails once."""

    asked: list[str]
    failures: list[int]

    def do_GET(self) -> None:
        start = int(parse_qs(urlsplit(self.path).query).get("start-index", ["1"])[0])
        self.asked.append(self.path)
        if start > 1 and self.failures:
            self.send_response(self.failures.pop())
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        host = self.headers["Host"]
        following = f"http://{host}/feeds/comments/default?start-index={start + PER_PAGE}"
        has_more = start + PER_PAGE <= TOTAL
        body = FEED.format(
            links=f'<link rel="next" type="application/atom+xml" href="{following}"/>' if has_more else "",
            entries="\n".join(ENTRY.format(number=n) for n in range(start, min(start + PER_PAGE, TOTAL + 1))),
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/atom+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving_feed(failures: list[int]) -> Iterator[tuple[str, list[str]]]:
    """Serve the feed; its address, and the paths that are asked for."""
    asked: list[str] = []
    handler = type("OneFeed", (Feed,), {"asked": asked, "failures": failures})
    socketserver.TCPServer.allow_reuse_address = True
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/feeds/comments/default", asked
        finally:
            server.shutdown()


def test_import_of_a_feed_follows_its_pages_and_refresh_reads_it_again(database: ArchivePlace):
    allowed = {"HARKBACK_FETCH_PRIVATE_ADDRESSES": "true"}
    with serving_feed(failures=[503]) as (url, asked):
        done = run_harkback("import", url, "--json", database=database, extra=allowed)
        # That a page had to be asked for twice is no news.
        assert (done.returncode, done.stderr) == (0, "")
        (report,) = json.loads(done.stdout)["reports"]
        assert (report["source"], report["format"], count(report)) == ("127.0.0.1", "blogger", (TOTAL, 0, 0))
        assert len(asked) == 4
        done = run_harkback("refresh", "127.0.0.1", "--json", database=database, extra=allowed)
        assert done.returncode == 0
        assert count(json.loads(done.stdout)["reports"][0]) == (0, 0, TOTAL)


class Forum(BaseHTTPRequestHandler):
    """A Discourse forum: its start page, a list, and topics of which some cannot be had, or not at once."""

    asked: list[str]

    def do_GET(self) -> None:
        is_again = self.path in self.asked
        self.asked.append(self.path)
        topic = self.path.removeprefix("/t/").partition("/")[0].partition(".")[0].partition("?")[0]
        if self.path == "/":
            self.answer(200, "<html><head><meta name='generator' content='Discourse 3.3'></head></html>")
        elif self.path == "/latest.json":
            self.answer(200, json.dumps({"topic_list": {"topics": [{"id": number} for number in range(1, 6)]}}))
        elif topic == "2" and not is_again:
            self.answer(429, "{}", {"Retry-After": "0"})
        elif topic == "3" and not is_again:
            # The connection ends, in the middle.
            self.answer(200, "{}", {"Content-Length": "9"})
        elif topic == "4":
            self.answer(200, "<!doctype html><html><body>Log in</body></html>")
        elif topic == "5":
            self.answer(404, "{}")
        else:
            self.answer(200, json.dumps(self.make_page(int(topic))))

    def make_page(self, topic: int) -> dict[str, object]:
        """Make a topic of 30 posts, of which its page shows 20."""
        posts = [
            {"id": 100 * topic + number, "post_number": number, "topic_id": topic, "cooked": f"<p>Post {number}.</p>"}
            for number in range(1, 31)
        ]
        if "posts.json" in self.path:
            wanted = parse_qs(urlsplit(self.path).query)["post_ids[]"]
            return {"post_stream": {"posts": [post for post in posts if str(post["id"]) in wanted]}, "id": topic}
        stream = {"posts": posts[:20], "stream": [post["id"] for post in posts]}
        return {"post_stream": stream, "id": topic, "title": f"Topic {topic}"}

    def answer(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_import_of_a_forum_by_its_address_loses_nothing_that_can_be_had(database: ArchivePlace):
    handler = type("OneForum", (Forum,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url, allowed = f"http://127.0.0.1:{server.server_port}/", {"HARKBACK_FETCH_PRIVATE_ADDRESSES": "true"}
        for counts in ((90, 0, 0), (0, 0, 90)):
            done = run_harkback("import", url, "--json", database=database, extra=allowed)
            assert (done.returncode, done.stderr) == (1, "")
            (report,) = json.loads(done.stdout)["reports"]
            assert (report["format"], count(report)) == ("discourse", counts)
            (problem,) = report["problems"]
            assert problem["record"].startswith(f"{url}t/4.json: the file")
            # The fifth is not there.
            assert sum(report["left_out"].values()) == 1
        server.shutdown()


def read_terminal(terminal: int) -> str:
    """Read all that is written to a terminal until it is closed."""
    written = b""
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # nobody has it open any more
            part = b""
        if not part:
            return written.decode(errors="replace")
        written += part


def test_import_shows_progress_on_a_terminals_stderr_and_keeps_stdout_clean(database: ArchivePlace):
    ours, theirs = pty.openpty()
    environment = make_environment(database, {"TERM": "xterm", "COLUMNS": "100"})
    del environment["NO_COLOR"]
    with subprocess.Popen(
        make_command("import", COMMENTS, "--json"), env=environment, stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        os.close(theirs)
        shown = read_terminal(ours)
        assert process.stdout is not None
        assert count(json.loads(process.stdout.read())["reports"][0]) == (165, 0, 0)
    os.close(ours)
    assert process.returncode == 0
    assert "reading" in shown
    assert "embedding" in shown
    assert "165/165" in shown


@pytest.mark.parametrize("arguments", [("ask", "unconferences", "--limit", "50"), ("--help",)])
def test_output_that_nobody_reads_ends_quietly(sample_archive: ArchivePlace, arguments: tuple[str, ...]):
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        make_command(*arguments),
        env=make_environment(sample_archive),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(writing)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode in {0, 1}


def test_import_that_is_interrupted_keeps_what_was_done_and_goes_on(database: ArchivePlace, tmp_path: Path):
    big = tmp_path / "big.jsonl"
    lines = 200_000
    with big.open("w") as file:
        file.writelines(f'{{"id": "{number}", "text": "Remark {number} on wikis."}}\n' for number in range(lines))
    with subprocess.Popen(
        make_command("import", big), env=make_environment(database), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        wait_until(lambda: process.poll() is not None or count_stored(database), "comments")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "stopped: what was done is kept; run the same command again to go on"
    kept = count_stored(database)
    assert 0 < kept < lines
    big.write_text("".join(big.open().readlines()[: kept + 100]))
    added, edited, unchanged = count(import_json(database, big))
    assert (added, edited, unchanged) == (100, 0, kept)


def count_stored(database: ArchivePlace) -> int:
    """How many comments are in the archive, as another process sees it."""
    if isinstance(database, Path) and not database.exists():
        return 0
    try:
        ((stored,),) = execute(database, "SELECT count(*) FROM comment")
    except OperationalError:  # the tables are not there yet
        return 0
    return int(stored)
