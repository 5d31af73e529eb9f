"""An admin refreshes from Slack: one message that follows it, *Cancel*, and a polite no for everybody else."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.slack.views.refresh import CANCEL
from tests.databases import ArchivePlace, Databases, execute, url_of
from tests.fakes.slack import Post, StandInSlack, Update
from tests.scenarios.conftest import fill_workspace, make_person, make_room, make_slack_settings
from tests.scenarios.process import Serving, run_harkback, serving, settle
from tests.scenarios.room import GUEST, MEMBER, SECRET_CHANNEL, Room, dump, find_actions
from tests.waiting import PATIENCE_SECONDS, wait_until

ADMIN = "UADMIN"
OTHER_ADMIN = "UADMIN2"
OWNER = "UOWNER"


@dataclass
class Site:
    """A place with comments; it hangs in the middle of a page while it is told to."""

    comments: dict[str, str] = field(default_factory=dict)
    hangs: threading.Event = field(default_factory=threading.Event)
    is_asked: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def say(self) -> bytes:
        records = [{"id": key, "text": text, "author": "Ann"} for key, text in self.comments.items()]
        return "".join(json.dumps(record) + "\n" for record in records).encode()


@contextmanager
def open_site() -> Iterator[Site]:
    site = Site({f"c{number}": f"Remark {number} about teapots." for number in range(5)})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = site.say()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:40])
            self.wfile.flush()
            site.is_asked.set()
            deadline = time.monotonic() + PATIENCE_SECONDS * 2
            while site.hangs.is_set() and time.monotonic() < deadline:
                time.sleep(0.02)
            self.wfile.write(body[40:])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site.url = f"http://127.0.0.1:{server.server_port}/teapots.jsonl"
        yield site
        site.hangs.clear()
        server.shutdown()


@dataclass
class Place:
    """A running bot with one source that is a file, and one that is a site."""

    slack: StandInSlack
    bot: Serving
    site: Site
    notes: Path

    def room_of(self, user: str) -> Room:
        """The direct messages of somebody."""
        return Room(self.slack, self.slack.workspace.open_direct_message(user).id)

    def wait_for_update(self, post: Post, *parts: str) -> Update:
        """Wait until a message says some words."""

        def find() -> Update | None:
            mine = [one for one in self.slack.updates if one.ts == post.ts]
            return next((one for one in mine if all(part in dump(one) for part in parts)), None)

        self.slack.wait_for(lambda: find() is not None, what=f"an update with {parts}")
        found = find()
        assert found
        return found

    def wait_idle(self) -> None:
        """Wait until no refresh is at work any more, and its message has said so."""
        wait_until(lambda: not find_children(url_of(self.bot.database)), "the end of a refresh")
        settle(self.slack)

    def find_states(self) -> list[str]:
        return [state for (state,) in execute(self.bot.database, "SELECT state FROM refresh ORDER BY id")]


def find_children(text: str) -> list[int]:
    """The processes that run a command with this in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if b"bot.cli\0refresh" in command and text.encode() in environment:
                found.append(int(entry.name))
    return found


# Makes a file, and a server's database, refuse to note a refresh.
REFUSING = (
    ("CREATE TRIGGER full BEFORE INSERT ON refresh BEGIN SELECT RAISE(ABORT, 'full'); END",),
    (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$",
        "CREATE TRIGGER refuse BEFORE INSERT ON refresh EXECUTE FUNCTION refuse()",
    ),
)
SETTINGS = {
    "HARKBACK_ADMINS": f"{ADMIN},{OTHER_ADMIN}",
    "HARKBACK_WORKSPACE_ADMINS": "true",
    "HARKBACK_FETCH_PRIVATE_ADDRESSES": "true",
}


@contextmanager
def open_slack() -> Iterator[StandInSlack]:
    with StandInSlack(redelivery_delays=(0.0, 1.0), enforce_rate=True) as slack:
        fill_workspace(slack)
        slack.workspace.add_user(ADMIN, name="mira")
        slack.workspace.add_user(OTHER_ADMIN, name="bo")
        slack.workspace.add_user(OWNER, name="olga", is_admin=True)
        yield slack


@contextmanager
def open_place(
    slack: StandInSlack, database: ArchivePlace, folder: Path, extra: dict[str, str] | None = None
) -> Iterator[Place]:
    """Import both sources, and serve."""
    notes = folder / "notes.jsonl"
    notes.write_text('{"id": "n1", "text": "Unconferences begin at noon.", "author": "Bo"}\n')
    with open_site() as site:
        settings = {**SETTINGS, **(extra or {})}
        for arguments in ((notes,), (site.url, "--source", "Teapots", "--visibility", f"channel:{SECRET_CHANNEL}")):
            done = run_harkback("import", *arguments, database=database, extra=settings)
            assert (done.returncode, done.stderr) == (0, "")
        with serving(database, make_slack_settings(slack) | settings, folder / "log") as bot:
            slack.wait_connected()
            site.is_asked.clear()
            yield Place(slack, bot, site, notes)
            site.hangs.clear()


@pytest.fixture(scope="module")
def own_slack(databases: Databases) -> Iterator[StandInSlack]:  # noqa: ARG001  # one of each kind's own
    with open_slack() as slack:
        yield slack


@pytest.fixture(scope="module")
def shared_place(
    own_slack: StandInSlack, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    with open_place(own_slack, databases.create(), tmp_path_factory.mktemp("refreshing")) as place:
        yield place


@pytest.fixture
def place(shared_place: Place) -> Iterator[Place]:
    """The place, with nothing going on in it."""
    shared_place.site.is_asked.clear()
    yield shared_place
    shared_place.site.hangs.clear()
    shared_place.wait_idle()


@pytest.fixture
def room(place: Place) -> Room:
    return make_room(place.slack)


@pytest.fixture
def own_place(database: ArchivePlace, tmp_path: Path) -> Iterator[Place]:
    """A place for one test alone, which changes what is there."""
    with open_slack() as slack, open_place(slack, database, tmp_path) as place:
        yield place


def refresh(place: Place, room: Room, user: str = ADMIN, text: str = "refresh") -> Post:
    """Ask for a refresh; the message that follows it."""
    direct = place.room_of(user)
    before = len(direct.posts)
    room.slack.send_command("/hark", text=text, user=user, channel=room.id)
    return direct.wait_for_post(before + 1)


def test_refresh_is_followed_by_one_message_that_ends_as_the_receipt(own_place: Place):
    place, room = own_place, make_room(own_place.slack)
    place.site.comments["new"] = "A teapot of iron."
    place.site.comments["c1"] = "Remark 1 about kettles."
    room.slack.send_command("/hark", text="refresh", user=ADMIN, channel=room.id)
    told = room.wait_for_post()
    assert (told.ephemeral_to, told.text) == (
        ADMIN,
        "I am refreshing all sources. Our direct messages show how it goes on.",
    )
    post = place.room_of(ADMIN).wait_for_post()
    assert post.text.startswith("Refreshing 2 sources: ")
    assert find_actions(post) == [CANCEL]
    update = place.wait_for_update(post, "Refreshed 2 sources")
    assert update.text == "Refreshed 2 sources: 2 done; 1 new, 1 edited, 0 removed."
    assert "*Teapots*: done: 1 new, 1 edited, 0 removed, 4 unchanged" in dump(update)
    assert "*notes*: done: 0 new, 0 edited, 0 removed, 1 unchanged" in dump(update)
    assert "Begun by mira" in dump(update)
    assert find_actions(update) == []
    assert len(place.room_of(ADMIN).settle()) == 1
    # Where others read along, nothing of it stands.
    assert [one for one in room.posts if one.ephemeral_to is None] == []


def test_refresh_of_one_source_leaves_the_others_alone(place: Place, room: Room):
    post = refresh(place, room, text="refresh TEAPOTS")
    update = place.wait_for_update(post, "Refreshed 1 source")
    assert "notes" not in dump(update)


def test_refresh_by_an_admin_of_the_workspace(place: Place, room: Room):
    place.wait_for_update(refresh(place, room, OWNER, "refresh notes"), "Refreshed 1 source: 1 done")


@pytest.mark.parametrize("user", [MEMBER, GUEST])
@pytest.mark.parametrize("text", ["refresh", "status", "problems", "Refresh notes"])
def test_others_get_a_polite_no(place: Place, room: Room, user: str, text: str):
    before = place.find_states()
    room.command(text, user=user)
    post = room.wait_for_post()
    assert post.ephemeral_to == user
    assert post.text == (
        "Sorry, only these people may do that: mira, bo, owners and admins of this workspace. "
        "You can ask me a question, or see with `/hark sources` what I search for you."
    )
    assert place.find_states() == before


@pytest.mark.parametrize(
    ("user", "text"),
    [
        (ADMIN, '"refresh" unconferences'),
        (ADMIN, '"refresh unconferences"'),
        (ADMIN, "status of unconferences"),
        (ADMIN, "sources about unconferences"),
        (None, "refresh unconferences"),
    ],
)
def test_what_names_no_source_is_a_question(room: Room, user: str | None, text: str):
    room.command(text, user=user or make_person(room.slack))
    assert "Searched 1 comment" in dump(room.wait_for_post())


def test_what_names_no_source_is_told_to_an_admin(place: Place, room: Room):
    before = place.find_states()
    room.command("refresh teapot", user=ADMIN)
    post = room.wait_for_post()
    assert post.ephemeral_to == ADMIN
    assert post.text == (
        "No source is called “teapot”. Did you mean one of these: Teapots? "
        'If it is a question, put it in quotation marks: `/hark "refresh teapot"`.'
    )
    assert place.find_states() == before


def test_source_that_somebody_may_not_know_of_is_not_told_by_the_answer(room: Room):
    user = make_person(room.slack)
    room.command("problems Teapots", user=user)
    first = room.wait_for_post()
    room.command("problems Nothing", user=user)
    second = room.wait_for_post(2)
    assert first.text.startswith("I found nothing relevant about “problems Teapots”")
    assert second.text.startswith("I found nothing relevant about “problems Nothing”")


def test_sources_lists_what_the_person_may_see(room: Room):
    room.command("sources", user=make_person(room.slack))
    post = room.wait_for_post()
    assert post.text.startswith("You may see 1 comment in 1 source.\n")
    assert "Teapots" not in dump(post)
    room.command("sources", user=ADMIN)
    assert "*Teapots*: " in dump(room.wait_for_post(2))


def test_sources_in_the_channel_that_may_see_one_lists_it(place: Place):
    room = Room(place.slack, SECRET_CHANNEL)
    before = len(room.posts)
    room.command("sources", user=GUEST)
    assert "*Teapots*: " in dump(room.wait_for_post(before + 1))


def test_cancel_ends_a_refresh_and_keeps_what_was_stored(own_place: Place):
    place, room = own_place, make_room(own_place.slack)
    place.notes.write_text(place.notes.read_text() + '{"id": "n2", "text": "A samovar sings.", "author": "Cy"}\n')
    place.site.hangs.set()
    post = refresh(place, room)
    assert place.site.is_asked.wait(PATIENCE_SECONDS)
    # It is read in the order of names, capital letters first: notes wait.
    place.slack.click(post, CANCEL, user=ADMIN).wait_acked()
    update = place.wait_for_update(post, "was cancelled")
    assert update.text == ("The refresh of 2 sources was cancelled: 1 cancelled, 1 not begun. What was stored is kept.")
    assert find_actions(update) == []
    assert place.find_states()[-1] == "cancelled"
    place.site.hangs.clear()
    place.wait_for_update(refresh(place, room), "Refreshed 2 sources: 2 done; 1 new")

    def ask() -> str:
        before = len(room.posts)
        room.command("samovar", user=ADMIN)
        return dump(room.wait_for_post(before + 1))

    # A bot soon takes in what another process wrote.
    wait_until(lambda: "A samovar sings" in ask(), "what was refreshed")


def test_cancel_by_somebody_who_is_no_admin_is_refused(place: Place, room: Room):
    place.site.hangs.set()
    post = refresh(place, room, text="refresh Teapots")
    (button,) = post.blocks[-1]["elements"]
    elsewhere = make_room(place.slack)
    elsewhere.command()
    message = place.slack._describe_place(place.slack.find_message(elsewhere.wait_for_post()), MEMBER)
    pressed = {"type": "block_actions", "actions": [{**button, "block_id": "b", "action_ts": "1.1"}], **message}
    place.slack.send_interaction(pressed, user=MEMBER).wait_acked()
    assert elsewhere.wait_for_post(2).text.startswith("Sorry, only these people may do that")
    place.site.hangs.clear()
    place.wait_for_update(post, "Refreshed 1 source: 1 done")


def test_second_admin_is_shown_the_first_ones_refresh_and_questions_are_answered_meanwhile(place: Place, room: Room):
    place.site.hangs.set()
    first = refresh(place, room)
    assert place.site.is_asked.wait(PATIENCE_SECONDS)
    second = refresh(place, room, OTHER_ADMIN, "refresh notes")
    told = room.wait_for_post(2)
    assert "A refresh of all sources is at work already, begun by mira" in told.text
    assert "Begun by mira" in dump(second)
    place.wait_for_update(second, "Refreshing 2 sources", "1 at work")
    mention = make_room(place.slack)
    mention.mention("unconferences")
    assert "Unconferences begin at noon" in dump(mention.wait_for_post())
    room.command("status", user=ADMIN)
    assert "*Teapots* now: " in dump(room.wait_for_post(3))
    place.slack.click(second, CANCEL, user=OTHER_ADMIN)
    for post in (first, second):
        place.wait_for_update(post, "was cancelled")


def test_refresh_of_what_another_process_is_at_work_on_says_so(place: Place, room: Room):
    place.site.hangs.set()
    arguments = ("refresh", "Teapots")
    other = threading.Thread(
        target=run_harkback, args=arguments, kwargs={"database": place.bot.database, "extra": SETTINGS}
    )
    other.start()
    assert place.site.is_asked.wait(PATIENCE_SECONDS)
    post = refresh(place, room)
    update = place.wait_for_update(post, "The refresh of 2 sources is over: 1 done, 1 not begun")
    assert "*Teapots*: left alone, because somebody else has been at work on it since" in dump(update)
    place.site.hangs.clear()
    other.join()


def test_source_that_fails_is_told_in_one_plain_sentence(place: Place, room: Room):
    kept = place.notes.read_text()
    place.notes.unlink()
    try:
        update = place.wait_for_update(refresh(place, room), "Refreshed 2 sources")
    finally:
        place.notes.write_text(kept)
    assert "1 failed" in update.text
    assert "*notes*: failed, and what was stored is kept: `harkback refreshes` says why at number" in dump(update)
    assert str(place.notes) not in dump(update)
    room.command("status", user=ADMIN)
    assert "failed, and what was stored is kept" in dump(room.wait_for_post(2))


def test_rate_limits_are_waited_out(place: Place, room: Room):
    place.slack.fail_next("chat.update", status=429, retry_after=1)
    place.wait_for_update(refresh(place, room), "Refreshed 2 sources")


def test_problems_of_a_source(room: Room):
    room.command("problems", user=ADMIN)
    assert room.wait_for_post().text == "There are no problems: all was imported as it stood."
    room.command("problems notes", user=ADMIN)
    assert room.wait_for_post(2).text == "All of notes was imported as it stood."


def test_refresh_ends_with_the_process_that_began_it(database: ArchivePlace, tmp_path: Path):
    with open_slack() as slack, open_place(slack, database, tmp_path) as place:
        place.site.hangs.set()
        post = refresh(place, make_room(slack))
        assert place.site.is_asked.wait(PATIENCE_SECONDS)
        (child,) = find_children(url_of(database))
        assert os.getpriority(os.PRIO_PROCESS, child) == 10
        assert place.bot.stop() == 0
        assert find_children(url_of(database)) == []
        assert place.find_states()[-1] == "cancelled"
        update = place.wait_for_update(post, "was cancelled")
        assert find_actions(update) == []
        assert "cannot update a message" not in place.bot.log
        assert "could not be delivered" not in place.bot.log


def test_cancel_after_the_bot_was_killed_says_how_it_ended(database: ArchivePlace, tmp_path: Path):
    with open_slack() as slack, open_place(slack, database, tmp_path) as place:
        place.site.hangs.set()
        post = refresh(place, make_room(slack))
        assert place.site.is_asked.wait(PATIENCE_SECONDS)
        place.bot._process.kill()
        (child,) = find_children(url_of(database))
        os.kill(child, 9)
        place.site.hangs.clear()
        slack.wait_for(lambda: slack.connection_count == 0)
        with serving(place.bot.database, make_slack_settings(slack) | SETTINGS, tmp_path / "second.log"):
            slack.wait_connected()
            slack.click(post, CANCEL, user=ADMIN).wait_acked()
            update = place.wait_for_update(post, "is over")
            assert update.text == (
                "The refresh of 2 sources is over: 1 broken off, 1 not begun; 0 new, 0 edited, 0 removed."
            )
            assert find_actions(update) == []


def test_cancel_after_the_bot_was_killed_ends_what_goes_on_without_it(database: ArchivePlace, tmp_path: Path):
    with open_slack() as slack, open_place(slack, database, tmp_path) as place:
        place.site.hangs.set()
        post = refresh(place, make_room(slack))
        assert place.site.is_asked.wait(PATIENCE_SECONDS)
        place.bot._process.kill()
        slack.wait_for(lambda: slack.connection_count == 0)
        with serving(place.bot.database, make_slack_settings(slack) | SETTINGS, tmp_path / "second.log"):
            slack.wait_connected()
            slack.click(post, CANCEL, user=ADMIN).wait_acked()
            # It hangs in the middle of a page, and is ended all the same.
            update = place.wait_for_update(post, "was cancelled")
            assert find_actions(update) == []
            assert find_children(url_of(database)) == []


def test_schedule_that_can_do_nothing_tells_admins(database: ArchivePlace, tmp_path: Path):
    with open_slack() as slack, open_place(slack, database, tmp_path) as place:
        place.bot.stop()
        execute(database, "UPDATE refresh SET ended_at = '2020-01-01 00:00:00.000000'")
        # As on a disk that is full: nothing is noted of it.
        for statement in REFUSING[isinstance(database, str)]:
            execute(database, statement)
        settings = make_slack_settings(slack) | SETTINGS | {"HARKBACK_REFRESH_EVERY": "1m"}
        with serving(place.bot.database, settings, tmp_path / "second.log") as bot:
            post = place.room_of(ADMIN).wait_for_post()
            assert post.text == "The scheduled refresh did not come to its end."
            line = bot.wait_for_log("a refresh ended badly", "full")
            reference = dump(post).partition("by this reference: ")[2][:8]
            assert reference in line


def test_schedule_refreshes_by_itself_and_tells_admins_of_what_failed(database: ArchivePlace, tmp_path: Path):
    with open_slack() as slack, open_place(slack, database, tmp_path) as place:
        place.site.comments["late"] = "A late teapot."
        execute(database, "UPDATE refresh SET ended_at = '2020-01-01 00:00:00.000000'")
        place.notes.unlink()
        place.bot.stop()
        settings = make_slack_settings(slack) | SETTINGS | {"HARKBACK_REFRESH_EVERY": "1m"}
        with serving(place.bot.database, settings, tmp_path / "second.log") as bot:
            for admin in (ADMIN, OTHER_ADMIN):
                post = place.room_of(admin).wait_for_post()
                assert post.text == "The scheduled refresh could not bring 1 source up to date."
                assert "*notes*: failed" in dump(post)
                assert str(place.notes) not in dump(post)
            assert place.find_states()[-2:] == ["done", "failed"]
            assert bot.wait_for_log("a source was not brought up to date", "source=notes")
            room = make_room(slack)
            room.command("status", user=ADMIN)
            assert "Next by itself" in dump(room.wait_for_post())
