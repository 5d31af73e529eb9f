"""Two versions on one schema: the next one brings what it adds, and takes the place of the one before."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from store.db import migrate
from tests.databases import ArchivePlace, execute
from tests.fakes.slack import Delivery, StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.forking import Forks
from tests.scenarios.process import Serving, run_well, serving
from tests.scenarios.room import Room

# Whole commands and replicas of both versions, on a machine that may be busy.
pytestmark = pytest.mark.timeout(300)

_PROGRAM = Path(migrate.__file__).parents[2]
_NEWER = f"{int(migrate.HEAD[:4]) + 1:04}_fits_{migrate.HEAD[:4]}"
_MIGRATION = f"""
import sqlalchemy as sa
from alembic import op

revision = "{_NEWER}"
down_revision = "{migrate.HEAD}"


def upgrade() -> None:
    op.add_column("comment", sa.Column("made_by", sa.Text, nullable=True))
    op.add_column("reply", sa.Column("made_by", sa.Text, nullable=False, server_default=""))
    op.create_table("reply_note", sa.Column("key", sa.Text, nullable=False))
"""
_TABLES, _REPLIES = "store/db/tables.py", "store/db/replies.py"
# What the next version does otherwise: by file, what stands there and what comes after it.
_ADDED = (
    ("store/db/migrate.py", f'HEAD = "{migrate.HEAD}"\n', f'HEAD = "{_NEWER}"\n'),
    (_TABLES, '    __tablename__ = "reply"\n', '    made_by: Mapped[str] = mapped_column(server_default="")\n'),
    (_TABLES, "    fingerprint: Mapped[bytes]\n", '    made_by: Mapped[str | None] = mapped_column(default="next")\n'),
    (_REPLIES, ".values(done_at=now, place=place", ', made_by="next"'),
    (
        _REPLIES,
        '    """Note that a reply was given, and where: it is owed no more."""\n',
        "    connection.exec_driver_sql(f\"INSERT INTO reply_note (key) VALUES ('{key}')\")\n",
    ),
)
_NOT_IN_TIME = "does not answer in time"


@pytest.fixture(scope="module")
def following(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The setting with which the next version runs: a copy of this one, which adds to the schema and uses that."""
    folder = tmp_path_factory.mktemp("following")
    for package in ("bot", "store", "embeddings"):
        shutil.copytree(_PROGRAM / package, folder / package)
    for name, known, added in _ADDED:
        path = folder / name
        written = path.read_text()
        assert written.count(known) == 1, (name, known)
        path.write_text(written.replace(known, known + added))
    (folder / "store/db/migrations/versions" / f"{_NEWER}_who_made_it.py").write_text(_MIGRATION)
    return {"PYTHONPATH": str(folder)}


@dataclass
class Asking:
    """Who asks in some channels, and sees that each question has one answer, below it."""

    slack: StandInSlack
    rooms: list[Room]
    asked: list[Delivery] = field(default_factory=list)

    def ask(self, count: int, about: str = "unconferences") -> None:
        """Ask, each question twice: it may come to two processes."""
        for _ in range(count):
            number = len(self.asked)
            room = self.rooms[number % len(self.rooms)]
            self.asked.append(self.slack.redeliver(room.mention(f"{about} {number}")))

    @property
    def answers(self) -> list[str]:
        return sorted(str(post.thread_ts) for room in self.rooms for post in room.posts)

    def check(self) -> None:
        expected = sorted(delivery.ts for delivery in self.asked)
        self.slack.wait_for(lambda: len(self.answers) >= len(expected), what=f"{len(expected)} answers")
        self.rooms[0].settle()
        assert self.answers == expected


@contextmanager
def seeing_ready(running: Serving) -> Iterator[None]:
    """See that a replica is ready all the time, however slow the machine is."""
    over, troubles = threading.Event(), list[str]()

    def look() -> None:
        while not over.wait(0.1):
            found = running.get("/readyz").json()["checks"].values()
            troubles.extend(one["detail"] for one in found if not one["is_good"] and one["detail"] != _NOT_IN_TIME)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()
    assert troubles == []


def write_feed(path: Path, *texts: str) -> Path:
    path.write_text("".join(json.dumps({"id": " ".join(text.split()[:2]), "text": text}) + "\n" for text in texts))
    return path


def read(database: ArchivePlace, statement: str) -> set[str | None]:
    return {value for (value,) in execute(database, statement)}


def exchange(database: ArchivePlace, forks: Forks, following: dict[str, str], folder: Path) -> None:
    """Let each version read what the other one wrote, and change it."""
    others = ("Two balloons rose.", "Three gulls flew.", "Four ferries left.")
    feed = write_feed(folder / "feed.jsonl", "A dirigible landed.", *others)
    run_before(database, forks, "import", feed)
    write_feed(feed, "A dirigible crashed.", *others, "A zeppelin came.")
    run_well("refresh", "feed", database=database, **following)
    assert read_texts(run_before(database, forks, "ask", "dirigible", "--json")) == ["A dirigible crashed."]
    write_feed(feed, "A dirigible was mended.", *others, "A zeppelin came.")
    run_before(database, forks, "refresh", "feed")
    answer = run_well("ask", "dirigible", "--json", database=database, **following)
    assert read_texts(answer) == ["A dirigible was mended."]
    written = "SELECT made_by FROM comment WHERE text LIKE 'Two balloons%' OR text LIKE 'A zeppelin%'"
    assert read(database, written) == {"next", None}


def run_before(database: ArchivePlace, forks: Forks, *arguments: str | Path) -> str:
    """Run a command of the version before; what it prints."""
    done = forks.run(*arguments, database=database)
    assert (done.code, done.err) == (0, "")
    return done.out


def read_texts(answer: str) -> list[str]:
    return [hit["comment"]["text"] for hit in json.loads(answer)["hits"]]


def test_next_version_takes_the_place_of_the_one_before_and_each_question_has_one_answer(
    archive_copy: ArchivePlace, forks: Forks, following: dict[str, str], tmp_path: Path
):
    with (
        StandInSlack(redelivery_delays=(0.0, 0.5, 2.0, 5.0, 10.0), reads_channels=True) as slack,
        ExitStack() as ending,
    ):
        fill_workspace(slack)
        asking = Asking(slack, [make_room(slack) for _ in range(4)])
        before = ending.enter_context(serving(archive_copy, make_slack_settings(slack), tmp_path / "before.log"))
        slack.wait_connected()
        with seeing_ready(before):
            asking.ask(4)
            told = run_well("db", "upgrade", database=archive_copy, **following)
            assert told == f"The schema was brought from {migrate.HEAD} to {_NEWER}.\n"
            assert "newer than this program's" in run_before(archive_copy, forks, "db", "upgrade", "--check")
            asking.ask(4)
            settings = make_slack_settings(slack) | following
            after = ending.enter_context(serving(archive_copy, settings, tmp_path / "after.log"))
            slack.wait_connected(2)
            with seeing_ready(after):
                asking.ask(20)
                exchange(archive_copy, forks, following, tmp_path)
                asking.check()
        assert read(archive_copy, "SELECT made_by FROM reply WHERE done_at IS NOT NULL") == {"next", ""}
        notes = read(archive_copy, "SELECT key FROM reply_note")
        assert notes == read(archive_copy, "SELECT key FROM reply WHERE made_by = 'next'")
        with seeing_ready(after):
            asking.ask(8)
            assert before.stop() == 0
            asking.ask(8)
            asking.check()
        # And back.
        again = ending.enter_context(serving(archive_copy, make_slack_settings(slack), tmp_path / "again.log"))
        slack.wait_connected(2)
        with seeing_ready(again):
            asking.ask(8)
            assert after.stop() == 0
            asking.ask(8)
            asking.check()
        assert [running.log for running in (before, after, again) if "Traceback" in running.log] == []
